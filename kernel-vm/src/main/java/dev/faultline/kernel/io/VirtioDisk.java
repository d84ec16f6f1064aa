// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.BlockRequest.Status;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.mmu.PhysicalBus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Driver of a virtio block device over MMIO (VIRTIO 1.2, sections 4.2 and 5.2): puts what the queue
 * chooses into a ring in RAM, a few transfers at a time, and lives on the device's interrupts.
 *
 * <p>A request that fails is tried three times, the second and third time alone; one that never
 * completes makes the driver reset the device, as does a device that asks for it, and what was
 * under way is tried again. A device that cannot be set up any more is dead, and all its requests
 * end with an error. Under the kernel token.
 */
public final class VirtioDisk implements BlockDevice {
  /** Times that a request is tried. */
  static final int ATTEMPTS = 3;

  /** Virtual nanoseconds after which a transfer is given up. */
  static final long TIMEOUT = 5_000_000_000L;

  /** Transfers under way together: more keep the device busy, fewer leave the queue its choice. */
  static final int DEPTH = 8;

  private static final int MAX_SEGMENTS = 32;
  private static final int FIRST_NUMBER = 254 << 8;
  private static final int NUMBERS_PER_DISK = 16;

  private final String name;
  private final int number;
  private final VirtioRegisters registers;
  private final RingMemory ringMemory;
  private final Scheduler scheduler;
  private final TimeBase time;
  private final Consumer<String> log;

  private final VirtioRing ring;
  private final RequestQueue queue = new RequestQueue(VirtioRing.MAX_SEGMENTS);
  private final DiskUse use = new DiskUse();
  private final DiskStatistics statistics = new DiskStatistics();
  private final Transfer[] transfers = new Transfer[DEPTH];
  private final List<BlockRequest> refused = new ArrayList<>();
  private boolean live;
  private boolean watching;
  private long sectors;
  private int maxSegmentBytes;
  private boolean readOnly;

  /** One place in the ring, and the requests that are its transfer now. */
  private static final class Transfer {
    final List<BlockRequest> batch = new ArrayList<>();
    boolean underWay;
    boolean ending;
    long deadline;
  }

  /**
   * A driver that has not looked at its device.
   *
   * @param index which disk it is: 0 is vda
   * @param base physical address of the device's registers
   * @param log where it tells of troubles, a line each
   */
  public VirtioDisk(
      int index,
      PhysicalBus bus,
      int base,
      RingMemory ringMemory,
      Scheduler scheduler,
      TimeBase time,
      Consumer<String> log) {
    name = "vd" + (char) ('a' + index);
    number = FIRST_NUMBER + NUMBERS_PER_DISK * index;
    this.ringMemory = ringMemory;
    this.scheduler = scheduler;
    this.time = time;
    this.log = log;
    registers = new VirtioRegisters(bus, base);
    ring = new VirtioRing(bus, DEPTH);
    for (int i = 0; i < DEPTH; i++) {
      transfers[i] = new Transfer();
    }
  }

  /**
   * Finds the device and makes it ready. To be called once, by a kernel thread, after {@link
   * #interrupt} has become the handler of its line.
   *
   * @return false, with a line in the log, if there is none that this driver can use
   */
  public boolean start() {
    if (!ring.allocate(ringMemory)) {
      log.accept(name + ": no memory for its ring");
      return false;
    }
    if (!initialise()) {
      return false;
    }
    scheduler.spawn(name, this::watch);
    return true;
  }

  private boolean initialise() {
    String trouble = registers.initialise(ring);
    live = trouble.isEmpty();
    if (!live) {
      log.accept(name + ": " + trouble);
      return false;
    }
    sectors = registers.sectors();
    maxSegmentBytes = registers.maxSegmentBytes();
    readOnly = registers.readOnly();
    return true;
  }

  // ---- what others ask -------------------------------------------------------------------------

  @Override
  public String name() {
    return name;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public int maxSegments() {
    return MAX_SEGMENTS;
  }

  @Override
  public DiskUse use() {
    return use;
  }

  @Override
  public DiskStatistics statistics() {
    return statistics;
  }

  @Override
  public void submit(BlockRequest request) {
    request.accepted();
    request.arrival = time.now();
    request.failures = 0;
    statistics.submitted(request.arrival);
    if (!live || !isPossible(request)) {
      refused.add(request);
      scheduler.wakeup(transfers);
      return;
    }
    queue.add(request);
    dispatch();
  }

  private boolean isPossible(BlockRequest request) {
    if (request.operation() == Operation.FLUSH) {
      return true;
    }
    boolean possible =
        request.sector() >= 0
            && request.sector() <= sectors - request.bytes() / SECTOR
            && request.segments() <= MAX_SEGMENTS
            && !(readOnly && request.operation() == Operation.WRITE);
    for (int i = 0; i < request.segments(); i++) {
      possible &= request.length(i) > 0 && request.length(i) <= maxSegmentBytes;
    }
    return possible;
  }

  // ---- to the device ---------------------------------------------------------------------------

  /** Starts as much as there is room for. */
  private void dispatch() {
    if (!live) {
      return;
    }
    boolean any = false;
    for (int i = 0; i < DEPTH; i++) {
      Transfer t = transfers[i];
      if (t.underWay || t.ending) {
        continue;
      }
      long now = time.now();
      queue.take(t.batch, now);
      if (t.batch.isEmpty()) {
        break;
      }
      statistics.started(t.batch.size(), t.batch.getFirst().operation());
      ring.put(i, t.batch, maxSegmentBytes);
      t.underWay = true;
      t.deadline = now + TIMEOUT;
      any = true;
    }
    if (any) {
      if (ring.publish()) {
        registers.notifyQueue();
      }
      if (!watching) {
        watching = true;
        scheduler.wakeup(transfers);
      }
    }
  }

  // ---- from the device -------------------------------------------------------------------------

  /** To be called when the device's line is high. Never sleeps. */
  public void interrupt() {
    int causes = registers.acknowledge();
    if (!live || causes == 0) {
      return;
    }
    if (registers.needsReset()) {
      recover("the device asks for a reset", true);
      return;
    }
    for (int i = ring.next(); i != VirtioRing.NONE; i = ring.next()) {
      if (i < 0 || i >= DEPTH || !transfers[i].underWay) {
        recover("the device answers what nobody has asked", true);
        return;
      }
      end(i);
    }
    dispatch();
  }

  /** A transfer has ended: its requests too, unless they are tried again. */
  private void end(int index) {
    Transfer t = transfers[index];
    t.underWay = false;
    t.ending = true;
    boolean ok = ring.isOk(index);
    boolean hopeless = ring.isUnsupported(index);
    int ended = 0;
    for (int i = 0; i < t.batch.size(); i++) {
      BlockRequest request = t.batch.get(i);
      if (ok || hopeless || hasFailedTooOften(request)) {
        queue.ended(request);
        t.batch.set(ended++, request);
      } else {
        statistics.retried();
        queue.retry(request);
      }
    }
    for (int i = 0; i < ended; i++) {
      complete(t.batch.get(i), ok);
    }
    t.batch.clear();
    t.ending = false;
  }

  private static boolean hasFailedTooOften(BlockRequest request) {
    return ++request.failures >= ATTEMPTS;
  }

  private void complete(BlockRequest request, boolean ok) {
    statistics.completed(request, ok, time.now());
    if (!ok) {
      log.accept(
          String.format(
              "%s: %s of %d bytes at sector %d failed",
              name, request.operation(), request.bytes(), request.sector()));
    }
    request.complete(ok ? Status.OK : Status.ERROR, scheduler);
  }

  // ---- trouble ---------------------------------------------------------------------------------

  /** The disk's own thread: gives up what takes too long, ends what was refused. */
  private void watch() {
    while (true) {
      List<BlockRequest> now = List.copyOf(refused);
      refused.clear();
      now.forEach(request -> complete(request, false));
      long deadline = firstDeadline();
      if (deadline <= time.now()) {
        recover("a request did not complete", false);
        deadline = firstDeadline();
      }
      watching = deadline != Scheduler.NO_DEADLINE;
      if (refused.isEmpty()) {
        scheduler.sleep(transfers, false, deadline);
      }
    }
  }

  private long firstDeadline() {
    long first = Scheduler.NO_DEADLINE;
    for (Transfer t : transfers) {
      if (t.underWay) {
        first = Math.min(first, t.deadline);
      }
    }
    return first;
  }

  /**
   * Resets the device and starts again what was under way.
   *
   * @param all whether every transfer is to blame, or only those that are late
   */
  private void recover(String why, boolean all) {
    log.accept(name + ": " + why + "; reset");
    statistics.reset();
    List<BlockRequest> failed = new ArrayList<>();
    for (Transfer t : transfers) {
      if (!t.underWay) {
        continue;
      }
      t.underWay = false;
      boolean blamed = all || t.deadline <= time.now();
      for (BlockRequest request : t.batch) {
        if (blamed && hasFailedTooOften(request)) {
          queue.ended(request);
          failed.add(request);
        } else {
          statistics.retried();
          queue.retry(request);
        }
      }
      t.batch.clear();
    }
    if (!initialise()) {
      queue.drain(failed);
    }
    failed.forEach(request -> complete(request, false));
    dispatch();
  }
}
