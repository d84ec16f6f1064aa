// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: stores through a mapping fill the memory with pages that can never leave it. */
final class SharedMappingSpaceTest {
  private static final int FRAMES = 512;
  private static final int PAGES = 400;

  private static FsMachine machine() {
    byte[] bytes = new byte[PAGES * Page.SIZE];
    Arrays.fill(bytes, (byte) 'b');
    return new FsMachine(
        FRAMES << 12, new SourceDirectory().add("big", new SourceBytes(0x1FF, 0, bytes)));
  }

  private final FsMachine machine = machine();
  private final GuestMemory guest = new GuestMemory(machine);

  @Test
  @DisplayName("all of a file that is mapped writable can be read, though it is more than half")
  void reading() {
    machine.vm.start();
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/big"), PAGES, GuestMemory.RW, true);
          for (int round = 0; round < 2; round++) {
            for (int i = 0; i < PAGES; i++) {
              assertThat(guest.load(s, va + i * Page.SIZE)).as("page %d", i).isEqualTo('b');
            }
          }
          assertThat(machine.space.pages()).isLessThanOrEqualTo(FRAMES / 2);
          s.release();
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("stores are taken up to half of memory; then the fault fails, and nothing is lost")
  void writing() {
    machine.vm.start();
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/big"), PAGES, GuestMemory.RW, true);
          int stored = 0;
          while (stored < PAGES && guest.store(s, va + stored * Page.SIZE, 'w')) {
            stored++;
          }
          assertThat(stored).isEqualTo(FRAMES / 2);
          assertThat(guest.lastRefusal).isEqualTo(FaultResult.PAGER_ERROR);
          for (int i = 0; i < stored; i++) {
            assertThat(guest.load(s, va + i * Page.SIZE)).as("page %d", i).isEqualTo('w');
          }
          OpenFile f = machine.open("/new", OpenFlags.CREAT | OpenFlags.RDWR);
          assertThat(machine.put(f, "x")).isEqualTo(-Errno.ENOSPC);
          assertThat(Vfs.truncate(machine.caller, null, "/big", Page.SIZE)).isZero();
          assertThat(machine.put(f, "x")).isEqualTo(1);
          s.release();
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("pages that were read before the mapping count too, once they can be written")
  void residentBefore() {
    machine.vm.start();
    machine.run(
        () -> {
          assertThat(machine.read("/big")).hasSize(PAGES * Page.SIZE);
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/big"), PAGES, GuestMemory.RW, true);
          int stored = 0;
          while (stored < PAGES && guest.store(s, va + stored * Page.SIZE, 'w')) {
            stored++;
          }
          assertThat(stored).isEqualTo(FRAMES / 2);
          s.release();
        });
  }
}
