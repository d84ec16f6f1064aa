// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hazard: some order of making, linking, moving and removing leaves a tree that nobody asked for,
 * or room that nobody gives back. The model is a map from path to content; directories have none.
 */
final class RandomTreeTest {
  private static final int STEPS = 2000 * Integer.getInteger("faultline.effort", 1);
  private static final List<String> NAMES = List.of("a", "b", "c");

  @ParameterizedTest
  @DisplayName("a tree behaves like a map from paths to contents, and gives all room back")
  @ValueSource(longs = {1, 2, 3, 4})
  void likeAMap(long seed) {
    new Run(seed).go();
  }

  private static final class Run {
    private static final String DIRECTORY = "<dir>";

    private final Random random;
    private final FsMachine machine;
    private final Map<String, String> model = new TreeMap<>();

    Run(long seed) {
      random = new Random(seed);
      machine =
          new FsMachine(
              4 << 20,
              new SourceDirectory()
                  .add("a", new SourceDirectory().add("b", new SourceBytes(0x1FF, 0, new byte[3])))
                  .add("c", new SourceDirectory()));
      model.put("/a", DIRECTORY);
      model.put("/a/b", "\0\0\0");
      model.put("/c", DIRECTORY);
    }

    private String path() {
      StringBuilder path = new StringBuilder();
      for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
        path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
      }
      return path.toString();
    }

    void go() {
      machine.run(
          () -> {
            for (int i = 0; i < STEPS; i++) {
              step();
            }
            assertThat(tree("", new TreeMap<>())).isEqualTo(model);
            removeAll();
            assertThat(machine.list("/")).isEmpty();
            assertThat(machine.space.names()).isZero();
            assertThat(machine.space.pages()).isZero();
            assertThat(machine.layer.files().count()).isZero();
            machine.vm.checkInvariants();
          });
    }

    private void step() {
      String p = path();
      switch (random.nextInt(6)) {
        case 0 -> write(p, "content " + random.nextInt(1000));
        case 1 -> {
          int error = Vfs.mkdir(machine.caller, null, p, 0x1FF);
          assertThat(error == 0).as("mkdir %s", p).isEqualTo(free(p));
          if (error == 0) {
            model.put(p, DIRECTORY);
          }
        }
        case 2 -> {
          boolean file = model.containsKey(p) && !isDirectory(p);
          assertThat(machine.unlink(p) == 0).as("unlink %s", p).isEqualTo(file);
          if (file) {
            model.remove(p);
          }
        }
        case 3 -> {
          boolean can = isDirectory(p) && below(p).isEmpty();
          assertThat(Vfs.rmdir(machine.caller, null, p) == 0).as("rmdir %s", p).isEqualTo(can);
          if (can) {
            model.remove(p);
          }
        }
        case 4 -> rename(p, path());
        default -> assertThat(content(p)).as("read %s", p).isEqualTo(model.get(p));
      }
    }

    private boolean isDirectory(@Nullable String path) {
      return path != null && (path.isEmpty() || DIRECTORY.equals(model.get(path)));
    }

    private static String parent(String path) {
      return path.substring(0, path.lastIndexOf('/'));
    }

    /** True if the name is free and its directory exists. */
    private boolean free(String path) {
      return !model.containsKey(path) && isDirectory(parent(path));
    }

    private List<String> below(String path) {
      return model.keySet().stream().filter(k -> k.startsWith(path + "/")).toList();
    }

    private void write(String path, String content) {
      int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC;
      Result<OpenFile> file = Vfs.open(machine.caller, null, path, flags, 0x1FF);
      boolean can = isDirectory(parent(path)) && !isDirectory(path);
      assertThat(file.isOk()).as("create %s", path).isEqualTo(can);
      if (file.isOk()) {
        machine.put(file.value(), content);
        file.value().release();
        model.put(path, content);
      }
    }

    private void rename(String from, String to) {
      boolean moves = model.containsKey(from) && isDirectory(parent(to));
      boolean intoItself = isDirectory(from) && to.startsWith(from + "/");
      boolean fits =
          !model.containsKey(to)
              || from.equals(to)
              || (isDirectory(from) ? isDirectory(to) && below(to).isEmpty() : !isDirectory(to));
      boolean can = moves && !intoItself && fits;
      assertThat(machine.rename(from, to) == 0).as("rename %s to %s", from, to).isEqualTo(can);
      if (can && !from.equals(to)) {
        for (String path : below(from)) {
          move(path, to + path.substring(from.length()));
        }
        move(from, to);
      }
    }

    private void move(String from, String to) {
      String content = model.remove(from);
      if (content != null) {
        model.put(to, content);
      }
    }

    private @Nullable String content(String path) {
      Result<FilePath> found = Namei.lookup(machine.caller, null, path, true);
      if (!found.isOk()) {
        return null;
      }
      return found.value().vnode().type() == FileType.DIR ? DIRECTORY : machine.read(path);
    }

    private Map<String, String> tree(String path, Map<String, String> into) {
      for (String name : machine.list(path.isEmpty() ? "/" : path)) {
        String below = path + "/" + name;
        String content = content(below);
        into.put(below, content == null ? "gone" : content);
        if (DIRECTORY.equals(content)) {
          tree(below, into);
        }
      }
      return into;
    }

    private void removeAll() {
      List<String> paths = new ArrayList<>(model.keySet());
      for (String path : paths.reversed()) {
        assertThat(isDirectory(path) ? Vfs.rmdir(machine.caller, null, path) : machine.unlink(path))
            .as("remove %s", path)
            .isZero();
      }
    }
  }
}
