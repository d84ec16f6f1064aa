// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import org.junit.jupiter.api.Test;

/** A frame buffer on its bus. */
final class FrameBufferTest {
  private final PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
  private final FrameBuffer screen = new FrameBuffer(10, 7);

  @Test
  void storesOfAnySizeArePixels() {
    screen.attach(bus);
    int second = FrameBuffer.BASE + (3 * 10 + 4) * FrameBuffer.PIXEL;
    bus.write(second, 4, 0xFF12_3456);
    assertThat(screen.pixel(4, 3)).isEqualTo(0x12_3456);
    bus.write(second, 1, 0xAB);
    bus.write(second + 1, 2, 0xCDEF);
    assertThat(screen.pixel(4, 3)).isEqualTo(0xCD_EFAB);
    assertThat(bus.read(second, 4)).isEqualTo(0xFFCD_EFAB);
    assertThat(screen.pixel(3, 3)).isZero();
  }

  @Test
  void itsMemoryIsWholePagesAndEndsThere() {
    screen.attach(bus);
    assertThat(screen.size()).isEqualTo(4096);
    bus.write(FrameBuffer.BASE + 4092, 4, 5);
    assertThat(bus.read(FrameBuffer.BASE + 4092, 4)).isEqualTo(5);
    assertThat(bus.read(FrameBuffer.BASE + 4096, 4)).isEqualTo(-1);
    assertThat(bus.read(FrameBuffer.BASE + 4094, 4) >>> 16).isEqualTo(0xFFFF);
  }

  @Test
  void aPictureHasSides() {
    assertThatThrownBy(() -> new FrameBuffer(0, 5)).hasMessageContaining("0 by 5");
    assertThatThrownBy(() -> new FrameBuffer(5, 5000)).hasMessageContaining("5 by 5000");
  }
}
