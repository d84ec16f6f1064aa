// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

/** How switching swap space on or off ended. */
public enum SwapOutcome {
  /** Done. */
  OK,
  /** On already, or in use for something else. */
  BUSY,
  /** As many disks are on as can be. */
  TOO_MANY,
  /** No swap header on it, holes in it, or not on. */
  NOT_SWAP,
  /** It refuses writes. */
  READ_ONLY,
  /** It cannot be read; what is on it stays there. */
  IO_ERROR,
  /** No memory, and no other swap space, for what is on it. */
  NO_MEMORY,
  /** The calling thread is killed. */
  KILLED
}
