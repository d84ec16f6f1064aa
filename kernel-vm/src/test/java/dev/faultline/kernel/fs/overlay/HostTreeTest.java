// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileAttributes;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hazard: the guest sees or changes what lies outside the directory, or the host confuses it. */
final class HostTreeTest {
  @TempDir Path host = Path.of("");
  private Path root = Path.of("");

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(host.resolve("root"));
    Files.writeString(host.resolve("secret"), "secret");
    Files.createDirectory(root.resolve("dir"));
    Files.writeString(root.resolve("dir/file"), "hello");
  }

  private FsMachine machine() throws IOException {
    return new FsMachine(4 << 20, HostTree.directory(root));
  }

  private static int error(FsMachine machine, String path) {
    return Namei.lookup(machine.caller, null, path, true).error();
  }

  @Test
  @DisplayName("no link and no .. leads out: the guest's names are the guest's")
  void escape() throws IOException {
    Files.createSymbolicLink(root.resolve("up"), Path.of("../secret"));
    Files.createSymbolicLink(root.resolve("absolute"), host.resolve("secret").toAbsolutePath());
    Files.createSymbolicLink(root.resolve("outside"), Path.of(".."));
    Files.createSymbolicLink(root.resolve("inside"), Path.of("dir/file"));
    FsMachine machine = machine();
    machine.run(
        () -> {
          assertThat(error(machine, "/up")).isEqualTo(-Errno.ENOENT);
          assertThat(error(machine, "/absolute")).isEqualTo(-Errno.ENOENT);
          assertThat(error(machine, "/outside/secret")).isEqualTo(-Errno.ENOENT);
          assertThat(error(machine, "/../secret")).isEqualTo(-Errno.ENOENT);
          assertThat(machine.read("/inside")).isEqualTo("hello");
          assertThat(Vfs.readLink(machine.caller, null, "/up").value()).isEqualTo("../secret");
        });
  }

  @Test
  @DisplayName("a file or directory that becomes a link under us is EIO, not what it leads to")
  void swappedForLink() throws IOException {
    Files.createDirectory(root.resolve("d2"));
    Files.writeString(root.resolve("d2/f"), "inside");
    Files.writeString(host.resolve("f"), "inside");
    FsMachine machine = machine();
    machine.run(
        () -> {
          assertThat(machine.list("/dir")).containsExactly("file");
          assertThat(machine.list("/d2")).containsExactly("f");
        });
    Files.delete(root.resolve("dir/file"));
    Files.createSymbolicLink(root.resolve("dir/file"), Path.of("../../secret"));
    Files.delete(root.resolve("d2/f"));
    Files.delete(root.resolve("d2"));
    Files.createSymbolicLink(root.resolve("d2"), Path.of(".."));
    machine.run(
        () -> {
          assertThat(machine.read("/dir/file")).isEqualTo("errno " + Errno.EIO);
          assertThat(machine.read("/d2/f")).isEqualTo("errno " + Errno.EIO);
        });
  }

  @Test
  @DisplayName("a directory that became a link before it was listed is EIO")
  void directorySwapped() throws IOException {
    FsMachine machine = machine();
    machine.run(() -> assertThat(machine.list("/")).containsExactly("dir"));
    Files.delete(root.resolve("dir/file"));
    Files.delete(root.resolve("dir"));
    Files.createSymbolicLink(root.resolve("dir"), Path.of(".."));
    machine.run(() -> assertThat(error(machine, "/dir/secret")).isEqualTo(-Errno.EIO));
  }

  @Test
  @DisplayName("a file that grows, shrinks, vanishes or is replaced under us is EIO")
  void changing() throws IOException {
    for (String name : List.of("grows", "shrinks", "vanishes", "replaced")) {
      Files.writeString(root.resolve(name), "12345678".repeat(1000));
    }
    FsMachine machine = machine();
    machine.run(() -> assertThat(machine.list("/")).hasSize(5));
    Files.writeString(root.resolve("grows"), "12345678".repeat(1001));
    Files.writeString(root.resolve("shrinks"), "1");
    Files.delete(root.resolve("vanishes"));
    FileTime time = Files.getLastModifiedTime(root.resolve("replaced"));
    Files.writeString(host.resolve("other"), "87654321".repeat(1000));
    Files.setLastModifiedTime(host.resolve("other"), time);
    Files.move(
        host.resolve("other"), root.resolve("replaced"), StandardCopyOption.REPLACE_EXISTING);
    machine.run(
        () -> {
          for (String name : List.of("grows", "shrinks", "vanishes", "replaced")) {
            assertThat(machine.read("/" + name)).as(name).isEqualTo("errno " + Errno.EIO);
          }
        });
  }

  @Test
  @DisplayName("special files are not shown")
  void special() throws IOException, InterruptedException {
    new ProcessBuilder("mkfifo", root.resolve("fifo").toString()).start().waitFor();
    FsMachine machine = machine();
    machine.run(() -> assertThat(machine.list("/")).containsExactly("dir"));
  }

  @Test
  @DisplayName("rights, sizes, times and links are the host's; owners are 0:0")
  void attributes() throws IOException {
    Path file = root.resolve("dir/file");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(file, FileTime.from(1_234_567_890, TimeUnit.SECONDS));
    FsMachine machine = machine();
    machine.run(
        () -> {
          Stat stat = machine.vnode("/dir/file").stat();
          assertThat(stat.mode()).isEqualTo(0x8000 | 0x1E9);
          assertThat(stat.size()).isEqualTo(5);
          assertThat(stat.mtime()).isEqualTo(1_234_567_890_000_000_000L);
          assertThat(stat.uid() + stat.gid()).isZero();
          assertThat(machine.vnode("/dir").stat().nlink()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("whatever the guest does, the directory stays as it was")
  void neverWritten() throws IOException {
    Map<String, String> before = snapshot();
    FsMachine machine = machine();
    machine.run(
        () -> {
          OpenFile file = machine.open("/dir/file", 2);
          machine.put(file, "HELLO WORLD");
          file.release();
          assertThat(machine.read("/dir/file")).isEqualTo("HELLO WORLD");
          assertThat(machine.rename("/dir/file", "/moved")).isZero();
          assertThat(machine.read("/moved")).isEqualTo("HELLO WORLD");
          assertThat(Vfs.rmdir(machine.caller, null, "/dir")).isZero();
          machine.write("/new", "x");
          assertThat(FileAttributes.chmod(machine.caller, machine.vnode("/moved"), 0)).isZero();
          assertThat(machine.unlink("/moved")).isZero();
          assertThat(machine.list("/")).containsExactly("new");
        });
    assertThat(snapshot()).isEqualTo(before);
  }

  @Test
  @DisplayName("listings are in name order, and file numbers the same in each run")
  void order() throws IOException {
    for (int i = 0; i < 30; i++) {
      Files.writeString(root.resolve("n" + i * 7919 % 101), "");
    }
    List<List<String>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      FsMachine machine = machine();
      List<String> seen = new ArrayList<>();
      machine.run(
          () -> {
            for (String name : machine.list("/")) {
              seen.add(name + " " + machine.vnode("/" + name).ino());
            }
          });
      runs.add(seen);
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1)).hasSize(31);
    assertThat(runs.get(0).stream().map(s -> s.split(" ", 2)[0])).isSorted();
  }

  @Test
  @DisplayName("a name that is not ASCII is its bytes")
  void names() throws IOException {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")));
    Files.writeString(root.resolve("gr\u00fcn"), "green");
    FsMachine machine = machine();
    machine.run(() -> assertThat(machine.read("/gr\u00c3\u00bcn")).isEqualTo("green"));
  }

  @Test
  @DisplayName("a single file stands alone; what is no file or directory is refused in words")
  void single() throws IOException {
    SourceDirectory lone =
        new SourceDirectory().add("file", HostTree.file(root.resolve("dir/file")));
    FsMachine machine = new FsMachine(4 << 20, lone);
    machine.run(
        () -> {
          assertThat(machine.read("/file")).isEqualTo("hello");
          assertThat(error(machine, "/../secret")).isEqualTo(-Errno.ENOENT);
        });
    assertThatThrownBy(() -> HostTree.file(root)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> HostTree.directory(root.resolve("dir/file")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> HostTree.directory(root.resolve("none")))
        .isInstanceOf(IOException.class);
  }

  private Map<String, String> snapshot() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        all.put(path.toString(), content + Files.getLastModifiedTime(path));
      }
    }
    return all;
  }
}
