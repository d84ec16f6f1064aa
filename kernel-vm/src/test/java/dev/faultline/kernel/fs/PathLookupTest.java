// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a path leads elsewhere than it says, or past what forbids it. */
final class PathLookupTest {
  private final FsMachine machine = new FsMachine();

  private int error(String path) {
    return Namei.lookup(machine.caller, null, path, true).error();
  }

  @Test
  @DisplayName("dots, doubled and trailing slashes, the empty path")
  void shapes() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.write("/d/f", "x");
          assertThat(error("//d//./../d///f")).isZero();
          assertThat(error("/d/")).isZero();
          assertThat(error("/d/f/")).isEqualTo(-Errno.ENOTDIR);
          assertThat(error("/d/f/x")).isEqualTo(-Errno.ENOTDIR);
          assertThat(error("/d/f/..")).isEqualTo(-Errno.ENOTDIR);
          assertThat(error("")).isEqualTo(-Errno.ENOENT);
          assertThat(error("/")).isZero();
          assertThat(error("/../../d/f")).isZero();
          assertThat(error("/none/f")).isEqualTo(-Errno.ENOENT);
        });
  }

  @Test
  @DisplayName("names of 255 bytes, paths of 4095, and no more")
  void lengths() {
    machine.run(
        () -> {
          assertThat(error("/" + "n".repeat(255))).isEqualTo(-Errno.ENOENT);
          assertThat(error("/" + "n".repeat(256))).isEqualTo(-Errno.ENAMETOOLONG);
          assertThat(error("/".repeat(4095))).isZero();
          assertThat(error("/".repeat(4096))).isEqualTo(-Errno.ENAMETOOLONG);
        });
  }

  @Test
  @DisplayName("40 links are followed, the 41st is a loop")
  void links() {
    machine.run(
        () -> {
          machine.write("/l0", "end");
          for (int i = 1; i <= 41; i++) {
            machine.symlink("l" + (i - 1), "/l" + i);
          }
          assertThat(error("/l40")).isZero();
          assertThat(error("/l41")).isEqualTo(-Errno.ELOOP);
          machine.symlink("self", "/self");
          assertThat(error("/self")).isEqualTo(-Errno.ELOOP);
          assertThat(machine.read("/l40")).isEqualTo("end");
        });
  }

  @Test
  @DisplayName("links in the middle, absolute, upwards; a long chain of targets stays bounded")
  void targets() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.mkdir("/d/e");
          machine.write("/d/f", "found");
          machine.symlink("/d", "/abs");
          machine.symlink("../../d/e/..", "/d/e/up");
          assertThat(machine.read("/abs/f")).isEqualTo("found");
          assertThat(machine.read("/d/e/up/f")).isEqualTo("found");
          machine.symlink("x/".repeat(2000), "/long");
          assertThat(error("/long/" + "y/".repeat(100))).isEqualTo(-Errno.ENAMETOOLONG);
        });
  }

  @Test
  @DisplayName("creating through a dangling link makes its target; O_EXCL and O_NOFOLLOW do not")
  void dangling() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.symlink("d/target", "/link");
          int excl = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL;
          assertThat(Vfs.open(machine.caller, null, "/link", excl, 0x1FF).error())
              .isEqualTo(-Errno.EEXIST);
          int nofollow = OpenFlags.RDONLY | OpenFlags.NOFOLLOW;
          assertThat(Vfs.open(machine.caller, null, "/link", nofollow, 0).error())
              .isEqualTo(-Errno.ELOOP);
          machine.write("/link", "through");
          assertThat(machine.list("/d")).containsExactly("target");
          assertThat(Vfs.mkdir(machine.caller, null, "/link", 0x1FF)).isEqualTo(-Errno.EEXIST);
        });
  }

  @Test
  @DisplayName("a slash behind a link: looking follows it, removing and moving do not")
  void slashBehindLink() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.symlink("d", "/link");
          assertThat(Vfs.rmdir(machine.caller, null, "/link/")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.unlink("/link/")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.rename("/link/", "/other")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.vnode("/link/").type()).isEqualTo(FileType.DIR);
          machine.open("/link/", OpenFlags.NOFOLLOW).release();
          assertThat(machine.list("/")).containsExactly("d", "link");
        });
  }

  @Test
  @DisplayName("without the right to search a directory nothing below it is found")
  void search() {
    machine.run(
        () -> {
          machine.mkdir("/open");
          machine.mkdir("/closed");
          machine.write("/closed/f", "");
          FileAttributes.chmod(machine.caller, machine.vnode("/closed"), 0x1C0);
          machine.caller.credentials = new Credentials(7, 7, List.of());
          assertThat(error("/closed/f")).isEqualTo(-Errno.EACCES);
          assertThat(error("/closed")).isZero();
          assertThat(
                  Vfs.open(machine.caller, null, "/open/new", OpenFlags.CREAT | 1, 0x1FF).error())
              .isEqualTo(-Errno.EACCES);
          assertThat(Vfs.unlink(machine.caller, null, "/closed/f")).isEqualTo(-Errno.EACCES);
        });
  }

  @Test
  @DisplayName("a sticky directory lets only owners remove")
  void sticky() {
    machine.run(
        () -> {
          machine.mkdir("/tmp");
          FileAttributes.chmod(machine.caller, machine.vnode("/tmp"), 0x3FF);
          machine.write("/tmp/roots", "");
          machine.caller.credentials = new Credentials(7, 7, List.of());
          machine.write("/tmp/mine", "");
          assertThat(machine.unlink("/tmp/roots")).isEqualTo(-Errno.EPERM);
          assertThat(machine.rename("/tmp/roots", "/tmp/stolen")).isEqualTo(-Errno.EPERM);
          assertThat(machine.unlink("/tmp/mine")).isZero();
        });
  }

  @Test
  @DisplayName("a changed root is left by no path")
  void changedRoot() {
    machine.run(
        () -> {
          machine.mkdir("/jail");
          machine.write("/secret", "s");
          machine.symlink("/secret", "/jail/link");
          Vfs.changeRoot(machine.caller, machine.vnode("/jail"));
          Vfs.changeDirectory(machine.caller, machine.vnode("/"));
          assertThat(error("/../secret")).isEqualTo(-Errno.ENOENT);
          assertThat(error("../../secret")).isEqualTo(-Errno.ENOENT);
          assertThat(error("/link")).isEqualTo(-Errno.ENOENT);
          assertThat(machine.caller.context().workingDirectoryPath()).isEqualTo("/");
        });
  }

  @Test
  @DisplayName("mount points are crossed down and up, and cannot be removed or moved")
  void mounts() {
    machine.run(
        () -> {
          machine.mkdir("/mnt");
          OverlayFs mounted =
              new OverlayFs(
                  machine.layer, machine.vm, machine.space, new SourceDirectory(), "tmpfs");
          assertThat(mounted.mountOn(machine.vnode("/mnt"))).isZero();
          machine.mkdir("/mnt/sub");
          machine.write("/top", "t");
          assertThat(machine.read("/mnt/sub/../../top")).isEqualTo("t");
          assertThat(machine.vnode("/mnt").fileSystem()).isSameAs(mounted);
          assertThat(Vfs.rmdir(machine.caller, null, "/mnt")).isEqualTo(-Errno.EBUSY);
          assertThat(Vfs.unlink(machine.caller, null, "/mnt")).isEqualTo(-Errno.EISDIR);
          assertThat(machine.rename("/mnt", "/other")).isEqualTo(-Errno.EBUSY);
          assertThat(machine.rename("/top", "/mnt/top")).isEqualTo(-Errno.EXDEV);
          Vfs.changeDirectory(machine.caller, machine.vnode("/mnt/sub"));
          assertThat(machine.caller.context().workingDirectoryPath()).isEqualTo("/mnt/sub");
        });
  }
}
