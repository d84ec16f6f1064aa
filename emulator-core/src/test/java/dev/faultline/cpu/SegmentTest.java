// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Segments that are not flat: thread-local storage, limits, null selectors. */
final class SegmentTest {
  private static final int TLS = 0x33;

  private final TestMachine machine = new TestMachine();

  @Test
  void threadLocalStorageIsReachedAtNegativeOffsetsToo() {
    machine.segments.setTls(0, SegmentDescriptor.data(DATA + 0x800, -1, 3));
    machine.write32(DATA + 0x7FC, 0x1234);
    machine.write32(DATA + 0x814, 0x5678);
    machine.code(
        "b833000000" // mov eax,0x33
            + "8ee8" // mov gs,ax
            + "658b0dfcffffff" // mov ecx,dword ptr gs:[0xfffffffc]
            + "658b1514000000" // mov edx,dword ptr gs:[0x14]
            + "bb04000000" // mov ebx,4
            + "658913" // mov dword ptr gs:[ebx],edx
            + "cd80" // int 0x80
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.get(Cpu.ECX)).isEqualTo(0x1234);
    assertThat(machine.cpu.get(Cpu.EDX)).isEqualTo(0x5678);
    assertThat(machine.read32(DATA + 0x804)).isEqualTo(0x5678);
    assertThat(machine.cpu.base(Cpu.GS)).isEqualTo(DATA + 0x800);
  }

  @Test
  void aNullSegmentCannotBeUsed() {
    machine.code(
        "64a100005000" // mov eax,dword ptr fs:[0x500000]
        );
    machine.runUntilException(Vector.GP, 0, CODE);
  }

  @Test
  void aNullDataSegmentStopsWhatWasDecodedBefore() {
    machine.code(
        "b902000000" // mov ecx,2
            + "a100005000" // again: mov eax,dword ptr [0x500000]
            + "31db" // xor ebx,ebx
            + "8edb" // mov ds,bx
            + "49" // dec ecx
            + "75f4" // jnz again
            + "cd80" // int 0x80
        );
    machine.runUntilException(Vector.GP, 0, CODE + 5);
    assertThat(machine.cpu.retired()).isEqualTo(6);
  }

  @Test
  void limitsAreChecked() {
    machine.segments.setTls(1, SegmentDescriptor.data(DATA, 0xFF, 3));
    machine.code(
        "b83b000000" // mov eax,0x3b
            + "8ed8" // mov ds,ax
            + "8b0dfc000000" // mov ecx,dword ptr [0xfc]
            + "8a15ff000000" // mov dl,byte ptr [0xff]
            + "8b0dfd000000" // mov ecx,dword ptr [0xfd]
        );
    machine.runUntilException(Vector.GP, 0, CODE + 19);
    assertThat(machine.cpu.retired()).isEqualTo(4);
  }

  @Test
  void anUnknownSelectorIsRefusedWithItsNumber() {
    machine.code(
        "b873000000" // mov eax,0x73
            + "8ec0" // mov es,ax
        );
    machine.runUntilException(Vector.GP, 0x70, CODE + 5);
    assertThat(machine.cpu.selector(Cpu.ES)).isEqualTo(FlatSegments.USER_DATA);
  }

  @Test
  void theKernelLoadsSegmentsAsMovDoes() {
    assertThat(machine.cpu.loadSegment(Cpu.GS, TLS)).isFalse();
    assertThat(machine.cpu.exitVector()).isEqualTo(Vector.GP);
    machine.segments.setTls(0, SegmentDescriptor.data(DATA, -1, 3));
    assertThat(machine.cpu.loadSegment(Cpu.GS, TLS)).isTrue();
    Cpu child = new Cpu(machine.mmu, new FlatSegments(machine.segments));
    child.copyFrom(machine.cpu);
    assertThat(child.base(Cpu.GS)).isEqualTo(DATA);
    assertThat(child.selector(Cpu.GS)).isEqualTo(TLS);
  }

  @Test
  void codeMayHaveABase() {
    machine.segments.setTls(2, SegmentDescriptor.code(CODE, 0xFFF, 3));
    machine.code(
        "ea100000004300" // jmp 0x43:0x10
        );
    machine.put(
        CODE + 0x10,
        "e80b000000" // call 0x20
            + "cd80" // int 0x80
        );
    machine.put(
        CODE + 0x20,
        "2ea110000000" // mov eax,dword ptr cs:[0x10]
            + "c3" // ret
        );
    machine.runUntilSystemCall();
    assertThat(machine.cpu.eip()).isEqualTo(0x17);
    assertThat(machine.cpu.get(Cpu.EAX)).isEqualTo(machine.read32(CODE + 0x10));
  }
}
