// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: somebody changes what is not his, or a change is not seen. */
final class AttributesTest {
  private static final Credentials USER = new Credentials(7, 7, List.of(8));

  private final FsMachine machine = new FsMachine();

  @Test
  @DisplayName("modes: the umask at birth, the owner afterwards, set-group only for members")
  void modes() {
    machine.run(
        () -> {
          machine.caller.context().setUmask(0x3F);
          machine.write("/f", "");
          assertThat(machine.vnode("/f").stat().mode()).isEqualTo(0x8000 | 0x180);
          machine.caller.credentials = USER;
          assertThat(FileAttributes.chmod(machine.caller, machine.vnode("/f"), 0x1FF))
              .isEqualTo(-Errno.EPERM);
          machine.caller.credentials = Credentials.ROOT;
          assertThat(FileAttributes.chown(machine.caller, machine.vnode("/f"), 7, 9)).isZero();
          machine.caller.credentials = USER;
          assertThat(FileAttributes.chmod(machine.caller, machine.vnode("/f"), 0xDED)).isZero();
          assertThat(machine.vnode("/f").stat().mode() & 0xFFF).isEqualTo(0x9ED);
        });
  }

  @Test
  @DisplayName("owners: only root gives away; the owner chooses among his groups; set-id bits go")
  void owners() {
    machine.run(
        () -> {
          machine.write("/f", "");
          Vnode f = machine.vnode("/f");
          FileAttributes.chown(machine.caller, f, 7, 7);
          FileAttributes.chmod(machine.caller, f, 0x9ED);
          machine.caller.credentials = USER;
          assertThat(FileAttributes.chown(machine.caller, f, 8, -1)).isEqualTo(-Errno.EPERM);
          assertThat(FileAttributes.chown(machine.caller, f, -1, 9)).isEqualTo(-Errno.EPERM);
          assertThat(FileAttributes.chown(machine.caller, f, -1, 8)).isZero();
          assertThat(f.stat().gid()).isEqualTo(8);
          assertThat(f.stat().mode() & 0xFFF).isEqualTo(0x1ED);
        });
  }

  @Test
  @DisplayName("times: writing and truncating move mtime and ctime, chmod only ctime; utimes sets")
  void times() {
    machine.run(
        () -> {
          machine.write("/f", "x");
          Vnode f = machine.vnode("/f");
          long born = f.stat().mtime();
          machine.time.advance(1000);
          FileAttributes.chmod(machine.caller, f, 0x1FF);
          assertThat(f.stat().mtime()).isEqualTo(born);
          assertThat(f.stat().ctime()).isEqualTo(born + 1000);
          machine.time.advance(1000);
          Vfs.truncate(machine.caller, null, "/f", 0);
          assertThat(f.stat().mtime()).isEqualTo(born + 2000);
          assertThat(
                  FileAttributes.setTimes(machine.caller, f, 5, AttributeChange.KEEP_TIME, false))
              .isZero();
          assertThat(f.stat().atime()).isEqualTo(5);
          assertThat(f.stat().mtime()).isEqualTo(born + 2000);
          machine.caller.credentials = USER;
          assertThat(FileAttributes.setTimes(machine.caller, f, 1, 1, false))
              .isEqualTo(-Errno.EPERM);
          assertThat(FileAttributes.setTimes(machine.caller, f, 1, 1, true)).isZero();
        });
  }

  @Test
  @DisplayName("access: root passes all but x; others by owner, group, rest; supplementary groups")
  void access() {
    machine.run(
        () -> {
          machine.write("/f", "");
          Vnode f = machine.vnode("/f");
          FileAttributes.chmod(machine.caller, f, 0x120);
          FileAttributes.chown(machine.caller, f, 5, 8);
          Caller c = machine.caller;
          assertThat(Vfs.access(c, Credentials.ROOT, null, "/f", 6, true)).isZero();
          assertThat(Vfs.access(c, Credentials.ROOT, null, "/f", 1, true)).isEqualTo(-Errno.EACCES);
          assertThat(Vfs.access(c, USER, null, "/f", 4, true)).isZero();
          assertThat(Vfs.access(c, USER, null, "/f", 2, true)).isEqualTo(-Errno.EACCES);
          Credentials owner = new Credentials(5, 1, List.of(8));
          assertThat(Vfs.access(c, owner, null, "/f", 4, true)).isZero();
          FileAttributes.chmod(machine.caller, f, 0x3F);
          assertThat(Vfs.access(c, owner, null, "/f", 4, true)).isEqualTo(-Errno.EACCES);
          assertThat(Vfs.access(c, owner, null, "/none", 0, true)).isEqualTo(-Errno.ENOENT);
        });
  }

  @Test
  @DisplayName("a set-group directory hands its group down")
  void setGroupDirectory() {
    machine.run(
        () -> {
          machine.mkdir("/d");
          FileAttributes.chown(machine.caller, machine.vnode("/d"), 0, 8);
          FileAttributes.chmod(machine.caller, machine.vnode("/d"), 0x5FF);
          machine.mkdir("/d/sub");
          machine.write("/d/f", "");
          assertThat(machine.vnode("/d/f").stat().gid()).isEqualTo(8);
          assertThat(machine.vnode("/d/sub").stat().gid()).isEqualTo(8);
          assertThat(machine.vnode("/d/sub").stat().mode() & 0x400).isNotZero();
        });
  }
}
