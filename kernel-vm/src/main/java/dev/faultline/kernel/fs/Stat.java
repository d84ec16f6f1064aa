// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * The attributes of a file at one moment.
 *
 * @param dev device number of the file system, see {@link Device}
 * @param ino number of the file in it
 * @param mode type and rights
 * @param nlink names
 * @param rdev device number of a device file
 * @param size bytes
 * @param blockSize preferred size of a transfer
 * @param blocks 512-byte units in use
 * @param atime last access, nanoseconds since 1970; likewise {@code mtime} and {@code ctime}
 */
public record Stat(
    long dev,
    long ino,
    int mode,
    int nlink,
    int uid,
    int gid,
    long rdev,
    long size,
    int blockSize,
    long blocks,
    long atime,
    long mtime,
    long ctime) {}
