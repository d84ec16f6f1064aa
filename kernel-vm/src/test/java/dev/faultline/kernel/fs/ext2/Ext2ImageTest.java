// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.vm.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: what mke2fs has written reads otherwise here. */
final class Ext2ImageTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int NUMBERS = 348_894;
  private static final int SPARSE = (5 << 20) + 3;

  private static byte[] numbers() {
    byte[] all = "0123456789abcdef\n".repeat(NUMBERS / 17 + 1).getBytes(ISO_8859_1);
    return Arrays.copyOf(all, NUMBERS);
  }

  private static byte[] sparse() {
    byte[] all = new byte[SPARSE];
    System.arraycopy("mid".getBytes(ISO_8859_1), 0, all, 2_000_000, 3);
    System.arraycopy("end".getBytes(ISO_8859_1), 0, all, SPARSE - 3, 3);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1k", "2k-plain", "4k", "4k-untyped"})
  void readsAsItWasMade(String image) {
    byte[] before = Ext2Machine.resource(image);
    Ext2Machine m = new Ext2Machine(before);
    assertThat(m.check()).isEmpty();
    m.bare(
        () -> {
          m.mount(true);
          assertThat(m.machine.read("/hello.txt")).isEqualTo("hello, world\n");
          assertThat(m.machine.read("/hard")).isEqualTo("hello, world\n");
          assertThat(m.machine.read("/empty")).isEmpty();
          assertThat(m.machine.read("/sub/deeper/file")).isEqualTo("deep\n");
          assertThat(m.get("/numbers")).isEqualTo(numbers());
          assertThat(m.get("/sparse")).isEqualTo(sparse());
          assertThat(m.machine.read("/short-link")).isEqualTo("hello, world\n");
          assertThat(Vfs.readLink(m.machine.caller, null, "/long-link").value())
              .isEqualTo("x".repeat(200));
          List<String> many = new ArrayList<>();
          for (int i = 1; i <= 700; i++) {
            many.add("a-name-of-some-length-" + i);
          }
          assertThat(m.machine.list("/many")).containsExactlyInAnyOrderElementsOf(many);
          assertThat(m.machine.vnode("/many/a-name-of-some-length-613").size()).isZero();
          attributes(m);
          assertThat(m.tryPut("/new", new byte[1])).isEqualTo(-Errno.EROFS);
          m.unmount();
        });
    assertThat(m.disk.content()).isEqualTo(before);
    assertThat(m.log).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1k", "2k-plain", "4k", "4k-untyped"})
  @DisplayName("entries that lie across sectors, as mke2fs packs them, make room for others")
  void changesAsItWasMade(String image) {
    Ext2Machine m = new Ext2Machine(Ext2Machine.resource(image));
    m.run(
        () -> {
          for (int i = 1; i <= 700; i += 2) {
            assertThat(m.machine.unlink("/many/a-name-of-some-length-" + i)).isZero();
            m.put("/many/" + "x".repeat(1 + i % 60) + i, new byte[0]);
          }
        });
    assertThat(m.check()).isEmpty();
    m.run(
        () -> {
          assertThat(m.machine.list("/many")).hasSize(700);
          for (int i = 1; i <= 700; i++) {
            String name = "x".repeat(1 + i % 60) + i;
            String kept = "a-name-of-some-length-" + i;
            assertThat(m.machine.vnode("/many/" + (i % 2 == 0 ? kept : name)).size()).isZero();
          }
        });
  }

  private static void attributes(Ext2Machine m) {
    Stat hello = m.machine.vnode("/hello.txt").stat();
    assertThat(hello.nlink()).isEqualTo(2);
    assertThat(hello.mtime()).isEqualTo(1_709_210_096_000_000_000L);
    Stat numbers = m.machine.vnode("/numbers").stat();
    assertThat(numbers.uid()).isEqualTo(1000);
    assertThat(numbers.gid()).isEqualTo(70_000);
    assertThat(numbers.mode()).isEqualTo(0x81A0);
    assertThat(m.machine.vnode("/sub").stat().mode()).isEqualTo(0x41E9);
    assertThat(m.machine.vnode("/pipe").type()).isEqualTo(FileType.FIFO);
    assertThat(m.machine.vnode("/null").stat().rdev()).isEqualTo(0x103);
    assertThat(m.machine.vnode("/disk").type()).isEqualTo(FileType.BLK);
    assertThat(m.machine.vnode("/disk").stat().rdev()).isEqualTo(0x801);
  }

  @Test
  @DisplayName("V9 a file that lies together is read in clusters of 16 pages")
  void clusters() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.resource("4k"));
    m.bare(
        () -> {
          m.mount(true);
          long in = m.vm().meter().get(Counter.V_VNODEIN);
          long pages = m.vm().meter().get(Counter.V_VNODEPGSIN);
          m.get("/numbers");
          assertThat(m.vm().meter().get(Counter.V_VNODEPGSIN) - pages).isBetween(86L, 92L);
          // 86 pages in clusters of 16, one cut where the indirect block lies, and metadata.
          assertThat(m.vm().meter().get(Counter.V_VNODEIN) - in).isLessThan(15);
          m.unmount();
        });
  }

  @Test
  void refusesWhatItDoesNotKnowByName() {
    byte[] image = Ext2Machine.empty(1 << 20, 1024);
    image[1024 + Superblock.INCOMPATIBLE] |= (byte) 0xC0;
    Ext2Machine m = new Ext2Machine(image);
    m.bare(
        () -> {
          Ext2Fs.Mounted mounted = m.tryMount(false);
          assertThat(mounted.fileSystem()).isNull();
          assertThat(mounted.error()).isEqualTo(-Errno.EINVAL);
          assertThat(mounted.message())
              .isEqualTo(
                  "vda cannot be mounted: it has features that cannot be mounted: extent, 64bit");
        });
  }

  @Test
  void readsOnlyWhatOnlyReadersMayIgnore() {
    byte[] image = Ext2Machine.empty(1 << 20, 1024);
    image[1024 + Superblock.READ_ONLY_COMPATIBLE + 1] |= 4;
    Ext2Machine m = new Ext2Machine(image);
    m.bare(
        () -> {
          Ext2Fs.Mounted mounted = m.tryMount(false);
          assertThat(mounted.message())
              .isEqualTo("vda is mounted read-only: unknown features: metadata_csum");
          Ext2Fs fs = mounted.fileSystem();
          assertThat(fs).isNotNull();
          if (fs != null) {
            assertThat(fs.readOnly()).isTrue();
            fs.unmount();
          }
        });
    assertThat(m.disk.content()).isEqualTo(image);
  }

  @Test
  void noFileSystemAtAll() {
    Ext2Machine m = new Ext2Machine(new byte[1 << 20]);
    m.bare(
        () -> {
          assertThat(m.tryMount(false).message())
              .isEqualTo(
                  "vda cannot be mounted: it holds no ext2 file system (no magic number 0xEF53)");
          m.disk.failReads(2);
          assertThat(m.tryMount(false).error()).isEqualTo(-Errno.EIO);
        });
  }
}
