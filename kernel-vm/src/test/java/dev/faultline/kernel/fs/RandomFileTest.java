// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hazard: some order of reads, writes, truncations, stores and page-outs shows bytes that an array
 * would not. Memory is small and other files press on it, so that clean pages come and go.
 */
final class RandomFileTest {
  private static final int MAX_PAGES = 60;
  private static final int MAX = MAX_PAGES * Page.SIZE;
  private static final int STEPS = 800 * Integer.getInteger("faultline.effort", 1);
  private static final int PRESSURE = 1 << 21;

  @ParameterizedTest
  @DisplayName("V27 V28 V29 V30 V31 a file behaves like an array of bytes")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void likeAnArray(long seed) {
    new Run(seed).go();
  }

  private static final class Run {
    private final Random random;
    private final byte[] lower;
    private final FsMachine machine;
    private final GuestMemory guest;
    private byte[] model;

    Run(long seed) {
      random = new Random(seed);
      lower = new byte[random.nextInt(MAX)];
      random.nextBytes(lower);
      model = lower.clone();
      machine =
          new FsMachine(
              2 << 20,
              new SourceDirectory()
                  .add("f", new SourceBytes(0x1FF, 0, lower))
                  .add("pressure", new SourceBytes(0x1FF, 0, new byte[PRESSURE])));
      guest = new GuestMemory(machine);
      machine.vm.start();
    }

    void go() {
      machine.run(
          () -> {
            VmSpace space = guest.space();
            guest.enter(space);
            Vnode vnode = machine.vnode("/f");
            int shared = guest.map(space, vnode, MAX_PAGES, GuestMemory.RW, true);
            int reader = guest.map(space, vnode, MAX_PAGES, Protection.READ, false);
            OpenFile file = machine.open("/f", OpenFlags.RDWR);
            for (int i = 0; i < STEPS; i++) {
              step(i, space, file, shared, reader);
            }
            compare(file, 0, MAX);
            space.release();
            file.release();
            machine.vm.checkInvariants();
          });
    }

    private void step(int i, VmSpace space, OpenFile file, int shared, int reader) {
      int at = random.nextInt(MAX);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> write(file, at, 1 + random.nextInt(3 * Page.SIZE));
        case 3 -> truncate(file, at);
        case 4, 5 -> compare(file, at, 1 + random.nextInt(2 * Page.SIZE));
        case 6, 7 -> store(space, shared + at, at);
        case 8 -> load(space, (random.nextBoolean() ? shared : reader) + at, at, i);
        default -> {
          if (random.nextInt(10) == 0) {
            machine.read("/pressure");
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
