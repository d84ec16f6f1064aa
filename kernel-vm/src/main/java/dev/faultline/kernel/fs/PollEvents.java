// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** The event bits of {@code poll}. */
public final class PollEvents {
  /** Can be read. */
  public static final int IN = 1;

  /** Urgent data. */
  public static final int PRI = 2;

  /** Can be written. */
  public static final int OUT = 4;

  /** An error waits; always reported. */
  public static final int ERR = 8;

  /** The other side has gone; always reported. */
  public static final int HUP = 16;

  /** Not an open descriptor; always reported. */
  public static final int NVAL = 32;

  /** Ordinary data can be read. */
  public static final int RDNORM = 64;

  /** Ordinary data can be written. */
  public static final int WRNORM = 256;

  /** All bits that mean that reading would not wait. */
  public static final int READABLE = IN | RDNORM;

  /** All bits that mean that writing would not wait. */
  public static final int WRITABLE = OUT | WRNORM;

  /** The bits reported whether asked for or not. */
  public static final int ALWAYS = ERR | HUP | NVAL;

  private PollEvents() {}
}
