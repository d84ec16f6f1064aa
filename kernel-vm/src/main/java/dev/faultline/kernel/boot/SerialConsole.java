// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.ConsoleEnd;
import dev.faultline.devices.ConsoleLine;
import dev.faultline.devices.Uart16550;
import dev.faultline.kernel.fs.tty.JobControl;
import dev.faultline.kernel.fs.tty.Tty;
import dev.faultline.kernel.io.SerialDriver;
import dev.faultline.kernel.proc.ProcessGroups;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.proc.SignalInfo;
import java.io.IOException;

/** A terminal of the machine, from the far end on the host to the line discipline in the kernel. */
final class SerialConsole implements AutoCloseable {
  private final ConsoleLine line;
  private final Tty tty;

  /**
   * Puts the parts together; the far end does not work yet.
   *
   * @param index 0 for COM1 and ttyS0, 1 for COM2
   */
  SerialConsole(Machine machine, int index, ConsoleEnd end) {
    Hardware.Serial serial = Hardware.SERIALS.get(index);
    Uart16550 uart = machine.hardware().addSerial(serial);
    line = new ConsoleLine("ttyS" + index, uart, end, machine.hardware().door);
    SerialDriver driver = new SerialDriver(machine.hardware().bus, serial.port());
    machine.interrupts().handle(serial.irq(), driver::interrupt);
    tty = new Tty(machine.scheduler(), machine.clock(), driver, jobControl(machine.processes()));
    line.setListener((columns, rows) -> tty.resize(rows, columns));
    machine.devices().addSerialLine(index, tty);
  }

  private static JobControl jobControl(ProcessSystem processes) {
    return new JobControl() {
      @Override
      public void signalGroup(int processGroup, int signal) {
        processes.signals().postGroup(processGroup, SignalInfo.fromKernel(signal));
      }

      @Override
      public boolean isGroupInSession(int processGroup, int session) {
        return ProcessGroups.isInSession(processes.table(), processGroup, session);
      }
    };
  }

  /** The terminal, for /dev. */
  Tty tty() {
    return tty;
  }

  /**
   * Lets the far end begin.
   *
   * @throws IOException if the host refuses
   */
  void start() throws IOException {
    line.start();
  }

  @Override
  public void close() {
    line.close();
  }
}
