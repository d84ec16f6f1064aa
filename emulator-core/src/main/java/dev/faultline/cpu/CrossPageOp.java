// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.decode.Decoder;
import dev.faultline.mmu.Access;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that begins in one page and ends in the next. Which frame the next one is may
 * change, and so may its bytes: each execution fetches them, and decodes anew what differs.
 */
final class CrossPageOp extends Op {
  private final byte[] code = new byte[Decoder.MAX_LENGTH];
  private @Nullable Op inner;

  @Override
  @Nullable Op exec(Cpu c) {
    Op op = fetch(c);
    return op == null ? null : op.exec(c);
  }

  @Override
  @Nullable Op slow(Cpu c) {
    Op op = fetch(c);
    return op == null ? null : op.slow(c);
  }

  /** The instruction, or null to fetch again because the handler of a page fault slept. */
  private @Nullable Op fetch(Cpu c) {
    c.at = at;
    int second = c.mmu().translate(c.codeLinear + Page.SIZE, Access.FETCH);
    if (c.mmu().epoch() != c.codeEpoch) {
      return c.leaveAt(this);
    }
    if (!c.mmu().memory().contains(second)) {
      throw c.fault(Vector.UD, 0);
    }
    int first = (c.codeFrame << Page.SHIFT) + offset();
    int inFirst = Page.SIZE - offset();
    boolean same = inner != null;
    for (int i = 0; i < code.length; i++) {
      byte b = c.ram[i < inFirst ? first + i : second + i - inFirst];
      same &= code[i] == b;
      code[i] = b;
    }
    Op op = inner;
    if (op == null || !same) {
      op = c.cache.decodeSingle(code, 0, code.length, index(), offset());
      inner = op;
    }
    return op;
  }
}
