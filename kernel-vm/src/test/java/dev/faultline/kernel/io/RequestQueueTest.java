// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.BlockRequest.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a request that is lost, overtakes a flush, or waits for ever. */
final class RequestQueueTest {
  private static final int SECTOR = BlockDevice.SECTOR;

  private static final List<Operation> OPERATIONS =
      List.of(Operation.READ, Operation.WRITE, Operation.FLUSH);

  private final RequestQueue queue = new RequestQueue(8);
  private final List<BlockRequest> underWay = new ArrayList<>();
  private long now;

  private BlockRequest add(Operation operation, long sector, int sectors) {
    BlockRequest r = new BlockRequest(1).start(operation, sector);
    if (sectors > 0) {
      r.add(0, sectors * SECTOR);
    }
    r.arrival = now;
    queue.add(r);
    return r;
  }

  private void read(long sector) {
    add(Operation.READ, sector, 1);
  }

  private void write(long sector) {
    add(Operation.WRITE, sector, 1);
  }

  private void flush() {
    add(Operation.FLUSH, 0, 0);
  }

  /** What starts next: "R5", "W7+3" (three sectors in one transfer), "F", or "-". */
  private String take() {
    List<BlockRequest> batch = new ArrayList<>();
    queue.take(batch, now);
    underWay.addAll(batch);
    if (batch.isEmpty()) {
      return "-";
    }
    BlockRequest first = batch.getFirst();
    if (first.operation() == Operation.FLUSH) {
      return "F";
    }
    int bytes = batch.stream().mapToInt(BlockRequest::bytes).sum();
    String length = batch.size() == 1 ? "" : "+" + bytes / SECTOR;
    return first.operation().name().charAt(0) + "" + first.sector() + length;
  }

  private void endAll() {
    underWay.forEach(queue::ended);
    underWay.clear();
  }

  private List<String> takeAll() {
    List<String> all = new ArrayList<>();
    for (String next = take(); !next.equals("-"); next = take()) {
      all.add(next);
    }
    return all;
  }

  @Test
  @DisplayName("C-LOOK: upward from where the arm is, then from the lowest again")
  void elevator() {
    read(50);
    assertThat(take()).isEqualTo("R50");
    for (long sector : new long[] {40, 90, 10, 60, 51, 70}) {
      read(sector);
    }
    assertThat(take()).isEqualTo("R51");
    assertThat(take()).isEqualTo("R60");
    read(65);
    read(30);
    assertThat(takeAll()).containsExactly("R65", "R70", "R90", "R10", "R30", "R40");
  }

  @Test
  @DisplayName("reads and writes share the sweep")
  void together() {
    write(20);
    read(10);
    write(30);
    read(40);
    assertThat(takeAll()).containsExactly("R10", "W20", "W30", "R40");
  }

  @Test
  @DisplayName("neighbours become one transfer, up to the limits; reads and writes do not mix")
  void merging() {
    read(12);
    read(10);
    read(11);
    write(13);
    read(14);
    assertThat(takeAll()).containsExactly("R10+3", "W13", "R14");
    endAll();
    for (int i = 0; i < 20; i++) {
      read(100 + i);
    }
    assertThat(takeAll()).containsExactly("R100+8", "R108+8", "R116+4");
    int half = RequestQueue.MAX_BYTES / SECTOR / 2;
    add(Operation.WRITE, 500, half);
    add(Operation.WRITE, 500L + half, half);
    add(Operation.WRITE, 500L + 2L * half, half);
    assertThat(takeAll()).containsExactly("W500+" + 2 * half, "W" + (500 + 2 * half));
    endAll();
    read(5);
    read(5);
    assertThat(takeAll()).containsExactly("R5", "R5");
  }

  @Test
  @DisplayName("one that has failed goes alone, so that it does not take others with it")
  void failedAlone() {
    BlockRequest bad = add(Operation.READ, 11, 1);
    assertThat(take()).isEqualTo("R11");
    bad.failures = 1;
    queue.retry(bad);
    underWay.clear();
    read(10);
    read(12);
    assertThat(takeAll()).containsExactly("R12", "R10", "R11");
  }

  @Test
  @DisplayName("a flush waits for every write before it, and holds every write after it")
  void barrier() {
    write(10);
    write(20);
    flush();
    write(5);
    read(7);
    assertThat(takeAll()).containsExactly("R7", "W10", "W20");
    queue.ended(underWay.removeFirst());
    queue.ended(underWay.removeFirst());
    assertThat(take()).isEqualTo("-");
    endAll();
    assertThat(takeAll()).containsExactly("F");
    read(8);
    write(6);
    assertThat(takeAll()).containsExactly("R8");
    endAll();
    assertThat(takeAll()).containsExactly("W5+2");
  }

  @Test
  @DisplayName("flushes with no write between them are one; one under way covers nothing new")
  void flushesTogether() {
    flush();
    flush();
    assertThat(takeAll()).containsExactly("F");
    assertThat(underWay).hasSize(2);
    flush();
    write(1);
    flush();
    assertThat(take()).isEqualTo("-");
    endAll();
    assertThat(takeAll()).containsExactly("F");
    endAll();
    assertThat(takeAll()).containsExactly("W1");
    endAll();
    assertThat(takeAll()).containsExactly("F");
    endAll();
    assertThat(queue.size()).isZero();
  }

  @Test
  @DisplayName("a write that is tried again stays before the flush; so does a flush itself")
  void retries() {
    write(10);
    flush();
    write(11);
    assertThat(takeAll()).containsExactly("W10");
    BlockRequest failed = underWay.removeFirst();
    failed.failures = 1;
    queue.retry(failed);
    assertThat(takeAll()).containsExactly("W10");
    endAll();
    assertThat(takeAll()).containsExactly("F");
    BlockRequest flush = underWay.removeFirst();
    queue.retry(flush);
    assertThat(takeAll()).containsExactly("F");
    endAll();
    assertThat(takeAll()).containsExactly("W11");
  }

  @Test
  @DisplayName("who has waited half a second is next, though nearer ones keep coming")
  void noStarvation() {
    read(1000);
    write(2000);
    long sector = 0;
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      now += 10_000_000;
      add(Operation.READ, sector, 2);
      sector += 3;
      order.add(take());
      endAll();
    }
    assertThat(order.indexOf("R1000")).isBetween(45, 55);
    assertThat(order.indexOf("W2000")).isBetween(45, 55);
  }

  @Test
  @DisplayName("random traffic: each request ends once, no write crosses a flush")
  void random() {
    for (long seed = 0; seed < 200; seed++) {
      Random chance = new Random(seed);
      RequestQueue q = new RequestQueue(1 + chance.nextInt(8));
      List<BlockRequest> busy = new ArrayList<>();
      List<BlockRequest> submitted = new ArrayList<>();
      List<BlockRequest> ended = new ArrayList<>();
      for (int step = 0; step < 400 || ended.size() < submitted.size(); step++) {
        int what = chance.nextInt(4);
        if (what == 0 && step < 400) {
          Operation operation = OPERATIONS.get(chance.nextInt(3));
          BlockRequest r = new BlockRequest(1).start(operation, chance.nextInt(60));
          if (operation != Operation.FLUSH) {
            r.add(0, SECTOR);
          }
          submitted.add(r);
          q.add(r);
        } else if (what <= 2) {
          List<BlockRequest> batch = new ArrayList<>();
          q.take(batch, step);
          for (BlockRequest r : batch) {
            checkOrder(r, submitted, ended);
          }
          busy.addAll(batch);
        } else if (!busy.isEmpty()) {
          BlockRequest r = busy.remove(chance.nextInt(busy.size()));
          if (chance.nextInt(5) == 0) {
            q.retry(r);
          } else {
            ended.add(r);
            q.ended(r);
          }
        }
      }
      assertThat(ended).hasSameSizeAs(submitted).doesNotHaveDuplicates();
      assertThat(q.size()).isZero();
    }
  }

  private static void checkOrder(
      BlockRequest starting, List<BlockRequest> submitted, List<BlockRequest> ended) {
    if (starting.operation() == Operation.READ) {
      return;
    }
    Operation waitsFor =
        starting.operation() == Operation.FLUSH ? Operation.WRITE : Operation.FLUSH;
    for (BlockRequest r : submitted) {
      if (r == starting) {
        return;
      }
      if (r.operation() == waitsFor) {
        assertThat(ended.contains(r)).isTrue();
      }
    }
  }
}
