// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.io.RawDisk;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: bytes of a disk at odd offsets, at its end, and behind its errors. */
final class BlockDeviceFileTest {
  private static final int SECTORS = 200;
  private static final int BYTES = SECTORS * 512;
  private static final int SEEK_END = 2;

  private final FsMachine machine = new FsMachine();
  private final MemoryDisk disk = machine.disk(SECTORS);

  private OpenFile open(int flags) {
    if (machine.layer.blockDevices().find(disk.number()) == null) {
      machine
          .layer
          .blockDevices()
          .register(new RawDisk(disk, machine.memory, this::page, machine.scheduler));
      assertThat(Vfs.mknod(machine.caller, null, "/vda", 0x61B0, disk.number())).isZero();
    }
    return machine.open("/vda", flags);
  }

  private long page() {
    return machine.vm.kernelMemory().physicalAddress(machine.vm.kernelMemory().allocate(1));
  }

  @Test
  @DisplayName("any offset, any length: what is written is read, and nothing beside it changes")
  void random() {
    machine.run(
        () -> {
          OpenFile file = open(OpenFlags.RDWR);
          byte[] model = new byte[BYTES];
          Random chance = new Random(1);
          for (int step = 0; step < 300; step++) {
            int position = chance.nextInt(BYTES);
            byte[] bytes = new byte[chance.nextInt(step % 10 == 0 ? 90_000 : 3000)];
            int n = Math.min(bytes.length, BYTES - position);
            if (chance.nextBoolean()) {
              chance.nextBytes(bytes);
              assertThat(file.writeAt(new KernelUio(bytes), position)).isEqualTo(n);
              System.arraycopy(bytes, 0, model, position, n);
            } else {
              assertThat(file.readAt(new KernelUio(bytes), position)).isEqualTo(n);
              assertThat(Arrays.copyOf(bytes, n))
                  .isEqualTo(Arrays.copyOfRange(model, position, position + n));
            }
          }
          assertThat(disk.content()).isEqualTo(model);
          file.release();
        });
  }

  @Test
  @DisplayName("the end: reads give 0, writes ENOSPC; seeking to it tells the size")
  void theEnd() {
    machine.run(
        () -> {
          OpenFile file = open(OpenFlags.RDWR);
          assertThat(file.seek(0, SEEK_END)).isEqualTo(BYTES);
          assertThat(machine.get(file, 10)).isEmpty();
          assertThat(machine.put(file, "x")).isEqualTo(-Errno.ENOSPC);
          assertThat(file.seek(-3, SEEK_END)).isEqualTo(BYTES - 3);
          assertThat(machine.put(file, "abcdef")).isEqualTo(3);
          assertThat(file.seek(-4, SEEK_END)).isEqualTo(BYTES - 4);
          assertThat(machine.get(file, 10)).isEqualTo("\0abc");
          assertThat(file.seek(1, SEEK_END)).isEqualTo(-Errno.EINVAL);
          assertThat(file.seek(-1, 0)).isEqualTo(-Errno.EINVAL);
          assertThat(file.stat().rdev()).isEqualTo(disk.number());
          assertThat(file.stat().mode() & FileType.MASK).isEqualTo(FileType.BLK.modeBits());
          file.release();
        });
  }

  @Test
  @DisplayName("an error is EIO; what went well before it counts")
  void errors() {
    machine.run(
        () -> {
          OpenFile file = open(OpenFlags.RDWR);
          disk.failReads(100);
          disk.failWrites(150);
          byte[] all = new byte[BYTES];
          assertThat(file.readAt(new KernelUio(all), 100 * 512)).isEqualTo(-Errno.EIO);
          int before = file.readAt(new KernelUio(all), 0);
          assertThat(before).isBetween(1, 100 * 512);
          assertThat(file.writeAt(new KernelUio("x".getBytes(ISO_8859_1)), 150 * 512))
              .isEqualTo(-Errno.EIO);
          assertThat(file.writeAt(new KernelUio("x".getBytes(ISO_8859_1)), 100 * 512))
              .isEqualTo(-Errno.EIO);
          disk.heal();
          assertThat(file.readAt(new KernelUio(all), 0)).isEqualTo(BYTES);
          file.release();
        });
  }

  @Test
  @DisplayName("fsync flushes the disk; a protected disk opens for reading only; none is ENXIO")
  void syncAndProtection() {
    machine.run(
        () -> {
          OpenFile file = open(OpenFlags.RDWR);
          machine.put(file, "x");
          assertThat(disk.isDirty()).isTrue();
          assertThat(file.sync()).isZero();
          assertThat(disk.isDirty()).isFalse();
          file.release();
          disk.protect();
          assertThat(Vfs.open(machine.caller, null, "/vda", OpenFlags.RDWR, 0).error())
              .isEqualTo(-Errno.EACCES);
          machine.open("/vda", OpenFlags.RDONLY).release();
          assertThat(Vfs.mknod(machine.caller, null, "/none", 0x61B0, 0x4444)).isZero();
          assertThat(Vfs.open(machine.caller, null, "/none", OpenFlags.RDONLY, 0).error())
              .isEqualTo(-Errno.ENXIO);
        });
  }

  @Test
  @DisplayName("two threads at once do not mix their bytes")
  void together() {
    machine.run(
        () -> {
          OpenFile file = open(OpenFlags.RDWR);
          int[] done = {0};
          for (int i = 0; i < 4; i++) {
            byte[] mine = new byte[10_000];
            Arrays.fill(mine, (byte) (i + 1));
            int position = i * 10_000;
            machine.scheduler.spawn(
                "writer",
                () -> {
                  assertThat(file.writeAt(new KernelUio(mine), position)).isEqualTo(10_000);
                  done[0]++;
                });
          }
          while (done[0] < 4) {
            machine.scheduler.sleep(this, false, machine.time.now() + 1_000);
          }
          for (int i = 0; i < 40_000; i++) {
            assertThat(disk.content()[i]).isEqualTo((byte) (i / 10_000 + 1));
          }
          file.release();
        });
  }
}
