// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;

import dev.faultline.kernel.sched.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A file of the random test: what read, write and truncate do to a vnode's object, and beside it
 * the bytes that the file must have.
 */
final class FileModel {
  /** Where a page is looked at. */
  static final int[] PROBES = {0, 700, 2049, 4095};

  /** More than can be overwritten while one operation sleeps. */
  private static final int MAX_PAST = 1000;

  /** What a page had until a moment. */
  private static final class Past {
    final long until;
    final int[] bytes;

    Past(long until, int[] bytes) {
      this.until = until;
      this.bytes = bytes;
    }
  }

  private final TestMachine m;
  private final TestMachine.TestFile file;
  private final int maxPages;
  private final int[][] bytes;
  private final int[] wired;
  private final int[] cuts;
  private final List<Deque<Past>> history = new ArrayList<>();
  private long size;
  private long moment;

  FileModel(TestMachine m, int pages, int maxPages) {
    this.m = m;
    this.maxPages = maxPages;
    file = m.file(pages);
    size = (long) pages * PAGE;
    bytes = new int[maxPages][PROBES.length];
    wired = new int[maxPages];
    cuts = new int[maxPages];
    for (int i = 0; i < maxPages; i++) {
      history.add(new ArrayDeque<>());
    }
    for (int i = 0; i < pages; i++) {
      Arrays.fill(bytes[i], file.pager.page(i)[0] & 0xFF);
    }
  }

  TestMachine.TestFile file() {
    return file;
  }

  /** What the file has in a page now. */
  int[] page(int index) {
    return bytes[index];
  }

  boolean hasPage(int index) {
    return index < VmObject.pagesOf(size);
  }

  /** True if a byte is in the file, not behind its end in the last page. */
  boolean has(int index, int probe) {
    return (long) index * PAGE + PROBES[probe] < size;
  }

  /** How often the page was cut off, and the private copies of it. */
  int cuts(int index) {
    return cuts[index];
  }

  /** A point in time, to ask later what a page had since. */
  long moment() {
    return moment;
  }

  /** All that the page had since a moment, what it has now first. */
  List<int[]> since(int index, long start) {
    List<int[]> all = new ArrayList<>();
    all.add(bytes[index].clone());
    for (Past past : history.get(index)) {
      if (past.until < start) {
        break;
      }
      all.add(past.bytes);
    }
    return all;
  }

  /** More or fewer processes have wired a page. */
  void countWired(int index, int by) {
    wired[index] += by;
  }

  /** Changes a byte, as a store through a shared mapping does. */
  void store(int index, int probe, int value) {
    Deque<Past> past = history.get(index);
    past.addFirst(new Past(moment++, bytes[index].clone()));
    if (past.size() > MAX_PAST) {
      past.removeLast();
    }
    bytes[index][probe] = value;
  }

  /** Changes a byte through the cache, as write() does; the file grows if need be. */
  void write(int index, int probe, int value) {
    file.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    long end = (long) index * PAGE + PROBES[probe] + 1;
    if (end > size) {
      size = end;
      file.object.setSize(end);
      fillHoles();
    }
    VmPage p = grab(index);
    m.memory.write8(p.address() + PROBES[probe], value);
    p.clear(VmPage.ZERO);
    p.activate();
    p.makeDirty(PROBES[probe], 1);
    p.wakeup();
    store(index, probe, value);
    file.vnode.unlockExclusive();
  }

  /** The bytes of a page through the cache, as read() sees them. */
  int[] read(int index) {
    file.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    int[] seen = new int[PROBES.length];
    if (hasPage(index)) {
      VmPage p = grab(index);
      for (int i = 0; i < PROBES.length; i++) {
        seen[i] = m.memory.read8(p.address() + PROBES[i]);
      }
      p.activate();
      p.wakeup();
    }
    file.vnode.unlockExclusive();
    return seen;
  }

  /**
   * Every page is stored. A hole would be another thing: a load through a private mapping may give
   * the process a page of zeros of its own there (F62, F70), which no later write() changes.
   */
  private void fillHoles() {
    for (int i = 0; i < VmObject.pagesOf(size); i++) {
      file.pager.pages.putIfAbsent(i, new byte[PAGE]);
    }
  }

  private VmPage grab(int index) {
    VmPage p = file.object.grabPage(index);
    if (p == null) {
      throw new AssertionError("no page");
    }
    if (p.valid() == 0 && file.pager.pages.containsKey(index)) {
      PagerResult result = file.object.getPages(new VmPage[] {p}, 1, 0);
      if (result != PagerResult.OK) {
        throw new AssertionError("read failed: " + result);
      }
    } else if (!p.fullyValid()) {
      p.zeroInvalid(true);
    }
    return p;
  }

  /** Changes the size, as truncate() does, but to no less than the wired pages need. */
  void truncate(long wantedSize) {
    file.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    long newSize = wantedSize;
    for (int i = 0; i < maxPages; i++) {
      newSize = wired[i] > 0 && hasPage(i) ? Math.max(newSize, (i + 1L) * PAGE) : newSize;
    }
    file.object.setSize(newSize);
    int pages = VmObject.pagesOf(newSize);
    file.pager.pages.tailMap(pages).clear();
    byte[] last = file.pager.pages.get(pages - 1);
    if (last != null && newSize % PAGE != 0) {
      Arrays.fill(last, (int) (newSize % PAGE), PAGE, (byte) 0);
    }
    size = newSize;
    fillHoles();
    for (int i = 0; i < maxPages; i++) {
      for (int k = 0; k < PROBES.length; k++) {
        if (!has(i, k) && bytes[i][k] != 0) {
          store(i, k, 0);
        }
      }
      if (!hasPage(i)) {
        // No copy of what was there is left either.
        history.get(i).clear();
        cuts[i]++;
      }
    }
    file.vnode.unlockExclusive();
  }
}
