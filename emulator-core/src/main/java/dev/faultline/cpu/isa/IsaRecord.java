// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One experiment: a state, some bytes of code, and the state after running them. */
final class IsaRecord {
  static final int X87 = 1;
  static final int SSE = 1 << 1;
  static final int APPROXIMATE = 1 << 2;
  static final int SEGMENTS = 1 << 4;
  static final int CR2_SOFT = 1 << 6;

  static final int NO_EXCEPTION = 0xFF;

  private static final int REGISTERS = 8;

  /** Some bytes at an address. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Patch(int address, byte[] bytes) {}

  /** A range of memory. */
  record Range(int address, int size) {}

  /** The x87 registers, by physical number. */
  static final class X87State {
    int controlWord;
    int statusWord;
    int undefinedStatus;
    int tags;
    int opcode;
    int instructionPointer;
    int dataPointer;
    final long[] significands = new long[REGISTERS];
    final int[] signExponents = new int[REGISTERS];

    private void register(IsaInput in, int i) throws IOException {
      significands[i] = in.u64();
      signExponents[i] = in.u16();
    }
  }

  IsaForm form = new IsaForm("", "", "", 0, 0, 0);
  long number;
  int attributes;
  int instructions;
  byte[] code = new byte[0];
  int eip;
  int eflags;
  final int[] registers = new int[REGISTERS];
  final X87State x87 = new X87State();
  List<Patch> patches = List.of();

  int vector;
  int errorCode;
  int cr2;
  int finalEip;
  int finalEflags;
  int undefinedFlags;
  int undefinedRegisters;
  final int[] finalRegisters = new int[REGISTERS];
  final int[] selectors = new int[6];
  final X87State finalX87 = new X87State();
  List<Patch> changes = List.of();
  List<Range> ignored = List.of();

  boolean has(int attribute) {
    return (attributes & attribute) != 0;
  }

  /** Reads everything but the record's length and form. */
  void read(IsaInput in) throws IOException {
    attributes = in.u16();
    instructions = in.u8();
    code = in.bytes(in.u8());
    eip = in.u32();
    eflags = in.u32();
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = in.u32();
    }
    if (has(X87)) {
      x87.controlWord = in.u16();
      x87.statusWord = in.u16();
      x87.tags = in.u8();
      x87.opcode = in.u16();
      x87.instructionPointer = in.u32();
      x87.dataPointer = in.u32();
      for (int i = 0; i < REGISTERS; i++) {
        x87.register(in, i);
      }
    }
    if (has(SSE)) {
      in.bytes(4 + REGISTERS * 16);
    }
    patches = patches(in);
    readOutcome(in);
  }

  private void readOutcome(IsaInput in) throws IOException {
    vector = in.u8();
    errorCode = 0;
    cr2 = 0;
    if (vector != NO_EXCEPTION) {
      errorCode = in.u32();
      cr2 = in.u32();
    }
    finalEip = in.u32();
    finalEflags = in.u32();
    undefinedFlags = in.u32();
    int changed = in.u8();
    undefinedRegisters = in.u8();
    for (int i = 0; i < REGISTERS; i++) {
      finalRegisters[i] = (changed >>> i & 1) != 0 ? in.u32() : registers[i];
    }
    if (has(SEGMENTS)) {
      for (int i = 0; i < selectors.length; i++) {
        selectors[i] = in.u16();
      }
    }
    if (has(X87)) {
      finalX87.controlWord = in.u16();
      finalX87.statusWord = in.u16();
      finalX87.undefinedStatus = in.u16();
      finalX87.tags = in.u8();
      int changedX87 = in.u8();
      for (int i = 0; i < REGISTERS; i++) {
        finalX87.significands[i] = x87.significands[i];
        finalX87.signExponents[i] = x87.signExponents[i];
        if ((changedX87 >>> i & 1) != 0) {
          finalX87.register(in, i);
        }
      }
    }
    if (has(SSE)) {
      in.bytes(4);
      in.bytes(Integer.bitCount(in.u8()) * 16);
    }
    changes = patches(in);
    int count = in.u8();
    ignored = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ignored.add(new Range(in.u32(), in.u16()));
    }
  }

  private static List<Patch> patches(IsaInput in) throws IOException {
    int count = in.u8();
    List<Patch> patches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      patches.add(new Patch(in.u32(), in.bytes(in.u16())));
    }
    return patches;
  }
}
