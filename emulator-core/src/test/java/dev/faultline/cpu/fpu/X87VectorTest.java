// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.fpu.X87Record.Bytes;
import dev.faultline.cpu.fpu.X87Record.Outcome;
import dev.faultline.cpu.fpu.X87Record.Range;
import dev.faultline.cpu.fpu.X87Record.X87State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The x87 against what a processor did: every record of x87 instructions alone. Blocks that mix
 * them with others need the whole processor.
 */
final class X87VectorTest {
  private static final int FLAGS = 0x00244CD5;

  /** 20,785 single instructions and 374 of 896 sequences. */
  private static final int RECORDS = 21_159;

  @Test
  void everyInstructionDoesWhatTheProcessorDid() throws IOException {
    Map<String, List<String>> failures = new TreeMap<>();
    int checked = 0;
    X87Bench bench = new X87Bench();
    for (X87Record r : X87Record.readAll()) {
      String failure;
      try {
        bench.run(r);
        failure = compare(bench, r);
      } catch (UnsupportedOperationException e) {
        continue;
      }
      checked++;
      if (failure != null) {
        failures
            .computeIfAbsent(r.form(), f -> new ArrayList<>())
            .add("#" + r.index() + ": " + failure);
      }
    }
    assertThat(checked).isEqualTo(RECORDS);
    assertThat(failures).as("failures by form, of %d records", checked).isEmpty();
  }

  private static @Nullable String compare(X87Bench bench, X87Record r) {
    Outcome o = r.outcome();
    List<String> wrong = new ArrayList<>();
    check(wrong, "vector", o.vector(), bench.vector);
    if (o.vector() == 14) {
      check(wrong, "error code", o.errorCode(), bench.mmu.faultError());
      if ((r.attributes() & X87Record.CR2SOFT) == 0) {
        check(wrong, "CR2", o.cr2(), bench.mmu.cr2());
      }
    }
    check(wrong, "EIP", o.after()[0], r.before()[0] + bench.length);
    int flags = FLAGS & ~o.undefinedFlags();
    check(wrong, "EFLAGS", o.after()[1] & flags, bench.flags & flags);
    for (int i = 0; i < 8; i++) {
      check(wrong, "r" + i, o.after()[2 + i], bench.regs[i]);
    }
    if (o.x87() != null) {
      compareX87(wrong, bench.fpu, o.x87(), o.undefinedSw(), r.attributes());
    }
    compareMemory(wrong, bench, r);
    return wrong.isEmpty() ? null : wrong + describe(r);
  }

  private static String describe(X87Record r) {
    X87State s = r.x87();
    if (s == null) {
      return "";
    }
    StringBuilder text =
        new StringBuilder(" from cw %04x sw %04x tags %02x".formatted(s.cw(), s.sw(), s.tags()));
    for (int j = 0; j < 2; j++) {
      int i = (s.sw() >> 11) + j & 7;
      text.append(" %04x:%016x".formatted(s.exponents()[i], s.significands()[i]));
    }
    text.append(" code ");
    for (byte b : r.code()) {
      text.append("%02x".formatted(b));
    }
    for (Bytes p : r.patches()) {
      text.append(" %08x:".formatted(p.address()));
      for (byte b : p.bytes()) {
        text.append("%02x".formatted(b));
      }
    }
    return text.toString();
  }

  private static void compareX87(
      List<String> wrong, Fpu fpu, X87State expected, int undefinedSw, int attributes) {
    check(wrong, "CW", expected.cw(), fpu.controlWord());
    check(wrong, "SW", expected.sw() & ~undefinedSw, fpu.statusWord() & ~undefinedSw);
    check(wrong, "tags", expected.tags(), fpu.tags());
    for (int i = 0; i < 8; i++) {
      if ((expected.tags() >> i & 1) == 0) {
        continue;
      }
      int se = expected.exponents()[i];
      long sig = expected.significands()[i];
      int depth = i - fpu.top() & 7;
      boolean approximate = (attributes & X87Record.APPROX) != 0 && depth < 2;
      if ((attributes & X87Record.IMPL) != 0 && depth == 0) {
        continue;
      }
      if (approximate
          ? !near(fpu, i, se, sig)
          : fpu.signExponent(i) != se || fpu.significand(i) != sig) {
        wrong.add(
            "ST(%d) %04x:%016x, not %04x:%016x"
                .formatted(depth, fpu.signExponent(i), fpu.significand(i), se, sig));
      }
    }
  }

  /** Within two units in the last place; special values exactly. */
  private static boolean near(Fpu fpu, int register, int se, long sig) {
    int gotSe = fpu.signExponent(register);
    long got = fpu.significand(register);
    if (gotSe == se && got == sig) {
      return true;
    }
    if ((se & 0x7FFF) == 0x7FFF || sig == 0 || got == 0 || (gotSe ^ se) >>> 15 != 0) {
      return false;
    }
    // Across a power of two the unit changes: the significands then meet at the ends.
    long distance = got - sig;
    return switch (gotSe - se) {
      case 0 -> Math.abs(distance) <= 2;
      case 1 -> got == Long.MIN_VALUE && -sig <= 2 && -sig > 0;
      case -1 -> sig == Long.MIN_VALUE && -got <= 2 && -got > 0;
      default -> false;
    };
  }

  private static void compareMemory(List<String> wrong, X87Bench bench, X87Record r) {
    byte[] got = bench.snapshot();
    byte[] expected = bench.initial();
    for (Bytes c : r.outcome().changes()) {
      for (int i = 0; i < c.bytes().length; i++) {
        expected[X87Bench.index(c.address() + i)] = c.bytes()[i];
      }
    }
    for (Range g : r.outcome().ignored()) {
      for (int i = 0; i < g.length(); i++) {
        int at = X87Bench.index(g.address() + i);
        expected[at] = got[at];
      }
    }
    StringBuilder differences = new StringBuilder();
    for (int i = 0; i < got.length; i++) {
      if (got[i] != expected[i]) {
        differences.append(" %x:%02x/%02x".formatted(i, got[i], expected[i]));
      }
    }
    if (!differences.isEmpty()) {
      wrong.add("memory" + differences);
    }
  }

  private static void check(List<String> wrong, String what, int expected, int got) {
    if (expected != got) {
      wrong.add("%s %x, not %x".formatted(what, got, expected));
    }
  }
}
