// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The cable between a UART and a console's end on the host, with flow control in both directions.
 *
 * <p>Towards the host the line has a window: every byte sent uses it up, and what the end reports
 * as drained, through the door, opens it again. A closed window keeps the UART's transmitter full.
 * Towards the machine the end may have so many bytes under way, until the UART has taken them. So
 * both directions are bounded, nothing is lost, and what the machine can observe changes only by
 * events that came through the door. What is typed before a driver has raised DTR waits for it.
 *
 * <p>For the machine's thread, but for the {@link Door}.
 */
public final class ConsoleLine implements SerialLine, AutoCloseable {
  /** Bytes that may be under way to the UART. */
  public static final int INPUT_WINDOW = 256;

  private static final int BREAK = 0x100;

  /** Hears what a UART has no register for. On the machine's thread. */
  public interface Listener {
    /** The far end's screen has this size now, in characters. */
    void windowSize(int columns, int rows);

    /** The far end is this kind of terminal, as in {@code TERM}. */
    default void terminalType(String name) {}
  }

  private final Uart16550 uart;
  private final ConsoleEnd end;
  private final Door door;
  private int outputWindow;

  /** A ring of bytes (0 to 255) and breaks, in the order in which they came. */
  private final int[] input = new int[INPUT_WINDOW];

  private int inputHead;
  private int inputSize;
  private Listener listener = (columns, rows) -> {};

  /**
   * Plugs an end into a UART.
   *
   * @param name what people call it, for instance {@code ttyS0}
   */
  public ConsoleLine(String name, Uart16550 uart, ConsoleEnd end, ExternalInput external) {
    this.uart = uart;
    this.end = end;
    this.outputWindow = end.outputWindow();
    this.door = new Door(external.addSource(name, this::receive), end);
    uart.connect(this);
  }

  /**
   * Starts the end.
   *
   * @throws IOException if the host refuses; the message is for the user
   */
  public void start() throws IOException {
    end.start(door);
  }

  /** Names who hears of the screen's size. */
  public void setListener(Listener newListener) {
    listener = newListener;
  }

  @Override
  public boolean canAccept() {
    return outputWindow > 0;
  }

  @Override
  public void send(byte value) {
    if (outputWindow != ConsoleEnd.UNLIMITED) {
      outputWindow--;
    }
    end.write(value);
  }

  @Override
  public void receiverReady() {
    int taken = 0;
    while (inputSize > 0 && uart.canReceive()) {
      int next = input[inputHead];
      inputHead = (inputHead + 1) % INPUT_WINDOW;
      inputSize--;
      taken++;
      if (next == BREAK) {
        uart.receiveBreak();
      } else {
        uart.receive((byte) next);
      }
    }
    door.release(taken);
  }

  @Override
  public void close() {
    end.close();
  }

  private void receive(ExternalEvent event) {
    switch (event) {
      case ExternalEvent.Received r -> enqueue(r.value() & 0xFF);
      case ExternalEvent.BreakReceived b -> enqueue(BREAK);
      case ExternalEvent.OutputDrained d -> {
        outputWindow += d.bytes();
        uart.lineReady();
      }
      case ExternalEvent.Carrier c -> uart.setCarrier(c.present());
      case ExternalEvent.WindowSize w -> {
        door.release(1);
        listener.windowSize(w.columns(), w.rows());
      }
      case ExternalEvent.TerminalType t -> {
        door.release(1);
        listener.terminalType(t.name());
      }
      case ExternalEvent.HostTime t -> {
        // Not a line's business.
      }
    }
  }

  private void enqueue(int item) {
    input[(inputHead + inputSize++) % INPUT_WINDOW] = item;
    receiverReady();
  }

  /**
   * What a console's end posts through. For any thread, one at a time; each of {@link #received},
   * {@link #breakReceived}, {@link #windowSize} and {@link #terminalType} uses up one of {@link
   * #inputRoom} and may be called only while there is some.
   */
  public static final class Door {
    private final ExternalInput.Source source;
    private final ConsoleEnd end;
    private final AtomicInteger room = new AtomicInteger(INPUT_WINDOW);

    private Door(ExternalInput.Source source, ConsoleEnd end) {
      this.source = source;
      this.end = end;
    }

    /** The line's name. */
    public String name() {
      return source.name();
    }

    /** How many more events may be posted before the machine has taken some. */
    public int inputRoom() {
      return room.get();
    }

    /** A byte for the machine. */
    public void received(byte value) {
      use(new ExternalEvent.Received(value));
    }

    /** A break for the machine. */
    public void breakReceived() {
      use(new ExternalEvent.BreakReceived());
    }

    /** The size of the screen, in characters. */
    public void windowSize(int columns, int rows) {
      use(new ExternalEvent.WindowSize(columns, rows));
    }

    /** The kind of terminal: printable ASCII, at most 40 characters. */
    public void terminalType(String name) {
      use(new ExternalEvent.TerminalType(name));
    }

    /**
     * Somebody has come: carrier goes up.
     *
     * @return false, and nothing happens, if the machine has not taken notice of many earlier
     *     comings and goings; the newcomer is to be turned away
     */
    public boolean connected() {
      return source.post(new ExternalEvent.Carrier(true));
    }

    /** Whoever had come is gone: carrier goes down. Once for each {@link #connected}. */
    public void disconnected() {
      source.postBounded(new ExternalEvent.Carrier(false));
    }

    /** So many bytes that had been written are out: the window opens by that. */
    public void drained(int bytes) {
      source.postBounded(new ExternalEvent.OutputDrained(bytes));
    }

    private void use(ExternalEvent event) {
      if (room.getAndDecrement() <= 0) {
        room.getAndIncrement();
        throw new IllegalStateException("line " + name() + " was given more than it has room for");
      }
      source.postBounded(event);
    }

    private void release(int count) {
      int before = room.getAndAdd(count);
      if (before < INPUT_WINDOW / 2 && before + count >= INPUT_WINDOW / 2) {
        end.inputRoomAvailable();
      }
    }
  }
}
