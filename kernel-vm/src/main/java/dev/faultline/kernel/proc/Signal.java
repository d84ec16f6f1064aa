// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** The signals, their numbers, and what each does to a process that has not said otherwise. */
public final class Signal {
  /** The terminal went away. */
  public static final int HUP = 1;

  /** Interrupt from the keyboard. */
  public static final int INT = 2;

  /** Quit from the keyboard. */
  public static final int QUIT = 3;

  /** Undefined instruction. */
  public static final int ILL = 4;

  /** Breakpoint. */
  public static final int TRAP = 5;

  /** The program gave up. */
  public static final int ABRT = 6;

  /** Memory that cannot be had: beyond the end of a mapped file, or an I/O error. */
  public static final int BUS = 7;

  /** Arithmetic. */
  public static final int FPE = 8;

  /** Dies without appeal. */
  public static final int KILL = 9;

  /** For the user's purposes. */
  public static final int USR1 = 10;

  /** Access to memory that is not there or not permitted. */
  public static final int SEGV = 11;

  /** For the user's purposes. */
  public static final int USR2 = 12;

  /** Write to a pipe without readers. */
  public static final int PIPE = 13;

  /** The alarm clock. */
  public static final int ALRM = 14;

  /** Please end. */
  public static final int TERM = 15;

  /** A child changed its state. */
  public static final int CHLD = 17;

  /** Go on. */
  public static final int CONT = 18;

  /** Stops without appeal. */
  public static final int STOP = 19;

  /** Stop from the keyboard. */
  public static final int TSTP = 20;

  /** Terminal input in the background. */
  public static final int TTIN = 21;

  /** Terminal output in the background. */
  public static final int TTOU = 22;

  /** Urgent data. */
  public static final int URG = 23;

  /** The window changed its size. */
  public static final int WINCH = 28;

  /** Bad system call. */
  public static final int SYS = 31;

  /** The first signal that is queued. */
  public static final int FIRST_QUEUED = 32;

  /** The highest number. */
  public static final int MAX = 64;

  /** What happens where no handler is set. */
  enum DefaultAction {
    TERMINATE,
    IGNORE,
    STOP,
    CONTINUE
  }

  private static final String[] NAMES = {
    "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
  };

  /** The signals that stop. */
  static final long STOPPING = bit(STOP) | bit(TSTP) | bit(TTIN) | bit(TTOU);

  /** The signals that nobody can catch, ignore or block. */
  public static final long UNBLOCKABLE = bit(KILL) | bit(STOP);

  /** The signals that a fault raises: delivered before others, and deadly when blocked. */
  static final long SYNCHRONOUS = bit(ILL) | bit(TRAP) | bit(BUS) | bit(FPE) | bit(SEGV) | bit(SYS);

  private static final long IGNORED = bit(CHLD) | bit(URG) | bit(WINCH);

  private Signal() {}

  /** The signal's bit in a mask. */
  public static long bit(int signal) {
    return 1L << signal - 1;
  }

  /** True for a number that a signal can have. */
  public static boolean isValid(int signal) {
    return signal >= 1 && signal <= MAX;
  }

  /** "SIGSEGV", or "signal 40". */
  public static String name(int signal) {
    return signal > 0 && signal < NAMES.length ? "SIG" + NAMES[signal] : "signal " + signal;
  }

  static DefaultAction defaultAction(int signal) {
    long bit = bit(signal);
    if ((bit & STOPPING) != 0) {
      return DefaultAction.STOP;
    }
    if ((bit & IGNORED) != 0) {
      return DefaultAction.IGNORE;
    }
    return signal == CONT ? DefaultAction.CONTINUE : DefaultAction.TERMINATE;
  }
}
