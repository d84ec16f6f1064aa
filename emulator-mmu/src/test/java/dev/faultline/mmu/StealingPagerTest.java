// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: bytes lost between an access and the paging that it causes. A pager with a few frames for
 * many pages steals at each fault; what the pages hold, in memory or out, must be what a flat array
 * holds. A stolen frame is filled with rubbish, which must not show, and must not change.
 */
final class StealingPagerTest {
  private static final int VA = 0x0040_0000;
  private static final int PAGES = 7;
  private static final int FIRST_FRAME = 16;
  private static final byte RUBBISH = (byte) 0xEE;

  private enum Kind {
    READ,
    WRITE,
    MODIFY
  }

  private record Op(Kind kind, int offset, int size, long value) {}

  @Test
  @DisplayName("with two, three and four frames, every read gives what was last written")
  void pagedMemoryIsMemory() {
    for (int frames = 2; frames <= 4; frames++) {
      int n = frames;
      Shrink.holds(30, StealingPagerTest::operations, ops -> new World(n).problem(ops));
    }
  }

  private static List<Op> operations(long seed) {
    Random random = new Random(seed);
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < 1_500; i++) {
      int size = 1 << random.nextInt(4);
      int page = random.nextInt(PAGES);
      int offset = random.nextInt(3) == 0 ? random.nextInt(4096) : 4096 - random.nextInt(9);
      int start = Math.min(page * 4096 + offset, PAGES * 4096 - size);
      Kind[] kinds = Kind.values();
      ops.add(new Op(kinds[random.nextInt(kinds.length)], start, size, random.nextLong()));
    }
    return ops;
  }

  private static final class World {
    private final Machine machine = new Machine();
    private final Mmu mmu = machine.mmu;
    private final byte[] flat = new byte[PAGES * 4096];
    private final byte[][] swap = new byte[PAGES][4096];

    /** Which page each frame holds, oldest first; -1 for none. */
    private final List<Integer> residents = new ArrayList<>();

    private final int frames;
    private String broken = "";

    World(int frames) {
      this.frames = frames;
      for (int i = 0; i < frames; i++) {
        machine.memory.fillFrame(FIRST_FRAME + i, RUBBISH);
      }
      mmu.setPageFaultHandler((va, errorCode) -> bringIn(Page.number(va - VA)));
    }

    /** Brings a page in; the oldest goes out first if no frame is free. */
    private boolean bringIn(int page) {
      if (residents.contains(page)) {
        broken = "page " + page + " faults though it is in";
      }
      int frame = FIRST_FRAME + residents.size();
      if (residents.size() == frames) {
        int victim = residents.removeFirst();
        int va = VA + victim * 4096;
        int pte = machine.pte(va);
        frame = pte >>> 12;
        machine.unmap(va);
        mmu.invalidate(va);
        if ((pte & Machine.D) != 0) {
          machine.memory.get(frame << 12, swap[victim], 0, 4096);
        }
        machine.memory.fillFrame(frame, RUBBISH);
      }
      for (int i = frame << 12; i < frame + 1 << 12; i++) {
        if (machine.memory.array()[i] != RUBBISH) {
          broken = "a free frame was written to";
        }
      }
      machine.memory.put(frame << 12, swap[page], 0, 4096);
      machine.map(VA + page * 4096, frame, Machine.RW);
      residents.add(page);
      return true;
    }

    String problem(List<Op> ops) {
      for (Op op : ops) {
        int va = VA + op.offset;
        if (op.kind == Kind.READ) {
          check(op, read(va, op.size));
        } else {
          if (op.kind == Kind.MODIFY) {
            int index = mmu.writeIndex(va, op.size);
            check(op, index < 0 ? mmu.readForWrite(va, op.size) : read(va, op.size));
          }
          write(va, op.size, op.value);
          for (int i = 0; i < op.size; i++) {
            flat[op.offset + i] = (byte) (op.value >>> 8 * i);
          }
        }
        if (!broken.isEmpty()) {
          return broken + " at " + op;
        }
      }
      for (int page = 0; page < PAGES; page++) {
        byte[] got = new byte[4096];
        for (int i = 0; i < 4096; i++) {
          got[i] = (byte) mmu.read8(VA + page * 4096 + i);
        }
        if (!Arrays.equals(got, Arrays.copyOfRange(flat, page * 4096, page * 4096 + 4096))) {
          return "in the end page " + page + " differs";
        }
      }
      return broken;
    }

    private void check(Op op, long got) {
      long want = 0;
      for (int i = op.size - 1; i >= 0; i--) {
        want = want << 8 | flat[op.offset + i] & 0xFF;
      }
      if (got != want) {
        broken = String.format("read %x, want %x", got, want);
      }
    }

    private long read(int va, int size) {
      return switch (size) {
        case 1 -> mmu.read8(va);
        case 2 -> mmu.read16(va);
        case 4 -> Integer.toUnsignedLong(mmu.read32(va));
        default -> mmu.read64(va);
      };
    }

    private void write(int va, int size, long value) {
      switch (size) {
        case 1 -> mmu.write8(va, (int) value);
        case 2 -> mmu.write16(va, (int) value);
        case 4 -> mmu.write32(va, (int) value);
        default -> mmu.write64(va, value);
      }
    }
  }
}
