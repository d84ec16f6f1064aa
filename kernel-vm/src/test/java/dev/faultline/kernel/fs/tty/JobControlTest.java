// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.TestCaller;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a job reads what was typed for another, or a shell loses its terminal. */
final class JobControlTest {
  private final FsMachine machine = new FsMachine();
  private final List<String> signals = new ArrayList<>();
  private final FakeLine line = new FakeLine();
  private final Tty tty =
      new Tty(
          machine.scheduler,
          machine.time,
          line,
          new JobControl() {
            @Override
            public void signalGroup(int group, int signal) {
              signals.add(group + ":" + signal);
            }

            @Override
            public boolean isGroupInSession(int group, int session) {
              return group < 50;
            }
          });

  private OpenFile open(TestCaller caller, int flags) {
    machine.write("/tty", "");
    FilePath path = new FilePath(machine.vnode("/tty"), machine.root.root(), "tty");
    return tty.open(caller, path, OpenFlags.RDWR | flags).value();
  }

  private TestCaller job(int pid, int group) {
    TestCaller job = new TestCaller(machine.root.root(), pid);
    job.session = 1;
    job.processGroup = group;
    job.terminal = machine.caller.terminal;
    return job;
  }

  @Test
  @DisplayName("a session leader without terminal takes it at open; O_NOCTTY and others do not")
  void acquiring() {
    machine.run(
        () -> {
          TestCaller member = new TestCaller(machine.root.root(), 9);
          member.session = 1;
          open(member, 0);
          open(machine.caller, OpenFlags.NOCTTY);
          assertThat(tty.session()).isZero();
          open(machine.caller, 0);
          assertThat(tty.session()).isEqualTo(1);
          assertThat(tty.foregroundGroup()).isEqualTo(1);
          TestCaller other = new TestCaller(machine.root.root(), 60);
          open(other, 0);
          assertThat(other.terminal).isNull();
          assertThat(tty.setControlling(other, false)).isEqualTo(-Errno.EPERM);
        });
  }

  @Test
  @DisplayName("TIOCSPGRP: only groups of the session; from the background SIGTTOU first")
  void foreground() {
    machine.run(
        () -> {
          open(machine.caller, 0);
          assertThat(tty.setForeground(machine.caller, 77)).isEqualTo(-Errno.EPERM);
          assertThat(tty.setForeground(machine.caller, 5)).isZero();
          assertThat(tty.setForeground(machine.caller, 1)).isEqualTo(-Errno.ERESTARTSYS);
          assertThat(signals).containsExactly("1:22");
          machine.caller.ignoresJobSignals = true;
          assertThat(tty.setForeground(machine.caller, 1)).isZero();
          TestCaller stranger = new TestCaller(machine.root.root(), 60);
          assertThat(tty.setForeground(stranger, 1)).isEqualTo(-Errno.ENOTTY);
        });
  }

  @Test
  @DisplayName("a background reader gets SIGTTIN; EIO if ignored or orphaned")
  void backgroundRead() {
    machine.run(
        () -> {
          OpenFile f = open(machine.caller, OpenFlags.NONBLOCK);
          line.type("x\r");
          TestCaller job = job(7, 7);
          byte[] buffer = new byte[10];
          KernelUio uio = new KernelUio(buffer);
          assertThat(f.read(job, uio)).isEqualTo(-Errno.ERESTARTSYS);
          assertThat(signals).containsExactly("7:21");
          job.ignoresJobSignals = true;
          assertThat(f.read(job, uio)).isEqualTo(-Errno.EIO);
          job.ignoresJobSignals = false;
          job.orphaned = true;
          assertThat(f.read(job, uio)).isEqualTo(-Errno.EIO);
          assertThat(machine.get(f, 10)).isEqualTo("x\n");
        });
  }

  @Test
  @DisplayName("the session ends: SIGHUP and SIGCONT for the foreground, and the terminal is free")
  void sessionEnds() {
    machine.run(
        () -> {
          open(machine.caller, 0);
          tty.setForeground(machine.caller, 5);
          TestCaller member = job(7, 7);
          assertThat(tty.giveUp(member)).isZero();
          assertThat(signals).isEmpty();
          assertThat(tty.session()).isEqualTo(1);
          assertThat(tty.giveUp(machine.caller)).isZero();
          assertThat(signals).containsExactly("5:1", "5:18");
          assertThat(machine.caller.terminal).isNull();
          open(machine.caller, 0);
          assertThat(tty.session()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("/dev/tty is the session's terminal, or ENXIO")
  void controllingTty() {
    machine.run(
        () -> {
          machine.write("/devtty", "");
          FilePath path = new FilePath(machine.vnode("/devtty"), machine.root.root(), "devtty");
          ControllingTty device = new ControllingTty();
          assertThat(device.open(machine.caller, path, OpenFlags.RDWR).error())
              .isEqualTo(-Errno.ENXIO);
          open(machine.caller, 0);
          OpenFile f = device.open(machine.caller, path, OpenFlags.RDWR).value();
          machine.put(f, "hi");
          assertThat(line.sent()).isEqualTo("hi");
        });
  }
}
