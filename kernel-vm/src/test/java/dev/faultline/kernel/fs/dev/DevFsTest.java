// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a device file that does not do what its name says. */
final class DevFsTest {
  private final FsMachine machine = machine(1);

  private static FsMachine machine(long seed) {
    FsMachine m = new FsMachine();
    m.run(
        () -> {
          DevFs dev = new DevFs(m.layer, m.vm, m.space, new RandomPool(seed));
          assertThat(dev.fileSystem().mountOn(m.root.topDirectory("dev", 0x1ED).value())).isZero();
        });
    return m;
  }

  private static String random(FsMachine m) {
    StringBuilder out = new StringBuilder();
    m.run(
        () -> {
          OpenFile f = m.open("/dev/urandom", OpenFlags.RDONLY);
          out.append(HexFormat.of().formatHex(m.get(f, 16).getBytes(ISO_8859_1)));
        });
    return out.toString();
  }

  @Test
  @DisplayName("null, zero, full")
  void memoryDevices() {
    machine.run(
        () -> {
          OpenFile f = machine.open("/dev/null", OpenFlags.RDWR);
          assertThat(machine.get(f, 10)).isEmpty();
          assertThat(machine.put(f, "gone")).isEqualTo(4);
          assertThat(f.seek(5, 0)).isZero();
          f = machine.open("/dev/zero", OpenFlags.RDWR);
          assertThat(machine.get(f, 3)).isEqualTo("\0\0\0");
          f = machine.open("/dev/full", OpenFlags.RDWR);
          assertThat(machine.put(f, "x")).isEqualTo(-Errno.ENOSPC);
          assertThat(machine.get(f, 3)).isEqualTo("\0\0\0");
        });
  }

  @Test
  @DisplayName("zero is zero after others have read through the same kernel memory")
  void zeroAfterOthers() {
    machine.run(
        () -> {
          machine.write("/f", "secret".repeat(1000));
          assertThat(machine.get(machine.open("/f", OpenFlags.RDONLY), 6000)).startsWith("secret");
          OpenFile zero = machine.open("/dev/zero", OpenFlags.RDONLY);
          assertThat(machine.get(zero, 5000)).isEqualTo("\0".repeat(5000));
        });
  }

  @Test
  @DisplayName("chances follow from the seed, and from nothing else")
  void randomDevices() {
    assertThat(random(machine)).isEqualTo(random(machine(1))).isNotEqualTo(random(machine(2)));
  }

  @Test
  @DisplayName("/dev/tty without a terminal, a device without a driver: ENXIO")
  void noDriver() {
    machine.run(
        () -> {
          assertThat(Vfs.open(machine.caller, null, "/dev/tty", OpenFlags.RDWR, 0).error())
              .isEqualTo(-Errno.ENXIO);
          assertThat(Vfs.mknod(machine.caller, null, "/x", 0x2000 | 0x1B6, 0xFFF)).isZero();
          assertThat(Vfs.open(machine.caller, null, "/x", OpenFlags.RDWR, 0).error())
              .isEqualTo(-Errno.ENXIO);
          assertThat(Vfs.mknod(machine.caller, null, "/null", 0x2000 | 0x1B6, 0x103)).isZero();
          assertThat(machine.put(machine.open("/null", OpenFlags.RDWR), "abc")).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("shm takes files, and the names of the standard streams are links")
  void shm() {
    machine.run(
        () -> {
          machine.write("/dev/shm/x", "shared");
          assertThat(machine.read("/dev/shm/x")).isEqualTo("shared");
          assertThat(Vfs.readLink(machine.caller, null, "/dev/fd").value())
              .isEqualTo("/proc/self/fd");
          assertThat(machine.list("/dev")).doesNotContain("mem", "kmem", "port");
        });
  }
}
