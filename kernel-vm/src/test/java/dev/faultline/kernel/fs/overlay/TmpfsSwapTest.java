// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.GuestMemory;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: what a file in memory holds is lost, stale or leaked when its pages go to swap. */
final class TmpfsSwapTest {
  private static final int FRAMES = 512;
  private static final int SWAP = 2048;
  private static final int RW = 3;

  private final FsMachine machine = new FsMachine(FRAMES << Page.SHIFT, new SourceDirectory());
  private final SwapPager swap = new SwapPager(machine.vm);
  private final MemoryDisk disk = machine.disk(SWAP * 8);
  private final GuestMemory guest = new GuestMemory(machine);

  /** Runs a body with swap on, and checks everything before and after all has gone. */
  private void run(Runnable body) {
    machine.vm.setSwap(swap);
    machine.vm.start();
    System.arraycopy(SwapHeader.make(SWAP, 1), 0, disk.content(), 0, Page.SIZE);
    machine.run(
        () -> {
          assertThat(swap.disks().switchOn(disk, disk.name())).isEqualTo(SwapOutcome.OK);
          body.run();
          check();
          machine.list("/").forEach(name -> machine.unlink("/" + name));
          check();
          assertThat(swap.usedPages()).as("pages of swap in use at the end").isZero();
          assertThat(machine.space.pages()).isZero();
        });
  }

  private void check() {
    machine.vm.checkInvariants();
    swap.check();
  }

  private static byte[] content(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A file of that many pages, each filled by its number, written and closed. */
  private void write(String path, int pages) {
    OpenFile file = machine.open(path, OpenFlags.CREAT | OpenFlags.WRONLY);
    for (int i = 0; i < pages; i++) {
      byte[] page = content(i, Page.SIZE);
      assertThat(file.write(machine.caller, new KernelUio(page))).isEqualTo(Page.SIZE);
    }
    file.release();
  }

  private void verify(OpenFile file, int pages) {
    assertThat(file.seek(0, 0)).isZero();
    for (int i = 0; i < pages; i++) {
      String page = machine.get(file, Page.SIZE);
      assertThat(page.getBytes(ISO_8859_1)).as("page %d", i).isEqualTo(content(i, Page.SIZE));
    }
    assertThat(machine.get(file, 1)).isEmpty();
  }

  @Test
  @DisplayName("S9 S7 a file of three times the memory is written, read back, removed")
  void largerThanMemory() {
    run(
        () -> {
          write("/big", 3 * FRAMES);
          check();
          assertThat(swap.usedPages()).isGreaterThan(2 * FRAMES);
          OpenFile file = machine.open("/big", OpenFlags.RDONLY);
          verify(file, 3 * FRAMES);
          check();
          assertThat(machine.unlink("/big")).isZero();
          verify(file, 3 * FRAMES);
          file.release();
          check();
          assertThat(swap.usedPages()).as("S7").isZero();
        });
  }

  @Test
  @DisplayName("S30 S34 what is overwritten is not what comes back")
  void overwriting() {
    run(
        () -> {
          write("/f", 2 * FRAMES);
          OpenFile file = machine.open("/f", OpenFlags.RDWR);
          for (int i = 0; i < 2 * FRAMES; i += 7) {
            assertThat(file.writeAt(new KernelUio(new byte[] {'!'}), (long) i * Page.SIZE + 5))
                .isEqualTo(1);
          }
          check();
          byte[] page = new byte[Page.SIZE];
          for (int i = 0; i < 2 * FRAMES; i++) {
            assertThat(file.readAt(new KernelUio(page), (long) i * Page.SIZE)).isEqualTo(Page.SIZE);
            byte[] wanted = content(i, Page.SIZE);
            if (i % 7 == 0) {
              wanted[5] = '!';
            }
            assertThat(page).as("page %d", i).isEqualTo(wanted);
          }
          file.release();
        });
  }

  @Test
  @DisplayName("ENOSPC when half of memory and all of swap are full; less room once swap has gone")
  void bound() {
    run(
        () -> {
          int most = FRAMES / 2 + SWAP - 1;
          assertThat(machine.root.stat().blocks()).isEqualTo(most);
          OpenFile file = machine.open("/f", OpenFlags.CREAT | OpenFlags.RDWR);
          byte[] page = new byte[Page.SIZE];
          int written = 0;
          while (file.write(machine.caller, new KernelUio(page)) == Page.SIZE) {
            written++;
          }
          assertThat(written).isEqualTo(most);
          assertThat(file.write(machine.caller, new KernelUio(page))).isEqualTo(-Errno.ENOSPC);
          assertThat(machine.root.stat().blocksFree()).isZero();
          check();
          assertThat(file.truncate((long) (most - 10) * Page.SIZE)).isZero();
          assertThat(machine.root.stat().blocksFree()).isEqualTo(10);
          assertThat(file.truncate(Page.SIZE)).isZero();
          assertThat(swap.disks().switchOff(disk)).isEqualTo(SwapOutcome.OK);
          assertThat(machine.root.stat().blocks()).isEqualTo(FRAMES / 2);
          assertThat(machine.root.stat().blocksFree()).isEqualTo(FRAMES / 2 - 1);
          file.release();
        });
  }

  @Test
  @DisplayName("stores through a shared mapping go to swap and come back; the file sees them")
  void sharedMapping() {
    run(
        () -> {
          int pages = 2 * FRAMES;
          OpenFile file = machine.open("/f", OpenFlags.CREAT | OpenFlags.RDWR);
          assertThat(file.truncate((long) pages * Page.SIZE)).isZero();
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), pages, RW, true);
          for (int i = 0; i < pages; i++) {
            assertThat(guest.store(s, va + i * Page.SIZE, i * 31 & 0xFF)).as("page %d", i).isTrue();
          }
          check();
          assertThat(swap.usedPages()).isGreaterThan(FRAMES);
          // Only the mapping is left of it.
          assertThat(machine.unlink("/f")).isZero();
          byte[] one = new byte[1];
          for (int i = 0; i < pages; i += 3) {
            assertThat(file.readAt(new KernelUio(one), (long) i * Page.SIZE)).isEqualTo(1);
            assertThat(one[0] & 0xFF).as("page %d", i).isEqualTo(i * 31 & 0xFF);
          }
          file.release();
          for (int i = 0; i < pages; i++) {
            assertThat(guest.load(s, va + i * Page.SIZE)).as("page %d", i).isEqualTo(i * 31 & 0xFF);
          }
          check();
          s.release();
          check();
          assertThat(swap.usedPages()).isZero();
        });
  }

  @Test
  @DisplayName("V27 V29 cutting off frees swap; what comes back by growing is zeros")
  void truncation() {
    run(
        () -> {
          write("/f", 2 * FRAMES);
          int cut = 100 * Page.SIZE + 123;
          assertThat(Vfs.truncate(machine.caller, null, "/f", cut)).isZero();
          check();
          assertThat(swap.usedPages()).isLessThanOrEqualTo(101);
          assertThat(Vfs.truncate(machine.caller, null, "/f", 200 * Page.SIZE)).isZero();
          // So that the last page goes to swap and comes back.
          write("/other", 2 * FRAMES);
          OpenFile file = machine.open("/f", OpenFlags.RDONLY);
          byte[] page = new byte[Page.SIZE];
          assertThat(file.readAt(new KernelUio(page), 100L * Page.SIZE)).isEqualTo(Page.SIZE);
          byte[] wanted = content(100, Page.SIZE);
          Arrays.fill(wanted, 123, Page.SIZE, (byte) 0);
          assertThat(page).isEqualTo(wanted);
          assertThat(file.readAt(new KernelUio(page), 150L * Page.SIZE)).isEqualTo(Page.SIZE);
          assertThat(page).containsOnly(0);
          file.release();
        });
  }

  @Test
  @DisplayName("a private copy that is discarded shows the file again, which is on swap")
  void privateMapping() {
    run(
        () -> {
          write("/f", 64);
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), 64, RW, false);
          for (int i = 0; i < 64; i++) {
            assertThat(guest.store(s, va + i * Page.SIZE, 'p')).isTrue();
          }
          write("/other", 2 * FRAMES);
          check();
          for (int i = 0; i < 64; i++) {
            assertThat(guest.load(s, va + i * Page.SIZE)).isEqualTo('p');
          }
          assertThat(s.discard(va, 64 * Page.SIZE).ok()).isTrue();
          check();
          for (int i = 0; i < 64; i++) {
            int first = content(i, Page.SIZE)[0] & 0xFF;
            assertThat(guest.load(s, va + i * Page.SIZE)).as("page %d", i).isEqualTo(first);
          }
          OpenFile file = machine.open("/f", OpenFlags.RDONLY);
          verify(file, 64);
          file.release();
          s.release();
        });
  }

  @Test
  @DisplayName("swapoff brings files back, or refuses where they do not fit and loses nothing")
  void switchingOff() {
    run(
        () -> {
          write("/f", 2 * FRAMES);
          assertThat(swap.disks().switchOff(disk)).isEqualTo(SwapOutcome.NO_MEMORY);
          check();
          OpenFile file = machine.open("/f", OpenFlags.RDWR);
          verify(file, 2 * FRAMES);
          assertThat(file.truncate((long) FRAMES / 4 * Page.SIZE)).isZero();
          write("/other", 2 * FRAMES);
          assertThat(machine.unlink("/other")).isZero();
          assertThat(swap.usedPages()).isPositive();
          assertThat(swap.disks().switchOff(disk)).isEqualTo(SwapOutcome.OK);
          check();
          assertThat(swap.usedPages()).isZero();
          verify(file, FRAMES / 4);
          file.release();
        });
  }

  @Test
  @DisplayName("S24 F63 a page that cannot be read from swap is EIO, and SIGBUS where it is mapped")
  void unreadable() {
    run(
        () -> {
          write("/f", 2 * FRAMES);
          OpenFile file = machine.open("/f", OpenFlags.RDONLY);
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), 1, 1, true);
          disk.fail(r -> r.operation() == Operation.READ);
          assertThat(machine.get(file, 1)).isEqualTo("errno " + Errno.EIO);
          assertThat(guest.load(s, va)).isEqualTo(-1);
          assertThat(guest.lastRefusal).isEqualTo(FaultResult.PAGER_ERROR);
          disk.heal();
          assertThat(guest.load(s, va)).isEqualTo(content(0, Page.SIZE)[0] & 0xFF);
          verify(file, 2 * FRAMES);
          file.release();
          s.release();
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @DisplayName("reads, writes, cuts and stores by chance, under pressure, against a model")
  void byChance(int seed) {
    int most = 3 * FRAMES / 2 * Page.SIZE;
    run(
        () -> {
          Random chance = new Random(seed);
          byte[] model = content(seed, most);
          int size = most;
          OpenFile file = machine.open("/f", OpenFlags.CREAT | OpenFlags.RDWR);
          assertThat(file.writeAt(new KernelUio(model), 0)).isEqualTo(most);
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), most >>> Page.SHIFT, RW, true);
          for (int step = 0; step < 1500; step++) {
            int at = chance.nextInt(most - 70_000);
            int n = 1 + chance.nextInt(chance.nextInt(4) == 0 ? 70_000 : 5_000);
            switch (chance.nextInt(40) == 0 ? 0 : 1 + chance.nextInt(9)) {
              case 1, 2, 3, 4 -> {
                byte[] bytes = content(step, n);
                assertThat(file.writeAt(new KernelUio(bytes), at)).isEqualTo(n);
                System.arraycopy(bytes, 0, model, at, n);
                size = Math.max(size, at + n);
              }
              case 0 -> {
                int cut = Math.max(0, size - n);
                assertThat(file.truncate(cut)).isZero();
                Arrays.fill(model, cut, size, (byte) 0);
                size = cut;
              }
              case 5, 6 -> {
                if (at < size) {
                  assertThat(guest.store(s, va + at, step & 0x7F)).isTrue();
                  model[at] = (byte) (step & 0x7F);
                }
              }
              default -> {
                byte[] bytes = new byte[n];
                int got = file.readAt(new KernelUio(bytes), at);
                assertThat(got).isEqualTo(Math.clamp(size - at, 0, n));
                assertThat(Arrays.copyOf(bytes, got))
                    .as("step %d", step)
                    .isEqualTo(Arrays.copyOfRange(model, at, at + got));
              }
            }
            if (step % 250 == 0) {
              check();
            }
          }
          assertThat(machine.vm.meter().get(Counter.V_SWAPPGSIN)).isGreaterThan(100);
          file.release();
          s.release();
        });
  }
}
