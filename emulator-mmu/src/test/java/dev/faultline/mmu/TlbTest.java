// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: the one compare of the fast path takes a wrong entry for the right one. */
final class TlbTest {
  @ParameterizedTest
  @ValueSource(ints = {16, 512, 65_536})
  @DisplayName("the inlined check hits inside the page and nowhere else, up to the wrap at 4 GiB")
  void inlinedCheck(int size) {
    Tlb tlb = new Tlb(size);
    for (int page : new int[] {0, 0x0040_0000, 0x7FFF_F000, 0x8000_0000, 0xFFFF_F000}) {
      tlb.fill(Access.READ, page, 0x5000, false, false, false);

      for (int offset = -9; offset < 4096 + 9; offset++) {
        for (int n = 1; n <= 8; n++) {
          boolean inside = offset >= 0 && offset + n <= 4096;
          assertThat(hits(tlb, page + offset, n)).isEqualTo(inside);
        }
      }
      assertThat(tlb.addend(Access.READ, page) + page).isEqualTo(0x5000);
      assertThat(hits(tlb, page ^ size << 12, 1)).as("same slot, other page").isEqualTo(false);
      tlb.flushAll();
    }
  }

  @Test
  @DisplayName("an empty TLB hits nowhere, and holds nothing")
  void empty() {
    Tlb tlb = new Tlb(16);

    for (long va = 0; va < 1L << 32; va += 4093) {
      if (hits(tlb, (int) va, 1) || hits(tlb, (int) va, 8) || tlb.holds(Access.READ, (int) va)) {
        throw new AssertionError(String.format("hit at %08x", va));
      }
    }
  }

  @Test
  @DisplayName("a slow entry is held, but misses on the fast path")
  void slowEntry() {
    Tlb tlb = new Tlb(16);

    tlb.fill(Access.READ, 0x1234_5678, 0xE000_0000, true, false, false);

    assertThat(tlb.holds(Access.READ, 0x1234_5FFF)).isTrue();
    assertThat(0x1234_5678 + tlb.addend(Access.READ, 0x1234_5678)).isEqualTo(0xE000_0678);
    assertThat(hits(tlb, 0x1234_5678, 1)).isFalse();
  }

  @Test
  @DisplayName("PM8: INVLPG of a small page leaves all others, large ones of other regions too")
  void invalidateIsExact() {
    Tlb tlb = new Tlb(16);
    tlb.fill(Access.READ, 0x0040_1000, 0x5000, false, false, false);
    tlb.fill(Access.READ, 0x0040_2000, 0x6000, false, false, false);
    tlb.fill(Access.READ, 0x0080_3000, 0x7000, false, false, true);

    tlb.invalidate(0x0041_1000); // the slot of the first page, but not its page
    assertThat(tlb.holds(Access.READ, 0x0040_1000)).isTrue();

    tlb.invalidate(0x0040_1FFF);
    assertThat(tlb.holds(Access.READ, 0x0040_1000)).isFalse();
    assertThat(tlb.holds(Access.READ, 0x0040_2000)).isTrue();
    assertThat(tlb.holds(Access.READ, 0x0080_3000)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 17, 511, 131_072, -16})
  @DisplayName("a size that is no power of two from 16 to 65536 is refused")
  void sizes(int size) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tlb(size))
        .withMessageContaining("TLB of " + size);
  }

  /** The check as the class comment of {@link Tlb} states it. */
  private static boolean hits(Tlb tlb, int a, int n) {
    long[] entries = tlb.entries(Access.READ);
    return (int) entries[a >>> 12 & entries.length - 1] == (a + n - 1 & Page.MASK);
  }
}
