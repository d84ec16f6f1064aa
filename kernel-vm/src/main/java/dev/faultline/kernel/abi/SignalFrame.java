// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.FlatSegments;
import dev.faultline.kernel.proc.AlternateStack;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalAction;
import dev.faultline.kernel.proc.SignalInfo;
import dev.faultline.kernel.proc.Trap;
import dev.faultline.kernel.vm.UserMemory;

/**
 * Signal frames: what lies on a handler's stack, and the return from it. Both frames are laid out
 * as i386 Linux does, since programs look into them and change them.
 */
final class SignalFrame {
  // The frame of a handler without SA_SIGINFO.
  private static final int PLAIN_CONTEXT = 8;
  private static final int PLAIN_MASK_HIGH = 720;
  private static final int PLAIN_CODE = 724;
  private static final int PLAIN_SIZE = 732;
  private static final byte[] PLAIN_RETURN = {
    0x58, (byte) 0xB8, 0x77, 0, 0, 0, (byte) 0xCD, (byte) 0x80
  };

  // The frame of a handler with SA_SIGINFO.
  private static final int INFO_AT = 16;
  private static final int UCONTEXT_AT = INFO_AT + Layouts.SIGINFO_SIZE;
  private static final int INFO_CONTEXT = UCONTEXT_AT + 20;
  private static final int INFO_MASK = UCONTEXT_AT + 108;
  private static final int INFO_CODE = UCONTEXT_AT + 116;
  private static final int INFO_SIZE = INFO_CODE + 8;
  private static final byte[] INFO_RETURN = {
    (byte) 0xB8, (byte) 0xAD, 0, 0, 0, (byte) 0xCD, (byte) 0x80, 0
  };

  private static final int OLD_MASK_AT = 80;
  private static final int FPSTATE_AT = 76;

  private static final int DIRECTION = 0x400;
  private static final int TRAP_FLAG = 0x100;
  private static final int RESUME = 0x1_0000;

  /** CF, PF, AF, ZF, SF, TF, DF, OF, AC: what a handler may change. */
  private static final int USER_FLAGS = 0x4_0DD5;

  private static final int SS_ONSTACK = 1;
  private static final int SS_DISABLE = 2;
  private static final int USER_RING = 3;

  private static final int[] REGISTERS = {
    Cpu.EDI, Cpu.ESI, Cpu.EBP, Cpu.ESP, Cpu.EBX, Cpu.EDX, Cpu.ECX, Cpu.EAX
  };
  private static final int REGISTERS_AT = 16;

  private final UserMemory memory;

  SignalFrame(UserMemory memory) {
    this.memory = memory;
  }

  // ---- entering --------------------------------------------------------------------------------

  /** Builds the frame and sets the registers for the handler; false if it cannot be written. */
  boolean enter(GuestThread t, SignalInfo info, SignalAction action, long mask) {
    Cpu cpu = t.cpu();
    int esp = cpu.get(Cpu.ESP);
    AlternateStack alternate = t.alternateStack();
    int top = esp;
    if (action.has(SignalAction.ONSTACK) && alternate.size() != 0 && !alternate.holds(esp)) {
      top = alternate.base() + alternate.size();
    }
    boolean wide = action.has(SignalAction.SIGINFO);
    int fpstate = top - FpuImage.SIZE & ~3;
    int size = wide ? INFO_SIZE : PLAIN_SIZE;
    // At the handler's entry (esp + 4) % 16 is 0.
    int frame = (fpstate - size + 4 & ~15) - 4;
    if (alternate.holds(top) && !alternate.holds(frame + 1)) {
      return false;
    }
    UserStruct fpu = new UserStruct(memory, FpuImage.SIZE);
    FpuImage.save(cpu.fpu(), fpu);
    UserStruct u = new UserStruct(memory, size);
    int restorer =
        action.has(SignalAction.RESTORER)
            ? action.restorer()
            : frame + (wide ? INFO_CODE : PLAIN_CODE);
    u.put32(0, restorer).put32(4, info.signal());
    if (wide) {
      u.put32(8, frame + INFO_AT).put32(12, frame + UCONTEXT_AT);
      u.putBytes(INFO_AT, Layouts.siginfo(memory, info).array());
      putStack(u, UCONTEXT_AT + 8, alternate, esp);
      putContext(u, INFO_CONTEXT, t, mask, fpstate);
      u.put64(INFO_MASK, mask).putBytes(INFO_CODE, INFO_RETURN);
    } else {
      putContext(u, PLAIN_CONTEXT, t, mask, fpstate);
      u.put32(PLAIN_MASK_HIGH, (int) (mask >>> 32)).putBytes(PLAIN_CODE, PLAIN_RETURN);
    }
    if (fpu.write(fpstate) != 0 || u.write(frame) != 0) {
      return false;
    }
    cpu.set(Cpu.ESP, frame);
    cpu.set(Cpu.EAX, info.signal());
    cpu.set(Cpu.EDX, wide ? frame + INFO_AT : 0);
    cpu.set(Cpu.ECX, wide ? frame + UCONTEXT_AT : 0);
    cpu.setEflags(cpu.eflags() & ~(DIRECTION | TRAP_FLAG | RESUME));
    loadFlatSegments(cpu);
    cpu.setEip(action.handler());
    // A handler begins with a clean x87, as after finit.
    cpu.fpu().reset();
    return true;
  }

  private static void loadFlatSegments(Cpu cpu) {
    int fs = cpu.selector(Cpu.FS);
    int gs = cpu.selector(Cpu.GS);
    boolean flat =
        cpu.selector(Cpu.CS) == FlatSegments.USER_CODE
            && cpu.selector(Cpu.DS) == FlatSegments.USER_DATA
            && cpu.selector(Cpu.ES) == FlatSegments.USER_DATA
            && cpu.selector(Cpu.SS) == FlatSegments.USER_DATA;
    if (!flat) {
      cpu.resetSegments(FlatSegments.USER_CODE, FlatSegments.USER_DATA);
      cpu.loadSegment(Cpu.FS, fs);
      cpu.loadSegment(Cpu.GS, gs);
    }
  }

  private static void putStack(UserStruct u, int at, AlternateStack stack, int esp) {
    int flags = stack.size() == 0 ? SS_DISABLE : stack.holds(esp) ? SS_ONSTACK : 0;
    u.put32(at, stack.base()).put32(at + 4, flags).put32(at + 8, stack.size());
  }

  private static void putContext(UserStruct u, int at, GuestThread t, long mask, int fpstate) {
    Cpu cpu = t.cpu();
    Trap trap = t.lastTrap();
    u.put32(at, cpu.selector(Cpu.GS)).put32(at + 4, cpu.selector(Cpu.FS));
    u.put32(at + 8, cpu.selector(Cpu.ES)).put32(at + 12, cpu.selector(Cpu.DS));
    for (int i = 0; i < REGISTERS.length; i++) {
      u.put32(at + REGISTERS_AT + 4 * i, cpu.get(REGISTERS[i]));
    }
    u.put32(at + 48, trap.vector()).put32(at + 52, trap.errorCode());
    u.put32(at + 56, cpu.eip()).put32(at + 60, cpu.selector(Cpu.CS));
    u.put32(at + 64, cpu.eflags()).put32(at + 68, cpu.get(Cpu.ESP));
    u.put32(at + 72, cpu.selector(Cpu.SS)).put32(at + FPSTATE_AT, fpstate);
    u.put32(at + OLD_MASK_AT, (int) mask).put32(at + 84, trap.address());
  }

  // ---- leaving ---------------------------------------------------------------------------------

  /**
   * The return from a handler: everything is as the frame says, which the handler may have changed.
   *
   * @param wide true for rt_sigreturn
   * @return EAX
   */
  int leave(GuestThread t, boolean wide) {
    Cpu cpu = t.cpu();
    int frame = cpu.get(Cpu.ESP) - (wide ? 4 : 8);
    UserStruct u = UserStruct.read(memory, frame, wide ? INFO_SIZE : PLAIN_SIZE);
    if (u == null || !restore(t, u, wide ? INFO_CONTEXT : PLAIN_CONTEXT)) {
      t.setLastTrap(Trap.NONE);
      t.forceSignal(SignalInfo.fault(Signal.SEGV, SignalInfo.KERNEL, 0));
      return cpu.get(Cpu.EAX);
    }
    int context = wide ? INFO_CONTEXT : PLAIN_CONTEXT;
    long mask =
        wide
            ? u.get64(INFO_MASK)
            : u.get32(context + OLD_MASK_AT) & 0xFFFF_FFFFL | (long) u.get32(PLAIN_MASK_HIGH) << 32;
    t.setSignalMask(mask);
    if (wide) {
      int flags = u.get32(UCONTEXT_AT + 12);
      int size = u.get32(UCONTEXT_AT + 16);
      boolean none = (flags & SS_DISABLE) != 0 || size == 0;
      t.setAlternateStack(
          none ? AlternateStack.NONE : new AlternateStack(u.get32(UCONTEXT_AT + 8), size));
    }
    return cpu.get(Cpu.EAX);
  }

  private boolean restore(GuestThread t, UserStruct u, int at) {
    Cpu cpu = t.cpu();
    int fpstate = u.get32(at + FPSTATE_AT);
    UserStruct fpu = fpstate == 0 ? null : UserStruct.read(memory, fpstate, FpuImage.SIZE);
    if (fpstate != 0 && fpu == null) {
      return false;
    }
    if ((u.get16(at + 60) & 0xFFFF | USER_RING) != FlatSegments.USER_CODE
        || (u.get16(at + 72) & 0xFFFF | USER_RING) != FlatSegments.USER_DATA) {
      return false;
    }
    for (int i = 0; i < REGISTERS.length; i++) {
      cpu.set(REGISTERS[i], u.get32(at + REGISTERS_AT + 4 * i));
    }
    cpu.setEip(u.get32(at + 56));
    int flags = u.get32(at + 64);
    cpu.setEflags(cpu.eflags() & ~USER_FLAGS | flags & USER_FLAGS);
    cpu.resetSegments(FlatSegments.USER_CODE, FlatSegments.USER_DATA);
    int[] segments = {Cpu.GS, Cpu.FS, Cpu.ES, Cpu.DS};
    for (int i = 0; i < segments.length; i++) {
      cpu.loadSegment(segments[i], u.get16(at + 4 * i) & 0xFFFF);
    }
    if (fpu == null) {
      cpu.fpu().reset();
    } else {
      FpuImage.restore(cpu.fpu(), fpu);
    }
    return true;
  }
}
