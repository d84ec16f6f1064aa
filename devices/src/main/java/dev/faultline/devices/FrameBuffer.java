// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.MmioDevice;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;

/**
 * A frame buffer: memory of its own in a window of the bus, a picture in the four-byte form that PC
 * graphics call XRGB8888: blue, green, red, and a byte that is not shown. Rows follow each other
 * without a gap, from the top left.
 *
 * <p>It has no registers: the firmware's words to the kernel are the constructor's arguments.
 */
public final class FrameBuffer implements MmioDevice {
  /** Where the window begins. */
  public static final int BASE = 0xE000_0000;

  /** Bytes of a pixel. */
  public static final int PIXEL = 4;

  private static final int RGB = 0xFF_FFFF;
  private static final int MAX_SIDE = 4096;

  private final int width;
  private final int height;
  private final byte[] memory;

  /**
   * A black picture.
   *
   * @param width in pixels, 1 to 4096
   * @param height in pixels, 1 to 4096
   */
  public FrameBuffer(int width, int height) {
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
      throw new IllegalArgumentException("a picture of " + width + " by " + height + " pixels");
    }
    this.width = width;
    this.height = height;
    memory = new byte[width * height * PIXEL + Page.OFFSET_MASK & Page.MASK];
  }

  /** Puts it on the bus. */
  public void attach(PhysicalBus bus) {
    bus.attach(BASE, memory.length, this);
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** Bytes of its memory: the picture, rounded up to whole pages. */
  public int size() {
    return memory.length;
  }

  /** Red, green and blue of a pixel, eight bits each, red at the top. */
  public int pixel(int x, int y) {
    return read((y * width + x) * PIXEL, PIXEL) & RGB;
  }

  @Override
  public int read(int offset, int size) {
    int value = 0;
    for (int i = 0; i < size; i++) {
      value |= (memory[offset + i] & 0xFF) << 8 * i;
    }
    return value;
  }

  @Override
  public void write(int offset, int size, int value) {
    for (int i = 0; i < size; i++) {
      memory[offset + i] = (byte) (value >>> 8 * i);
    }
  }
}
