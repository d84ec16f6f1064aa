// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: a disk is written to by two that do not know of each other, or shows what is no more. */
final class MountedDiskTest {
  private static final int SIZE = 2 << 20;

  private final Ext2Machine m = new Ext2Machine(Ext2Machine.empty(SIZE, 1024));
  private final SwapDisks swap = new SwapPager(m.vm()).disks();

  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  /** Makes a device file of a disk in the root directory. */
  private void node(MemoryDisk disk, String path) {
    RawDisk raw =
        new RawDisk(
            disk,
            m.vm().memory(),
            () -> (long) m.vm().allocateWiredFrame() << 12,
            m.machine.scheduler);
    m.machine.layer.blockDevices().register(raw);
    assertThat(Vfs.mknod(m.machine.caller, null, path, 0x61B0, disk.number())).isZero();
  }

  private int open(String path, int flags) {
    return Vfs.open(m.machine.caller, null, path, flags, 0).error();
  }

  @Test
  @DisplayName("a mounted disk is no swap space, is not mounted twice and not written to past it")
  void mounted() {
    m.run(
        () -> {
          node(m.disk, "/vda");
          assertThat(swap.switchOn(m.disk, "vda")).isEqualTo(SwapOutcome.BUSY);
          assertThat(m.tryMount(true).error()).isEqualTo(-Errno.EBUSY);
          assertThat(m.tryMount(false).message()).isEqualTo("vda cannot be mounted: it is in use");
          assertThat(open("/vda", OpenFlags.RDWR)).isEqualTo(-Errno.EBUSY);
          assertThat(open("/vda", OpenFlags.WRONLY)).isEqualTo(-Errno.EBUSY);
          m.machine.open("/vda", OpenFlags.RDONLY).release();
          assertThat(m.fs().sync()).isZero();
        });
    // Unmounted, it is as any other disk again.
    m.run(() -> assertThat(m.disk.use().isOwned()).isTrue());
    assertThat(m.disk.use().isOwned()).isFalse();
  }

  @Test
  @DisplayName("a disk that cannot be mounted is nobody's")
  void refused() {
    Arrays.fill(m.disk.content(), (byte) 0);
    m.bare(
        () -> {
          assertThat(m.tryMount(false).error()).isEqualTo(-Errno.EINVAL);
          assertThat(m.disk.use().isOwned()).isFalse();
          assertThat(swap.switchOn(m.disk, "vda")).isEqualTo(SwapOutcome.NOT_SWAP);
          assertThat(m.disk.use().isOwned()).isFalse();
        });
  }

  @Test
  @DisplayName("swap space is not mounted and not written to, until it is switched off")
  void swapSpace() {
    MemoryDisk disk = m.disk;
    m.bare(
        () -> {
          node(disk, "/vda");
          System.arraycopy(SwapHeader.make(SIZE / 4096, 1), 0, disk.content(), 0, 4096);
          assertThat(swap.switchOn(disk, "/vda")).isEqualTo(SwapOutcome.OK);
          assertThat(swap.switchOn(disk, "/vda")).isEqualTo(SwapOutcome.BUSY);
          assertThat(m.tryMount(false).error()).isEqualTo(-Errno.EBUSY);
          assertThat(open("/vda", OpenFlags.RDWR)).isEqualTo(-Errno.EBUSY);
          m.machine.open("/vda", OpenFlags.RDONLY).release();
          assertThat(swap.switchOff(disk)).isEqualTo(SwapOutcome.OK);
          assertThat(swap.switchOff(disk)).isEqualTo(SwapOutcome.NOT_SWAP);
          m.machine.open("/vda", OpenFlags.RDWR).release();
        });
  }

  @Test
  @DisplayName("while somebody may write to a disk it is neither mounted nor swap space")
  void openForWriting() {
    m.bare(
        () -> {
          node(m.disk, "/vda");
          OpenFile one = m.machine.open("/vda", OpenFlags.RDWR);
          OpenFile two = m.machine.open("/vda", OpenFlags.WRONLY);
          one.release();
          assertThat(m.tryMount(true).error()).isEqualTo(-Errno.EBUSY);
          assertThat(swap.switchOn(m.disk, "vda")).isEqualTo(SwapOutcome.BUSY);
          two.release();
        });
    m.run(() -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1000, 65_536})
  @DisplayName("the device file shows metadata as it is, before it is on the disk")
  void coherent(int piece) {
    m.run(
        () -> {
          node(m.disk, "/vda");
          for (int i = 0; i < 20; i++) {
            m.machine.mkdir("/directory" + i);
            m.machine.symlink("target".repeat(20), "/directory" + i + "/link");
          }
          byte[] shown = new byte[SIZE];
          OpenFile device = m.machine.open("/vda", OpenFlags.RDONLY);
          int at = 0;
          while (at < SIZE) {
            int n = device.readAt(new KernelUio(shown, at, Math.min(piece, SIZE - at)), at);
            assertThat(n).isPositive();
            at += n;
          }
          device.release();
          assertThat(shown).as("all of that is not on the disk yet").isNotEqualTo(m.disk.content());
          assertThat(m.fs().sync()).isZero();
          assertThat(shown).isEqualTo(m.disk.content());
        });
  }
}
