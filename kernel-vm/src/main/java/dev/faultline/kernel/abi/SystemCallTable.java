// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The system calls by number. How many words a call takes follows from its handler's shape. */
final class SystemCallTable {
  private static final int SIZE = 512;

  private final @Nullable SystemCall[] calls = new @Nullable SystemCall[SIZE];

  /** The call of that number, or null. */
  @Nullable SystemCall get(int number) {
    return number >= 0 && number < SIZE ? calls[number] : null;
  }

  /** All calls, by number. */
  List<SystemCall> all() {
    List<SystemCall> all = new ArrayList<>();
    for (SystemCall c : calls) {
      if (c != null) {
        all.add(c);
      }
    }
    return all;
  }

  void call(int number, String name, SystemCall.With0 h) {
    put(number, name, 0, (t, a, b, c, d, e, f) -> h.call(t));
  }

  void call(int number, String name, SystemCall.With1 h) {
    put(number, name, 1, (t, a, b, c, d, e, f) -> h.call(t, a));
  }

  void call(int number, String name, SystemCall.With2 h) {
    put(number, name, 2, (t, a, b, c, d, e, f) -> h.call(t, a, b));
  }

  void call(int number, String name, SystemCall.With3 h) {
    put(number, name, 3, (t, a, b, c, d, e, f) -> h.call(t, a, b, c));
  }

  void call(int number, String name, SystemCall.With4 h) {
    put(number, name, 4, (t, a, b, c, d, e, f) -> h.call(t, a, b, c, d));
  }

  void call(int number, String name, SystemCall.With5 h) {
    put(number, name, 5, (t, a, b, c, d, e, f) -> h.call(t, a, b, c, d, e));
  }

  void call(int number, String name, SystemCall.With6 h) {
    put(number, name, 6, h);
  }

  private void put(int number, String name, int arguments, SystemCall.With6 handler) {
    if (calls[number] != null) {
      throw new IllegalArgumentException("two calls of number " + number);
    }
    calls[number] = new SystemCall(number, name, arguments, handler);
  }
}
