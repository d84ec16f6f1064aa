// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.ArrayList;
import java.util.List;

/**
 * The manual's rules of 32-bit paging (SDM volume 3, sections 4.3, 4.6, 4.7, 4.8), written as a
 * table and by arithmetic, over an image of physical memory of its own: what {@link PageWalker} is
 * held against. It knows no TLB: it walks afresh for each access.
 */
final class ManualWalk {
  /** Bits that each entry on the way must have, by mode, by write, by CR0.WP (table of 4.6.1). */
  private static final int[][][] REQUIRED = {
    {{0, 0}, {0, 2}}, // supervisor: reads always; writes need W under WP only
    {{4, 4}, {6, 6}}, // user: U always, W for writes
  };

  private final byte[] image;

  boolean paging = true;
  boolean writeProtect = true;
  boolean largePages = true;
  boolean globalPages = true;
  boolean user = true;
  long directory;

  ManualWalk(byte[] image) {
    this.image = image;
  }

  /**
   * What an access does.
   *
   * @param frame physical address of the 4 KiB frame; -1 if it faults
   * @param error the error code if it faults, else 0
   */
  record Outcome(long frame, int error, boolean global) {
    boolean faults() {
      return frame < 0;
    }
  }

  /** Does one access: says what comes of it, and sets A and D in the image if it is permitted. */
  Outcome access(int va, boolean write) {
    long linear = Integer.toUnsignedLong(va);
    if (!paging) {
      return new Outcome(linear - linear % 4096, 0, false);
    }
    int attempt = (write ? 2 : 0) + (user ? 4 : 0);
    List<Long> way = new ArrayList<>(2);
    way.add(directory - directory % 4096 + linear / 0x40_0000 * 4);
    long entry = word(way.getLast());
    if (entry % 2 == 0) {
      return new Outcome(-1, attempt, false);
    }
    boolean large = largePages && (entry & 0x80) != 0;
    if (!large) {
      way.add(entry - entry % 4096 + linear / 4096 % 1024 * 4);
      entry = word(way.getLast());
      if (entry % 2 == 0) {
        return new Outcome(-1, attempt, false);
      }
    }
    int needed = REQUIRED[user ? 1 : 0][write ? 1 : 0][writeProtect ? 1 : 0];
    if (!way.stream().allMatch(a -> (word(a) & needed) == needed)) {
      return new Outcome(-1, attempt + 1, false);
    }
    for (long address : way) {
      setBits(address, 0x20);
    }
    if (write) {
      setBits(way.getLast(), 0x40);
    }
    long span = large ? 0x40_0000 : 0x1000;
    long frame = entry - entry % span + linear % span / 4096 * 4096;
    return new Outcome(frame, 0, globalPages && (entry & 0x100) != 0);
  }

  /** A byte of physical memory; all ones beyond the image. */
  int load(long address) {
    return address < image.length ? image[(int) address] & 0xFF : 0xFF;
  }

  /** Stores a byte; lost beyond the image. */
  void store(long address, int value) {
    if (address < image.length) {
      image[(int) address] = (byte) value;
    }
  }

  /** A word of physical memory, unsigned. */
  long word(long address) {
    return load(address)
        + 0x100L * load(address + 1)
        + 0x1_0000L * load(address + 2)
        + 0x100_0000L * load(address + 3);
  }

  void setWord(long address, int value) {
    for (int i = 0; i < 4; i++) {
      store(address + i, value >>> 8 * i);
    }
  }

  private void setBits(long address, int bits) {
    setWord(address, (int) word(address) | bits);
  }
}
