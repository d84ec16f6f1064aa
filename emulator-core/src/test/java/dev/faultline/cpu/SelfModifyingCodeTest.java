// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import org.junit.jupiter.api.Test;

/** Code that changes is executed as it is, from the very next instruction on. */
final class SelfModifyingCodeTest {
  private final TestMachine machine = new TestMachine();

  @Test
  void aStoreIntoTheNextInstructionOfTheBlockIsSeen() {
    // The loop stores its counter into the immediate of the instruction behind the store.
    machine.code(
        "b9e8030000" // mov ecx,1000
            + "31db" // xor ebx,ebx
            + "880d0f004000" // again: mov byte ptr [0x40000f],cl
            + "b800000000" // mov eax,0
            + "01c3" // add ebx,eax
            + "49" // dec ecx
            + "75f0" // jnz again
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    int sum = 0;
    for (int i = 1; i <= 1000; i++) {
      sum += i & 0xFF;
    }
    // The patched byte is the second of the immediate's four.
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(sum << 8);
  }

  @Test
  void dataBesideCodeIsNoCode() {
    machine.code(
        "b9e8030000" // mov ecx,1000
            + "890d00084000" // again: mov dword ptr [0x400800],ecx
            + "a100084000" // mov eax,dword ptr [0x400800]
            + "49" // dec ecx
            + "75f2" // jnz again
            + "cd80" // int 0x80
        );
    int before = machine.mmu.epoch();
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(1);
    assertThat(machine.mmu.epoch()).as("nothing was invalidated").isEqualTo(before);
  }

  @Test
  void aStoreThroughAnotherMappingIsSeen() {
    int alias = 0x70_0000;
    machine.map(alias, machine.frame(CODE), true);
    // mov eax,1 becomes mov eax,2 in the second round.
    machine.code(
        "b902000000" // mov ecx,2
            + "31db" // xor ebx,ebx
            + "b801000000" // again: mov eax,1
            + "01c3" // add ebx,eax
            + "c6050800700002" // mov byte ptr [0x700008],2
            + "49" // dec ecx
            + "75ef" // jnz again
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(3);
  }

  @Test
  void theFarPartOfAnInstructionThatCrossesPagesMayChange() {
    machine.map(CODE + Page.SIZE);
    // mov eax,imm32 with two bytes of the immediate in the second page.
    int start = CODE + Page.SIZE - 3;
    machine.put(
        start,
        "b822221111" // mov eax,0x11112222
            + "01c3" // add ebx,eax
            + "c70500104000000001c3" // mov dword ptr [0x401000],0xc3010000
            + "49" // dec ecx
            + "0f85e8ffffff" // jnz 0x400ffd
            + "cd80" // int 0x80
        );
    machine.cpu.setEip(start);
    machine.cpu.set(Cpu.ECX, 2);
    machine.engine.run(machine.cpu, 3);
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(0x11112222);
    // The store has put 0000 where 1111 was.
    machine.cpu.setEip(start);
    machine.engine.run(machine.cpu, 1);
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(0x2222);
  }

  @Test
  void aCodePageThatIsMappedElsewhereIsFetchedFromThere() {
    machine.map(CODE + Page.SIZE);
    machine.code(
        "b801000000" // mov eax,1
            + "e9f60f0000" // jmp 0x401000
        );
    machine.put(CODE + Page.SIZE, "cd80");
    machine.runUntilSystemCall();
    int other = machine.map(DATA + Page.SIZE);
    machine.put(
        DATA + Page.SIZE,
        "b802000000" // mov eax,2
            + "cd80" // int 0x80
        );
    machine.map(CODE + Page.SIZE, other, true);
    machine.cpu.setEip(CODE);
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(2);
  }

  @Test
  void aStringStoreOverTheCodeBehindItIsSeen() {
    // rep stosb writes INC EAX (40) over the eight NOPs that follow, and they are executed.
    machine.code(
        "bf11004000" // mov edi,0x400011
            + "b908000000" // mov ecx,8
            + "b840000000" // mov eax,0x40
            + "f3aa" // rep stosb
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "90" // nop
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(0x48);
  }

  @Test
  void aFrameThatIsFilledAnewHoldsNoOldCode() {
    machine.code(
        "b801000000" // mov eax,1
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    machine.memory.fillFrame(machine.frame(CODE), 0x90);
    machine.code(
        "b802000000" // mov eax,2
            + "cd80" // int 0x80
        );
    machine.cpu.setEip(CODE);
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(2);
  }
}
