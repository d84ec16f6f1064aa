// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A pager whose answers a test writes: which pages exist and with what bytes, what results come,
 * whether a read waits at the gate.
 */
final class TestPager implements Pager {
  private final VmSystem vm;
  final TreeMap<Integer, byte[]> pages = new TreeMap<>();
  final TreeSet<Integer> failing = new TreeSet<>();

  /** Pages that no read can bring, alone or among others. */
  final TreeSet<Integer> unreadable = new TreeSet<>();

  final List<String> reads = new ArrayList<>();
  final List<String> writes = new ArrayList<>();
  PagerResult nextRead = PagerResult.OK;
  PagerResult nextWrite = PagerResult.OK;

  /** Closed: reads sleep on this pager until {@link #open}. */
  boolean gateClosed;

  int atGate;

  /** Virtual nanoseconds that every transfer takes. */
  long delay;

  /** What happens in the middle of every transfer: a test lets others run there. */
  Runnable inTransfer = () -> {};

  int before = Integer.MAX_VALUE;
  int after = Integer.MAX_VALUE;

  TestPager(VmSystem vm) {
    this.vm = vm;
  }

  /** Every request is what F50 promises: busy, ascending, contiguous, of one object, 16 at most. */
  private static void checkRequest(VmObject object, VmPage[] pages, int count, int wanted) {
    if (count < 1 || count > 16 || wanted < 0 || wanted >= count) {
      throw new AssertionError("page " + wanted + " of a request of " + count);
    }
    for (int i = 0; i < count; i++) {
      VmPage p = pages[i];
      boolean right =
          p.isBusy()
              && p.object() == object
              && p.index() == pages[0].index() + i
              && p.queue == null;
      if (!right) {
        throw new AssertionError("page " + i + " of a request is " + p);
      }
    }
  }

  /** A file of {@code count} pages; page i is full of bytes {@code first + i}. */
  TestPager filled(int count, int first) {
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[Page.SIZE];
      java.util.Arrays.fill(bytes, (byte) (first + i));
      pages.put(i, bytes);
    }
    return this;
  }

  void open() {
    gateClosed = false;
    vm.scheduler.wakeup(this);
  }

  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    if (!pages.containsKey(index)) {
      around.set(0, 0);
      return false;
    }
    int b = 0;
    while (b < before && pages.containsKey(index - b - 1)) {
      b++;
    }
    int a = 0;
    while (a < after && pages.containsKey(index + a + 1)) {
      a++;
    }
    around.set(b, a);
    return true;
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] wantedPages, int count, int wanted) {
    checkRequest(object, wantedPages, count, wanted);
    int first = wantedPages[0].index();
    reads.add(first + "-" + (first + count - 1));
    while (gateClosed) {
      atGate++;
      vm.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
      atGate--;
    }
    transfer();
    PagerResult result = nextRead;
    if (!unreadable.subSet(first, first + count).isEmpty()) {
      result = PagerResult.ERROR;
    }
    for (int i = 0; i < count; i++) {
      VmPage p = wantedPages[i];
      byte[] data = pages.get(p.index());
      if (result == PagerResult.OK && data != null) {
        vm.memory.put(p.address(), data, 0, data.length);
        p.clear(VmPage.ZERO);
        p.setValidClean(0, data.length);
      }
      if (i != wanted) {
        if (p.fullyValid()) {
          p.deactivate();
          p.wakeup();
        } else {
          p.free();
        }
      }
    }
    return result;
  }

  @Override
  public void putPages(VmObject object, VmPage[] out, int count, int flags, PagerResult[] results) {
    int first = out[0].index();
    writes.add(first + "-" + (first + count - 1));
    transfer();
    for (int i = 0; i < count; i++) {
      results[i] = failing.contains(out[i].index()) ? PagerResult.ERROR : nextWrite;
      if (results[i] == PagerResult.OK) {
        byte[] data = new byte[Page.SIZE];
        vm.memory.get(out[i].address(), data, 0, Page.SIZE);
        pages.put(out[i].index(), data);
      }
    }
  }

  private void transfer() {
    if (delay > 0) {
      vm.scheduler.sleep(new Object(), false, vm.time.now() + delay);
    }
    inTransfer.run();
  }

  byte[] page(int index) {
    byte[] data = pages.get(index);
    if (data == null) {
      throw new AssertionError("the pager has no page " + index);
    }
    return data;
  }
}
