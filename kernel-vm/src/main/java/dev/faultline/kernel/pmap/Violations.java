// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check of invariants has found broken: a line each, "rule: what". Bounded, for a machine
 * that is broken may be broken everywhere.
 */
public final class Violations {
  private static final int LIMIT = 64;

  private final List<String> found = new ArrayList<>();

  /** None yet. */
  public Violations() {}

  /**
   * Notes a violation unless the rule holds.
   *
   * @param rule the rule's id
   * @param what the thing that it does not hold of; put into words only if it is needed
   */
  public void require(boolean holds, String rule, @Nullable Object what) {
    if (!holds) {
      add(rule, what);
    }
  }

  /** Notes a violation. */
  public void add(String rule, @Nullable Object what) {
    if (found.size() < LIMIT) {
      found.add(rule + ": " + what);
    }
  }

  /** True if there is none. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** All of them, but no more than the first 64. */
  public List<String> lines() {
    return List.copyOf(found);
  }
}
