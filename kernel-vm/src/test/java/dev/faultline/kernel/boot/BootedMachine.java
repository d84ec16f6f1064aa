// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A machine of its own process with its console on a telnet port that the host chose. */
final class BootedMachine implements AutoCloseable {
  private static final Pattern ADDRESS = Pattern.compile("telnet (\\S+) (\\d+)");

  private static final int ATTEMPTS = 500;
  private static final long PAUSE_NANOS = 20_000_000;

  private final Process process;
  private final String host;
  private final int port;

  BootedMachine(String... options) throws IOException {
    String[] arguments = new String[options.length + 3];
    arguments[0] = "boot";
    arguments[1] = "--console";
    arguments[2] = "telnet:0";
    System.arraycopy(options, 0, arguments, 3, options.length);
    process = Faultline.builder(arguments).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader errors =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    Matcher address = null;
    for (String line = errors.readLine(); line != null; line = errors.readLine()) {
      seen.append(line).append('\n');
      Matcher m = ADDRESS.matcher(line);
      if (m.find()) {
        address = m;
        break;
      }
    }
    if (address == null) {
      throw new AssertionError("no telnet address was told:\n" + seen);
    }
    host = address.group(1);
    port = Integer.parseInt(address.group(2));
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Resident memory of the process, in KiB. */
  long residentKib() throws IOException {
    for (String line :
        java.nio.file.Files.readAllLines(
            java.nio.file.Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError("no VmRSS");
  }

  /** Processor time the process has used, in nanoseconds. */
  long cpuNanos() {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }

  /** Connects as soon as the client before has been seen to go: until then the server refuses. */
  Session connect() throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      Session session = new Session(new Socket(InetAddress.getByName(host), port));
      if (session.isAccepted()) {
        return session;
      }
      session.close();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new AssertionError("the console stays in use");
  }

  /** Waits until it has ended by itself. */
  void waitFor() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the machine does not end");
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One raw connection: the bytes as they come, telnet's commands among them. */
  static final class Session implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int TRIES = 10;
    private static final int IAC = 0xFF;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final StringBuilder pending = new StringBuilder();

    Session(Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    }

    /** A client that is let in is greeted with telnet's negotiation, another with words. */
    private boolean isAccepted() throws IOException {
      int first = in.read();
      pending.append((char) first);
      return first == IAC;
    }

    void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /**
     * Types a line until {@code text} comes back: what is typed while the hang-up of the client
     * before is still being dealt with is lost, as on every serial line.
     */
    void ask(String line, String text) throws IOException {
      socket.setSoTimeout(PATIENCE_MILLIS / TRIES);
      try {
        for (int i = 1; ; i++) {
          try {
            send("\r\n" + line + "\r\n");
            expect(text);
            return;
          } catch (SocketTimeoutException e) {
            if (i == TRIES) {
              throw e;
            }
          }
        }
      } finally {
        socket.setSoTimeout(PATIENCE_MILLIS);
      }
    }

    /** Reads until {@code text} has come; gives all that came up to its end. */
    String expect(String text) throws IOException {
      byte[] buffer = new byte[4096];
      while (pending.indexOf(text) < 0) {
        int n = in.read(buffer);
        if (n < 0) {
          throw new AssertionError("connection ended before '" + text + "' in: " + pending);
        }
        pending.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      }
      int end = pending.indexOf(text) + text.length();
      String found = pending.substring(0, end);
      pending.delete(0, end);
      return found;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
