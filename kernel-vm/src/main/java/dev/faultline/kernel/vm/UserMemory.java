// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.mmu.Access;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;

/**
 * The kernel's own access to the memory of the process that runs: copyin and copyout.
 *
 * <p>It goes through the same TLB, walker and fault handler as the guest's accesses do, at the
 * guest's privilege: copy on write, zero fill, page-in and stack growth happen, and kernel
 * addresses are refused. A refused fault ends the copy and shows as a short count, which system
 * calls turn into EFAULT. Any call may sleep; no vnode lock and no busy page may be held (V35).
 */
public final class UserMemory {
  private final Mmu mmu;
  private final PhysicalMemory memory;

  /** Access through the MMU of the virtual CPU that the calling thread runs on. */
  public UserMemory(Mmu mmu) {
    this.mmu = mmu;
    memory = mmu.memory();
  }

  /**
   * Copies from the process.
   *
   * @param va user address of the first byte
   * @return bytes copied; less than {@code size} if a page was refused
   */
  public int copyIn(int va, byte[] to, int offset, int size) {
    int done = 0;
    try {
      while (done < size) {
        int address = mmu.translate(va + done, Access.READ);
        int n = Math.min(size - done, Page.SIZE - (address & Page.OFFSET_MASK));
        if (memory.contains(address)) {
          memory.get(address, to, offset + done, n);
        } else {
          fromDevice(address, to, offset + done, n);
        }
        done += n;
      }
    } catch (RefusedPageFault refused) {
      return done;
    }
    return done;
  }

  /**
   * Copies to the process.
   *
   * @param va user address of the first byte
   * @return bytes copied; less than {@code size} if a page was refused
   */
  public int copyOut(byte[] from, int offset, int va, int size) {
    int done = 0;
    try {
      while (done < size) {
        int address = mmu.translate(va + done, Access.WRITE);
        int n = Math.min(size - done, Page.SIZE - (address & Page.OFFSET_MASK));
        if (memory.contains(address)) {
          memory.put(address, from, offset + done, n);
        } else {
          toDevice(address, from, offset + done, n);
        }
        done += n;
      }
    } catch (RefusedPageFault refused) {
      return done;
    }
    return done;
  }

  /** Mapped memory of a device is reached through the bus, as the guest's own accesses are. */
  private void fromDevice(int address, byte[] to, int offset, int size) {
    for (int i = 0; i < size; i++) {
      to[offset + i] = (byte) mmu.bus().read(address + i, 1);
    }
  }

  private void toDevice(int address, byte[] from, int offset, int size) {
    for (int i = 0; i < size; i++) {
      mmu.bus().write(address + i, 1, from[offset + i]);
    }
  }

  /** Reads a word into the low half; all ones in the high half say that it was refused. */
  public long fetch32(int va) {
    try {
      return mmu.read32(va) & 0xFFFF_FFFFL;
    } catch (RefusedPageFault refused) {
      return -1;
    }
  }

  /** Reads a byte, or -1 if it was refused. */
  public int fetch8(int va) {
    try {
      return mmu.read8(va);
    } catch (RefusedPageFault refused) {
      return -1;
    }
  }

  /** Writes a word; false if it was refused, and then nothing has changed. */
  public boolean store32(int va, int value) {
    try {
      mmu.write32(va, value);
      return true;
    } catch (RefusedPageFault refused) {
      return false;
    }
  }

  /** Writes a double word; false if it was refused, and then nothing has changed. */
  public boolean store64(int va, long value) {
    try {
      mmu.write64(va, value);
      return true;
    } catch (RefusedPageFault refused) {
      return false;
    }
  }

  /**
   * Copies a string up to its zero byte, which is not stored.
   *
   * @param to receives at most {@code to.length} bytes
   * @return the length; -1 if a page was refused; {@code to.length} if no zero byte came before
   */
  public int copyInString(int va, byte[] to) {
    for (int i = 0; i < to.length; i++) {
      int b = fetch8(va + i);
      if (b <= 0) {
        return b == 0 ? i : -1;
      }
      to[i] = (byte) b;
    }
    return to.length;
  }
}
