// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.vm.UserMemory;

/** Buffers of the process that runs: one of {@code read}, or the vector of {@code readv}. */
public final class UserUio implements Uio {
  private final UserMemory memory;
  private final int[] bases;
  private final int[] sizes;
  private int vector;
  private int within;
  private int remaining;

  /** One buffer; {@code size} is not negative. */
  public UserUio(UserMemory memory, int base, int size) {
    this(memory, new int[] {base}, new int[] {size});
  }

  /** Several buffers, whose sizes are not negative and together at most 2^31 - 1. */
  public UserUio(UserMemory memory, int[] bases, int[] sizes) {
    this.memory = memory;
    this.bases = bases.clone();
    this.sizes = sizes.clone();
    for (int size : sizes) {
      remaining = Math.addExact(remaining, size);
    }
  }

  @Override
  public int remaining() {
    return remaining;
  }

  @Override
  public int moveIn(byte[] to, int offset, int size) {
    return move(to, offset, size, true);
  }

  @Override
  public int moveOut(byte[] from, int offset, int size) {
    return move(from, offset, size, false);
  }

  private int move(byte[] buffer, int offset, int size, boolean in) {
    int done = 0;
    int wanted = Math.min(size, remaining);
    while (done < wanted) {
      if (within == sizes[vector]) {
        vector++;
        within = 0;
        continue;
      }
      int n = Math.min(wanted - done, sizes[vector] - within);
      int va = bases[vector] + within;
      int moved =
          in
              ? memory.copyIn(va, buffer, offset + done, n)
              : memory.copyOut(buffer, offset + done, va, n);
      within += moved;
      remaining -= moved;
      done += moved;
      if (moved < n) {
        break;
      }
    }
    return done;
  }
}
