// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What a child of fork gets of a mapping. */
public enum Inheritance {
  /** The same memory. */
  SHARE,
  /** A copy, made page by page when one side writes. */
  COPY,
  /** Nothing. */
  NONE
}
