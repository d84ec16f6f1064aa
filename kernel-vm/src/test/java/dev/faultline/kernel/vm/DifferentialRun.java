// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.FileModel.PROBES;
import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One run of a sequence of operations: several processes, each with a thread that takes the next
 * operation when it has finished one, on a machine so small that pages are stolen all the time; and
 * the models of the processes, which every byte read is compared with.
 */
final class DifferentialRun {
  private static final int BASE = 0x1000_0000;
  private static final int PAGES = 64;
  private static final int BALLAST = 150;
  private static final int FILE_PAGES = 24;
  private static final int PROCESSES = 5;
  private static final int MAX_WIRED = 24;
  private static final int SWAP_PAGES = 20_000;
  private static final long SETTLING = 60_000_000_000L;

  /** A process with what it must see. */
  private record Guest(VmSpace space, ProcessModel model) {}

  /** A place for a process, with the thread that runs it. */
  private static final class Slot {
    @Nullable Guest guest;
    boolean reserved;
  }

  /** What went wrong, and how many operations had been begun by then. */
  static final class Failure extends AssertionError {
    private static final long serialVersionUID = 1;
    final int begun;

    private Failure(int begun, Throwable cause) {
      super(begun + " operations begun: " + cause.getMessage(), cause);
      this.begun = begun;
    }
  }

  private final List<Operation> operations;
  private final int checkEvery;
  private final TestMachine m = new TestMachine(2).withDaemon();
  private final TestSwap swap = m.swap(SWAP_PAGES);
  private final FileModel file;
  private final Slot[] slots = new Slot[PROCESSES];
  private final Object finished = new Object();
  private int position;
  private int running;
  private int wired;

  private DifferentialRun(List<Operation> operations, long seed, int checkEvery) {
    this.operations = operations;
    this.checkEvery = checkEvery;
    file = new FileModel(m, FILE_PAGES / 2, FILE_PAGES);
    Random random = new Random(seed);
    m.scheduler.setPolicy((queue, count) -> random.nextInt(count));
    swap.delay = 1_000_000;
    file.file().pager.delay = 700_000;
    for (int i = 0; i < PROCESSES; i++) {
      slots[i] = new Slot();
    }
  }

  /**
   * Runs a sequence; throws a {@link Failure} if a byte differs, an invariant breaks or the kernel
   * panics.
   *
   * @param seed of the order in which threads run
   * @param checkEvery operations between two checks of all invariants
   * @return pages read from swap
   */
  static long run(List<Operation> operations, long seed, int checkEvery) {
    DifferentialRun run = new DifferentialRun(operations, seed, checkEvery);
    try {
      run.m.run(run::all);
      return run.m.count(Counter.V_SWAPPGSIN);
    } catch (RuntimeException | AssertionError e) {
      throw new Failure(run.position, e);
    } finally {
      run.m.scheduler.stop();
    }
  }

  private void all() {
    VmSpace nowhere = m.space();
    for (int i = 0; i < PROCESSES; i++) {
      Slot slot = slots[i];
      if (i < 3) {
        slot.guest = fresh();
      }
      running++;
      m.thread(nowhere, () -> live(slot));
    }
    while (running > 0) {
      m.scheduler.sleep(finished, false, Scheduler.NO_DEADLINE);
    }
    nowhere.release();
    // What the page daemon has begun, it ends.
    m.scheduler.sleep(finished, false, m.now + SETTLING);
    if (swap.usedPages() != 0) {
      throw new AssertionError(swap.usedPages() + " pages of swap are lost");
    }
    int kept = file.file().object.residentPages();
    int inQueues = m.vm.queues.active.size() + m.vm.queues.inactive.size();
    inQueues += m.vm.queues.cache.size();
    if (inQueues > kept) {
      throw new AssertionError(inQueues + " pages in use, of which the file has " + kept);
    }
  }

  private Guest fresh() {
    Guest g = new Guest(m.space(), new ProcessModel());
    int va = va(PAGES);
    TestMachine.ok(g.space.mapAnonymous(va, BALLAST * PAGE, RW, RWX, false, true));
    for (int i = PAGES; i < PAGES + BALLAST; i++) {
      g.model.pages.put(i, anonymous(ProcessModel.Kind.PRIVATE));
    }
    return g;
  }

  private static ProcessModel.Page anonymous(ProcessModel.Kind kind) {
    return new ProcessModel.Page(ProcessModel.Content.zero(), kind, RW);
  }

  private static int va(int page) {
    return BASE + page * PAGE;
  }

  // ---- a process's thread --------------------------------------------------------------------

  private void live(Slot slot) {
    while (position < operations.size()) {
      Guest g = slot.guest;
      if (g == null) {
        m.scheduler.sleep(slot, false, Scheduler.NO_DEADLINE);
        continue;
      }
      m.become(g.space);
      Operation op = operations.get(position++);
      if (position % checkEvery == 0) {
        m.vm.checkInvariants();
      }
      try {
        perform(slot, g, op);
      } catch (AssertionError e) {
        throw new AssertionError("operation " + (position - 1) + ", " + op + ": " + e, e);
      }
    }
    Guest last = slot.guest;
    if (last != null) {
      compareAll(last);
      last.space.release();
      slot.guest = null;
    }
    running--;
    for (Slot s : slots) {
      m.scheduler.wakeup(s);
    }
    m.scheduler.wakeup(finished);
  }

  private void perform(Slot slot, Guest g, Operation op) {
    int page = op.page() % PAGES;
    int count = Math.min(op.count(), PAGES - page);
    switch (op.kind()) {
      case LOAD -> compare(g, op.page() % (PAGES + BALLAST));
      case STORE -> store(g, page, op.value());
      case PRESSURE -> pressure(g, op);
      case MAP_ANON -> mapAnonymous(g, page, count, ProcessModel.Kind.PRIVATE);
      case MAP_SHARED -> mapAnonymous(g, page, count, ProcessModel.Kind.SHARED);
      case MAP_FILE_PRIVATE -> mapFile(g, page, count, op.value(), false);
      case MAP_FILE_SHARED -> mapFile(g, page, count, op.value(), true);
      case UNMAP -> unmap(g, page, count);
      case PROTECT -> protect(g, page, count, op.value() % 4);
      case FORK -> fork(g);
      case EXIT -> exit(slot, g);
      case DISCARD -> discard(g, page, count);
      case ADVISE -> advise(g, page, count, op.value());
      case FREE -> free(g, page, count);
      case MOVE -> move(g, page, count, op.value());
      case MAP_AGAIN -> mapAgain(g, page, op.value());
      case KEEP_FROM_CHILDREN -> keepFromChildren(g, page, count, op.value() % 2 == 0);
      case WIRE -> wire(g, page, count);
      case UNWIRE -> unwire(g, page, count);
      case SYNC -> g.space.sync(va(page), count * PAGE, true, op.value() % 2 == 0);
      case INHERIT -> inherit(g, page, count, op.value());
      case FILE_WRITE ->
          file.write(op.page() % FILE_PAGES, op.count() % PROBES.length, op.value() & 0xFF);
      case FILE_READ -> readFile(op.page() % FILE_PAGES);
      case FILE_TRUNCATE -> file.truncate((long) op.value() * FILE_PAGES * PAGE >>> 16);
      case LAUNDER -> launder();
      case YIELD -> m.scheduler.yieldNow();
    }
  }

  // ---- access --------------------------------------------------------------------------------

  private void compare(Guest g, int page) {
    int[] seen = look(g, page);
    ProcessModel.Page p = g.model.at(page);
    boolean may = p != null && p.protection != Protection.NONE && p.content.accessible();
    if (may != seen.length > 0) {
      throw new AssertionError(
          String.format(
              "page %d shows %s, but is %s",
              page, Arrays.toString(seen), p == null ? "not mapped" : p));
    }
    if (p != null && may && !p.content.accepts(seen)) {
      throw new AssertionError(
          "page " + page + " shows " + Arrays.toString(seen) + " instead of " + p.content);
    }
  }

  /** The bytes of a page; none if it may not be read. Only the first may sleep. */
  private int[] look(Guest g, int page) {
    int[] seen = new int[PROBES.length];
    for (int i = 0; i < PROBES.length; i++) {
      seen[i] = m.tryLoad(g.space, va(page) + PROBES[i]);
      if (seen[i] < 0) {
        return new int[0];
      }
    }
    return seen;
  }

  private void compareAll(Guest g) {
    for (int page = 0; page < PAGES + BALLAST; page++) {
      compare(g, page);
    }
  }

  private void store(Guest g, int page, int number) {
    int probe = number % PROBES.length;
    int value = number >>> 4 & 0xFF;
    ProcessModel.Page p = g.model.at(page);
    if (p != null && behindEnd(p.content, probe)) {
      return;
    }
    long start = file.moment();
    boolean stored = m.tryStore(g.space, va(page) + PROBES[probe], value);
    if (p == null) {
      if (stored) {
        throw new AssertionError("page " + page + ": store to nothing");
      }
      return;
    }
    int left = value;
    if (stored && behindEnd(p.content, probe)) {
      // The file was cut while the store waited; when it grows again its bytes are to be known.
      left = 0;
      stored = m.tryStore(g.space, va(page) + PROBES[probe], left);
    }
    boolean may = p.protection == RW && p.content.accessible();
    // What was wired without write permission has no copy of its own to write to (M21).
    boolean mayRefuse = p.wired;
    if (stored != may && !(mayRefuse && !stored)) {
      throw new AssertionError("page " + page + ": store " + (may ? "refused" : "not refused"));
    }
    if (stored) {
      int[] seen = look(g, page);
      String before = p.content.toString();
      if (!p.content.stored(probe, left, seen, start)) {
        throw new AssertionError(
            String.format(
                "page %d shows %s after a store of %d at probe %d to %s",
                page, Arrays.toString(seen), value, probe, before));
      }
    }
  }

  /** What is stored behind a file's end is kept or not. */
  private static boolean behindEnd(ProcessModel.Content c, int probe) {
    FileModel f = c.file;
    return c.fileShared && f != null && !f.has(c.fileIndex, probe);
  }

  private void pressure(Guest g, Operation op) {
    for (int i = 0; i < 4 * op.count(); i++) {
      int page = PAGES + (op.page() + i) % BALLAST;
      if ((op.value() + i) % 3 == 0) {
        compare(g, page);
      } else {
        store(g, page, op.value() + i);
      }
    }
  }

  private void readFile(int index) {
    int[] seen = file.read(index);
    if (!Arrays.equals(seen, file.page(index))) {
      throw new AssertionError(
          "read of file page "
              + index
              + ": "
              + Arrays.toString(seen)
              + " instead of "
              + Arrays.toString(file.page(index)));
    }
  }

  // ---- mapping -------------------------------------------------------------------------------

  private void forget(Guest g, int page, int count) {
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.pages.remove(i);
      if (p != null) {
        note(p, false);
      }
    }
  }

  private void mapAnonymous(Guest g, int page, int count, ProcessModel.Kind kind) {
    boolean shared = kind == ProcessModel.Kind.SHARED;
    TestMachine.ok(g.space.mapAnonymous(va(page), count * PAGE, RW, RWX, shared, true));
    forget(g, page, count);
    for (int i = page; i < page + count; i++) {
      g.model.pages.put(i, anonymous(kind));
    }
  }

  private void mapFile(Guest g, int page, int count, int where, boolean shared) {
    int first = where % (FILE_PAGES - count + 1);
    VmObject o = file.file().object;
    o.reference();
    TestMachine.ok(g.space.mapObject(va(page), count * PAGE, RW, RWX, shared, o, first, true, 0));
    forget(g, page, count);
    ProcessModel.Kind kind = shared ? ProcessModel.Kind.SHARED : ProcessModel.Kind.PRIVATE;
    for (int i = 0; i < count; i++) {
      ProcessModel.Content c = ProcessModel.Content.ofFile(file, first + i, shared);
      g.model.pages.put(page + i, new ProcessModel.Page(c, kind, RW));
    }
  }

  private void unmap(Guest g, int page, int count) {
    must(g.space.unmap(va(page), count * PAGE).ok(), "unmap");
    forget(g, page, count);
  }

  private static void must(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what + " is not as it should be");
    }
  }

  private void protect(Guest g, int page, int count, int which) {
    int protection = which == 0 ? Protection.NONE : which == 1 ? R : RW;
    boolean ok = g.space.protect(va(page), count * PAGE, protection).ok();
    must(ok == g.model.covers(page, count), "protect");
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p == null) {
        return;
      }
      p.protection = protection;
    }
  }

  private void move(Guest g, int page, int count, int where) {
    int target = where % (PAGES - count + 1);
    boolean overlaps = target < page + count && page < target + count;
    boolean whole = g.model.covers(page, count);
    MapResult r =
        g.space.remap(
            va(page), count * PAGE, count * PAGE, VmSpace.MAY_MOVE | VmSpace.FIXED, va(target));
    must(r.code().ok() == (whole && !overlaps), "remap");
    if (r.code().ok()) {
      forget(g, target, count);
      for (int i = 0; i < count; i++) {
        ProcessModel.Page p = g.model.pages.remove(page + i);
        if (p != null) {
          g.model.pages.put(target + i, p);
        }
      }
    }
  }

  /** One page of shared memory, once more. */
  private void mapAgain(Guest g, int page, int where) {
    int target = where % PAGES;
    ProcessModel.Page p = g.model.at(page);
    if (p == null || p.kind != ProcessModel.Kind.SHARED || target == page) {
      return;
    }
    TestMachine.ok(g.space.remap(va(page), 0, PAGE, VmSpace.MAY_MOVE | VmSpace.FIXED, va(target)));
    forget(g, target, 1);
    g.model.pages.put(target, p.again());
  }

  // ---- processes -----------------------------------------------------------------------------

  private void fork(Guest g) {
    for (Slot s : slots) {
      if (s.guest == null && !s.reserved) {
        s.reserved = true;
        long start = file.moment();
        Guest child = new Guest(m.fork(g.space), g.model.fork(start));
        s.guest = child;
        s.reserved = false;
        m.scheduler.wakeup(s);
        return;
      }
    }
  }

  private void exit(Slot slot, Guest g) {
    compareAll(g);
    slot.guest = null;
    slot.reserved = true;
    forget(g, 0, PAGES + BALLAST);
    g.space.release();
    slot.reserved = false;
    if (Arrays.stream(slots).allMatch(s -> s.guest == null)) {
      slot.guest = fresh();
    }
  }

  private void inherit(Guest g, int page, int count, int which) {
    Inheritance wanted =
        switch (which % 3) {
          case 0 -> Inheritance.NONE;
          case 1 -> Inheritance.COPY;
          default -> Inheritance.SHARE;
        };
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      // Memory once shared stays so: what becomes of a copy of it is another test's question.
      if (p != null && p.kind != ProcessModel.Kind.PRIVATE) {
        return;
      }
    }
    VmMap map = g.space.map();
    int start = va(page) >>> 12;
    map.lock();
    KernReturn result = map.inherit(start, start + count, wanted);
    map.unlock();
    must(result.ok(), "inherit");
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null) {
        p.inherited = wanted != Inheritance.NONE;
        p.kind =
            wanted == Inheritance.SHARE ? ProcessModel.Kind.MADE_SHARED : ProcessModel.Kind.PRIVATE;
      }
    }
  }

  private void keepFromChildren(Guest g, int page, int count, boolean keep) {
    boolean ok = g.space.advise(va(page), count * PAGE, keep ? Advice.NOFORK : Advice.FORK).ok();
    must(ok == g.model.covers(page, count), "advise on fork");
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null) {
        p.kept = keep;
      }
    }
  }

  // ---- advice and wiring ---------------------------------------------------------------------

  private void discard(Guest g, int page, int count) {
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null && (p.kind == ProcessModel.Kind.MADE_SHARED || p.wired)) {
        return;
      }
    }
    boolean ok = g.space.discard(va(page), count * PAGE).ok();
    must(ok == g.model.covers(page, count), "discard");
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null && p.kind == ProcessModel.Kind.PRIVATE) {
        p.content = p.content.anew();
      }
    }
  }

  private void advise(Guest g, int page, int count, int which) {
    Advice[] all = {
      Advice.NORMAL, Advice.RANDOM, Advice.SEQUENTIAL, Advice.WILLNEED, Advice.DONTNEED
    };
    boolean ok = g.space.advise(va(page), count * PAGE, all[which % all.length]).ok();
    must(ok == g.model.covers(page, count), "advise");
  }

  private void free(Guest g, int page, int count) {
    // From here on either may be seen, while the call sleeps too.
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null) {
        p.content.free();
      }
    }
    g.space.advise(va(page), count * PAGE, Advice.FREE);
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null) {
        p.content.free();
      }
    }
  }

  private void wire(Guest g, int page, int count) {
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p == null || p.protection == Protection.NONE || !p.content.accessible()) {
        return;
      }
    }
    if (wired + count > MAX_WIRED) {
      return;
    }
    List<ProcessModel.Page> fresh = new ArrayList<>();
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null && !p.wired) {
        note(p, true);
        fresh.add(p);
      }
    }
    long start = file.moment();
    if (!g.space.wire(va(page), count * PAGE).ok()) {
      // The file has just shrunk. Which copies were made before that was noticed is not said.
      unmap(g, page, count);
      return;
    }
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      boolean copied = p != null && p.kind != ProcessModel.Kind.SHARED && p.protection == RW;
      if (p != null && copied && fresh.contains(p) && p.content.isUnsettled()) {
        // Wiring has made the private copy already (F17).
        int[] seen = look(g, i);
        String before = p.content.toString();
        if (!p.content.copied(seen, start)) {
          throw new AssertionError(
              String.format(
                  "page %d shows %s, wired as a copy of %s", i, Arrays.toString(seen), before));
        }
      }
    }
  }

  /** Counts wired pages, and keeps a file from shrinking below its wired ones. */
  private void note(ProcessModel.Page p, boolean isWired) {
    if (p.wired != isWired) {
      p.wired = isWired;
      int by = isWired ? 1 : -1;
      wired += by;
      if (p.content.file != null) {
        file.countWired(p.content.fileIndex, by);
      }
    }
  }

  private void unwire(Guest g, int page, int count) {
    boolean ok = g.space.unwire(va(page), count * PAGE).ok();
    // As on Linux: what was not locked is left alone, and a hole does not keep the rest locked.
    must(ok == g.model.covers(page, count), "unwire");
    for (int i = page; i < page + count; i++) {
      ProcessModel.Page p = g.model.at(i);
      if (p != null) {
        note(p, false);
      }
    }
  }

  /** Ages a few pages and has the page daemon look at them. */
  private void launder() {
    for (int i = 0; i < 8; i++) {
      VmPage p = m.vm.queues.active.head;
      if (p != null && !p.isBusyAtAll() && !p.has(VmPage.MARKER)) {
        m.vm.pmaps.clearReference(p);
        p.clear(VmPage.REFERENCED);
        p.deactivate();
      }
      VmPage q = m.vm.queues.inactive.head;
      if (q != null && !q.isBusyAtAll() && !q.has(VmPage.MARKER) && !q.isDirty()) {
        q.cache();
      }
    }
    m.vm.allocator.freeOneCached();
    m.vm.daemon.request();
  }
}
