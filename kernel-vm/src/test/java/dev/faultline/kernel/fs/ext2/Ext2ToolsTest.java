// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.Vfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  private static final int MANY = 600;

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

  /** Blocks of each size, with and without what mke2fs may leave out; a journal is not needed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024",
        "-b 2048",
        "-b 4096",
        "-b 1024 -O ^dir_index,^large_file",
        "-b 2048 -O ^dir_index,^sparse_super,^resize_inode",
        "-b 4096 -O ^dir_index -I 128",
        "-b 4096 -O ^filetype,^sparse_super,^large_file,^resize_inode",
        "-b 1024 -O ^sparse_super,^resize_inode",
        "-b 1024 -O has_journal",
        "-b 1024 -r 0"
      })
  void imagesOfMke2fs(String options, @TempDir Path tree) throws IOException {
    Path many = Files.createDirectories(tree.resolve("many"));
    for (int i = 0; i < MANY; i++) {
      Files.writeString(many.resolve(manyName(i)), "content of " + i + "\n");
    }
    byte[] image = new byte[16 << 20];
    String command = "mke2fs -q -t ext2 -N 4096 " + options + " -d " + tree + " IMG";
    assertThat(Ext2Machine.tool(image, command.split(" "))).startsWith("0\n");
    // Rebuilds the directories: indexed ones get an index of several blocks.
    assertThat(Ext2Machine.tool(image, "e2fsck", "-fyD", "IMG")).matches("(?s)[01]\n.*");
    Ext2Machine m = new Ext2Machine(image);
    RandomTree files = new RandomTree(m, 5, true);
    m.run(
        () -> {
          for (int i = 0; i < MANY; i++) {
            assertThat(m.machine.read("/many/" + manyName(i))).isEqualTo("content of " + i + "\n");
          }
          for (int i = 0; i < MANY; i += 2) {
            assertThat(m.machine.unlink("/many/" + manyName(i))).isZero();
            m.put("/many/instead-of-" + i, ("instead of " + i + "\n").getBytes(ISO_8859_1));
          }
          for (int i = 0; i < 300; i++) {
            files.step();
          }
        });
    assertThat(files.errors).isEmpty();
    byte[] after = m.disk.content().clone();
    Ext2Machine.assertClean(after);
    StringBuilder commands = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < MANY; i += 37) {
      String name = i % 2 == 0 ? "instead-of-" + i : manyName(i);
      commands.append("cat /many/").append(name).append('\n');
      expected.append(i % 2 == 0 ? "instead of " : "content of ").append(i).append('\n');
    }
    Path script = Files.writeString(tree.resolve("commands"), commands);
    String said = Ext2Machine.tool(after, "debugfs", "-f", script.toString(), "IMG");
    assertThat(said.replaceAll("(?m)^(\\d|debugfs).*\n", "")).isEqualTo(expected.toString());
    files.files.forEach(
        (path, bytes) -> {
          String cat = Ext2Machine.tool(after, "debugfs", "-R", "cat " + path, "IMG");
          assertThat(cat).as(path).endsWith(new String(bytes, ISO_8859_1));
        });
  }

  private static String manyName(int i) {
    return "a-name-of-some-length-" + i;
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

  @Test
  void noInodesLeft() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(1 << 20, 1024));
    int[] made = new int[1];
    m.run(
        () -> {
          Vfs.mkdir(m.machine.caller, null, "/d", 0x1FF);
          while (m.tryPut("/d/" + made[0], new byte[0]) == 0) {
            made[0]++;
          }
          assertThat(m.fs().stat().filesFree()).isZero();
          assertThat(m.tryPut("/more", new byte[0])).isEqualTo(-Errno.ENOSPC);
          assertThat(Vfs.mkdir(m.machine.caller, null, "/more", 0x1FF)).isEqualTo(-Errno.ENOSPC);
          assertThat(Vfs.symlink(m.machine.caller, "to", null, "/more")).isEqualTo(-Errno.ENOSPC);
        });
    Ext2Machine.assertClean(m.disk.content());
    m.run(
        () -> {
          for (int i = 0; i < made[0]; i += 2) {
            assertThat(m.machine.unlink("/d/" + i)).isZero();
          }
          for (int i = 0; i < made[0]; i += 2) {
            assertThat(m.tryPut("/d/again-" + i, new byte[10])).isZero();
          }
        });
    Ext2Machine.assertClean(m.disk.content());
  }
}
