// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.FsMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a power cut does to a directory that is moving to another parent. Three sectors change in
 * places of their own: the one with the new entry, the one with the old, and the one with "..".
 * {@code e2fsck -p} repairs only the states in which all three are old, or all three new, so there
 * is no order of writes without a moment at which it has to be asked; and none at which {@code
 * e2fsck -y} loses anything. Needs e2fsck.
 */
@Tag("tools")
final class Ext2MovedDirectoryTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int SECTOR = 512;
  private static final int BATCH = 10;
  private static final int CUTS = 2 * BATCH * Integer.getInteger("faultline.effort", 1);

  private static byte[] unclean(byte[] image) {
    byte[] copy = image.clone();
    copy[Superblock.POSITION + Superblock.STATE] &= (byte) ~Superblock.STATE_CLEAN;
    return copy;
  }

  @Test
  void noStateBetweenIsRepairedUnattended() {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(1 << 20, 1024));
    FsMachine f = m.machine;
    m.run(
        () -> {
          f.mkdir("/from");
          f.mkdir("/to");
          f.mkdir("/from/moving");
          m.put("/from/moving/file", "content".getBytes(ISO_8859_1));
          f.mkdir("/from/moving/below");
        });
    byte[] before = unclean(m.disk.content());
    m.run(() -> assertThat(f.rename("/from/moving", "/to/moving")).isZero());
    byte[] after = unclean(m.disk.content());
    List<Integer> names = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    for (int at = 0; at < before.length; at += SECTOR) {
      if (!Arrays.equals(before, at, at + SECTOR, after, at, at + SECTOR)) {
        // Directories come behind the tables of inodes.
        String text = new String(before, at, SECTOR, ISO_8859_1);
        String later = new String(after, at, SECTOR, ISO_8859_1);
        (text.contains("..") || later.contains("..") ? names : others).add(at);
      }
    }
    assertThat(names).as("old entry, new entry, way up").hasSize(3);
    assertThat(others).as("inodes and the superblock").isNotEmpty();
    for (int state = 0; state < 1 << names.size(); state++) {
      for (boolean counted : new boolean[] {false, true}) {
        byte[] image = before.clone();
        for (int i = 0; i < names.size(); i++) {
          if ((state & 1 << i) != 0) {
            take(image, after, names.get(i));
          }
        }
        if (counted) {
          others.forEach(at -> take(image, after, at));
        }
        String said = Ext2Machine.tool(image.clone(), "e2fsck", "-p", "IMG");
        boolean end = state == 0 || state == 7;
        assertThat(said.startsWith("0\n") || said.startsWith("1\n"))
            .as("state %d: %s", state, said)
            .isEqualTo(end);
        String answered = Ext2Machine.tool(image, "e2fsck", "-fy", "IMG");
        assertThat(answered).as("state %d", state).matches("(?s)[01]\n.*");
        Ext2Machine.assertClean(image);
        assertThat(contents(image)).as("state %d", state).contains("content");
      }
    }
  }

  private static void take(byte[] to, byte[] from, int sector) {
    System.arraycopy(from, sector, to, sector, SECTOR);
  }

  /** What the files of an image hold, wherever they are. */
  private static List<String> contents(byte[] image) {
    List<String> all = new ArrayList<>();
    try (Ext2Machine m = new Ext2Machine(image)) {
      m.run(() -> collect(m, "", all));
    }
    return all;
  }

  private static void collect(Ext2Machine m, String directory, List<String> to) {
    for (String name : m.machine.list(directory + "/")) {
      String path = directory + "/" + name;
      FileType type = m.machine.vnode(path).type();
      if (type == FileType.DIR) {
        collect(m, path, to);
      } else if (type == FileType.REG) {
        to.add(new String(m.get(path), ISO_8859_1));
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // nobody compares cuts
  private record Cut(byte[] medium, Collection<List<byte[]>> acknowledged) {}

  @ParameterizedTest
  @CsvSource({"11,1024", "12,4096"})
  @DisplayName("cuts at any moment while directories move: nothing acknowledged is lost")
  void nothingIsLost(long seed, int blockSize) {
    Ext2Machine m = new Ext2Machine(4 << 20, Ext2Machine.empty(4 << 20, blockSize));
    m.disk.shuffle(seed, 100_000);
    RandomTree tree = new RandomTree(m, seed, true);
    Random chance = new Random(seed);
    List<Cut> cuts = new ArrayList<>();
    m.disk.fail(
        request -> {
          if (chance.nextInt(40) == 0 && cuts.size() < BATCH) {
            byte[] medium = m.disk.powerCut(chance.nextLong());
            cuts.add(new Cut(medium, tree.acknowledged().values()));
          }
          return false;
        });
    int asked = 0;
    for (int done = 0; done < CUTS; done += BATCH) {
      m.run(
          () -> {
            while (cuts.size() < BATCH) {
              tree.step();
            }
          });
      for (Cut cut : cuts) {
        asked += isRepaired(cut) ? 0 : 1;
      }
      cuts.clear();
    }
    assertThat(tree.errors).isEmpty();
    assertThat(asked).as("repairs that had to be asked for, of %d", CUTS).isLessThan(CUTS / 4);
  }

  /** True if it was repaired unattended. */
  private static boolean isRepaired(Cut cut) {
    byte[] medium = cut.medium;
    String said = Ext2Machine.tool(medium, "e2fsck", "-p", "IMG");
    boolean unattended = said.startsWith("0\n") || said.startsWith("1\n");
    if (!unattended) {
      assertThat(Ext2Machine.tool(medium, "e2fsck", "-fy", "IMG")).startsWith("1\n");
    }
    Ext2Machine.assertClean(medium);
    List<String> there = contents(medium);
    for (List<byte[]> any : cut.acknowledged) {
      assertThat(any).anyMatch(bytes -> there.contains(new String(bytes, ISO_8859_1)));
    }
    return unattended;
  }
}
