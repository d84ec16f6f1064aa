// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.Flags;
import dev.faultline.cpu.decode.Decoder;
import dev.faultline.cpu.decode.Instruction;
import dev.faultline.cpu.decode.InstructionForm;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the instruction table says of flags is what hardware does with them. */
final class FlagColumnTest {
  private static final String LETTERS = "OSZAPC";
  private static final int[] BITS = {Flags.OF, Flags.SF, Flags.ZF, Flags.AF, Flags.PF, Flags.CF};

  @Test
  void noFlagChangesThatTheTableDoesNotName() throws IOException {
    Set<String> wrong = new TreeSet<>();
    Set<Integer> seen = new TreeSet<>();
    Decoder decoder = new Decoder();
    Instruction instruction = new Instruction();
    IsaRecord record = new IsaRecord();
    try (InputStream file = FlagColumnTest.class.getResourceAsStream("/isa/integer.bin.gz")) {
      IsaVectors vectors = new IsaVectors(Objects.requireNonNull(file));
      while (vectors.next(record)) {
        if (record.instructions != 1 || record.vector != IsaRecord.NO_EXCEPTION) {
          continue;
        }
        Decoder.Result result = decoder.decode(record.code, 0, record.code.length, instruction);
        assertThat(result).as(HexFormat.of().formatHex(record.code)).isEqualTo(Decoder.Result.OK);
        assertThat(instruction.length()).isEqualTo(record.code.length);
        InstructionForm form = instruction.form();
        seen.add(form.id());
        int touched = record.eflags ^ record.finalEflags | record.undefinedFlags;
        for (int i = 0; i < BITS.length; i++) {
          String letter = LETTERS.substring(i, i + 1);
          boolean named =
              form.defined().contains(letter)
                  || form.undefined().contains(letter.toLowerCase(java.util.Locale.ROOT));
          if ((touched & BITS[i]) != 0 && !named) {
            wrong.add(form.opcode() + " " + form.mnemonic() + " " + letter);
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(seen.size()).as("forms with a record").isGreaterThan(340);
  }
}
