// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.vm.UserMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A structure on its way between the kernel and user memory. */
final class UserStruct {
  private final UserMemory memory;
  private final ByteBuffer bytes;

  /** A structure of zeros. */
  UserStruct(UserMemory memory, int size) {
    this.memory = memory;
    bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads one from user memory; null if the memory refuses. */
  static @Nullable UserStruct read(UserMemory memory, int address, int size) {
    UserStruct s = new UserStruct(memory, size);
    return memory.copyIn(address, s.bytes.array(), 0, size) == size ? s : null;
  }

  /** Writes it to user memory; 0 or -EFAULT. */
  int write(int address) {
    int size = bytes.capacity();
    return memory.copyOut(bytes.array(), 0, address, size) == size ? 0 : -Errno.EFAULT;
  }

  byte[] array() {
    return bytes.array();
  }

  int get32(int offset) {
    return bytes.getInt(offset);
  }

  int get16(int offset) {
    return bytes.getShort(offset);
  }

  long get64(int offset) {
    return bytes.getLong(offset);
  }

  UserStruct put8(int offset, int value) {
    bytes.put(offset, (byte) value);
    return this;
  }

  UserStruct put16(int offset, int value) {
    bytes.putShort(offset, (short) value);
    return this;
  }

  UserStruct put32(int offset, int value) {
    bytes.putInt(offset, value);
    return this;
  }

  UserStruct put64(int offset, long value) {
    bytes.putLong(offset, value);
    return this;
  }

  UserStruct putBytes(int offset, byte[] value) {
    bytes.put(offset, value);
    return this;
  }
}
