// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Decoder and disassembler agree with objdump, over encodings of every form of the table. */
final class DisassemblerTest {
  @Test
  void everyFormReadsAsObjdumpReadsIt() throws IOException {
    Disassembler disassembler = new Disassembler();
    List<String> differences = new ArrayList<>();
    int lines = 0;
    try (BufferedReader corpus =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    DisassemblerTest.class.getResourceAsStream("/disassembly/corpus.txt")),
                StandardCharsets.US_ASCII))) {
      for (String line = corpus.readLine(); line != null; line = corpus.readLine()) {
        String[] columns = line.split("\t", -1);
        byte[] code = HexFormat.of().parseHex(columns[1]);
        String expected = columns[2];
        String text = disassembler.disassemble(code, 0, HexFormat.fromHexDigits(columns[0]));
        if (!text.equals(expected) || disassembler.length() != code.length) {
          differences.add(line + "\n    got " + text);
        }
        lines++;
      }
    }
    assertThat(differences).isEmpty();
    assertThat(lines).isGreaterThan(I686.table().forms().size() * 7);
  }
}
