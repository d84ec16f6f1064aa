// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The physical address space and the port space: RAM from 0, memory-mapped windows above it, 65,536
 * ports.
 *
 * <p>Reads of nothing give all ones, writes to nothing are lost, as on a PC bus. An access that
 * straddles the edge of RAM or of a window is split into bytes.
 */
public final class PhysicalBus {
  private record Window(int base, int size, MmioDevice device) {
    boolean contains(int address) {
      return Integer.compareUnsigned(address - base, size) < 0;
    }
  }

  private record PortRange(int first, PortDevice device) {}

  private static final int PORTS = 1 << 16;

  private final PhysicalMemory memory;
  private final List<Window> windows = new ArrayList<>();
  private final @Nullable PortRange[] ports = new @Nullable PortRange[PORTS];

  /** A bus with nothing but RAM on it. */
  public PhysicalBus(PhysicalMemory memory) {
    this.memory = memory;
  }

  /** The RAM of the machine. */
  public PhysicalMemory memory() {
    return memory;
  }

  /**
   * Puts a device into a window of physical addresses.
   *
   * @param base page aligned, above RAM
   * @param size a multiple of the page size
   * @throws IllegalArgumentException if misaligned or overlapping with RAM or another window
   */
  public void attach(int base, int size, MmioDevice device) {
    long end = (base & 0xFFFF_FFFFL) + size;
    if (((base | size) & Page.OFFSET_MASK) != 0 || size <= 0 || end > 1L << 32) {
      throw new IllegalArgumentException(
          String.format("window at %08x of %d bytes is not made of whole pages", base, size));
    }
    if (memory.contains(base)) {
      throw new IllegalArgumentException(String.format("window at %08x overlaps RAM", base));
    }
    for (Window w : windows) {
      if (w.contains(base) || Integer.compareUnsigned(w.base - base, size) < 0) {
        throw new IllegalArgumentException(
            String.format("window at %08x overlaps the one at %08x", base, w.base));
      }
    }
    windows.add(new Window(base, size, device));
  }

  /**
   * Puts a device on ports {@code first} to {@code first + count - 1}.
   *
   * @throws IllegalArgumentException if the range leaves the port space or a port is taken
   */
  public void attachPorts(int first, int count, PortDevice device) {
    if (first < 0 || count <= 0 || count > PORTS - first) {
      throw new IllegalArgumentException("ports " + first + "+" + count + " leave the port space");
    }
    PortRange range = new PortRange(first, device);
    for (int port = first; port < first + count; port++) {
      if (ports[port] != null) {
        throw new IllegalArgumentException(String.format("port %04x is taken", port));
      }
    }
    for (int port = first; port < first + count; port++) {
      ports[port] = range;
    }
  }

  /** Reads {@code size} (1, 2 or 4) bytes at a physical address, zero-extended. */
  public int read(int address, int size) {
    if (isRam(address, size)) {
      return switch (size) {
        case 1 -> memory.read8(address);
        case 2 -> memory.read16(address);
        default -> memory.read32(address);
      };
    }
    Window window = window(address, size);
    if (window != null) {
      return window.device.read(address - window.base, size) & -1 >>> 32 - 8 * size;
    }
    if (size == 1) {
      return 0xFF;
    }
    int value = 0;
    for (int i = 0; i < size; i++) {
      value |= read(address + i, 1) << 8 * i;
    }
    return value;
  }

  /** Writes the low {@code size} (1, 2 or 4) bytes of {@code value} at a physical address. */
  public void write(int address, int size, int value) {
    if (isRam(address, size)) {
      switch (size) {
        case 1 -> memory.write8(address, value);
        case 2 -> memory.write16(address, value);
        default -> memory.write32(address, value);
      }
      return;
    }
    Window window = window(address, size);
    if (window != null) {
      window.device.write(address - window.base, size, value);
    } else if (size > 1) {
      for (int i = 0; i < size; i++) {
        write(address + i, 1, value >>> 8 * i);
      }
    }
  }

  /** Reads {@code size} (1, 2 or 4) consecutive ports, lowest first, zero-extended. */
  public int in(int port, int size) {
    int value = 0;
    for (int i = 0; i < size; i++) {
      PortRange range = ports[port + i & PORTS - 1];
      int b = range == null ? 0xFF : range.device.in((port + i & PORTS - 1) - range.first) & 0xFF;
      value |= b << 8 * i;
    }
    return value;
  }

  /** Writes {@code size} (1, 2 or 4) consecutive ports, lowest first. */
  public void out(int port, int size, int value) {
    for (int i = 0; i < size; i++) {
      PortRange range = ports[port + i & PORTS - 1];
      if (range != null) {
        range.device.out((port + i & PORTS - 1) - range.first, value >>> 8 * i & 0xFF);
      }
    }
  }

  private boolean isRam(int address, int size) {
    return memory.contains(address) && memory.contains(address + size - 1);
  }

  private @Nullable Window window(int address, int size) {
    for (Window w : windows) {
      if (w.contains(address) && w.contains(address + size - 1)) {
        return w;
      }
    }
    return null;
  }
}
