// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;

import dev.faultline.kernel.sched.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The scene of the interleaving tests: four pages of a process, whose second one several threads
 * are at; its content is with a pager, which lets others run in the middle of every transfer.
 */
final class SharedPage {
  /** What the page holds at the start, and what is stored. */
  static final int OLD = 0x41;

  static final int NEW = 0x17;
  static final int OTHERS = 0x2B;
  private static final int PAGES = 4;

  /** Where the pages come from. */
  enum Setting {
    FILE_SHARED,
    FILE_PRIVATE,
    SWAPPED,
    FORKED,
    CHAINED,
    SHARED_ANON,
    WIRED;

    boolean file() {
      return this == FILE_SHARED || this == FILE_PRIVATE;
    }

    boolean shared() {
      return this == FILE_SHARED || this == SHARED_ANON;
    }
  }

  final TestMachine m;
  final TestSwap swap;
  final Setting setting;
  final VmSpace s;
  final TestMachine.@Nullable TestFile file;

  /** Another process with the same memory, while it lives. */
  @Nullable VmSpace other;

  final int base;
  final int va;

  /** What loads have seen, -1 for a refusal. */
  final List<Integer> seen = new ArrayList<>();

  boolean stored;
  private int running;
  private final int wiredBefore;

  SharedPage(TestMachine m, Setting setting) {
    this.m = m;
    this.setting = setting;
    swap = m.swap(500);
    file = setting.file() ? m.file(PAGES) : null;
    wiredBefore = m.vm.queues.wired();
    s = m.space();
    base = map(s);
    va = base + PAGE;
    if (file == null) {
      for (int i = 0; i < PAGES; i++) {
        m.store(s, base + i * PAGE, OLD - 1 + i);
      }
    }
    switch (setting) {
      case FILE_SHARED, FILE_PRIVATE -> {
        VmSpace o = m.space();
        other = o;
        map(o);
      }
      case FORKED, SHARED_ANON -> other = m.fork(s);
      case CHAINED -> {
        other = m.fork(s);
        m.store(s, base, 1);
        VmSpace third = m.fork(s);
        m.store(s, base + 3 * PAGE, 2);
        m.store(third, base, 3);
        third.release();
      }
      case SWAPPED -> {}
      case WIRED -> must(s.wire(base, PAGES * PAGE).ok(), "mlock");
    }
    pageOutAll();
    swap.inTransfer = m.scheduler::yieldNow;
    if (file != null) {
      file.pager.inTransfer = m.scheduler::yieldNow;
    }
  }

  private int map(VmSpace space) {
    TestMachine.TestFile f = file;
    if (f != null) {
      return f.map(space, 0, PAGES, RW, setting.shared());
    }
    return TestMachine.ok(
        space.mapAnonymous(0x1000_0000, PAGES * PAGE, RW, RWX, setting.shared(), true));
  }

  static void must(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  int length() {
    return PAGES * PAGE;
  }

  TestMachine.TestFile theFile() {
    TestMachine.TestFile f = file;
    if (f == null) {
      throw new AssertionError("no file here");
    }
    return f;
  }

  // ---- what threads do -----------------------------------------------------------------------

  void pause() {
    m.scheduler.yieldNow();
  }

  void load() {
    seen.add(m.tryLoad(s, va));
  }

  void store() {
    stored |= m.tryStore(s, va, NEW);
  }

  /** A child sees one state of the page and keeps seeing it. */
  void forkAndLook(boolean write) {
    VmSpace child = m.fork(s);
    int before = m.tryLoad(child, va);
    pause();
    int after = m.tryLoad(child, va);
    if (!setting.shared() && setting != Setting.FILE_PRIVATE) {
      must(before == after, "a child's private page went from " + before + " to " + after);
    }
    if (write) {
      m.tryStore(child, va, OTHERS);
    }
    pause();
    child.release();
  }

  /** Does something as the other process, which may be about to end. */
  void asOther(Consumer<VmSpace> what) {
    VmSpace o = other;
    if (o != null) {
      o.share();
      what.accept(o);
      o.release();
    }
  }

  void otherEnds() {
    VmSpace o = other;
    if (o != null) {
      other = null;
      o.release();
    }
  }

  /** Writes the page out where it is, as the page daemon does, and takes its frame. */
  void launder() {
    for (VmMapEntry e = s.map().entryAt(va >>> 12); e != null; e = null) {
      int index = (va >>> 12) - e.start + e.offset;
      for (VmObject o = e.object; o != null; o = o.backing()) {
        VmPage p = o.lookup(index);
        if (p != null) {
          launder(o, p);
          return;
        }
        index += o.backingOffset();
      }
    }
  }

  private void launder(VmObject o, VmPage p) {
    VnodeRef vnode = o.vnode();
    if (vnode != null && !vnode.lockExclusive(m.now + 1)) {
      return;
    }
    boolean fit = p.object == o && !p.isBusyAtAll() && p.holdCount() == 0;
    if (fit && p.wireCount() == 0 && p.fullyValid() && !o.isDead()) {
      if (p.isDirty()) {
        m.vm.pageOut.flush(o, new VmPage[] {p}, 1, Pager.CLUSTER, new PagerResult[1]);
      }
      p.cache();
      m.vm.allocator.freeOneCached();
    }
    if (vnode != null) {
      vnode.unlockExclusive();
    }
  }

  void truncate(int bytes) {
    TestMachine.TestFile f = theFile();
    f.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    f.object.setSize(bytes);
    f.pager.pages.tailMap(VmObject.pagesOf(bytes)).clear();
    f.vnode.unlockExclusive();
  }

  // ---- before and after ----------------------------------------------------------------------

  private void pageOutAll() {
    for (int f = 0; f < m.memory.frames(); f++) {
      VmPage p = m.vm.allocator.frame(f);
      VmObject o = p == null ? null : p.object;
      if (p != null && o != null && o.plain() && p.queue != null) {
        m.vm.pageOut.flush(o, new VmPage[] {p}, 1, Pager.SYNC, new PagerResult[1]);
        p.cache();
      }
    }
    while (m.vm.allocator.freeOneCached()) {
      // Every frame.
    }
  }

  /** Does all of it at once, each in a thread of its own, and waits for the end. */
  void run(List<Deed> deeds) {
    for (Deed d : deeds) {
      running++;
      m.thread(
          s,
          () -> {
            d.in(this);
            running--;
            m.scheduler.wakeup(this);
          });
    }
    while (running > 0) {
      m.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    judge(deeds);
    end();
  }

  private void judge(List<Deed> deeds) {
    TreeSet<Integer> mine = new TreeSet<>();
    mine.add(OLD);
    boolean plain = true;
    TreeSet<Integer> others = new TreeSet<>();
    others.add(OLD);
    for (Deed d : deeds) {
      mine.addAll(d.shows());
      others.addAll(d.showsToOther());
      plain &= d.harmless();
    }
    if (setting.shared() || setting == Setting.FILE_PRIVATE) {
      // A file's page may be written through the other process's mapping, or truncated away.
      mine.addAll(others);
    }
    if (setting.shared()) {
      others.addAll(mine);
    }
    int last = m.tryLoad(s, va);
    seen.add(last);
    must(mine.containsAll(seen), "seen " + seen + ", possible are " + mine);
    if (stored && plain) {
      must(last == NEW, "the page shows " + last + ", not what was stored");
    }
    VmSpace o = other;
    if (o != null) {
      int shown = m.tryLoad(o, va);
      must(others.contains(shown), "the other sees " + shown + ", possible are " + others);
    }
  }

  /** All goes; nothing may be left behind. */
  private void end() {
    swap.inTransfer = () -> {};
    otherEnds();
    s.release();
    must(swap.usedPages() == 0, swap.usedPages() + " pages of swap are lost");
    must(m.vm.queues.wired() == wiredBefore, m.vm.queues.wired() - wiredBefore + " stay wired");
    int kept = 0;
    TestMachine.TestFile f = file;
    if (f != null) {
      f.pager.inTransfer = () -> {};
      kept = f.object.residentPages();
      must(f.object.references() == 1, f.object.references() + " references to the file");
      must(f.vnode.uses == 1, f.vnode.uses + " uses of the vnode");
    }
    int lost = m.memory.frames() - 1 - wiredBefore - kept - m.vm.queues.free.size();
    must(lost == 0, lost + " frames are lost");
  }
}
