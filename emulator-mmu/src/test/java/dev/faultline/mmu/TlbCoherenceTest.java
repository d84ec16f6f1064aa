// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: a TLB that shows. Random changes of two address spaces, each with just the invalidations
 * that the rules require, and random accesses: each value and fault, and in the end every byte of
 * RAM with the A and D bits in it, must be what {@link ManualWalk} gives without any TLB.
 */
final class TlbCoherenceTest {
  private static final int RAM = 5 << 20; // the large page at 4 MiB reaches beyond its end
  private static final int[] DIRECTORIES = {0x1000, 0x2000};
  private static final int[] USER_TABLES = {0x3000, 0x4000};
  private static final int KERNEL_TABLE = 0x5000;
  private static final int USER = 0x0040_0000;
  private static final int LARGE = 0x0080_0000;
  private static final int KERNEL = 0xC000_0000;
  private static final int KERNEL_LARGE = 0xC040_0000;
  private static final int[] SIZES = {1, 2, 4, 8};

  private enum Kind {
    MAP_USER,
    MAP_KERNEL,
    MAP_LARGE,
    MAP_KERNEL_LARGE,
    READ,
    WRITE,
    MODIFY,
    FETCH,
    LOAD_CR3,
    SET_WP,
    SET_PAGING,
    SET_PSE,
    SET_PGE,
    SET_USER,
    INVLPG
  }

  private static final List<Kind> CHANGES =
      List.of(Kind.MAP_USER, Kind.MAP_KERNEL, Kind.MAP_LARGE, Kind.MAP_KERNEL_LARGE);
  private static final List<Kind> ACCESSES =
      List.of(Kind.READ, Kind.WRITE, Kind.MODIFY, Kind.FETCH);
  private static final List<Kind> CONTROLS =
      Arrays.stream(Kind.values())
          .filter(kind -> !CHANGES.contains(kind) && !ACCESSES.contains(kind))
          .toList();

  private record Op(Kind kind, int a, int b, int c, long value) {
    @Override
    public String toString() {
      return String.format("%s a=%08x b=%d c=%08x value=%016x", kind, a, b, c, value);
    }
  }

  @Test
  @DisplayName("PM4–PM8: with the required invalidations, the TLB cannot be told from no TLB")
  void invalidatedTlbIsInvisible() {
    Shrink.holds(80, TlbCoherenceTest::operations, ops -> new World(16).problem(ops));
    Shrink.holds(40, TlbCoherenceTest::operations, ops -> new World(256).problem(ops));
  }

  private static List<Op> operations(long seed) {
    Random random = new Random(seed);
    List<Op> ops = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      int dice = random.nextInt(100);
      List<Kind> kinds = dice < 72 ? ACCESSES : dice < 90 ? CHANGES : CONTROLS;
      Kind kind = kinds.get(random.nextInt(kinds.size()));
      ops.add(new Op(kind, address(random), random.nextInt(64), entry(random), random.nextLong()));
    }
    return ops;
  }

  /** An address in one of the regions; every second one near a page edge. */
  private static int address(Random random) {
    int[] bases = {USER, USER, KERNEL, LARGE, KERNEL_LARGE};
    int base = bases[random.nextInt(bases.length)];
    // Large pages: the first and last page too, and those where RAM ends.
    int[] pages = {0, 1, 2, 3, 16, 17, 0xFF, 0x100, 0x3FF};
    int page = pages[random.nextInt(base == USER || base == KERNEL ? 6 : pages.length)];
    int offset = random.nextBoolean() ? random.nextInt(4096) : 4096 - random.nextInt(9);
    return base + page * 4096 + offset;
  }

  private static int entry(Random random) {
    // Frame 16 to 23, or the same frames seen through the large page's 4 MiB.
    int frame = random.nextInt(4) == 0 ? 0x400 + random.nextInt(4) : 16 + random.nextInt(8);
    int bits = random.nextInt() & 0x17E; // W U A D G and the two without effect
    return frame << 12 | bits | (random.nextInt(5) == 0 ? 0 : 1);
  }

  /** The machine beside its model; each operation is done in both. */
  private static final class World {
    private final Machine machine;
    private final Mmu mmu;
    private final ManualWalk model;
    private final byte[] image = new byte[RAM];

    World(int tlbSize) {
      machine = new Machine(RAM, tlbSize);
      mmu = machine.mmu;
      model = new ManualWalk(image);
      model.directory = DIRECTORIES[0];
      for (int i = 0; i < 2; i++) {
        setWord(DIRECTORIES[i] + (USER >>> 20), USER_TABLES[i] | Machine.RW);
        // Shared tables: A is set beforehand, for a global entry of one space serves the other.
        setWord(DIRECTORIES[i] + (KERNEL >>> 20), KERNEL_TABLE | Machine.RW | Machine.A);
      }
    }

    String problem(List<Op> ops) {
      for (Op op : ops) {
        String got = "";
        String want = "";
        boolean on = op.b % (op.kind == Kind.SET_PAGING || op.kind == Kind.SET_PSE ? 8 : 2) != 0;
        switch (op.kind) {
          case MAP_USER -> mapUser(op);
          case MAP_KERNEL -> map(KERNEL_TABLE, KERNEL | op.a & 0x3F_FFFF, op.c, true);
          case MAP_LARGE -> mapLarge(op);
          case MAP_KERNEL_LARGE -> mapKernelLarge(op);
          case READ -> {
            got = real(op, false);
            want = modelled(op, true, false);
          }
          case WRITE -> {
            got = real(op, true);
            want = modelled(op, false, true);
          }
          case MODIFY -> {
            got = realModify(op);
            want = modelled(op, true, true);
          }
          case FETCH -> {
            got = attempt(() -> String.format("at %08x", mmu.translate(op.a, Access.FETCH)));
            ManualWalk.Outcome o = model.access(op.a, false);
            want =
                o.faults()
                    ? new Machine.Fault(op.a, o.error()).toString()
                    : String.format("at %08x", o.frame() + (op.a & 0xFFF));
          }
          case LOAD_CR3 -> {
            model.directory = DIRECTORIES[op.b & 1];
            mmu.loadCr3(DIRECTORIES[op.b & 1]);
          }
          case SET_WP -> {
            model.writeProtect = on;
            mmu.loadCr0(with(mmu.cr0(), ControlRegisters.CR0_WP, on));
          }
          case SET_PAGING -> {
            model.paging = on;
            mmu.loadCr0(with(mmu.cr0(), ControlRegisters.CR0_PG, on));
          }
          case SET_PSE -> {
            // A large entry must not be taken for a table.
            for (int directory : DIRECTORIES) {
              setWord(directory + (LARGE >>> 20), 0);
              setWord(directory + (KERNEL_LARGE >>> 20), 0);
            }
            model.largePages = on;
            mmu.loadCr4(with(mmu.cr4(), ControlRegisters.CR4_PSE, on));
          }
          case SET_PGE -> {
            model.globalPages = on;
            mmu.loadCr4(with(mmu.cr4(), ControlRegisters.CR4_PGE, on));
          }
          case SET_USER -> {
            model.user = on;
            mmu.setUser(model.user);
          }
          case INVLPG -> mmu.invalidate(op.a);
        }
        if (!got.equals(want)) {
          return op + ": got " + got + ", want " + want;
        }
      }
      int different = Arrays.mismatch(machine.memory.array(), image);
      return different < 0 ? "" : String.format("in the end RAM differs at %08x", different);
    }

    private static int with(int register, int bit, boolean on) {
      return on ? register | bit : register & ~bit;
    }

    private void mapUser(Op op) {
      boolean current = model.directory == DIRECTORIES[op.b & 1];
      // Pages of one space are not global (PM8).
      map(USER_TABLES[op.b & 1], USER | op.a & 0x3F_FFFF, op.c & ~Machine.G, current);
    }

    private void map(int table, int va, int entry, boolean current) {
      int address = table + (va >>> 12 & 0x3FF) * 4;
      long before = model.word(address);
      setWord(address, entry);
      if (current && isDestructive((int) before, entry)) {
        mmu.invalidate(va);
      }
    }

    private void mapLarge(Op op) {
      if (!model.largePages) {
        return;
      }
      int directory = DIRECTORIES[op.b & 1];
      int entry = largeEntry(op.c & ~Machine.G);
      long before = model.word(directory + (LARGE >>> 20));
      setWord(directory + (LARGE >>> 20), entry);
      if (directory == model.directory && isDestructive((int) before, entry)) {
        mmu.invalidate(LARGE | op.a & 0x3F_FFFF); // any address of it will do
      }
    }

    private void mapKernelLarge(Op op) {
      if (!model.largePages) {
        return;
      }
      int entry = largeEntry(op.c) | Machine.A | Machine.D;
      long before = model.word(DIRECTORIES[0] + (KERNEL_LARGE >>> 20));
      for (int directory : DIRECTORIES) {
        setWord(directory + (KERNEL_LARGE >>> 20), entry);
      }
      if (isDestructive((int) before, entry)) {
        mmu.invalidate(KERNEL_LARGE | op.a & 0x3F_FFFF);
      }
    }

    /** The 4 MiB that hold the end of RAM, or the next, where there is nothing. */
    private static int largeEntry(int entry) {
      return ((entry & 0x1000) == 0 ? 0x40_0000 : 0x80_0000) | entry & 0xFFF | Machine.PS;
    }

    /** PM6 and PM7: P, the frame, W, U, D or A went away, or a global entry changed its ways. */
    private static boolean isDestructive(int before, int after) {
      int kept = Machine.P | Machine.W | Machine.U | Machine.D | Machine.A;
      return (before & Machine.P) != 0
          && ((before & kept & ~after) != 0
              || (before & Page.MASK) != (after & Page.MASK)
              || ((before ^ after) & Machine.G) != 0);
    }

    private String real(Op op, boolean write) {
      int size = SIZES[op.b & 3];
      return attempt(
          () -> {
            if (write) {
              write(op.a, size, op.value);
              return "done";
            }
            return hex(read(op.a, size));
          });
    }

    private String realModify(Op op) {
      int size = SIZES[op.b & 3];
      return attempt(
          () -> {
            int index = mmu.writeIndex(op.a, size);
            long old =
                index < 0 ? mmu.readForWrite(op.a, size) : little(machine.memory, index, size);
            write(op.a, size, op.value);
            return hex(old);
          });
    }

    private String modelled(Op op, boolean read, boolean write) {
      int size = SIZES[op.b & 3];
      long[] frames = new long[size];
      for (int i = 0; i < size; i++) {
        boolean newPage = i == 0 || (op.a + i & 0xFFF) == 0;
        if (newPage) {
          ManualWalk.Outcome o = model.access(op.a + i, write);
          if (o.faults()) {
            return new Machine.Fault(op.a + i, o.error()).toString();
          }
          frames[i] = o.frame();
        } else {
          frames[i] = frames[i - 1];
        }
      }
      long old = 0;
      for (int i = size - 1; i >= 0; i--) {
        old = old << 8 | model.load(frames[i] + (op.a + i & 0xFFF));
      }
      for (int i = 0; write && i < size; i++) {
        model.store(frames[i] + (op.a + i & 0xFFF), (int) (op.value >>> 8 * i));
      }
      return read ? hex(old) : "done";
    }

    private interface Text {
      String get();
    }

    private String attempt(Text access) {
      String[] result = new String[1];
      Machine.Fault fault = machine.faultOf(() -> result[0] = access.get());
      return fault == null ? result[0] : fault.toString();
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

    private static long little(PhysicalMemory memory, int index, int size) {
      long value = 0;
      for (int i = size - 1; i >= 0; i--) {
        value = value << 8 | memory.read8(index + i);
      }
      return value;
    }

    private static String hex(long value) {
      return Long.toHexString(value);
    }

    private void setWord(int address, int value) {
      machine.memory.write32(address, value);
      model.setWord(address, value);
    }
  }
}
