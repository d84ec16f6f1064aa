// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import dev.faultline.mmu.Mmu;
import java.util.Arrays;

/**
 * The CPUs on which a pmap is active: those that may hold its translations and must forget them
 * before a destructive change is relied on (PM9–PM11).
 *
 * <p>Nobody else runs while a change is made, so a round is a loop: when it returns, every CPU of
 * the set has forgotten (PM10).
 */
final class CpuSet {
  private Mmu[] cpus = new Mmu[1];
  private int size;
  private long rounds;

  void add(Mmu cpu) {
    if (size == cpus.length) {
      cpus = Arrays.copyOf(cpus, 2 * size);
    }
    cpus[size++] = cpu;
  }

  void remove(Mmu cpu) {
    for (int i = 0; i < size; i++) {
      if (cpus[i] == cpu) {
        cpus[i] = cpus[--size];
        return;
      }
    }
  }

  boolean contains(Mmu cpu) {
    for (int i = 0; i < size; i++) {
      if (cpus[i] == cpu) {
        return true;
      }
    }
    return false;
  }

  /** Makes every CPU of the set forget one page. */
  void invalidate(int va) {
    rounds++;
    for (int i = 0; i < size; i++) {
      cpus[i].invalidate(va);
    }
  }

  /** Makes every CPU of the set forget all that is not global (PM8). */
  void flushLocal() {
    rounds++;
    for (int i = 0; i < size; i++) {
      cpus[i].loadCr3(cpus[i].cr3());
    }
  }

  /** Makes every CPU of the set forget everything. */
  void flushAll() {
    rounds++;
    for (int i = 0; i < size; i++) {
      cpus[i].flush();
    }
  }

  /** Rounds so far: each would be an interrupt to the other CPUs (PM11). */
  long rounds() {
    return rounds;
  }
}
