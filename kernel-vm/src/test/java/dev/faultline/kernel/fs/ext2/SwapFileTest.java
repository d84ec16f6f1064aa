// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.GuestMemory;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.SwapFile;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.MapResult;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: what is swapped out to a file lands in blocks of others, or the file is taken away. */
final class SwapFileTest {
  private static final int RW = Protection.READ | Protection.WRITE;
  private static final int SWAP_PAGES = 1500;
  private static final int PAGES = 1800;
  private static final int PART = 20;

  private final Ext2Machine m = machine(4096);
  private SwapPager swap = swapOf(m);

  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static Ext2Machine machine(int blockSize) {
    return new Ext2Machine(4 << 20, Ext2Machine.empty(20 << 20, blockSize));
  }

  private static SwapPager swapOf(Ext2Machine on) {
    SwapPager pager = new SwapPager(on.vm());
    on.vm().setSwap(pager);
    return pager;
  }

  private SwapOutcome switchOn(Ext2Machine on, String path) {
    return SwapFile.switchOn(swap.disks(), on.machine.vnode(path), path);
  }

  private static byte[] swapImage(int pages) {
    return Arrays.copyOf(SwapHeader.make(pages, 1), pages * Page.SIZE);
  }

  /** Two files that lie in turns on the disk, {@link #PART} pages of each. */
  private static void interleave(Ext2Machine on, byte[] one, byte[] two) {
    OpenFile first = on.machine.open("/swap", OpenFlags.WRONLY | OpenFlags.CREAT);
    OpenFile second = on.machine.open("/other", OpenFlags.WRONLY | OpenFlags.CREAT);
    for (int at = 0; at < one.length; at += PART * Page.SIZE) {
      int n = Math.min(PART * Page.SIZE, one.length - at);
      assertThat(first.write(on.machine.caller, new KernelUio(one, at, n))).isEqualTo(n);
      assertThat(second.write(on.machine.caller, new KernelUio(two, at, n))).isEqualTo(n);
    }
    first.release();
    second.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 4096})
  @DisplayName(
      "S13 S20 pages go to a file in pieces and come back, and nothing else on the disk changes")
  void inPieces(int blockSize) {
    Ext2Machine on = machine(blockSize);
    swap = swapOf(on);
    GuestMemory guest = new GuestMemory(on.machine);
    byte[] other = new byte[SWAP_PAGES * Page.SIZE];
    Arrays.fill(other, (byte) 0x77);
    on.run(
        () -> {
          interleave(on, swapImage(SWAP_PAGES), other);
          assertThat(switchOn(on, "/swap")).isEqualTo(SwapOutcome.OK);
          assertThat(swap.disks().areas().getFirst().isFile()).isTrue();
          // A page of small blocks that lies in pieces is left out.
          int least = blockSize == Page.SIZE ? SWAP_PAGES - 1 : SWAP_PAGES * 9 / 10;
          assertThat(swap.totalPages()).isBetween(least, SWAP_PAGES - 1);
          VmSpace space = guest.space();
          guest.enter(space);
          MapResult mapped =
              space.mapAnonymous(0x1000_0000, PAGES * Page.SIZE, RW, RW, false, false);
          assertThat(mapped.code().ok()).isTrue();
          for (int round = 0; round < 2; round++) {
            for (int i = 0; i < PAGES; i++) {
              int va = mapped.address() + i * Page.SIZE;
              assertThat(guest.load(space, va + 5)).isEqualTo(round == 0 ? 0 : i & 0xFF);
              assertThat(guest.store(space, va + 5, i & 0xFF)).isTrue();
            }
          }
          assertThat(on.vm().meter().get(Counter.V_SWAPPGSOUT)).isGreaterThan(PAGES / 2);
          assertThat(on.vm().meter().get(Counter.V_SWAPPGSIN)).isGreaterThan(PAGES / 2);
          swap.check();
          assertThat(on.get("/other")).isEqualTo(other);
          space.release();
          assertThat(swap.disks().switchOff(on.machine.vnode("/swap"))).isEqualTo(SwapOutcome.OK);
          assertThat(on.machine.unlink("/swap")).isZero();
        });
  }

  @Test
  @DisplayName("while it is in use a swap file is not written, cut off, removed or renamed")
  void keptAsItIs() {
    m.run(
        () -> {
          m.put("/swap", swapImage(40));
          assertThat(switchOn(m, "/swap")).isEqualTo(SwapOutcome.OK);
          assertThat(switchOn(m, "/swap")).isEqualTo(SwapOutcome.BUSY);
          assertThat(m.tryPut("/swap", new byte[1])).isEqualTo(-Errno.ETXTBSY);
          assertThat(Vfs.truncate(m.machine.caller, null, "/swap", 0)).isEqualTo(-Errno.ETXTBSY);
          assertThat(m.machine.unlink("/swap")).isEqualTo(-Errno.EPERM);
          assertThat(m.machine.rename("/swap", "/elsewhere")).isEqualTo(-Errno.EPERM);
          m.put("/f", new byte[1]);
          assertThat(m.machine.rename("/f", "/swap")).isEqualTo(-Errno.EPERM);
          Vnode file = m.machine.vnode("/swap");
          assertThat(file.uses()).isEqualTo(1);
          assertThat(swap.disks().switchOff(file)).isEqualTo(SwapOutcome.OK);
          assertThat(file.uses()).isZero();
          assertThat(m.tryPut("/swap", new byte[1])).isZero();
        });
  }

  @Test
  @DisplayName("a file that is written to, mapped, has holes or no header is refused")
  void refused() {
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          m.put("/swap", swapImage(40));
          OpenFile file = m.machine.open("/swap", OpenFlags.RDWR);
          assertThat(switchOn(m, "/swap")).isEqualTo(SwapOutcome.BUSY);
          VmSpace space = guest.space();
          guest.enter(space);
          guest.map(space, file.vnode(), 40, RW, true);
          file.release();
          assertThat(switchOn(m, "/swap")).isEqualTo(SwapOutcome.BUSY);
          space.release();
          assertThat(Vfs.truncate(m.machine.caller, null, "/swap", 50 * Page.SIZE)).isZero();
          assertThat(switchOn(m, "/swap")).as("a hole").isEqualTo(SwapOutcome.NOT_SWAP);
          m.put("/zeros", new byte[40 * Page.SIZE]);
          assertThat(switchOn(m, "/zeros")).isEqualTo(SwapOutcome.NOT_SWAP);
          m.put("/small", new byte[1]);
          assertThat(switchOn(m, "/small")).isEqualTo(SwapOutcome.NOT_SWAP);
          m.put("/long", Arrays.copyOf(SwapHeader.make(41, 1), 40 * Page.SIZE));
          assertThat(switchOn(m, "/long")).isEqualTo(SwapOutcome.NOT_SWAP);
          for (String path : new String[] {"/swap", "/zeros", "/small", "/long"}) {
            assertThat(m.machine.vnode(path).uses()).as(path).isZero();
            assertThat(m.machine.unlink(path)).isZero();
          }
          assertThat(swap.enabled()).isFalse();
        });
  }
}
