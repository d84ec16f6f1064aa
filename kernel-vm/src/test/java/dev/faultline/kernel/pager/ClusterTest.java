// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.Shortage;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: pages go to or come from other places of the disk than the file's map says. */
final class ClusterTest {
  private static final int SECTORS_PER_PAGE = Page.SIZE / BlockDevice.SECTOR;

  private final FsMachine machine = new FsMachine();
  private final MemoryDisk disk =
      new MemoryDisk(
          "vda",
          0,
          machine.time.events,
          machine.time,
          machine.scheduler,
          machine.vm.memory(),
          4096);

  /** A file whose blocks lie where a table says. */
  private final class MappedFile implements BackingFile, BlockMap {
    final int blockSize;
    final long[] sectors;
    long size;
    long nextFree = 3000;

    MappedFile(int blockSize, long size, long... sectors) {
      this.blockSize = blockSize;
      this.size = size;
      this.sectors = sectors;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public BlockMap blockMap() {
      return this;
    }

    @Override
    public BlockDevice disk() {
      return disk;
    }

    @Override
    public int blockSize() {
      return blockSize;
    }

    private long at(long block) {
      return block < 0 || block >= sectors.length ? HOLE : sectors[(int) block];
    }

    @Override
    public long find(long block, Run run) {
      run.set(0, 0);
      int step = blockSize / BlockDevice.SECTOR;
      if (at(block) >= 0) {
        while (at(block - run.before - 1) == at(block) - (long) (run.before + 1) * step) {
          run.before++;
        }
        while (at(block + run.after + 1) == at(block) + (long) (run.after + 1) * step) {
          run.after++;
        }
      }
      return at(block);
    }

    @Override
    public long allocate(long block) {
      if (at(block) == HOLE && nextFree > 0) {
        sectors[(int) block] = nextFree;
        nextFree += blockSize / BlockDevice.SECTOR;
      }
      return at(block) == HOLE ? BlockMap.NO_SPACE : at(block);
    }
  }

  /** Consecutive blocks of a size, so many, from a sector on. */
  private static long[] run(int count, long first, int blockSize) {
    long[] sectors = new long[count];
    for (int i = 0; i < count; i++) {
      sectors[i] = first + (long) i * (blockSize / BlockDevice.SECTOR);
    }
    return sectors;
  }

  private VmObject object(MappedFile file) {
    machine.write("/any", "");
    VmObject object =
        VmObject.forVnode(machine.vm, machine.vnode("/any"), machine.pager, file.size);
    object.setPagerData(file);
    for (int i = 0; i < disk.content().length; i++) {
      disk.content()[i] = (byte) (i / BlockDevice.SECTOR % 251 + 1);
    }
    return object;
  }

  private static VmPage[] grab(VmObject object, int first, int count) {
    VmPage[] pages = new VmPage[count];
    for (int i = 0; i < count; i++) {
      VmPage page = object.grabPage(first + i);
      if (page == null) {
        throw new AssertionError("no page");
      }
      pages[i] = page;
    }
    return pages;
  }

  private int byteAt(VmPage page, int offset) {
    return machine.vm.memory().read8(page.address() + offset);
  }

  private static int expected(long sector) {
    return (int) (sector % 251) + 1;
  }

  private long count(Counter c) {
    return machine.vm.meter().get(c);
  }

  private static VmPage at(VmObject object, int index) {
    VmPage page = object.lookup(index);
    if (page == null) {
      throw new AssertionError("no page " + index);
    }
    return page;
  }

  private void around(MappedFile file, int index, boolean there, int before, int after) {
    Pager.Neighbours around = new Pager.Neighbours();
    assertThat(object(file).pagerHas(index, around)).isEqualTo(there);
    assertThat(around.before).isEqualTo(before);
    assertThat(around.after).isEqualTo(after);
  }

  @Test
  @DisplayName("V3 V4 holes are not there, an unreadable map is; neighbours count in pages")
  void neighbours() {
    machine.run(
        () -> {
          long[] four = run(4, 80, 8192);
          around(new MappedFile(8192, 4 * 8192, four), 3, true, 3, 4);
          around(new MappedFile(8192, 4 * 8192 - 9000, four), 3, true, 3, 2);
          long[] eight = run(8, 80, 4096);
          eight[2] = BlockMap.HOLE;
          eight[6] = BlockMap.IO_ERROR;
          MappedFile file = new MappedFile(4096, 8 * 4096, eight);
          around(file, 2, false, 0, 0);
          around(file, 4, true, 1, 1);
          around(file, 6, true, 0, 0);
          around(file, 8, false, 0, 0);
          // Ten blocks of 1 KiB: pages of four, the last one half inside the file.
          MappedFile small = new MappedFile(1024, 10 * 1024, run(10, 80, 1024));
          around(small, 0, true, 0, 2);
          around(small, 1, true, 1, 1);
          small.sectors[5] = 2000;
          around(small, 0, true, 0, 0);
          around(small, 1, true, 0, 0);
          Arrays.fill(small.sectors, 4, 8, BlockMap.HOLE);
          around(small, 1, false, 0, 0);
        });
  }

  @Test
  @DisplayName("V9 V12 the run around the wanted page comes in one request, the others are freed")
  void oneRun() {
    machine.run(
        () -> {
          long[] map = run(8, 800, 4096);
          map[0] = 80;
          map[1] = 88;
          map[2] = 96;
          VmObject object = object(new MappedFile(4096, 8 * 4096, map));
          VmPage[] pages = grab(object, 0, 8);
          // Somebody waits for page 6 already.
          machine.scheduler.spawn("waiter", () -> pages[6].sleepIfBusy(true));
          machine.settle();
          int reads = disk.reads();
          assertThat(object.getPages(pages, 8, 5)).isEqualTo(PagerResult.OK);
          assertThat(disk.reads() - reads).isEqualTo(1);
          assertThat(disk.log().getLast()).isEqualTo("READ 824+40");
          assertThat(count(Counter.V_VNODEIN)).isEqualTo(1);
          assertThat(count(Counter.V_VNODEPGSIN)).isEqualTo(5);
          for (int i = 0; i < 3; i++) {
            assertThat(object.lookup(i)).isNull();
          }
          for (int i = 3; i < 8; i++) {
            VmPage page = at(object, i);
            assertThat(page.fullyValid()).isTrue();
            assertThat(page.dirty()).isZero();
            assertThat(byteAt(page, 600)).isEqualTo(expected(map[i] + 1));
            assertThat(page.isBusy()).isEqualTo(i == 5);
          }
          assertThat(pages[6].queueName()).isEqualTo("active");
          assertThat(pages[7].queueName()).isEqualTo("inactive");
          pages[5].wakeup();
        });
  }

  @Test
  @DisplayName(
      "V10 V11 Y4 the length ends with the file's last sector, behind it are zeros, also ahead")
  void endOfFile() {
    machine.run(
        () -> {
          VmObject object = object(new MappedFile(4096, 5000, run(2, 80, 4096)));
          VmPage[] pages = grab(object, 0, 2);
          machine.vm.memory().fillFrame(pages[1].frame(), 0xEE);
          assertThat(object.getPages(pages, 2, 0)).isEqualTo(PagerResult.OK);
          assertThat(disk.log().getLast()).isEqualTo("READ 80+10");
          VmPage last = at(object, 1);
          assertThat(last.fullyValid()).isTrue();
          assertThat(byteAt(last, 5000 - 4096 - 1)).isEqualTo(expected(89));
          for (int i = 5000 - 4096; i < 4096; i++) {
            assertThat(byteAt(last, i)).isZero();
          }
          pages[0].wakeup();
        });
  }

  @Test
  @DisplayName(
      "V13 Y13 after an I/O error nothing is valid; when the disk is well again the data is read")
  void error() {
    machine.run(
        () -> {
          VmObject object = object(new MappedFile(4096, 4 * 4096, run(4, 80, 4096)));
          disk.failReads(90);
          VmPage[] pages = grab(object, 0, 4);
          assertThat(object.getPages(pages, 4, 0)).isEqualTo(PagerResult.ERROR);
          assertThat(pages[0].valid()).isZero();
          assertThat(pages[0].isBusy()).isTrue();
          assertThat(object.residentPages()).isEqualTo(1);
          disk.heal();
          assertThat(object.getPages(pages, 1, 0)).isEqualTo(PagerResult.OK);
          assertThat(byteAt(pages[0], 0)).isEqualTo(expected(80));
          pages[0].wakeup();
        });
  }

  @Test
  @DisplayName("V14 a page without place is left out; if it is the wanted one, FAIL")
  void holes() {
    machine.run(
        () -> {
          long[] map = run(4, 80, 4096);
          map[2] = BlockMap.HOLE;
          VmObject object = object(new MappedFile(4096, 4 * 4096, map));
          VmPage[] pages = grab(object, 0, 4);
          assertThat(object.getPages(pages, 4, 1)).isEqualTo(PagerResult.OK);
          assertThat(object.residentPages()).isEqualTo(2);
          at(object, 1).wakeup();
          VmPage hole = grab(object, 2, 1)[0];
          assertThat(object.getPages(new VmPage[] {hole}, 1, 0)).isEqualTo(PagerResult.FAIL);
          assertThat(hole.isBusy()).isTrue();
          hole.free();
        });
  }

  @Test
  @DisplayName("V7 V8 small scattered blocks: the wanted page only, and of it what is not valid")
  void smallBlocks() {
    machine.run(
        () -> {
          MappedFile file = new MappedFile(1024, 9000, 80, 200, BlockMap.HOLE, 300, 400, 402, 404);
          VmObject object = object(file);
          VmPage[] pages = grab(object, 0, 2);
          assertThat(object.getPages(pages, 2, 0)).isEqualTo(PagerResult.OK);
          assertThat(disk.log()).endsWith("READ 80+2", "READ 200+2", "READ 300+2");
          assertThat(object.residentPages()).isEqualTo(1);
          assertThat(byteAt(pages[0], 1024)).isEqualTo(expected(200));
          assertThat(byteAt(pages[0], 2048)).isZero();
          assertThat(byteAt(pages[0], 3072)).isEqualTo(expected(300));
          assertThat(count(Counter.V_VNODEIN)).isEqualTo(1);
          pages[0].wakeup();
          VmPage partly = grab(object, 1, 1)[0];
          machine.vm.memory().fill(partly.address() + 512, 1024, 0xDD);
          partly.setValid(6);
          partly.makeDirty(512, 1024);
          assertThat(object.getPages(new VmPage[] {partly}, 1, 0)).isEqualTo(PagerResult.OK);
          assertThat(disk.log()).endsWith("READ 400+1", "READ 403+1", "READ 404+2");
          assertThat(byteAt(partly, 600)).isEqualTo(0xDD);
          assertThat(byteAt(partly, 1536)).isEqualTo(expected(403));
          assertThat(byteAt(partly, 3072)).isZero();
          assertThat(partly.dirty()).isEqualTo(6);
          partly.wakeup();
        });
  }

  // ---- writing
  // -----------------------------------------------------------------------------------

  private VmObject dirtyObject(MappedFile file, int count) {
    VmObject object = object(file);
    for (VmPage page : grab(object, 0, count)) {
      machine.vm.memory().fillFrame(page.frame(), 0xA0 + page.index());
      page.setValid(VmPage.ALL_CHUNKS);
      page.makeDirty();
      page.activate();
      page.wakeup();
    }
    return object;
  }

  @Test
  @DisplayName("V20 V21 synchronous: one request for a cluster, on the disk when it returns")
  void writeSynchronously() {
    machine.run(
        () -> {
          VmObject object = dirtyObject(new MappedFile(4096, 16 * 4096, run(16, 80, 4096)), 16);
          assertThat(object.clean(0, 0, Pager.SYNC)).isTrue();
          assertThat(disk.log().getLast()).isEqualTo("WRITE 80+128");
          assertThat(disk.writes()).isEqualTo(1);
          assertThat(count(Counter.V_VNODEOUT)).isEqualTo(1);
          assertThat(count(Counter.V_VNODEPGSOUT)).isEqualTo(16);
          for (int i = 0; i < 16; i++) {
            assertThat(at(object, i).dirty()).isZero();
            assertThat(disk.content()[(80 + i * SECTORS_PER_PAGE) * 512])
                .isEqualTo((byte) (0xA0 + i));
          }
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("V21 V23 asynchronous: pending when it returns, clean once it has completed")
  void writeAsynchronously() {
    machine.run(
        () -> {
          VmObject object = dirtyObject(new MappedFile(4096, 4 * 4096, run(4, 80, 4096)), 4);
          disk.hold();
          assertThat(object.clean(0, 0, 0)).isTrue();
          assertThat(disk.outstanding()).isEqualTo(1);
          assertThat(at(object, 0).softBusy()).isEqualTo(1);
          assertThat(at(object, 0).dirty()).isNotZero();
          assertThat(object.paging()).isEqualTo(4);
          disk.release();
          assertThat(object.clean(0, 0, Pager.SYNC)).isTrue();
          while (at(object, 0).sleepIfBusy(true)) {
            // Until it is written.
          }
          assertThat(at(object, 0).dirty()).isZero();
          assertThat(object.paging()).isZero();
          assertThat(disk.writes()).isEqualTo(1);
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("V19 pages behind the end are BAD, of the last only what is inside is written")
  void writeTheEnd() {
    machine.run(
        () -> {
          MappedFile file = new MappedFile(4096, 3 * 4096, run(3, 80, 4096));
          VmObject object = dirtyObject(file, 3);
          file.size = 4096 + 700;
          assertThat(object.clean(0, 0, Pager.SYNC)).isTrue();
          assertThat(disk.log().getLast()).isEqualTo("WRITE 80+10");
          assertThat(at(object, 1).fullyValid()).isTrue();
          assertThat(at(object, 2).dirty()).isZero();
        });
  }

  @Test
  @DisplayName("V22 Y5 what could not be written stays dirty, what could is clean")
  void writeErrors() {
    machine.run(
        () -> {
          long[] map = run(4, 80, 4096);
          map[2] = 2000;
          MappedFile file = new MappedFile(4096, 4 * 4096, map);
          VmObject object = dirtyObject(file, 4);
          disk.failWrites(2003);
          assertThat(object.clean(0, 0, Pager.SYNC)).isFalse();
          assertThat(at(object, 1).dirty()).isZero();
          assertThat(at(object, 2).dirty()).isNotZero();
          disk.heal();
          file.sectors[3] = BlockMap.HOLE;
          file.nextFree = 0;
          at(object, 3).makeDirty();
          assertThat(object.clean(0, 0, Pager.SYNC)).isFalse();
          assertThat(at(object, 2).dirty()).isZero();
          assertThat(at(object, 3).dirty()).isNotZero();
          file.nextFree = 3000;
          assertThat(object.clean(0, 0, Pager.SYNC)).isTrue();
          assertThat(disk.log().getLast()).isEqualTo("WRITE 3000+8");
        });
  }

  @Test
  @DisplayName("V22 an asynchronous write that fails leaves its pages dirty and active")
  void asynchronousError() {
    machine.run(
        () -> {
          VmObject object = dirtyObject(new MappedFile(4096, 2 * 4096, run(2, 80, 4096)), 2);
          disk.failWrites(81);
          assertThat(object.clean(0, 0, 0)).isTrue();
          while (at(object, 1).sleepIfBusy(true)) {
            // Until it has failed.
          }
          assertThat(at(object, 1).dirty()).isNotZero();
          assertThat(at(object, 1).queueName()).isEqualTo("active");
          assertThat(object.paging()).isZero();
          disk.heal();
          object.clean(0, 0, Pager.SYNC);
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("V18 with little memory free a write is synchronous whoever asks for it")
  void shortOfMemory() {
    machine.run(
        () -> {
          VmObject object = dirtyObject(new MappedFile(4096, 2 * 4096, run(2, 80, 4096)), 2);
          Shortage.make(machine.vm);
          assertThat(machine.vm.pageoutMemoryLow()).isTrue();
          assertThat(object.clean(0, 0, 0)).isTrue();
          assertThat(disk.outstanding()).isZero();
          assertThat(disk.writes()).isEqualTo(1);
          assertThat(at(object, 0).dirty()).isZero();
        });
  }
}
