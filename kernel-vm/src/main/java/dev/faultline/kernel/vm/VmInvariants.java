// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Violations;
import dev.faultline.kernel.sched.KernelPanic;
import java.util.List;

/**
 * What must hold of maps, objects, pages, queues and page tables between two operations, whoever
 * sleeps in the middle of one: {@link QueueInvariants} (P1-P3, P9, P11), {@link ObjectInvariants}
 * (O1, O2, O4, P4), {@link MapInvariants} (M1, M11, F73, M45) and the pmap's (PM34, PM35). It looks
 * at everything and changes nothing, so it can be asked at any time but costs as much as the
 * machine is large.
 */
final class VmInvariants {
  private VmInvariants() {}

  /** Everything that is broken, a line each; never throws. */
  static List<String> find(VmSystem vm) {
    Violations out = new Violations();
    find(vm, out, false);
    return out.lines();
  }

  private static void find(VmSystem vm, Violations out, boolean atRest) {
    attempt(out, "P1", () -> new QueueInvariants(vm, out).check(atRest));
    attempt(out, "O2", () -> new ObjectInvariants(vm, out).check(atRest));
    attempt(out, "M1", () -> new MapInvariants(vm, out).check(atRest));
    attempt(out, "PM34", () -> vm.pmaps.check(out));
  }

  /** A broken structure may break the check too; the other checks still tell what they see. */
  private static void attempt(Violations out, String rule, Runnable check) {
    try {
      check.run();
    } catch (RuntimeException e) {
      out.add(rule, "the check itself died of " + e);
    }
  }

  /** Panics if anything is broken. */
  static void check(VmSystem vm) {
    Violations out = new Violations();
    find(vm, out, false);
    report(out);
  }

  /** After all threads have come to rest, nothing is busy, locked or being paged either (F4). */
  static void checkIdle(VmSystem vm) {
    Violations out = new Violations();
    find(vm, out, true);
    report(out);
  }

  private static void report(Violations out) {
    if (!out.isEmpty()) {
      throw new KernelPanic("broken invariants:\n" + String.join("\n", out.lines()));
    }
  }
}
