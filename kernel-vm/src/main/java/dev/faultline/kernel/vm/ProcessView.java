// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What the virtual-memory system needs of a process. */
public interface ProcessView {
  /** Its number. */
  int pid();

  /** The name of its program, for messages. */
  String command();

  /**
   * True if it must never be killed for its memory (D21): it belongs to the kernel, or is the init
   * without which the machine ends.
   */
  boolean isSystem();

  /** True from creation until it exits: running, runnable or asleep. */
  boolean isAlive();

  /** True if it has been told to die. */
  boolean killPending();

  /** Kills it: every thread gets its kill mark, and runs as soon as it can (D21). */
  void kill();

  /** A fault was resolved without I/O (F101). */
  void countMinorFault();

  /** A fault was resolved by I/O (F101). */
  void countMajorFault();

  /** It was taken out of memory (D19). */
  void countSwap();

  /**
   * Since when all its threads have slept, with nothing under way that must not wait, in virtual
   * nanoseconds; {@link Long#MAX_VALUE} if one of them runs (D19).
   */
  long sleepingSince();

  /** How much of it may be resident when memory is short, in bytes (D23). */
  long residentLimit();

  /** How large the main stack may become, in bytes (M73). */
  long stackLimit();

  /** How much address space the process may map, in bytes. */
  long addressSpaceLimit();

  /** How large the heap may become, in bytes. */
  long dataLimit();
}
