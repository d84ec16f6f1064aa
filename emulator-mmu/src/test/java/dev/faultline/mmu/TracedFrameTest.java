// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a watched page whose accesses slip by, or one that makes others slow. */
final class TracedFrameTest {
  private static final int VA = 0x0040_0000;
  private static final int ALIAS = 0x0070_3000;
  private static final int OTHER = VA + 0x1000;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;
  private final List<String> seen = new ArrayList<>();

  @BeforeEach
  void oneTracedFrame() {
    machine.map(VA, 16, RW).map(ALIAS, 16, RW).map(OTHER, 17, RW);
    mmu.write8(VA, 1);
    mmu.write8(OTHER, 1);
    mmu.translate(VA, Access.FETCH);
    mmu.setTracer(
        (kind, va, address, size) ->
            seen.add(String.format("%s %x %x+%d", "RWF".charAt(kind), va, address, size)));
    mmu.trace(16, true);
  }

  @Test
  @DisplayName("each access is seen, each time, through every mapping, in all sizes")
  void accessesAreSeen() {
    mmu.read8(VA);
    mmu.read8(VA);
    mmu.write16(VA + 2, 1);
    mmu.read32(ALIAS + 4);
    mmu.write64(VA + 8, 1);

    assertThat(seen)
        .containsExactly(
            "R 400000 10000+1",
            "R 400000 10000+1",
            "W 400002 10002+2",
            "R 703004 10004+4",
            "W 400008 10008+8");
  }

  @Test
  @DisplayName("a read-modify-write is a read and a write")
  void readModifyWrite() {
    assertThat(mmu.writeIndex(VA, 4)).isEqualTo(-1);
    mmu.readForWrite(VA, 4);
    mmu.write32(VA, 1);

    assertThat(seen).containsExactly("R 400000 10000+4", "W 400000 10000+4");
  }

  @Test
  @DisplayName("of an access of two pages, the bytes in the traced frame are seen")
  void straddling() {
    mmu.read32(VA + 0xFFD);
    mmu.write16(VA + 0xFFF, 0);

    assertThat(seen)
        .containsExactly(
            "R 400ffd 10ffd+1", "R 400ffe 10ffe+1", "R 400fff 10fff+1", "W 400fff 10fff+1");
  }

  @Test
  @DisplayName("a refused access is not seen")
  void refused() {
    machine.unmap(VA);
    mmu.invalidate(VA);

    assertThat(machine.faultOf(() -> mmu.read8(VA))).isNotNull();

    assertThat(seen).isEmpty();
  }

  @Test
  @DisplayName("the slow bit is set in the entries of the traced frame only, and fetches stay fast")
  void nobodyElsePays() {
    long fills = mmu.tlb().fills();
    mmu.read8(OTHER);
    mmu.write8(OTHER, 2);
    assertThat(mmu.tlb().fills()).as("the other page kept its entries").isEqualTo(fills);

    mmu.write8(VA, 1);
    mmu.translate(VA, Access.FETCH);

    assertThat(machine.tag(Access.READ, VA)).isEqualTo(VA | Tlb.SLOW);
    assertThat(machine.tag(Access.WRITE, VA)).isEqualTo(VA | Tlb.SLOW);
    assertThat(mmu.fetchIndex(VA)).isEqualTo(16 << 12);
    assertThat(machine.tag(Access.READ, OTHER)).isEqualTo(OTHER);
    assertThat(machine.tag(Access.WRITE, OTHER)).isEqualTo(OTHER);
  }

  @Test
  @DisplayName("tracing ended: silence, and the fast path again")
  void ended() {
    mmu.read8(VA);
    seen.clear();

    mmu.trace(16, false);
    mmu.read8(VA);

    assertThat(seen).isEmpty();
    assertThat(machine.tag(Access.READ, VA)).isEqualTo(VA);
  }
}
