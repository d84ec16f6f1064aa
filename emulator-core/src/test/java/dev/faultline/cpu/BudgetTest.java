// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** However a run is cut into budgets, it is the same run. */
final class BudgetTest {
  private static final int INSTRUCTIONS = 1_500;

  /** Branches that nothing predicts, calls, stack, read-modify-write, strings. */
  private static TestMachine program() {
    return new TestMachine()
        .code(
            "b907000000" // start: mov ecx,7
                + "69c00d661900" // again: imul eax,eax,1664525
                + "055ff36e3c" // add eax,1013904223
                + "89c3" // mov ebx,eax
                + "c1eb14" // shr ebx,20
                + "81e3fc070000" // and ebx,0x7fc
                + "018300005000" // add dword ptr [0x500000+ebx],eax
                + "a900000100" // test eax,0x10000
                + "7405" // je skip
                + "e825000000" // call sub1
                + "39d8" // skip: cmp eax,ebx
                + "7208" // jb low
                + "50" // push eax
                + "5a" // pop edx
                + "131504005000" // adc edx,dword ptr [0x500004]
                + "49" // low: dec ecx
                + "75c9" // jne again
                + "be00005000" // mov esi,0x500000
                + "bf01085000" // mov edi,0x500801
                + "b925000000" // mov ecx,37
                + "f3a4" // rep movsb
                + "c1fb03" // sar ebx,3
                + "ebae" // jmp start
                + "8d544205" // sub1: lea edx,[edx+eax*2+5]
                + "c1c203" // rol edx,3
                + "42" // inc edx
                + "7802" // js done
                + "f7da" // neg edx
                + "c3" // done: ret
            );
  }

  private static String state(TestMachine machine) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(Integer.toHexString(machine.cpu.get(i))).append(' ');
    }
    int from = machine.frame(DATA) << Page.SHIFT;
    byte[] data = Arrays.copyOfRange(machine.memory.array(), from, from + Page.SIZE);
    return text.toString()
        + Integer.toHexString(machine.cpu.eip())
        + ' '
        + Integer.toHexString(machine.cpu.eflags())
        + ' '
        + machine.cpu.retired()
        + ' '
        + Arrays.hashCode(data);
  }

  @Test
  void everyPrefixOfTheRunIsReachedExactly() {
    TestMachine stepped = program();
    List<String> states = new ArrayList<>();
    for (int n = 0; n <= INSTRUCTIONS; n++) {
      states.add(state(stepped));
      assertThat(stepped.engine.run(stepped.cpu, 1)).isEqualTo(Exit.BUDGET);
    }
    for (int n = 0; n <= INSTRUCTIONS; n += 7) {
      TestMachine whole = program();
      assertThat(whole.engine.run(whole.cpu, n)).isEqualTo(Exit.BUDGET);
      assertThat(state(whole)).as("after %d instructions", n).isEqualTo(states.get(n));
    }
  }

  @Test
  void randomBudgetsAddUp() {
    Random random = new Random(1);
    TestMachine pieces = program();
    long done = 0;
    while (done < 100_000) {
      int budget = random.nextInt(300);
      assertThat(pieces.engine.run(pieces.cpu, budget)).isEqualTo(Exit.BUDGET);
      done += budget;
      assertThat(pieces.cpu.retired()).isEqualTo(done);
    }
    TestMachine whole = program();
    whole.engine.run(whole.cpu, done);
    assertThat(state(pieces)).isEqualTo(state(whole));
  }

  @Test
  void aWarmInterpreterAllocatesNothing() {
    TestMachine machine = program();
    machine.engine.run(machine.cpu, 200_000);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 500; i++) {
      machine.engine.run(machine.cpu, 333);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("bytes in 500 runs").isLessThan(4_000);
  }
}
