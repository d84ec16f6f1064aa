// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.util.Arrays;

/**
 * A disk that turns: 7,200 revolutions a minute, one arm, a memory for the tracks that it has read
 * and for writes that wait.
 *
 * <p>A transfer is a seek (a constant and the square root of the distance, as measured disks show
 * for all but the longest seeks; 1 ms from track to track, 14 ms over the whole disk), the wait
 * until the sector comes by, and the time in which the sectors pass under the head. The angle of
 * the platter is virtual time. A read of a track that is remembered costs the bus only. A cached
 * write is done when it is in the memory, while the arm goes on behind it; once {@value #WAITING}
 * writes wait, the next one waits for the oldest.
 */
public final class HddLatency implements Latency {
  /** Virtual nanoseconds of a revolution. */
  public static final long REVOLUTION = 8_333_333;

  /** Sectors of a track; 512 KiB pass in a revolution, which is 63 MB/s. */
  public static final int TRACK = 1024;

  /** The shortest seek. */
  public static final long TRACK_TO_TRACK = 1_000_000;

  /** The longest seek. */
  public static final long FULL_STROKE = 14_000_000;

  /** What the bus and the electronics take for a request. */
  public static final long OVERHEAD = 50_000;

  /** Bytes in a virtual microsecond on the bus: 300 MB/s. */
  public static final int BUS_BYTES_PER_MICROSECOND = 300;

  /** Tracks that are remembered: 8 MiB. */
  public static final int REMEMBERED = 16;

  /** Writes that may wait for the arm. */
  public static final int WAITING = 64;

  private final long tracks;
  private final long[] remembered = new long[REMEMBERED];
  private int nextRemembered;
  private final long[] written = new long[WAITING];
  private int nextWritten;
  private long arm;
  private long busyUntil;

  /** A disk at rest, its arm over track 0, with so many sectors. */
  public HddLatency(long sectors) {
    tracks = Math.max(1, (sectors + TRACK - 1) / TRACK);
    Arrays.fill(remembered, -1);
  }

  @Override
  public long completion(
      long now, DiskOperation operation, long sector, int bytes, boolean writeBack) {
    long bus = OVERHEAD + bytes * 1000L / BUS_BYTES_PER_MICROSECOND;
    int sectors = Math.max(1, bytes / DiskImage.SECTOR);
    return switch (operation) {
      case FLUSH -> Math.max(now, busyUntil) + OVERHEAD;
      case READ -> read(now, sector, sectors, bus);
      case WRITE -> write(now, sector, sectors, bus, writeBack);
    };
  }

  private long read(long now, long sector, int sectors, long bus) {
    if (remembers(sector, sectors)) {
      return now + bus;
    }
    long end = move(now, sector, sectors);
    remember(sector, sectors);
    return end + OVERHEAD;
  }

  private long write(long now, long sector, int sectors, long bus, boolean writeBack) {
    forget(sector, sectors);
    long onMedium = move(now, sector, sectors) + OVERHEAD;
    if (!writeBack) {
      return onMedium;
    }
    long oldest = written[nextWritten];
    written[nextWritten] = onMedium;
    nextWritten = (nextWritten + 1) % WAITING;
    return Math.max(now, oldest) + bus;
  }

  /** Sends the arm to some sectors and lets them pass; gives the time at which the last one has. */
  private long move(long now, long sector, int sectors) {
    long start = Math.max(now, busyUntil);
    long track = sector / TRACK;
    long there = start + seek(Math.abs(track - arm));
    long angle = sector % TRACK * REVOLUTION / TRACK;
    long wait = Math.floorMod(angle - there, REVOLUTION);
    // The tracks' beginnings are staggered by what the arm needs from one to the next.
    long lastTrack = (sector + sectors - 1) / TRACK;
    long passing = sectors * REVOLUTION / TRACK + (lastTrack - track) * TRACK_TO_TRACK;
    arm = lastTrack;
    busyUntil = there + wait + passing;
    return busyUntil;
  }

  private long seek(long distance) {
    if (distance == 0) {
      return 0;
    }
    double fraction = (double) distance / tracks;
    return TRACK_TO_TRACK + (long) ((FULL_STROKE - TRACK_TO_TRACK) * Math.sqrt(fraction));
  }

  private boolean remembers(long sector, int sectors) {
    for (long t = sector / TRACK; t <= (sector + sectors - 1) / TRACK; t++) {
      if (place(t) < 0) {
        return false;
      }
    }
    return true;
  }

  private void remember(long sector, int sectors) {
    for (long t = sector / TRACK; t <= (sector + sectors - 1) / TRACK; t++) {
      if (place(t) < 0) {
        remembered[nextRemembered] = t;
        nextRemembered = (nextRemembered + 1) % REMEMBERED;
      }
    }
  }

  private void forget(long sector, int sectors) {
    for (long t = sector / TRACK; t <= (sector + sectors - 1) / TRACK; t++) {
      int place = place(t);
      if (place >= 0) {
        remembered[place] = -1;
      }
    }
  }

  private int place(long track) {
    for (int i = 0; i < REMEMBERED; i++) {
      if (remembered[i] == track) {
        return i;
      }
    }
    return -1;
  }
}
