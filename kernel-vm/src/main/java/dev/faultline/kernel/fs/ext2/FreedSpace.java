// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import java.util.ArrayList;
import java.util.List;

/**
 * Blocks and inodes that were freed, and may not be used again before it is on the disk that
 * nothing points to them any more.
 */
final class FreedSpace {
  /** Blocks that follow one another. */
  record Run(long start, int count) {}

  /** An inode, and whether it was a directory's. */
  record Ino(long number, boolean directory) {}

  private final List<Run> runs = new ArrayList<>();
  private final List<Ino> inodes = new ArrayList<>();
  private long blocks;

  void addBlock(long block) {
    blocks++;
    if (!runs.isEmpty()) {
      Run last = runs.getLast();
      if (last.start + last.count == block) {
        runs.set(runs.size() - 1, new Run(last.start, last.count + 1));
        return;
      }
    }
    runs.add(new Run(block, 1));
  }

  void addInode(long number, boolean directory) {
    inodes.add(new Ino(number, directory));
  }

  /** Takes over what another holds. */
  void addAll(FreedSpace other) {
    runs.addAll(other.runs);
    inodes.addAll(other.inodes);
    blocks += other.blocks;
  }

  List<Run> runs() {
    return runs;
  }

  List<Ino> inodes() {
    return inodes;
  }

  long blocks() {
    return blocks;
  }

  boolean isEmpty() {
    return runs.isEmpty() && inodes.isEmpty();
  }

  /** How much host memory it takes, in records. */
  int records() {
    return runs.size() + inodes.size();
  }
}
