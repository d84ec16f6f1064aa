// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

/** What a disk is asked to do. */
public enum DiskOperation {
  /** Medium to memory. */
  READ,
  /** Memory to the disk's cache or medium. */
  WRITE,
  /** Cache to medium. */
  FLUSH
}
