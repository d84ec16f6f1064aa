// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A swap space in host memory: synchronous writes, a limit, a gate for reads. */
final class TestSwap implements SwapSpace {
  private final VmSystem vm;
  private final int capacity;
  private int used;
  boolean full;
  boolean gateClosed;
  int atGate;

  /** Virtual nanoseconds that every transfer takes. */
  long delay;

  /** What happens in the middle of every transfer: a test lets others run there. */
  Runnable inTransfer = () -> {};

  TestSwap(VmSystem vm, int capacity) {
    this.vm = vm;
    this.capacity = capacity;
  }

  @SuppressWarnings("unchecked")
  private static NavigableMap<Integer, byte[]> slots(VmObject o) {
    Object data = o.pagerData();
    if (data == null) {
      TreeMap<Integer, byte[]> fresh = new TreeMap<>();
      o.setPagerData(fresh);
      return fresh;
    }
    return (NavigableMap<Integer, byte[]>) data;
  }

  private void transferTime() {
    if (delay > 0) {
      vm.scheduler.sleep(new Object(), false, vm.time.now() + delay);
    }
    inTransfer.run();
  }

  int used() {
    return used;
  }

  boolean has(VmObject o, int index) {
    return slots(o).containsKey(index);
  }

  /** Says that it has a page, which nobody wrote to it. */
  void pretend(VmObject o, int index) {
    slots(o).put(index, new byte[Page.SIZE]);
    used++;
  }

  void open() {
    gateClosed = false;
    vm.scheduler.wakeup(this);
  }

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    return slots(object).containsKey(index);
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    for (int i = 0; i < count; i++) {
      if (i != wanted) {
        pages[i].free();
      }
    }
    while (gateClosed) {
      atGate++;
      vm.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
      atGate--;
    }
    transferTime();
    VmPage p = pages[wanted];
    byte[] data = slots(object).get(p.index());
    if (data == null) {
      return PagerResult.FAIL;
    }
    vm.meter.increment(Counter.V_SWAPIN);
    vm.meter.increment(Counter.V_SWAPPGSIN);
    vm.memory.put(p.address(), data, 0, Page.SIZE);
    p.clear(VmPage.ZERO);
    p.setValidClean(0, Page.SIZE);
    return PagerResult.OK;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    vm.meter.increment(Counter.V_SWAPOUT);
    transferTime();
    for (int i = 0; i < count; i++) {
      boolean there = has(object, pages[i].index());
      if (!there && used == capacity) {
        full = true;
        results[i] = PagerResult.FAIL;
        continue;
      }
      byte[] data = new byte[Page.SIZE];
      vm.memory.get(pages[i].address(), data, 0, Page.SIZE);
      slots(object).put(pages[i].index(), data);
      used += there ? 0 : 1;
      results[i] = PagerResult.OK;
      vm.meter.increment(Counter.V_SWAPPGSOUT);
    }
  }

  @Override
  public void unswapped(VmPage page) {
    VmObject o = page.object();
    if (o != null) {
      free(o, page.index(), 1);
    }
  }

  @Override
  public void dealloc(VmObject object) {
    if (object.pagerData() != null) {
      free(object, 0, Integer.MAX_VALUE);
    }
  }

  @Override
  public void free(VmObject object, int start, int count) {
    var range =
        slots(object).subMap(start, (int) Math.min(Integer.MAX_VALUE, (long) start + count));
    used -= range.size();
    full &= range.isEmpty();
    range.clear();
  }

  @Override
  public void transfer(VmObject source, VmObject target, int offset, boolean destroy) {
    for (int i = 0; i < target.size(); i++) {
      byte[] data = slots(source).remove(i + offset);
      if (data != null && slots(target).putIfAbsent(i, data) == null) {
        target.becomeSwap();
      } else if (data != null) {
        used--;
      }
    }
    if (destroy) {
      free(source, 0, Integer.MAX_VALUE);
      source.becomeDefault();
    }
  }

  @Override
  public int totalPages() {
    return capacity;
  }

  @Override
  public int freePages() {
    return capacity - used;
  }

  @Override
  public boolean full() {
    return full;
  }

  @Override
  public int usedPages() {
    return used;
  }

  @Override
  public int usedBy(VmObject object) {
    return slots(object).size();
  }

  /** Maps lead to all of them here. */
  @Override
  public void eachObject(Consumer<VmObject> to) {}

  @Override
  public int writesInFlight() {
    return 0;
  }
}
