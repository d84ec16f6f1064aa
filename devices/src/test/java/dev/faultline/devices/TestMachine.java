// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/**
 * A machine with serial ports and no processor: one thread that sleeps at the door and then does
 * what a driver would. Tests talk to it from outside.
 */
public final class TestMachine implements AutoCloseable {
  static {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
  }

  private final VirtualClock clock = new VirtualClock();
  private final EventQueue events = new EventQueue();
  private final ExternalInput external = new ExternalInput(clock, 1024);
  private final List<Port> ports = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "machine");
  private volatile boolean stop;

  /** Adds a port with this end. */
  public Port add(ConsoleEnd end) {
    Port p = new Port("ttyS" + ports.size(), end);
    ports.add(p);
    return p;
  }

  /** Starts the ends and the machine. */
  public void start() throws IOException {
    for (Port p : ports) {
      p.line.start();
    }
    thread.start();
  }

  /** What a host would do to stop it: everything that was sent is out afterwards. */
  @Override
  public void close() {
    stop = true;
    external.wakeUp();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Port p : ports) {
      p.line.close();
    }
  }

  private void run() {
    while (!stop) {
      external.waitForInput(Long.MAX_VALUE);
      external.deliver();
      for (Port p : ports) {
        p.drive();
      }
    }
  }

  /** A serial port and its driver. */
  public final class Port {
    private final Uart16550 uart;
    private final ConsoleLine line;
    private final List<Byte> received = new ArrayList<>();
    private byte[] output = {};
    private int outputDone;

    /** Bytes sent so far. */
    public final AtomicLong sent = new AtomicLong();

    /** Breaks that have come in. */
    public final AtomicInteger breaks = new AtomicInteger();

    /** What has been heard of screens and terminals: {@code "80x24"}, {@code "xterm"}. */
    public final List<String> heard = new CopyOnWriteArrayList<>();

    /** DCD. */
    public volatile boolean carrier;

    /** True if the driver sends back what it receives. */
    public volatile boolean echo;

    /** True if the driver does not read. */
    public volatile boolean deaf;

    private Port(String name, ConsoleEnd end) {
      uart = new Uart16550(clock, events, _ -> {}, Uart16550.Timing.INSTANT);
      line = new ConsoleLine(name, uart, end, external);
      line.setListener(
          new ConsoleLine.Listener() {
            @Override
            public void windowSize(int columns, int rows) {
              heard.add(columns + "x" + rows);
            }

            @Override
            public void terminalType(String terminal) {
              heard.add(terminal);
            }
          });
      uart.out(3, 0x03);
      uart.out(4, 0x0B);
      uart.out(2, 0x07);
    }

    private void drive() {
      carrier = (uart.in(6) & 0x80) != 0;
      int status = uart.in(5);
      while (!deaf && (status & 0x01) != 0) {
        byte b = (byte) uart.in(0);
        if ((status & 0x10) != 0) {
          breaks.incrementAndGet();
        } else {
          synchronized (this) {
            received.add(b);
          }
          if (echo) {
            uart.out(0, b);
          }
        }
        status = uart.in(5);
      }
      synchronized (this) {
        while (outputDone < output.length && (uart.in(5) & 0x20) != 0) {
          uart.out(0, output[outputDone++] & 0xFF);
          sent.incrementAndGet();
        }
      }
    }

    /** Sends bytes, as fast as the line takes them; what was sent before must be out. */
    public void send(byte[] bytes) {
      synchronized (this) {
        if (outputDone < output.length) {
          throw new IllegalStateException("still sending");
        }
        output = bytes;
        outputDone = 0;
      }
      external.wakeUp();
    }

    /** Sends text. */
    public void send(String text) {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** True if everything has been handed to the line. */
    public synchronized boolean isSent() {
      return outputDone == output.length;
    }

    /** Makes the driver read again. */
    public void listen() {
      deaf = false;
      external.wakeUp();
    }

    /** What has come in, one char a byte. */
    public synchronized String received() {
      StringBuilder s = new StringBuilder();
      for (byte b : received) {
        s.append((char) (b & 0xFF));
      }
      return s.toString();
    }
  }
}
