// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a store into code that nobody hears of, and a translation that outlives it. */
final class CodePageTest {
  private static final int VA = 0x0040_0000;
  private static final int ALIAS = 0x0070_3000;
  private static final int CODE = 16;
  private static final int DATA = 17;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;
  private final PhysicalMemory memory = machine.memory;
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void aCodeFrameMappedTwice() {
    machine.map(VA, CODE, RW).map(ALIAS, CODE, RW).map(VA + 0x1000, DATA, RW);
    mmu.write8(VA, 0);
    mmu.write8(ALIAS, 0);
    mmu.write8(VA + 0x1000, 0);
    memory.setCodeWriteListener((address, size) -> told.add(String.format("%x+%d", address, size)));
    memory.markCode(CODE, true);
    mmu.tlb().dropWrites(CODE);
  }

  @Test
  @DisplayName("every store through any mapping is heard, each time, after the bytes changed")
  void storesAreHeard() {
    memory.setCodeWriteListener(
        (address, size) ->
            told.add(String.format("%x+%d=%x", address, size, memory.read8(address))));

    mmu.write8(VA + 1, 0x11);
    mmu.write16(VA + 2, 0x22);
    mmu.write32(ALIAS + 4, 0x33);
    mmu.write8(VA + 1, 0x44);
    mmu.readForWrite(VA + 8, 4);
    mmu.write32(VA + 8, 0x55);

    assertThat(told)
        .containsExactly("10001+1=11", "10002+2=22", "10004+4=33", "10001+1=44", "10008+4=55");
  }

  @Test
  @DisplayName("an 8-byte store is heard in full")
  void wideStore() {
    mmu.write64(VA + 16, -1);

    assertThat(told).containsExactly("10010+4", "10014+4");
  }

  @Test
  @DisplayName(
      "the fast path is kept out: no write entry, no RAM index; reads and fetches keep theirs")
  void fastPathIsKeptOut() {
    mmu.write8(VA, 1);

    assertThat(mmu.writeIndex(VA, 4)).isEqualTo(-1);
    assertThat(machine.tag(Access.WRITE, VA)).isEqualTo(VA | Tlb.SLOW);
    assertThat(machine.tag(Access.READ, VA)).isEqualTo(VA);
    mmu.translate(VA, Access.FETCH);
    assertThat(mmu.fetchIndex(VA + 5)).isEqualTo(CODE << 12 | 5);
  }

  @Test
  @DisplayName("dropWrites leaves the entries of other frames")
  void othersDoNotPay() {
    assertThat(mmu.writeIndex(VA + 0x1000, 4)).isEqualTo(DATA << 12);
  }

  @Test
  @DisplayName("a store that straddles two code frames tells of the bytes in each")
  void straddlingStore() {
    memory.markCode(DATA, true);
    mmu.tlb().dropWrites(DATA);

    mmu.write32(VA + 0xFFE, 0x1122_3344);

    assertThat(told).containsExactly("10ffe+1", "10fff+1", "11000+1", "11001+1");
    assertThat(memory.read32(CODE << 12 | 0xFFE)).isEqualTo(0x1122_3344);
  }

  @Test
  @DisplayName("a store that straddles from data into code tells of the code bytes only")
  void straddlingIntoCode() {
    machine.map(VA + 0x2000, CODE, RW);

    mmu.write32(VA + 0x1FFD, 0x1122_3344);

    assertThat(told).containsExactly("10000+1");
  }

  @Test
  @DisplayName("writes of the kernel and of devices are heard, split by frame")
  void kernelWrites() {
    memory.markCode(DATA, true);
    int base = CODE << 12;
    byte[] bytes = new byte[5000];

    memory.write8(base, 1);
    memory.write16(base + 0xFFF, 1);
    memory.write32(base + 0xFFD, 1);
    memory.write64(base + 0x1FFC, 1);
    memory.put(base + 0x800, bytes, 0, 5000);
    memory.put(base, bytes, 0, 0);
    memory.fill(base - 1, 2, 7);
    memory.fill(base, 0, 7);
    memory.fillFrame(CODE, 0);
    memory.copyFrame(20, DATA);
    memory.copyFrame(CODE, 20);
    machine.bus.write(base + 4, 4, 1);

    assertThat(told)
        .containsExactly(
            "10000+1",
            "10fff+1",
            "11000+1",
            "10ffd+3",
            "11000+1",
            "11ffc+4",
            "10800+2048",
            "11000+2952",
            "10000+1",
            "10000+4096",
            "11000+4096",
            "10004+4");
  }

  @Test
  @DisplayName("a page walk that sets A in a code frame is heard: tables may lie anywhere")
  void pageWalkIntoCode() {
    memory.markCode(Machine.DIRECTORY >>> 12, true);
    machine.map(0x0080_0000, 20, RW);
    told.clear();

    mmu.read8(0x0080_0000);

    assertThat(told).containsExactly("1008+4");
  }

  @Test
  @DisplayName("a frame that holds code no more is as fast as any, once its entries are dropped")
  void unmarked() {
    mmu.write8(VA, 1);
    told.clear();

    memory.markCode(CODE, false);
    mmu.tlb().dropWrites(CODE);
    mmu.write8(VA, 2);

    assertThat(told).isEmpty();
    assertThat(mmu.writeIndex(VA, 4)).isEqualTo(CODE << 12);
  }
}
