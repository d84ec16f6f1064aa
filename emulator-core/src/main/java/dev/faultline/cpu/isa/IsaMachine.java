// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.SegmentDescriptor;
import dev.faultline.cpu.SegmentTable;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The machine that the experiments run on: paging, a few regions of memory, flat segments. */
final class IsaMachine implements SegmentTable {
  private static final int TLB_SIZE = 64;
  private static final int DIRECTORY = 0x1000;
  private static final int ENTRY =
      PageTableEntry.PRESENT | PageTableEntry.WRITABLE | PageTableEntry.USER;

  /** A region and where it lies in RAM. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Placed(IsaVectors.Region region, int physical, byte[] background) {
    boolean contains(int address) {
      return Integer.compareUnsigned(address - region.base(), region.size()) < 0;
    }
  }

  private final PhysicalMemory memory;
  private final Mmu mmu;
  private final Cpu cpu;
  private final List<Placed> regions = new ArrayList<>();
  private final Map<Integer, Long> descriptors = new HashMap<>();
  private final IsaVectors vectors;
  private int nextFrame = Page.number(DIRECTORY) + 1;

  IsaMachine(IsaVectors vectors) {
    this.vectors = vectors;
    int bytes = vectors.regions().stream().mapToInt(IsaVectors.Region::size).sum();
    memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE + (bytes + Page.OFFSET_MASK & Page.MASK));
    for (IsaVectors.Region region : vectors.regions()) {
      place(region);
    }
    mmu = new Mmu(new PhysicalBus(memory), TLB_SIZE);
    mmu.loadCr3(DIRECTORY);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    descriptors.put(vectors.selector(Cpu.GS), SegmentDescriptor.data(vectors.gsBase(), -1, 3));
    descriptors.put(vectors.selector(Cpu.FS), SegmentDescriptor.data(vectors.fsBase(), -1, 3));
    descriptors.put(vectors.selector(Cpu.DS), SegmentDescriptor.data(0, -1, 3));
    descriptors.put(vectors.selector(Cpu.CS), SegmentDescriptor.code(0, -1, 3));
    // Where no program has put them: a new thread begins with the selectors of Linux.
    cpu = new Cpu(mmu, this);
  }

  private void place(IsaVectors.Region region) {
    int physical = nextFrame << Page.SHIFT;
    nextFrame += Page.number(region.size());
    byte[] background = new byte[region.size()];
    for (int i = 0; i < region.size(); i++) {
      background[i] = region.background(region.base() + i);
    }
    for (int offset = 0; offset < region.size(); offset += Page.SIZE) {
      map(region.base() + offset, physical + offset);
    }
    regions.add(new Placed(region, physical, background));
  }

  private void map(int linear, int physical) {
    int directoryEntry = DIRECTORY + (linear >>> 22) * 4;
    if (memory.read32(directoryEntry) == 0) {
      memory.write32(directoryEntry, nextFrame++ << Page.SHIFT | ENTRY);
    }
    int table = Page.base(memory.read32(directoryEntry));
    memory.write32(table + (linear >>> Page.SHIFT & 0x3FF) * 4, physical | ENTRY);
  }

  @Override
  public long descriptor(int selector) {
    return descriptors.getOrDefault(selector & ~3 | 3, 0L);
  }

  /** As Linux has them. */
  @Override
  public int gateDpl(int vector) {
    return vector == 3 || vector == 4 || vector == 0x80 ? 3 : 0;
  }

  Mmu mmu() {
    return mmu;
  }

  Cpu cpu() {
    return cpu;
  }

  List<Placed> regions() {
    return regions;
  }

  byte[] ram() {
    return memory.array();
  }

  /** Puts memory and registers into the state before the experiment. */
  void load(IsaRecord record) {
    for (Placed region : regions) {
      memory.put(region.physical, region.background, 0, region.background.length);
    }
    for (IsaRecord.Patch patch : record.patches) {
      put(patch.address(), patch.bytes());
    }
    put(record.eip, record.code);
    cpu.resetSegments(vectors.selector(Cpu.CS), vectors.selector(Cpu.DS));
    cpu.loadSegment(Cpu.FS, vectors.selector(Cpu.FS));
    cpu.loadSegment(Cpu.GS, vectors.selector(Cpu.GS));
    for (int i = 0; i < record.registers.length; i++) {
      cpu.set(i, record.registers[i]);
    }
    cpu.setEip(record.eip);
    cpu.setEflags(record.eflags);
    cpu.fpu().reset();
    if (record.has(IsaRecord.X87)) {
      IsaRecord.X87State x87 = record.x87;
      cpu.fpu().setControlWord(x87.controlWord);
      cpu.fpu().setStatusWord(x87.statusWord);
      cpu.fpu().setTags(x87.tags);
      cpu.fpu().setPointers(x87.instructionPointer, 0, x87.dataPointer, 0, x87.opcode);
      for (int i = 0; i < 8; i++) {
        cpu.fpu().setRegister(i, x87.significands[i], x87.signExponents[i]);
      }
    }
  }

  private void put(int address, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      Placed region = regionOf(address + i);
      if (region != null) {
        memory.write8(region.physical + address + i - region.region.base(), bytes[i]);
      }
    }
  }

  private @Nullable Placed regionOf(int address) {
    for (Placed region : regions) {
      if (region.contains(address)) {
        return region;
      }
    }
    return null;
  }
}
