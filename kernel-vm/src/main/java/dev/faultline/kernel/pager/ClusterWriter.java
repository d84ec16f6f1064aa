// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes pages of a mapped file from their frames to its disk (V18–V23): blocks that follow one
 * another on the disk in one request.
 */
final class ClusterWriter {
  /** Asynchronous writes of pages under way; a further one waits. */
  private static final int MAX_ASYNCHRONOUS = 8;

  private static final int CHUNKS = Page.SIZE / VmPage.CHUNK;

  /** Pages that a call has, most of the time at most. */
  private static final int CLUSTER = 16;

  private final VmSystem vm;
  private final RequestPool requests;
  private int asynchronous;
  private @Nullable Transfer idle;

  ClusterWriter(VmSystem vm, RequestPool requests) {
    this.vm = vm;
    this.requests = requests;
  }

  /** As {@link VnodePager#putPages}, of a mounted file. */
  void write(
      VmObject object,
      BlockMap map,
      long size,
      VmPage[] pages,
      int count,
      boolean synchronous,
      PagerResult[] results) {
    while (!synchronous && asynchronous >= MAX_ASYNCHRONOUS) {
      vm.scheduler().sleep(this, false, Scheduler.NO_DEADLINE);
    }
    Transfer transfer = take(count);
    transfer.begin(object, map.disk(), pages, count, synchronous);
    int inside = 0;
    for (int i = 0; i < count; i++) {
      long start = (long) pages[i].index() << Page.SHIFT;
      if (start >= size) {
        results[i] = PagerResult.BAD;
        transfer.leaveOut(i);
      } else {
        results[i] = PagerResult.OK;
        inside++;
        transfer.add(map, i, start, (int) Math.min(Page.SIZE, size - start));
      }
    }
    if (transfer.submitted > 0 || transfer.current != null) {
      vm.meter().increment(Counter.V_VNODEOUT);
      vm.meter().add(Counter.V_VNODEPGSOUT, inside);
    }
    transfer.finish(results);
  }

  private Transfer take(int count) {
    Transfer t = idle;
    if (t == null || count > CLUSTER) {
      return new Transfer(Math.max(count, CLUSTER));
    }
    idle = t.next;
    t.next = null;
    return t;
  }

  /** V19: what is dirty behind the end of the file is dirty no more. */
  private static void cleanTail(VmPage page, int inside) {
    int firstBeyond = (inside + VmPage.CHUNK - 1) / VmPage.CHUNK * VmPage.CHUNK;
    if (firstBeyond < Page.SIZE) {
      page.setValidClean(firstBeyond, Page.SIZE - firstBeyond);
    }
  }

  /** The requests of one call; used again and again. */
  private final class Transfer implements BlockRequest.Completion {
    private final VmPage[] pages;
    private int count;
    private @Nullable VmObject object;
    private @Nullable BlockDevice disk;
    private boolean synchronous;
    private @Nullable Transfer next;

    /** Which requests a page takes part in, by their order; and which have failed. */
    private final int[] firstRequest;

    private final int[] lastRequest;
    private final boolean[] failed;
    private final BlockRequest[] sent;
    private @Nullable BlockRequest current;
    private long nextSector;
    private int submitted;
    private int outstanding;
    private boolean detached;

    /** For so many pages at most. */
    Transfer(int most) {
      pages = new VmPage[most];
      firstRequest = new int[most];
      lastRequest = new int[most];
      failed = new boolean[most];
      sent = new BlockRequest[most * CHUNKS];
    }

    void begin(VmObject of, BlockDevice to, VmPage[] from, int n, boolean waits) {
      object = of;
      disk = to;
      // The caller uses its array again while an asynchronous write still runs.
      System.arraycopy(from, 0, pages, 0, n);
      count = n;
      synchronous = waits;
      Arrays.fill(failed, 0, n, false);
      submitted = 0;
      detached = false;
    }

    /** A page that is not to be written. */
    void leaveOut(int i) {
      firstRequest[i] = 0;
      lastRequest[i] = -1;
    }

    /** Adds the dirty blocks of a page. */
    void add(BlockMap map, int i, long start, int inside) {
      VmPage page = pages[i];
      cleanTail(page, inside);
      int unit = Math.min(map.blockSize(), Page.SIZE);
      firstRequest[i] = Integer.MAX_VALUE;
      lastRequest[i] = -1;
      for (int at = 0; at < inside; at += unit) {
        if ((page.dirty() & VmPage.chunks(at, unit)) == 0) {
          continue;
        }
        long position = start + at;
        long sector = map.allocate(position / map.blockSize());
        if (sector < 0) {
          failed[i] = true;
          return;
        }
        sector += position % map.blockSize() / BlockDevice.SECTOR;
        int bytes = Math.min(unit, inside - at);
        bytes = (bytes + BlockDevice.SECTOR - 1) & -BlockDevice.SECTOR;
        append(sector, page.address() + at, bytes);
        firstRequest[i] = Math.min(firstRequest[i], submitted);
        lastRequest[i] = submitted;
      }
    }

    private void append(long sector, int address, int bytes) {
      BlockRequest request = current;
      if (request != null && (sector != nextSector || request.segments() == RequestPool.SEGMENTS)) {
        submit(request);
        request = null;
      }
      if (request == null) {
        request = requests.take().start(BlockRequest.Operation.WRITE, sector).whenDone(this);
        current = request;
      }
      request.add(address, bytes);
      nextSector = sector + bytes / BlockDevice.SECTOR;
    }

    private void submit(BlockRequest request) {
      current = null;
      sent[submitted++] = request;
      outstanding++;
      BlockDevice to = disk;
      if (to == null) {
        throw new KernelPanic("pages are written to no disk");
      }
      to.submit(request);
    }

    @Override
    public void completed(BlockRequest request) {
      outstanding--;
      if (outstanding == 0 && detached) {
        end();
      }
    }

    /** Submits the rest, and waits for all of it or leaves it to the completion (PI6). */
    void finish(PagerResult[] results) {
      if (current != null) {
        submit(current);
      }
      if (synchronous) {
        for (int i = 0; i < submitted; i++) {
          sent[i].await(vm.scheduler());
        }
      }
      boolean pending = outstanding > 0;
      for (int i = 0; i < count; i++) {
        if (results[i] != PagerResult.BAD || lastRequest[i] >= 0) {
          results[i] = pending && lastRequest[i] >= 0 ? PagerResult.PEND : result(i);
        }
      }
      if (pending) {
        detached = true;
        asynchronous++;
      } else {
        giveBack();
      }
    }

    /** At interrupt time: the last request of an asynchronous write has completed. */
    private void end() {
      VmObject of = object;
      if (of == null) {
        throw new KernelPanic("a write of pages ends twice");
      }
      for (int i = 0; i < count; i++) {
        if (lastRequest[i] >= 0) {
          vm.pageWritten(of, pages[i], result(i));
        }
      }
      giveBack();
      asynchronous--;
      vm.scheduler().wakeup(ClusterWriter.this);
    }

    private PagerResult result(int i) {
      boolean ok = !failed[i];
      for (int r = firstRequest[i]; r <= lastRequest[i]; r++) {
        ok &= sent[r].status() == BlockRequest.Status.OK;
      }
      return ok ? PagerResult.OK : PagerResult.ERROR;
    }

    private void giveBack() {
      for (int i = 0; i < submitted; i++) {
        requests.give(sent[i]);
      }
      object = null;
      disk = null;
      if (pages.length == CLUSTER) {
        next = idle;
        idle = this;
      }
    }
  }
}
