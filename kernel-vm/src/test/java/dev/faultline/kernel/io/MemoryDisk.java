// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.devices.EventQueue;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A disk for tests: its content is an array, and what happens to each request is the test's choice.
 *
 * <p>A request completes by an event of the machine's queue, that is when every thread sleeps, in
 * the order of submission unless {@link #shuffle} says otherwise. A flush is a barrier: what was
 * submitted before it is done before it, what comes after it waits. Writes stay in the disk's cache
 * until a flush completes; {@link #powerCut} chooses what of them survives.
 */
public final class MemoryDisk implements BlockDevice {
  /** Segments that a request to this disk may have. */
  public static final int MAX_SEGMENTS = 32;

  private record Pending(BlockRequest request, int index) {}

  private static final class Sector {
    final int position;
    final byte[] before = new byte[SECTOR];
    final byte[] after = new byte[SECTOR];

    Sector(int position) {
      this.position = position;
    }
  }

  private final EventQueue events;
  private final TimeBase time;
  private final Scheduler scheduler;
  private final PhysicalMemory memory;
  private final String name;
  private final int number;
  private final DiskUse use = new DiskUse();
  private final DiskStatistics statistics = new DiskStatistics();
  private byte[] content;
  private final List<Sector> unflushed = new ArrayList<>();

  private final List<String> log = new ArrayList<>();
  private final Set<Long> badReads = new HashSet<>();
  private final Set<Long> badWrites = new HashSet<>();
  private final Set<Integer> failing = new HashSet<>();
  private Predicate<BlockRequest> refuses = request -> false;
  private Random order = new Random(0);
  private long latency;
  private long jitter;
  private long barrier;
  private long latest;
  private boolean readOnly;
  private boolean held;
  private final List<Pending> heldBack = new ArrayList<>();

  private int submitted;
  private int outstanding;
  private int mostOutstanding;
  private int reads;
  private int writes;
  private int flushes;
  private long sectorsRead;
  private long sectorsWritten;

  /**
   * A disk full of zeros.
   *
   * @param events the queue that the machine's {@link TimeBase#idle} runs
   * @param sectors its size
   */
  public MemoryDisk(
      String name,
      int number,
      EventQueue events,
      TimeBase time,
      Scheduler scheduler,
      PhysicalMemory memory,
      int sectors) {
    this.name = name;
    this.number = number;
    this.events = events;
    this.time = time;
    this.scheduler = scheduler;
    this.memory = memory;
    this.content = new byte[Math.multiplyExact(sectors, SECTOR)];
  }

  // ---- what the test arranges ------------------------------------------------------------------

  /** Every request takes so many virtual nanoseconds (0 at first: the next idle moment). */
  public MemoryDisk withLatency(long nanoseconds) {
    latency = nanoseconds;
    return this;
  }

  /** Requests between two flushes complete in any order: each takes up to {@code most} longer. */
  public MemoryDisk shuffle(long seed, long most) {
    order = new Random(seed);
    jitter = most;
    return this;
  }

  /** Refuses every write. */
  public MemoryDisk protect() {
    readOnly = true;
    return this;
  }

  /** From now on reads of this sector fail, until {@link #heal}. */
  public void failReads(long sector) {
    badReads.add(sector);
  }

  /** From now on writes of this sector fail, until {@link #heal}. */
  public void failWrites(long sector) {
    badWrites.add(sector);
  }

  /** From now on the requests that {@code which} names fail; it is asked once for each. */
  public void fail(Predicate<BlockRequest> which) {
    refuses = which;
  }

  /** The request with that place in the order of submission, counted from 0, fails. */
  public void failRequest(int index) {
    failing.add(index);
  }

  /** Nothing fails any more. */
  public void heal() {
    badReads.clear();
    badWrites.clear();
    failing.clear();
    refuses = request -> false;
  }

  /** From now on requests wait until {@link #release}. */
  public void hold() {
    held = true;
  }

  /** The requests held back, and all later ones, run. */
  public void release() {
    held = false;
    List<Pending> waiting = List.copyOf(heldBack);
    heldBack.clear();
    waiting.forEach(this::schedule);
  }

  /** The content as a reader sees it now; the test may change it. */
  public byte[] content() {
    return content;
  }

  /**
   * The content after a power cut at this moment: of the sectors written since the last completed
   * flush any subset, in any order, has reached the medium; sectors are written whole.
   */
  public byte[] powerCut(long seed) {
    byte[] medium = content.clone();
    for (int i = unflushed.size() - 1; i >= 0; i--) {
      Sector s = unflushed.get(i);
      System.arraycopy(s.before, 0, medium, s.position, SECTOR);
    }
    Random chance = new Random(seed);
    List<Sector> survivors = new ArrayList<>();
    int percent = chance.nextInt(101);
    for (Sector s : unflushed) {
      if (chance.nextInt(100) < percent) {
        survivors.add(s);
      }
    }
    Collections.shuffle(survivors, chance);
    for (Sector s : survivors) {
      System.arraycopy(s.after, 0, medium, s.position, SECTOR);
    }
    return medium;
  }

  /** Replaces the content, as another medium would; nothing is in the cache then. */
  public void insert(byte[] medium) {
    content = medium;
    unflushed.clear();
  }

  // ---- what the test sees ----------------------------------------------------------------------

  /**
   * A line for each request in the order of completion: "READ 8+16", "FLUSH", "WRITE 0+1 ERROR".
   */
  public List<String> log() {
    return log;
  }

  /** Requests submitted since the disk was made. */
  public int submitted() {
    return submitted;
  }

  /** Requests submitted and not completed. */
  public int outstanding() {
    return outstanding;
  }

  /** The most requests that were under way together. */
  public int mostOutstanding() {
    return mostOutstanding;
  }

  /** Reads that completed, well or not. */
  public int reads() {
    return reads;
  }

  /** Writes that completed, well or not. */
  public int writes() {
    return writes;
  }

  /** Flushes that completed, well or not. */
  public int flushes() {
    return flushes;
  }

  /** Sectors read well. */
  public long sectorsRead() {
    return sectorsRead;
  }

  /** Sectors written well. */
  public long sectorsWritten() {
    return sectorsWritten;
  }

  /** True if sectors were written since the last flush. */
  public boolean isDirty() {
    return !unflushed.isEmpty();
  }

  // ---- the disk --------------------------------------------------------------------------------

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
    return content.length / SECTOR;
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
    if (request.status() == BlockRequest.Status.PENDING) {
      throw new IllegalStateException("a request is submitted twice");
    }
    if (request.segments() > MAX_SEGMENTS) {
      throw new IllegalStateException("a request of " + request.segments() + " segments");
    }
    for (int i = 0; i < request.segments(); i++) {
      long end = request.address(i) + request.length(i);
      if (request.length(i) <= 0 || request.length(i) % SECTOR != 0 || end > memory.size()) {
        throw new IllegalStateException(
            String.format("segment %x+%x", request.address(i), request.length(i)));
      }
    }
    request.accepted();
    request.arrival = time.now();
    statistics.submitted(time.now());
    statistics.started(1, request.operation());
    Pending pending = new Pending(request, submitted++);
    outstanding++;
    mostOutstanding = Math.max(mostOutstanding, outstanding);
    if (held) {
      heldBack.add(pending);
    } else {
      schedule(pending);
    }
  }

  private void schedule(Pending pending) {
    long done = time.now() + latency + (jitter > 0 ? order.nextLong(jitter) : 0);
    done = Math.max(done, barrier);
    if (pending.request.operation() == BlockRequest.Operation.FLUSH) {
      done = Math.max(done, latest);
      barrier = done;
    }
    latest = Math.max(latest, done);
    events.schedule(done, due -> carryOut(pending.request, pending.index));
  }

  private void carryOut(BlockRequest request, int index) {
    boolean chosen = refuses.test(request) || failing.contains(index);
    boolean ok = !chosen && inRange(request) && mediumIsGood(request);
    StringBuilder line = new StringBuilder(request.operation().name());
    if (request.operation() != BlockRequest.Operation.FLUSH) {
      line.append(' ').append(request.sector()).append('+').append(request.bytes() / SECTOR);
    }
    log.add(ok ? line.toString() : line.append(" ERROR").toString());
    switch (request.operation()) {
      case READ -> reads++;
      case WRITE -> writes++;
      case FLUSH -> flushes++;
    }
    if (ok) {
      transfer(request);
    }
    outstanding--;
    statistics.completed(request, ok, time.now());
    request.complete(ok ? BlockRequest.Status.OK : BlockRequest.Status.ERROR, scheduler);
  }

  private boolean inRange(BlockRequest request) {
    return request.sector() >= 0
        && request.sector() + request.bytes() / SECTOR <= sectors()
        && !(readOnly && request.operation() == BlockRequest.Operation.WRITE);
  }

  private boolean mediumIsGood(BlockRequest request) {
    Set<Long> bad = request.operation() == BlockRequest.Operation.READ ? badReads : badWrites;
    long end = request.sector() + request.bytes() / SECTOR;
    return bad.stream().noneMatch(s -> s >= request.sector() && s < end);
  }

  private void transfer(BlockRequest request) {
    if (request.operation() == BlockRequest.Operation.FLUSH) {
      unflushed.clear();
      return;
    }
    int position = (int) request.sector() * SECTOR;
    for (int i = 0; i < request.segments(); i++) {
      int address = (int) request.address(i);
      int length = request.length(i);
      if (request.operation() == BlockRequest.Operation.READ) {
        memory.put(address, content, position, length);
        sectorsRead += length / SECTOR;
      } else {
        for (int done = 0; done < length; done += SECTOR) {
          write(address + done, position + done);
        }
      }
      position += length;
    }
  }

  private void write(int address, int position) {
    Sector s = new Sector(position);
    System.arraycopy(content, position, s.before, 0, SECTOR);
    memory.get(address, content, position, SECTOR);
    System.arraycopy(content, position, s.after, 0, SECTOR);
    unflushed.add(s);
    sectorsWritten++;
  }
}
