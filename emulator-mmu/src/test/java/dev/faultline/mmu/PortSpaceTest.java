// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hazard: wide port accesses, taken ports, the ends of the port space. */
final class PortSpaceTest {
  private final PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
  private final List<String> seen = new ArrayList<>();

  private final class Echo implements PortDevice {
    private final String name;

    Echo(String name) {
      this.name = name;
    }

    @Override
    public int in(int port) {
      return 0xFFFF_FF00 | port;
    }

    @Override
    public void out(int port, int value) {
      seen.add(String.format("%s%d=%x", name, port, value));
    }
  }

  @Test
  @DisplayName(
      "ports count from the start of their device; wide accesses go by bytes, lowest first")
  void wideAccesses() {
    bus.attachPorts(0x60, 2, new Echo("a"));
    bus.attachPorts(0x62, 1, new Echo("b"));

    assertThat(bus.in(0x61, 1)).isEqualTo(1);
    assertThat(bus.in(0x60, 2)).isEqualTo(0x0100);
    assertThat(bus.in(0x60, 4)).isEqualTo(0xFF00_0100);
    bus.out(0x60, 4, 0x4433_2211);
    bus.out(0x61, 1, 0x9988);

    assertThat(seen).containsExactly("a0=11", "a1=22", "b0=33", "a1=88");
  }

  @Test
  @DisplayName("nothing reads as ones; the port space wraps at its end")
  void edges() {
    bus.attachPorts(0xFFFF, 1, new Echo("last"));
    bus.attachPorts(0, 1, new Echo("first"));

    assertThat(bus.in(0x1234, 4)).isEqualTo(-1);
    assertThat(bus.in(0x1234, 2)).isEqualTo(0xFFFF);
    bus.out(0x1234, 4, 0);
    bus.out(0xFFFF, 2, 0x2211);

    assertThat(seen).containsExactly("last0=11", "first0=22");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 1",
    "0, 0",
    "0, -1",
    "65535, 2",
    "65536, 1",
    "0, 65537",
    "1, 2147483647",
    "2147483647, 2147483647"
  })
  @DisplayName("a range that leaves the port space is refused")
  void leavesThePortSpace(int first, int count) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bus.attachPorts(first, count, new Echo("")))
        .withMessageContaining("leave the port space");
  }

  @Test
  @DisplayName("a taken port is refused, and then none of the range is taken")
  void takenPort() {
    bus.attachPorts(0x62, 1, new Echo("old"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> bus.attachPorts(0x60, 4, new Echo("new")))
        .withMessageContaining("port 0062 is taken");

    bus.out(0x60, 4, 0);
    assertThat(seen).containsExactly("old0=0");
  }
}
