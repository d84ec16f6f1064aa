// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What a process says of its use of a range (M32, M33). */
public enum Advice {
  /** No special pattern. */
  NORMAL,
  /** No pattern at all: read single pages. */
  RANDOM,
  /** From low to high: read ahead, let go behind. */
  SEQUENTIAL,
  /** Will be used soon. */
  WILLNEED,
  /** Will not be used soon; the content stays. */
  DONTNEED,
  /** The content may be dropped, until written again. */
  FREE,
  /** The syncer need not write it. */
  NOSYNC,
  /** The syncer shall write it again. */
  AUTOSYNC,
  /** Leave out of core dumps. */
  NOCORE,
  /** Put into core dumps again. */
  CORE,
  /** A child of fork gets nothing of it. */
  NOFORK,
  /** A child of fork gets again what the inheritance says. */
  FORK
}
