// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hazard: the edges between RAM, windows and nothing. */
final class PhysicalBusTest {
  private static final int WINDOW = 0xF000_0000;

  private final Machine machine = new Machine();
  private final PhysicalBus bus = machine.bus;
  private final int end = machine.memory.size();
  private final List<String> seen = new ArrayList<>();

  /** Answers each byte with its offset, and too many ones above. */
  private final class Echo implements MmioDevice {
    @Override
    public int read(int offset, int size) {
      seen.add("R" + size + "@" + offset);
      int value = 0x0302_0100 + 0x0101_0101 * offset;
      return size == 4 ? value : value & (1 << 8 * size) - 1 | -1 << 8 * size;
    }

    @Override
    public void write(int offset, int size, int value) {
      int low = size == 4 ? value : value & (1 << 8 * size) - 1;
      seen.add(String.format("W%d@%d=%x", size, offset, low));
    }
  }

  @Test
  @DisplayName("an access inside a window reaches the device whole, by offset, and zero-extended")
  void window() {
    bus.attach(WINDOW, 4096, new Echo());

    assertThat(bus.read(WINDOW + 8, 4)).isEqualTo(0x0B0A_0908);
    assertThat(bus.read(WINDOW + 8, 2)).isEqualTo(0x0908);
    assertThat(bus.read(WINDOW + 8, 1)).isEqualTo(0x08);
    bus.write(WINDOW + 4092, 4, 0x1234_5678);
    bus.write(WINDOW + 1, 2, 0x1234_5678);

    assertThat(seen).containsExactly("R4@8", "R2@8", "R1@8", "W4@4092=12345678", "W2@1=5678");
  }

  @Test
  @DisplayName("an access over the edge of RAM is split: bytes of RAM, ones of nothing")
  void edgeOfRam() {
    machine.memory.write16(end - 2, 0x2211);

    assertThat(bus.read(end - 2, 4)).isEqualTo(0xFFFF_2211);
    assertThat(bus.read(-2, 4)).isEqualTo(machine.memory.read16(0) << 16 | 0xFFFF);
    bus.write(end - 1, 4, 0x7766_5544);

    assertThat(machine.memory.read16(end - 2)).isEqualTo(0x4411);
  }

  @Test
  @DisplayName(
      "RAM followed by a window, and a window by a window: each byte goes where it belongs")
  void adjacentWindows() {
    bus.attach(end, 4096, new Echo());
    bus.attach(end + 4096, 4096, new Echo());

    assertThat(bus.read(end - 1, 2)).isEqualTo(0x0000);
    bus.write(end + 4094, 4, 0x4433_2211);

    assertThat(seen).containsExactly("R1@0", "W1@4094=11", "W1@4095=22", "W1@0=33", "W1@1=44");
  }

  @Test
  @DisplayName("nothing reads as ones and swallows writes")
  void nothing() {
    assertThat(bus.read(0x8000_0000, 4)).isEqualTo(-1);
    assertThat(bus.read(0x8000_0000, 2)).isEqualTo(0xFFFF);
    assertThat(bus.read(0x8000_0000, 1)).isEqualTo(0xFF);
    bus.write(0x8000_0000, 4, 0);
    assertThat(bus.read(0x8000_0000, 4)).isEqualTo(-1);
  }

  @Test
  @DisplayName("the last window of the address space ends where it ends")
  void lastWindow() {
    bus.attach(0xFFFF_F000, 4096, new Echo());

    assertThat(bus.read(-1, 1)).isEqualTo(4095 & 0xFF);
    bus.read(-1, 2);

    assertThat(seen).containsExactly("R1@4095", "R1@4095");
  }

  @ParameterizedTest
  @CsvSource({
    "0x001ff000, 4096, overlaps RAM",
    "0x00000000, 4096, overlaps RAM",
    "0xf0000000, 4096, overlaps the one at f0000000",
    "0xeffff000, 8192, overlaps the one at f0000000",
    "0xf0001000, 4096, overlaps the one at f0000000",
    "0xe0000000, 0x20000000, overlaps the one at f0000000",
    "0xe0000001, 4096, not made of whole pages",
    "0xe0000000, 100, not made of whole pages",
    "0xe0000000, 0, not made of whole pages",
    "0xe0000000, -4096, not made of whole pages",
    "0xfffff000, 8192, not made of whole pages"
  })
  @DisplayName("a window that overlaps, is ragged, or leaves the address space is refused")
  void refusedWindows(String base, String size, String why) {
    bus.attach(WINDOW, 8192, new Echo());

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> bus.attach(Long.decode(base).intValue(), Integer.decode(size), new Echo()))
        .withMessageContaining(why);
  }

  @Test
  @DisplayName(
      "through the MMU a device sees each access once, whole in a page, by bytes across two")
  void throughTheMmu() {
    bus.attach(WINDOW, 8192, new Echo());
    machine.map(0x0040_0000, WINDOW >>> 12, RW).map(0x0040_1000, (WINDOW >>> 12) + 1, RW);
    Mmu mmu = machine.mmu;

    assertThat(mmu.read8(0x0040_0004)).isEqualTo(4);
    assertThat(mmu.read16(0x0040_0004)).isEqualTo(0x0504);
    assertThat(mmu.read64(0x0040_0004)).isEqualTo(0x0B0A_0908_0706_0504L);
    mmu.write32(0x0040_0004, 0x1234_5678);
    mmu.write16(0x0040_0FFF, 0x2211);
    assertThat(mmu.readForWrite(0x0040_0008, 4)).isEqualTo(0x0B0A_0908L);

    assertThat(seen)
        .containsExactly(
            "R1@4", "R2@4", "R4@4", "R4@8", "W4@4=12345678", "W1@4095=11", "W1@4096=22", "R4@8");
    assertThat(mmu.writeIndex(0x0040_0004, 4)).isEqualTo(-1);
    assertThat(mmu.translate(0x0040_0004, Access.FETCH)).isEqualTo(WINDOW + 4);
    assertThat(mmu.fetchIndex(0x0040_0004)).isEqualTo(-1);
  }
}
