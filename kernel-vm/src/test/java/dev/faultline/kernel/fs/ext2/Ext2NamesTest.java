// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileAttributes;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vfs;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: names come, go and move, and counts, links or blocks are left wrong. */
final class Ext2NamesTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int SIZE = 4 << 20;

  private static Ext2Machine machine() {
    return new Ext2Machine(Ext2Machine.empty(SIZE, 1024));
  }

  private static byte[] bytes(String s) {
    return s.getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096})
  void freshlyMade(int blockSize) {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(SIZE, blockSize));
    assertThat(m.check()).isEmpty();
    m.run(() -> assertThat(m.machine.list("/")).containsExactly("lost+found"));
    assertThat(m.log).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096})
  void allKindsSurviveARemount(int blockSize) {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(SIZE, blockSize));
    FsMachine f = m.machine;
    byte[] large = new byte[300_000];
    new Random(3).nextBytes(large);
    m.run(
        () -> {
          f.mkdir("/d");
          f.mkdir("/d/e");
          m.put("/d/small", bytes("small"));
          m.put("/d/e/large", large);
          f.symlink("short", "/short");
          f.symlink("l".repeat(500), "/long");
          assertThat(Vfs.mknod(f.caller, null, "/fifo", 0x1000 | 0x1B6, 0)).isZero();
          assertThat(Vfs.mknod(f.caller, null, "/null", 0x2000 | 0x1B6, 0x103)).isZero();
          assertThat(Vfs.mknod(f.caller, null, "/far", 0x6000 | 0x1B6, 0x1234_5678)).isZero();
          assertThat(Vfs.mknod(f.caller, null, "/sock", 0xC000 | 0x1B6, 0)).isZero();
          assertThat(Vfs.link(f.caller, null, "/d/small", null, "/hard", false)).isZero();
          assertThat(FileAttributes.chmod(f.caller, f.vnode("/hard"), 0x981)).isZero();
          assertThat(FileAttributes.chown(f.caller, f.vnode("/d"), 70_000, 80_000)).isZero();
          long t = 1_234_567_890_000_000_000L;
          assertThat(
                  FileAttributes.setTimes(f.caller, f.vnode("/hard"), t, t + 1_000_000_000L, false))
              .isZero();
        });
    m.run(
        () -> {
          assertThat(f.read("/hard")).isEqualTo("small");
          assertThat(m.get("/d/e/large")).isEqualTo(large);
          assertThat(Vfs.readLink(f.caller, null, "/short").value()).isEqualTo("short");
          assertThat(Vfs.readLink(f.caller, null, "/long").value()).isEqualTo("l".repeat(500));
          assertThat(f.vnode("/fifo").type()).isEqualTo(FileType.FIFO);
          assertThat(f.vnode("/sock").type()).isEqualTo(FileType.SOCK);
          assertThat(f.vnode("/null").stat().rdev()).isEqualTo(0x103);
          assertThat(f.vnode("/far").stat().rdev()).isEqualTo(0x1234_5678);
          Stat hard = f.vnode("/d/small").stat();
          assertThat(hard.nlink()).isEqualTo(2);
          assertThat(hard.mode()).isEqualTo(0x8981);
          assertThat(hard.atime()).isEqualTo(1_234_567_890_000_000_000L);
          assertThat(hard.mtime()).isEqualTo(1_234_567_891_000_000_000L);
          assertThat(f.vnode("/d").stat().uid()).isEqualTo(70_000);
          assertThat(f.vnode("/d").stat().gid()).isEqualTo(80_000);
          assertThat(f.vnode("/d").stat().nlink()).isEqualTo(3);
        });
    assertThat(m.log).isEmpty();
  }

  @Test
  void everythingRemovedGivesEverythingBack() {
    Ext2Machine m = machine();
    FsMachine f = m.machine;
    m.run(
        () -> {
          FileSystemStat before = m.fs().stat();
          f.mkdir("/d");
          for (int i = 0; i < 60; i++) {
            m.put("/d/" + i, new byte[i * 1000]);
          }
          f.symlink("x".repeat(300), "/d/link");
          assertThat(m.fs().stat().blocksFree()).isLessThan(before.blocksFree());
          for (int i = 0; i < 60; i++) {
            assertThat(f.unlink("/d/" + i)).isZero();
          }
          assertThat(f.unlink("/d/link")).isZero();
          assertThat(m.rmdir("/d")).isZero();
          assertThat(m.fs().stat()).isEqualTo(before);
          assertThat(m.fs().sync()).isZero();
          assertThat(m.fs().stat()).isEqualTo(before);
        });
  }

  @Test
  void unlinkedWhileOpen() {
    Ext2Machine m = machine();
    FsMachine f = m.machine;
    m.run(
        () -> {
          FileSystemStat before = m.fs().stat();
          m.put("/f", bytes("still here"));
          OpenFile open = f.open("/f", OpenFlags.RDWR);
          assertThat(f.unlink("/f")).isZero();
          assertThat(m.fs().sync()).isZero();
          assertThat(open.stat().nlink()).isZero();
          assertThat(f.get(open, 100)).isEqualTo("still here");
          m.put("/f", bytes("another"));
          assertThat(f.put(open, " and longer")).isEqualTo(11);
          assertThat(m.fs().sync()).isZero();
          assertThat(m.check()).isEmpty();
          open.release();
          assertThat(f.read("/f")).isEqualTo("another");
          f.unlink("/f");
          m.fs().sync();
          assertThat(m.fs().stat()).isEqualTo(before);
        });
  }

  @Test
  @DisplayName("the list of orphans is followed at the next mount")
  void orphansAfterACrash() {
    Ext2Machine m = machine();
    FsMachine f = m.machine;
    byte[][] crashed = new byte[1][];
    m.bare(
        () -> {
          m.mount();
          for (int i = 0; i < 5; i++) {
            m.put("/f" + i, new byte[50_000]);
          }
          OpenFile[] open = new OpenFile[5];
          for (int i = 0; i < 5; i++) {
            open[i] = f.open("/f" + i, OpenFlags.RDONLY);
            f.unlink("/f" + i);
          }
          open[2].release();
          m.fs().sync();
          crashed[0] = m.disk.content().clone();
          assertThat(m.check()).isEmpty();
          open[4].release();
          open[0].release();
          open[1].release();
          open[3].release();
          m.unmount();
        });
    assertThat(m.check()).isEmpty();
    Ext2Machine again = new Ext2Machine(crashed[0]);
    again.run(() -> assertThat(again.machine.list("/")).containsExactly("lost+found"));
    assertThat(again.log).anyMatch(l -> l.contains("5 files without a name"));
  }

  @Test
  void renameInAllItsForms() {
    Ext2Machine m = machine();
    FsMachine f = m.machine;
    m.run(
        () -> {
          f.mkdir("/a");
          f.mkdir("/b");
          f.mkdir("/a/sub");
          m.put("/a/x", bytes("x"));
          m.put("/b/y", bytes("y"));
          assertThat(f.rename("/a/x", "/a/z")).isZero();
          assertThat(f.rename("/a/z", "/a/" + "n".repeat(200))).isZero();
          assertThat(f.rename("/a/" + "n".repeat(200), "/b/y")).isZero();
          assertThat(f.read("/b/y")).isEqualTo("x");
          assertThat(f.list("/a")).containsExactly("sub");
          assertThat(f.rename("/a", "/a/sub/a")).isEqualTo(-Errno.EINVAL);
          assertThat(f.rename("/a", "/b")).isEqualTo(-Errno.ENOTEMPTY);
          assertThat(f.rename("/a", "/b/y")).isEqualTo(-Errno.ENOTDIR);
          assertThat(f.rename("/b/y", "/a")).isEqualTo(-Errno.EISDIR);
          assertThat(f.rename("/a/sub", "/b/moved")).isZero();
          assertThat(f.vnode("/b/moved").lookup("..").value()).isSameAs(f.vnode("/b"));
          assertThat(f.vnode("/a").stat().nlink()).isEqualTo(2);
          assertThat(f.vnode("/b").stat().nlink()).isEqualTo(3);
          f.mkdir("/b/empty");
          assertThat(f.rename("/b/moved", "/b/empty")).isZero();
          assertThat(f.list("/b")).containsExactlyInAnyOrder("y", "empty");
          assertThat(f.rename("/b/y", "/b/y")).isZero();
          assertThat(Vfs.link(f.caller, null, "/b/y", null, "/b/same", false)).isZero();
          assertThat(f.rename("/b/y", "/b/same")).isZero();
          assertThat(f.list("/b")).contains("y", "same");
          assertThat(f.list("/lost+found")).isEmpty();
        });
  }

  @Test
  void aDirectoryGrowsAndShrinksWithoutLosingNames() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.resource("1k"));
    FsMachine f = m.machine;
    m.run(
        () -> {
          for (int i = 0; i < 250; i++) {
            m.put("/many/" + "w".repeat(i) + i, bytes("" + i));
          }
          for (int i = 1; i <= 700; i += 2) {
            assertThat(f.unlink("/many/a-name-of-some-length-" + i)).isZero();
          }
          assertThat(f.list("/many")).hasSize(600);
        });
    m.run(
        () -> {
          assertThat(f.list("/many")).hasSize(600);
          for (int i = 0; i < 250; i++) {
            assertThat(f.read("/many/" + "w".repeat(i) + i)).isEqualTo("" + i);
          }
        });
    assertThat(m.log).isEmpty();
  }

  @Test
  void removedWhileListed() {
    Ext2Machine m = machine();
    m.run(
        () -> {
          for (int i = 0; i < 200; i++) {
            m.put("/f" + i, new byte[0]);
          }
          OpenFile directory = m.machine.open("/", OpenFlags.DIRECTORY);
          int[] removed = {0};
          boolean[] more = {true};
          while (more[0]) {
            more[0] = false;
            String[] name = new String[1];
            directory.readDirectory(
                (n, ino, type, next) -> {
                  if (name[0] != null) {
                    return false;
                  }
                  name[0] = n;
                  more[0] = true;
                  return true;
                });
            if (name[0] != null && name[0].startsWith("f")) {
              assertThat(m.machine.unlink("/" + name[0])).isZero();
              removed[0]++;
            }
          }
          directory.release();
          assertThat(removed[0]).isEqualTo(200);
          assertThat(m.machine.list("/")).containsExactly("lost+found");
        });
  }

  @Test
  void errors() {
    Ext2Machine m = machine();
    FsMachine f = m.machine;
    m.run(
        () -> {
          f.mkdir("/d");
          m.put("/f", bytes("f"));
          assertThat(Vfs.mkdir(f.caller, null, "/d", 0x1FF)).isEqualTo(-Errno.EEXIST);
          assertThat(f.unlink("/d")).isEqualTo(-Errno.EISDIR);
          assertThat(m.rmdir("/f")).isEqualTo(-Errno.ENOTDIR);
          assertThat(f.unlink("/none")).isEqualTo(-Errno.ENOENT);
          m.put("/d/g", bytes("g"));
          assertThat(m.rmdir("/d")).isEqualTo(-Errno.ENOTEMPTY);
          assertThat(Vfs.symlink(f.caller, "t".repeat(1024), null, "/l"))
              .isEqualTo(-Errno.ENAMETOOLONG);
          assertThat(Vfs.link(f.caller, null, "/f", null, "/d/g", false)).isEqualTo(-Errno.EEXIST);
          OpenFile cwd = f.open("/d", OpenFlags.DIRECTORY);
          f.unlink("/d/g");
          assertThat(m.rmdir("/d")).isZero();
          assertThat(cwd.vnode().create("x", FileType.REG, 0x1FF, 0, 0, 0).error())
              .isEqualTo(-Errno.ENOENT);
          cwd.release();
        });
  }

  @Test
  void noSpaceAndNoInodesLeft() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(512 << 10, 1024));
    FsMachine f = m.machine;
    m.run(
        () -> {
          FileSystemStat before = m.fs().stat();
          int made = 0;
          while (m.tryPut("/i" + made, new byte[0]) == 0) {
            made++;
          }
          assertThat(made).isEqualTo((int) before.filesFree());
          assertThat(m.tryPut("/one-more", new byte[0])).isEqualTo(-Errno.ENOSPC);
          assertThat(Vfs.mkdir(f.caller, null, "/dir", 0x1FF)).isEqualTo(-Errno.ENOSPC);
          assertThat(f.unlink("/i0")).isZero();
          m.put("/big", new byte[0]);
          OpenFile big = f.open("/big", OpenFlags.WRONLY);
          byte[] part = new byte[10_000];
          int n = 0;
          int total = 0;
          do {
            total += n;
            n = f.put(big, new String(part, ISO_8859_1));
          } while (n == part.length);
          total += Math.max(0, n);
          if (n > 0) {
            n = f.put(big, "x");
          }
          assertThat(n).isEqualTo(-Errno.ENOSPC);
          assertThat(m.fs().stat().blocksFree()).isZero();
          assertThat(big.stat().size()).isEqualTo(total);
          big.release();
          assertThat(f.unlink("/big")).isZero();
          for (int i = 1; i < made; i++) {
            assertThat(f.unlink("/i" + i)).isZero();
          }
          m.fs().sync();
          assertThat(m.fs().stat().filesFree()).isEqualTo(before.filesFree());
        });
  }

  @Test
  void vnodesAndNamesAreBounded() {
    Ext2Machine m = new Ext2Machine(2 << 20, Ext2Machine.empty(16 << 20, 1024));
    FsMachine f = m.machine;
    m.run(
        () -> {
          for (int i = 0; i < 1200; i++) {
            m.put("/f" + i, bytes("content " + i));
          }
          assertThat(m.fs().vnodes()).isLessThanOrEqualTo(130);
          assertThat(m.fs().names()).isLessThanOrEqualTo(512);
          for (int i = 0; i < 1200; i++) {
            assertThat(f.read("/f" + i)).isEqualTo("content " + i);
          }
          assertThat(m.fs().vnodes()).isLessThanOrEqualTo(130);
        });
  }
}
