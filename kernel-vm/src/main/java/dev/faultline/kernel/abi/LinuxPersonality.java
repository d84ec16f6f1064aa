// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.Cpu;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Personality;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.proc.SignalAction;
import dev.faultline.kernel.proc.SignalInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Linux on i386, as programs see it: dispatches system calls and builds signal frames. */
public final class LinuxPersonality implements Personality {
  private static final int LAST_ERRNO = 4095;

  private final SystemCallTable table = new SystemCallTable();
  private final SignalFrame frames;
  private final Futexes futexes;
  private @Nullable SystemCallTrace trace;
  private @Nullable Runnable afterCall;

  /** The personality of a system's processes; {@code system} is told with setPersonality. */
  public LinuxPersonality(ProcessSystem system) {
    frames = new SignalFrame(system.memory());
    futexes = new Futexes(system);
    new LinuxCalls(system, futexes, frames).fill(table);
  }

  /** Has every call told; null ends it. */
  public void setTrace(@Nullable SystemCallTrace newTrace) {
    trace = newTrace;
  }

  /** Has something done after every call that returns, such as a check; null ends it. */
  public void setAfterCall(@Nullable Runnable action) {
    afterCall = action;
  }

  /** The calls that are served: "number name/arguments" each. */
  public List<String> calls() {
    return table.all().stream()
        .map(c -> c.number() + " " + c.name() + "/" + c.arguments())
        .toList();
  }

  SystemCallTable table() {
    return table;
  }

  @Override
  public void systemCall(GuestThread t) {
    Cpu cpu = t.cpu();
    int number = cpu.get(Cpu.EAX);
    SystemCall call = table.get(number);
    if (call == null) {
      cpu.set(Cpu.EAX, -Errno.ENOSYS);
      tell(t, null, number, new int[0], -Errno.ENOSYS);
      return;
    }
    int ebx = cpu.get(Cpu.EBX);
    int ecx = cpu.get(Cpu.ECX);
    int edx = cpu.get(Cpu.EDX);
    int esi = cpu.get(Cpu.ESI);
    int edi = cpu.get(Cpu.EDI);
    int ebp = cpu.get(Cpu.EBP);
    int result = call.handler().call(t, ebx, ecx, edx, esi, edi, ebp);
    if (number == LinuxCalls.SIGRETURN || number == LinuxCalls.RT_SIGRETURN) {
      // The registers are those of the frame; EAX may well look like an error.
      cpu.set(Cpu.EAX, result);
    } else if (result == -Errno.ERESTARTSYS || result == -Errno.ERESTARTNOHAND) {
      t.interruptCall(number, result == -Errno.ERESTARTSYS);
      cpu.set(Cpu.EAX, -Errno.EINTR);
    } else {
      cpu.set(Cpu.EAX, result);
    }
    t.callEnded();
    if (trace != null) {
      tell(t, call, number, new int[] {ebx, ecx, edx, esi, edi, ebp}, result);
    }
    if (afterCall != null) {
      afterCall.run();
    }
  }

  private void tell(
      GuestThread t, @Nullable SystemCall call, int number, int[] arguments, int result) {
    SystemCallTrace to = trace;
    if (to == null) {
      return;
    }
    StringBuilder line = new StringBuilder();
    line.append(t.tid()).append(' ').append(call == null ? "call " + number : call.name());
    line.append('(');
    for (int i = 0; call != null && i < call.arguments(); i++) {
      line.append(i == 0 ? "" : ", ").append(number(arguments[i]));
    }
    boolean failed = result < 0 && result >= -LAST_ERRNO;
    line.append(") = ").append(failed ? Integer.toString(result) : number(result));
    to.line(line.toString());
  }

  private static String number(int value) {
    return value >= -LAST_ERRNO && value < 10_000
        ? Integer.toString(value)
        : String.format("0x%x", value);
  }

  @Override
  public boolean enterHandler(GuestThread t, SignalInfo info, SignalAction action, long mask) {
    return frames.enter(t, info, action, mask);
  }

  @Override
  public void threadExits(GuestThread t) {
    futexes.threadExits(t);
  }
}
