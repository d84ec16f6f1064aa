// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;

/**
 * One transfer between a disk and RAM: consecutive sectors, segments of physical memory that may
 * lie anywhere. The memory stays where it is (wired, busy) until the request completes.
 *
 * <p>Made once and used again: {@link #start} makes it new. Between {@link BlockDevice#submit} and
 * its completion it belongs to the device's driver.
 */
public final class BlockRequest {
  /** What to do. */
  public enum Operation {
    /** Disk to RAM. */
    READ,
    /** RAM to disk; it may lie in the disk's cache when it completes. */
    WRITE,
    /** What was written before this was submitted reaches the medium. No segments. */
    FLUSH
  }

  /** How it ended. */
  public enum Status {
    /** Not yet. */
    PENDING,
    /** Every byte is where it should be. */
    OK,
    /** The medium or the device refused, after the driver's retries. */
    ERROR
  }

  /**
   * Told that a request has completed. Runs at interrupt time, on whatever thread is there: it
   * never sleeps. It may submit requests, this one too.
   */
  @FunctionalInterface
  public interface Completion {
    /** The request has its final status. */
    void completed(BlockRequest request);
  }

  private static final Completion NOTHING = request -> {};

  private final long[] addresses;
  private final int[] lengths;
  private Operation operation = Operation.FLUSH;
  private Status status = Status.OK;
  private Completion completion = NOTHING;
  private long sector;
  private int segments;
  private int bytes;

  /**
   * The driver's: when it was submitted, virtual nanoseconds, and how often it has failed since.
   */
  long arrival;

  int failures;

  /** A request with room for {@code maxSegments} segments. */
  public BlockRequest(int maxSegments) {
    addresses = new long[maxSegments];
    lengths = new int[maxSegments];
  }

  /** Makes it a new request, without segments, that nobody is told about. */
  public BlockRequest start(Operation newOperation, long firstSector) {
    if (status == Status.PENDING) {
      throw new KernelPanic("a disk request is used again before it completed");
    }
    operation = newOperation;
    sector = firstSector;
    segments = 0;
    bytes = 0;
    completion = NOTHING;
    return this;
  }

  /**
   * Adds memory.
   *
   * @param address physical
   * @param length bytes, a multiple of {@link BlockDevice#SECTOR}
   */
  public BlockRequest add(long address, int length) {
    addresses[segments] = address;
    lengths[segments] = length;
    segments++;
    bytes += length;
    return this;
  }

  /** Names who is told when it completes. */
  public BlockRequest whenDone(Completion newCompletion) {
    completion = newCompletion;
    return this;
  }

  /** What to do. */
  public Operation operation() {
    return operation;
  }

  /** The first sector. */
  public long sector() {
    return sector;
  }

  /** Bytes of all segments. */
  public int bytes() {
    return bytes;
  }

  /** Number of segments. */
  public int segments() {
    return segments;
  }

  /** Most segments it can have. */
  public int maxSegments() {
    return addresses.length;
  }

  /** Physical address of a segment. */
  public long address(int segment) {
    return addresses[segment];
  }

  /** Bytes of a segment. */
  public int length(int segment) {
    return lengths[segment];
  }

  /** How it ended. */
  public Status status() {
    return status;
  }

  /** For the driver: it takes the request. */
  public void accepted() {
    status = Status.PENDING;
  }

  /**
   * For the driver, at interrupt time: the request has ended.
   *
   * @param scheduler wakes who sleeps in {@link #await}
   */
  public void complete(Status end, Scheduler scheduler) {
    status = end;
    scheduler.wakeup(this);
    completion.completed(this);
  }

  /** Sleeps until it has completed, whatever happens to the thread. */
  public Status await(Scheduler scheduler) {
    while (status == Status.PENDING) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    return status;
  }

  /** Submits it and sleeps until it has completed. */
  public Status transfer(BlockDevice disk, Scheduler scheduler) {
    disk.submit(this);
    return await(scheduler);
  }
}
