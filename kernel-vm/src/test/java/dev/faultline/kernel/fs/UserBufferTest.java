// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a transfer waits for a page or a lock that it holds itself. */
final class UserBufferTest {
  private static final int PAGE = Page.SIZE;

  private final SlowBytes slowA = new SlowBytes("a".repeat(4 * PAGE));
  private final SlowBytes slowB = new SlowBytes("b".repeat(4 * PAGE));
  private final FsMachine machine =
      new FsMachine(8 << 20, new SourceDirectory().add("a", slowA).add("b", slowB));
  private final GuestMemory guest = new GuestMemory(machine);

  @BeforeEach
  void slowDown() {
    slowA.attach(machine);
    slowB.attach(machine);
  }

  @Test
  @DisplayName("V35 read() into a cold mapping of the very pages being read")
  void readIntoItself() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          guest.enter(s);
          int va = guest.map(s, machine.vnode("/a"), 4, GuestMemory.RW, true);
          OpenFile f = machine.open("/a", OpenFlags.RDWR);
          assertThat(f.read(machine.caller, new UserUio(guest.user(), va, 4 * PAGE)))
              .isEqualTo(4 * PAGE);
          assertThat(guest.load(s, va + 3 * PAGE)).isEqualTo('a');
          s.release();
        });
  }

  @Test
  @DisplayName("V35 write(A from a mapping of B) beside write(B from a mapping of A): both finish")
  void crossed() {
    machine.run(
        () -> {
          List<Integer> done = new ArrayList<>();
          VmSpace one = guest.space();
          VmSpace two = guest.space();
          guest.enter(one);
          int mapOfB = guest.map(one, machine.vnode("/b"), 4, GuestMemory.RW, true);
          int mapOfA = guest.map(two, machine.vnode("/a"), 4, GuestMemory.RW, true);
          OpenFile a = machine.open("/a", OpenFlags.RDWR);
          OpenFile b = machine.open("/b", OpenFlags.RDWR);
          guest.spawn(
              one,
              "one",
              () -> done.add(a.write(machine.caller, new UserUio(guest.user(), mapOfB, 2 * PAGE))));
          guest.spawn(
              two,
              "two",
              () ->
                  done.add(
                      b.writeAt(
                          new UserUio(guest.user(), mapOfA + 2 * PAGE, 2 * PAGE), 2L * PAGE)));
          machine.scheduler.sleep(new Object(), false, machine.time.now() + 1_000_000_000);
          assertThat(done).containsExactlyInAnyOrder(2 * PAGE, 2 * PAGE);
          assertThat(machine.read("/a")).isEqualTo("b".repeat(2 * PAGE) + "a".repeat(2 * PAGE));
          assertThat(machine.read("/b")).isEqualTo("b".repeat(2 * PAGE) + "a".repeat(2 * PAGE));
          one.release();
          two.release();
        });
  }

  @Test
  @DisplayName("a buffer that ends in a hole: what was moved counts, then EFAULT")
  void holes() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          guest.enter(s);
          int va = guest.map(s, machine.vnode("/b"), 1, GuestMemory.RW, true);
          OpenFile f = machine.open("/a", OpenFlags.RDWR);
          int half = va + PAGE / 2;
          assertThat(f.read(machine.caller, new UserUio(guest.user(), half, PAGE)))
              .isEqualTo(PAGE / 2);
          assertThat(f.seek(0, 1)).isEqualTo(PAGE / 2);
          assertThat(f.read(machine.caller, new UserUio(guest.user(), va + PAGE, 1)))
              .isEqualTo(-Errno.EFAULT);
          assertThat(f.write(machine.caller, new UserUio(guest.user(), va + PAGE, 1)))
              .isEqualTo(-Errno.EFAULT);
          assertThat(f.writeAt(new UserUio(guest.user(), half, PAGE), 0)).isEqualTo(PAGE / 2);
          UserUio vector =
              new UserUio(guest.user(), new int[] {0, va, va + 10}, new int[] {0, 3, 4});
          assertThat(vector.remaining()).isEqualTo(7);
          assertThat(f.readAt(vector, PAGE)).isEqualTo(7);
          s.release();
        });
  }
}
