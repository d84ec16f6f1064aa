// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.decode.I686;
import dev.faultline.cpu.decode.InstructionForm;
import dev.faultline.mmu.PortDevice;
import org.junit.jupiter.api.Test;

/** Ring 0 as far as the machine models it, and what ring 3 may not do. */
final class PrivilegeTest {
  private final TestMachine machine = new TestMachine();

  private void enterRing0() {
    machine.cpu.resetSegments(FlatSegments.KERNEL_CODE, FlatSegments.KERNEL_DATA);
  }

  @Test
  void haltEndsTheRunAtRing0() {
    enterRing0();
    machine.code(
        "fa" // cli
            + "f4" // hlt
            + "90" // nop
        );
    machine.runUntil(Exit.HALT);
    assertThat(machine.cpu.eip()).isEqualTo(CODE + 2);
    assertThat(machine.cpu.eflags() & Flags.IF).isZero();
  }

  @Test
  void portsAreReachedThroughTheBus() {
    int[] written = new int[1];
    machine.bus.attachPorts(
        0x3F8,
        4,
        new PortDevice() {
          @Override
          public int in(int port) {
            return 0x40 + port;
          }

          @Override
          public void out(int port, int value) {
            written[0] = value;
          }
        });
    enterRing0();
    machine.code(
        "baf8030000" // mov edx,0x3f8
            + "ed" // in eax,dx
            + "89c1" // mov ecx,eax
            + "b077" // mov al,0x77
            + "ee" // out dx,al
            + "f4" // hlt
        );
    machine.runUntil(Exit.HALT);
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(0x43424140);
    assertThat(written[0]).isEqualTo(0x77);
  }

  @Test
  void controlRegistersAreTheMmus() {
    enterRing0();
    machine.code(
        "0f20d8" // mov eax,cr3
            + "0f22d8" // mov cr3,eax
            + "b834120000" // mov eax,0x1234
            + "0f22d0" // mov cr2,eax
            + "0f20d3" // mov ebx,cr2
            + "0f013d00005000" // invlpg [0x500000]
            + "8b0d00005000" // mov ecx,dword ptr [0x500000]
            + "f4" // hlt
        );
    machine.write32(DATA, 5);
    machine.runUntil(Exit.HALT);
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(0x1234);
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(5);
  }

  @Test
  void tablesAreTheKernels() {
    enterRing0();
    machine.code(
        "90" // nop
            + "0f011500005000" // lgdt [0x500000]
        );
    machine.runUntil(Exit.SYSTEM);
    assertThat(machine.cpu.eip()).isEqualTo(CODE + 1);
    assertThat(machine.cpu.retired()).isEqualTo(1);
  }

  @Test
  void ring3MayUseOnlySomeGates() {
    machine.code(
        "cd80" // int 0x80
            + "cd21" // int 0x21
        );
    machine.runUntilSystemCall();
    machine.runUntilException(Vector.GP, 0x21 * 8 + 2, CODE + 2);
  }

  @Test
  void whatTheTableCallsPrivilegedIsRefusedAtRing3() {
    int tried = 0;
    for (InstructionForm form : I686.table().forms()) {
      if (!form.has("cpl0") && !form.has("iopl")) {
        continue;
      }
      String hex = form.opcode().replaceAll(" ?/.*| ", "");
      int digit = form.opcode().indexOf('/');
      boolean numbered = digit >= 0 && Character.isDigit(form.opcode().charAt(digit + 1));
      int modrm = numbered ? form.opcode().charAt(digit + 1) - '0' << 3 : 0xC0;
      TestMachine fresh = new TestMachine().code(hex + "%02x".formatted(modrm) + "00000000");
      fresh.cpu.set(Cpu.EAX, DATA);
      fresh.runUntilException(Vector.GP, 0, CODE);
      tried++;
    }
    assertThat(tried).isGreaterThan(25);
  }

  @Test
  void theTrapFlagStopsAfterEachInstruction() {
    machine.code(
        "90" // nop
            + "90" // nop
            + "40" // inc eax
            + "cd80" // int 0x80
        );
    machine.cpu.setEflags(machine.cpu.eflags() | Flags.TF);
    machine.runUntilException(Vector.DB, 0, CODE + 1);
    machine.runUntilException(Vector.DB, 0, CODE + 2);
    machine.runUntilException(Vector.DB, 0, CODE + 3);
    assertThat(machine.cpu.retired()).isEqualTo(3);
  }

  @Test
  void popfStartsSingleStepping() {
    machine.code(
        "9c" // pushf
            + "810c2400010000" // or dword ptr [esp],0x100
            + "9d" // popf
            + "40" // inc eax
            + "40" // inc eax
            + "cd80" // int 0x80
        );
    machine.runUntilException(Vector.DB, 0, CODE + 10);
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(1);
  }

  @Test
  void cpuidSaysWhatThereIs() {
    machine.code(
        "31c0" // xor eax,eax
            + "0fa2" // cpuid
            + "89c6" // mov esi,eax
            + "89df" // mov edi,ebx
            + "b801000000" // mov eax,1
            + "0fa2" // cpuid
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.ESI)).as("highest leaf").isEqualTo(1);
    assertThat(machine.cpu.get(Cpu.EDI)).as("Genu").isEqualTo(0x756E6547);
    assertThat(machine.cpu.get(Cpu.EDX)).as("FPU TSC CX8 CMOV").isEqualTo(0x8111);
  }

  @Test
  void theIdFlagTogglesAndTimeIsVirtual() {
    machine.code(
        "9c" // pushf
            + "58" // pop eax
            + "89c1" // mov ecx,eax
            + "3500002000" // xor eax,0x200000
            + "50" // push eax
            + "9d" // popf
            + "9c" // pushf
            + "58" // pop eax
            + "31c8" // xor eax,ecx
            + "89c3" // mov ebx,eax
            + "0f31" // rdtsc
            + "cd80" // int 0x80
        );
    machine.cpu.setTimeStampCounter(cpu -> 0x1_0000_0000L + cpu.retired());
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(Flags.ID);
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(10);
    assertThat(machine.cpu.get(Cpu.EDX)).isEqualTo(1);
  }
}
