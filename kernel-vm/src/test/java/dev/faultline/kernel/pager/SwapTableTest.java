// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.vm.VmObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a page's block is forgotten, or memory of records is not paid for. */
final class SwapTableTest {
  private final SwapRig rig = new SwapRig();
  private final SwapTable table = new SwapTable(rig.vm);
  private final VmObject object = rig.object(1 << 20);

  private int records() {
    SwappedObject o = SwapTable.of(object);
    return o == null ? 0 : o.records;
  }

  @Test
  @DisplayName("S4 a record is there while a slot of its 32 is used")
  void recordLives() {
    assertThat(table.assign(object, 31, 7)).isZero();
    assertThat(records()).isEqualTo(1);
    table.assign(object, 32, 8);
    table.assign(object, 33, 9);
    assertThat(records()).isEqualTo(2);
    assertThat(table.pop(object, 31)).isEqualTo(7);
    assertThat(records()).isEqualTo(1);
    assertThat(table.pop(object, 32)).isEqualTo(8);
    assertThat(records()).isEqualTo(1);
    assertThat(table.pop(object, 33)).isEqualTo(9);
    assertThat(records()).isZero();
    assertThat(object.pagerData()).isNull();
    assertThat(table.firstObject()).isNull();
  }

  @Test
  @DisplayName("S5 S8 query tells, assign gives the block that was there, pop unlinks")
  void slots() {
    assertThat(table.query(object, 5)).isZero();
    assertThat(table.pop(object, 5)).isZero();
    table.assign(object, 5, 70);
    assertThat(table.query(object, 5)).isEqualTo(70);
    assertThat(table.assign(object, 5, 71)).isEqualTo(70);
    assertThat(table.query(object, 5)).isEqualTo(71);
    assertThat(table.pop(object, 5)).isEqualTo(71);
    assertThat(table.query(object, 5)).isZero();
  }

  @Test
  @DisplayName("S5 records are paid for with wired frames, which come back")
  void paid() {
    int wired = rig.vm.state().wired();
    int n = 10 * SwapRecords.PER_FRAME;
    for (int i = 0; i < n; i++) {
      assertThat(table.memory().ensure(1)).isTrue();
      table.assign(object, 32 * i, i + 1);
    }
    assertThat(rig.vm.state().wired() - wired).isEqualTo(10);
    for (int i = 0; i < n - 1; i++) {
      table.pop(object, 32 * i);
      assertThat(table.memory().frames() * SwapRecords.PER_FRAME - table.memory().used())
          .isLessThan(2 * SwapRecords.PER_FRAME);
    }
    assertThat(rig.vm.state().wired()).isGreaterThan(wired);
    table.pop(object, 32 * (n - 1));
    assertThat(rig.vm.state().wired()).isEqualTo(wired);
  }

  @Test
  @DisplayName("S5 without memory for a record none can be taken")
  void memoryUsedUp() {
    List<Integer> frames = new ArrayList<>();
    int frame = rig.vm.allocateWiredFrame();
    while (frame >= 0) {
      frames.add(frame);
      frame = rig.vm.allocateWiredFrame();
    }
    assertThat(table.memory().ensure(1)).isFalse();
    rig.vm.freeWiredFrame(frames.removeLast());
    assertThat(table.memory().ensure(1)).isTrue();
  }

  @Test
  @DisplayName("S4 S8 it remembers what a map does, for many objects")
  void asMap() {
    Random random = new Random(4);
    List<VmObject> objects = new ArrayList<>();
    List<Map<Integer, Integer>> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      objects.add(rig.object(1000));
      expected.add(new HashMap<>());
    }
    for (int step = 1; step < 20_000; step++) {
      int which = random.nextInt(objects.size());
      int index = random.nextInt(1000);
      Map<Integer, Integer> map = expected.get(which);
      Integer before = random.nextBoolean() ? map.put(index, step) : map.remove(index);
      int got =
          map.containsKey(index)
              ? table.assign(objects.get(which), index, step)
              : table.pop(objects.get(which), index);
      assertThat(got).isEqualTo(before == null ? 0 : before);
    }
    int blocks = 0;
    for (int i = 0; i < objects.size(); i++) {
      blocks += expected.get(i).size();
      for (int index = 0; index < 1000; index++) {
        assertThat(table.query(objects.get(i), index))
            .isEqualTo(expected.get(i).getOrDefault(index, 0));
      }
    }
    assertThat(table.blocks().cardinality()).isEqualTo(blocks);
  }
}
