// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Hazard: after a power cut the disk cannot be repaired without questions, or something is lost
 * that fsync had acknowledged. Of what was written since the last flush any set of sectors
 * survives. Needs e2fsck.
 */
@Tag("tools")
final class Ext2PowerCutTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int BATCH = 10;
  private static final int CUTS = BATCH * Integer.getInteger("faultline.effort", 1);

  private static final class Cut {
    final byte[] medium;
    final Map<String, List<byte[]>> acknowledged;

    Cut(byte[] medium, Map<String, List<byte[]>> acknowledged) {
      this.medium = medium;
      this.acknowledged = acknowledged;
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1024", "2,4096", "3,1024", "4,2048"})
  void repairedUnattended(long seed, int blockSize) {
    Ext2Machine m = new Ext2Machine(4 << 20, Ext2Machine.empty(4 << 20, blockSize));
    m.disk.shuffle(seed, 100_000);
    RandomTree tree = new RandomTree(m, seed, false);
    Random chance = new Random(seed);
    List<Cut> cuts = new ArrayList<>();
    m.disk.fail(
        request -> {
          if (chance.nextInt(40) == 0 && cuts.size() < BATCH) {
            cuts.add(new Cut(m.disk.powerCut(chance.nextLong()), tree.acknowledged()));
          }
          return false;
        });
    for (int done = 0; done < CUTS; done += BATCH) {
      m.run(
          () -> {
            while (cuts.size() < BATCH) {
              tree.step();
            }
          });
      assertThat(tree.errors).isEmpty();
      for (int i = 0; i < BATCH; i++) {
        check(done + i, cuts.get(i));
      }
      cuts.clear();
    }
  }

  private static void check(int number, Cut cut) {
    byte[] medium = cut.medium.clone();
    String said = Ext2Machine.tool(medium, "e2fsck", "-p", "IMG");
    assertThat(said).as("cut %d", number).matches(s -> s.startsWith("0\n") || s.startsWith("1\n"));
    Ext2Machine.assertClean(medium);
    try (Ext2Machine m = new Ext2Machine(medium)) {
      m.run(() -> cut.acknowledged.forEach((path, contents) -> compare(m, number, path, contents)));
    }
  }

  private static void compare(Ext2Machine m, int number, String path, List<byte[]> contents) {
    byte[] found = m.get(path);
    assertThat(contents).as("cut %d: %s", number, path).anyMatch(c -> Arrays.equals(c, found));
  }
}
