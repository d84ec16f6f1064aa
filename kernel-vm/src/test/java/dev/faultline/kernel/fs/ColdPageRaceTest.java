// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: two threads bring the same page in twice, or one sees it half filled. */
final class ColdPageRaceTest {
  private static final int PAGE = Page.SIZE;

  private final SlowBytes slow = new SlowBytes("slow".repeat(PAGE));
  private final FsMachine machine = new FsMachine(8 << 20, new SourceDirectory().add("f", slow));
  private final GuestMemory guest = new GuestMemory(machine);
  private final List<String> log = new ArrayList<>();

  private void letTimePass() {
    machine.scheduler.sleep(new Object(), false, machine.time.now() + 1_000_000_000);
  }

  @Test
  @DisplayName("V32 a read and a fault on one cold page: one disk read, equal bytes")
  void readAndFault() {
    slow.attach(machine);
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), 4, Protection.READ, true);
          OpenFile f = machine.open("/f", OpenFlags.RDONLY);
          machine.scheduler.spawn("read", () -> log.add(machine.get(f, 4)));
          guest.spawn(s, "fault", () -> log.add("" + (char) guest.load(s, va + 1)));
          letTimePass();
          assertThat(log).containsExactlyInAnyOrder("slow", "l");
          assertThat(slow.reads).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("a truncation waits for a page that is coming in; nothing of it is left behind")
  void truncateMeanwhile() {
    slow.attach(machine);
    machine.run(
        () -> {
          OpenFile f = machine.open("/f", OpenFlags.RDONLY);
          machine.scheduler.spawn("read", () -> log.add("read " + machine.get(f, 4)));
          machine.scheduler.spawn(
              "cut", () -> log.add("cut " + Vfs.truncate(machine.caller, null, "/f", 2)));
          letTimePass();
          assertThat(log).containsExactly("read slow", "cut 0");
          assertThat(machine.read("/f")).isEqualTo("sl");
          assertThat(Vfs.truncate(machine.caller, null, "/f", 8)).isZero();
          assertThat(machine.read("/f")).isEqualTo("sl" + "\0".repeat(6));
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("two threads that write to one open file: one after the other, nothing is lost")
  void sharedOffset() {
    slow.attach(machine);
    machine.run(
        () -> {
          OpenFile f = machine.open("/f", OpenFlags.RDWR);
          machine.scheduler.spawn("a", () -> log.add("a " + machine.put(f, "a".repeat(5000))));
          machine.scheduler.spawn("b", () -> log.add("b " + machine.put(f, "b".repeat(5000))));
          machine.scheduler.spawn("c", () -> log.add("c " + f.seek(1, 1)));
          letTimePass();
          assertThat(log).containsExactly("a 5000", "b 5000", "c 10001");
          assertThat(machine.read("/f").substring(0, 10_004))
              .isEqualTo("a".repeat(5000) + "b".repeat(5000) + "slow");
        });
  }

  @Test
  @DisplayName("a file that is removed while it is read is read to its end")
  void removeMeanwhile() {
    slow.attach(machine);
    machine.run(
        () -> {
          machine.scheduler.spawn("read", () -> log.add("" + machine.read("/f").length()));
          machine.settle();
          assertThat(machine.unlink("/f")).isZero();
          letTimePass();
          assertThat(log).containsExactly("" + 4 * PAGE);
          machine.vm.checkInvariants();
        });
  }
}
