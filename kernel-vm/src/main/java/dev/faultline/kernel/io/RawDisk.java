// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.BlockRequest.Status;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;

/**
 * A disk by the byte, through a buffer of its own: for device files, labels and the like. Nothing
 * is cached; but what the file system mounted from it has changed and not written yet is read as
 * changed. Calls may sleep; one runs at a time.
 */
public final class RawDisk {
  private static final int PAGES = 8;
  private static final int BUFFER = PAGES * Page.SIZE;
  private static final int SECTOR = BlockDevice.SECTOR;

  private final BlockDevice disk;
  private final PhysicalMemory memory;
  private final RingMemory pages;
  private final Scheduler scheduler;
  private final int[] buffer = new int[PAGES];
  private int allocated;
  private final BlockRequest request = new BlockRequest(PAGES);
  private boolean busy;

  /** A way to a disk; its buffer is taken from {@code pages} when it is first used. */
  public RawDisk(BlockDevice disk, PhysicalMemory memory, RingMemory pages, Scheduler scheduler) {
    this.disk = disk;
    this.memory = memory;
    this.pages = pages;
    this.scheduler = scheduler;
  }

  /** The disk. */
  public BlockDevice disk() {
    return disk;
  }

  /** Its size in bytes. */
  public long size() {
    return disk.sectors() * SECTOR;
  }

  /**
   * Reads bytes.
   *
   * @return bytes read, 0 at the end of the disk; -1 if nothing could be read
   */
  public int read(long position, byte[] to, int offset, int length) {
    return transfer(position, to, offset, length, false);
  }

  /**
   * Writes bytes; sectors in part are read before.
   *
   * @return bytes written, 0 at the end of the disk; -1 if nothing could be written
   */
  public int write(long position, byte[] from, int offset, int length) {
    return transfer(position, from, offset, length, true);
  }

  /** Brings what was written to the medium; false if that failed. */
  public boolean flush() {
    lock();
    request.start(Operation.FLUSH, 0);
    boolean ok = request.transfer(disk, scheduler) == Status.OK;
    unlock();
    return ok;
  }

  private int transfer(long position, byte[] bytes, int offset, int length, boolean write) {
    int wanted = (int) Math.min(length, Math.max(0, size() - position));
    lock();
    int done = 0;
    boolean ok = allocate();
    while (ok && done < wanted) {
      long at = position + done;
      int inside = (int) (at % SECTOR);
      int n = Math.min(wanted - done, BUFFER - inside);
      ok = write ? put(at, bytes, offset + done, n) : get(at, bytes, offset + done, n);
      done += ok ? n : 0;
    }
    unlock();
    return ok || done > 0 ? done : -1;
  }

  private boolean get(long position, byte[] to, int offset, int length) {
    int inside = (int) (position % SECTOR);
    if (!moveSectors(Operation.READ, position / SECTOR, inside + length)) {
      return false;
    }
    copy(inside, to, offset, length, false);
    disk.use().changes().putOver(position, to, offset, length);
    return true;
  }

  private boolean put(long position, byte[] from, int offset, int length) {
    int inside = (int) (position % SECTOR);
    int end = inside + length;
    boolean partial = inside != 0 || end % SECTOR != 0;
    long sector = position / SECTOR;
    if (partial && !moveSectors(Operation.READ, sector, end)) {
      return false;
    }
    copy(inside, from, offset, length, true);
    return moveSectors(Operation.WRITE, sector, end);
  }

  /** Moves whole sectors between the disk and the buffer's start. */
  private boolean moveSectors(Operation operation, long sector, int bytes) {
    int left = (bytes + SECTOR - 1) / SECTOR * SECTOR;
    request.start(operation, sector);
    for (int i = 0; left > 0; i++) {
      request.add(buffer[i], Math.min(left, Page.SIZE));
      left -= Math.min(left, Page.SIZE);
    }
    return request.transfer(disk, scheduler) == Status.OK;
  }

  private void copy(int position, byte[] bytes, int offset, int length, boolean in) {
    int done = 0;
    while (done < length) {
      int at = position + done;
      int n = Math.min(length - done, Page.SIZE - at % Page.SIZE);
      int address = buffer[at / Page.SIZE] + at % Page.SIZE;
      if (in) {
        memory.put(address, bytes, offset + done, n);
      } else {
        memory.get(address, bytes, offset + done, n);
      }
      done += n;
    }
  }

  private boolean allocate() {
    while (allocated < PAGES) {
      long page = pages.allocatePage();
      if (page < 0) {
        return false;
      }
      buffer[allocated++] = (int) page;
    }
    return true;
  }

  private void lock() {
    while (busy) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    busy = true;
  }

  private void unlock() {
    busy = false;
    scheduler.wakeup(this);
  }
}
