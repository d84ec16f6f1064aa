// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/**
 * What a process wants to happen at a signal.
 *
 * @param handler user address of the handler, {@link #DEFAULT} or {@link #IGNORE}
 * @param flags bits below
 * @param restorer where the handler returns to, if {@link #RESTORER} is set
 * @param mask signals blocked while the handler runs
 */
public record SignalAction(int handler, int flags, int restorer, long mask) {
  /** Handler: what the signal does by itself. */
  public static final int DEFAULT = 0;

  /** Handler: nothing. */
  public static final int IGNORE = 1;

  /** Of SIGCHLD: not when a child stops. */
  public static final int NOCLDSTOP = 1;

  /** Of SIGCHLD: children leave no zombies. */
  public static final int NOCLDWAIT = 2;

  /** The handler takes three arguments. */
  public static final int SIGINFO = 4;

  /** The restorer is given. */
  public static final int RESTORER = 0x0400_0000;

  /** Run on the alternate stack. */
  public static final int ONSTACK = 0x0800_0000;

  /** Issue an interrupted call again. */
  public static final int RESTART = 0x1000_0000;

  /** Do not block the signal itself while its handler runs. */
  public static final int NODEFER = 0x4000_0000;

  /** Back to the default when the handler is entered. */
  public static final int RESETHAND = 0x8000_0000;

  /** What a new process has. */
  public static final SignalAction NONE = new SignalAction(DEFAULT, 0, 0, 0);

  /** True if one of {@code someFlags} is set. */
  public boolean has(int someFlags) {
    return (flags & someFlags) != 0;
  }

  /** True if it names a handler. */
  public boolean isCaught() {
    return handler != DEFAULT && handler != IGNORE;
  }
}
