// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.io.BlockRequest.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Requests that wait for a disk, and the order in which they get it: C-LOOK, upward over the
 * sectors and back to the lowest, neighbours merged into one transfer. Who has waited half a second
 * is next, wherever it lies.
 *
 * <p>A flush is a barrier for writes: it starts when every write submitted before it has ended, and
 * no later one starts before it has ended itself. Reads pass it.
 */
final class RequestQueue {
  /** The longest merged transfer, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  private static final long PATIENCE = 500_000_000;

  /** Writes, and the flushes that close them off from the next epoch's. */
  private static final class Epoch {
    final SortedRequests writes = new SortedRequests();
    final List<BlockRequest> flushes = new ArrayList<>();
    boolean closed;
  }

  private final int maxSegments;
  private final SortedRequests reads = new SortedRequests();
  private final Deque<Epoch> epochs = new ArrayDeque<>();
  private long position;
  private int writesUnderWay;
  private int flushesUnderWay;

  /**
   * An empty queue.
   *
   * @param maxSegments most segments of a merged transfer
   */
  RequestQueue(int maxSegments) {
    this.maxSegments = maxSegments;
    epochs.add(new Epoch());
  }

  /** Puts a request in. */
  void add(BlockRequest request) {
    Epoch last = epochs.getLast();
    switch (request.operation()) {
      case READ -> reads.add(request);
      case WRITE -> {
        if (last.closed) {
          last = new Epoch();
          epochs.addLast(last);
        }
        last.writes.add(request);
      }
      case FLUSH -> {
        if (flushesUnderWay > 0 && last == epochs.getFirst()) {
          last = new Epoch();
          epochs.addLast(last);
        }
        last.flushes.add(request);
        last.closed = true;
      }
    }
  }

  /**
   * Takes what is to start next: requests that are one transfer, in the order of their sectors, or
   * flushes that are one flush.
   *
   * @param batch gets them; stays empty if nothing can start
   */
  void take(List<BlockRequest> batch, long now) {
    Epoch first = epochs.getFirst();
    if (flushesUnderWay == 0
        && writesUnderWay == 0
        && !first.flushes.isEmpty()
        && first.writes.size() == 0) {
      batch.addAll(first.flushes);
      flushesUnderWay = first.flushes.size();
      first.flushes.clear();
      return;
    }
    SortedRequests writes = first.writes;
    int read = choose(reads, now);
    int write = choose(writes, now);
    if (read < 0 && write < 0) {
      return;
    }
    boolean takesRead = write < 0 || read >= 0 && precedes(reads.get(read), writes.get(write), now);
    merge(takesRead ? reads : writes, takesRead ? read : write, batch);
    if (!takesRead) {
      writesUnderWay += batch.size();
    }
  }

  /** Place of the next one of a list, or -1. */
  private int choose(SortedRequests list, long now) {
    if (list.size() == 0) {
      return -1;
    }
    int oldest = list.oldest();
    if (isLate(list.get(oldest), now)) {
      return oldest;
    }
    int next = list.firstAtLeast(position);
    return next < list.size() ? next : 0;
  }

  private static boolean isLate(BlockRequest request, long now) {
    return now - request.arrival > PATIENCE;
  }

  private boolean precedes(BlockRequest a, BlockRequest b, long now) {
    if (isLate(a, now) || isLate(b, now)) {
      return isLate(a, now) && (!isLate(b, now) || a.arrival <= b.arrival);
    }
    boolean aheadA = a.sector() >= position;
    boolean aheadB = b.sector() >= position;
    return aheadA == aheadB ? a.sector() <= b.sector() : aheadA;
  }

  /** Takes a request and those that follow it on the disk. One that has failed goes alone. */
  private void merge(SortedRequests list, int place, List<BlockRequest> batch) {
    BlockRequest request = list.remove(place);
    batch.add(request);
    int segments = request.segments();
    int bytes = request.bytes();
    long end = endOf(request);
    boolean alone = request.failures > 0;
    while (!alone && place < list.size()) {
      BlockRequest next = list.get(place);
      segments += next.segments();
      bytes += next.bytes();
      if (next.sector() != end
          || next.failures > 0
          || segments > maxSegments
          || bytes > MAX_BYTES) {
        break;
      }
      end = endOf(next);
      batch.add(list.remove(place));
    }
    position = end;
  }

  private static long endOf(BlockRequest request) {
    return request.sector() + request.bytes() / BlockDevice.SECTOR;
  }

  /** A request that was taken has ended. */
  void ended(BlockRequest request) {
    left(request);
    openNext();
  }

  /** A request that was taken is to be tried again. */
  void retry(BlockRequest request) {
    left(request);
    switch (request.operation()) {
      case READ -> reads.add(request);
      case WRITE -> epochs.getFirst().writes.add(request);
      case FLUSH -> epochs.getFirst().flushes.add(request);
    }
  }

  private void left(BlockRequest request) {
    if (request.operation() == Operation.WRITE) {
      writesUnderWay--;
    } else if (request.operation() == Operation.FLUSH) {
      flushesUnderWay--;
    }
  }

  /** When an epoch's last flush has ended, the next epoch's writes may go. */
  private void openNext() {
    Epoch first = epochs.getFirst();
    if (first.closed
        && flushesUnderWay == 0
        && writesUnderWay == 0
        && first.flushes.isEmpty()
        && first.writes.size() == 0) {
      epochs.removeFirst();
      if (epochs.isEmpty()) {
        epochs.add(new Epoch());
      }
    }
  }

  /** Requests that wait. */
  int size() {
    int n = reads.size();
    for (Epoch e : epochs) {
      n += e.writes.size() + e.flushes.size();
    }
    return n;
  }

  /** Takes out everything that waits, flushes last. */
  void drain(List<BlockRequest> into) {
    while (reads.size() > 0) {
      into.add(reads.remove(0));
    }
    for (Epoch e : epochs) {
      while (e.writes.size() > 0) {
        into.add(e.writes.remove(0));
      }
      into.addAll(e.flushes);
      e.flushes.clear();
    }
    epochs.clear();
    epochs.add(new Epoch());
    writesUnderWay = 0;
    flushesUnderWay = 0;
  }
}
