// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vfs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Random operations on files in a few directories, beside a model of what must be there: now, and
 * after a power cut. Every error stops it where it is, or is borne, as the test wants.
 */
final class RandomTree {
  private static final int NAMES = 12;
  private static final int MAX_SIZE = 60_000;
  private static final byte[] GONE = {};

  private final Ext2Machine m;
  private final FsMachine f;
  private final Random random;

  /** What the files hold now. */
  final Map<String, byte[]> files = new TreeMap<>();

  final Collection<String> directories = new TreeSet<>();

  /** What files may hold after a power cut, where it is known. */
  private final Map<String, List<byte[]>> durable = new TreeMap<>();

  private final boolean movesDirectories;

  /** Errors that operations gave; only EIO may be among them, while the disk fails. */
  final List<Integer> errors = new ArrayList<>();

  RandomTree(Ext2Machine m, long seed, boolean movesDirectories) {
    this.m = m;
    this.f = m.machine;
    random = new Random(seed);
    this.movesDirectories = movesDirectories;
  }

  /** A copy of what must be there after a power cut now. */
  Map<String, List<byte[]>> acknowledged() {
    Map<String, List<byte[]>> copy = new TreeMap<>();
    durable.forEach((path, contents) -> copy.put(path, List.copyOf(contents)));
    return copy;
  }

  private String directory() {
    List<String> all = new ArrayList<>(directories);
    int n = random.nextInt(all.size() + 1);
    return n == all.size() ? "" : all.get(n);
  }

  private String name() {
    int n = random.nextInt(NAMES);
    return directory() + "/" + (n % 3 == 0 ? "n".repeat(20 * n + 1) : "f" + n);
  }

  private @Nullable String some(Collection<String> from) {
    return from.isEmpty() ? null : List.copyOf(from).get(random.nextInt(from.size()));
  }

  private boolean failed(int result) {
    if (result < 0) {
      errors.add(result);
    }
    return result < 0;
  }

  void step() {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> write(name());
      case 5, 6 -> append();
      case 7 -> truncate();
      case 8, 9, 10 -> unlink();
      case 11 -> makeDirectory();
      case 12 -> removeDirectory();
      case 13, 14 -> rename();
      case 15 -> link();
      case 16, 17, 18 -> sync();
      default -> {
        if (random.nextInt(4) == 0) {
          failed(m.fs().sync());
          // All of it is on the disk, unless that failed.
          if (errors.isEmpty()) {
            durable.clear();
            files.forEach((path, content) -> durable.put(path, List.of(content)));
          }
        } else {
          f.scheduler.sleep(new Object(), false, f.time.now() + random.nextInt(2_000) * 1_000_000L);
        }
      }
    }
  }

  private byte[] content() {
    byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? MAX_SIZE : 3000)];
    random.nextBytes(bytes);
    return bytes;
  }

  private boolean isTaken(String path) {
    return directories.contains(path);
  }

  private void write(String path) {
    if (isTaken(path)) {
      return;
    }
    durable.remove(path);
    byte[] bytes = content();
    if (failed(m.tryPut(path, bytes))) {
      files.remove(path);
      return;
    }
    files.put(path, bytes);
  }

  private void append() {
    String path = some(files.keySet());
    if (path == null) {
      return;
    }
    durable.remove(path);
    byte[] more = content();
    Result<OpenFile> file = Vfs.open(f.caller, null, path, OpenFlags.WRONLY | OpenFlags.APPEND, 0);
    if (failed(file.error())) {
      return;
    }
    int n = file.value().write(f.caller, new KernelUio(more));
    file.value().release();
    byte[] old = files.getOrDefault(path, GONE);
    if (failed(n)) {
      return;
    }
    byte[] now = Arrays.copyOf(old, old.length + n);
    System.arraycopy(more, 0, now, old.length, n);
    files.put(path, now);
  }

  private void truncate() {
    String path = some(files.keySet());
    if (path != null) {
      durable.remove(path);
      int size = random.nextInt(MAX_SIZE);
      if (!failed(Vfs.truncate(f.caller, null, path, size))) {
        files.put(path, Arrays.copyOf(files.getOrDefault(path, GONE), size));
      }
    }
  }

  private void unlink() {
    String path = some(files.keySet());
    if (path != null) {
      durable.remove(path);
      if (random.nextInt(4) == 0) {
        Result<OpenFile> open = Vfs.open(f.caller, null, path, OpenFlags.RDONLY, 0);
        failed(f.unlink(path));
        if (random.nextBoolean()) {
          f.scheduler.sleep(new Object(), false, f.time.now() + 6_000_000_000L);
        }
        if (open.isOk()) {
          open.value().release();
        }
      } else {
        failed(f.unlink(path));
      }
      files.remove(path);
    }
  }

  private void makeDirectory() {
    String parent = directory();
    String path = parent + "/d" + random.nextInt(4);
    if (parent.length() < 12 && !isTaken(path) && !files.containsKey(path)) {
      if (!failed(Vfs.mkdir(f.caller, null, path, 0x1FF))) {
        directories.add(path);
      }
    }
  }

  private void removeDirectory() {
    String path = some(directories);
    if (path != null) {
      int error = m.rmdir(path);
      if (error == 0) {
        directories.remove(path);
      } else if (error != -Errno.ENOTEMPTY) {
        failed(error);
      }
    }
  }

  private void rename() {
    if (movesDirectories && random.nextInt(3) == 0) {
      renameDirectory();
      return;
    }
    String from = some(files.keySet());
    String to = name();
    if (from == null || isTaken(to) || from.equals(to)) {
      return;
    }
    byte[] moved = files.getOrDefault(from, GONE);
    List<byte[]> fromDurable = durable.remove(from);
    List<byte[]> toDurable = durable.remove(to);
    if (toDurable != null && fromDurable != null) {
      // Before it is on the disk the old or the new one is there, but never nothing.
      List<byte[]> either = new ArrayList<>(toDurable);
      either.addAll(fromDurable);
      durable.put(to, either);
    }
    if (failed(f.rename(from, to))) {
      durable.remove(to);
      files.remove(from);
      files.remove(to);
      return;
    }
    files.remove(from);
    files.put(to, moved);
  }

  private void renameDirectory() {
    String from = some(directories);
    String to = directory() + "/d" + random.nextInt(4);
    if (from == null
        || isTaken(to)
        || files.containsKey(to)
        || to.startsWith(from + "/")
        || to.length() > 12) {
      return;
    }
    if (failed(f.rename(from, to))) {
      return;
    }
    for (String path : List.copyOf(files.keySet())) {
      if (path.startsWith(from + "/")) {
        byte[] content = files.getOrDefault(path, GONE);
        files.remove(path);
        durable.remove(path);
        files.put(to + path.substring(from.length()), content);
      }
    }
    for (String path : List.copyOf(directories)) {
      if (path.equals(from) || path.startsWith(from + "/")) {
        directories.remove(path);
        directories.add(to + path.substring(from.length()));
      }
    }
  }

  private void link() {
    String from = some(files.keySet());
    String to = name();
    if (from == null || isTaken(to) || files.containsKey(to)) {
      return;
    }
    // Links are changed through either name: keep the model simple and copy through the link.
    if (!failed(Vfs.link(f.caller, null, from, null, to, false))) {
      durable.remove(from);
      failed(f.unlink(from));
      files.put(to, files.getOrDefault(from, GONE));
      files.remove(from);
    }
  }

  private void sync() {
    String path = some(files.keySet());
    if (path == null) {
      return;
    }
    Result<OpenFile> file = Vfs.open(f.caller, null, path, OpenFlags.RDONLY, 0);
    if (failed(file.error())) {
      return;
    }
    if (!failed(file.value().sync())) {
      durable.put(path, List.of(files.getOrDefault(path, GONE)));
    }
    file.value().release();
  }
}
