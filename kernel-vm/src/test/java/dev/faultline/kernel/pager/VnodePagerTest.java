// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a page shows what the file does not hold, or the file gets what lies behind its end. */
final class VnodePagerTest {
  private final FsMachine machine = new FsMachine();
  private final FakeFile file = new FakeFile();
  private final VmObject object = object();

  /** A file in an array, which fails as it is told. */
  private static final class FakeFile implements BackingFile {
    byte[] bytes = new byte[5000];
    boolean mounted = true;
    int hole = -1;
    int readResult;
    int writeResult;

    FakeFile() {
      Arrays.fill(bytes, (byte) 'f');
    }

    @Override
    public boolean isMounted() {
      return mounted;
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public boolean isHole(int pageIndex) {
      return pageIndex == hole;
    }

    @Override
    public int fetch(long position, byte[] to, int offset, int size) {
      if (readResult != 0) {
        return readResult;
      }
      System.arraycopy(bytes, (int) position, to, offset, size);
      return size;
    }

    @Override
    public int store(long position, byte[] from, int offset, int size) {
      if (writeResult != 0) {
        return writeResult;
      }
      System.arraycopy(from, offset, bytes, (int) position, size);
      return size;
    }
  }

  private VmObject object() {
    VmObject[] made = new VmObject[1];
    machine.run(
        () -> {
          machine.write("/any", "");
          made[0] =
              VmObject.forVnode(
                  machine.vm, machine.vnode("/any"), machine.pager, file.bytes.length);
          made[0].setPagerData(file);
        });
    return made[0];
  }

  private VmPage grab(int index) {
    VmPage page = object.grabPage(index);
    if (page == null) {
      throw new AssertionError("no page");
    }
    return page;
  }

  private PagerResult get(VmPage page) {
    return object.getPages(new VmPage[] {page}, 1, 0);
  }

  private PagerResult put(VmPage page) {
    PagerResult[] results = new PagerResult[1];
    machine.pager.putPages(object, new VmPage[] {page}, 1, Pager.SYNC, results);
    return results[0];
  }

  private int byteAt(VmPage page, int offset) {
    return machine.vm.memory().read8(page.address() + offset);
  }

  @Test
  @DisplayName(
      "V3 a page is there if it lies inside the file and is no hole; not mounted, get tells (V5)")
  void hasPage() {
    Pager.Neighbours around = new Pager.Neighbours();
    assertThat(machine.pager.hasPage(object, 0, around)).isTrue();
    assertThat(machine.pager.hasPage(object, 1, around)).isTrue();
    assertThat(machine.pager.hasPage(object, 2, around)).isFalse();
    file.hole = 0;
    assertThat(machine.pager.hasPage(object, 0, around)).isFalse();
    file.mounted = false;
    assertThat(machine.pager.hasPage(object, 1, around)).isTrue();
    assertThat(machine.pager.hasPage(object, 2, around)).isFalse();
    assertThat(around.before + around.after).isZero();
  }

  @Test
  @DisplayName(
      "V6 one page, one read; behind the end of the file are zeros, whatever the frame held")
  void lastPage() {
    machine.run(
        () -> {
          VmPage page = grab(1);
          machine.vm.memory().fillFrame(page.frame(), 'g');
          assertThat(get(page)).isEqualTo(PagerResult.OK);
          assertThat(byteAt(page, 5000 - Page.SIZE - 1)).isEqualTo('f');
          assertThat(byteAt(page, 5000 - Page.SIZE)).isZero();
          assertThat(byteAt(page, Page.SIZE - 1)).isZero();
          assertThat(page.fullyValid()).isTrue();
          assertThat(page.dirty()).isZero();
          assertThat(machine.vm.meter().get(Counter.V_VNODEIN)).isEqualTo(1);
          assertThat(machine.vm.meter().get(Counter.V_VNODEPGSIN)).isEqualTo(1);
          page.wakeup();
        });
  }

  @Test
  @DisplayName("V6 beyond the end BAD, a failing read ERROR; V5 not mounted BAD; nothing is valid")
  void refused() {
    machine.run(
        () -> {
          VmPage page = grab(0);
          file.readResult = BackingFile.IO_ERROR;
          assertThat(get(page)).isEqualTo(PagerResult.ERROR);
          file.readResult = 0;
          file.hole = 0;
          assertThat(get(page)).isEqualTo(PagerResult.FAIL);
          file.mounted = false;
          assertThat(get(page)).isEqualTo(PagerResult.BAD);
          file.mounted = true;
          file.bytes = new byte[0];
          assertThat(get(page)).isEqualTo(PagerResult.BAD);
          assertThat(page.valid()).isZero();
          assertThat(page.isBusy()).isTrue();
          page.free();
        });
  }

  @Test
  @DisplayName("V8 Y3 what is valid already, and may be dirty, is not overwritten")
  void partlyValid() {
    machine.run(
        () -> {
          VmPage page = grab(0);
          machine.vm.memory().fill(page.address(), VmPage.CHUNK, 'd');
          page.setValid(1);
          assertThat(get(page)).isEqualTo(PagerResult.OK);
          assertThat(byteAt(page, VmPage.CHUNK - 1)).isEqualTo('d');
          assertThat(byteAt(page, VmPage.CHUNK)).isEqualTo('f');
          assertThat(page.fullyValid()).isTrue();
          page.wakeup();
        });
  }

  @Test
  @DisplayName("V19 only bytes inside the file are written; pages behind it are BAD")
  void end() {
    machine.run(
        () -> {
          VmPage page = grab(1);
          get(page);
          machine.vm.memory().fillFrame(page.frame(), 'w');
          page.makeDirty();
          assertThat(put(page)).isEqualTo(PagerResult.OK);
          assertThat(file.bytes).hasSize(5000);
          assertThat(file.bytes[4999]).isEqualTo((byte) 'w');
          assertThat(file.bytes[4095]).isEqualTo((byte) 'f');
          assertThat(page.fullyValid()).isTrue();
          assertThat(page.dirty()).isEqualTo(3);
          file.bytes = Arrays.copyOf(file.bytes, 4096);
          assertThat(put(page)).isEqualTo(PagerResult.BAD);
          page.wakeup();
        });
  }

  @Test
  @DisplayName(
      "V22 OK only for what was written: errors are ERROR, not-now is AGAIN, both stay dirty")
  void failedWrites() {
    machine.run(
        () -> {
          VmPage page = grab(0);
          get(page);
          page.makeDirty();
          file.writeResult = BackingFile.IO_ERROR;
          assertThat(put(page)).isEqualTo(PagerResult.ERROR);
          file.writeResult = BackingFile.NOT_NOW;
          assertThat(put(page)).isEqualTo(PagerResult.AGAIN);
          assertThat(page.dirty()).isNotZero();
          assertThat(machine.vm.meter().get(Counter.V_VNODEOUT)).isZero();
          page.wakeup();
        });
  }
}
