// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A guest program put together byte by byte: one segment that may be read, written and executed,
 * code first, data at {@link #DATA}.
 */
final class Assembly {
  /** Where the segment lies. */
  static final int BASE = 0x0804_8000;

  /** Where the data begin. */
  static final int DATA = BASE + 0x1000;

  private static final int HEADERS = 52 + 32;
  private static final int EBX = 3;
  private static final int ECX = 1;
  private static final int EDX = 2;
  private static final int ESI = 6;
  private static final int EDI = 7;
  private static final int EBP = 5;

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private int bss;

  /** Adds bytes of code. */
  Assembly code(int... bytes) {
    for (int b : bytes) {
      code.write(b);
    }
    return this;
  }

  /** Adds a word to the code. */
  Assembly word(int value) {
    return code(value, value >> 8, value >> 16, value >> 24);
  }

  /** mov register, value. */
  Assembly load(int register, int value) {
    return code(0xB8 + register).word(value);
  }

  /** Issues a system call. */
  Assembly call(int number, int... arguments) {
    int[] registers = {EBX, ECX, EDX, ESI, EDI, EBP};
    for (int i = 0; i < arguments.length; i++) {
      load(registers[i], arguments[i]);
    }
    return load(0, number).code(0xCD, 0x80);
  }

  /** Ends the process with EAX, or what its low byte is, as exit code. */
  Assembly exitWithResult() {
    return code(0x89, 0xC3).load(0, 252).code(0xCD, 0x80);
  }

  /** Ends the process with the negated EAX as exit code: the error number of a failed call. */
  Assembly exitWithError() {
    return code(0xF7, 0xD8).exitWithResult();
  }

  /** Ends the process. */
  Assembly exit(int status) {
    return call(252, status);
  }

  /** Stores EAX. */
  Assembly store(int address) {
    return code(0xA3).word(address);
  }

  /** Loads EBX from memory. */
  Assembly loadEbx(int address) {
    return code(0x8B, 0x1D).word(address);
  }

  /** Loads EAX from memory. */
  Assembly loadEax(int address) {
    return code(0xA1).word(address);
  }

  /** Jumps over {@code then} unless EAX is 0. */
  Assembly ifZero(Assembly then) {
    byte[] body = then.code.toByteArray();
    code(0x85, 0xC0, 0x0F, 0x85).word(body.length);
    code.writeBytes(body);
    return this;
  }

  /** Runs for ever. */
  Assembly loopForEver() {
    return code(0xEB, 0xFE);
  }

  /** Remembers the short jump whose distance was the last byte. */
  int mark() {
    return code.size();
  }

  /** Makes a remembered short jump lead here. */
  void patch(int mark) {
    byte[] bytes = code.toByteArray();
    bytes[mark - 1] = (byte) (bytes.length - mark);
    code.reset();
    code.writeBytes(bytes);
  }

  /** The address of the next code byte. */
  int here() {
    return BASE + HEADERS + code.size();
  }

  /** Adds bytes to the data and returns their address. */
  int data(byte[] bytes) {
    int address = DATA + data.size();
    data.writeBytes(bytes);
    return address;
  }

  /** Adds a string with its zero byte to the data and returns its address. */
  int string(String text) {
    return data((text + "\0").getBytes(ISO_8859_1));
  }

  /** Adds words to the data and returns their address. */
  int words(int... values) {
    ByteBuffer b = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int v : values) {
      b.putInt(v);
    }
    return data(Arrays.copyOf(b.array(), b.capacity()));
  }

  /** Says how many zero bytes follow the data. */
  Assembly bss(int size) {
    bss = size;
    return this;
  }

  /** The ELF file. */
  byte[] build() {
    byte[] text = code.toByteArray();
    byte[] tail = data.toByteArray();
    int size = DATA - BASE + tail.length;
    if (HEADERS + text.length > DATA - BASE) {
      throw new IllegalStateException("more than a page of code");
    }
    ByteBuffer b = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7F, 'E', 'L', 'F', 1, 1, 1}).position(16);
    b.putShort((short) 2).putShort((short) 3).putInt(1).putInt(BASE + HEADERS).putInt(52);
    b.putInt(0).putInt(0).putShort((short) 52).putShort((short) 32).putShort((short) 1);
    b.position(52);
    b.putInt(1).putInt(0).putInt(BASE).putInt(BASE).putInt(size).putInt(size + bss).putInt(7);
    b.putInt(0x1000);
    b.put(HEADERS, text).put(DATA - BASE, tail);
    return Arrays.copyOf(b.array(), size);
  }
}
