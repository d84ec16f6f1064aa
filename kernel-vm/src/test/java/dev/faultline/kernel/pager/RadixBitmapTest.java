// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a run is handed out twice, or free blocks are not found. */
final class RadixBitmapTest {
  private static RadixBitmap allFree(int size) {
    RadixBitmap map = new RadixBitmap(size);
    map.free(0, size);
    return map;
  }

  @Test
  @DisplayName("B1 a new one has everything allocated, and as many levels as its size asks for")
  void created() {
    RadixBitmap map = new RadixBitmap(1000);
    assertThat(map.radix()).isEqualTo(8192);
    assertThat(new RadixBitmap(512).radix()).isEqualTo(512);
    assertThat(new RadixBitmap(513).radix()).isEqualTo(8192);
    assertThat(map.freeBlocks()).isZero();
    assertThat(map.allocate(1)).isEqualTo(RadixBitmap.NONE);
    map.free(999, 1);
    assertThat(map.allocate(1)).isEqualTo(999);
    assertThatThrownBy(() -> map.free(1000, 1)).isInstanceOf(KernelPanic.class);
  }

  @Test
  @DisplayName("B2 the lowest run that lies within one leaf")
  void lowest() {
    RadixBitmap map = allFree(64);
    assertThat(map.allocate(1)).isZero();
    assertThat(map.allocate(32)).isEqualTo(32);
    assertThat(map.allocate(31)).isEqualTo(1);
    assertThat(map.allocate(1)).isEqualTo(RadixBitmap.NONE);
    assertThatThrownBy(() -> map.allocate(33)).isInstanceOf(KernelPanic.class);
    assertThatThrownBy(() -> map.allocate(0)).isInstanceOf(KernelPanic.class);
  }

  @Test
  @DisplayName("B3 any range can be freed, but no block twice")
  void freed() {
    RadixBitmap map = new RadixBitmap(200);
    map.free(10, 150);
    map.free(10, 0);
    assertThat(map.freeBlocks()).isEqualTo(150);
    assertThatThrownBy(() -> map.free(159, 2)).isInstanceOf(KernelPanic.class);
    assertThatThrownBy(() -> map.free(0, 33)).isInstanceOf(KernelPanic.class);
  }

  @Test
  @DisplayName("B4 after all was freed at once each subtree is right")
  void wholeTrees() {
    RadixBitmap map = allFree(32 * 16 * 16 + 7);
    assertThat(map.allocate(1)).isZero();
    map.check();
    for (int block = 1; block < map.size(); block++) {
      assertThat(map.isFree(block)).isTrue();
    }
    assertThat(map.fill(0, map.size())).isEqualTo(map.size() - 1);
    map.check();
    assertThat(map.allocate(1)).isEqualTo(RadixBitmap.NONE);
    map.free(4000, 1);
    assertThat(map.allocate(1)).isEqualTo(4000);
  }

  @Test
  @DisplayName("B6 fill takes what is free and says how much; a new size keeps what was")
  void fillAndResize() {
    RadixBitmap map = allFree(100);
    assertThat(map.allocate(5)).isZero();
    assertThat(map.fill(3, 60)).isEqualTo(58);
    assertThat(map.freeBlocks()).isEqualTo(37);
    map.resize(1000, true);
    map.check();
    assertThat(map.freeBlocks()).isEqualTo(937);
    assertThat(map.isFree(62)).isFalse();
    assertThat(map.isFree(63)).isTrue();
    map.resize(70, false);
    map.check();
    assertThat(map.freeBlocks()).isEqualTo(7);
    map.resize(5000, false);
    map.check();
    assertThat(map.freeBlocks()).isEqualTo(7);
    assertThat(map.allocate(7)).as("across leaves").isEqualTo(RadixBitmap.NONE);
    assertThat(map.allocate(6)).isEqualTo(64);
    assertThat(map.allocate(1)).isEqualTo(63);
  }

  /** The lowest fitting run, found by looking at each block. */
  private static int plainAllocate(BitSet free, int size, int n) {
    for (int leaf = 0; leaf < size; leaf += 32) {
      for (int at = leaf; at + n <= Math.min(size, leaf + 32); at++) {
        if (free.nextClearBit(at) >= at + n) {
          free.clear(at, at + n);
          return at;
        }
      }
    }
    return RadixBitmap.NONE;
  }

  @Test
  @DisplayName("B2 B3 B5 B6 B7 Y12 it does what a plain bitmap does")
  void asPlainBitmap() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      int size = 1 + random.nextInt(3000);
      RadixBitmap map = new RadixBitmap(size);
      BitSet free = new BitSet();
      for (int step = 0; step < 4000; step++) {
        int n = 1 + random.nextInt(random.nextBoolean() ? 4 : 32);
        int at = random.nextInt(size);
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> assertThat(map.allocate(n)).isEqualTo(plainAllocate(free, size, n));
          case 3 -> {
            int length = Math.min(size - at, random.nextInt(100));
            int expected = free.get(at, at + length).cardinality();
            assertThat(map.fill(at, length)).isEqualTo(expected);
            free.clear(at, at + length);
          }
          case 4 -> {
            if (random.nextInt(200) == 0) {
              int newSize = 1 + random.nextInt(3000);
              boolean tail = random.nextBoolean();
              map.resize(newSize, tail);
              if (newSize < size) {
                free.clear(newSize, size);
              } else {
                free.set(size, newSize, tail);
              }
              size = newSize;
            }
          }
          default -> {
            int end = free.nextSetBit(at);
            int length = Math.min((end < 0 ? size : end) - at, random.nextInt(70));
            map.free(at, Math.max(0, length));
            free.set(at, at + Math.max(0, length));
          }
        }
        assertThat(map.freeBlocks()).isEqualTo(free.cardinality());
      }
      map.check();
      for (int block = 0; block < size; block++) {
        assertThat(map.isFree(block)).isEqualTo(free.get(block));
      }
    }
  }
}
