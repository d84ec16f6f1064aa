// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.proc.GuestThread;

/**
 * One entry of the table.
 *
 * @param number what a program puts into EAX
 * @param name as in the manual
 * @param arguments how many words it takes, from EBX on
 * @param handler what serves it
 */
record SystemCall(int number, String name, int arguments, With6 handler) {
  /** A call without arguments. */
  @FunctionalInterface
  interface With0 {
    int call(GuestThread t);
  }

  /** A call with one argument. */
  @FunctionalInterface
  interface With1 {
    int call(GuestThread t, int a);
  }

  /** A call with two arguments. */
  @FunctionalInterface
  interface With2 {
    int call(GuestThread t, int a, int b);
  }

  /** A call with three arguments. */
  @FunctionalInterface
  interface With3 {
    int call(GuestThread t, int a, int b, int c);
  }

  /** A call with four arguments. */
  @FunctionalInterface
  interface With4 {
    int call(GuestThread t, int a, int b, int c, int d);
  }

  /** A call with five arguments. */
  @FunctionalInterface
  interface With5 {
    int call(GuestThread t, int a, int b, int c, int d, int e);
  }

  /** A call with six arguments. */
  @FunctionalInterface
  interface With6 {
    int call(GuestThread t, int a, int b, int c, int d, int e, int f);
  }
}
