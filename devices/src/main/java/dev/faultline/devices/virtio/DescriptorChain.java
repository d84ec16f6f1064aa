// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import dev.faultline.mmu.PhysicalMemory;
import java.util.Arrays;

/**
 * One request's buffers in RAM: first those that the device reads, then those that it writes
 * (VIRTIO 1.2, sections 2.7.4 and 2.7.5). How a message is cut into buffers means nothing.
 */
final class DescriptorChain {
  /** The longest buffer; the block device tells its driver so. */
  static final int MAX_BUFFER = 1 << 20;

  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;

  private static final int FLAGS = 12;
  private static final int LINK = 14;

  private final PhysicalMemory memory;
  private int[] addresses = new int[8];
  private int[] lengths = new int[8];
  private int buffers;
  private int readableBuffers;
  private int readable;
  private int writable;

  DescriptorChain(PhysicalMemory memory) {
    this.memory = memory;
  }

  /**
   * Walks a chain and keeps what it says.
   *
   * @param indirect whether a table may stand for a chain
   * @return false if it breaks a rule: it is then of no use
   */
  boolean read(SplitQueue queue, int head, boolean indirect) {
    buffers = 0;
    readableBuffers = 0;
    readable = 0;
    writable = 0;
    int first = (int) queue.descriptorArea() + head * SplitQueue.DESCRIPTOR;
    int flags = memory.read16(first + FLAGS);
    if ((flags & INDIRECT) == 0) {
      return walk(queue, (int) queue.descriptorArea(), queue.size(), head);
    }
    long table = memory.read64(first);
    int bytes = memory.read32(first + 8);
    return indirect
        && (flags & NEXT) == 0
        && bytes > 0
        && bytes % SplitQueue.DESCRIPTOR == 0
        && bytes / SplitQueue.DESCRIPTOR <= queue.size()
        && queue.inRam(table, bytes)
        && walk(queue, (int) table, bytes / SplitQueue.DESCRIPTOR, 0);
  }

  /** Follows the links in a table; more steps than it has descriptors are a loop. */
  private boolean walk(SplitQueue queue, int table, int size, int head) {
    int index = head;
    for (int steps = 0; steps < size; steps++) {
      int descriptor = table + index * SplitQueue.DESCRIPTOR;
      int flags = memory.read16(descriptor + FLAGS);
      long address = memory.read64(descriptor);
      int length = memory.read32(descriptor + 8);
      if ((flags & INDIRECT) != 0
          || length <= 0
          || length > MAX_BUFFER
          || !queue.inRam(address, length)
          || !add((int) address, length, (flags & WRITE) != 0)) {
        return false;
      }
      if ((flags & NEXT) == 0) {
        return true;
      }
      index = memory.read16(descriptor + LINK);
      if (index >= size) {
        return false;
      }
    }
    return false;
  }

  private boolean add(int address, int length, boolean written) {
    if (!written && writable > 0) {
      return false;
    }
    if (buffers == addresses.length) {
      addresses = Arrays.copyOf(addresses, 2 * buffers);
      lengths = Arrays.copyOf(lengths, 2 * buffers);
    }
    addresses[buffers] = address;
    lengths[buffers] = length;
    buffers++;
    if (written) {
      writable += length;
    } else {
      readable += length;
      readableBuffers++;
    }
    return true;
  }

  /** Bytes that the device may read. */
  int readable() {
    return readable;
  }

  /** Bytes that the device may write. */
  int writable() {
    return writable;
  }

  /** Copies what the driver wrote, from byte {@code position} of the readable part. */
  void get(int position, byte[] to, int offset, int length) {
    int skip = position;
    int done = 0;
    for (int i = 0; i < readableBuffers && done < length; i++) {
      if (skip >= lengths[i]) {
        skip -= lengths[i];
        continue;
      }
      int n = Math.min(lengths[i] - skip, length - done);
      memory.get(addresses[i] + skip, to, offset + done, n);
      done += n;
      skip = 0;
    }
  }

  /** Copies bytes to the driver, from byte {@code position} of the writable part. */
  void put(int position, byte[] from, int offset, int length) {
    int skip = position;
    int done = 0;
    for (int i = readableBuffers; i < buffers && done < length; i++) {
      if (skip >= lengths[i]) {
        skip -= lengths[i];
        continue;
      }
      int n = Math.min(lengths[i] - skip, length - done);
      memory.put(addresses[i] + skip, from, offset + done, n);
      done += n;
      skip = 0;
    }
  }
}
