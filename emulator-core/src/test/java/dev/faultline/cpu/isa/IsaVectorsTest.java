// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.cpu.Interpreter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** A file that is no vector file, or a damaged one, gives one line that says so. */
final class IsaVectorsTest {
  private static final int SAMPLE = 60_000;

  private static byte[] sample() throws IOException {
    try (InputStream file = IsaVectorsTest.class.getResourceAsStream("/isa/integer.bin.gz");
        InputStream unpacked = new GZIPInputStream(Objects.requireNonNull(file))) {
      return unpacked.readNBytes(SAMPLE);
    }
  }

  private static void replay(byte[] bytes) throws IOException {
    new IsaReplay(mmu -> new Interpreter(mmu), line -> {}, 0)
        .run(new ByteArrayInputStream(bytes), IsaReplay.Mode.EXACT, form -> true);
  }

  @Test
  void somethingElseIsNamedAsSuch() {
    assertThatThrownBy(() -> replay("GIF89a and more".getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(IsaFormatException.class)
        .hasMessage(
            "not a usable vector file: it does not begin with IA32VEC, at byte 1 of the unpacked"
                + " data");
    assertThatThrownBy(() -> replay(new byte[0]))
        .hasMessage(
            "not a usable vector file: it ends in the middle, at byte 0 of the unpacked data");
    assertThatThrownBy(() -> replay(new byte[] {0x1F, 0x1F, 0, 0}))
        .hasMessageContaining("damaged gzip header");
  }

  @Test
  void anotherVersionIsNamed() throws IOException {
    byte[] bytes = sample();
    bytes[8] = 7;
    assertThatThrownBy(() -> replay(bytes)).hasMessageContaining("version 7, only 1 is known");
  }

  @Test
  void aFileThatEndsEarlySaysWhere() throws IOException {
    byte[] bytes = sample();
    assertThatThrownBy(() -> replay(bytes))
        .hasMessage(
            "not a usable vector file: it ends in the middle, at byte %d of the unpacked data"
                .formatted(SAMPLE));
    for (int size = 1; size < 200; size++) {
      byte[] shorter = Arrays.copyOf(bytes, size);
      assertThatThrownBy(() -> replay(shorter)).isInstanceOf(IsaFormatException.class);
    }
  }

  @Test
  void damageNeverLeadsToAnythingElse() throws IOException {
    byte[] original = sample();
    Random random = new Random(1);
    for (int i = 0; i < 150; i++) {
      byte[] damaged = original.clone();
      for (int j = 0; j < 20; j++) {
        damaged[random.nextInt(j < 4 ? 200 : SAMPLE)] = (byte) random.nextInt();
      }
      assertThatThrownBy(() -> replay(damaged)).isInstanceOf(IOException.class);
    }
    assertThat(original).hasSize(SAMPLE);
  }
}
