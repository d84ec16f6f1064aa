// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: a right, an error-code bit or an accessed bit that is wrong in one combination only. All
 * combinations of the bits that decide go through the walker and through the MMU and are held
 * against {@link ManualWalk}; the bits that decide nothing are drawn at random.
 */
final class WalkRulesTest {
  private static final int DIRECTORY = 0x5000;
  private static final int TABLE = 0x7000;
  private static final int[] DECIDING = {1, 1 << 1, 1 << 2, 1 << 5, 1 << 6, 1 << 7, 1 << 8};
  private static final int WITHOUT_EFFECT = 0b1110_0001_1000;

  private final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  private final PhysicalBus bus = new PhysicalBus(memory);
  private final byte[] image = new byte[0x8000];
  private final ManualWalk manual = new ManualWalk(image);

  /** One combination: two entries, an address, a kind of access, and the mode of the processor. */
  private record Case(int pde, int pte, int va, int kind, boolean user, int cr0, int cr4) {
    int pdeAddress() {
      return DIRECTORY + (va >>> 22) * 4;
    }

    int pteAddress() {
      return TABLE + (va >>> 12 & 0x3FF) * 4;
    }

    @Override
    public String toString() {
      return String.format(
          "pde=%08x pte=%08x va=%08x kind=%d user=%b cr0=%08x cr4=%x",
          pde, pte, va, kind, user, cr0, cr4);
    }
  }

  private interface Check {
    void check(Case c, ManualWalk.Outcome expected);
  }

  @Test
  @DisplayName("PM4, PM5: each walk gives the manual's frame, rights, error code, A and D")
  void walkerObeysTheManual() {
    PageWalker walker = new PageWalker(bus);

    forEachCase(
        (c, expected) -> {
          boolean permitted = walker.walk(c.cr0, DIRECTORY | 0x18, c.cr4, c.va, c.kind, c.user);

          boolean same =
              permitted != expected.faults()
                  && (permitted
                      ? walker.frameAddress() == (int) expected.frame()
                          && walker.global() == expected.global()
                      : walker.errorCode() == expected.error())
                  && entriesAsExpected(c);
          if (!same) {
            throw new AssertionError(c + ": want " + expected + ", entries " + entries(c));
          }
        });
  }

  @Test
  @DisplayName("PM4, PM5, PM6, PM8: the MMU faults, fills and flushes as the manual's walk says")
  void mmuObeysTheManual() {
    Mmu mmu = new Mmu(bus, 16);
    int[] asked = new int[3];
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          asked[0]++;
          asked[1] = va;
          asked[2] = errorCode;
          return false;
        });

    forEachCase(
        (c, expected) -> {
          if (mmu.cr0() != c.cr0) {
            mmu.loadCr0(c.cr0);
          }
          if (mmu.cr4() != c.cr4) {
            mmu.loadCr4(c.cr4);
          }
          mmu.loadCr3(DIRECTORY);
          mmu.setUser(c.user);
          mmu.loadCr2(0x1234);
          mmu.flush();
          asked[0] = 0;

          String problem;
          try {
            int address = mmu.translate(c.va, c.kind);
            problem = problemOfSuccess(mmu, c, expected, address, asked[0]);
          } catch (RefusedPageFault refused) {
            boolean same =
                expected.faults()
                    && asked[0] == 1
                    && asked[1] == c.va
                    && asked[2] == expected.error()
                    && mmu.cr2() == c.va
                    && mmu.faultError() == expected.error()
                    && held(mmu, c.va) == 0;
            problem = same ? "" : "fault " + mmu.faultError() + " at " + mmu.cr2();
          }
          if (!problem.isEmpty() || !entriesAsExpected(c)) {
            throw new AssertionError(
                c + ": want " + expected + ", " + problem + ", entries " + entries(c));
          }
        });
  }

  @Test
  @DisplayName("the permutation is as large as it claims")
  void allCombinationsAreTried() {
    int[] cases = new int[1];

    forEachCase((c, expected) -> cases[0]++);

    assertThat(cases[0]).isEqualTo(128 * 128 * Access.KINDS * 2 * 3 * 4);
  }

  private static String problemOfSuccess(
      Mmu mmu, Case c, ManualWalk.Outcome expected, int address, int asked) {
    if (expected.faults() || asked != 0 || mmu.cr2() != 0x1234) {
      return "no fault";
    }
    if (address != (int) expected.frame() + (c.va & 0xFFF)) {
      return String.format("address %08x", address);
    }
    int wanted = c.kind == Access.WRITE ? 1 << Access.READ | 1 << Access.WRITE : 1 << c.kind;
    if (held(mmu, c.va) != wanted) {
      return "TLB kinds " + held(mmu, c.va);
    }
    mmu.loadCr3(DIRECTORY);
    if (held(mmu, c.va) != (expected.global() ? wanted : 0)) {
      return "after a CR3 load TLB kinds " + held(mmu, c.va);
    }
    return "";
  }

  /** The kinds of access for which the TLB holds the page, as a bit set. */
  private static int held(Mmu mmu, int va) {
    int kinds = 0;
    for (int kind = 0; kind < Access.KINDS; kind++) {
      kinds |= mmu.tlb().holds(kind, va) ? 1 << kind : 0;
    }
    return kinds;
  }

  private boolean entriesAsExpected(Case c) {
    return memory.read32(c.pdeAddress()) == (int) manual.word(c.pdeAddress())
        && memory.read32(c.pteAddress()) == (int) manual.word(c.pteAddress());
  }

  private String entries(Case c) {
    return String.format(
        "%08x %08x, want %08x %08x",
        memory.read32(c.pdeAddress()),
        memory.read32(c.pteAddress()),
        manual.word(c.pdeAddress()),
        manual.word(c.pteAddress()));
  }

  private void forEachCase(Check check) {
    Random random = new Random(20);
    int pe = ControlRegisters.CR0_PE;
    int wp = ControlRegisters.CR0_WP;
    int pg = ControlRegisters.CR0_PG;
    for (int cr0 : new int[] {pe | wp, pe | pg, pe | pg | wp}) {
      for (int cr4 : new int[] {0, 1 << 4, 1 << 7, 1 << 4 | 1 << 7}) {
        for (int bits = 0; bits < 1 << 2 * DECIDING.length; bits++) {
          boolean large = (cr4 & 1 << 4) != 0 && (spread(bits) & 1 << 7) != 0;
          int directoryFrame = large ? random.nextInt() & 0xFFC0_0000 : TABLE;
          int pde = directoryFrame | spread(bits) | random.nextInt() & WITHOUT_EFFECT;
          int pte =
              random.nextInt() & 0xFFFF_F000
                  | spread(bits >>> DECIDING.length)
                  | random.nextInt() & WITHOUT_EFFECT;
          int va = random.nextInt();
          for (int way = 0; way < 2 * Access.KINDS; way++) {
            Case c = new Case(pde, pte, va, way / 2, way % 2 == 1, cr0, cr4);
            check.check(c, expected(c));
          }
        }
      }
    }
  }

  /** Writes the entries of {@code c} into RAM and image, and does the access in the image. */
  private ManualWalk.Outcome expected(Case c) {
    memory.write32(c.pdeAddress(), c.pde);
    memory.write32(c.pteAddress(), c.pte);
    manual.setWord(c.pdeAddress(), c.pde);
    manual.setWord(c.pteAddress(), c.pte);
    manual.directory = DIRECTORY;
    manual.paging = c.cr0 < 0;
    manual.writeProtect = (c.cr0 >>> 16 & 1) == 1;
    manual.largePages = (c.cr4 >>> 4 & 1) == 1;
    manual.globalPages = (c.cr4 >>> 7 & 1) == 1;
    manual.user = c.user;
    return manual.access(c.va, c.kind == Access.WRITE);
  }

  private static int spread(int bits) {
    int spread = 0;
    for (int i = 0; i < DECIDING.length; i++) {
      spread |= (bits >>> i & 1) == 1 ? DECIDING[i] : 0;
    }
    return spread;
  }
}
