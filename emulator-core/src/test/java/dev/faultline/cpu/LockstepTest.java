// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static dev.faultline.cpu.TestMachine.CODE;
import static dev.faultline.cpu.TestMachine.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random programs do the same in blocks, where pairs are fused and the TLB is inlined, as
 * instruction by instruction, where each takes the slow path.
 */
final class LockstepTest {
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);
  private static final int PROGRAMS = 3_000 * EFFORT;
  private static final int LENGTH = 40;

  /** Opcodes with a ModRM byte: arithmetic, moves, tests in 8 and 32 bits. */
  private static final int[] MODRM = {
    0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0A, 0x0B, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1A, 0x1B,
    0x20, 0x21, 0x22, 0x23, 0x28, 0x29, 0x2A, 0x2B, 0x30, 0x31, 0x32, 0x33, 0x38, 0x39, 0x3A, 0x3B,
    0x84, 0x85, 0x88, 0x89, 0x8A, 0x8B, 0x8A, 0x8B, 0x88, 0x89, 0x39, 0x3B, 0x85
  };

  /** Registers that programs compute with; ECX is a small index, ESI points to data. */
  private static final int[] REGISTERS = {0, 2, 3, 5};

  private final Random random = new Random(1);
  private byte[] code = new byte[0];
  private int size;

  private void emit(int... bytes) {
    for (int b : bytes) {
      code[size++] = (byte) b;
    }
  }

  private int register() {
    return REGISTERS[random.nextInt(REGISTERS.length)];
  }

  /** A ModRM byte with what follows: a register, [ESI+disp8], [ESI+ECX*4+disp8] or [disp32]. */
  private void operand(int reg) {
    switch (random.nextInt(5)) {
      case 0, 1 -> emit(0xC0 | reg << 3 | register());
      case 2 -> emit(0x46 | reg << 3, random.nextInt(256));
      case 3 -> emit(0x44 | reg << 3, 0x8E, random.nextInt(256));
      default -> emit(0x05 | reg << 3, random.nextInt(256), random.nextInt(15), DATA >>> 16, 0);
    }
  }

  private void instruction() {
    switch (random.nextInt(16)) {
      case 0 -> emit(0x40 + random.nextInt(2) * 8 + register());
      case 1 -> {
        emit(0x83, 0xC0 | random.nextInt(8) << 3 | register(), random.nextInt(256));
      }
      case 2 -> {
        emit(0xC1, 0xC0 | random.nextInt(8) << 3 | register(), random.nextInt(33));
      }
      case 3 -> emit(0x50 + register());
      case 4 -> emit(0x58 + register());
      case 5 -> {
        emit(0x8D);
        emit(0x44 | register() << 3, register() << 3 | register(), random.nextInt(256));
      }
      case 6 -> {
        emit(0x0F, 0xB6);
        operand(register());
      }
      case 7 -> {
        emit(0xB8 + register(), random.nextInt(256), random.nextInt(2), 0, random.nextInt(256));
      }
      case 8 -> {
        emit(0xC6);
        emit(0x46, random.nextInt(256), random.nextInt(256));
      }
      case 9 -> {
        emit(0x80 + random.nextInt(2) * 3);
        operand(random.nextInt(8));
        emit(random.nextInt(256));
      }
      // A jump, or a branch, over one byte.
      case 10 -> emit(0xEB, 1, 0x40);
      case 11, 12 -> emit(0x70 + random.nextInt(16), 1, 0x40 + register());
      // A call of the next instruction but one, and its return address popped.
      case 13 -> emit(0xE8, 1, 0, 0, 0, 0x42, 0x58 + register());
      default -> {
        emit(MODRM[random.nextInt(MODRM.length)]);
        operand(register());
      }
    }
  }

  private String program() {
    code = new byte[LENGTH * 16];
    size = 0;
    for (int i = 0; i < LENGTH; i++) {
      instruction();
    }
    emit(0xCD, 0x80);
    return HexFormat.of().formatHex(Arrays.copyOf(code, size));
  }

  private static TestMachine machine(String program, Random values) {
    TestMachine machine = new TestMachine().code(program);
    for (int i = 0; i < 8; i++) {
      machine.cpu.set(i, values.nextInt());
    }
    machine.cpu.set(Cpu.ECX, values.nextInt(16));
    machine.cpu.set(Cpu.ESI, DATA + 0x800);
    machine.cpu.set(Cpu.ESP, TestMachine.STACK - 0x800);
    machine.cpu.setEflags(values.nextInt() & Flags.STATUS | Flags.IF);
    byte[] data = new byte[Page.SIZE];
    values.nextBytes(data);
    machine.memory.put(machine.frame(DATA) << Page.SHIFT, data, 0, data.length);
    return machine;
  }

  private static String state(TestMachine machine) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(Integer.toHexString(machine.cpu.get(i))).append(' ');
    }
    int data = machine.frame(DATA) << Page.SHIFT;
    byte[] ram = machine.memory.array();
    return text.append(
            "eip %x flags %x retired %d data %x"
                .formatted(
                    machine.cpu.eip(),
                    machine.cpu.eflags(),
                    machine.cpu.retired(),
                    Arrays.hashCode(Arrays.copyOfRange(ram, data, data + Page.SIZE))))
        .toString();
  }

  @Test
  void blocksDoWhatSingleInstructionsDo() {
    int finished = 0;
    for (int i = 0; i < PROGRAMS; i++) {
      String program = program();
      TestMachine blocks = machine(program, new Random(i));
      Exit blocksExit = blocks.engine.run(blocks.cpu, 10_000);
      TestMachine steps = machine(program, new Random(i));
      Exit stepsExit = Exit.BUDGET;
      for (int n = 0; n < 10_000 && stepsExit == Exit.BUDGET; n++) {
        stepsExit = steps.engine.run(steps.cpu, 1);
      }
      assertThat(blocksExit).as(program).isEqualTo(stepsExit);
      assertThat(state(blocks)).as(program).isEqualTo(state(steps));
      finished += blocks.cpu.eip() > CODE + 20 ? 1 : 0;
    }
    assertThat(finished).as("programs that ran far").isGreaterThan(PROGRAMS / 2);
  }
}
