// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Programs that issue system calls one after the other from a table, whatever comes of them. An
 * alarm that goes off every millisecond ends those that would sleep for ever.
 */
final class CallTable {
  /** Bytes of an entry: number, six arguments, result. */
  static final int RECORD = 32;

  /** Bytes that calls may write to, at the start of the data. */
  static final int SCRATCH = 4096;

  private static final int SIGNAL = 48;
  private static final int SETITIMER = 104;
  private static final int ALARM = 14;

  /** A call to be made. */
  record Attempt(int number, List<Integer> arguments) {}

  private CallTable() {}

  /** A program that issues the calls of a table, writes the results into it, and prints it. */
  static byte[] program(List<Attempt> attempts) {
    Assembly a = new Assembly();
    a.data(new byte[SCRATCH]);
    int timer = a.words(0, 1000, 0, 1000);
    int pointer = a.words(0);
    ByteBuffer table = ByteBuffer.allocate(attempts.size() * RECORD).order(ByteOrder.LITTLE_ENDIAN);
    for (Attempt t : attempts) {
      table.putInt(t.number);
      for (int argument : t.arguments) {
        table.putInt(argument);
      }
      table.putInt(0);
    }
    byte[] records = new byte[table.capacity()];
    table.get(0, records);
    int first = a.data(records);
    int end = first + records.length;
    int handler = a.here() + 5;
    a.code(0xE9, 1, 0, 0, 0, 0xC3); // jmp over the handler; ret
    a.call(63, 1, 9); // dup2(1, 9)
    a.load(0, first).store(pointer);
    int loop = a.here();
    a.call(SIGNAL, ALARM, handler).call(SETITIMER, 0, timer, 0);
    a.loadEax(pointer);
    a.code(0x3D, end, end >> 8, end >> 16, end >> 24); // cmp eax, end
    a.code(0x0F, 0x83, 43, 0, 0, 0); // jae done
    a.code(0x8B, 0x58, 4, 0x8B, 0x48, 8, 0x8B, 0x50, 12, 0x8B, 0x70, 16, 0x8B, 0x78, 20);
    a.code(0x8B, 0x68, 24, 0x8B, 0x00, 0xCD, 0x80); // mov ebp; mov eax, [eax]; int 0x80
    a.code(0x8B, 0x0D, pointer, pointer >> 8, pointer >> 16, pointer >> 24); // mov ecx, [pointer]
    a.code(0x89, 0x41, 28); // mov [ecx + 28], eax
    a.code(0x83, 0x05, pointer, pointer >> 8, pointer >> 16, pointer >> 24, RECORD);
    int back = loop - (a.here() + 5);
    a.code(0xE9, back, back >> 8, back >> 16, back >> 24);
    a.call(4, 9, first, records.length).exit(0);
    return a.build();
  }
}
