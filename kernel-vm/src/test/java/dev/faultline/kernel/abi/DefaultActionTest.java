// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.WaitStatus;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: a signal without a handler does the wrong thing. */
final class DefaultActionTest {
  private static final int KILL = 37;
  private static final int SIGNAL = 48;
  private static final Set<Integer> HARMLESS =
      Set.of(Signal.CHLD, Signal.URG, Signal.WINCH, Signal.CONT);
  // Stopped, process 1 has nobody who could wake it; its group is an orphan.
  private static final Set<Integer> STOPPING =
      Set.of(Signal.STOP, Signal.TSTP, Signal.TTIN, Signal.TTOU);

  private static int signalled(int signal, boolean isProtected) {
    byte[] program = new Assembly().call(KILL, 1, signal).exit(7).build();
    try (GuestMachine machine = new GuestMachine()) {
      machine.with("p", program);
      if (isProtected) {
        machine.protectedInit();
      }
      return machine.run("p");
    }
  }

  @Test
  @DisplayName("every signal ends a process that did not prepare, but those that are harmless")
  void defaults() {
    for (int s = 1; s <= Signal.MAX; s++) {
      int expected = WaitStatus.killed(s);
      if (HARMLESS.contains(s) || STOPPING.contains(s) && s != Signal.STOP) {
        expected = WaitStatus.exited(7);
      } else if (s == Signal.STOP) {
        expected = GuestMachine.TIMED_OUT;
      }
      assertThat(signalled(s, false)).as(Signal.name(s)).isEqualTo(expected);
    }
  }

  @Test
  @DisplayName("a protected process 1 ignores what it does not catch, SIGKILL too")
  void protectedInit() {
    for (int s : new int[] {Signal.TERM, Signal.KILL, Signal.STOP, Signal.SEGV}) {
      assertThat(signalled(s, true)).as(Signal.name(s)).isEqualTo(WaitStatus.exited(7));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Signal.TERM, Signal.PIPE, 40})
  @DisplayName("an ignored signal does nothing")
  void ignored(int signal) {
    byte[] program = new Assembly().call(SIGNAL, signal, 1).call(KILL, 1, signal).exit(7).build();
    try (GuestMachine machine = new GuestMachine()) {
      assertThat(machine.with("p", program).run("p")).isEqualTo(WaitStatus.exited(7));
    }
  }

  @Test
  @DisplayName("faults end the process, and the log says where and why in one line")
  void faults() {
    Object[][] cases = {
      {new int[] {0x0F, 0x0B}, Signal.ILL, "undefined instruction"},
      {new int[] {0x31, 0xC9, 0xF7, 0xF1}, Signal.FPE, "integer division"},
      {new int[] {0xF4}, Signal.SEGV, "privileged instruction"},
      {new int[] {0xCC}, Signal.TRAP, "breakpoint"},
      {new int[] {0xA1, 0x10, 0, 0, 0}, Signal.SEGV, "nothing is mapped at 0x00000010"},
      {new int[] {0xCD, 0x20}, Signal.SEGV, "privileged instruction"},
    };
    for (Object[] c : cases) {
      try (GuestMachine machine = new GuestMachine()) {
        byte[] program = new Assembly().code((int[]) c[0]).exit(7).build();
        int status = machine.with("bad", program).run("bad");
        assertThat(status).isEqualTo(WaitStatus.killed((int) c[1]));
        assertThat(machine.log()).singleElement().asString().startsWith("pid 1 (bad): SIG");
        assertThat(machine.log().getFirst()).contains((String) c[2]).contains("eip 0x080480");
      }
    }
  }
}
