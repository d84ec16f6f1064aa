// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/** Chains ops into a block: fuses pairs, and cuts long chains. */
final class BlockBuilder {
  /** A chain of calls is cut after so many ops. */
  private static final int MAX_CHAIN = 16;

  private final CodePage page;
  private @Nullable Op first;

  /** The last op, and the one before it. */
  private @Nullable Op last;

  private @Nullable Op previous;

  /** True if the last op is the second of a pair. */
  private boolean lastIsFused;

  private int size;
  private int chained;

  BlockBuilder(CodePage page) {
    this.page = page;
  }

  /** Instructions so far. */
  int size() {
    return size;
  }

  /** Adds the op of the next instruction, whose place is set. */
  void add(Op op) {
    page.ops[op.offset()] = op;
    size++;
    if (last != null && !lastIsFused) {
      FusedOp fused = FusedOpFactory.create(last, op);
      if (fused != null) {
        fuse(fused, last, op);
        return;
      }
    }
    append(op);
  }

  private void fuse(FusedOp fused, Op a, Op b) {
    fused.fuse(a, b);
    fused.form = a.form;
    a.setNext(b);
    page.ops[a.offset()] = fused;
    if (previous == null) {
      first = fused;
    } else {
      previous.setNext(fused);
    }
    previous = fused;
    last = b;
    lastIsFused = true;
  }

  private void append(Op op) {
    if (last == null) {
      first = op;
    } else {
      if (chained == MAX_CHAIN) {
        CutOp cut = new CutOp();
        last.setNext(cut);
        last = cut;
        chained = 0;
      }
      last.setNext(op);
    }
    previous = last;
    last = op;
    lastIsFused = false;
    chained++;
  }

  /** Adds what ends the block without being an instruction; returns the block. */
  Op end(Op op, int at) {
    op.setPlace(at, 0);
    append(op);
    return first();
  }

  /** The first op. */
  Op first() {
    if (first == null) {
      throw new IllegalStateException("a block without instructions");
    }
    return first;
  }
}
