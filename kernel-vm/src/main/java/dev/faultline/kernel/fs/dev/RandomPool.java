// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

/**
 * Every chance of a run: a generator (splitmix64) whose seed is an input of the run, so that the
 * same run has the same chances. Not for secrets.
 */
public final class RandomPool {
  private static final long GAMMA = 0x9E37_79B9_7F4A_7C15L;

  private long state;

  /** Chances that follow from the seed. */
  public RandomPool(long seed) {
    state = seed;
  }

  /** The next 64 bits. */
  public long next() {
    state += GAMMA;
    long z = (state ^ state >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }

  /** Fills a part of an array. */
  public void fill(byte[] to, int offset, int size) {
    long bits = 0;
    for (int i = 0; i < size; i++) {
      if (i % Long.BYTES == 0) {
        bits = next();
      }
      to[offset + i] = (byte) bits;
      bits >>>= 8;
    }
  }
}
