// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The table reads as it should, and says where it does not. */
final class InstructionTableTest {
  private final Decoder decoder = new Decoder();
  private final Instruction instruction = new Instruction();

  private static InstructionTable table(String... lines) {
    return new InstructionTable(String.join("\n", lines));
  }

  @Test
  void aConditionMakesSixteenForms() {
    InstructionTable table = table("# a comment", "70+cc  j  Jb  r  jcc  -  relative");
    assertThat(table.forms()).hasSize(16);
    assertThat(table.forms().get(15).mnemonic()).isEqualTo("jg");
    assertThat(table.forms().get(4).condition()).isEqualTo(4);
  }

  @Test
  void anEncodingIsGivenOnce() {
    assertThatThrownBy(
            () ->
                table("00 /r  add  Eb,Gb  mr  Alu.add  OSZAPC", "00 /3  or  Eb,Gb  mr  Alu.or  -"))
        .hasMessageStartingWith("instruction table, line 2: the encoding is taken by 00 /r");
  }

  @Test
  void anUnknownOperandIsNamed() {
    assertThatThrownBy(() -> table("00 /r  add  Eb,Kb  mr  Alu.add  OSZAPC").forms())
        .hasMessageStartingWith("instruction table, line 1: no operand \"Kb\"");
  }

  private Decoder.Result decode(int... bytes) {
    byte[] code = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      code[i] = (byte) bytes[i];
    }
    return decoder.decode(code, 0, code.length, instruction);
  }

  @Test
  void missingBytesAreAskedFor() {
    assertThat(decode(0x81)).isEqualTo(Decoder.Result.MORE);
    assertThat(decode(0x81, 0x84, 0x24, 1, 2, 3, 4, 5, 6, 7)).isEqualTo(Decoder.Result.MORE);
    assertThat(decode(0x81, 0x84, 0x24, 1, 2, 3, 4, 5, 6, 7, 8)).isEqualTo(Decoder.Result.OK);
    assertThat(instruction.length()).isEqualTo(11);
    assertThat(decode(0x66, 0x66)).isEqualTo(Decoder.Result.MORE);
  }

  @Test
  void fifteenBytesAreTheLimit() {
    int[] prefixes = new int[16];
    java.util.Arrays.fill(prefixes, 0x66);
    assertThat(decode(prefixes)).isEqualTo(Decoder.Result.TOO_LONG);
    prefixes[14] = 0x90;
    assertThat(decode(prefixes)).isEqualTo(Decoder.Result.OK);
    assertThat(instruction.length()).isEqualTo(15);
  }

  @Test
  void lockNeedsAMemoryDestination() {
    assertThat(decode(0xF0, 0x01, 0x00)).isEqualTo(Decoder.Result.OK);
    assertThat(decode(0xF0, 0x01, 0xC0)).isEqualTo(Decoder.Result.UNDEFINED);
    assertThat(decode(0xF0, 0x03, 0x00)).isEqualTo(Decoder.Result.UNDEFINED);
  }

  @Test
  void repeatBeforeBsfIsIgnoredAndBeforeNopIsPause() {
    assertThat(decode(0xF3, 0x0F, 0xBC, 0xC0)).isEqualTo(Decoder.Result.OK);
    assertThat(instruction.form().mnemonic()).isEqualTo("bsf");
    assertThat(decode(0xF3, 0x90)).isEqualTo(Decoder.Result.OK);
    assertThat(instruction.form().mnemonic()).isEqualTo("pause");
  }
}
