// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** Who provides an object's pages. */
public enum ObjectType {
  /** Anonymous memory of which nothing was ever paged out. */
  DEFAULT,
  /** Anonymous memory with the swap pager behind it. */
  SWAP,
  /** A file. */
  VNODE,
  /** Memory of a device. */
  DEVICE,
  /** Frames that are never paged. */
  PHYS,
  /** An object that has ended. */
  DEAD;

  /** True for memory that belongs to no file or device. */
  public boolean anonymous() {
    return this == DEFAULT || this == SWAP;
  }
}
