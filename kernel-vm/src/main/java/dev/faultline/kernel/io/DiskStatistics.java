// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.io.BlockRequest.Operation;

/** What a disk has done, as {@code /proc/diskstats} shows it. Times are virtual nanoseconds. */
public final class DiskStatistics {
  private static final class Kind {
    long completed;
    long merged;
    long sectors;
    long time;
  }

  private final Kind reads = new Kind();
  private final Kind writes = new Kind();
  private final Kind flushes = new Kind();
  private long errors;
  private long retries;
  private long resets;
  private long transfers;

  private int underWay;
  private long lastChange;
  private long busyTime;
  private long weightedTime;

  DiskStatistics() {}

  private Kind of(Operation operation) {
    return switch (operation) {
      case READ -> reads;
      case WRITE -> writes;
      case FLUSH -> flushes;
    };
  }

  void submitted(long now) {
    change(now);
    underWay++;
  }

  void started(int requests, Operation operation) {
    transfers++;
    of(operation).merged += requests - 1;
  }

  void completed(BlockRequest request, boolean ok, long now) {
    change(now);
    underWay--;
    Kind kind = of(request.operation());
    kind.completed++;
    kind.time += now - request.arrival;
    if (ok) {
      kind.sectors += request.bytes() / BlockDevice.SECTOR;
    } else {
      errors++;
    }
  }

  void retried() {
    retries++;
  }

  void reset() {
    resets++;
  }

  private void change(long now) {
    long passed = now - lastChange;
    if (underWay > 0) {
      busyTime += passed;
      weightedTime += passed * underWay;
    }
    lastChange = now;
  }

  /** Requests that have ended, well or not. */
  public long completed(Operation operation) {
    return of(operation).completed;
  }

  /** Requests that went along with another one. */
  public long merged(Operation operation) {
    return of(operation).merged;
  }

  /** Sectors moved. */
  public long sectors(Operation operation) {
    return of(operation).sectors;
  }

  /** Sum of the requests' times, from submission to end. */
  public long time(Operation operation) {
    return of(operation).time;
  }

  /** Requests that ended with an error. */
  public long errors() {
    return errors;
  }

  /** Requests that were tried once more. */
  public long retries() {
    return retries;
  }

  /** How often the device had to be reset. */
  public long resets() {
    return resets;
  }

  /** Transfers and flushes that the device was given. */
  public long transfers() {
    return transfers;
  }

  /** Requests submitted and not ended. */
  public int underWay() {
    return underWay;
  }

  /** Time in which there was any request. */
  public long busyTime(long now) {
    change(now);
    return busyTime;
  }

  /** Time weighted by the number of requests that there were. */
  public long weightedTime(long now) {
    change(now);
    return weightedTime;
  }
}
