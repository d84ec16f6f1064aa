// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.Engine;
import dev.faultline.cpu.Exit;
import dev.faultline.cpu.Vector;
import dev.faultline.kernel.sched.InstructionClock;
import dev.faultline.kernel.sched.KernelPanic;

/**
 * The life of a guest thread: user code, trap, kernel, and back, until it ends. Clock and device
 * events are taken where user code has come back, signals before it goes on.
 */
final class UserLoop {
  /** The vector of system calls. */
  private static final int SYSTEM_CALL = 0x80;

  /** Virtual nanoseconds that a system call costs beside what it waits for. */
  private static final long SYSTEM_CALL_COST = 200;

  private final GuestThread thread;
  private final ProcessSystem system;

  UserLoop(GuestThread thread) {
    this.thread = thread;
    system = thread.process().system;
  }

  /** Runs until the thread ends. */
  void run() {
    KernelServices services = system.services();
    Engine engine = services.engine();
    InstructionClock clock = services.clock();
    Cpu cpu = thread.cpu();
    system.delivery().deliver(thread);
    while (!thread.exiting) {
      Exit exit = engine.run(cpu, clock.budget());
      // CR2 is the virtual CPU's, and events may let others run.
      int faultAddress = cpu.mmu().cr2();
      boolean sliceOver = clock.atBoundary();
      switch (exit) {
        case BUDGET -> {}
        case INTERRUPT -> interrupt(cpu.exitVector());
        case EXCEPTION -> exception(cpu, faultAddress);
        case HALT, SYSTEM ->
            throw new KernelPanic("user code of " + thread + " ran at CPL 0: " + exit);
      }
      if (thread.kernelThread().interruptPending() || thread.hasInterruptedCall()) {
        system.delivery().deliver(thread);
      }
      if (sliceOver && !thread.exiting) {
        thread.countSliceEnd();
        services.scheduler().yieldNow();
        if (thread.kernelThread().interruptPending()) {
          system.delivery().deliver(thread);
        }
      }
    }
    system.exit().threadEnds(thread);
  }

  private void interrupt(int vector) {
    switch (vector) {
      case SYSTEM_CALL -> {
        system.services().clock().charge(SYSTEM_CALL_COST);
        thread.addSystemTime(SYSTEM_CALL_COST);
        system.personality().systemCall(thread);
      }
      case Vector.BP -> raise(Signal.TRAP, SignalInfo.KERNEL, 0, new Trap(vector, 0, 0));
      default -> raise(Signal.SEGV, SignalInfo.KERNEL, 0, new Trap(vector, 0, 0));
    }
  }

  private void exception(Cpu cpu, int cr2) {
    int vector = cpu.exitVector();
    Trap trap = new Trap(vector, cpu.exitErrorCode(), vector == Vector.PF ? cr2 : 0);
    switch (vector) {
      case Vector.DE -> raise(Signal.FPE, 1, cpu.eip(), trap);
      case Vector.DB -> raise(Signal.TRAP, 2, cpu.eip(), trap);
      case Vector.BP -> raise(Signal.TRAP, SignalInfo.KERNEL, 0, trap);
      case Vector.UD -> raise(Signal.ILL, 2, cpu.eip(), trap);
      case Vector.MF -> raise(Signal.FPE, X87Error.code(cpu.fpu()), cpu.eip(), trap);
      case Vector.PF -> pageFault(trap);
      case Vector.NP, Vector.SS -> raise(Signal.BUS, SignalInfo.KERNEL, 0, trap);
      default -> raise(Signal.SEGV, SignalInfo.KERNEL, 0, trap);
    }
  }

  /** F131, F133 as the design's section 6 reads them. */
  private void pageFault(Trap trap) {
    switch (thread.lastFault()) {
      case KILLED -> {}
      case PROTECTION -> raise(Signal.SEGV, SignalInfo.NO_RIGHT, trap.address(), trap);
      case BEYOND_OBJECT, DEAD_OBJECT, PAGER_ERROR, PAGER_BAD ->
          raise(Signal.BUS, SignalInfo.NO_MEMORY_BEHIND, trap.address(), trap);
      default -> raise(Signal.SEGV, SignalInfo.NOT_MAPPED, trap.address(), trap);
    }
  }

  private void raise(int signal, int code, int address, Trap trap) {
    thread.setLastTrap(trap);
    system.signals().force(thread, SignalInfo.fault(signal, code, address));
  }
}
