// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.PollEvents;
import dev.faultline.kernel.fs.PollHead;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Uio;
import dev.faultline.kernel.io.SerialPort;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.sched.WakeReason;

/**
 * A terminal: a serial line with a line discipline, a session, and a foreground process group.
 *
 * <p>What comes from the line is processed at interrupt time; readers and writers sleep. A hung-up
 * terminal reads as an end of file and refuses writes with -EIO.
 */
public final class Tty implements CharDevice {
  private static final int SIGHUP = 1;
  private static final int SIGCONT = 18;
  private static final int SIGTTIN = 21;
  private static final int SIGTTOU = 22;
  private static final int SIGWINCH = 28;
  private static final int WRITE_CHUNK = 512;
  private static final long TENTH_OF_A_SECOND = 100_000_000L;

  private final Scheduler scheduler;
  private final TimeBase time;
  private final SerialPort port;
  private final JobControl jobs;
  private final LineDiscipline discipline;
  private final Object inputChannel = new Object();
  private final Object outputChannel = new Object();
  private final PollHead pollHead = new PollHead();

  private int session;
  private int foreground;
  private WindowSize windowSize = WindowSize.DEFAULT;
  private boolean hungUp;

  /** A terminal on a line, which is opened here. */
  public Tty(Scheduler scheduler, TimeBase time, SerialPort port, JobControl jobs) {
    this.scheduler = scheduler;
    this.time = time;
    this.port = port;
    this.jobs = jobs;
    discipline = new LineDiscipline(port, new Upcalls());
    port.open(new FromTheLine());
  }

  /** The screen, in characters and dots. */
  record WindowSize(int rows, int columns, int width, int height) {
    static final WindowSize DEFAULT = new WindowSize(24, 80, 0, 0);
  }

  // ---- open and sessions ---------------------------------------------------------------------

  /** Opens it; a session leader without a terminal makes it his, unless O_NOCTTY is given. */
  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    if ((flags & OpenFlags.NOCTTY) == 0
        && caller.leadsSession()
        && caller.controllingTerminal() == null
        && session == 0) {
      becomeControlling(caller);
    }
    return Result.of(new TtyFile(this, path, flags));
  }

  private void becomeControlling(Caller caller) {
    session = caller.session();
    foreground = caller.processGroup();
    caller.setControllingTerminal(this);
  }

  /** Number of the session that it controls, or 0. */
  public int session() {
    return session;
  }

  /** The foreground process group, or 0. */
  public int foregroundGroup() {
    return foreground;
  }

  /**
   * The session's leader exits or gives the terminal up: the foreground group gets SIGHUP and
   * SIGCONT, and the terminal is free. Called by who keeps the sessions, once per session.
   */
  public void endSession() {
    int group = foreground;
    session = 0;
    foreground = 0;
    if (group != 0) {
      jobs.signalGroup(group, SIGHUP);
      jobs.signalGroup(group, SIGCONT);
    }
  }

  /** The far end is gone for good: readers see the end, writers an error, the session SIGHUP. */
  public void hangUp() {
    hungUp = true;
    if (session != 0) {
      jobs.signalGroup(session, SIGHUP);
      jobs.signalGroup(session, SIGCONT);
    }
    wake();
  }

  private void wake() {
    scheduler.wakeup(inputChannel);
    scheduler.wakeup(outputChannel);
    pollHead.wake();
  }

  /** The ioctl TIOCSCTTY; -EPERM unless the caller leads a session without terminal. */
  int setControlling(Caller caller, boolean steal) {
    if (isControllingOf(caller) && session == caller.session()) {
      return 0;
    }
    if (!caller.leadsSession() || caller.controllingTerminal() != null) {
      return -Errno.EPERM;
    }
    if (session != 0 && !(steal && caller.credentials().isSuperuser())) {
      return -Errno.EPERM;
    }
    becomeControlling(caller);
    return 0;
  }

  /**
   * The ioctl TIOCNOTTY. A terminal belongs to a session here and not to a process: only the leader
   * gives it up, for all; for others nothing changes.
   */
  int giveUp(Caller caller) {
    if (!isControllingOf(caller)) {
      return -Errno.ENOTTY;
    }
    if (caller.leadsSession()) {
      endSession();
      caller.setControllingTerminal(null);
    }
    return 0;
  }

  boolean isControllingOf(Caller caller) {
    return caller.controllingTerminal() == this;
  }

  /** The ioctl TIOCSPGRP. */
  int setForeground(Caller caller, int group) {
    if (!isControllingOf(caller) || session != caller.session()) {
      return -Errno.ENOTTY;
    }
    int error = checkChange(caller);
    if (error != 0) {
      return error;
    }
    if (group < 0) {
      return -Errno.EINVAL;
    }
    if (!jobs.isGroupInSession(group, session)) {
      return -Errno.EPERM;
    }
    foreground = group;
    return 0;
  }

  private boolean inBackground(Caller caller) {
    return isControllingOf(caller) && foreground != 0 && caller.processGroup() != foreground;
  }

  /** Stops a background caller that wants to change the terminal, unless it does not mind. */
  int checkChange(Caller caller) {
    if (!inBackground(caller) || caller.blocksOrIgnores(SIGTTOU)) {
      return 0;
    }
    if (caller.inOrphanedGroup()) {
      return -Errno.EIO;
    }
    jobs.signalGroup(caller.processGroup(), SIGTTOU);
    return -Errno.ERESTARTSYS;
  }

  private int checkRead(Caller caller) {
    if (!inBackground(caller)) {
      return 0;
    }
    if (caller.blocksOrIgnores(SIGTTIN) || caller.inOrphanedGroup()) {
      return -Errno.EIO;
    }
    jobs.signalGroup(caller.processGroup(), SIGTTIN);
    return -Errno.ERESTARTSYS;
  }

  // ---- reading -------------------------------------------------------------------------------

  int read(Caller caller, Uio uio, boolean nonBlocking) {
    int error = checkRead(caller);
    if (error != 0) {
      return error;
    }
    int size = Math.min(uio.remaining(), LineDiscipline.CAPACITY);
    if (size == 0) {
      return 0;
    }
    error = awaitInput(caller, size, nonBlocking);
    if (error != 0) {
      return error;
    }
    byte[] buffer = new byte[size];
    int got = discipline.read(buffer, size);
    int moved = uio.moveOut(buffer, 0, got);
    return got > 0 && moved == 0 ? -Errno.EFAULT : moved;
  }

  /** Waits until a read would return; 0, also if it will be with nothing, or an error. */
  private int awaitInput(Caller caller, int size, boolean nonBlocking) {
    long deadline = Scheduler.NO_DEADLINE;
    int seen = -1;
    while (!hungUp) {
      Termios settings = discipline.settings();
      boolean canonical = settings.local(Termios.ICANON);
      int available = discipline.readable();
      int minimum = canonical ? 1 : Math.min(settings.character(Termios.VMIN), size);
      long timer = canonical ? 0 : settings.character(Termios.VTIME) * TENTH_OF_A_SECOND;
      if (available >= minimum && (available > 0 || timer == 0)) {
        return 0;
      }
      if (nonBlocking) {
        return available > 0 ? 0 : -Errno.EAGAIN;
      }
      // With a minimum the timer runs between bytes, from the first on; without, from the start.
      if (timer > 0 && available != seen && (minimum == 0 ? seen < 0 : available > 0)) {
        deadline = time.now() + timer;
      }
      seen = available;
      WakeReason reason = scheduler.sleep(inputChannel, true, deadline);
      if (reason == WakeReason.INTERRUPTED) {
        return discipline.readable() > 0 && !canonical ? 0 : -Errno.ERESTARTSYS;
      }
      if (reason == WakeReason.TIMED_OUT) {
        return 0;
      }
      int error = checkRead(caller);
      if (error != 0) {
        return error;
      }
    }
    return 0;
  }

  // ---- writing -------------------------------------------------------------------------------

  int write(Caller caller, Uio uio, boolean nonBlocking) {
    int error = discipline.settings().local(Termios.TOSTOP) ? checkChange(caller) : 0;
    if (error != 0) {
      return error;
    }
    byte[] buffer = new byte[Math.min(uio.remaining(), WRITE_CHUNK)];
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(buffer.length, uio.remaining());
      int got = uio.moveIn(buffer, 0, wanted);
      if (got == 0) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      for (int i = 0; i < got; i++) {
        error = awaitRoom(nonBlocking);
        if (error != 0) {
          return done > 0 ? done : error;
        }
        discipline.output().write(buffer[i] & 0xFF);
        done++;
      }
    }
    return done;
  }

  private int awaitRoom(boolean nonBlocking) {
    while (true) {
      if (hungUp) {
        return -Errno.EIO;
      }
      if (canWrite()) {
        return 0;
      }
      if (nonBlocking) {
        return -Errno.EAGAIN;
      }
      WakeReason reason = scheduler.sleep(outputChannel, true, Scheduler.NO_DEADLINE);
      if (reason == WakeReason.INTERRUPTED) {
        return -Errno.ERESTARTSYS;
      }
    }
  }

  private boolean canWrite() {
    return !discipline.stopped() && discipline.output().hasRoom();
  }

  /** Waits until all output has left; 0 or -ERESTARTSYS. */
  int drain() {
    while (!hungUp && !port.drained()) {
      // The chip tells when it wants more, not when the last byte has gone: look now and then.
      long deadline = time.now() + TENTH_OF_A_SECOND / 100;
      if (scheduler.sleep(outputChannel, true, deadline) == WakeReason.INTERRUPTED) {
        return -Errno.ERESTARTSYS;
      }
    }
    return 0;
  }

  // ---- state ---------------------------------------------------------------------------------

  /** Readiness, as {@link PollEvents}. */
  int poll() {
    int events = 0;
    Termios settings = discipline.settings();
    boolean counts = !settings.local(Termios.ICANON) && settings.character(Termios.VTIME) == 0;
    int minimum = counts ? Math.max(1, settings.character(Termios.VMIN)) : 1;
    if (discipline.readable() >= minimum || hungUp) {
      events |= PollEvents.READABLE;
    }
    if (canWrite() && !hungUp) {
      events |= PollEvents.WRITABLE;
    }
    if (hungUp) {
      events |= PollEvents.HUP;
    }
    return events;
  }

  PollHead pollHead() {
    return pollHead;
  }

  LineDiscipline discipline() {
    return discipline;
  }

  SerialPort port() {
    return port;
  }

  WindowSize windowSize() {
    return windowSize;
  }

  /** The far end's screen has another size now, in characters: tells the foreground group. */
  public void resize(int rows, int columns) {
    setWindowSize(new WindowSize(rows, columns, 0, 0));
  }

  void setWindowSize(WindowSize size) {
    if (!size.equals(windowSize)) {
      windowSize = size;
      if (foreground != 0) {
        jobs.signalGroup(foreground, SIGWINCH);
      }
    }
  }

  /** What the line discipline says. */
  private final class Upcalls implements LineDiscipline.Events {
    @Override
    public void signal(int signal) {
      if (foreground != 0) {
        jobs.signalGroup(foreground, signal);
      }
    }

    @Override
    public void readable() {
      scheduler.wakeup(inputChannel);
      pollHead.wake();
    }

    @Override
    public void flow(boolean stopped) {
      port.setStopped(stopped);
      if (!stopped) {
        scheduler.wakeup(outputChannel);
        pollHead.wake();
      }
    }

    @Override
    public void discardOutput() {
      port.discard();
    }
  }

  /** What the line says. */
  private final class FromTheLine implements SerialPort.Listener {
    @Override
    public void received(int value) {
      discipline.input(value);
    }

    @Override
    public void breakReceived() {
      discipline.breakCondition();
    }

    @Override
    public void transmitted() {
      scheduler.wakeup(outputChannel);
      pollHead.wake();
    }

    @Override
    public void carrierLost() {
      if (!discipline.settings().control(Termios.CLOCAL)) {
        hangUp();
      }
    }
  }
}
