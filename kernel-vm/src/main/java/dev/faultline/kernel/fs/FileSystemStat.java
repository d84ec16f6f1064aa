// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * The answer to {@code statfs}.
 *
 * @param type magic number
 * @param blockSize unit of the block counts
 * @param blocksAvailable what of the free blocks is not kept for the superuser
 */
public record FileSystemStat(
    int type,
    int blockSize,
    long blocks,
    long blocksFree,
    long blocksAvailable,
    long files,
    long filesFree) {
  /** Of a file system that keeps nothing for anybody. */
  public FileSystemStat(
      int type, int blockSize, long blocks, long blocksFree, long files, long filesFree) {
    this(type, blockSize, blocks, blocksFree, blocksFree, files, filesFree);
  }
}
