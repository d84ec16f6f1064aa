// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: rename loses a file, makes a loop, or replaces what it must not. */
final class RenameTest {
  private final FsMachine machine = new FsMachine();

  @Test
  @DisplayName("a file replaces a file; the replaced one is gone")
  void fileOverFile() {
    machine.run(
        () -> {
          machine.write("/a", "new");
          machine.write("/b", "old");
          assertThat(machine.rename("/a", "/b")).isZero();
          assertThat(machine.read("/b")).isEqualTo("new");
          assertThat(machine.list("/")).containsExactly("b");
        });
  }

  @Test
  @DisplayName("a directory replaces an empty directory only, and no file; a file no directory")
  void kinds() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.mkdir("/empty");
          machine.mkdir("/full");
          machine.write("/full/x", "");
          machine.write("/f", "");
          assertThat(machine.rename("/d", "/full")).isEqualTo(-Errno.ENOTEMPTY);
          assertThat(machine.rename("/d", "/f")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.rename("/f", "/empty")).isEqualTo(-Errno.EISDIR);
          assertThat(machine.rename("/d", "/empty")).isZero();
          assertThat(machine.list("/")).containsExactlyInAnyOrder("empty", "full", "f");
        });
  }

  @Test
  @DisplayName("a directory does not move into itself, nor over its own ancestor")
  void loops() {
    machine.run(
        () -> {
          machine.mkdir("/a");
          machine.mkdir("/a/b");
          machine.mkdir("/a/b/c");
          assertThat(machine.rename("/a", "/a/b/c/x")).isEqualTo(-Errno.EINVAL);
          assertThat(machine.rename("/a", "/a")).isEqualTo(0);
          assertThat(machine.rename("/a/b", "/a/b/c")).isEqualTo(-Errno.EINVAL);
          assertThat(machine.rename("/a/b/c", "/a")).isEqualTo(-Errno.ENOTEMPTY);
        });
  }

  @Test
  @DisplayName("two names of one file: nothing happens, both stay")
  void sameFile() {
    machine.run(
        () -> {
          machine.write("/a", "x");
          assertThat(Vfs.link(machine.caller, null, "/a", null, "/b", false)).isZero();
          assertThat(machine.rename("/a", "/b")).isZero();
          assertThat(machine.list("/")).containsExactly("a", "b");
          assertThat(machine.vnode("/a").stat().nlink()).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("dots, missing sources, trailing slashes, no replacing")
  void oddNames() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          machine.write("/f", "");
          assertThat(machine.rename("/d/.", "/e")).isEqualTo(-Errno.EBUSY);
          assertThat(machine.rename("/d", "/f/..")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.rename("/d/..", "/e")).isEqualTo(-Errno.EBUSY);
          assertThat(machine.rename("/none", "/e")).isEqualTo(-Errno.ENOENT);
          assertThat(machine.rename("/f", "/e/")).isEqualTo(-Errno.ENOTDIR);
          assertThat(machine.rename("/d/", "/e/")).isZero();
          assertThat(Rename.rename(machine.caller, null, "/f", null, "/e", false))
              .isEqualTo(-Errno.EEXIST);
        });
  }

  @Test
  @DisplayName("a moved directory has a new parent; link counts follow")
  void parents() {
    machine.run(
        () -> {
          machine.mkdir("/a");
          machine.mkdir("/b");
          machine.mkdir("/a/d");
          assertThat(machine.vnode("/a").stat().nlink()).isEqualTo(3);
          assertThat(machine.rename("/a/d", "/b/d")).isZero();
          assertThat(machine.vnode("/a").stat().nlink()).isEqualTo(2);
          assertThat(machine.vnode("/b").stat().nlink()).isEqualTo(3);
          assertThat(machine.vnode("/b/d/..").ino()).isEqualTo(machine.vnode("/b").ino());
          Vfs.changeDirectory(machine.caller, machine.vnode("/b/d"));
          assertThat(machine.caller.context().workingDirectoryPath()).isEqualTo("/b/d");
          assertThat(machine.rename("/b", "/c")).isZero();
          assertThat(machine.caller.context().workingDirectoryPath()).isEqualTo("/c/d");
        });
  }

  @Test
  @DisplayName("a file that is replaced while open keeps its bytes until closed")
  void replacedWhileOpen() {
    machine.run(
        () -> {
          machine.write("/a", "first");
          machine.write("/b", "second");
          OpenFile open = machine.open("/b", OpenFlags.RDONLY);
          assertThat(machine.rename("/a", "/b")).isZero();
          assertThat(machine.get(open, 100)).isEqualTo("second");
          assertThat(open.path().render(machine.root.root())).isEqualTo("/b (deleted)");
          int before = machine.space.pages();
          open.release();
          assertThat(machine.space.pages()).isEqualTo(before - 1);
        });
  }
}
