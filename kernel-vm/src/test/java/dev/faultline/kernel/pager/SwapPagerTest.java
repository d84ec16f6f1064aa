// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.ObjectType;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a page comes back with other bytes, or not at all. */
final class SwapPagerTest {
  private final SwapRig rig = new SwapRig();
  private final Pager.Neighbours around = new Pager.Neighbours();

  // ---- space -----------------------------------------------------------------------------------

  @Test
  @DisplayName("S1 S2 the first write goes behind the header; what ends gives its blocks back")
  void header() {
    MemoryDisk disk = rig.swapDisk(100);
    byte[] first = java.util.Arrays.copyOf(disk.content(), 4096);
    rig.run(
        () -> {
          VmObject o = rig.object(4);
          rig.out(o, 0, 4, 1);
          assertThat(disk.log()).containsExactly("WRITE 8+32");
          assertThat(rig.swap.freePages()).isEqualTo(95);
          assertThat(rig.swap.usedBy(o)).isEqualTo(4);
          o.deallocate();
          assertThat(rig.swap.freePages()).as("S7 S32").isEqualTo(99);
          assertThat(java.util.Arrays.copyOf(disk.content(), 4096)).isEqualTo(first);
        });
  }

  @Test
  @DisplayName("S6 a range is freed over holes; nothing happens to other objects")
  void ranges() {
    rig.swapDisk(1000);
    rig.run(
        () -> {
          VmObject o = rig.object(1 << 20);
          VmObject untouched = rig.object(10);
          for (int index : new int[] {0, 5, 31, 32, 40, 1000, 900_000}) {
            rig.out(o, index, 1, 1);
          }
          rig.swap.free(untouched, 0, 10);
          rig.swap.free(o, 5, 28);
          assertThat(rig.swap.usedBy(o)).isEqualTo(4);
          assertThat(rig.block(o, 31)).isZero();
          assertThat(rig.block(o, 40)).isNotZero();
          rig.swap.free(o, 100, 899_900);
          assertThat(rig.swap.usedBy(o)).isEqualTo(3);
          rig.swap.free(o, 0, 1000);
          assertThat(rig.block(o, 900_000)).isNotZero();
          rig.swap.free(o, 1, Integer.MAX_VALUE);
          assertThat(rig.swap.usedBy(o)).isZero();
          assertThat(rig.swap.freePages()).isEqualTo(999);
        });
  }

  // ---- out -------------------------------------------------------------------------------------

  @Test
  @DisplayName("S10 without room the object becomes swap's all the same")
  void noRoom() {
    rig.run(
        () -> {
          VmObject o = rig.object(2);
          assertThat(rig.swap.enabled()).isFalse();
          assertThat(rig.out(o, 0, 2, 1)).containsOnly(PagerResult.FAIL);
          assertThat(o.type()).isEqualTo(ObjectType.SWAP);
          assertThat(rig.page(o, 1).dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("S11 S14 S16 S17 who is not the page daemon waits; new blocks at each write")
  void synchronous() {
    MemoryDisk disk = rig.swapDisk(1000);
    disk.withLatency(5_000_000);
    rig.run(
        () -> {
          VmObject o = rig.object(16);
          long start = rig.now;
          assertThat(rig.out(o, 0, 16, 1)).containsOnly(PagerResult.PEND);
          assertThat(rig.now - start).isGreaterThanOrEqualTo(5_000_000);
          assertThat(rig.count(Counter.V_SWAPOUT)).isEqualTo(1);
          assertThat(rig.count(Counter.V_SWAPPGSOUT)).isEqualTo(16);
          VmPage p = rig.page(o, 3);
          assertThat(p.dirty()).isZero();
          assertThat(p.softBusy()).isZero();
          assertThat(p.has(VmPage.SWAPINPROG)).isFalse();
          assertThat(o.paging()).isZero();
          assertThat(rig.swap.hasPage(o, 3, around)).isTrue();
          assertThat(rig.swap.writesInFlight()).isZero();
          int block = rig.block(o, 3);
          int free = rig.swap.freePages();
          rig.out(o, 3, 1, 9);
          assertThat(rig.swap.freePages()).as("S5").isEqualTo(free);
          assertThat(rig.block(o, 3)).isNotEqualTo(block);
        });
  }

  @Test
  @DisplayName("S12 Y1 too long a piece is halved until it fits, to single pages if need be")
  void halved() {
    MemoryDisk disk = rig.swapDisk(33);
    rig.run(
        () -> {
          VmObject other = rig.object(40);
          // Leaves runs of 8 and of 1 free: pages 1 to 8, 10, 12, 14 of the disk.
          rig.out(other, 0, 16, 1);
          rig.out(other, 16, 16, 1);
          for (int index : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13}) {
            rig.swap.free(other, index, 1);
          }
          disk.log().clear();
          VmObject o = rig.object(40);
          PagerResult[] results = rig.out(o, 0, 16, 1);
          assertThat(disk.log())
              .containsExactly("WRITE 8+64", "WRITE 80+8", "WRITE 96+8", "WRITE 112+8");
          assertThat(List.of(results).subList(0, 11)).containsOnly(PagerResult.PEND);
          assertThat(List.of(results).subList(11, 16)).containsOnly(PagerResult.FAIL);
          assertThat(rig.swap.full()).as("S3 Y1").isTrue();
          assertThat(rig.messages).anyMatch(m -> m.contains("full"));
          assertThat(rig.page(o, 15).dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("S12 S34 when swap is full a page goes where its worthless copy is")
  void inPlace() {
    rig.swapDisk(9);
    rig.run(
        () -> {
          VmObject o = rig.object(8);
          rig.out(o, 0, 8, 1);
          assertThat(rig.swap.freePages()).isZero();
          assertThat(rig.out(o, 2, 3, 50)).containsOnly(PagerResult.PEND);
          rig.drop(o, 0, 8);
          rig.in(o, 0, 8, 0);
          for (int i = 0; i < 8; i++) {
            boolean again = i >= 2 && i < 5;
            if (o.lookup(i) == null) {
              rig.in(o, i, 1, 0);
            }
            assertThat(rig.fill(rig.page(o, i))).isEqualTo(again ? 48 + i : 1 + i);
          }
        });
  }

  @Test
  @DisplayName("S13 Y14 no write contains the last block of a stripe and the next one")
  void stripes() {
    MemoryDisk disk = rig.swapDisk(500);
    rig.run(
        () -> {
          VmObject o = rig.object(500);
          for (int i = 0; i < 450; i += 15) {
            rig.out(o, i, 15, 1);
          }
        });
    for (String line : disk.log()) {
      String[] numbers = line.substring("WRITE ".length()).split("\\+", -1);
      int first = Integer.parseInt(numbers[0]) / 8;
      int last = first + Integer.parseInt(numbers[1]) / 8 - 1;
      assertThat(first / 32).as(line).isEqualTo(last / 32);
    }
  }

  @Test
  @DisplayName("S18 a write that fails leaves the page dirty, and its blocks are never used again")
  void writeError() {
    MemoryDisk disk = rig.swapDisk(100);
    rig.run(
        () -> {
          VmObject o = rig.object(20);
          disk.failWrites(8 * 3);
          rig.out(o, 0, 8, 1);
          for (int i = 0; i < 8; i++) {
            VmPage p = rig.page(o, i);
            assertThat(p.dirty()).isEqualTo(0xFF);
            assertThat(p.queueName()).isEqualTo("active");
            assertThat(p.softBusy()).isZero();
            assertThat(rig.fill(p)).isEqualTo(1 + i);
            assertThat(rig.block(o, i)).isZero();
          }
          assertThat(o.paging()).isZero();
          assertThat(rig.swap.freePages()).isEqualTo(91);
          disk.log().clear();
          for (int i = 0; i < 20; i++) {
            rig.out(o, i, 1, 60 + i);
          }
          assertThat(disk.log()).noneMatch(line -> line.contains("ERROR")).hasSize(20);
          o.deallocate();
          assertThat(rig.swap.freePages()).isEqualTo(91);
          assertThat(rig.swap.totalPages()).isEqualTo(91);
        });
  }

  // ---- in --------------------------------------------------------------------------------------

  /** Three pages on blocks 40, 41, 50 of the array, that is pages 8, 9, 18 of the second disk. */
  private VmObject scattered() {
    VmObject o = rig.object(3);
    rig.place(o, 0, 40);
    rig.place(o, 1, 41);
    rig.place(o, 2, 50);
    return o;
  }

  @Test
  @DisplayName("S20 S21 S23 one read for the run around the wanted page; the rest is freed")
  void run() {
    rig.swapDisk(64);
    MemoryDisk second = rig.swapDisk(64);
    rig.scheduler.execute(
        "test",
        () -> {
          java.util.Arrays.fill(second.content(), 8 * 4096, 10 * 4096, (byte) 7);
          VmObject o = scattered();
          assertThat(rig.in(o, 0, 3, 1)).isEqualTo(PagerResult.OK);
          assertThat(second.log()).containsExactly("READ 64+16");
          assertThat(rig.count(Counter.V_SWAPIN)).isEqualTo(1);
          assertThat(rig.count(Counter.V_SWAPPGSIN)).isEqualTo(2);
          assertThat(o.lookup(2)).isNull();
          assertThat(rig.page(o, 0).queueName()).isEqualTo("inactive");
          assertThat(rig.page(o, 0).isBusy()).isFalse();
          assertThat(rig.page(o, 0).dirty()).isZero();
          assertThat(rig.page(o, 0).fullyValid()).isTrue();
          assertThat(rig.page(o, 0).has(VmPage.ZERO)).isFalse();
          assertThat(rig.fill(rig.page(o, 1))).isEqualTo(7);
          assertThat(o.paging()).isZero();
        });
  }

  @Test
  @DisplayName("S20 a run ends at its stripe; without a block for the wanted page nothing is read")
  void runEnds() {
    MemoryDisk disk = rig.swapDisk(64);
    rig.swapDisk(64);
    rig.scheduler.execute(
        "test",
        () -> {
          VmObject o = rig.object(5);
          for (int i = 0; i < 4; i++) {
            rig.place(o, i, 30 + i);
          }
          assertThat(rig.in(o, 0, 5, 0)).isEqualTo(PagerResult.OK);
          assertThat(disk.log()).containsExactly("READ 240+16");
          assertThat(o.lookup(2)).isNull();
          assertThat(rig.in(o, 2, 3, 2)).isEqualTo(PagerResult.FAIL);
          assertThat(o.residentPages()).isEqualTo(2);
          assertThat(rig.count(Counter.V_SWAPIN)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("S22 a slow disk is waited for, with a warning every 20 seconds")
  void slow() {
    MemoryDisk disk = rig.swapDisk(64);
    rig.run(
        () -> {
          VmObject o = rig.object(1);
          rig.out(o, 0, 1, 5);
          rig.drop(o, 0, 1);
          disk.withLatency(50_000_000_000L);
          assertThat(rig.in(o, 0, 1, 0)).isEqualTo(PagerResult.OK);
          assertThat(rig.fill(rig.page(o, 0))).isEqualTo(5);
          assertThat(rig.messages.stream().filter(m -> m.contains("still waiting"))).hasSize(2);
          assertThat(rig.count(Counter.V_INTRANS)).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("S24 a read that fails leaves the wanted page alone, invalid, and no other")
  void readError() {
    MemoryDisk disk = rig.swapDisk(64);
    rig.run(
        () -> {
          VmObject o = rig.object(4);
          rig.out(o, 0, 4, 1);
          rig.drop(o, 0, 4);
          disk.failReads(8 * 3);
          VmPage[] pages = new VmPage[4];
          for (int i = 0; i < 4; i++) {
            pages[i] = java.util.Objects.requireNonNull(o.grabPage(i));
          }
          o.beginPaging();
          assertThat(rig.swap.getPages(o, pages, 4, 1)).isEqualTo(PagerResult.ERROR);
          o.endPaging();
          assertThat(o.residentPages()).isEqualTo(1);
          assertThat(pages[1].isBusy()).isTrue();
          assertThat(pages[1].valid()).isZero();
          assertThat(pages[1].has(VmPage.SWAPINPROG)).isFalse();
          assertThat(o.paging()).isZero();
          pages[1].free();
          assertThat(rig.in(o, 1, 1, 0)).as("its neighbour").isEqualTo(PagerResult.OK);
          assertThat(rig.in(o, 2, 1, 0)).isEqualTo(PagerResult.ERROR);
          int free = rig.swap.freePages();
          o.deallocate();
          assertThat(rig.swap.freePages()).as("the bad one is retired").isEqualTo(free + 3);
        });
  }

  @Test
  @DisplayName("S25 what was read keeps its block and can be dropped again")
  void keepsBlock() {
    rig.swapDisk(64);
    rig.run(
        () -> {
          VmObject o = rig.object(1);
          rig.out(o, 0, 1, 5);
          for (int i = 0; i < 3; i++) {
            rig.drop(o, 0, 1);
            assertThat(o.residentPages()).isZero();
            rig.in(o, 0, 1, 0);
            assertThat(rig.fill(rig.page(o, 0))).isEqualTo(5);
          }
          assertThat(rig.count(Counter.V_SWAPOUT)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("S26 up to seven neighbours on each side, across stripes too")
  void neighbours() {
    rig.swapDisk(64);
    rig.swapDisk(64);
    VmObject o = rig.object(40);
    for (int i = 0; i < 20; i++) {
      rig.place(o, i, 20 + i);
    }
    rig.place(o, 30, 1);
    assertThat(rig.swap.hasPage(o, 10, around)).isTrue();
    assertThat(around.before).isEqualTo(7);
    assertThat(around.after).isEqualTo(7);
    assertThat(rig.swap.hasPage(o, 2, around)).isTrue();
    assertThat(around.before).isEqualTo(2);
    assertThat(rig.swap.hasPage(o, 19, around)).isTrue();
    assertThat(around.after).isZero();
    assertThat(rig.swap.hasPage(o, 30, around)).isTrue();
    assertThat(around.before + around.after).isZero();
    around.set(3, 3);
    assertThat(rig.swap.hasPage(o, 25, around)).isFalse();
    assertThat(around.before + around.after).isZero();
  }

  // ---- release and transfer --------------------------------------------------------------------

  @Test
  @DisplayName("S30 the stored copy goes, the dirty mask stays")
  void unswapped() {
    rig.swapDisk(64);
    rig.run(
        () -> {
          VmObject o = rig.object(1);
          rig.out(o, 0, 1, 5);
          int free = rig.swap.freePages();
          rig.swap.unswapped(rig.page(o, 0));
          assertThat(rig.swap.freePages()).isEqualTo(free + 1);
          assertThat(rig.page(o, 0).dirty()).isZero();
          rig.page(o, 0).makeDirty();
          rig.swap.unswapped(rig.page(o, 0));
          assertThat(rig.swap.freePages()).isEqualTo(free + 1);
        });
  }

  @Test
  @DisplayName("S33 blocks move to where there is none, and otherwise are freed")
  void transferred() {
    rig.swapDisk(200);
    rig.run(
        () -> {
          VmObject source = rig.object(100);
          VmObject target = rig.object(40);
          // Both, either, neither; and beyond the target on both sides.
          rig.out(source, 5, 1, 1);
          rig.out(source, 10, 2, 2);
          rig.out(source, 49, 1, 4);
          rig.out(source, 50, 1, 5);
          rig.out(target, 1, 2, 6);
          int both = rig.block(target, 1);
          int moved = rig.block(source, 10);
          int last = rig.block(source, 49);
          int free = rig.swap.freePages();
          rig.swap.transfer(source, target, 10, true);
          assertThat(rig.block(target, 0)).isEqualTo(moved);
          assertThat(rig.block(target, 1)).isEqualTo(both);
          assertThat(rig.block(target, 39)).isEqualTo(last);
          assertThat(rig.swap.usedBy(target)).isEqualTo(4);
          assertThat(rig.swap.usedBy(source)).isZero();
          assertThat(source.type()).isEqualTo(ObjectType.DEFAULT);
          assertThat(rig.swap.freePages()).isEqualTo(free + 3);
        });
  }

  @Test
  @DisplayName("S33 a split leaves what lies outside to the source, and makes the target swap's")
  void split() {
    rig.swapDisk(400);
    rig.run(
        () -> {
          VmObject source = rig.object(300);
          for (int i = 0; i < 300; i += 10) {
            rig.out(source, i, 10, 1);
          }
          rig.drop(source, 0, 300);
          VmObject target = rig.object(90);
          int free = rig.swap.freePages();
          rig.swap.transfer(source, target, 105, false);
          assertThat(rig.swap.freePages()).isEqualTo(free);
          assertThat(rig.swap.usedBy(target)).isEqualTo(90);
          assertThat(rig.swap.usedBy(source)).isEqualTo(210);
          assertThat(source.type()).isEqualTo(ObjectType.SWAP);
          assertThat(target.type()).isEqualTo(ObjectType.SWAP);
          for (int i = 0; i < 90; i++) {
            assertThat(rig.block(target, i)).isNotZero();
            assertThat(rig.block(source, i + 105)).isZero();
          }
        });
  }

  @Test
  @DisplayName("S7 S32 an object that ends while it is being written waits, and nothing is lost")
  void endsDuringWrite() {
    MemoryDisk disk = rig.swapDisk(64);
    disk.withLatency(1_000_000_000);
    rig.run(
        () -> {
          VmObject o = rig.object(8);
          rig.scheduler.spawn("writer", () -> rig.out(o, 0, 8, 1));
          rig.scheduler.yieldNow();
          assertThat(disk.outstanding()).isEqualTo(1);
          assertThat(o.paging()).isEqualTo(8);
          o.deallocate();
          assertThat(o.type()).isEqualTo(ObjectType.DEAD);
          assertThat(disk.outstanding()).isZero();
          assertThat(rig.swap.freePages()).isEqualTo(63);
        });
  }
}
