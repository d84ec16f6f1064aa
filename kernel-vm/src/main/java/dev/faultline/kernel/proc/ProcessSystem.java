// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.SwitchListener;
import dev.faultline.kernel.vm.UserMemory;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one machine and what they share: the table, signals, alarms, the personality.
 *
 * <p>Assembly: construct, {@link #setPersonality}, {@link #attach}, then {@link #startInit}.
 */
public final class ProcessSystem {
  /** How many processes there may be, if nothing else is said. */
  public static final int DEFAULT_LIMIT = 1024;

  private final KernelServices services;
  private final ProcessTable table;
  private final UserMemory memory;
  private final SignalPost signals;
  private final SignalDelivery delivery;
  private final Exit exit;
  private final Callouts callouts;
  private final AddressSpaceSwitch addressSpaces;
  private @Nullable Personality personality;
  private @Nullable Process init;
  private IntConsumer whenInitEnds = status -> {};

  /** A system without processes. */
  public ProcessSystem(KernelServices services, int processLimit) {
    this.services = services;
    table = new ProcessTable(processLimit);
    memory = new UserMemory(services.cpu().mmu());
    signals = new SignalPost(this);
    delivery = new SignalDelivery(this);
    exit = new Exit(this);
    callouts = new Callouts(services.scheduler(), services.time());
    addressSpaces = new AddressSpaceSwitch(this);
  }

  /** Names the personality of all processes. */
  public void setPersonality(Personality newPersonality) {
    personality = newPersonality;
  }

  /**
   * Takes over the page faults of user code, and the switch of address spaces; who wants to hear of
   * switches too passes them on to {@link #switchListener}.
   */
  public void attach() {
    services.scheduler().setSwitchListener(addressSpaces);
    services.cpu().mmu().setPageFaultHandler(new UserFaultHandler(this));
  }

  /**
   * Makes process 1, which begins by executing a program. Called by a kernel thread or before any
   * runs.
   *
   * @param request what it is to be
   * @param whenEnds called once, by the kernel thread that was process 1, with the {@link
   *     WaitStatus} it ended with; or with an exec failure as the negated error number
   * @return the process
   */
  public Process startInit(InitRequest request, IntConsumer whenEnds) {
    whenInitEnds = whenEnds;
    Process p = Process.first(this, request);
    init = p;
    return p;
  }

  void initEnded(int status) {
    whenInitEnds.accept(status);
  }

  /** Loads the address space of the thread that gets the processor. */
  public SwitchListener switchListener() {
    return addressSpaces;
  }

  // ---- what it is made of ----------------------------------------------------------------------

  /** What it stands on. */
  public KernelServices services() {
    return services;
  }

  /** All processes. */
  public ProcessTable table() {
    return table;
  }

  /** The memory of the process that runs. */
  public UserMemory memory() {
    return memory;
  }

  /** Sends signals. */
  public SignalPost signals() {
    return signals;
  }

  SignalDelivery delivery() {
    return delivery;
  }

  /** Ends threads and processes. */
  public Exit exit() {
    return exit;
  }

  /** Calls things later. */
  public Callouts callouts() {
    return callouts;
  }

  AddressSpaceSwitch addressSpaces() {
    return addressSpaces;
  }

  /** Process 1, once there is one. */
  public @Nullable Process init() {
    return init;
  }

  Personality personality() {
    if (personality == null) {
      throw new KernelPanic("guest code runs, and no personality was named");
    }
    return personality;
  }

  /** The guest thread that runs; null while a daemon does. */
  public @Nullable GuestThread currentOrNull() {
    return services.scheduler().current().owner() instanceof GuestThread t ? t : null;
  }

  /** The guest thread that runs. */
  public GuestThread current() {
    KernelThread self = services.scheduler().current();
    if (self.owner() instanceof GuestThread t) {
      return t;
    }
    throw new KernelPanic("not a guest thread: " + self);
  }

  /** Virtual nanoseconds since the machine started. */
  public long now() {
    return services.time().now();
  }
}
