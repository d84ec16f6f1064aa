// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a listing that skips, repeats or never ends while the directory changes. */
final class DirectoryListingTest {
  private static final int FILES = 50;

  private final FsMachine machine = new FsMachine();

  private void makeFiles() {
    machine.mkdir("/d");
    for (int i = 0; i < FILES; i++) {
      machine.write("/d/f" + i, "");
    }
  }

  /** The next entries, three at a time as a small buffer would have it. */
  private List<String> some(OpenFile directory) {
    List<String> names = new ArrayList<>();
    int error =
        directory.readDirectory(
            (name, ino, type, next) -> {
              if (names.size() == 3) {
                return false;
              }
              names.add(name);
              return true;
            });
    assertThat(error).isZero();
    return names;
  }

  @Test
  @DisplayName("removing what was listed skips nothing")
  void removing() {
    machine.run(
        () -> {
          makeFiles();
          OpenFile directory = machine.open("/d", OpenFlags.DIRECTORY);
          int removed = 0;
          for (List<String> part = some(directory); !part.isEmpty(); part = some(directory)) {
            for (String name : part) {
              removed += name.startsWith("f") && machine.unlink("/d/" + name) == 0 ? 1 : 0;
            }
          }
          directory.release();
          assertThat(removed).isEqualTo(FILES);
          assertThat(Vfs.rmdir(machine.caller, null, "/d")).isZero();
        });
  }

  @Test
  @DisplayName("renaming what was listed ends")
  void renaming() {
    machine.run(
        () -> {
          makeFiles();
          OpenFile directory = machine.open("/d", OpenFlags.DIRECTORY);
          int renamed = 0;
          for (List<String> part = some(directory); !part.isEmpty(); part = some(directory)) {
            for (String name : part) {
              if (name.startsWith("f")) {
                assertThat(machine.rename("/d/" + name, "/d/" + name + ".new")).isZero();
                renamed++;
              }
            }
          }
          directory.release();
          assertThat(renamed).isEqualTo(FILES);
        });
  }

  @Test
  @DisplayName("dots come first; seeking to 0 starts again, to a position goes on there")
  void seeking() {
    machine.run(
        () -> {
          makeFiles();
          OpenFile directory = machine.open("/d", OpenFlags.DIRECTORY);
          assertThat(some(directory)).containsExactly(".", "..", "f0");
          long position = directory.seek(0, 1);
          assertThat(some(directory)).containsExactly("f1", "f2", "f3");
          assertThat(directory.seek(position, 0)).isEqualTo(position);
          assertThat(some(directory)).containsExactly("f1", "f2", "f3");
          assertThat(directory.seek(0, 0)).isZero();
          assertThat(some(directory)).containsExactly(".", "..", "f0");
          directory.release();
        });
  }

  @Test
  @DisplayName("an open directory that is removed lists nothing and takes no new names")
  void removedWhileOpen() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          OpenFile directory = machine.open("/d", OpenFlags.DIRECTORY);
          assertThat(Vfs.rmdir(machine.caller, null, "/d")).isZero();
          assertThat(some(directory)).isEmpty();
          assertThat(directory.stat().nlink()).isZero();
          assertThat(Vfs.mkdir(machine.caller, directory.vnode(), "x", 0x1FF))
              .isEqualTo(-Errno.ENOENT);
          assertThat(directory.path().render(machine.root.root())).endsWith("(deleted)");
          directory.release();
        });
  }
}
