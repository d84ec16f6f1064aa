// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.Engine;
import dev.faultline.cpu.Exit;
import dev.faultline.cpu.Vector;
import dev.faultline.cpu.decode.Disassembler;
import dev.faultline.mmu.Mmu;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Runs the records of a vector file on an engine and compares the outcome. */
public final class IsaReplay {
  private static final int GROUP_X87 = 1;

  /** Enough for an engine to run whole blocks. */
  private static final int LARGE_BUDGET = 100_000;

  private static final byte HLT = (byte) 0xF4;

  /** How a record is run. */
  public enum Mode {
    /** With a budget of exactly the record's instructions. */
    EXACT,

    /**
     * With a large budget, so that the engine runs blocks as it does in earnest; the HLT behind the
     * record's code then ends the run. Records that end elsewhere are skipped.
     */
    BLOCKS
  }

  /**
   * What came out.
   *
   * @param passed records whose outcome is as recorded
   * @param failed records whose outcome differs
   * @param skipped records that this machine or mode has no use for
   */
  public record Summary(int passed, int failed, int skipped) {}

  private final Function<Mmu, Engine> engines;
  private final Consumer<String> out;
  private final int shown;

  /**
   * A replay.
   *
   * @param engines makes the engine for an MMU
   * @param out where failures are described, line by line
   * @param shown how many failures are described at most
   */
  public IsaReplay(Function<Mmu, Engine> engines, Consumer<String> out, int shown) {
    this.engines = engines;
    this.out = out;
    this.shown = shown;
  }

  /**
   * Replays a file.
   *
   * @param stream the file, packed or not
   * @param mode how to run records
   * @param filter which forms to run
   * @throws IOException if it cannot be read; an {@link IsaFormatException} if it is damaged
   */
  public Summary run(InputStream stream, Mode mode, Predicate<IsaForm> filter) throws IOException {
    IsaVectors vectors = new IsaVectors(stream);
    IsaMachine machine = new IsaMachine(vectors);
    Engine engine = engines.apply(machine.mmu());
    IsaRecord record = new IsaRecord();
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    while (vectors.next(record)) {
      boolean foreign = record.form.group() > GROUP_X87;
      IsaExpectation expected = new IsaExpectation(machine, record);
      if (foreign || !filter.test(record.form) || (mode == Mode.BLOCKS && !endsAtHlt(expected))) {
        skipped++;
        continue;
      }
      List<String> differences = replay(machine, engine, record, expected, mode);
      if (differences.isEmpty()) {
        passed++;
      } else {
        failed++;
        if (failed <= shown) {
          describe(record, mode, differences);
        }
      }
    }
    return new Summary(passed, failed, skipped);
  }

  private static boolean endsAtHlt(IsaExpectation expected) {
    return expected.record().vector != IsaRecord.NO_EXCEPTION
        || expected.byteAt(expected.record().finalEip) == HLT;
  }

  private static List<String> replay(
      IsaMachine machine, Engine engine, IsaRecord record, IsaExpectation expected, Mode mode) {
    machine.load(record);
    Cpu cpu = machine.cpu();
    long before = cpu.retired();
    Exit exit = engine.run(cpu, mode == Mode.EXACT ? record.instructions : LARGE_BUDGET);
    boolean faulted = exit == Exit.EXCEPTION || exit == Exit.INTERRUPT;
    int vector = faulted ? cpu.exitVector() : IsaRecord.NO_EXCEPTION;
    boolean general = exit == Exit.EXCEPTION && vector == Vector.GP && cpu.eip() == record.finalEip;
    if (mode == Mode.BLOCKS && record.vector == IsaRecord.NO_EXCEPTION && general) {
      // The HLT behind the code.
      vector = IsaRecord.NO_EXCEPTION;
    }
    // In a block that faults, the last instruction is the one that did; #BP and #OF retire theirs.
    boolean fault =
        record.vector != IsaRecord.NO_EXCEPTION
            && record.vector != Vector.BP
            && record.vector != Vector.OF;
    long retired = cpu.retired() - before;
    List<String> differences = expected.compare(vector);
    long wanted = fault ? record.instructions - 1 : record.instructions;
    if (retired != wanted) {
      differences.add("retired " + retired + ", expected " + wanted);
    }
    return differences;
  }

  private void describe(IsaRecord record, Mode mode, List<String> differences) {
    out.accept(
        "record %d, %s, %s: %s  %s"
            .formatted(
                record.number,
                record.form,
                mode,
                HexFormat.of().formatHex(record.code),
                new Disassembler().disassembleAll(record.code, record.eip)));
    StringBuilder before = new StringBuilder("  before:");
    String[] names = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    for (int i = 0; i < names.length; i++) {
      before.append(String.format(" %s=%08x", names[i], record.registers[i]));
    }
    out.accept(before + String.format(" eip=%08x eflags=%08x", record.eip, record.eflags));
    for (String difference : differences) {
      out.accept("  " + difference);
    }
  }
}
