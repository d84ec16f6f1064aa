// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Says what faults cost in units that do not depend on the machine's speed: page fills of the same
 * run, and the host's own faults.
 */
final class FaultYardstick {
  private static final String PREFIX = "FaultBenchmark.";
  private static final String FILL = PREFIX + "pageFill";

  /** Page fills that a fault may cost: where a good kernel stands on bare metal. */
  private static final Map<String, Double> LIMITS = new LinkedHashMap<>();

  static {
    LIMITS.put("zeroFill", 3.0);
    LIMITS.put("soft", 1.0);
    LIMITS.put("cowCopy", 4.0);
  }

  private FaultYardstick() {}

  /** Prints the ratios for what of it was measured; scores in nanoseconds by benchmark name. */
  static void print(Map<String, Double> scores, PrintStream out) throws InterruptedException {
    Double fill = scores.get(FILL);
    if (fill != null) {
      LIMITS.forEach(
          (name, limit) -> {
            Double score = scores.get(PREFIX + name);
            if (score != null) {
              out.printf(
                  Locale.ROOT,
                  "%-10s %6.2f page fills, at most %.0f wanted%n",
                  name,
                  score / fill,
                  limit);
            }
          });
    }
    if (scores.keySet().stream().anyMatch(n -> n.startsWith(PREFIX) || n.startsWith("ForkB"))) {
      againstHost(scores, out);
    }
  }

  private static void againstHost(Map<String, Double> scores, PrintStream out)
      throws InterruptedException {
    Map<String, Double> host;
    try {
      host = HostFaults.measure();
    } catch (IOException e) {
      out.println("no comparison with the host's kernel: " + e.getMessage());
      return;
    }
    host.forEach(
        (name, figure) -> {
          Double ours = scores.get((name.equals("fork") ? "ForkBenchmark." : PREFIX) + name);
          if (ours != null) {
            out.printf(
                Locale.ROOT,
                "%-10s %6.2f of the host's %.0f ns a page, at most 1 wanted%n",
                name,
                ours / figure,
                figure);
          }
        });
    if (HostFaults.isVirtual()) {
      out.println("the host is a virtual machine: its faults prove little");
    }
  }
}
