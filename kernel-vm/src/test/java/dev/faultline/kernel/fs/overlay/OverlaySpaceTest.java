// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a guest fills the memory, or the host's heap, with files. */
final class OverlaySpaceTest {
  private static final int FRAMES = 512;

  private final FsMachine machine = new FsMachine(FRAMES << 12, new SourceDirectory());

  @Test
  @DisplayName("ENOSPC at half of memory, after a short count; removing makes room again")
  void halfOfMemory() {
    machine.run(
        () -> {
          OpenFile file = machine.open("/big", OpenFlags.CREAT | OpenFlags.RDWR);
          String chunk = "0123456789abcdef".repeat(3000);
          long total = 0;
          int n = machine.put(file, chunk);
          while (n == chunk.length()) {
            total += n;
            n = machine.put(file, chunk);
          }
          total += Math.max(n, 0);
          assertThat(n).isPositive();
          assertThat(machine.put(file, chunk)).isEqualTo(-Errno.ENOSPC);
          assertThat(total).isEqualTo((FRAMES / 2L) << 12);
          assertThat(file.stat().size()).isEqualTo(total);
          assertThat(file.stat().blocks()).isEqualTo(FRAMES / 2 * 8);
          assertThat(machine.root.stat().blocksFree()).isZero();

          // Overwriting needs no more room.
          assertThat(file.seek(0, 0)).isZero();
          assertThat(machine.put(file, chunk)).isEqualTo(chunk.length());
          machine.unlink("/big");
          assertThat(machine.space.pages()).isEqualTo(FRAMES / 2);
          file.release();
          assertThat(machine.space.pages()).isZero();
          machine.write("/small", "fits");
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("an unlinked open file lives until it is closed; its frames come back then")
  void unlinkedWhileOpen() {
    machine.run(
        () -> {
          int free = machine.vm.state().free();
          OpenFile file = machine.open("/f", OpenFlags.CREAT | OpenFlags.RDWR);
          machine.put(file, "x".repeat(40_960));
          assertThat(machine.unlink("/f")).isZero();
          assertThat(machine.list("/")).isEmpty();
          assertThat(file.seek(0, 0)).isZero();
          assertThat(machine.get(file, 3)).isEqualTo("xxx");
          assertThat(file.stat().nlink()).isZero();
          assertThat(machine.vm.state().free()).isEqualTo(free - 10);
          file.release();
          assertThat(machine.vm.state().free()).isEqualTo(free);
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("truncation gives room back; what comes back by growing is zeros")
  void truncation() {
    machine.run(
        () -> {
          machine.write("/f", "x".repeat(10_000));
          assertThat(machine.space.pages()).isEqualTo(3);
          assertThat(Vfs.truncate(machine.caller, null, "/f", 100)).isZero();
          assertThat(machine.space.pages()).isEqualTo(1);
          assertThat(Vfs.truncate(machine.caller, null, "/f", 5000)).isZero();
          assertThat(machine.read("/f")).isEqualTo("x".repeat(100) + "\0".repeat(4900));
          assertThat(Vfs.truncate(machine.caller, null, "/f", 1L << 50)).isEqualTo(-Errno.EFBIG);
          assertThat(Vfs.truncate(machine.caller, null, "/f", 1L << 40)).isZero();
          assertThat(machine.space.pages()).isEqualTo(1);
          assertThat(Vfs.truncate(machine.caller, null, "/f", -1)).isEqualTo(-Errno.EINVAL);
        });
  }

  @Test
  @DisplayName("names are bounded, and removing gives them back")
  void names() {
    OverlaySpace space = new OverlaySpace(machine.vm, 100, 10);
    FsMachine m = machine;
    m.run(
        () -> {
          OverlayFs fs = new OverlayFs(m.layer, m.vm, space, new SourceDirectory(), "tmpfs");
          int made = 0;
          int error = 0;
          while (error == 0) {
            error = fs.root().create("n" + made, FileType.REG, 0, 0, 0, 0).error();
            made += error == 0 ? 1 : 0;
          }
          assertThat(error).isEqualTo(-Errno.ENOSPC);
          assertThat(made).isEqualTo(10);
          assertThat(fs.root().unlink("n0")).isZero();
          assertThat(fs.root().symlink("l", "x".repeat(1000), 0, 0).error())
              .isEqualTo(-Errno.ENOSPC);
          assertThat(fs.root().unlink("n1")).isZero();
          assertThat(fs.root().symlink("l", "x", 0, 0).error()).isZero();
          assertThat(space.names()).isEqualTo(10);
          assertThat(fs.root().unlink("l")).isZero();
          assertThat(space.names()).isEqualTo(8);
        });
  }

  @Test
  @DisplayName("reading a lower file larger than memory works, and costs no room")
  void readingCostsNothing() {
    byte[] large = new byte[FRAMES << 13];
    Arrays.fill(large, (byte) 'r');
    FsMachine m =
        new FsMachine(
            FRAMES << 12, new SourceDirectory().add("large", new SourceBytes(0x1A4, 0, large)));
    m.vm.start();
    m.run(
        () -> {
          OpenFile file = m.open("/large", OpenFlags.RDONLY);
          long total = 0;
          String part = m.get(file, 65_536);
          while (!part.isEmpty()) {
            total += part.length();
            part = m.get(file, 65_536);
          }
          assertThat(total).isEqualTo(large.length);
          assertThat(m.space.pages()).isZero();
          m.vm.checkInvariants();
        });
  }
}
