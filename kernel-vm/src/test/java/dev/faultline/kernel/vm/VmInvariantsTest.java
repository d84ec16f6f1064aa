// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A check that sees nothing proves nothing: each invariant is broken on purpose, and must be
 * reported under its rule.
 */
final class VmInvariantsTest {
  /** A parent and a child after a fork, a file, a wired and a shared mapping, pages everywhere. */
  private static final class World {
    final TestMachine m = TestMachine.small();
    final TestSwap swap = m.swap(100);
    private @Nullable VmSpace parent;
    private TestMachine.@Nullable TestFile mappedFile;
    int anon;
    int mapped;
    int wired;
    int untouched;

    void build() {
      VmSpace s = m.space();
      parent = s;
      anon = m.anon(s, 4);
      for (int i = 0; i < 4; i++) {
        m.store(s, anon + i * PAGE, i + 1);
      }
      VmSpace child = m.fork(s);
      m.store(s, anon, 9);
      m.load(child, anon);
      mappedFile = m.file(4);
      mapped = file().map(s, 0, 4, RW, true);
      m.load(s, mapped);
      wired = TestMachine.ok(s.mapAnonymous(0x3000_0000, 2 * PAGE, RW, RW, false, true));
      assertThat(s.wire(wired, 2 * PAGE).ok()).isTrue();
      untouched = TestMachine.ok(s.mapAnonymous(0x5000_0000, 2 * PAGE, RW, RW, false, true));
    }

    VmSpace s() {
      if (parent == null) {
        throw new AssertionError("not built");
      }
      return parent;
    }

    TestMachine.TestFile file() {
      if (mappedFile == null) {
        throw new AssertionError("not built");
      }
      return mappedFile;
    }

    VmMapEntry entry(int va) {
      return m.entry(s(), va);
    }

    VmObject object(int va) {
      return m.object(s(), va);
    }

    VmPage page(int va) {
      return m.page(s(), va);
    }

    VmPage freePage() {
      VmPage p = m.vm.queues.free.head;
      if (p == null) {
        throw new AssertionError("nothing is free");
      }
      return p;
    }

    VmPage cached() {
      VmPage p = page(mapped);
      p.cache();
      assertThat(p.queueName()).isEqualTo("cache");
      return p;
    }

    VmObject shadow() {
      VmObject o = object(anon);
      assertThat(o.backing()).isNotNull();
      return o;
    }

    VmObject behind() {
      VmObject o = shadow().backing();
      if (o == null) {
        throw new AssertionError("no shadow");
      }
      return o;
    }

    // ---- page tables, as bytes of RAM ----

    int directoryEntry(int slot) {
      return s().pmap().directoryAddress() + 4 * slot;
    }

    int tableEntry(int va) {
      int pde = m.memory.read32(PageTableEntry.directoryEntryAddress(directoryEntry(0), va));
      return PageTableEntry.tableEntryAddress(pde, va);
    }

    void change(int address, int clear, int set) {
      m.memory.write32(address, m.memory.read32(address) & ~clear | set);
    }
  }

  private interface Breakage {
    void in(World w);
  }

  private record Case(String rule, String what, boolean atRest, Breakage breakage) {}

  private final List<Case> cases = new ArrayList<>();

  private void broken(String rule, String what, Breakage breakage) {
    cases.add(new Case(rule, what, false, breakage));
  }

  private void brokenAtRest(String rule, String what, Breakage breakage) {
    cases.add(new Case(rule, what, true, breakage));
  }

  /** For what no method lets one break. */
  private static void poke(Object target, String name, @Nullable Object value) {
    try {
      Class<?> c = target.getClass();
      while (!has(c, name)) {
        c = c.getSuperclass();
      }
      Field f = c.getDeclaredField(name);
      f.setAccessible(true);
      f.set(target, value);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static Object peek(Object target, String name) {
    try {
      Field f = target.getClass().getDeclaredField(name);
      f.setAccessible(true);
      return f.get(target);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static boolean has(Class<?> c, String name) {
    for (Field f : c.getDeclaredFields()) {
      if (f.getName().equals(name)) {
        return true;
      }
    }
    return false;
  }

  @BeforeEach
  void queues() {
    broken("P1", "a page on a list that it does not know of", w -> w.freePage().queue = null);
    broken("P1", "a page that claims a queue", w -> w.page(w.wired).queue = w.m.vm.queues.active);
    broken("P1", "a queue's length", w -> poke(w.m.vm.queues.active, "size", 3));
    broken("P1", "a queue's backward link", w -> w.freePage().queuePrevious = w.page(w.anon));
    broken("P1", "a page on no queue", w -> w.m.vm.queues.unqueueQuietly(w.page(w.anon)));
    broken("P1", "a frame that nobody owns", w -> w.m.vm.queues.unqueueQuietly(w.freePage()));
    broken(
        "P1",
        "an unzeroed frame among the zeroed",
        w -> {
          VmPage p = w.freePage();
          p.clear(VmPage.ZERO);
          w.m.vm.queues.free.remove(p);
          w.m.vm.queues.free.addLast(p);
        });
    broken("P2", "a free page with content", w -> w.freePage().setMasks(1, 0));
    broken("P2", "a busy free page", w -> w.freePage().set(VmPage.BUSY));
    broken("P2", "a held free page", w -> poke(w.freePage(), "holdCount", 1));
    broken("P2", "a wired free page", w -> w.freePage().changeWireCount(1));
    broken("P2", "a dirty cached page", w -> w.cached().setMasks(0xFF, 1));
    broken("P2", "a busy cached page", w -> w.cached().set(VmPage.BUSY));
    broken("P2", "a held cached page", w -> poke(w.cached(), "holdCount", 1));
    broken(
        "P2",
        "a mapped cached page",
        w -> {
          VmPage p = w.page(w.anon);
          w.m.vm.queues.unqueueQuietly(p);
          w.m.vm.queues.cache.addLast(p);
        });
    broken("P3", "a wired page on a queue", w -> w.m.vm.queues.active.addLast(w.page(w.wired)));
    broken("P3", "an unmanaged page on a queue", w -> w.page(w.anon).set(PageFrame.UNMANAGED));
    broken("P4", "a page elsewhere than its index", w -> w.page(w.anon).index = 77);
    broken("P4", "an object's count", w -> poke(peek(w.object(w.anon), "pages"), "size", 9));
    broken("P4", "an object's list", w -> w.page(w.anon).objectPrevious = w.freePage());
    broken("P5", "a busy page of no object", w -> w.freePage().set(VmPage.BUSY));
    broken("P6", "a page's writes", w -> poke(w.page(w.anon), "softBusy", 1));
    broken("P6", "the sum of writes", w -> w.m.vm.writesInFlight++);
    broken(
        "P8",
        "a page on the hold queue that nobody holds",
        w -> {
          VmPage p = w.freePage();
          w.m.vm.queues.free.remove(p);
          w.m.vm.queues.held.addLast(p);
        });
    broken("P9", "the number of wired frames", w -> poke(w.m.vm.queues, "wired", 1));
    broken("P9", "a negative count", w -> poke(w.page(w.anon), "holdCount", -1));
    broken("P9", "wired once too often", w -> w.page(w.wired).changeWireCount(1));
    broken("P9", "wired by nobody", w -> w.page(w.anon).wire());
    broken("P11", "the number of zeroed frames", w -> poke(w.m.vm.allocator, "zeroFrames", 1));
    brokenAtRest(
        "P11",
        "a frame that is not zero",
        w -> {
          VmPage p = w.m.vm.queues.free.tail;
          w.m.memory.write8(p == null ? 0 : p.address() + 4095, 1);
        });
    broken("D8", "more activity than there is", w -> w.page(w.anon).activity = 65);
    broken(
        "PI6",
        "a page being written, writable",
        w -> {
          w.page(w.anon).beginIo();
          w.object(w.anon).beginPaging();
        });
    broken(
        "PI6",
        "a page being written, no paging counted",
        w -> {
          w.page(w.anon).beginIo();
          w.page(w.anon).writeProtect();
        });
  }

  @BeforeEach
  void objects() {
    broken("O1", "a file with one mapping", w -> w.file().object.set(VmObject.ONEMAPPING));
    broken("O2", "a reference too few", w -> w.object(w.anon).dropReference());
    brokenAtRest("O2", "a reference too many", w -> w.object(w.anon).reference());
    broken("O2", "the number of shadows", w -> poke(w.behind(), "shadowCount", 5));
    broken("O2", "the list of shadows", w -> w.behind().firstShadow = null);
    broken("O4", "paging below zero", w -> poke(w.object(w.anon), "paging", -1));
    brokenAtRest("F4", "paging for ever", w -> w.object(w.anon).beginPaging());
    broken("O5", "a dead object that is mapped", w -> w.object(w.anon).set(VmObject.DEAD));
    brokenAtRest("O8", "a dead object with pages", w -> w.object(w.anon).set(VmObject.DEAD));
    broken("O17", "a page beyond its object", w -> w.file().object.setByteSize(0));
    broken("F69", "an object behind itself", w -> poke(w.behind(), "backing", w.shadow()));
    broken("M8", "one mapping, two entries", w -> w.behind().set(VmObject.ONEMAPPING));
    broken(
        "DP1",
        "memory never paged out, on swap",
        w -> {
          VmPage p = w.page(w.anon);
          w.swap.putPages(w.shadow(), new VmPage[] {p}, 1, 0, new PagerResult[1]);
        });
    broken("S9", "swap that no object has", w -> poke(w.swap, "used", -1));
    brokenAtRest("S9", "swap that is lost", w -> poke(w.swap, "used", 1));
    brokenAtRest(
        "P14",
        "a dirty page of an object that knows of none",
        w -> {
          w.page(w.mapped).makeDirty();
          w.file().object.clear(VmObject.MIGHTBEDIRTY);
        });
    brokenAtRest("F4", "a page left busy", w -> w.page(w.anon).setBusy());
  }

  @BeforeEach
  void maps() {
    broken("M1", "an empty entry", w -> w.entry(w.anon).end = w.entry(w.anon).start);
    broken("M1", "entries that overlap", w -> w.entry(w.anon).end += 0x20000);
    broken("M1", "a backward link", w -> w.entry(w.mapped).previous = w.entry(w.mapped));
    broken("M1", "a map's size", w -> poke(w.s().map().entries, "pages", 3));
    broken("M1", "a map's count", w -> poke(w.s().map().entries, "count", 3));
    broken("M1", "rights that may not be given", w -> w.entry(w.anon).maxProtection = 0);
    broken(
        "M1",
        "a copy needed without copy on write",
        w -> w.entry(w.untouched).flags |= VmMapEntry.NEEDS_COPY);
    broken(
        "M4",
        "an entry that no search finds",
        w -> {
          w.entry(w.anon).left = null;
          w.entry(w.anon).right = null;
          w.entry(w.mapped).left = null;
          w.entry(w.mapped).right = null;
        });
    broken("M25", "an entry beyond its object", w -> w.object(w.anon).setPages(1));
    broken("M40", "wired by its process, but not", w -> w.entry(w.wired).wiredCount = 0);
    broken("M45", "a wired page not there", w -> w.entry(w.anon).wiredCount = 1);
    broken("M10", "the longest gap", w -> w.entry(w.anon).largestGap = 1);
    broken("M10", "the height of a tree", w -> w.entry(w.anon).height = 9);
    broken(
        "M50",
        "a waiter without transition",
        w -> w.entry(w.anon).flags |= VmMapEntry.NEEDS_WAKEUP);
    brokenAtRest(
        "M50", "a transition for ever", w -> w.entry(w.anon).flags |= VmMapEntry.IN_TRANSITION);
    brokenAtRest("F4", "a map left locked", w -> w.s().map().lock());
    broken(
        "F4",
        "a lock shared and exclusive",
        w -> {
          w.s().map().lock();
          poke(w.s().map().lock, "shared", 1);
        });
    brokenAtRest("M60", "a fork for ever", w -> w.s().map().inFork = true);
    broken("M72", "a stack beyond its limit", w -> w.entry(w.anon).stackLeft = -1);
    broken("M17", "a submap that is none", w -> w.entry(w.anon).flags |= VmMapEntry.IS_SUB_MAP);
    broken(
        "M11",
        "a mapping outside of all entries",
        w -> {
          VmPage p = w.page(w.anon);
          w.s().pmap().enter(w.anon + 8 * PAGE, p, Protection.READ, false);
        });
    broken(
        "M23",
        "a mapping where there is no object",
        w -> w.s().pmap().enter(w.untouched, w.page(w.anon), Protection.READ, false));
    broken("M30", "a right more than the entry's", w -> w.entry(w.anon).protection = 1);
    broken(
        "M20",
        "writable though a copy is needed",
        w -> w.entry(w.anon).flags |= VmMapEntry.NEEDS_COPY);
    broken(
        "F73",
        "a page below the first object, writable",
        w -> {
          w.m.load(w.s(), w.anon + PAGE);
          w.s().pmap().enter(w.anon + PAGE, w.page(w.anon + PAGE), RW, false);
        });
    broken(
        "O16",
        "a page that is covered by another",
        w -> {
          w.m.load(w.s(), w.anon + PAGE);
          VmPage own = w.shadow().grabPage(1);
          if (own != null) {
            own.setValid(0xFF);
            own.activate();
            own.wakeup();
          }
        });
    broken(
        "O16",
        "a page of another object",
        w -> w.s().pmap().enter(w.mapped, w.page(w.anon), Protection.READ, false));
  }

  @BeforeEach
  void pageTables() {
    broken("PM34", "a table entry lost", w -> w.m.memory.write32(w.tableEntry(w.anon), 0));
    broken(
        "PM34", "the resident count", w -> poke(peek(w.s().pmap(), "entries"), "residentCount", 1));
    broken("PM34", "the wired count", w -> poke(peek(w.s().pmap(), "entries"), "wiredCount", 9));
    broken("PM34", "a page without MAPPED", w -> w.page(w.anon).clear(PageFrame.MAPPED));
    broken("PM34", "W without WRITEABLE", w -> w.page(w.anon).clear(PageFrame.WRITEABLE));
    broken("PM34", "an end of a PV list", w -> poke(w.page(w.anon), "pvTail", 99));
    broken("PM34", "a PV list", w -> poke(w.page(w.anon), "pvHead", -1));
    broken("PM34", "wired entry, page not", w -> w.s().pmap().changeWiring(w.anon, true));
    broken(
        "PM34",
        "a frame exchanged",
        w -> w.change(w.tableEntry(w.anon), 0xFFFF_F000, w.freePage().address()));
    broken(
        "PM35",
        "dirty but not writable",
        w -> w.change(w.tableEntry(w.anon), PageTableEntry.WRITABLE, PageTableEntry.DIRTY));
    broken(
        "PM2",
        "a table's count of entries",
        w -> {
          VmPage table = w.m.vm.allocator.frame(w.tableEntry(w.anon) >>> Page.SHIFT);
          if (table != null) {
            poke(table, "holdCount", 1);
          }
        });
    broken("PM2", "a directory entry without table", w -> w.change(w.directoryEntry(5), 0, 0x1000));
    broken(
        "PM2", "a directory entry outside of RAM", w -> w.change(w.directoryEntry(5), 0, ~0xFFE));
    broken("PM3", "a kernel entry of its own", w -> w.change(w.directoryEntry(1000), 0, 0x1003));
    broken("PM8", "a global user page", w -> w.change(w.tableEntry(w.anon), 0, 0x100));
    broken(
        "PM13",
        "a managed page without PV entry",
        w -> w.change(w.tableEntry(w.anon), PageTableEntry.AVAILABLE_1, 0));
    broken("PM17", "an absent entry that is not zero", w -> w.change(w.tableEntry(w.anon), 1, 0));
    broken("PM26", "a PV entry of an unmanaged page", w -> w.page(w.anon).set(PageFrame.UNMANAGED));
  }

  @TestFactory
  @DisplayName("M1 P1 P2 P3 P4 O2 S9 PM34 PM35 each broken invariant is seen and named")
  List<DynamicTest> eachIsSeen() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Case c : cases) {
      tests.add(DynamicTest.dynamicTest(c.rule + " " + c.what, () -> isSeen(c)));
    }
    return tests;
  }

  private static void isSeen(Case c) {
    World w = new World();
    w.m.run(w::build);
    assertThat(VmInvariants.find(w.m.vm)).as("before").isEmpty();
    w.m.scheduler.execute("break", () -> c.breakage.in(w));
    if (c.atRest) {
      assertThatThrownBy(() -> VmInvariants.checkIdle(w.m.vm))
          .isInstanceOf(KernelPanic.class)
          .hasMessageContaining("\n" + c.rule + ": ");
    } else {
      assertThat(VmInvariants.find(w.m.vm)).anyMatch(line -> line.startsWith(c.rule + ": "));
    }
  }

  @Test
  @DisplayName("M1 a structure that breaks the check itself is reported, not thrown")
  void neverThrows() {
    TestMachine m = TestMachine.small();
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          VmMapEntry e = m.entry(s, va);
          poke(e, "next", null);
          assertThat(m.vm.brokenInvariants()).isNotEmpty();
          e.next = s.map().header;
          s.release();
        });
  }
}
