// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast is the interpreter before HotSpot has compiled all of it? Each guest program runs in a
 * JVM of its own, started with the options of this one, which are the launcher's. A good answer is
 * half of the steady speed, averaged over the first second.
 *
 * <p>Time starts with the program's first instruction. Beside the wall time's figures stand those
 * of the guest thread's own processor time, which say how good its code was where compiler threads
 * or other programs took the processors away.
 */
final class WarmUp {
  /** Ends of the intervals, in seconds; the last one counts as steady. */
  private static final double[] ENDS = {0.5, 1, 2, 4, 6};

  /** Instructions between two looks at the clock: a millisecond at most, once it is warm. */
  private static final int SLICE = 100_000;

  private WarmUp() {}

  /** Measures some of {@link GuestKernel#NAMES} and prints a row for each. */
  static void measure(List<String> kernels) throws IOException, InterruptedException {
    System.out.println("Guest MIPS in a fresh JVM, by wall time (by the guest thread's CPU time)");
    System.out.printf(
        "%-10s %11s %11s %11s %11s %11s %11s%n",
        "kernel", "0-0.5 s", "0.5-1 s", "0-1 s", "1-2 s", "2-4 s", "steady");
    System.out.flush();
    for (String kernel : kernels) {
      int status = new ProcessBuilder(command(kernel)).inheritIO().start().waitFor();
      if (status != 0) {
        throw new IOException("the JVM for kernel " + kernel + " ended with status " + status);
      }
    }
  }

  private static List<String> command(String kernel) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path", "")));
    command.addAll(List.of(WarmUp.class.getName(), kernel));
    return command;
  }

  /** The fresh JVM: runs one kernel and prints its row. */
  public static void main(String[] args) throws IOException {
    GuestKernel guest = new GuestKernel(args[0]);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long[] wall = new long[ENDS.length + 1];
    long[] cpu = new long[ENDS.length + 1];
    long[] instructions = new long[ENDS.length + 1];
    cpu[0] = threads.getCurrentThreadCpuTime();
    wall[0] = System.nanoTime();
    for (int i = 0; i < ENDS.length; i++) {
      long done = instructions[i];
      long now;
      do {
        guest.run(SLICE);
        done += SLICE;
        now = System.nanoTime();
      } while (now - wall[0] < ENDS[i] * 1e9);
      wall[i + 1] = now;
      cpu[i + 1] = threads.getCurrentThreadCpuTime();
      instructions[i + 1] = done;
    }
    StringBuilder row = new StringBuilder(String.format("%-10s", args[0]));
    int[][] intervals = {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}, {4, 5}};
    for (int[] interval : intervals) {
      int from = interval[0];
      int to = interval[1];
      double millions = (instructions[to] - instructions[from]) / 1e6;
      row.append(
          String.format(
              Locale.ROOT,
              " %4.0f (%4.0f)",
              millions / (wall[to] - wall[from]) * 1e9,
              millions / (cpu[to] - cpu[from]) * 1e9));
    }
    System.out.println(row);
  }
}
