// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: an offset goes where it should not. */
final class OpenFileTest {
  private final FsMachine machine = new FsMachine();

  @Test
  @DisplayName("O_APPEND writes at the end, whoever has written there before")
  void append() {
    machine.run(
        () -> {
          machine.write("/f", "one ");
          OpenFile a = machine.open("/f", OpenFlags.WRONLY | OpenFlags.APPEND);
          OpenFile b = machine.open("/f", OpenFlags.RDWR | OpenFlags.APPEND);
          machine.put(a, "two ");
          machine.put(b, "three ");
          machine.put(a, "four");
          assertThat(b.seek(0, 0)).isZero();
          assertThat(machine.get(b, 100)).isEqualTo("one two three four");
          b.seek(0, 0);
          machine.put(b, "!");
          assertThat(b.seek(0, 1)).isEqualTo(19);
        });
  }

  @Test
  @DisplayName("pread and pwrite leave the offset; holes read as zeros")
  void positioned() {
    machine.run(
        () -> {
          OpenFile f = machine.open("/f", OpenFlags.CREAT | OpenFlags.RDWR);
          assertThat(f.writeAt(new KernelUio("x".getBytes(ISO_8859_1)), 9000)).isEqualTo(1);
          assertThat(f.seek(0, 1)).isZero();
          assertThat(f.stat().size()).isEqualTo(9001);
          byte[] buffer = new byte[3];
          assertThat(f.readAt(new KernelUio(buffer), 8998)).isEqualTo(3);
          assertThat(buffer).containsExactly(0, 0, 'x');
          assertThat(f.readAt(new KernelUio(buffer), 9001)).isZero();
          assertThat(f.readAt(new KernelUio(buffer), 1L << 60)).isZero();
          assertThat(f.readAt(new KernelUio(buffer), -1)).isEqualTo(-Errno.EINVAL);
          assertThat(f.writeAt(new KernelUio(buffer), 1L << 60)).isEqualTo(-Errno.EFBIG);
          assertThat(f.writeAt(new KernelUio(buffer), Long.MAX_VALUE)).isEqualTo(-Errno.EFBIG);
        });
  }

  @Test
  @DisplayName("seeking: from start, offset and end; beyond the end, but never before the start")
  void seeking() {
    machine.run(
        () -> {
          machine.write("/f", "0123456789");
          OpenFile f = machine.open("/f", OpenFlags.RDONLY);
          assertThat(f.seek(-3, 2)).isEqualTo(7);
          assertThat(machine.get(f, 1)).isEqualTo("7");
          assertThat(f.seek(-1, 1)).isEqualTo(7);
          assertThat(f.seek(100, 0)).isEqualTo(100);
          assertThat(machine.get(f, 1)).isEmpty();
          assertThat(f.seek(-1, 0)).isEqualTo(-Errno.EINVAL);
          assertThat(f.seek(0, 3)).isEqualTo(-Errno.EINVAL);
          assertThat(f.seek(Long.MAX_VALUE, 1)).isEqualTo(-Errno.EINVAL);
        });
  }

  @Test
  @DisplayName("what was not opened for it is refused: EBADF, EISDIR, ENOTDIR, EINVAL")
  void modes() {
    machine.run(
        () -> {
          machine.write("/f", "x");
          OpenFile r = machine.open("/f", OpenFlags.RDONLY);
          OpenFile w = machine.open("/f", OpenFlags.WRONLY);
          OpenFile d = machine.open("/", OpenFlags.RDONLY);
          OpenFile p = machine.open("/f", OpenFlags.PATH);
          assertThat(machine.put(r, "y")).isEqualTo(-Errno.EBADF);
          assertThat(machine.get(w, 1)).isEqualTo("errno " + Errno.EBADF);
          assertThat(machine.get(d, 1)).isEqualTo("errno " + Errno.EISDIR);
          assertThat(machine.get(p, 1)).isEqualTo("errno " + Errno.EBADF);
          assertThat(p.stat().size()).isEqualTo(1);
          assertThat(r.truncate(0)).isEqualTo(-Errno.EINVAL);
          assertThat(w.truncate(-1)).isEqualTo(-Errno.EINVAL);
          assertThat(r.readDirectory((n, i, t, c) -> true)).isEqualTo(-Errno.ENOTDIR);
          assertThat(Vfs.open(machine.caller, null, "/", OpenFlags.RDWR, 0).error())
              .isEqualTo(-Errno.EISDIR);
          assertThat(Vfs.open(machine.caller, null, "/f", OpenFlags.DIRECTORY, 0).error())
              .isEqualTo(-Errno.ENOTDIR);
          assertThat(Vfs.open(machine.caller, null, "/", OpenFlags.CREAT, 0).error())
              .isEqualTo(-Errno.EISDIR);
        });
  }
}
