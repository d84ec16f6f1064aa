// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hazard: a damaged image crashes the kernel, or keeps it busy for ever. What it shows does not
 * matter; errors must be errors.
 */
final class Ext2DamageTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int ROUNDS = 25 * Integer.getInteger("faultline.effort", 1);
  private static final int MAX_VISITS = 400;

  @ParameterizedTest
  @ValueSource(strings = {"1k", "4k", "2k-plain"})
  void neitherPanicNorHang(String image) {
    byte[] sound = Ext2Machine.resource(image);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] damaged = sound.clone();
      Random random = new Random(i * 31L + image.hashCode());
      damage(damaged, random);
      attempt(damaged, random);
    }
  }

  /** Hits where metadata is; most hits near to other bytes that are in use. */
  private static void damage(byte[] image, Random random) {
    int hits = 1 + random.nextInt(60);
    for (int i = 0; i < hits; i++) {
      int at = random.nextInt(random.nextInt(5) == 0 ? 1 << 12 : 1 << 19);
      while (at < image.length - 1 && image[at] == 0 && random.nextInt(20) != 0) {
        at++;
      }
      switch (random.nextInt(4)) {
        case 0 -> image[at] = (byte) random.nextInt();
        case 1 -> image[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> image[at] = -1;
        default -> image[at] = 0;
      }
    }
    if (random.nextInt(3) > 0) {
      // So that the rest is seen.
      image[1024 + Superblock.MAGIC_AT] = 0x53;
      image[1024 + Superblock.MAGIC_AT + 1] = (byte) 0xEF;
    }
  }

  private static void attempt(byte[] image, Random random) {
    assertThat(Ext2Machine.check(image)).isNotNull();
    try (Ext2Machine m = new Ext2Machine(4 << 20, image)) {
      attempt(m, random);
    }
  }

  private static void attempt(Ext2Machine m, Random random) {
    m.bare(
        () -> {
          Ext2Fs.Mounted mounted = m.tryMount(false);
          Ext2Fs fs = mounted.fileSystem();
          if (fs == null) {
            assertThat(mounted.error()).isNegative();
            assertThat(mounted.message()).isNotEmpty().doesNotContain("\n");
            return;
          }
          m.machine.caller.context().changeRoot(fs.root());
          m.machine.caller.context().changeDirectory(fs.root());
          List<String> seen = new ArrayList<>(List.of("/"));
          for (int i = 0; i < seen.size() && i < MAX_VISITS; i++) {
            visit(m, seen.get(i), seen);
          }
          for (int i = 0; i < 40; i++) {
            change(m, seen, random, i);
          }
          fs.sync();
          m.machine.caller.context().changeRoot(m.machine.root.root());
          m.machine.caller.context().changeDirectory(m.machine.root.root());
          fs.unmount();
        });
    assertThat(m.log.size()).isLessThanOrEqualTo(103);
    m.vm().checkInvariants();
  }

  private static void visit(Ext2Machine m, String path, List<String> seen) {
    FsMachine f = m.machine;
    Result<FilePath> found = Namei.lookup(f.caller, null, path, false);
    if (!found.isOk()) {
      return;
    }
    found.value().vnode().readLink(f.caller);
    found.value().vnode().stat();
    if (found.value().vnode().type() == FileType.DIR) {
      Result<OpenFile> d = Vfs.open(f.caller, null, path, OpenFlags.DIRECTORY, 0);
      if (d.isOk()) {
        d.value()
            .readDirectory(
                (name, ino, type, next) -> {
                  boolean dots = name.equals(".") || name.equals("..");
                  if (!dots && seen.size() < MAX_VISITS && path.length() < 200) {
                    seen.add(path.equals("/") ? "/" + name : path + "/" + name);
                  }
                  return true;
                });
        d.value().release();
      }
    } else if (found.value().vnode().type() == FileType.REG) {
      Result<OpenFile> file =
          Vfs.open(f.caller, null, path, OpenFlags.RDWR | OpenFlags.NONBLOCK, 0);
      if (file.isOk()) {
        f.get(file.value(), 200_000);
        file.value().release();
      }
    }
  }

  private static void change(Ext2Machine m, List<String> seen, Random random, int i) {
    FsMachine f = m.machine;
    String some = seen.get(random.nextInt(seen.size()));
    String other = seen.get(random.nextInt(seen.size()));
    switch (random.nextInt(8)) {
      case 0 -> m.tryPut(some, new byte[random.nextInt(100_000)]);
      case 1 -> m.tryPut("/new" + i, new byte[random.nextInt(100_000)]);
      case 2 -> f.unlink(some);
      case 3 -> m.rmdir(some);
      case 4 -> f.rename(some, other);
      case 5 -> f.rename(some, "/moved" + i);
      case 6 -> Vfs.mkdir(f.caller, null, some + "/made", 0x1FF);
      default -> Vfs.truncate(f.caller, null, some, random.nextInt(1 << 22));
    }
  }
}
