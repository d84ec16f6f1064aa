// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** The limits of a process, each a soft and a hard one; copied by fork, kept by exec. */
public final class ResourceLimits {
  /** No limit. */
  public static final long INFINITY = -1;

  /** Seconds of processor time. */
  public static final int CPU = 0;

  /** Bytes of a file. */
  public static final int FSIZE = 1;

  /** Bytes of the heap. */
  public static final int DATA = 2;

  /** Bytes of the main stack. */
  public static final int STACK = 3;

  /** Bytes that may be resident when memory is short. */
  public static final int RSS = 5;

  /** Processes of a user. */
  public static final int NPROC = 6;

  /** Open files. */
  public static final int NOFILE = 7;

  /** Locked memory. */
  public static final int MEMLOCK = 8;

  /** Bytes of address space. */
  public static final int AS = 9;

  /** How many kinds there are. */
  public static final int COUNT = 16;

  private static final long STACK_DEFAULT = 8 << 20;
  private static final long FILES_DEFAULT = 1024;

  private final long[] soft = new long[COUNT];
  private final long[] hard = new long[COUNT];

  /** What the first process has. */
  ResourceLimits() {
    for (int i = 0; i < COUNT; i++) {
      soft[i] = INFINITY;
      hard[i] = INFINITY;
    }
    soft[STACK] = STACK_DEFAULT;
    soft[NOFILE] = FILES_DEFAULT;
    hard[NOFILE] = FILES_DEFAULT;
  }

  private ResourceLimits(ResourceLimits of) {
    System.arraycopy(of.soft, 0, soft, 0, COUNT);
    System.arraycopy(of.hard, 0, hard, 0, COUNT);
  }

  ResourceLimits copy() {
    return new ResourceLimits(this);
  }

  /** The limit in force; {@link #INFINITY} or bytes, seconds, pieces. */
  public long soft(int resource) {
    return soft[resource];
  }

  /** What the soft limit may be raised to. */
  public long hard(int resource) {
    return hard[resource];
  }

  /** Sets both; who may do so is the caller's to judge. */
  public void set(int resource, long newSoft, long newHard) {
    soft[resource] = newSoft;
    hard[resource] = newHard;
  }

  /** The limit in force, with "none" as the largest number. */
  long effective(int resource) {
    long s = soft[resource];
    return s < 0 ? Long.MAX_VALUE : s;
  }
}
