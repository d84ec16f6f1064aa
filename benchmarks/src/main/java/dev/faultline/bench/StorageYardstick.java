// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says how storage stands to what it is measured by, in the same run. */
final class StorageYardstick {
  private static final String TRANSFER = "FileTransferBenchmark.";
  private static final String FAULT = "MajorFaultBenchmark.";
  private static final double MICRO = 1000;

  private StorageYardstick() {}

  /** Prints the ratios for what of it was measured; scores in nanoseconds by benchmark name. */
  static void print(Map<String, Double> scores, PrintStream out) {
    Double copy = scores.get(TRANSFER + "hostCopy");
    for (String name : List.of("read", "write")) {
      Double score = scores.get(TRANSFER + name);
      if (copy != null && score != null) {
        String goal = name.equals("read") ? ", at least 0.25 wanted" : "";
        out.printf(
            Locale.ROOT,
            "%-10s %6.2f of the speed of a host's copying loop%s%n",
            name,
            copy / score,
            goal);
      }
    }
    Double page = scores.get(FAULT + "pageCopy");
    for (String name : List.of("filePage", "swapIn")) {
      Double score = scores.get(FAULT + name);
      if (page != null && score != null) {
        out.printf(
            Locale.ROOT,
            "%-10s %6.2f microseconds beside the copy of the page, at most 5 wanted%n",
            name,
            (score - page) / MICRO);
      }
    }
  }
}
