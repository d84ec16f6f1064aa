// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.decode.Decoder;
import dev.faultline.cpu.decode.Instruction;
import dev.faultline.cpu.decode.Operand;
import dev.faultline.mmu.Access;
import dev.faultline.mmu.CodeWriteListener;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import org.jspecify.annotations.Nullable;

/**
 * Decoded code by physical page, shared by all guest threads. Control enters it through the fetch
 * TLB; links between ops stay within a page. A write to decoded bytes drops the page and moves the
 * epoch of every MMU, so that whoever is inside of a block leaves it after the instruction.
 */
final class DecodeCache implements CodeWriteListener {
  /** The longest block, in instructions: what must be left of a budget for one to be run. */
  static final int MAX_BLOCK = 64;

  /** Decoded ops in all; more, and everything is forgotten. */
  private static final int MAX_OPS = 1 << 19;

  private final Mmu[] mmus;
  private final PhysicalMemory memory;
  private final @Nullable CodePage[] pages;
  private final Decoder decoder = new Decoder();
  private final Instruction instruction = new Instruction();
  private int count;

  DecodeCache(Mmu... mmus) {
    this.mmus = mmus.clone();
    memory = mmus[0].memory();
    pages = new @Nullable CodePage[memory.frames()];
    memory.setCodeWriteListener(this);
  }

  // ---- ways in ---------------------------------------------------------------------------------

  /** The op at an offset of a frame, or null if it is not decoded. */
  @Nullable Op lookup(int frame, int offset) {
    CodePage page = pages[frame];
    return page == null ? null : page.ops[offset];
  }

  /**
   * Fetches at EIP, which begins a block. May fault; the position is then EIP.
   *
   * @return the op, or null if the budget is not enough for its block
   */
  @Nullable Op enter(Cpu c) {
    CodePage page = fetch(c);
    if (c.left < MAX_BLOCK) {
      return null;
    }
    int offset = c.at;
    Op op = page.ops[offset];
    if (op == null) {
      op = decodeBlock(page, c.codeFrame, offset);
    }
    c.left += op.index();
    c.at = op.at;
    return op;
  }

  /** Fetches at EIP the op of a single instruction, to be executed by its slow path. */
  Op step(Cpu c) {
    CodePage page = fetch(c);
    int offset = c.at;
    Op op = page.step(offset);
    if (op == null) {
      int physical = (c.codeFrame << Page.SHIFT) + offset;
      op = decodeSingle(memory.array(), physical, Page.SIZE - offset, 0, offset);
      page.markDecoded(offset, op.length);
      page.setStep(offset, op);
    }
    return op;
  }

  /** Translates EIP and makes its page the code page. */
  private CodePage fetch(Cpu c) {
    int eip = c.eip();
    c.checkTarget(eip);
    int linear = eip + c.segments.base(Cpu.CS);
    int physical = c.mmu().fetchIndex(linear);
    if (physical < 0) {
      physical = c.mmu().translate(linear, Access.FETCH);
      if (!memory.contains(physical)) {
        throw c.fault(Vector.UD, 0);
      }
    }
    int offset = linear & Page.OFFSET_MASK;
    c.codeEpoch = c.mmu().epoch();
    c.codeFrame = Page.number(physical);
    c.codeLinear = linear - offset;
    c.codeEip = eip - offset;
    c.at = offset;
    CodePage page = pages[c.codeFrame];
    return page == null ? newPage(c.codeFrame) : page;
  }

  /** Follows a branch within its page for the first time, and links it. */
  @Nullable Op link(Cpu c, Op op) {
    int frame = c.codeFrame;
    Op target = c.transfer(op, c.codeEip + op.target);
    if (target != null && c.codeFrame == frame) {
      op.link = target;
      op.delta = op.index() + 1 - target.index();
    }
    return target;
  }

  // ---- decoding --------------------------------------------------------------------------------

  private CodePage newPage(int frame) {
    if (count > MAX_OPS) {
      forgetAll();
    }
    CodePage page = new CodePage();
    pages[frame] = page;
    memory.markCode(frame, true);
    for (Mmu mmu : mmus) {
      mmu.tlb().dropWrites(frame);
    }
    return page;
  }

  private Op decodeBlock(CodePage page, int frame, int start) {
    int physical = frame << Page.SHIFT;
    BlockBuilder block = new BlockBuilder(page);
    int offset = start;
    while (true) {
      int at = block.size() << Cpu.INDEX_SHIFT | offset;
      Op known = offset < Page.SIZE ? page.ops[offset] : null;
      if (offset >= Page.SIZE) {
        return block.end(new FallThroughOp(), at);
      }
      if (known != null || block.size() == MAX_BLOCK) {
        JoinOp join = new JoinOp();
        join.link = known;
        join.delta = known == null ? 0 : block.size() - known.index();
        return block.end(join, at);
      }
      Op op = decode(memory.array(), physical + offset, Page.SIZE - offset, true, offset);
      op.setPlace(at, op.length);
      page.markDecoded(offset, op.length);
      block.add(op);
      count++;
      if (ends(op)) {
        return block.first();
      }
      offset += op.length;
    }
  }

  private static boolean ends(Op op) {
    return op instanceof RaiseOp || op instanceof CrossPageOp || op.form.has("ends");
  }

  /**
   * Decodes an instruction to be executed alone: nothing is linked, and the block ends after it.
   *
   * @param index its number in a block
   * @param offset its offset in the code page
   */
  Op decodeSingle(byte[] code, int start, int available, int index, int offset) {
    Op op = decode(code, start, available, false, offset);
    op.setPlace(index << Cpu.INDEX_SHIFT | offset, op.length);
    FallThroughOp end = new FallThroughOp();
    end.setPlace(index + 1 << Cpu.INDEX_SHIFT | offset + op.length, 0);
    op.setNext(end);
    count++;
    return op;
  }

  private Op decode(byte[] code, int start, int available, boolean linked, int offset) {
    Decoder.Result result = decoder.decode(code, start, available, instruction);
    Op op =
        switch (result) {
          case OK -> make(instruction, linked, offset);
          case UNDEFINED -> new RaiseOp(Vector.UD);
          case TOO_LONG -> new RaiseOp(Vector.GP);
          case MORE -> new CrossPageOp();
        };
    op.length = (byte) Math.min(instruction.length(), available);
    return op;
  }

  private static Op make(Instruction i, boolean linked, int offset) {
    int target = offset + i.length() + i.immediate();
    boolean inPage = linked && target >>> Page.SHIFT == 0;
    boolean branch = i.form().has("relative");
    boolean shortcut = branch ? inPage : i.index() == Instruction.NO_REGISTER;
    Op op = OpFactory.create(i.form().id(), i.operandSize16(), i.memory(), shortcut);
    op.form = i.form();
    op.d = register(i, 0);
    op.s = register(i, 1);
    op.base = (byte) i.base();
    op.index = (byte) i.index();
    op.scale = (byte) i.scale();
    op.segment = (byte) i.segment();
    op.repeat = (byte) i.repeat();
    op.memory = i.memory();
    op.addressSize16 = i.addressSize16();
    op.operandSize16 = i.operandSize16();
    op.displacement = i.displacement();
    op.immediate = i.immediate();
    op.immediate2 = i.immediate2();
    op.target = target;
    op.opcode = i.opcode();
    op.modrm = i.modrm();
    boolean special =
        i.segmentOverride() == Cpu.CS
            || i.segmentOverride() == Cpu.FS
            || i.segmentOverride() == Cpu.GS;
    if (i.memory() && (i.addressSize16() || special)) {
      Op checked = new CheckedOp(op);
      checked.form = i.form();
      checked.length = (byte) i.length();
      return checked;
    }
    return op;
  }

  /** The register of operand {@code number}, or 0 if it is none. */
  private static byte register(Instruction i, int number) {
    if (number >= i.form().operands().size()) {
      return 0;
    }
    Operand operand = i.form().operands().get(number);
    return (byte)
        switch (operand.kind()) {
          case MODRM, RM_REGISTER -> i.modrm() & 7;
          case REG, SEGMENT, CONTROL, DEBUG -> i.modrm() >>> 3 & 7;
          case OPCODE_REG -> i.opcode() & 7;
          case FIXED_REG, FIXED_SEGMENT -> operand.fixed();
          default -> 0;
        };
  }

  // ---- invalidation ----------------------------------------------------------------------------

  @Override
  public void codeWritten(int address, int size) {
    int frame = Page.number(address);
    CodePage page = pages[frame];
    if (page == null || page.isDecoded(address & Page.OFFSET_MASK, size)) {
      forget(frame);
      for (Mmu mmu : mmus) {
        mmu.voidTranslations();
      }
    }
  }

  private void forget(int frame) {
    pages[frame] = null;
    memory.markCode(frame, false);
    for (Mmu mmu : mmus) {
      // The write entries are slow ones; the next store makes a fast one.
      mmu.tlb().dropWrites(frame);
    }
  }

  /** Called where no block is being executed by the thread that decodes. */
  private void forgetAll() {
    count = 0;
    for (int frame = 0; frame < pages.length; frame++) {
      if (pages[frame] != null) {
        forget(frame);
      }
    }
    for (Mmu mmu : mmus) {
      mmu.voidTranslations();
    }
  }
}
