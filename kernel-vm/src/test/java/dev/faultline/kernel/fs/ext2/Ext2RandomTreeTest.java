// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hazard: some order of operations leaves a tree that is not what was asked for, or not whole. */
final class Ext2RandomTreeTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int STEPS = 600 * Integer.getInteger("faultline.effort", 1);

  @ParameterizedTest
  @CsvSource({"1,1024", "2,2048", "3,4096", "4,1024"})
  void likeItsModel(long seed, int blockSize) {
    Ext2Machine m = new Ext2Machine(4 << 20, Ext2Machine.empty(8 << 20, blockSize));
    m.disk.shuffle(seed, 100_000);
    RandomTree tree = new RandomTree(m, seed, true);
    m.run(
        () -> {
          for (int i = 0; i < STEPS; i++) {
            tree.step();
          }
        });
    assertThat(tree.errors).isEmpty();
    m.run(
        () -> {
          tree.files.forEach((path, bytes) -> assertThat(m.get(path)).as(path).isEqualTo(bytes));
          assertThat(m.machine.list("/lost+found")).isEmpty();
          tree.files.keySet().forEach(path -> assertThat(m.machine.unlink(path)).isZero());
          List<String> deepestFirst = new ArrayList<>(tree.directories);
          deepestFirst.reversed().forEach(path -> assertThat(m.rmdir(path)).isZero());
          assertThat(m.machine.list("/")).containsExactly("lost+found");
        });
    assertThat(m.log).isEmpty();
  }

  /** An I/O error at each single request of a workload: no panic, EIO at most, and a whole disk. */
  @Test
  void everyRequestMayFail() {
    int requests = runFailing(-1);
    assertThat(requests).isGreaterThan(100);
    int step = Math.max(1, 7 / Integer.getInteger("faultline.effort", 1));
    for (int i = 0; i < requests; i += step) {
      runFailing(i);
    }
  }

  private static int runFailing(int request) {
    try (Ext2Machine m = new Ext2Machine(4 << 20, Ext2Machine.empty(2 << 20, 1024))) {
      return runFailing(m, request);
    }
  }

  private static int runFailing(Ext2Machine m, int request) {
    if (request >= 0) {
      m.disk.failRequest(request);
    }
    RandomTree tree = new RandomTree(m, 99, false);
    m.bare(
        () -> {
          Ext2Fs.Mounted mounted = m.tryMount(false);
          Ext2Fs fs = mounted.fileSystem();
          if (fs == null) {
            assertThat(mounted.error()).isEqualTo(-Errno.EIO);
            return;
          }
          m.adopt(fs);
          for (int i = 0; i < 120; i++) {
            tree.step();
          }
          m.disk.heal();
          assertThat(m.fs().sync()).isZero();
          m.unmount();
        });
    assertThat(tree.errors).as("request %d", request).allMatch(e -> e == -Errno.EIO || e == -2);
    m.vm().checkInvariants();
    return m.disk.submitted();
  }
}
