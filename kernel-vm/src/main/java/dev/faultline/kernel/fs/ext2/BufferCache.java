// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.io.DiskUse;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The metadata blocks of one disk, in pages of the disk's memory object.
 *
 * <p>Changes are written back later, but never out of order: {@link #order} says that the state of
 * one block must be on the disk, flushed, before another block is written. Where the opposite was
 * asked before, the blocks concerned are written at once, so that no circle ever arises. A block
 * that has changed is wired until it is on the disk, as are the few used last; clean ones come and
 * go like any page.
 */
final class BufferCache {
  /** Clean blocks kept though nobody uses them: the maps of the file that is read just now. */
  private static final int KEPT = 4;

  /** Requests under way together. */
  private static final int WINDOW = 16;

  private final VmSystem vm;
  private final Scheduler scheduler;
  private final BlockDevice disk;
  private final int blockSize;
  private final int maxDirty;
  private final VmObject object;
  private final Map<Long, Buffer> buffers = new LinkedHashMap<>();
  private final BlockRequest[] requests = new BlockRequest[WINDOW];
  private final List<Buffer> unflushed = new ArrayList<>();
  private final @Nullable Buffer[] kept = new @Nullable Buffer[KEPT];
  private int nextKept;
  private Runnable whenDirty = () -> {};
  private boolean busy;
  private int dirty;

  BufferCache(VmSystem vm, VnodePager pager, BlockDevice disk, int blockSize) {
    this.vm = vm;
    this.scheduler = vm.scheduler();
    this.disk = disk;
    this.blockSize = blockSize;
    maxDirty = Math.max(32, vm.memory().frames() / 16);
    DiskFile file = new DiskFile(disk);
    object = VmObject.forVnode(vm, file, pager, file.size());
    object.setPagerData(file);
    object.setPinned();
    for (int i = 0; i < WINDOW; i++) {
      requests[i] = new BlockRequest(1);
    }
  }

  /** Names who is told when a block has become dirty. */
  void setWhenDirty(Runnable told) {
    whenDirty = told;
  }

  // ---- access ----------------------------------------------------------------------------------

  /** A block as it is on the disk, pinned; null if it cannot be read. May sleep. */
  @Nullable Buffer read(long block) {
    Buffer known = buffers.get(block);
    if (known == null) {
      VmPage page = object.grabSystemPage(pageOf(block));
      if (page == null) {
        return null;
      }
      if (!page.fullyValid() && object.getPages(new VmPage[] {page}, 1, 0) != PagerResult.OK) {
        page.deactivate();
        page.wakeup();
        return null;
      }
      known = pinned(block, page);
      page.wakeup();
    }
    known.pins++;
    return known;
  }

  /**
   * A block of zeros, pinned and dirty, whatever is on the disk; null if there is no memory and the
   * thread is killed. May sleep.
   */
  @Nullable Buffer fresh(long block) {
    VmPage page = object.grabSystemPage(pageOf(block));
    if (page == null) {
      return null;
    }
    page.clear(VmPage.ZERO);
    Buffer buffer = pinned(block, page);
    buffer.pins++;
    page.wakeup();
    modify(buffer);
    buffer.zero(0, blockSize);
    page.setValid(page.valid() | VmPage.chunks(offsetOf(block), blockSize));
    dirty(buffer);
    return buffer;
  }

  private Buffer pinned(long block, VmPage page) {
    Buffer known = buffers.get(block);
    if (known == null) {
      known = new Buffer(block, page, vm.memory(), page.address() + offsetOf(block), blockSize);
      buffers.put(block, known);
      page.wire();
    }
    return known;
  }

  private int pageOf(long block) {
    return (int) (block * blockSize >>> Page.SHIFT);
  }

  private int offsetOf(long block) {
    return (int) (block * blockSize & Page.OFFSET_MASK);
  }

  /** One pin more. */
  void pin(Buffer buffer) {
    buffer.pins++;
  }

  /** Undoes one pin. */
  void release(Buffer buffer) {
    buffer.pins--;
    if (buffer.pins == 0 && !buffer.kept) {
      keep(buffer);
    }
  }

  /** Lets the block stay for a while, and another one go that has stayed long enough. */
  private void keep(Buffer buffer) {
    Buffer before = kept[nextKept];
    kept[nextKept] = buffer;
    buffer.kept = true;
    nextKept = (nextKept + 1) % KEPT;
    if (before != null) {
      before.kept = false;
      drop(before);
    }
  }

  private void stopKeeping(Buffer buffer) {
    for (int i = 0; i < KEPT; i++) {
      if (kept[i] == buffer) {
        kept[i] = null;
      }
    }
    buffer.kept = false;
  }

  private void drop(Buffer buffer) {
    if (buffer.pins == 0 && !buffer.kept && buffer.clean() && !buffer.writing) {
      if (buffers.remove(buffer.block, buffer)) {
        buffer.page.unwire(true);
      }
    }
  }

  /** Call before changing a block: sleeps while it is being written. */
  void modify(Buffer buffer) {
    while (buffer.writing) {
      scheduler.sleep(buffer, false, Scheduler.NO_DEADLINE);
    }
  }

  /** A block has been changed. */
  void dirty(Buffer buffer) {
    if (buffer.written == buffer.version) {
      dirty++;
    }
    buffer.version++;
    whenDirty.run();
  }

  /** Blocks that have changed and are not written. */
  int dirtyBlocks() {
    return dirty;
  }

  /** Call where nothing is locked: writes back if very much has changed. */
  void throttle() {
    if (dirty > maxDirty) {
      sync();
    }
  }

  /** A block is free now: what is in it need not be written. May sleep. */
  void forget(long block) {
    Buffer buffer = buffers.get(block);
    if (buffer != null) {
      modify(buffer);
      markWritten(buffer, buffer.version);
      buffer.durable = buffer.version;
      buffer.edges.clear();
      stopKeeping(buffer);
      drop(buffer);
    }
  }

  /**
   * Puts what has changed and may not be on the disk yet over bytes that were read from the disk
   * ({@link DiskUse.Changes}).
   */
  void putOver(long position, byte[] bytes, int offset, int length) {
    long end = position + length;
    for (long block = position / blockSize; block * blockSize < end; block++) {
      Buffer b = buffers.get(block);
      if (b != null && !b.clean()) {
        long start = block * blockSize;
        long from = Math.max(position, start);
        int n = (int) (Math.min(end, start + blockSize) - from);
        int within = (int) (from - start);
        vm.memory().get(b.address() + within, bytes, offset + (int) (from - position), n);
      }
    }
  }

  // ---- order -----------------------------------------------------------------------------------

  /**
   * Says that {@code first}, as it is now, must be on the disk before {@code then} is written. Call
   * it after changing the one and before changing the other. May sleep. If that takes a write and
   * the disk refuses it the order is lost; the block stays dirty, and {@link #sync} tells.
   */
  void order(Buffer first, Buffer then) {
    if (first == then || first.clean()) {
      return;
    }
    if (dependsOn(first, then)) {
      commit(first);
      return;
    }
    then.edges.removeIf(e -> e.first() == first || e.satisfied());
    then.edges.add(new Buffer.Edge(first, first.version));
  }

  /** As {@link #order(Buffer, Buffer)}, for a state that a block has had. */
  void order(Buffer.Edge state, Buffer then) {
    if (!state.satisfied()) {
      order(state.first(), then);
    }
  }

  /** True if {@code a} must wait for {@code b}, over any number of steps. */
  private static boolean dependsOn(Buffer a, Buffer b) {
    Set<Buffer> seen = new HashSet<>();
    List<Buffer> open = new ArrayList<>();
    open.add(a);
    while (!open.isEmpty()) {
      Buffer at = open.removeLast();
      for (Buffer.Edge e : at.edges) {
        if (!e.satisfied()) {
          if (e.first() == b) {
            return true;
          }
          if (seen.add(e.first())) {
            open.add(e.first());
          }
        }
      }
    }
    return false;
  }

  // ---- writing back ----------------------------------------------------------------------------

  /** Brings a block to the disk, and before it what must go before; 0 or -EIO. May sleep. */
  int commit(Buffer buffer) {
    return writeOut(List.of(buffer));
  }

  /**
   * Brings every block that has changed to the disk, and to the medium whatever else was written to
   * it before; 0 or -EIO. May sleep.
   */
  int sync() {
    List<Buffer> all = new ArrayList<>();
    for (Buffer b : buffers.values()) {
      if (!b.clean()) {
        all.add(b);
      }
    }
    return all.isEmpty() ? flush() : writeOut(all);
  }

  /** What was written so far, data of files too, reaches the medium; 0 or -EIO. May sleep. */
  int flush() {
    begin();
    int error = flushNow();
    end();
    return error;
  }

  private void begin() {
    while (busy) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    busy = true;
  }

  private void end() {
    busy = false;
    scheduler.wakeup(this);
  }

  private int writeOut(Collection<Buffer> goals) {
    begin();
    Map<Buffer, Long> wanted = new LinkedHashMap<>();
    goals.forEach(b -> wanted.put(b, b.version));
    int error = 0;
    while (error == 0) {
      wanted.entrySet().removeIf(e -> e.getKey().durable >= e.getValue());
      if (wanted.isEmpty()) {
        break;
      }
      List<Buffer> ready = ready(wanted.keySet());
      error = ready.isEmpty() ? 0 : write(ready);
      if (error == 0) {
        error = flushNow();
      }
    }
    end();
    return error;
  }

  /** What of the wanted blocks, and of those that must go before them, may be written now. */
  private static List<Buffer> ready(Set<Buffer> wanted) {
    List<Buffer> ready = new ArrayList<>();
    Set<Buffer> seen = new HashSet<>(wanted);
    List<Buffer> open = new ArrayList<>(wanted);
    while (!open.isEmpty()) {
      Buffer b = open.removeLast();
      b.prune();
      for (Buffer.Edge e : b.edges) {
        if (seen.add(e.first())) {
          open.add(e.first());
        }
      }
      if (b.edges.isEmpty() && b.written < b.version) {
        ready.add(b);
      }
    }
    ready.sort(Comparator.comparingLong(b -> b.block));
    return ready;
  }

  private int write(List<Buffer> ready) {
    int error = 0;
    for (int from = 0; from < ready.size(); from += WINDOW) {
      int n = Math.min(WINDOW, ready.size() - from);
      int sent = 0;
      long[] versions = new long[n];
      for (int i = 0; i < n; i++) {
        Buffer b = ready.get(from + i);
        b.prune();
        if (!b.edges.isEmpty() || b.written == b.version) {
          // While the blocks before were written it got something to wait for, or was forgotten.
          versions[i] = -1;
          continue;
        }
        versions[i] = b.version;
        b.writing = true;
        long sector = b.block * (blockSize / BlockDevice.SECTOR);
        requests[i].start(BlockRequest.Operation.WRITE, sector).add(b.address(), blockSize);
        disk.submit(requests[i]);
        sent++;
      }
      for (int i = 0; i < n && sent > 0; i++) {
        if (versions[i] >= 0) {
          boolean ok = requests[i].await(scheduler) == BlockRequest.Status.OK;
          error = ok ? error : -Errno.EIO;
          written(ready.get(from + i), versions[i], ok);
        }
      }
    }
    return error;
  }

  private void written(Buffer b, long version, boolean ok) {
    b.writing = false;
    if (ok) {
      markWritten(b, version);
      unflushed.add(b);
    }
    scheduler.wakeup(b);
  }

  private void markWritten(Buffer b, long version) {
    if (b.written < b.version && version == b.version) {
      dirty--;
    }
    b.written = version;
  }

  private int flushNow() {
    List<Buffer> before = List.copyOf(unflushed);
    long[] versions = new long[before.size()];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = before.get(i).written;
    }
    requests[0].start(BlockRequest.Operation.FLUSH, 0);
    if (requests[0].transfer(disk, scheduler) != BlockRequest.Status.OK) {
      return -Errno.EIO;
    }
    for (int i = 0; i < versions.length; i++) {
      Buffer b = before.get(i);
      b.durable = Math.max(b.durable, versions[i]);
      b.prune();
      drop(b);
    }
    unflushed.subList(0, before.size()).clear();
    return 0;
  }

  /** Gives all pages back; nothing may be pinned or dirty. May sleep. */
  void close() {
    for (Buffer buffer : kept) {
      if (buffer != null) {
        stopKeeping(buffer);
        drop(buffer);
      }
    }
    object.terminate();
  }
}
