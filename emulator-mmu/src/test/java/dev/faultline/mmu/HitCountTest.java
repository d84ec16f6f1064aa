// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: counters that count something else, or change what they count. */
final class HitCountTest {
  private static final int VA = 0x0040_0000;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;

  @BeforeEach
  void twoPages() {
    machine.map(VA, 16, RW).map(VA + 0x1000, 17, RW);
    mmu.setCountHits(true);
  }

  @Test
  @DisplayName("a hit is an access that needed no walk")
  void hits() {
    mmu.read8(VA);
    assertThat(mmu.hits()).as("miss").isZero();

    mmu.read32(VA + 4);
    mmu.read64(VA + 8);
    assertThat(mmu.hits()).as("two hits").isEqualTo(2);

    mmu.write8(VA, 1);
    assertThat(mmu.hits()).as("the first write walks for D").isEqualTo(2);

    mmu.write8(VA, 1);
    assertThat(mmu.hits()).isEqualTo(3);
    assertThat(mmu.tlb().fills()).isEqualTo(2);
  }

  @Test
  @DisplayName("an access of two pages hits only if both are there")
  void straddling() {
    mmu.read8(VA);

    mmu.read32(VA + 0xFFE);
    assertThat(mmu.hits()).as("the second page missed").isZero();

    mmu.read32(VA + 0xFFE);
    assertThat(mmu.hits()).isEqualTo(1);
  }

  @Test
  @DisplayName("a read-modify-write counts as two accesses")
  void readModifyWrite() {
    mmu.readForWrite(VA, 4);
    mmu.write32(VA, 1);
    assertThat(mmu.hits()).as("miss, hit").isEqualTo(1);

    mmu.readForWrite(VA, 4);
    mmu.write32(VA, 1);
    assertThat(mmu.hits()).as("hit, hit").isEqualTo(3);
  }

  @Test
  @DisplayName("code is not counted, and its fetches stay on the fast path")
  void fetches() {
    mmu.translate(VA, Access.FETCH);

    assertThat(mmu.fetchIndex(VA)).isEqualTo(16 << 12);
    assertThat(mmu.hits()).isZero();
  }

  @Test
  @DisplayName("counting starts at zero each time it is switched on, and stands when it is off")
  void restart() {
    mmu.read8(VA);
    mmu.read8(VA);
    mmu.setCountHits(false);
    mmu.read8(VA);
    mmu.read8(VA);
    assertThat(mmu.hits()).isEqualTo(1);

    mmu.setCountHits(true);

    assertThat(mmu.hits()).isZero();
  }

  @Test
  @DisplayName("counting changes no fill, no value, no byte")
  void countingIsInvisible() {
    Machine counted = new Machine();
    Machine plain = new Machine();
    counted.mmu.setCountHits(true);
    for (Machine m : new Machine[] {counted, plain}) {
      Random random = new Random(3);
      for (int page = 0; page < 40; page++) {
        m.map(VA + page * 4096, 20 + page, RW);
      }
      for (int i = 0; i < 50_000; i++) {
        int va = VA + random.nextInt(39 * 4096);
        if (random.nextBoolean()) {
          m.mmu.write32(va, (int) m.mmu.read64(va) + i);
        } else {
          m.mmu.write16(va, (int) m.mmu.readForWrite(va, 2) + i);
        }
      }
    }

    assertThat(counted.mmu.tlb().fills()).isEqualTo(plain.mmu.tlb().fills());
    assertThat(counted.memory.array()).isEqualTo(plain.memory.array());
    assertThat(counted.mmu.hits()).isPositive();
    assertThat(plain.mmu.hits()).isZero();
  }
}
