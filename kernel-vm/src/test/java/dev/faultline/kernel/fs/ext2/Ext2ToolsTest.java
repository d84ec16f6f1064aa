// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.Vfs;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: what is written here is sound by our own check only. Needs e2fsprogs. */
@Tag("tools")
final class Ext2ToolsTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int TREE = 10_000;

  @ParameterizedTest
  @CsvSource({
    "262144,1024",
    "1048576,1024",
    "9000000,1024",
    "25165824,1024",
    "4194304,2048",
    "40000000,2048",
    "16777216,4096",
    "140000000,4096"
  })
  void whatWeFormatIsClean(int size, int blockSize) {
    byte[] image = Ext2Machine.empty(size, blockSize);
    Ext2Machine.assertClean(image);
    assertThat(Ext2Machine.check(image)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024",
        "-b 2048",
        "-b 4096",
        "-b 1024 -O ^dir_index",
        "-b 4096 -O ^dir_index -I 128",
        "-b 4096 -O ^filetype",
        "-b 1024 -O ^sparse_super,^resize_inode"
      })
  void imagesOfMke2fs(String options) {
    byte[] image = new byte[16 << 20];
    String command = "mke2fs -q -t ext2 " + options + " IMG";
    assertThat(Ext2Machine.tool(image, command.split(" "))).startsWith("0\n");
    Ext2Machine m = new Ext2Machine(image);
    RandomTree tree = new RandomTree(m, 5, true);
    m.run(
        () -> {
          for (int i = 0; i < 400; i++) {
            tree.step();
          }
        });
    assertThat(tree.errors).isEmpty();
    Ext2Machine.assertClean(m.disk.content());
  }

  @Test
  void debugfsReadsWhatWeWrite() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(16 << 20, 1024));
    FsMachine f = m.machine;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      text.append("line ").append(i).append('\n');
    }
    m.run(
        () -> {
          f.mkdir("/d");
          m.put("/d/text", text.toString().getBytes(ISO_8859_1));
          f.symlink("where", "/link");
        });
    byte[] image = m.disk.content();
    Ext2Machine.assertClean(image);
    assertThat(Ext2Machine.tool(image, "debugfs", "-R", "cat /d/text", "IMG"))
        .endsWith(text.toString());
    assertThat(Ext2Machine.tool(image, "debugfs", "-R", "stat /link", "IMG"))
        .contains("Fast link dest: \"where\"");
  }

  @Test
  void aTreeOfTenThousandFiles() {
    Ext2Machine m = new Ext2Machine(16 << 20, Ext2Machine.empty(128 << 20, 4096));
    FsMachine f = m.machine;
    Random random = new Random(1);
    m.run(
        () -> {
          for (int i = 0; i < TREE; i++) {
            if (i % 100 == 0) {
              f.mkdir("/d" + i / 100);
            }
            m.put("/d" + i / 100 + "/file-" + i, new byte[random.nextInt(8000)]);
          }
        });
    Ext2Machine.assertClean(m.disk.content());
    m.run(
        () -> {
          for (int i = 0; i < TREE; i++) {
            assertThat(f.unlink("/d" + i / 100 + "/file-" + i)).isZero();
            if (i % 100 == 99) {
              assertThat(m.rmdir("/d" + i / 100)).isZero();
            }
          }
          assertThat(f.list("/")).containsExactly("lost+found");
        });
    Ext2Machine.assertClean(m.disk.content());
  }

  @Test
  void fullDisk() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(1 << 20, 1024));
    m.run(
        () -> {
          Vfs.mkdir(m.machine.caller, null, "/d", 0x1FF);
          int i = 0;
          while (m.tryPut("/d/" + i, new byte[70_000 - 3_000 * (i % 20)]) == 0) {
            i++;
          }
        });
    Ext2Machine.assertClean(m.disk.content());
  }
}
