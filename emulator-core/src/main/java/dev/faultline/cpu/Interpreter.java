// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.RefusedPageFault;
import org.jspecify.annotations.Nullable;

/**
 * The interpreter: clear, complete, the reference. Ops are run in chains, block after block, as
 * long as the budget covers a whole block; what is left of it, code in segments that are not flat,
 * and code under TF goes instruction by instruction.
 */
public final class Interpreter implements Engine {
  /** Ops to run before the loop's method is left, so that HotSpot's compiled code is entered. */
  private static final int ROUND = 1 << 12;

  private final DecodeCache cache;

  /**
   * An interpreter for threads that run on these MMUs.
   *
   * @param mmus one for each virtual CPU, all with the same physical memory; at least one
   */
  public Interpreter(Mmu... mmus) {
    if (mmus.length == 0) {
      throw new IllegalArgumentException("an interpreter needs an MMU");
    }
    cache = new DecodeCache(mmus);
  }

  @Override
  public Exit run(Cpu cpu, long budget) {
    cpu.begin(cache, budget);
    try {
      while (cpu.exit == null) {
        if (cpu.left <= 0) {
          return Exit.BUDGET;
        }
        if (cpu.left < DecodeCache.MAX_BLOCK || !cpu.segments.flat() || cpu.trapping()) {
          step(cpu);
        } else {
          runBlocks(cpu);
        }
        cpu.settle();
      }
      Exit exit = cpu.exit;
      cpu.exit = null;
      return exit;
    } catch (RefusedPageFault fault) {
      cpu.settle();
      cpu.exitVector = Vector.PF;
      cpu.exitErrorCode = cpu.mmu().faultError();
      return Exit.EXCEPTION;
    } catch (CpuFault fault) {
      cpu.settle();
      return Exit.EXCEPTION;
    }
  }

  private void runBlocks(Cpu cpu) {
    Op op = cache.enter(cpu);
    while (op != null) {
      op = round(cpu, op);
    }
  }

  private static @Nullable Op round(Cpu cpu, Op start) {
    Op op = start;
    for (int i = 0; i < ROUND; i++) {
      op = op.exec(cpu);
      if (op == null) {
        return null;
      }
    }
    return op;
  }

  private void step(Cpu cpu) {
    boolean trap = cpu.trapping();
    Op op = cache.step(cpu);
    Op next = op.slow(cpu);
    if (next instanceof FallThroughOp) {
      next = next.exec(cpu);
    }
    if (next != null) {
      // A branch found the block that it leads to.
      cpu.at = next.at;
    }
    if (trap && cpu.exit == null) {
      cpu.exitVector = Vector.DB;
      cpu.exitErrorCode = 0;
      cpu.exit = Exit.EXCEPTION;
    }
  }
}
