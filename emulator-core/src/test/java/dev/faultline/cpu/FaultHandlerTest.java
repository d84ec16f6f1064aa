// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static dev.faultline.cpu.TestMachine.STACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a page-fault handler, called in the middle of an instruction, sees and may do. */
final class FaultHandlerTest {
  private static final int LATE = DATA + Page.SIZE;

  private final TestMachine machine = new TestMachine();

  @Test
  void positionAndCountAreExactInTheMiddleOfABlock() {
    List<String> seen = new ArrayList<>();
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          seen.add("%x at %x after %d".formatted(va, machine.cpu.eip(), machine.cpu.retired()));
          machine.map(Page.base(va));
          return true;
        });
    machine.code(
        "b903000000" // mov ecx,3
            + "40" // again: inc eax
            + "39048d00105000" // cmp dword ptr [0x501000+ecx*4],eax
            + "898800305000" // mov dword ptr [0x503000+eax],ecx
            + "49" // dec ecx
            + "75ef" // jnz again
            + "ff3500505000" // push dword ptr [0x505000]
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(seen)
        .containsExactly(
            "50100c at 400006 after 2", "503001 at 40000d after 3", "505000 at 400016 after 16");
    assertThat(machine.cpu.retired()).isEqualTo(18);
  }

  @Test
  void theBudgetMayBeCutInTheMiddleOfAnInstruction() {
    for (int more = 0; more < 5; more++) {
      TestMachine fresh = new TestMachine();
      int budget = more;
      fresh.mmu.setPageFaultHandler(
          (va, error) -> {
            fresh.map(Page.base(va));
            fresh.cpu.setBudget(budget);
            return true;
          });
      fresh.code(
          "40" // inc eax
              + "40" // inc eax
              + "a300105000" // mov dword ptr [0x501000],eax
              + "40" // inc eax
              + "40" // inc eax
              + "40" // inc eax
              + "40" // inc eax
              + "40" // inc eax
              + "cd80" // int 0x80
          );
      assertThat(fresh.engine.run(fresh.cpu, 1000)).isEqualTo(Exit.BUDGET);
      assertThat(fresh.cpu.retired()).isEqualTo(3 + more);
      assertThat(fresh.cpu.get(Cpu.EAX)).isEqualTo(2 + more);
    }
  }

  @Test
  void theBudgetMayBeRaisedToo() {
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          machine.map(Page.base(va));
          machine.cpu.setBudget(10_000);
          return true;
        });
    machine.code(
        "a300105000" // mov dword ptr [0x501000],eax
            + "40" // again: inc eax
            + "ebfd" // jmp again
        );
    assertThat(machine.engine.run(machine.cpu, 5)).isEqualTo(Exit.BUDGET);
    assertThat(machine.cpu.retired()).isEqualTo(10_001);
  }

  @Test
  void afterASleepTheNextInstructionIsFetchedAgain() {
    int other = machine.map(0x70_0000);
    machine.put(
        0x70_0000 + 8,
        "bb02000000" // mov ebx,2
            + "cd80" // int 0x80
        );
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          machine.map(Page.base(va));
          // Others have run meanwhile: the code page has another frame now.
          machine.map(CODE, other, true);
          return true;
        });
    machine.code(
        "90 90"
            + "890d00105000" // mov dword ptr [0x501000],ecx
            + "bb01000000" // mov ebx,1
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EBX)).isEqualTo(2);
  }

  @Test
  void anotherThreadMayRunOnTheSameInterpreterMeanwhile() {
    Cpu second = new Cpu(machine.mmu, new FlatSegments());
    second.setEip(CODE + 0x100);
    second.set(Cpu.ESP, STACK - 0x800);
    machine.put(
        CODE + 0x100,
        "b964000000" // mov ecx,100
            + "01ca" // again: add edx,ecx
            + "49" // dec ecx
            + "75fb" // jnz again
            + "cd80" // int 0x80
        );
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          assertThat(machine.engine.run(second, 100_000)).isEqualTo(Exit.INTERRUPT);
          machine.map(Page.base(va));
          machine.mmu.voidTranslations();
          return true;
        });
    machine.code(
        "b807000000" // mov eax,7
            + "a300105000" // mov dword ptr [0x501000],eax
            + "030500105000" // add eax,dword ptr [0x501000]
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(14);
    assertThat(machine.cpu.retired()).isEqualTo(4);
    assertThat(second.get(Cpu.EDX)).isEqualTo(5050);
    assertThat(second.retired()).isEqualTo(302);
  }

  @Test
  void aRefusedFaultIsPreciseAfterASleep() {
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          machine.mmu.voidTranslations();
          return false;
        });
    machine.code(
        "be00105000" // mov esi,0x501000
            + "ad" // lodsd
            + "cd80" // int 0x80
        );
    machine.runUntilException(Vector.PF, 4, CODE + 5);
    assertThat(machine.mmu.cr2()).isEqualTo(LATE);
    assertThat(machine.cpu.get(Cpu.ESI)).isEqualTo(LATE);
    assertThat(machine.cpu.retired()).isEqualTo(1);
  }

  @Test
  void aFaultOfTheFetchBelongsToTheInstructionToCome() {
    List<String> seen = new ArrayList<>();
    machine.mmu.setPageFaultHandler(
        (va, error) -> {
          seen.add("%x at %x after %d".formatted(va, machine.cpu.eip(), machine.cpu.retired()));
          machine.map(Page.base(va));
          machine.put(
              Page.base(va) + 0x10,
              "40" // inc eax
                  + "cd80" // int 0x80
              );
          return true;
        });
    machine.code(
        "40" // inc eax
            + "e90a200000" // jmp 0x402010
        );
    machine.runUntilSystemCall();
    assertThat(seen).containsExactly("402010 at 402010 after 2");
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(2);
  }
}
