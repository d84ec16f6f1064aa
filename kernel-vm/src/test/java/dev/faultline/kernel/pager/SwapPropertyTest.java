// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: some order of operations loses a block, or leaves a clean page unlike its copy. */
final class SwapPropertyTest {
  private static final int SIZE = 80;

  private final SwapRig rig = new SwapRig();
  private final List<MemoryDisk> disks = new ArrayList<>();
  private final List<VmObject> objects = new ArrayList<>();

  /** What each page of each object shows; 0 for nothing. */
  private final List<int[]> expected = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  @DisplayName(
      "S2 S9 S34 after random operations no block is lost and clean pages equal their copies")
  void random(long seed) {
    Random random = new Random(seed);
    disks.add(rig.swapDisk(100 + random.nextInt(200)));
    disks.add(rig.swapDisk(60 + random.nextInt(200)));
    for (MemoryDisk disk : disks) {
      disk.shuffle(seed, 1_000_000);
      if (seed % 2 == 0) {
        disk.fail(request -> random.nextInt(40) == 0);
      }
    }
    rig.run(
        () -> {
          for (int i = 0; i < 6; i++) {
            objects.add(rig.object(SIZE));
            expected.add(new int[SIZE]);
          }
          for (int step = 0; step < 600; step++) {
            step(random);
            rig.swap.check();
          }
          disks.forEach(MemoryDisk::heal);
          for (int i = 0; i < objects.size(); i++) {
            checkAll(i);
            objects.get(i).deallocate();
          }
          assertThat(rig.swap.freePages()).isEqualTo(rig.swap.totalPages());
        });
  }

  private void step(Random random) {
    int which = random.nextInt(objects.size());
    VmObject o = objects.get(which);
    int[] shows = expected.get(which);
    int n = 1 + random.nextInt(20);
    int first = random.nextInt(SIZE - n);
    switch (random.nextInt(7)) {
      case 0, 1 -> {
        int fill = 1 + random.nextInt(100);
        rig.out(o, first, n, fill);
        for (int i = 0; i < n; i++) {
          shows[first + i] = fill + i;
        }
      }
      case 2, 3 -> rig.drop(o, first, n);
      case 4 -> {
        for (int i = first; i < first + n; i++) {
          if (o.lookup(i) == null && rig.block(o, i) != SwapBlocks.NONE) {
            rig.in(o, i, 1, 0);
          }
        }
      }
      case 5 -> {
        // The process unmaps a range.
        o.removePages(first, first + n, false);
        rig.swap.free(o, first, n);
        java.util.Arrays.fill(shows, first, first + n, 0);
      }
      default -> split(which, first, n);
    }
    checkCopies(o);
  }

  /** Part of an object becomes one of its own, as at fork (M65), and takes its place here. */
  private void split(int which, int first, int n) {
    VmObject o = objects.get(which);
    VmObject own = rig.object(SIZE);
    for (int i = first; i < first + n; i++) {
      VmPage p = o.lookup(i);
      if (p != null) {
        p.setBusy();
        p.rename(own, i - first);
      }
    }
    int[] shows = new int[SIZE];
    System.arraycopy(expected.get(which), first, shows, 0, n);
    rig.swap.transfer(o, own, first, false);
    // The target is as large as the source: what followed has moved too, in memory it has not.
    for (int i = first + n; i < SIZE; i++) {
      VmPage p = o.lookup(i);
      shows[i - first] = expected.get(which)[i];
      if (p != null) {
        p.setBusy();
        p.rename(own, i - first);
      }
    }
    o.deallocate();
    objects.set(which, own);
    expected.set(which, shows);
  }

  /** S34: a clean page's copy on the disk equals it. */
  private void checkCopies(VmObject o) {
    for (int i = 0; i < SIZE; i++) {
      VmPage p = o.lookup(i);
      int block = rig.block(o, i);
      if (p != null && p.dirty() == 0) {
        assertThat(block).as("a clean page has a copy").isNotZero();
        MemoryDisk disk = (MemoryDisk) rig.swap.blocks().area(block).disk();
        int at = (int) rig.swap.blocks().sector(block) * 512;
        for (int k = 0; k < 4096; k += 256) {
          assertThat(disk.content()[at + k]).isEqualTo((byte) rig.fill(p));
        }
      }
    }
  }

  private void checkAll(int which) {
    VmObject o = objects.get(which);
    for (int i = 0; i < SIZE; i++) {
      if (o.lookup(i) == null && rig.block(o, i) != SwapBlocks.NONE) {
        rig.in(o, i, 1, 0);
      }
      VmPage p = o.lookup(i);
      int wanted = expected.get(which)[i];
      if (p == null) {
        assertThat(wanted).as("page %d of object %d", i, which).isZero();
      } else {
        assertThat(rig.fill(p)).as("page %d of object %d", i, which).isEqualTo(wanted);
      }
    }
  }
}
