// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import dev.faultline.devices.ConsoleLine;
import io.netty.channel.Channel;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who is connected to a telnet server: the owner of the console and those who look on. Lives on the
 * server's event loop, but for {@link #write}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails on a channel closes it (AUTO_CLOSE).
final class TelnetClients implements TelnetSession.Owner {
  /** How long a connection that is to end may take for what was sent to it. */
  static final long FAREWELL_MILLIS = 1_000;

  /** Connections that are being turned away at the same time; more are just closed. */
  private static final int MAX_FAREWELLS = 16;

  private static final int CHUNK = 4096;

  private final TelnetSettings settings;
  private final ConsoleLine.Door door;

  /** Bytes that one who looks on may be behind: the history that it was sent, and a window. */
  private final long watcherPatience;

  private final OutputBuffer output;
  private @Nullable TelnetSession client;
  private String clientAddress = "";
  private final List<TelnetSession> watchers = new ArrayList<>();
  private final byte[] chunk = new byte[CHUNK];
  private boolean flushing;
  private int farewells;

  TelnetClients(TelnetSettings settings, ConsoleLine.Door door) {
    this.settings = settings;
    this.door = door;
    this.watcherPatience = 2L * settings.scrollback() + settings.outputWindow();
    this.output = new OutputBuffer(door, settings.outputWindow(), settings.scrollback());
  }

  /** A byte from the machine, on its thread; true if {@link #flush} must now be called. */
  boolean write(byte value) {
    return output.write(value);
  }

  /** Somebody has connected. */
  void welcome(Channel channel) {
    TelnetSession session;
    if (client != null && watchers.size() >= settings.watchers()) {
      turnAway(channel, "the console " + door.name() + " is in use by " + clientAddress);
      return;
    } else if (client != null) {
      session = new TelnetSession(this, channel, door, true);
      watchers.add(session);
    } else if (door.connected()) {
      session = new TelnetSession(this, channel, door, false);
      client = session;
      clientAddress = address(channel);
    } else {
      turnAway(channel, "the machine behind the console " + door.name() + " does not answer");
      return;
    }
    long probe = settings.probeInterval().toMillis();
    channel.pipeline().addLast(new IdleStateHandler(0, 0, probe, TimeUnit.MILLISECONDS), session);
    channel.closeFuture().addListener(_ -> closed(session));
  }

  private static String address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress peer
        ? peer.getAddress().getHostAddress() + ":" + peer.getPort()
        : "somebody who has just left";
  }

  private void turnAway(Channel channel, String why) {
    if (farewells >= MAX_FAREWELLS) {
      channel.close();
      return;
    }
    farewells++;
    channel.closeFuture().addListener(_ -> farewells--);
    channel.pipeline().addLast(new Farewell("Faultline: " + why + "\r\n", FAREWELL_MILLIS));
  }

  /** The machine has room for input again. */
  void resumeInput() {
    if (client != null) {
      client.resume();
    }
  }

  @Override
  public void opened(TelnetSession session) {
    byte[] missed = session == client ? output.attach() : output.history();
    session.send(missed, missed.length);
  }

  @Override
  public void writable(TelnetSession session) {
    if (session == client) {
      flush();
    }
  }

  private void closed(TelnetSession session) {
    if (session == client) {
      client = null;
      output.detach();
      door.disconnected();
    } else {
      watchers.remove(session);
    }
  }

  /** Sends on what the machine has written, as far as the client takes it. */
  void flush() {
    if (flushing) {
      return; // Sending has made the client writable again; the loop below notices.
    }
    flushing = true;
    while (client == null || client.isWritable()) {
      int n = output.take(chunk);
      if (n == 0) {
        break;
      }
      sendToAll(n);
    }
    flushing = false;
  }

  private void sendToAll(int length) {
    if (client != null) {
      client.send(chunk, length);
    }
    for (TelnetSession w : List.copyOf(watchers)) {
      if (w.bytesBehind() > watcherPatience) {
        w.close();
      } else {
        w.send(chunk, length);
      }
    }
  }

  /** Sends what is left to send and adds the connections that will close after it. */
  void sayGoodbye(List<Channel> closing) {
    flushing = true;
    for (int n = output.take(chunk); n > 0; n = output.take(chunk)) {
      sendToAll(n);
    }
    for (TelnetSession w : List.copyOf(watchers)) {
      closing.add(w.closeWhenSent());
    }
    if (client != null) {
      closing.add(client.closeWhenSent());
    }
  }
}
