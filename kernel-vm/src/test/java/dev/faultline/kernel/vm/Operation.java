// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One random thing to do to an address space. What the numbers mean depends on the kind; they are
 * taken modulo whatever there is, so that an operation still means something when others before it
 * are left out.
 */
record Operation(Kind kind, int page, int count, int value) {
  enum Kind {
    LOAD(16),
    STORE(16),
    PRESSURE(8),
    MAP_ANON(3),
    MAP_SHARED(1),
    MAP_FILE_PRIVATE(2),
    MAP_FILE_SHARED(2),
    UNMAP(2),
    PROTECT(3),
    FORK(2),
    EXIT(1),
    DISCARD(1),
    ADVISE(2),
    FREE(1),
    MOVE(1),
    MAP_AGAIN(1),
    WIRE(1),
    UNWIRE(2),
    SYNC(1),
    INHERIT(1),
    KEEP_FROM_CHILDREN(1),
    FILE_WRITE(2),
    FILE_READ(1),
    FILE_TRUNCATE(1),
    LAUNDER(1),
    YIELD(2);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  private static final List<Kind> WEIGHTED = weighted();

  private static List<Kind> weighted() {
    List<Kind> all = new ArrayList<>();
    for (Kind k : Kind.values()) {
      for (int i = 0; i < k.weight; i++) {
        all.add(k);
      }
    }
    return all;
  }

  static List<Operation> random(long seed, int count) {
    Random random = new Random(seed);
    List<Operation> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Kind kind = WEIGHTED.get(random.nextInt(WEIGHTED.size()));
      int page = random.nextInt(1 << 16);
      all.add(new Operation(kind, page, 1 + random.nextInt(8), random.nextInt(1 << 16)));
    }
    return all;
  }

  @Override
  public String toString() {
    return kind + "(" + page + ", " + count + ", " + value + ")";
  }
}
