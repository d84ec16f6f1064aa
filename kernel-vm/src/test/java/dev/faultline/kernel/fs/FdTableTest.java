// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a descriptor is leaked, closed twice, or not the lowest. */
final class FdTableTest {
  private final FsMachine machine = new FsMachine();
  private final FdTable table = machine.caller.descriptors();

  private int open(int flags) {
    return Vfs.openDescriptor(machine.caller, null, "/f", flags | OpenFlags.CREAT, 0x1B6);
  }

  @Test
  @DisplayName("always the lowest free one; F_DUPFD from its minimum")
  void lowest() {
    machine.run(
        () -> {
          assertThat(open(2)).isZero();
          assertThat(open(2)).isEqualTo(1);
          assertThat(open(2)).isEqualTo(2);
          assertThat(table.close(1)).isZero();
          assertThat(table.duplicate(0, 0, false)).isEqualTo(1);
          assertThat(table.duplicate(0, 10, true)).isEqualTo(10);
          assertThat(table.closesOnExec(10)).isTrue();
          assertThat(table.duplicate(0, 5000, true)).isEqualTo(-Errno.EINVAL);
          assertThat(table.duplicate(7, 0, false)).isEqualTo(-Errno.EBADF);
          assertThat(table.close(1)).isZero();
          assertThat(table.close(1)).isEqualTo(-Errno.EBADF);
        });
  }

  @Test
  @DisplayName("duplicates share the offset; the file closes with the last of them")
  void sharing() {
    machine.run(
        () -> {
          machine.write("/f", "abcdef");
          open(0);
          assertThat(table.duplicateTo(0, 4, false)).isEqualTo(4);
          OpenFile zero = table.get(0);
          OpenFile four = table.get(4);
          assertThat(zero).isNotNull().isSameAs(four);
          FdTable child = table.copy();
          assertThat(machine.layer.files().count()).isEqualTo(1);
          table.closeAll();
          assertThat(machine.layer.files().count()).isEqualTo(1);
          child.setCloseOnExec(4, true);
          child.exec();
          assertThat(child.get(4)).isNull();
          assertThat(child.get(0)).isNotNull();
          child.closeAll();
          assertThat(machine.layer.files().count()).isZero();
        });
  }

  @Test
  @DisplayName("EMFILE at the limit, before anything is made; ENFILE at the system's")
  void limits() {
    machine.run(
        () -> {
          table.setLimit(3);
          open(0);
          open(0);
          open(0);
          assertThat(Vfs.openDescriptor(machine.caller, null, "/g", OpenFlags.CREAT, 0x1B6))
              .isEqualTo(-Errno.EMFILE);
          assertThat(machine.list("/")).doesNotContain("g");
          assertThat(table.duplicateTo(0, 3, false)).isEqualTo(-Errno.EBADF);
          while (machine.layer.files().hasRoomFor(1)) {
            machine.open("/f", 0);
          }
          assertThat(Vfs.open(machine.caller, null, "/f", 0, 0).error()).isEqualTo(-Errno.ENFILE);
        });
  }
}
