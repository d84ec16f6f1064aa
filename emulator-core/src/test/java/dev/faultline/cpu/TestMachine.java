// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.util.HexFormat;

/**
 * A small machine for processor tests: paging on, flat segments at CPL 3, code at {@link #CODE},
 * data at {@link #DATA}, a stack below {@link #STACK}, one page each; the pages around them are not
 * mapped. Frames are handed out in order of mapping.
 */
final class TestMachine {
  static final int CODE = 0x40_0000;
  static final int DATA = 0x50_0000;
  static final int STACK = 0x60_1000;

  private static final int DIRECTORY = 0x1000;
  private static final int TABLE = 0x2000;
  private static final int TABLES = 16;
  private static final int FIRST_FRAME = 0x20;

  final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  final PhysicalBus bus = new PhysicalBus(memory);
  final Mmu mmu = new Mmu(bus, 64);
  final FlatSegments segments = new FlatSegments();
  final Interpreter engine = new Interpreter(mmu);
  final Cpu cpu = new Cpu(mmu, segments);
  private int nextFrame = FIRST_FRAME;

  TestMachine() {
    for (int i = 0; i < TABLES; i++) {
      int table = TABLE + i * Page.SIZE;
      memory.write32(DIRECTORY + i * 4, table | rights(true));
    }
    mmu.loadCr3(DIRECTORY);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    map(CODE);
    map(DATA);
    map(STACK - Page.SIZE);
    cpu.setEip(CODE);
    cpu.set(Cpu.ESP, STACK);
  }

  private static int rights(boolean writable) {
    int rights = PageTableEntry.PRESENT | PageTableEntry.USER;
    return writable ? rights | PageTableEntry.WRITABLE : rights;
  }

  /** Maps a page to a fresh frame full of zeros; returns the frame. */
  int map(int va) {
    int frame = nextFrame++;
    map(va, frame, true);
    return frame;
  }

  /** Maps a page to a frame. */
  void map(int va, int frame, boolean writable) {
    memory.write32(entry(va), frame << Page.SHIFT | rights(writable));
    mmu.invalidate(va);
  }

  void unmap(int va) {
    memory.write32(entry(va), 0);
    mmu.invalidate(va);
  }

  private static int entry(int va) {
    return TABLE + (va >>> Page.SHIFT) * 4;
  }

  /** The frame that a page is mapped to. */
  int frame(int va) {
    return memory.read32(entry(va)) >>> Page.SHIFT;
  }

  /** Puts bytes, in hex, at an address; it may run over pages. */
  TestMachine put(int va, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    for (int i = 0; i < bytes.length; i++) {
      memory.write8(physical(va + i), bytes[i]);
    }
    return this;
  }

  /** Puts code, in hex, at {@link #CODE}. */
  TestMachine code(String hex) {
    return put(CODE, hex);
  }

  private int physical(int va) {
    return frame(va) << Page.SHIFT | va & Page.OFFSET_MASK;
  }

  int read32(int va) {
    return memory.read32(physical(va));
  }

  void write32(int va, int value) {
    memory.write32(physical(va), value);
  }

  /** Runs, expecting an exit. */
  void runUntil(Exit exit) {
    assertThat(engine.run(cpu, 1_000_000)).isEqualTo(exit);
  }

  /** Runs, expecting an exception; EIP must be as given. */
  void runUntilException(int vector, int errorCode, int eip) {
    runUntil(Exit.EXCEPTION);
    assertThat(cpu.exitVector()).as("vector").isEqualTo(vector);
    assertThat(cpu.exitErrorCode()).as("error code").isEqualTo(errorCode);
    assertThat(cpu.eip()).as("eip").isEqualTo(eip);
  }

  /** Runs to INT 80h. */
  void runUntilSystemCall() {
    runUntil(Exit.INTERRUPT);
    assertThat(cpu.exitVector()).isEqualTo(0x80);
  }
}
