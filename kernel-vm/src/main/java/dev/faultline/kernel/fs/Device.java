// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** Device numbers in the form in which {@code stat64} and {@code mknod} carry them. */
public final class Device {
  private Device() {}

  /** The number of a major and a minor. */
  public static long number(int major, int minor) {
    return (minor & 0xFFL) | (long) major << 8 | (minor & ~0xFFL) << 12;
  }

  /** The major of a number. */
  public static int major(long number) {
    return (int) (number >>> 8) & 0xFFF;
  }

  /** The minor of a number. */
  public static int minor(long number) {
    return (int) (number & 0xFF | number >>> 12 & ~0xFF);
  }
}
