// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A socket that speaks no telnet: what a test writes is what is sent. */
final class RawClient implements AutoCloseable {
  /** What the server says first. */
  static final String OPENING = "fffb01fffb03fffd03fffb00fffd00fffd1ffffd18";

  private final Socket socket = new Socket();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private volatile boolean ended;

  /** One that does not read before {@link #startReading}. */
  RawClient(int port, int receiveBuffer) throws IOException {
    socket.setReceiveBufferSize(receiveBuffer);
    socket.setSendBufferSize(64 << 10);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** One that reads all the time. */
  static RawClient connect(int port) throws IOException {
    RawClient c = new RawClient(port, 64 << 10);
    c.startReading();
    return c;
  }

  /** One that comes again until the one before has been found to be gone. */
  static RawClient connectWhenFree(int port) throws IOException {
    while (true) {
      RawClient c = connect(port);
      await().until(() -> c.isEnded() || c.bytes().length >= OPENING.length() / 2);
      if (c.hex().startsWith(OPENING)) {
        return c;
      }
      c.close();
    }
  }

  void startReading() {
    Thread.ofPlatform().daemon().start(this::read);
  }

  private void read() {
    byte[] buffer = new byte[4096];
    try {
      for (int n = socket.getInputStream().read(buffer); n >= 0; ) {
        synchronized (received) {
          received.write(buffer, 0, n);
        }
        n = socket.getInputStream().read(buffer);
      }
    } catch (IOException e) {
      // The connection has been reset: also an end.
    }
    ended = true;
  }

  /** Sends bytes given in hexadecimal. */
  void sendHex(String hex) throws IOException {
    send(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  byte[] bytes() {
    synchronized (received) {
      return received.toByteArray();
    }
  }

  String hex() {
    return HexFormat.of().formatHex(bytes());
  }

  /** All that has been received, one char a byte. */
  String text() {
    return new String(bytes(), StandardCharsets.ISO_8859_1);
  }

  boolean isEnded() {
    return ended;
  }

  void awaitHex(String expected) {
    await()
        .untilAsserted(
            () ->
                org.assertj.core.api.Assertions.assertThat(hex())
                    .isEqualTo(expected.replace(" ", "")));
  }

  void awaitText(String part) {
    await().until(() -> text().contains(part));
  }

  /** Agrees to everything that the server has offered, and waits until it knows. */
  void agree() throws IOException {
    sendHex("fffd01 fffd03 fffb03 fffd00 fffb00 fffb1f fffb18");
    await().until(() -> hex().endsWith("fffa1801fff0"));
  }

  /** Closes in the normal way. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
