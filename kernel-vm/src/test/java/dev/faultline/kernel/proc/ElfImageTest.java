// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a file that is no good program is taken for one, or the reader stumbles over it. */
final class ElfImageTest {
  private static final int PHDR = 52;

  /** A program of one segment: the whole file at 0x08048000. */
  private static byte[] program() {
    ByteBuffer b = ByteBuffer.allocate(0x200).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7F, 'E', 'L', 'F', 1, 1, 1}).position(16);
    b.putShort((short) 2).putShort((short) 3).putInt(1).putInt(0x0804_8100).putInt(PHDR);
    b.putInt(0).putInt(0).putShort((short) 52).putShort((short) 32).putShort((short) 1);
    b.position(PHDR);
    b.putInt(1).putInt(0).putInt(0x0804_8000).putInt(0x0804_8000).putInt(0x200).putInt(0x1200);
    b.putInt(7).putInt(0x1000);
    return Arrays.copyOf(b.array(), 0x200);
  }

  private static byte[] with(int offset, int... bytes) {
    byte[] file = program();
    for (int i = 0; i < bytes.length; i++) {
      file[offset + i] = (byte) bytes[i];
    }
    return file;
  }

  private static ElfImage.Source source(byte[] file) {
    return (offset, size) ->
        offset + size > file.length
            ? null
            : Arrays.copyOfRange(file, (int) offset, (int) offset + size);
  }

  private static @Nullable String problem(byte[] file) {
    return ElfImage.describeProblem(file.length, source(file));
  }

  @Test
  @DisplayName("a good program has no problem, and its headers are found in memory")
  void good() {
    byte[] file = program();
    ElfImage image = ElfImage.parse(file.length, source(file)).image();
    assertThat(problem(file)).isNull();
    if (image == null) {
      throw new AssertionError("no image");
    }
    assertThat(image.entry()).isEqualTo(0x0804_8100);
    assertThat(image.headersAddress()).isEqualTo(0x0804_8000 + PHDR);
    assertThat(image.end()).isEqualTo(0x0804_9200L);
  }

  @Test
  @DisplayName("each kind of bad file is called by its name")
  void bad() {
    assertThat(problem(new byte[0])).isEqualTo("not an ELF file");
    assertThat(problem("#!/bin/sh\n".getBytes(US_ASCII))).isEqualTo("not an ELF file");
    assertThat(problem(with(4, 2))).startsWith("a 64-bit ELF file");
    assertThat(problem(Arrays.copyOf(program(), 40))).startsWith("truncated: its ELF header");
    assertThat(problem(Arrays.copyOf(program(), 60))).startsWith("truncated: its program headers");
    assertThat(problem(Arrays.copyOf(program(), 0x100))).startsWith("truncated: a segment ends");
    assertThat(problem(with(18, 40))).contains("another processor (ELF machine 40");
    assertThat(problem(with(16, 1))).startsWith("an object file");
    assertThat(problem(with(42, 31))).contains("program headers of 31 bytes");
    assertThat(problem(with(44, 0))).contains("0 program headers");
    assertThat(problem(with(PHDR, 2))).contains("no segment to load");
    assertThat(problem(with(PHDR + 20, 0, 1, 0, 0))).contains("larger in the file");
    assertThat(problem(with(PHDR + 8, 0, 0, 0, 0xC0))).contains("outside of user memory");
    assertThat(problem(with(PHDR + 8, 0, 0, 0, 0))).contains("outside of user memory");
    assertThat(problem(with(PHDR + 8, 4, 0, 4, 8))).contains("offset does not fit");
  }

  @Test
  @DisplayName("a program that needs an interpreter says which")
  void dynamic() {
    byte[] file = Arrays.copyOf(program(), 0x300);
    file[44] = 2;
    ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    b.position(PHDR + 32);
    b.putInt(3).putInt(0x280).putInt(0).putInt(0).putInt(7).putInt(7).putInt(4).putInt(1);
    b.put(0x280, new byte[] {'/', 'l', 'd', '.', 's', 'o', 0});
    assertThat(problem(file)).isEqualTo("dynamically linked: it needs the interpreter /ld.so");
    file[0x286] = 'x';
    assertThat(problem(file)).contains("interpreter's name cannot be read");
  }

  @Test
  @DisplayName("random damage is found or harmless, never an exception")
  void damage() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] file = program();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        file[random.nextInt(PHDR + 40)] = (byte) random.nextInt();
      }
      file = Arrays.copyOf(file, random.nextInt(4) == 0 ? random.nextInt(0x200) : 0x200);
      ElfImage.Parsed parsed = ElfImage.parse(file.length, source(file));
      assertThat(parsed.image() == null).isEqualTo(parsed.problem() != null);
    }
  }
}
