// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.GuestMemory;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.Advice;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: what a mapping of a file on a disk stores is lost, or written though nobody wants it. */
final class Ext2MappingTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int RW = Protection.READ | Protection.WRITE;

  private final Ext2Machine m = new Ext2Machine(Ext2Machine.empty(4 << 20, 4096));
  private final GuestMemory guest = new GuestMemory(m.machine);

  private int find(int value) {
    int n = 0;
    for (byte b : m.disk.content()) {
      n += b == (byte) value ? 1 : 0;
    }
    return n;
  }

  private void storeInto(VmSpace space, int va, int pages, int value) {
    for (int i = 0; i < pages; i++) {
      for (int k = 0; k < 10; k++) {
        assertThat(guest.store(space, va + i * Page.SIZE + k, value)).isTrue();
      }
    }
  }

  @Test
  @DisplayName("V24 fsync brings stores through mappings to the disk, into holes too")
  void fsync() {
    m.run(
        () -> {
          m.put("/f", new byte[0]);
          OpenFile file = m.machine.open("/f", OpenFlags.RDWR);
          assertThat(file.truncate(5 * Page.SIZE)).isZero();
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, file.vnode(), 5, RW, true);
          storeInto(space, va, 5, 0xB7);
          int before = find(0xB7);
          assertThat(file.sync()).isZero();
          assertThat(find(0xB7) - before).isEqualTo(50);
          assertThat(m.disk.isDirty()).isFalse();
          assertThat(file.stat().blocks()).isEqualTo(5 * 8);
          space.release();
          file.release();
        });
  }

  @Test
  @DisplayName(
      "V22 V24 a store into a hole of a full disk: fsync says so, and the page stays dirty")
  void fullDisk() {
    m.run(
        () -> {
          m.put("/f", new byte[0]);
          OpenFile file = m.machine.open("/f", OpenFlags.RDWR);
          assertThat(file.truncate(Page.SIZE)).isZero();
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, file.vnode(), 1, RW, true);
          int i = 0;
          while (m.tryPut("/fill" + i, new byte[100_000]) == 0) {
            i++;
          }
          storeInto(space, va, 1, 0xB7);
          assertThat(file.sync()).isEqualTo(-Errno.EIO);
          assertThat(m.machine.unlink("/fill0")).isZero();
          assertThat(m.fs().sync()).isZero();
          assertThat(file.sync()).isZero();
          assertThat(guest.load(space, va)).isEqualTo(0xB7);
          space.release();
          file.release();
        });
    m.run(() -> assertThat(m.get("/f")).startsWith((byte) 0xB7));
  }

  @Test
  @DisplayName("V24 M53 msync reaches the medium, not only the disk's cache, and says if it cannot")
  void msync() {
    m.run(
        () -> {
          m.put("/f", new byte[0]);
          OpenFile file = m.machine.open("/f", OpenFlags.RDWR);
          assertThat(file.truncate(5 * Page.SIZE)).isZero();
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, file.vnode(), 5, RW, true);
          storeInto(space, va, 5, 0xB7);
          assertThat(space.sync(va, 5 * Page.SIZE, true, false).ok()).isTrue();
          assertThat(m.disk.isDirty()).isFalse();
          assertThat(find(0xB7)).isEqualTo(50);
          storeInto(space, va, 1, 0xB8);
          m.disk.fail(request -> request.operation() == BlockRequest.Operation.FLUSH);
          assertThat(space.sync(va, 5 * Page.SIZE, true, false).ok()).isFalse();
          m.disk.heal();
          assertThat(space.sync(va, 5 * Page.SIZE, true, false).ok()).isTrue();
          assertThat(m.disk.isDirty()).isFalse();
          space.release();
          file.release();
        });
  }

  @Test
  @DisplayName("V26 an unlinked file that is mapped works on, and is not written when it ends")
  void unlinked() {
    m.run(
        () -> {
          FileSystemStat before = m.fs().stat();
          m.put("/f", new byte[4 * Page.SIZE]);
          assertThat(m.fs().sync()).isZero();
          Vnode vnode = m.machine.vnode("/f");
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, vnode, 4, RW, true);
          storeInto(space, va, 4, 0xC3);
          long written = m.vm().meter().get(Counter.V_VNODEPGSOUT);
          assertThat(m.machine.unlink("/f")).isZero();
          assertThat(guest.load(space, va + Page.SIZE)).isEqualTo(0xC3);
          space.release();
          assertThat(m.vm().meter().get(Counter.V_VNODEPGSOUT)).isEqualTo(written);
          assertThat(m.fs().stat()).isEqualTo(before);
        });
  }

  @Test
  @DisplayName("V25 pages of a no-sync mapping are left out by the syncer, and by nobody else")
  void noSync() {
    int pages = 4;
    int[] last = new int[1];
    m.run(
        () -> {
          m.put("/f", new byte[pages * Page.SIZE]);
          assertThat(m.fs().sync()).isZero();
          last[0] = find(0xC7);
          OpenFile file = m.machine.open("/f", OpenFlags.RDWR);
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, file.vnode(), pages, RW, true);
          assertThat(space.advise(va, pages * Page.SIZE, Advice.NOSYNC).ok()).isTrue();
          storeInto(space, va, pages, 0xC5);
          int before = find(0xC5);
          minute();
          assertThat(find(0xC5)).as("by the syncer").isEqualTo(before);
          assertThat(file.sync()).isZero();
          assertThat(find(0xC5) - before).as("by fsync").isEqualTo(10 * pages);
          before = find(0xC6);
          storeInto(space, va, pages, 0xC6);
          minute();
          assertThat(find(0xC6)).isEqualTo(before);
          assertThat(space.sync(va, pages * Page.SIZE, true, false).ok()).isTrue();
          assertThat(find(0xC6) - before).as("by msync").isEqualTo(10 * pages);
          storeInto(space, va, pages, 0xC7);
          minute();
          assertThat(find(0xC7)).isEqualTo(last[0]);
          space.release();
          file.release();
        });
    assertThat(find(0xC7) - last[0]).as("at the end").isEqualTo(10 * pages);
  }

  private void minute() {
    m.machine.scheduler.sleep(this, false, m.machine.time.now() + 60_000_000_000L);
  }

  @Test
  @DisplayName("V1 V2 one object; unmapped and mapped again its pages are still there")
  void cached() {
    m.run(
        () -> {
          m.put("/f", new byte[4 * Page.SIZE]);
          assertThat(m.fs().sync()).isZero();
          Vnode vnode = m.machine.vnode("/f");
          for (int i = 0; i < 2; i++) {
            long in = m.vm().meter().get(Counter.V_VNODEPGSIN);
            VmSpace space = guest.space();
            guest.enter(space);
            int one = guest.map(space, vnode, 4, Protection.READ, true);
            int two = guest.map(space, vnode, 4, Protection.READ, false);
            assertThat(vnode.uses()).isEqualTo(2);
            assertThat(guest.load(space, one + Page.SIZE)).isZero();
            assertThat(guest.load(space, two + 2 * Page.SIZE)).isZero();
            space.release();
            assertThat(vnode.uses()).isZero();
            assertThat(m.vm().meter().get(Counter.V_VNODEPGSIN)).isEqualTo(in);
          }
        });
  }

  @Test
  @DisplayName("V34 a running program's file is not written")
  void text() {
    m.run(
        () -> {
          m.put("/f", new byte[100]);
          Vnode vnode = m.machine.vnode("/f");
          VmSpace space = guest.space();
          guest.enter(space);
          guest.map(space, vnode, 1, Protection.READ, false);
          assertThat(vnode.markText()).isZero();
          assertThat(Vfs.open(m.machine.caller, null, "/f", OpenFlags.WRONLY, 0).error())
              .isEqualTo(-Errno.ETXTBSY);
          assertThat(Vfs.truncate(m.machine.caller, null, "/f", 0)).isEqualTo(-Errno.ETXTBSY);
          space.release();
          assertThat(Vfs.truncate(m.machine.caller, null, "/f", 0)).isZero();
        });
  }

  @Test
  @DisplayName("the syncer writes what changed after some seconds, and then sleeps for good")
  void syncer() {
    m.run(
        () -> {
          m.put("/f", new byte[] {0x5C, 0x5C, 0x5C});
          int before = find(0x5C);
          m.machine.scheduler.sleep(this, false, m.machine.time.now() + 20_000_000_000L);
          assertThat(find(0x5C) - before).isEqualTo(3);
          assertThat(m.disk.isDirty()).isFalse();
          int requests = m.disk.submitted();
          m.machine.scheduler.sleep(this, false, m.machine.time.now() + 900_000_000_000L);
          assertThat(m.disk.submitted()).isEqualTo(requests);
        });
  }
}
