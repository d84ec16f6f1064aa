// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.GuestMemory;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.UserUio;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.Advice;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: a rule of the vnode pager holds for files in memory, and not for those on a disk. */
final class Ext2PageRulesTest {
  @AfterEach
  void closeMachines() {
    Ext2Machine.closeAll();
  }

  private static final int RW = Protection.READ | Protection.WRITE;
  private static final int PAGE = Page.SIZE;
  private static final long SECOND = 1_000_000_000L;

  /** A machine with files of four pages each, all of them cold. */
  private static Ext2Machine machine(int blockSize, String names) {
    Ext2Machine m = new Ext2Machine(Ext2Machine.empty(4 << 20, blockSize));
    m.run(() -> names.chars().forEach(c -> m.put("/" + (char) c, bytes((char) c, 4 * PAGE))));
    m.disk.withLatency(1_000_000);
    return m;
  }

  private static byte[] bytes(char c, int n) {
    byte[] bytes = new byte[n];
    Arrays.fill(bytes, (byte) c);
    return bytes;
  }

  private static void letTimePass(Ext2Machine m, long nanoseconds) {
    m.machine.scheduler.sleep(new Object(), false, m.machine.time.now() + nanoseconds);
  }

  @Test
  @DisplayName("V5 F64 a mapping that outlives its file system is refused what is not in memory")
  void notMounted() {
    Ext2Machine m = machine(1024, "a");
    GuestMemory guest = new GuestMemory(m.machine);
    m.bare(
        () -> {
          m.mount();
          VmSpace space = guest.space();
          guest.enter(space);
          int va = guest.map(space, m.machine.vnode("/a"), 4, Protection.READ, true);
          assertThat(guest.load(space, va)).isEqualTo('a');
          m.unmount();
          int requests = m.disk.submitted();
          assertThat(guest.load(space, va)).as("it is in memory").isEqualTo('a');
          assertThat(guest.load(space, va + 3 * PAGE)).isNegative();
          assertThat(guest.lastRefusal).isEqualTo(FaultResult.PAGER_BAD);
          assertThat(m.disk.submitted()).isEqualTo(requests);
          space.release();
        });
    m.vm().checkInvariants();
  }

  @Test
  @DisplayName("V25 NOSYNC pages: not written by the syncer in a minute, written by fsync")
  void noSync() {
    Ext2Machine m = machine(4096, "a");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace space = guest.space();
          guest.enter(space);
          OpenFile file = m.machine.open("/a", OpenFlags.RDWR);
          int va = guest.map(space, file.vnode(), 4, RW, true);
          assertThat(guest.store(space, va + 3 * PAGE, 'b')).isTrue();
          letTimePass(m, 60 * SECOND);
          long out = m.vm().meter().get(Counter.V_VNODEPGSOUT);
          assertThat(out).as("the syncer writes other pages").isPositive();
          space.advise(va, 4 * PAGE, Advice.NOSYNC);
          for (int i = 0; i < 3; i++) {
            assertThat(guest.store(space, va + i * PAGE, 'c')).isTrue();
          }
          // Something else that the syncer has to do.
          m.put("/other", bytes('d', 100));
          letTimePass(m, 60 * SECOND);
          assertThat(m.vm().meter().get(Counter.V_VNODEPGSOUT)).isEqualTo(out + 1);
          assertThat(file.sync()).isZero();
          assertThat(m.vm().meter().get(Counter.V_VNODEPGSOUT)).isEqualTo(out + 4);
          file.release();
          space.release();
        });
    m.run(() -> assertThat(m.get("/a")).startsWith((byte) 'c', (byte) 'a'));
  }

  @Test
  @DisplayName("V25 NOSYNC pages are written when their object ends, and by msync")
  void noSyncEnds() {
    Ext2Machine m = machine(1024, "ab");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace space = guest.space();
          guest.enter(space);
          int a = guest.map(space, m.machine.vnode("/a"), 4, RW, true);
          int b = guest.map(space, m.machine.vnode("/b"), 4, RW, true);
          space.advise(a, 4 * PAGE, Advice.NOSYNC);
          space.advise(b, 4 * PAGE, Advice.NOSYNC);
          assertThat(guest.store(space, a, 'x')).isTrue();
          assertThat(guest.store(space, b, 'y')).isTrue();
          long out = m.vm().meter().get(Counter.V_VNODEPGSOUT);
          assertThat(space.sync(b, PAGE, true, false).ok()).isTrue();
          assertThat(m.vm().meter().get(Counter.V_VNODEPGSOUT)).isEqualTo(out + 1);
          space.release();
        });
    m.run(
        () -> {
          assertThat(m.get("/a")).startsWith((byte) 'x', (byte) 'a');
          assertThat(m.get("/b")).startsWith((byte) 'y', (byte) 'b');
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 4096})
  @DisplayName("V32 a read and a fault on one cold page: each block is read once, equal bytes")
  void readAndFault(int blockSize) {
    Ext2Machine m = machine(blockSize, "a");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace space = guest.space();
          int va = guest.map(space, m.machine.vnode("/a"), 4, Protection.READ, true);
          OpenFile file = m.machine.open("/a", OpenFlags.RDONLY);
          List<String> seen = new ArrayList<>();
          long read = m.disk.sectorsRead();
          m.machine.scheduler.spawn("read", () -> seen.add(m.machine.get(file, 4 * PAGE)));
          guest.spawn(space, "fault", () -> seen.add("" + (char) guest.load(space, va + 1)));
          letTimePass(m, SECOND);
          assertThat(seen).containsExactlyInAnyOrder("a", "a".repeat(4 * PAGE));
          assertThat(m.disk.sectorsRead() - read).isLessThanOrEqualTo(4 * PAGE / 512 + 8);
          file.release();
          space.release();
        });
  }

  @Test
  @DisplayName("V33 a private mapping: stores stay in it, the file shows through until they do")
  void privateMapping() {
    Ext2Machine m = machine(2048, "a");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace space = guest.space();
          guest.enter(space);
          OpenFile file = m.machine.open("/a", OpenFlags.RDWR);
          int va = guest.map(space, file.vnode(), 4, RW, false);
          assertThat(file.writeAt(new KernelUio(bytes('b', PAGE)), 0)).isEqualTo(PAGE);
          assertThat(guest.load(space, va)).as("before the copy").isEqualTo('b');
          assertThat(guest.store(space, va + 1, 'p')).isTrue();
          assertThat(file.writeAt(new KernelUio(bytes('c', 2 * PAGE)), 0)).isEqualTo(2 * PAGE);
          assertThat(guest.load(space, va)).as("after the copy").isEqualTo('b');
          assertThat(guest.load(space, va + PAGE)).as("no copy yet").isEqualTo('c');
          assertThat(file.sync()).isZero();
          file.release();
          space.release();
        });
    m.run(() -> assertThat(new String(m.get("/a"), ISO_8859_1)).doesNotContain("p"));
  }

  @Test
  @DisplayName("V35 read() into a cold mapping of the very pages being read")
  void readIntoItself() {
    Ext2Machine m = machine(1024, "a");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace space = guest.space();
          guest.enter(space);
          OpenFile file = m.machine.open("/a", OpenFlags.RDWR);
          int va = guest.map(space, file.vnode(), 4, RW, true);
          assertThat(file.read(m.machine.caller, new UserUio(guest.user(), va, 4 * PAGE)))
              .isEqualTo(4 * PAGE);
          assertThat(guest.load(space, va + 3 * PAGE)).isEqualTo('a');
          file.release();
          space.release();
        });
  }

  @Test
  @DisplayName("V35 write(A from a mapping of B) beside write(B from a mapping of A): both finish")
  void crossed() {
    Ext2Machine m = machine(1024, "ab");
    GuestMemory guest = new GuestMemory(m.machine);
    m.run(
        () -> {
          VmSpace one = guest.space();
          VmSpace two = guest.space();
          guest.enter(one);
          OpenFile a = m.machine.open("/a", OpenFlags.RDWR);
          OpenFile b = m.machine.open("/b", OpenFlags.RDWR);
          int mapOfB = guest.map(one, b.vnode(), 4, RW, true);
          int mapOfA = guest.map(two, a.vnode(), 4, RW, true);
          List<Integer> done = new ArrayList<>();
          guest.spawn(
              one,
              "one",
              () ->
                  done.add(a.write(m.machine.caller, new UserUio(guest.user(), mapOfB, 2 * PAGE))));
          guest.spawn(
              two,
              "two",
              () ->
                  done.add(
                      b.writeAt(
                          new UserUio(guest.user(), mapOfA + 2 * PAGE, 2 * PAGE), 2L * PAGE)));
          letTimePass(m, SECOND);
          assertThat(done).containsExactlyInAnyOrder(2 * PAGE, 2 * PAGE);
          String both = "b".repeat(2 * PAGE) + "a".repeat(2 * PAGE);
          assertThat(m.machine.read("/a")).isEqualTo(both);
          assertThat(m.machine.read("/b")).isEqualTo(both);
          a.release();
          b.release();
          one.release();
          two.release();
        });
  }
}
