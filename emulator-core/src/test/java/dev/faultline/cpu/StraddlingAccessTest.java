// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static dev.faultline.cpu.TestMachine.STACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import org.junit.jupiter.api.Test;

/** An access over two pages happens whole or not at all, and can be repeated. */
final class StraddlingAccessTest {
  private static final int EDGE = DATA + Page.SIZE - 2;
  private static final int WRITE_FAULT = 6;

  private final TestMachine machine = new TestMachine();

  @Test
  void aStoreIntoAMissingSecondPageChangesNothing() {
    machine.code(
        "b844332211" // mov eax,0x11223344
            + "a3fe0f5000" // mov dword ptr [0x500ffe],eax
        );
    machine.runUntilException(Vector.PF, WRITE_FAULT, CODE + 5);
    assertThat(machine.mmu.cr2()).isEqualTo(DATA + Page.SIZE);
    assertThat(machine.read32(EDGE - 2)).isZero();
    machine.map(DATA + Page.SIZE);
    machine.engine.run(machine.cpu, 1);
    assertThat(machine.read32(EDGE - 2)).isEqualTo(0x33440000);
    assertThat(machine.read32(DATA + Page.SIZE)).isEqualTo(0x1122);
  }

  @Test
  void readModifyWriteOfAReadOnlySecondPageFaultsAsAWrite() {
    machine.map(DATA + Page.SIZE, machine.map(0x70_0000), false);
    machine.write32(EDGE - 2, 0x0001_0000);
    machine.code(
        "ff05fe0f5000" // inc dword ptr [0x500ffe]
        );
    int flags = machine.cpu.eflags();
    machine.runUntilException(Vector.PF, WRITE_FAULT | 1, CODE);
    assertThat(machine.read32(EDGE - 2)).isEqualTo(0x0001_0000);
    assertThat(machine.cpu.eflags()).isEqualTo(flags);
  }

  @Test
  void aPushAtTheEdgeOfTheStackLeavesTheRegister() {
    int bottom = STACK - Page.SIZE;
    machine.cpu.set(Cpu.ESP, bottom + 2);
    machine.code(
        "6a07" // push 7
        );
    machine.runUntilException(Vector.PF, WRITE_FAULT, CODE);
    assertThat(machine.cpu.get(Cpu.ESP)).isEqualTo(bottom + 2);
    assertThat(machine.read32(bottom)).isZero();
  }

  @Test
  void aCallThatCannotPushDoesNotGo() {
    machine.cpu.set(Cpu.ESP, STACK - Page.SIZE);
    machine.code(
        "e81b000000" // call 0x400020
        );
    machine.runUntilException(Vector.PF, WRITE_FAULT, CODE);
    assertThat(machine.cpu.get(Cpu.ESP)).isEqualTo(STACK - Page.SIZE);
    assertThat(machine.cpu.retired()).isZero();
  }

  @Test
  void pushaThatDoesNotFitWritesNothing() {
    int bottom = STACK - Page.SIZE;
    machine.cpu.set(Cpu.ESP, bottom + 16);
    machine.cpu.set(Cpu.EAX, 0x55);
    machine.code(
        "60" // pusha
        );
    machine.runUntilException(Vector.PF, WRITE_FAULT, CODE);
    assertThat(machine.read32(bottom + 12)).isZero();
    assertThat(machine.cpu.get(Cpu.ESP)).isEqualTo(bottom + 16);
  }

  @Test
  void anOffsetBeyondTheSegmentIsRefused() {
    machine.code(
        "a1feffffff" // mov eax,dword ptr [0xfffffffe]
        );
    machine.runUntilException(Vector.GP, 0, CODE);
  }

  @Test
  void anInstructionWhoseEndIsNotMappedFaultsThere() {
    int start = CODE + Page.SIZE - 2;
    machine.put(start, "b811");
    machine.cpu.setEip(start);
    machine.runUntilException(Vector.PF, 4, start);
    assertThat(machine.mmu.cr2()).isEqualTo(CODE + Page.SIZE);
  }
}
