// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.Cpu;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/** Does what waits for a thread before it goes on in user code: signals, stops, its end. */
final class SignalDelivery {
  private final ProcessSystem system;

  SignalDelivery(ProcessSystem system) {
    this.system = system;
  }

  /**
   * Delivers until nothing is left. A call that was cut short is issued again if no handler ran.
   * Afterwards the thread is to end if {@link GuestThread#exiting} is set.
   */
  void deliver(GuestThread t) {
    Process p = t.process();
    while (!t.exiting) {
      if (p.exiting) {
        t.exiting = true;
      } else if (p.killed) {
        system.exit().exitGroup(t, WaitStatus.killed(Signal.KILL));
      } else if (p.stopped) {
        system.services().scheduler().sleep(p.stopChannel, false, Scheduler.NO_DEADLINE);
      } else {
        SignalInfo info = t.takeSignal(~t.signalMask());
        if (info == null) {
          break;
        }
        act(t, p, info);
      }
    }
    if (!t.exiting) {
      t.restoreMask();
      if (t.hasDeliverableSignal()) {
        deliver(t);
        return;
      }
      if (t.hasInterruptedCall()) {
        t.restartCall();
      }
    }
    t.updateInterrupt();
  }

  private void act(GuestThread t, Process p, SignalInfo info) {
    int signal = info.signal();
    SignalAction action = p.actions.get(signal);
    if (action.handler() == SignalAction.IGNORE) {
      return;
    }
    if (action.isCaught()) {
      handle(t, p, info, action);
      return;
    }
    switch (Signal.defaultAction(signal)) {
      case IGNORE, CONTINUE -> {}
      case STOP -> {
        boolean fromTerminal = signal != Signal.STOP;
        if (!(fromTerminal && p.inOrphanedGroup())) {
          system.signals().stop(p, signal);
        }
      }
      case TERMINATE -> terminate(t, p, info);
    }
  }

  private void handle(GuestThread t, Process p, SignalInfo info, SignalAction action) {
    if (t.hasInterruptedCall()) {
      if (t.restartsAfterHandler() && action.has(SignalAction.RESTART)) {
        t.restartCall();
      }
    }
    t.dropInterruptedCall();
    long mask = t.maskForHandler();
    if (!system.personality().enterHandler(t, info, action, mask)) {
      t.setLastTrap(new Trap(t.lastTrap().vector(), t.lastTrap().errorCode(), 0));
      p.actions.set(Signal.SEGV, SignalAction.NONE);
      terminate(t, p, SignalInfo.fault(Signal.SEGV, SignalInfo.KERNEL, 0));
      return;
    }
    if (action.has(SignalAction.RESETHAND)) {
      p.actions.set(info.signal(), SignalAction.NONE);
    }
    long self = action.has(SignalAction.NODEFER) ? 0 : Signal.bit(info.signal());
    t.setSignalMask(t.signalMask() | action.mask() | self);
  }

  private void terminate(GuestThread t, Process p, SignalInfo info) {
    String cause = cause(info);
    if (cause != null) {
      system.services().log().line(report(t, p, info, cause));
    }
    system.exit().exitGroup(t, WaitStatus.killed(info.signal()));
  }

  private static String report(GuestThread t, Process p, SignalInfo info, String cause) {
    Cpu cpu = t.cpu();
    return String.format(
        "pid %d (%s): %s at eip 0x%08x: %s",
        p.pid(), p.command(), Signal.name(info.signal()), cpu.eip(), cause);
  }

  /** In words what made a fault deadly; null for a signal that somebody sent. */
  private static @Nullable String cause(SignalInfo info) {
    if (info.hasSender()) {
      return null;
    }
    String address = String.format("0x%08x", info.value());
    return switch (info.signal()) {
      case Signal.SEGV ->
          switch (info.code()) {
            case SignalInfo.NOT_MAPPED -> "nothing is mapped at " + address;
            case SignalInfo.NO_RIGHT -> "the mapping at " + address + " does not permit it";
            default -> "privileged instruction, bad segment or bad stack";
          };
      case Signal.BUS ->
          info.code() == SignalInfo.NO_MEMORY_BEHIND
              ? "no memory behind the mapping at " + address
              : "bad segment";
      case Signal.ILL -> "undefined instruction";
      case Signal.FPE -> info.code() == 1 ? "integer division" : "floating point";
      case Signal.TRAP -> "breakpoint";
      default -> null;
    };
  }
}
