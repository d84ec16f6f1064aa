// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of metadata in a frame of RAM. It stays there while it is pinned, or has changed and is
 * not on the disk yet.
 *
 * <p>Who changes it calls {@link BufferCache#modify} before and {@link BufferCache#dirty} after,
 * without a sleep between.
 */
final class Buffer {
  /** What must be on the disk before this one may be written: a state of another. */
  record Edge(Buffer first, long version) {
    boolean satisfied() {
      return first.durable >= version;
    }
  }

  final long block;
  final VmPage page;
  private final PhysicalMemory memory;
  private final int address;
  private final int size;
  int pins;

  /** True while the cache lets it stay though nobody uses it. */
  boolean kept;

  /** Number of changes; of them, how many were in the last good write, and have been flushed. */
  long version;

  long written;
  long durable;
  boolean writing;
  final List<Edge> edges = new ArrayList<>(0);

  Buffer(long block, VmPage page, PhysicalMemory memory, int address, int size) {
    this.block = block;
    this.page = page;
    this.memory = memory;
    this.address = address;
    this.size = size;
  }

  /** Physical address of its first byte. */
  int address() {
    return address;
  }

  /** Bytes in it. */
  int size() {
    return size;
  }

  /** True if its latest state is on the disk for good. */
  boolean clean() {
    return durable >= version;
  }

  /** Forgets the edges that hold no longer. */
  void prune() {
    edges.removeIf(Edge::satisfied);
  }

  // ---- little-endian fields
  // ----------------------------------------------------------------------

  int get8(int at) {
    return memory.read8(address + at);
  }

  int get16(int at) {
    return memory.read16(address + at);
  }

  int get32(int at) {
    return memory.read32(address + at);
  }

  long getUnsigned32(int at) {
    return memory.read32(address + at) & 0xFFFF_FFFFL;
  }

  void put8(int at, int value) {
    memory.write8(address + at, value);
  }

  void put16(int at, int value) {
    memory.write16(address + at, value);
  }

  void put32(int at, int value) {
    memory.write32(address + at, value);
  }

  void zero(int at, int bytes) {
    memory.fill(address + at, bytes, 0);
  }

  /** Copies bytes out. */
  void get(int at, byte[] to) {
    memory.get(address + at, to, 0, to.length);
  }

  /** Copies bytes in. */
  void put(int at, byte[] from) {
    memory.put(address + at, from, 0, from.length);
  }

  @Override
  public String toString() {
    return "block " + block;
  }
}
