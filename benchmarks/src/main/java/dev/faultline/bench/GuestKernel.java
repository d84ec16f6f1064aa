// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.Engine;
import dev.faultline.cpu.Exit;
import dev.faultline.cpu.FlatSegments;
import dev.faultline.cpu.Interpreter;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A program without a kernel under it, ready to run: one of the images in {@code kernels}. */
final class GuestKernel {
  /** The images. */
  static final List<String> NAMES =
      List.of("sieve", "sha256", "bytecode", "qsort", "string", "recursion", "bignum");

  private static final int RAM = 8 << 20;
  private static final int DIRECTORY = 0x1000;
  private static final int TABLE = 0x2000;

  /** Where images are linked to; 4 MiB from here are mapped. */
  private static final int BASE = 0x40_0000;

  private static final int STACK = 0x7F_FFF0;

  private final Engine engine;
  private final Cpu cpu;
  private int checksum;

  /**
   * Loads an image.
   *
   * @param name one of {@link #NAMES}, of a source in {@code src/main/kernels}
   */
  GuestKernel(String name) throws IOException {
    PhysicalMemory memory = new PhysicalMemory(RAM);
    int rights = PageTableEntry.PRESENT | PageTableEntry.WRITABLE | PageTableEntry.USER;
    memory.write32(DIRECTORY + (BASE >>> 22) * 4, TABLE | rights);
    for (int i = 0; i < 1024; i++) {
      memory.write32(TABLE + i * 4, BASE + i * Page.SIZE | rights);
    }
    try (InputStream image = GuestKernel.class.getResourceAsStream(name + ".bin")) {
      if (image == null) {
        throw new IOException("no kernel image " + name);
      }
      byte[] bytes = image.readAllBytes();
      memory.put(BASE, bytes, 0, bytes.length);
    }
    Mmu mmu = new Mmu(new PhysicalBus(memory), Tlb.DEFAULT_SIZE);
    mmu.loadCr3(DIRECTORY);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    engine = new Interpreter(mmu);
    cpu = new Cpu(mmu, new FlatSegments());
    cpu.setEip(BASE);
    cpu.set(Cpu.ESP, STACK);
  }

  /** Runs exactly so many instructions. */
  void run(long instructions) {
    long end = cpu.retired() + instructions;
    while (cpu.retired() < end) {
      Exit exit = engine.run(cpu, end - cpu.retired());
      if (exit == Exit.INTERRUPT) {
        checksum = cpu.get(Cpu.EAX);
      } else if (exit != Exit.BUDGET) {
        throw new IllegalStateException(
            String.format("%s %d at %08x", exit, cpu.exitVector(), cpu.eip()));
      }
    }
  }

  /** What the last finished round reported. */
  int checksum() {
    return checksum;
  }
}
