// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.Cpu;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.vm.Counter;
import java.io.PrintStream;

/** What is told of a machine whose kernel found itself broken: why, where, and how all stood. */
final class PanicDump {
  private static final String[] REGISTERS = {
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"
  };

  private PanicDump() {}

  static void print(Machine machine, Throwable cause, PrintStream out) {
    out.println("faultline: panic: " + cause.getMessage());
    cause.printStackTrace(out);
    out.printf(
        "at %d instructions, %d ns; CR2 %08x, CR3 %08x%n",
        machine.clock().instructions(),
        machine.clock().now(),
        machine.hardware().cpu.mmu().cr2(),
        machine.hardware().cpu.mmu().cr3());
    for (KernelThread thread : machine.scheduler().threads()) {
      out.println("thread " + thread + " on " + thread.channel());
      if (thread.owner() instanceof GuestThread guest) {
        registers(guest.cpu(), out);
      }
    }
    for (Process process : machine.processes().table().processes()) {
      out.println(process);
    }
    out.println(machine.vm().state());
    for (Counter counter : Counter.values()) {
      out.print(counter.label() + "=" + machine.vm().meter().get(counter) + " ");
    }
    out.println();
    for (String line : machine.vm().brokenInvariants()) {
      out.println("broken: " + line);
    }
  }

  private static void registers(Cpu cpu, PrintStream out) {
    out.printf("  eip %08x eflags %08x", cpu.eip(), cpu.eflags());
    for (int r = 0; r < REGISTERS.length; r++) {
      out.printf(" %s %08x", REGISTERS[r], cpu.get(r));
    }
    out.println();
  }
}
