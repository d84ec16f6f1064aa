// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.WaitStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a bad pointer, in any place of any call, is more than an error of that call. */
final class BadPointerTest {
  private static final int RECORD = CallTable.RECORD;
  private static final int CHUNK = 200;

  /** Calls that do not come back, make a second process, or take away what the test stands on. */
  private static final Set<Integer> EXCLUDED =
      Set.of(1, 2, 69, 72, 91, 120, 190, 252, 436, LinuxCalls.SIGRETURN, LinuxCalls.RT_SIGRETURN);

  private static final int[] BAD = {0, 1, 0x1000, 0x7000_0000, 0xBFFF_FFFF, 0xC000_0000, -1};

  /** All calls that are served. */
  static List<SystemCall> served() {
    try (GuestMachine machine = new GuestMachine()) {
      machine.with("p", new Assembly().exit(0).build()).run("p");
      return new LinuxPersonality(machine.processes()).table().all();
    }
  }

  /** Each bad value in each place; 5 is no open file, and as a limit one that nothing heeds. */
  private static List<CallTable.Attempt> attempts(int buffer) {
    List<CallTable.Attempt> attempts = new ArrayList<>();
    for (SystemCall call : served()) {
      if (EXCLUDED.contains(call.number())) {
        continue;
      }
      for (int at = 0; at < call.arguments(); at++) {
        for (int bad : BAD) {
          List<Integer> arguments = new ArrayList<>(List.of(5, buffer, 8, 0, 0, 0));
          arguments.set(at, bad);
          attempts.add(new CallTable.Attempt(call.number(), arguments));
        }
      }
    }

    return attempts;
  }

  @Test
  @DisplayName("every call survives every bad pointer in every place")
  void sweep() {
    List<CallTable.Attempt> attempts = attempts(Assembly.DATA);
    assertThat(attempts.size()).isGreaterThan(1500);
    for (int from = 0; from < attempts.size(); from += CHUNK) {
      List<CallTable.Attempt> chunk =
          attempts.subList(from, Math.min(attempts.size(), from + CHUNK));
      try (GuestMachine machine = new GuestMachine()) {
        List<String> calls = new ArrayList<>();
        int status = machine.trace(calls::add).with("p", CallTable.program(chunk)).run("p");
        assertThat(status).as("%s after %s", machine.log(), calls.getLast()).isZero();
        checkResults(chunk, machine.outputBytes());
      }
    }
  }

  private static void checkResults(List<CallTable.Attempt> attempts, byte[] output) {
    int size = attempts.size() * RECORD;
    assertThat(output.length).isGreaterThanOrEqualTo(size);
    ByteBuffer b = ByteBuffer.wrap(output, output.length - size, size);
    b.order(ByteOrder.LITTLE_ENDIAN);
    int base = output.length - size;
    for (int i = 0; i < attempts.size(); i++) {
      int result = b.getInt(base + i * RECORD + 28);
      assertThat(result)
          .as("call %s of %s", i, attempts.get(i).number())
          .isNotIn(-Errno.ERESTARTSYS, -Errno.ERESTARTNOHAND);
    }
  }

  @Test
  @DisplayName("an unknown number is ENOSYS")
  void unknown() {
    for (int number : new int[] {0, 17, 222, 511, 512, 100_000, -1, Integer.MIN_VALUE}) {
      try (GuestMachine machine = new GuestMachine()) {
        byte[] program = new Assembly().call(number).exitWithError().build();
        int status = machine.with("p", program).run("p");
        assertThat(WaitStatus.exitCode(status)).isEqualTo(Errno.ENOSYS);
      }
    }
  }

  @Test
  @DisplayName("reads and writes with a bad buffer are EFAULT, also at the edge of user memory")
  void transfers() {
    int[][] calls = {
      {3, 0, 0xC000_0000, 1},
      {3, 0, 0x10, 1},
      {4, 1, 0x10, 1},
      {4, 1, 0xBFFF_FFFF, 0x1000_0000},
      {122, 0x10},
      {106, 0x10, 0},
      {195, 0x10, 0},
      {5, -1},
      {11, -1, 0, 0},
      {102 + 60, 0x10, 0},
      {174, 10, 0x10, 0, 8},
      {175, 0, 0x10, 0, 8},
      {168, 0x10, 1, 0},
      {42, 0x10},
      {265, 0, 0x10},
      {243, 0x10},
      {240, 0x10, 0, 0, 0},
      {186, 0x10, 0},
      {146, 1, 0x10, 1},
      {183, 0x10, 100},
    };
    for (int[] call : calls) {
      int[] arguments = new int[call.length - 1];
      System.arraycopy(call, 1, arguments, 0, arguments.length);
      try (GuestMachine machine = new GuestMachine()) {
        byte[] program = new Assembly().call(call[0], arguments).exitWithError().build();
        int status = machine.input("input").with("p", program).run("p");
        int expected = call[0] == 4 && call[2] == 0xBFFF_FFFF ? 255 : Errno.EFAULT;
        assertThat(WaitStatus.exitCode(status)).as("call %s", call[0]).isEqualTo(expected);
      }
    }
  }
}
