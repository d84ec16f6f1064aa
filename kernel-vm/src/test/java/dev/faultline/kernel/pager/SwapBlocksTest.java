// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: blocks are lost, used twice, or lie elsewhere than one thinks. */
final class SwapBlocksTest {
  private final SwapRig rig = new SwapRig();
  private final List<String> messages = new ArrayList<>();
  private final SwapBlocks blocks = new SwapBlocks(messages::add);

  private SwapArea add(MemoryDisk disk, Integer... bad) {
    SwapStore store = SwapStore.ofDisk(disk, () -> {});
    SwapArea area = blocks.add(store, disk.name(), store.pages(), List.of(bad));
    assertThat(area).isNotNull();
    if (area == null) {
      throw new AssertionError();
    }
    return area;
  }

  private List<Integer> take(int n) {
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int block = blocks.allocate(1);
      assertThat(block).isNotZero();
      taken.add(block);
    }
    return taken;
  }

  private static BitSet set(List<Integer> numbers) {
    BitSet set = new BitSet();
    numbers.forEach(set::set);
    return set;
  }

  @Test
  @DisplayName("S1 S2 the first block is not handed out; the free count follows")
  void counts() {
    SwapArea area = add(rig.disk(100), 5, 6);
    assertThat(blocks.freePages()).isEqualTo(97);
    assertThat(area.pages()).isEqualTo(97);
    assertThat(blocks.totalPages()).isEqualTo(97);
    int first = blocks.allocate(4);
    assertThat(first).isEqualTo(1);
    assertThat(blocks.sector(first)).isEqualTo(8);
    assertThat(blocks.freePages()).isEqualTo(93);
    for (int i = 0; i < 4; i++) {
      blocks.free(first + i);
    }
    assertThat(blocks.freePages()).isEqualTo(97);
    assertThat(area.used()).isZero();
    List<Integer> all = take(97);
    assertThat(blocks.allocate(1)).isEqualTo(SwapBlocks.NONE);
    assertThat(all.stream().map(blocks::sector))
        .doesNotContain(0L, 40L, 48L)
        .doesNotHaveDuplicates();
    blocks.check(set(all));
  }

  @Test
  @DisplayName("S3 almost full below 128 with one message, and no longer above 512")
  void almostFull() {
    add(rig.disk(601));
    assertThat(blocks.freePages()).isEqualTo(600);
    List<Integer> taken = new ArrayList<>(take(500));
    assertThat(blocks.almostFull()).isTrue();
    blocks.ranOut();
    assertThat(blocks.full()).isTrue();
    taken.subList(0, 200).forEach(blocks::free);
    assertThat(blocks.freePages()).isEqualTo(300);
    assertThat(blocks.full()).isFalse();
    assertThat(blocks.almostFull()).isTrue();
    taken.subList(200, 500).forEach(blocks::free);
    assertThat(blocks.freePages()).isEqualTo(600);
    assertThat(blocks.almostFull()).isFalse();
    assertThat(messages.stream().filter(m -> m.contains("almost"))).hasSize(1);
  }

  @Test
  @DisplayName("S13 stripes of 32 blocks go round the disks; no run lies on two of them")
  void interleaved() {
    MemoryDisk a = rig.disk(64);
    MemoryDisk b = rig.disk(96);
    add(a);
    add(b);
    List<String> order = new ArrayList<>();
    int block;
    List<Integer> all = new ArrayList<>();
    while ((block = blocks.allocate(16)) != SwapBlocks.NONE) {
      for (int i = 0; i < 16; i++) {
        all.add(block + i);
        assertThat(blocks.area(block + i)).isSameAs(blocks.area(block));
        assertThat(blocks.sector(block + i)).isEqualTo(blocks.sector(block) + 8L * i);
      }
      assertThat(block / 32).isEqualTo((block + 15) / 32);
      order.add(blocks.area(block).name() + ":" + blocks.sector(block) / 8);
    }
    assertThat(order)
        .containsExactly(
            "vda:1", "vdb:1", "vda:32", "vda:48", "vdb:32", "vdb:48", "vdb:64", "vdb:80");
    blocks.check(set(all));
  }

  @Test
  @DisplayName("Y2 a block that failed is retired when it becomes free")
  void retired() {
    SwapArea area = add(rig.disk(40));
    List<Integer> all = take(39);
    blocks.suspect(all.get(3));
    all.forEach(blocks::free);
    assertThat(blocks.freePages()).isEqualTo(38);
    assertThat(area.pages()).isEqualTo(38);
    assertThat(take(38)).doesNotContain(all.get(3));
    assertThat(blocks.allocate(1)).isEqualTo(SwapBlocks.NONE);
  }

  @Test
  @DisplayName("S9 a disk that is withdrawn gives nothing, and gives again when it stays after all")
  void withdrawn() {
    SwapArea area = add(rig.disk(200), 100);
    List<Integer> taken = take(50);
    blocks.withdraw(area);
    assertThat(blocks.freePages()).isZero();
    assertThat(blocks.totalPages()).isZero();
    blocks.free(taken.removeFirst());
    assertThat(blocks.allocate(1)).isEqualTo(SwapBlocks.NONE);
    blocks.check(set(taken));
    blocks.restore(area, set(taken));
    blocks.check(set(taken));
    assertThat(blocks.freePages()).isEqualTo(149);
    blocks.withdraw(area);
    taken.forEach(blocks::free);
    blocks.remove(area);
    assertThat(blocks.areaCount()).isZero();
    add(rig.disk(64));
    assertThat(take(63)).hasSize(63);
  }

  @Test
  void eightDisksAtMost() {
    for (int i = 0; i < SwapBlocks.MAX_AREAS; i++) {
      add(rig.disk(33));
    }
    SwapStore ninth = SwapStore.ofDisk(rig.disk(33), () -> {});
    assertThat(blocks.add(ninth, "ninth", 33, List.of())).isNull();
    assertThat(take(8 * 32).stream().map(b -> blocks.area(b).name()).distinct()).hasSize(8);
  }
}
