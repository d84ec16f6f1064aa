// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RO;
import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a refused access that leaves something behind. */
final class RefusedFaultTest {
  private static final int VA = 0x0040_0000;
  private static final int EDGE = VA + 0xFFE;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;

  @BeforeEach
  void onePageAndNothingBehindIt() {
    machine.map(VA, 16, RW);
    machine.memory.fillFrame(16, 0x55);
    machine.memory.fillFrame(17, 0x66);
  }

  @Test
  @DisplayName("PM5: refused second half: nothing written, CR2 is the start of the second page")
  void secondHalfRefused() {
    List<Runnable> stores =
        List.of(
            () -> mmu.write16(VA + 0xFFF, 0x1234),
            () -> mmu.write32(EDGE, 0x1234_5678),
            () -> mmu.write64(EDGE, 0x1234_5678_9ABC_DEF0L),
            () -> mmu.readForWrite(EDGE, 4));
    for (Runnable store : stores) {
      assertThat(machine.faultOf(store)).hasToString("#PF(cr2=00401000, error=6)");
    }

    assertThat(mmu.read16(EDGE)).isEqualTo(0x5555);
  }

  @Test
  @DisplayName("PM5: both halves refused: the first is reported")
  void firstHalfIsReportedFirst() {
    machine.unmap(VA);

    assertThat(machine.faultOf(() -> mmu.write32(EDGE, 1)))
        .hasToString("#PF(cr2=00400ffe, error=6)");
  }

  @Test
  @DisplayName("PM4: a page refused for its rights keeps A and D as they were")
  void refusedPageKeepsItsBits() {
    machine.map(VA + 0x1000, 17, RO);

    assertThat(machine.faultOf(() -> mmu.write32(EDGE, 1)))
        .hasToString("#PF(cr2=00401000, error=7)");

    assertThat(machine.pte(VA + 0x1000)).isEqualTo(17 << 12 | RO);
    assertThat(machine.memory.read8(17 << 12)).isEqualTo(0x66);
  }

  @Test
  @DisplayName("PM5: a refused read of two pages reports a read")
  void refusedRead() {
    assertThat(machine.faultOf(() -> mmu.read64(EDGE))).hasToString("#PF(cr2=00401000, error=4)");
    assertThat(machine.faultOf(() -> mmu.translate(VA + 0x1000, Access.FETCH)))
        .hasToString("#PF(cr2=00401000, error=4)");
  }

  @Test
  @DisplayName("the refusal is one preallocated throwable without a stack trace")
  void refusalAllocatesNothing() {
    Throwable first = catchThrowable(() -> mmu.read8(0x1000_0000));
    Throwable second = catchThrowable(() -> mmu.write64(0x2000_0000, 1));

    assertThat(first).isSameAs(second).isSameAs(RefusedPageFault.INSTANCE);
    assertThat(first.getStackTrace()).isEmpty();
    first.addSuppressed(new IllegalStateException("would be kept for ever"));
    assertThat(first.getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("CR2 and error code are those of the refused fault, whatever faulted while it slept")
  void otherFaultsWhileTheHandlerSlept() {
    machine.map(0x0050_0000, 18, 0);
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          if (va == 0x0050_0000) {
            machine.map(va, 18, RW);
            return true;
          }
          mmu.write32(0x0050_0000, 1); // another thread, in the sleep
          return false;
        });

    Machine.Fault fault = machine.faultOf(() -> mmu.read32(0x0060_0000));

    assertThat(fault).hasToString("#PF(cr2=00600000, error=4)");
  }

  @Test
  @DisplayName("probe writes nothing and reports the first page that is refused")
  void probe() {
    mmu.probe(VA, 4096, Access.WRITE);

    assertThat(machine.faultOf(() -> mmu.probe(VA + 1, 4096, Access.WRITE)))
        .hasToString("#PF(cr2=00401000, error=6)");
    assertThat(mmu.read64(VA)).isEqualTo(0x5555_5555_5555_5555L);
  }

  @Test
  @DisplayName("an access around the end of the address space ends on page 0")
  void wrapAround() {
    machine.map(0xFFFF_F000, 17, RW);

    assertThat(machine.faultOf(() -> mmu.write32(-2, 1))).hasToString("#PF(cr2=00000000, error=6)");

    machine.map(0, 18, RW);
    mmu.write32(-2, 0x1122_3344);
    assertThat(machine.memory.read16(17 << 12 | 0xFFE)).isEqualTo(0x3344);
    assertThat(machine.memory.read16(18 << 12)).isEqualTo(0x1122);
    assertThat(mmu.read32(-2)).isEqualTo(0x1122_3344);
  }

  @Test
  @DisplayName("what a handler throws unwinds the access before any byte has changed")
  void handlerThatIsUnwound() {
    IllegalStateException stopped = new IllegalStateException("the machine has stopped");
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          throw stopped;
        });

    assertThat(catchThrowable(() -> mmu.write32(EDGE, 1))).isSameAs(stopped);

    assertThat(mmu.read16(EDGE)).isEqualTo(0x5555);
  }
}
