// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * A lock on a range of bytes of a file.
 *
 * @param write true for an exclusive lock
 * @param start first byte
 * @param end last byte, inclusive; {@link Long#MAX_VALUE} for "to the end of the file"
 * @param pid who holds it, for F_GETLK
 */
public record RecordLock(boolean write, long start, long end, int pid) {}
