// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.Fork;
import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: threads of a process do not share what they must, or a joiner sleeps for ever. */
final class ThreadTest {
  private static final int CLONE = 120;
  private static final int FUTEX = 240;
  private static final int EXIT = 1;
  private static final int GETTID = 224;
  private static final int GETPID = 20;
  private static final int WAIT = 0;
  private static final int WAKE = 1;
  private static final int FLAGS =
      Fork.VM
          | Fork.FS
          | Fork.FILES
          | Fork.SIGHAND
          | Fork.THREAD
          | Fork.PARENT_SETTID
          | Fork.CHILD_CLEARTID
          | Fork.CHILD_SETTID;

  private static int run(Assembly program) {
    try (GuestMachine machine = new GuestMachine()) {
      return machine.with("p", program.build()).run("p");
    }
  }

  /** Waits until the word is 0, as pthread_join does with a thread's number. */
  private static void join(Assembly a, int word) {
    int again = a.here();
    a.loadEax(word).code(0x85, 0xC0, 0x74, 0); // test eax, eax; jz over the rest
    int patch = a.mark();
    a.code(0x89, 0xC2); // mov edx, eax
    a.load(3, word).load(1, WAIT).load(6, 0).load(0, FUTEX).code(0xCD, 0x80);
    int back = again - (a.here() + 2);
    a.code(0xEB, back);
    a.patch(patch);
  }

  @Test
  @DisplayName("a thread shares memory and pid, has a tid of its own, and is joined by its word")
  void join() {
    Assembly a = new Assembly();
    int stack = a.data(new byte[2048]) + 2048;
    int parentTid = a.words(0);
    int childTid = a.words(0);
    int seen = a.words(0, 0);
    Assembly child =
        new Assembly().call(GETTID).store(seen).call(GETPID).store(seen + 4).call(EXIT, 9);
    a.call(CLONE, FLAGS, stack, parentTid, 0, childTid).ifZero(child);
    join(a, childTid);
    // seen tid - parent's word + seen pid: 0 + 1
    a.loadEax(seen).code(0x2B, 0x05).word(parentTid).code(0x03, 0x05).word(seen + 4);
    a.exitWithResult();
    assertThat(run(a)).isEqualTo(WaitStatus.exited(1));
  }

  @Test
  @DisplayName("exit_group in one thread ends another that sleeps")
  void exitGroup() {
    Assembly a = new Assembly();
    int stack = a.data(new byte[2048]) + 2048;
    int word = a.words(0);
    a.call(CLONE, FLAGS, stack, word, 0, word + 8).ifZero(new Assembly().exit(5));
    a.words(0, 0, 0);
    a.call(FUTEX, word + 4, WAIT, 0, 0).exit(6);
    assertThat(run(a)).isEqualTo(WaitStatus.exited(5));
  }

  @Test
  @DisplayName("a futex wait: another value is EAGAIN, time runs out, nobody to wake is 0")
  void futex() {
    Assembly a = new Assembly();
    int word = a.words(7);
    int time = a.words(0, 1_000_000);
    Assembly b = new Assembly();
    b.words(7, 0, 1_000_000);
    assertThat(run(a.call(FUTEX, word, WAIT, 8, 0).exitWithError()))
        .isEqualTo(WaitStatus.exited(Errno.EAGAIN));
    b.call(FUTEX, word, WAIT, 7, time).exitWithError();
    assertThat(run(b)).isEqualTo(WaitStatus.exited(Errno.ETIMEDOUT));
    Assembly c = new Assembly();
    c.words(7);
    assertThat(run(c.call(FUTEX, word, WAKE, 10).exitWithResult())).isZero();
  }

  @Test
  @DisplayName("flags that do not go together are EINVAL")
  void flags() {
    for (int flags : new int[] {Fork.THREAD, Fork.THREAD | Fork.VM, Fork.SIGHAND, 1 << 28}) {
      Assembly a = new Assembly().call(CLONE, flags, 0, 0, 0, 0).exitWithError();
      assertThat(run(a)).isEqualTo(WaitStatus.exited(Errno.EINVAL));
    }
  }
}
