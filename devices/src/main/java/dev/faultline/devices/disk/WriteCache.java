// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * What a disk would forget if its power failed: the sectors written since its last flush, as they
 * were before and after.
 *
 * <p>The image always has the newest content; a power cut takes away from it. The cache is bounded:
 * what is written when it is full lets the oldest sector reach the medium.
 */
final class WriteCache {
  /** 4 MiB of sectors. */
  private static final int CAPACITY = 8192;

  private static final int SECTOR = DiskImage.SECTOR;

  private static final class Written {
    final long position;
    final long sequence;
    final byte[] before = new byte[SECTOR];
    final byte[] after = new byte[SECTOR];

    Written(long position, long sequence) {
      this.position = position;
      this.sequence = sequence;
    }
  }

  private final DiskImage image;
  private final Deque<Written> cached = new ArrayDeque<>();
  private long lastSequence;

  WriteCache(DiskImage image) {
    this.image = image;
  }

  /** Remembers whole sectors that are about to be written to the image. */
  void writing(long position, byte[] from, int offset, int length) throws IOException {
    for (int done = 0; done < length; done += SECTOR) {
      Written w = new Written(position + done, ++lastSequence);
      image.read(w.position, w.before, 0, SECTOR);
      System.arraycopy(from, offset + done, w.after, 0, SECTOR);
      if (cached.size() == CAPACITY) {
        cached.removeFirst();
      }
      cached.addLast(w);
    }
  }

  /** A place in the order of writes: what was written before has a smaller one. */
  long mark() {
    return lastSequence;
  }

  /** What was written up to a mark is on the medium. */
  void flushed(long mark) {
    while (!cached.isEmpty() && cached.getFirst().sequence <= mark) {
      cached.removeFirst();
    }
  }

  /** Leaves in the image what the medium has: any subset of the cache, in any order. */
  void powerCut(Random chance) throws IOException {
    for (Iterator<Written> newestFirst = cached.descendingIterator(); newestFirst.hasNext(); ) {
      Written w = newestFirst.next();
      image.write(w.position, w.before, 0, SECTOR);
    }
    int percent = chance.nextInt(101);
    List<Written> survivors = new ArrayList<>();
    for (Written w : cached) {
      if (chance.nextInt(100) < percent) {
        survivors.add(w);
      }
    }
    Collections.shuffle(survivors, chance);
    for (Written w : survivors) {
      image.write(w.position, w.after, 0, SECTOR);
    }
    cached.clear();
  }
}
