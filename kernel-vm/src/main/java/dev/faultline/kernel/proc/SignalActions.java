// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import java.util.Arrays;

/** The actions of a process; shared by its threads, copied by fork. */
public final class SignalActions {
  private final SignalAction[] actions;

  /** All signals at their defaults. */
  SignalActions() {
    actions = new SignalAction[Signal.MAX + 1];
    Arrays.fill(actions, SignalAction.NONE);
  }

  private SignalActions(SignalAction[] actions) {
    this.actions = actions;
  }

  /** The action for a signal. */
  public SignalAction get(int signal) {
    return actions[signal];
  }

  /** Sets the action for a signal. */
  public void set(int signal, SignalAction action) {
    actions[signal] = action;
  }

  /** An independent copy, for fork. */
  SignalActions copy() {
    return new SignalActions(actions.clone());
  }

  /** What exec leaves: caught signals go back to their defaults, ignored ones stay ignored. */
  void exec() {
    for (int s = 1; s <= Signal.MAX; s++) {
      actions[s] =
          actions[s].handler() == SignalAction.IGNORE
              ? new SignalAction(SignalAction.IGNORE, 0, 0, 0)
              : SignalAction.NONE;
    }
  }

  /** True if the signal, were it delivered, would do nothing at all. */
  boolean ignores(int signal) {
    int handler = actions[signal].handler();
    return handler == SignalAction.IGNORE
        || handler == SignalAction.DEFAULT
            && Signal.defaultAction(signal) == Signal.DefaultAction.IGNORE;
  }
}
