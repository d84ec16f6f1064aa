// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.GuestMemory;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Hazard: some order of reads, writes, truncations, stores, page-outs, syncs and remounts shows
 * bytes that an array would not. Memory is small, so that pages come and go.
 */
final class Ext2RandomFileTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int MAX_PAGES = 100;
  private static final int MAX = MAX_PAGES * Page.SIZE;
  private static final int ROUNDS = 2 * Integer.getInteger("faultline.effort", 1);
  private static final int STEPS = 400;
  private static final int PRESSURE = 1 << 21;
  private static final int RW = Protection.READ | Protection.WRITE;

  @ParameterizedTest
  @DisplayName("V27 V28 V29 V30 V31 a file on a disk behaves like an array of bytes")
  @CsvSource({"1,1024", "2,1024", "3,2048", "4,4096", "5,4096", "6,1024"})
  void likeAnArray(long seed, int blockSize) {
    new Run(seed, blockSize).go();
  }

  @Tag("tools")
  @ParameterizedTest
  @DisplayName("e2fsck -fn is content with what such a file leaves behind")
  @CsvSource({"7,1024", "8,2048", "9,4096"})
  void leavesACleanDisk(long seed, int blockSize) {
    Run run = new Run(seed, blockSize);
    run.go();
    Ext2Machine.assertClean(run.machine.disk.content());
  }

  private static final class Run {
    private final Random random;
    private final Ext2Machine machine;
    private final GuestMemory guest;
    private byte[] model = new byte[0];

    Run(long seed, int blockSize) {
      random = new Random(seed);
      machine = new Ext2Machine(2 << 20, Ext2Machine.empty(8 << 20, blockSize));
      machine.disk.shuffle(seed, 1000);
      guest = new GuestMemory(machine.machine);
    }

    void go() {
      machine.run(
          () -> {
            machine.put("/f", new byte[0]);
            machine.put("/pressure", new byte[PRESSURE]);
          });
      for (int i = 0; i < ROUNDS; i++) {
        machine.run(this::round);
      }
      machine.run(() -> assertThat(machine.get("/f")).isEqualTo(model));
    }

    private void round() {
      VmSpace space = guest.space();
      guest.enter(space);
      Vnode vnode = machine.machine.vnode("/f");
      int shared = guest.map(space, vnode, MAX_PAGES, RW, true);
      int reader = guest.map(space, vnode, MAX_PAGES, Protection.READ, false);
      OpenFile file = machine.machine.open("/f", OpenFlags.RDWR);
      for (int i = 0; i < STEPS; i++) {
        step(i, space, file, shared, reader);
      }
      compare(file, 0, MAX);
      space.release();
      file.release();
    }

    private void step(int i, VmSpace space, OpenFile file, int shared, int reader) {
      int at = random.nextInt(MAX);
      switch (random.nextInt(11)) {
        case 0, 1, 2 -> write(file, at, 1 + random.nextInt(3 * Page.SIZE));
        case 3 -> truncate(file, at);
        case 4, 5 -> compare(file, at, 1 + random.nextInt(2 * Page.SIZE));
        case 6, 7 -> store(space, shared + at, at);
        case 8 -> load(space, (random.nextBoolean() ? shared : reader) + at, at, i);
        case 9 -> {
          if (random.nextInt(10) == 0) {
            assertThat(file.sync()).isZero();
          }
        }
        default -> {
          if (random.nextInt(10) == 0) {
            machine.machine.read("/pressure");
          }
        }
      }
    }

    private void write(OpenFile file, int at, int wanted) {
      int size = Math.min(wanted, MAX - at);
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      assertThat(file.writeAt(new KernelUio(bytes), at)).isEqualTo(size);
      model = Arrays.copyOf(model, Math.max(model.length, at + size));
      System.arraycopy(bytes, 0, model, at, size);
    }

    private void truncate(OpenFile file, int size) {
      assertThat(file.truncate(size)).isZero();
      model = Arrays.copyOf(model, size);
    }

    private void compare(OpenFile file, int at, int size) {
      byte[] bytes = new byte[size];
      int n = file.readAt(new KernelUio(bytes), at);
      int inside = Math.clamp(model.length - at, 0, size);
      assertThat(n).isEqualTo(inside);
      if (inside > 0) {
        assertThat(Arrays.copyOf(bytes, n)).isEqualTo(Arrays.copyOfRange(model, at, at + inside));
      }
    }

    private void store(VmSpace space, int va, int at) {
      boolean mapped = at < (model.length + Page.OFFSET_MASK & Page.MASK);
      assertThat(guest.store(space, va, 0xA5))
          .as("store at %d of %d", at, model.length)
          .isEqualTo(mapped);
      if (at < model.length) {
        model[at] = (byte) 0xA5;
      } else if (mapped) {
        // Behind the end of the file a store is kept by nobody: take it back.
        guest.store(space, va, 0);
      }
    }

    private void load(VmSpace space, int va, int at, int i) {
      boolean mapped = at < (model.length + Page.OFFSET_MASK & Page.MASK);
      int expected = !mapped ? -1 : at < model.length ? model[at] & 0xFF : 0;
      assertThat(guest.load(space, va)).as("step %d: load at %d", i, at).isEqualTo(expected);
    }
  }
}
