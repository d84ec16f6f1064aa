// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Troubles by a script, a rule on a line; what follows {@code #} is a comment.
 *
 * <pre>
 *   request 17 error              # the request with that number, counted from 0
 *   read 5 timeout                # the read with that number; write and flush likewise
 *   sector 100 error              # every request that touches the sector
 *   sector 100-107 torn 3         # the first three that touch one of them
 *   time 1500ms power-cut         # the first request from that virtual time on (ns, us, ms, s)
 *   seed 7                        # of what is left to chance; 1 if not given
 * </pre>
 *
 * <p>The troubles: {@code error}, {@code timeout}, {@code torn}, {@code bit-rot}, {@code
 * power-cut}. The first rule that applies counts. A number behind the trouble says how often the
 * rule applies; a {@code sector} rule without one applies for ever, any other once.
 */
public final class ScriptedFaults implements DiskFaults {
  private static final int FOREVER = Integer.MAX_VALUE;

  /** When a rule applies. */
  private enum Subject {
    REQUEST,
    READ,
    WRITE,
    FLUSH,
    SECTOR,
    TIME
  }

  private static final class Rule {
    final Subject subject;
    final long first;
    final long last;
    final Fault fault;
    int left;

    Rule(Subject subject, long first, long last, Fault fault, int left) {
      this.subject = subject;
      this.first = first;
      this.last = last;
      this.fault = fault;
      this.left = left;
    }
  }

  private final List<Rule> rules = new ArrayList<>();
  private Random chance = DiskFaults.chances(1);
  private long requests;
  private long reads;
  private long writes;
  private long flushes;

  private ScriptedFaults() {}

  /**
   * Reads a script.
   *
   * @throws IllegalArgumentException if a line is none; the message says which, and what it may be
   */
  public static ScriptedFaults parse(List<String> lines) {
    ScriptedFaults faults = new ScriptedFaults();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").strip();
      if (line.isEmpty()) {
        continue;
      }
      try {
        faults.add(line.split("\\s+"));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "line "
                + (i + 1)
                + ", '"
                + line
                + "': write (request|read|write|flush) N TROUBLE, sector N[-M] TROUBLE [TIMES],"
                + " time T TROUBLE or seed N; TROUBLE is error, timeout, torn, bit-rot or"
                + " power-cut",
            e);
      }
    }
    return faults;
  }

  private void add(String[] words) {
    if (words[0].equals("seed") && words.length == 2) {
      chance = DiskFaults.chances(Long.parseLong(words[1]));
      return;
    }
    if (words.length < 3 || words.length > 4) {
      throw new IllegalArgumentException("words");
    }
    Subject subject = Subject.valueOf(words[0].toUpperCase(Locale.ROOT));
    int dash = words[1].indexOf('-', 1);
    boolean isRange = subject == Subject.SECTOR && dash > 0;
    long first =
        subject == Subject.TIME
            ? nanoseconds(words[1])
            : Long.parseLong(isRange ? words[1].substring(0, dash) : words[1]);
    long last = isRange ? Long.parseLong(words[1].substring(dash + 1)) : first;
    Fault fault = Fault.valueOf(words[2].toUpperCase(Locale.ROOT).replace('-', '_'));
    int times =
        words.length == 4 ? Integer.parseInt(words[3]) : subject == Subject.SECTOR ? FOREVER : 1;
    if (fault == Fault.NONE || first < 0 || last < first || times < 1) {
      throw new IllegalArgumentException("numbers");
    }
    rules.add(new Rule(subject, first, last, fault, times));
  }

  private static long nanoseconds(String text) {
    String unit = text.replaceFirst("^[0-9]+", "");
    long factor =
        switch (unit) {
          case "ns" -> 1;
          case "us" -> 1_000;
          case "ms" -> 1_000_000;
          case "s" -> 1_000_000_000;
          default -> throw new IllegalArgumentException(unit);
        };
    try {
      String digits = text.substring(0, text.length() - unit.length());
      return Math.multiplyExact(Long.parseLong(digits), factor);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  @Override
  public Fault next(long now, DiskOperation operation, long sector, int sectors) {
    long request = requests++;
    long ofItsKind =
        switch (operation) {
          case READ -> reads++;
          case WRITE -> writes++;
          case FLUSH -> flushes++;
        };
    for (Rule rule : rules) {
      boolean applies =
          switch (rule.subject) {
            case REQUEST -> isFrom(rule, request);
            case READ -> operation == DiskOperation.READ && isFrom(rule, ofItsKind);
            case WRITE -> operation == DiskOperation.WRITE && isFrom(rule, ofItsKind);
            case FLUSH -> operation == DiskOperation.FLUSH && isFrom(rule, ofItsKind);
            case SECTOR -> sectors > 0 && sector <= rule.last && sector + sectors > rule.first;
            case TIME -> now >= rule.first;
          };
      if (applies && rule.left > 0) {
        rule.left -= rule.left == FOREVER ? 0 : 1;
        return rule.fault;
      }
    }
    return Fault.NONE;
  }

  /** The named one, and as many after it as the rule still has to spend. */
  private static boolean isFrom(Rule rule, long number) {
    return number >= rule.first;
  }

  @Override
  public boolean mayCutPower() {
    return rules.stream().anyMatch(r -> r.fault == Fault.POWER_CUT);
  }

  @Override
  public int chance(int bound) {
    return chance.nextInt(bound);
  }
}
