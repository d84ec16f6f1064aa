// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree of a map's entries against a sorted map: what is found does not depend on history. */
final class EntryTreeTest {
  private static final int MIN = 10;
  private static final int MAX = 2000;

  private final EntryTree tree = new EntryTree(MIN, MAX);
  private final TreeMap<Integer, VmMapEntry> model = new TreeMap<>();

  private int modelGap(int from, int length) {
    int at = Math.max(from, MIN);
    for (VmMapEntry e : model.values()) {
      if (e.end > at && e.start - at >= length) {
        break;
      }
      at = Math.max(at, e.end);
    }
    return MAX - at >= length ? at : -1;
  }

  private VmMapEntry modelFloor(int at) {
    Map.Entry<Integer, VmMapEntry> e = model.floorEntry(at);
    return e == null ? tree.header : e.getValue();
  }

  private void add(int start, int end) {
    VmMapEntry e = new VmMapEntry();
    e.start = start;
    e.end = end;
    tree.add(e, tree.floor(start));
    model.put(start, e);
  }

  private void change(Random random) {
    int at = MIN + random.nextInt(MAX - MIN);
    VmMapEntry e = modelFloor(at);
    int room = e.next.start - Math.max(at, e.end);
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        if (room > 0 && at >= e.end) {
          add(at, at + 1 + random.nextInt(room));
        }
      }
      case 2 -> {
        if (e != tree.header) {
          tree.remove(e);
          model.remove(e.start);
        }
      }
      case 3 -> {
        if (e != tree.header && at > e.start && at < e.end) {
          VmMapEntry part = new VmMapEntry();
          boolean low = random.nextBoolean();
          part.start = low ? e.start : at;
          part.end = low ? at : e.end;
          tree.split(e, part);
          model.put(part.start, part);
          model.put(e.start, e);
        }
      }
      default -> {
        if (e != tree.header) {
          int start = e.previous.end + random.nextInt(e.start - e.previous.end + 1);
          model.remove(e.start);
          tree.resize(e, start, e.end + random.nextInt(e.next.start - e.end + 1));
          model.put(start, e);
        }
      }
    }
  }

  @ParameterizedTest
  @DisplayName("M1 M4 M10 entries, gaps and sums are those of a sorted map, whatever came before")
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void likeASortedMap(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 3000; i++) {
      change(random);
      assertThat(tree.count()).isEqualTo(model.size());
      int at = random.nextInt(MAX + 5);
      assertThat(tree.floor(at)).isSameAs(modelFloor(at));
      int length = 1 + random.nextInt(60);
      assertThat(tree.findGap(at, length)).isEqualTo(modelGap(at, length));
    }
    int pages = 0;
    @Nullable VmMapEntry e = tree.header.next;
    for (VmMapEntry m : model.values()) {
      assertThat(e).isSameAs(m);
      pages += m.pages();
      e = m.next;
    }
    assertThat(e).isSameAs(tree.header);
    assertThat(tree.pages()).isEqualTo(pages);
  }

  @ParameterizedTest
  @DisplayName("M4 of 50,000 entries none is more than 24 steps away, in whatever order they came")
  @ValueSource(booleans = {true, false})
  void staysLow(boolean ascending) {
    int n = 50_000;
    EntryTree wide = new EntryTree(0, 4 * n);
    for (int i = 0; i < n; i++) {
      VmMapEntry e = new VmMapEntry();
      e.start = 4 * (ascending ? i : n - 1 - i);
      e.end = e.start + 2;
      wide.add(e, wide.floor(e.start));
    }
    long worst = 0;
    for (int i = 0; i < n; i++) {
      long before = wide.visits();
      assertThat(wide.floor((int) (i * 7919L % n) * 4).end).isNotZero();
      worst = Math.max(worst, wide.visits() - before);
    }
    assertThat(worst).isLessThanOrEqualTo(24);
    long before = wide.visits();
    assertThat(wide.findGap(0, 3)).isEqualTo(-1);
    assertThat(wide.findGap(17, 2)).isEqualTo(18);
    assertThat(wide.visits() - before).isLessThanOrEqualTo(72);
  }
}
