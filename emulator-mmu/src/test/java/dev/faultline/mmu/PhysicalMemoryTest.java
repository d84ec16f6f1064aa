// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: byte order, alignment, the last bytes of RAM. */
final class PhysicalMemoryTest {
  private final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  private final int end = memory.size();

  @Test
  @DisplayName("words of all sizes at all alignments are little-endian")
  void wordsAreLittleEndian() {
    ByteBuffer model = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      int address = i % 4 == 0 ? end - 8 - random.nextInt(16) : random.nextInt(8192);
      long value = random.nextLong();
      switch (random.nextInt(4)) {
        case 0 -> {
          memory.write8(address, (int) value);
          model.put(address, (byte) value);
        }
        case 1 -> {
          memory.write16(address, (int) value);
          model.putShort(address, (short) value);
        }
        case 2 -> {
          memory.write32(address, (int) value);
          model.putInt(address, (int) value);
        }
        default -> {
          memory.write64(address, value);
          model.putLong(address, value);
        }
      }
      int from = Math.max(0, address - 3);
      assertThat(memory.read8(from)).isEqualTo(model.get(from) & 0xFF);
      assertThat(memory.read16(from)).isEqualTo(model.getShort(from) & 0xFFFF);
      assertThat(memory.read32(from)).isEqualTo(model.getInt(from));
      assertThat(memory.read64(from)).isEqualTo(model.getLong(from));
    }
    assertThat(memory.array()).isEqualTo(model.array());
  }

  @Test
  @DisplayName("the last bytes belong to RAM, the next do not")
  void edges() {
    memory.write64(end - 8, -1);
    memory.write8(end - 1, 0x12);

    assertThat(memory.read32(end - 4)).isEqualTo(0x12FF_FFFF);
    assertThat(memory.contains(end - 1)).isTrue();
    assertThat(memory.contains(end)).isFalse();
    assertThat(memory.contains(-1)).isFalse();
    assertThat(memory.contains(Integer.MIN_VALUE)).isFalse();
    assertThatThrownBy(() -> memory.read32(end - 3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> memory.write64(-4, 0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  @DisplayName("blocks and frames are copied and filled exactly")
  void blocks() {
    byte[] bytes = {1, 2, 3, 4, 5};
    memory.put(end - 3, bytes, 1, 3);
    memory.fillFrame(5, 0xAB);
    memory.copyFrame(5, memory.frames() - 2);
    memory.fill(0x5FFF, 2, 0x107);

    byte[] back = new byte[5];
    memory.get(end - 3, back, 2, 3);
    assertThat(back).containsExactly(0, 0, 2, 3, 4);
    assertThat(memory.read32(0x4FFE)).isEqualTo(0xABAB_0000);
    assertThat(memory.read32(0x5FFE)).isEqualTo(0x0007_07AB);
    assertThat(memory.read32(end - 2 * 4096 - 2)).isEqualTo(0xABAB_0000);
    assertThat(memory.read16(end - 4096 - 1)).isEqualTo(0x00AB);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -4096, 4096, (2 << 20) - 4096, (2 << 20) + 1, Integer.MAX_VALUE})
  @DisplayName("a size that is no RAM is refused before it is allocated")
  void sizes(int size) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PhysicalMemory(size))
        .withMessageContaining("RAM of " + size + " bytes");
  }

  @Test
  @DisplayName("pages: base, number and straddling, up to the end of the address space")
  void pageArithmetic() {
    assertThat(Page.base(-1)).isEqualTo(0xFFFF_F000);
    assertThat(Page.number(-1)).isEqualTo(0xF_FFFF);
    assertThat(Page.straddles(0xFFF, 1)).isFalse();
    assertThat(Page.straddles(0xFFF, 2)).isTrue();
    assertThat(Page.straddles(0x1000, 4096)).isFalse();
    assertThat(Page.straddles(0x1001, 4096)).isTrue();
    assertThat(Page.straddles(-4, 4)).isFalse();
    assertThat(Page.straddles(-4, 5)).isTrue();
  }
}
