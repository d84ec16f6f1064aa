// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * The answer to {@code statfs}.
 *
 * @param type magic number
 * @param blockSize unit of the three block counts
 */
public record FileSystemStat(
    int type, int blockSize, long blocks, long blocksFree, long files, long filesFree) {}
