// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Poller;
import dev.faultline.kernel.fs.Uio;
import dev.faultline.kernel.vm.UserMemory;
import org.jspecify.annotations.Nullable;

/** An open terminal, and its ioctls. */
final class TtyFile extends OpenFile {
  private static final int TCGETS = 0x5401;
  private static final int TCSETS = 0x5402;
  private static final int TCSETSW = 0x5403;
  private static final int TCSETSF = 0x5404;
  private static final int TCSBRK = 0x5409;
  private static final int TCXONC = 0x540A;
  private static final int TCFLSH = 0x540B;
  private static final int TIOCSCTTY = 0x540E;
  private static final int TIOCGPGRP = 0x540F;
  private static final int TIOCSPGRP = 0x5410;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int FIONREAD = 0x541B;
  private static final int TIOCNOTTY = 0x5422;
  private static final int TIOCGSID = 0x5429;
  private static final int WINDOW_SIZE_BYTES = 8;

  private final Tty tty;

  TtyFile(Tty tty, FilePath path, int flags) {
    super(path, flags);
    this.tty = tty;
  }

  @Override
  protected int doRead(Caller caller, Uio uio) {
    return tty.read(caller, uio, nonBlocking());
  }

  @Override
  protected int doWrite(Caller caller, Uio uio) {
    return tty.write(caller, uio, nonBlocking());
  }

  @Override
  public int poll(@Nullable Poller poller) {
    if (poller != null) {
      poller.watch(tty.pollHead());
    }
    return tty.poll();
  }

  @Override
  public int ioctl(Caller caller, int request, int argument, UserMemory memory) {
    return switch (request) {
      case TCGETS -> copyOut(memory, argument, tty.discipline().settings().encode());
      case TCSETS, TCSETSW, TCSETSF -> setTermios(caller, request, argument, memory);
      case TCSBRK -> {
        int error = tty.checkChange(caller);
        yield error != 0 ? error : tty.drain();
      }
      case TCXONC -> flow(caller, argument);
      case TCFLSH -> flush(caller, argument);
      case TIOCSCTTY -> tty.setControlling(caller, argument == 1);
      case TIOCNOTTY -> tty.giveUp(caller);
      case TIOCGPGRP ->
          tty.isControllingOf(caller)
              ? store(memory, argument, tty.foregroundGroup())
              : -Errno.ENOTTY;
      case TIOCGSID ->
          tty.isControllingOf(caller) ? store(memory, argument, tty.session()) : -Errno.ENOTTY;
      case TIOCSPGRP -> {
        byte[] word = new byte[4];
        if (memory.copyIn(argument, word, 0, word.length) < word.length) {
          yield -Errno.EFAULT;
        }
        yield tty.setForeground(caller, half(word, 0) | half(word, 2) << 16);
      }
      case TIOCGWINSZ -> copyOut(memory, argument, encode(tty.windowSize()));
      case TIOCSWINSZ -> setWindowSize(argument, memory);
      case FIONREAD -> store(memory, argument, tty.discipline().readable());
      default -> -Errno.ENOTTY;
    };
  }

  private int setTermios(Caller caller, int request, int argument, UserMemory memory) {
    int error = tty.checkChange(caller);
    if (error != 0) {
      return error;
    }
    byte[] bytes = new byte[Termios.SIZE];
    if (memory.copyIn(argument, bytes, 0, bytes.length) < bytes.length) {
      return -Errno.EFAULT;
    }
    if (request != TCSETS) {
      error = tty.drain();
      if (error != 0) {
        return error;
      }
    }
    if (request == TCSETSF) {
      tty.discipline().flush();
    }
    tty.discipline().setSettings(Termios.decode(bytes));
    return 0;
  }

  private int flow(Caller caller, int action) {
    int error = tty.checkChange(caller);
    if (error != 0) {
      return error;
    }
    switch (action) {
      case 0 -> tty.discipline().setStopped(true);
      case 1 -> tty.discipline().setStopped(false);
      case 2, 3 -> {
        Termios settings = tty.discipline().settings();
        tty.port().transmit(settings.character(action == 2 ? Termios.VSTOP : Termios.VSTART));
      }
      default -> {
        return -Errno.EINVAL;
      }
    }
    return 0;
  }

  private int flush(Caller caller, int queue) {
    int error = tty.checkChange(caller);
    if (error != 0) {
      return error;
    }
    if (queue < 0 || queue > 2) {
      return -Errno.EINVAL;
    }
    if (queue != 1) {
      tty.discipline().flush();
    }
    if (queue != 0) {
      tty.port().discard();
    }
    return 0;
  }

  private int setWindowSize(int argument, UserMemory memory) {
    byte[] b = new byte[WINDOW_SIZE_BYTES];
    if (memory.copyIn(argument, b, 0, b.length) < b.length) {
      return -Errno.EFAULT;
    }
    tty.setWindowSize(new Tty.WindowSize(half(b, 0), half(b, 2), half(b, 4), half(b, 6)));
    return 0;
  }

  private static byte[] encode(Tty.WindowSize size) {
    byte[] bytes = new byte[WINDOW_SIZE_BYTES];
    int[] halves = {size.rows(), size.columns(), size.width(), size.height()};
    for (int i = 0; i < halves.length; i++) {
      bytes[2 * i] = (byte) halves[i];
      bytes[2 * i + 1] = (byte) (halves[i] >> 8);
    }
    return bytes;
  }

  private static int half(byte[] bytes, int at) {
    return bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
  }

  private static int copyOut(UserMemory memory, int address, byte[] bytes) {
    return memory.copyOut(bytes, 0, address, bytes.length) == bytes.length ? 0 : -Errno.EFAULT;
  }

  private static int store(UserMemory memory, int address, int value) {
    return memory.store32(address, value) ? 0 : -Errno.EFAULT;
  }
}
