// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a file shows different bytes to read, write and mappings. */
final class MappedFileTest {
  private static final int PAGE = Page.SIZE;
  private static final byte[] LOWER = "lower.".repeat(3000).getBytes(ISO_8859_1);

  private final FsMachine machine =
      new FsMachine(8 << 20, new SourceDirectory().add("low", new SourceBytes(0x1FF, 0, LOWER)));
  private final GuestMemory guest = new GuestMemory(machine);

  private VmObject object(String path) {
    @Nullable VmObject object = machine.vnode(path).object();
    if (object == null) {
      throw new AssertionError("no object");
    }
    return object;
  }

  private void put(String path, long position, String bytes) {
    OpenFile f = machine.open(path, OpenFlags.RDWR);
    assertThat(f.seek(position, 0)).isEqualTo(position);
    assertThat(machine.put(f, bytes)).isEqualTo(bytes.length());
    f.release();
  }

  private String get(String path, long position, int size) {
    OpenFile f = machine.open(path, OpenFlags.RDONLY);
    f.seek(position, 0);
    String bytes = machine.get(f, size);
    f.release();
    return bytes;
  }

  @Test
  @DisplayName("V30 a store is seen by the next read, a write by the next load, without msync")
  void coherent() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/low"), 5, GuestMemory.RW, true);
          assertThat(guest.load(s, va)).isEqualTo('l');
          put("/low", 1, "OWER");
          assertThat(guest.load(s, va + 1)).isEqualTo('O');
          assertThat(guest.store(s, va, 'L')).isTrue();
          assertThat(get("/low", 0, 6)).isEqualTo("LOWER.");
          assertThat(guest.store(s, va + 2 * PAGE + 5, '!')).isTrue();
          assertThat(get("/low", 2 * PAGE + 5, 1)).isEqualTo("!");
          put("/low", 2 * PAGE + 6, "?");
          assertThat(guest.load(s, va + 2 * PAGE + 6)).isEqualTo('?');
          s.release();
          assertThat(get("/low", 0, 6)).isEqualTo("LOWER.");
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName(
      "V1 V2 two mappings, one object; unmapped and mapped again its pages are still there")
  void oneObject() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int one = guest.map(s, machine.vnode("/low"), 2, Protection.READ, true);
          int two = guest.map(s, machine.vnode("/low"), 2, Protection.READ, false);
          assertThat(object("/low").references()).isEqualTo(2);
          assertThat(machine.vnode("/low").uses()).isEqualTo(2);
          assertThat(guest.load(s, one)).isEqualTo('l');
          long read = machine.vm.meter().get(Counter.V_VNODEIN);
          assertThat(guest.load(s, two)).isEqualTo('l');
          s.release();
          assertThat(object("/low").references()).isZero();
          VmSpace again = guest.space();
          int va = guest.map(again, machine.vnode("/low"), 2, Protection.READ, true);
          assertThat(guest.load(again, va)).isEqualTo('l');
          assertThat(machine.vm.meter().get(Counter.V_VNODEIN)).isEqualTo(read);
          again.release();
        });
  }

  @Test
  @DisplayName("V31 a small write into a cold page keeps the file's other bytes")
  void coldPage() {
    machine.run(
        () -> {
          put("/low", 100, "0123456789");
          String expected = new String(LOWER, ISO_8859_1);
          assertThat(machine.read("/low"))
              .isEqualTo(expected.substring(0, 100) + "0123456789" + expected.substring(110));
        });
  }

  @Test
  @DisplayName("V33 private stores never reach the file; file writes show until the page is copied")
  void privateMapping() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/low"), 2, GuestMemory.RW, false);
          assertThat(guest.load(s, va)).isEqualTo('l');
          put("/low", 0, "A");
          assertThat(guest.load(s, va)).isEqualTo('A');
          assertThat(guest.store(s, va + 1, 'x')).isTrue();
          put("/low", 0, "B");
          assertThat(guest.load(s, va)).isEqualTo('A');
          assertThat(get("/low", 0, 2)).isEqualTo("Bo");
          assertThat(machine.space.pages()).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("V27 growing only changes the size: the same mapping reaches the new zeros")
  void growing() {
    machine.run(
        () -> {
          machine.write("/f", "x".repeat(PAGE));
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), 4, GuestMemory.RW, true);
          assertThat(guest.load(s, va + PAGE)).isEqualTo(-1);
          assertThat(guest.lastRefusal).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(Vfs.truncate(machine.caller, null, "/f", 3 * PAGE)).isZero();
          assertThat(guest.load(s, va + 2 * PAGE)).isZero();
          assertThat(guest.load(s, va + 3 * PAGE)).isEqualTo(-1);
          s.release();
        });
  }

  @Test
  @DisplayName(
      "V28 V29 shrinking takes pages from every mapping; the tail reads zero; the head stays")
  void shrinking() {
    machine.run(
        () -> {
          machine.write("/f", "y".repeat(3 * PAGE));
          VmSpace s = guest.space();
          int shared = guest.map(s, machine.vnode("/f"), 3, GuestMemory.RW, true);
          int own = guest.map(s, machine.vnode("/f"), 3, Protection.READ, false);
          assertThat(guest.load(s, own + 2 * PAGE)).isEqualTo('y');
          assertThat(guest.store(s, shared + 10, 'h')).isTrue();
          assertThat(guest.store(s, shared + 2000, 't')).isTrue();
          assertThat(Vfs.truncate(machine.caller, null, "/f", 100)).isZero();
          assertThat(guest.load(s, shared + PAGE)).isEqualTo(-1);
          assertThat(guest.load(s, own + 2 * PAGE)).isEqualTo(-1);
          assertThat(guest.load(s, shared + 10)).isEqualTo('h');
          assertThat(guest.load(s, shared + 2000)).isZero();
          assertThat(Vfs.truncate(machine.caller, null, "/f", 2 * PAGE)).isZero();
          assertThat(guest.load(s, own + PAGE)).isZero();
          assertThat(get("/f", 8, 4)).isEqualTo("yyhy");
          assertThat(get("/f", 98, 4)).isEqualTo("yy\0\0");
          s.release();
          machine.vm.checkInvariants();
        });
  }

  @Test
  @DisplayName("V29 what was cut off a lower file does not come back when it grows again")
  void cutLowerFile() {
    machine.run(
        () -> {
          assertThat(Vfs.truncate(machine.caller, null, "/low", 10)).isZero();
          assertThat(Vfs.truncate(machine.caller, null, "/low", 2 * PAGE)).isZero();
          assertThat(get("/low", 0, 20)).isEqualTo("lower.lowe" + "\0".repeat(10));
          assertThat(get("/low", PAGE, 5)).isEqualTo("\0".repeat(5));
        });
  }

  @Test
  @DisplayName("V34 a running program's file is not written, a file that is written does not run")
  void text() {
    machine.run(
        () -> {
          VmSpace s = guest.space();
          OpenFile writer = machine.open("/low", OpenFlags.RDWR);
          assertThat(machine.vnode("/low").markText()).isEqualTo(-Errno.ETXTBSY);
          writer.release();
          guest.map(s, machine.vnode("/low"), 2, Protection.READ | Protection.EXECUTE, false);
          assertThat(machine.vnode("/low").markText()).isZero();
          assertThat(Vfs.open(machine.caller, null, "/low", OpenFlags.WRONLY, 0).error())
              .isEqualTo(-Errno.ETXTBSY);
          assertThat(Vfs.truncate(machine.caller, null, "/low", 0)).isEqualTo(-Errno.ETXTBSY);
          machine.open("/low", OpenFlags.RDONLY).release();
          assertThat(machine.rename("/low", "/renamed")).isZero();
          s.release();
          machine.open("/renamed", OpenFlags.WRONLY).release();
        });
  }

  @Test
  @DisplayName("a vnode knows by what name it was last opened, wherever that has moved since")
  void lastPath() {
    machine.run(
        () -> {
          assertThat(machine.vnode("/low").lastPath()).isNull();
          machine.open("/low", OpenFlags.RDONLY).release();
          @Nullable FilePath path = machine.vnode("/low").lastPath();
          assertThat(path == null ? "" : path.render(machine.root.root())).isEqualTo("/low");
        });
  }

  @Test
  @DisplayName("an unlinked file lives on in its mappings; then its frames and its room come back")
  void unlinkedMapping() {
    machine.run(
        () -> {
          machine.write("/f", "z".repeat(2 * PAGE));
          VmSpace s = guest.space();
          int va = guest.map(s, machine.vnode("/f"), 2, GuestMemory.RW, true);
          assertThat(guest.load(s, va)).isEqualTo('z');
          assertThat(machine.unlink("/f")).isZero();
          assertThat(guest.store(s, va + PAGE, 'q')).isTrue();
          assertThat(guest.load(s, va + PAGE)).isEqualTo('q');
          long written = machine.vm.meter().get(Counter.V_VNODEOUT);
          s.release();
          assertThat(machine.vm.meter().get(Counter.V_VNODEOUT)).isEqualTo(written);
          assertThat(machine.space.pages()).isZero();
          machine.vm.checkInvariants();
        });
  }
}
