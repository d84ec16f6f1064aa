// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalAction;
import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a signal in the middle of a call is lost, or ends a call that it must not end. */
final class InterruptedCallTest {
  private static final int FORK = 2;
  private static final int READ = 3;
  private static final int WRITE = 4;
  private static final int PAUSE = 29;
  private static final int KILL = 37;
  private static final int PIPE = 42;
  private static final int GETPPID = 64;
  private static final int SETITIMER = 104;
  private static final int WAIT4 = 114;
  private static final int NANOSLEEP = 162;
  private static final int RT_SIGACTION = 174;
  private static final int MILLISECOND = 1000;

  private final Assembly program = new Assembly();

  private int run() {
    try (GuestMachine machine = new GuestMachine()) {
      return machine.with("p", program.build()).run("p");
    }
  }

  /** Catches SIGALRM with a handler that only returns, and starts the alarm. */
  private void alarm(int flags, int milliseconds) {
    int handler = program.here() + 2;
    program.code(0xEB, 1, 0xC3); // jmp over; ret
    int action = program.words(handler, flags, 0, 0, 0);
    int timer = program.words(0, 0, 0, milliseconds * MILLISECOND);
    program.call(RT_SIGACTION, Signal.ALRM, action, 0, 8).call(SETITIMER, 0, timer, 0);
  }

  private int pipe() {
    int ends = program.words(0, 0);
    program.call(PIPE, ends);
    return ends;
  }

  @Test
  @DisplayName("a handler without SA_RESTART ends a read with EINTR")
  void interrupted() {
    pipe();
    alarm(0, 5);
    program.call(READ, 3, Assembly.DATA, 1).exitWithError();
    assertThat(run()).isEqualTo(WaitStatus.exited(Errno.EINTR));
  }

  @Test
  @DisplayName("with SA_RESTART the read goes on and gets what comes later")
  void restarted() {
    pipe();
    int time = program.words(0, 50_000_000);
    Assembly child =
        new Assembly().call(NANOSLEEP, time, 0).call(WRITE, 4, Assembly.DATA, 1).exit(0);
    program.call(FORK).ifZero(child);
    alarm(SignalAction.RESTART, 5);
    program.call(READ, 3, Assembly.DATA, 1).exitWithResult();
    assertThat(run()).isEqualTo(WaitStatus.exited(1));
  }

  @Test
  @DisplayName("pause is EINTR whatever the handler's flags")
  void neverRestarted() {
    alarm(SignalAction.RESTART, 5);
    program.call(PAUSE).exitWithError();
    assertThat(run()).isEqualTo(WaitStatus.exited(Errno.EINTR));
  }

  @Test
  @DisplayName("nanosleep tells what is left")
  void remaining() {
    alarm(0, 5);
    int time = program.words(1, 0);
    int left = program.words(9, 9);
    program.call(NANOSLEEP, time, left).loadEax(left).exitWithResult();
    assertThat(run()).as("whole seconds left").isZero();
  }

  @Test
  @DisplayName("stopped and continued, a sleep goes on as if nothing had been")
  void stopAndContinue() {
    int mine = program.words(0, 20_000_000);
    int its = program.words(0, 100_000_000);
    int pid = program.words(0);
    int status = program.words(0);
    program.call(FORK).ifZero(new Assembly().call(NANOSLEEP, its, 0).exitWithError());
    program.store(pid).call(NANOSLEEP, mine, 0);
    signalChild(pid, Signal.STOP);
    program.call(NANOSLEEP, mine, 0);
    signalChild(pid, Signal.CONT);
    program.call(WAIT4, -1, status, 0, 0).loadEax(status).exitWithResult();
    assertThat(run()).isZero();
  }

  private void signalChild(int pid, int signal) {
    program.loadEbx(pid).load(1, signal).load(0, KILL).code(0xCD, 0x80);
  }

  @Test
  @DisplayName("a child's end wakes a parent that waits, and an ignored signal does not")
  void ignoredSignal() {
    int time = program.words(0, 20_000_000);
    int status = program.words(0);
    // The child sends its parent an ignored SIGWINCH, sleeps, and ends with 6.
    Assembly child = new Assembly().call(GETPPID).code(0x89, 0xC3).load(1, Signal.WINCH);
    child.load(0, KILL).code(0xCD, 0x80).call(NANOSLEEP, time, 0).exit(6);
    program.call(FORK).ifZero(child);
    program.call(WAIT4, -1, status, 0, 0).loadEax(status + 1).exitWithResult();
    assertThat(run()).isEqualTo(WaitStatus.exited(6));
  }
}
