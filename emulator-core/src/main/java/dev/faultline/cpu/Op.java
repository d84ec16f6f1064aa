// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.decode.InstructionForm;
import org.jspecify.annotations.Nullable;

/**
 * A decoded instruction that can execute itself. There is a small final class for each operation
 * and shape of operands, generated from the instruction table; HotSpot compiles each well.
 *
 * <p>The ops of a block are chained: {@link #exec} does its work and calls the next one. It returns
 * an op only where the chain is cut or branches, and null to leave the block; the position is then
 * in the {@link Cpu}.
 */
abstract class Op {
  /** The op of the instruction that follows in memory. */
  @SuppressWarnings("NullAway.Init") // the decode cache sets it before the op is reachable
  Op next;

  /** Number of the instruction in its block, and offset in its code page (see {@link Cpu#at}). */
  int at;

  /** Registers of the first and the second operand. */
  byte d;

  byte s;

  /** The memory operand: base and index registers, which may be the one that is always 0. */
  byte base;

  byte index;
  byte scale;
  byte segment;
  byte length;
  byte repeat;
  boolean memory;
  boolean addressSize16;
  boolean operandSize16;
  int displacement;
  int immediate;
  int immediate2;

  /** Offset in the code page of a relative branch's target; not within the page for all. */
  int target;

  /** The op at the target, once it is known and in the same page. */
  @Nullable Op link;

  /** What {@link Cpu#left} loses on the way over the link. */
  int delta;

  int opcode;
  int modrm;

  @SuppressWarnings("NullAway.Init") // the decode cache sets it before the op is reachable
  InstructionForm form;

  /** Executes the instruction, taking flat segments for granted, and goes on. */
  abstract @Nullable Op exec(Cpu c);

  /**
   * Executes the instruction with all checks, able to fault, and returns where to go on. Whatever
   * {@link #exec} cannot do by the TLB alone ends here.
   */
  @Nullable Op slow(Cpu c) {
    return exec(c);
  }

  /** Which op this is when pairs to fuse are looked for; 0 for those that never fuse. */
  int fusion() {
    return 0;
  }

  /** Says where the instruction is: in its block and page as in {@link Cpu#at}, and how long. */
  void setPlace(int newAt, int newLength) {
    at = newAt;
    length = (byte) newLength;
  }

  /** Says which op follows. */
  void setNext(Op op) {
    next = op;
  }

  /** Number of the instruction in its block. */
  final int index() {
    return at >>> Cpu.INDEX_SHIFT;
  }

  /** Offset of the instruction in its code page. */
  final int offset() {
    return at & Cpu.OFFSET_MASK;
  }

  /** Offset in its code page, or beyond its end, of the instruction that follows. */
  final int nextOffset() {
    return offset() + length;
  }
}
