// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL;

import dev.faultline.devices.ConsoleEnd;
import dev.faultline.devices.ConsoleLine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A console's end that one can telnet to.
 *
 * <p>The first client owns the console: what it types goes to the machine, and if it does not read,
 * the machine's output waits. Further ones look on, as far as the settings allow, or are turned
 * away with a line that says why; one that looks on and does not keep up is disconnected. With
 * nobody there the output goes to the scrollback, which whoever comes first sees.
 *
 * <p>One event loop thread per server, a daemon, does all network work.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails on a channel closes it (AUTO_CLOSE).
public final class TelnetServer implements ConsoleEnd, TelnetSession.Owner {
  private static final int CHUNK = 4096;
  private static final int RECEIVE_BUFFER = 2048;

  /** Of the host's kernel, in each direction. Small: Ctrl-C cannot call back what is there. */
  private static final int SOCKET_BUFFER = 32 << 10;

  private static final int KEEPALIVE_SECONDS = 60;
  private static final int KEEPALIVE_INTERVAL_SECONDS = 15;
  private static final int KEEPALIVE_PROBES = 4;
  private static final long FAREWELL_MILLIS = 1_000;

  /** Connections that are being turned away at the same time; more are just closed. */
  private static final int MAX_FAREWELLS = 16;

  private final TelnetSettings settings;
  private volatile @Nullable Running running;

  /** What there is from start to close. */
  private record Running(
      MultiThreadIoEventLoopGroup group,
      EventLoop loop,
      Channel listener,
      ConsoleLine.Door door,
      OutputBuffer output) {}

  // The event loop's.
  private @Nullable TelnetSession client;
  private String clientAddress = "";
  private final List<TelnetSession> watchers = new ArrayList<>();
  private final byte[] chunk = new byte[CHUNK];
  private int farewells;

  /** A server that does not listen yet. */
  public TelnetServer(TelnetSettings settings) {
    this.settings = settings;
  }

  /** The port that it listens on. */
  public int port() {
    Running r = running;
    if (r == null) {
      throw new IllegalStateException("the telnet server has not been started");
    }
    return ((InetSocketAddress) r.listener.localAddress()).getPort();
  }

  // ---- console end ---------------------------------------------------------------------------

  @Override
  public int outputWindow() {
    return settings.outputWindow();
  }

  @Override
  public void start(ConsoleLine.Door door) throws IOException {
    OutputBuffer output = new OutputBuffer(door, settings.outputWindow(), settings.scrollback());
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("telnet-" + door.name(), true), NioIoHandler.newFactory());
    Channel listener;
    try {
      listener = listen(group);
    } catch (IOException e) {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
    Running r = new Running(group, group.next(), listener, door, output);
    running = r;
    listener.config().setAutoRead(true);
  }

  @Override
  public void write(byte value) {
    Running r = running;
    if (r != null && r.output.write(value)) {
      execute(r, () -> flush(r));
    }
  }

  @Override
  public void inputRoomAvailable() {
    Running r = running;
    if (r != null) {
      execute(r, this::resumeInput);
    }
  }

  @Override
  public void close() {
    Running r = running;
    if (r == null) {
      return;
    }
    running = null;
    r.listener.close().awaitUninterruptibly();
    List<Channel> closing = new ArrayList<>();
    r.loop.submit(() -> sayGoodbye(r, closing)).awaitUninterruptibly();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FAREWELL_MILLIS);
    for (Channel c : closing) {
      c.closeFuture().awaitUninterruptibly(Math.max(1, deadline - System.nanoTime()), NANOSECONDS);
    }
    r.group
        .shutdownGracefully(0, FAREWELL_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(FAREWELL_MILLIS);
  }

  private static void execute(Running r, Runnable task) {
    try {
      r.loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The loop has ended: there is nobody to send to any more.
    }
  }

  private Channel listen(MultiThreadIoEventLoopGroup group) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            // Nobody is let in before the server is complete.
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(NioChannelOption.of(TCP_KEEPIDLE), KEEPALIVE_SECONDS)
            .childOption(NioChannelOption.of(TCP_KEEPINTERVAL), KEEPALIVE_INTERVAL_SECONDS)
            .childOption(NioChannelOption.of(TCP_KEEPCOUNT), KEEPALIVE_PROBES)
            .childOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(RECEIVE_BUFFER).maxMessagesPerRead(1))
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(settings.outputWindow() / 2, settings.outputWindow()))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    Running r = running;
                    if (r != null) {
                      welcome(channel, r);
                    } else {
                      channel.close();
                    }
                  }
                });
    ChannelFuture bound = bootstrap.bind(settings.host(), settings.port()).awaitUninterruptibly();
    Throwable cause = bound.cause();
    if (cause != null) {
      throw new IOException(
          "cannot listen for telnet on "
              + settings.host()
              + ":"
              + settings.port()
              + ": "
              + cause.getMessage(),
          cause);
    }
    return bound.channel();
  }

  // ---- on the event loop ---------------------------------------------------------------------

  private void welcome(Channel channel, Running r) {
    InetSocketAddress peer = (InetSocketAddress) channel.remoteAddress();
    TelnetSession session;
    if (client != null && watchers.size() >= settings.watchers()) {
      turnAway(channel, "the console " + r.door.name() + " is in use by " + clientAddress);
      return;
    } else if (client != null) {
      session = new TelnetSession(this, channel, r.door, true);
      watchers.add(session);
    } else if (r.door.connected()) {
      session = new TelnetSession(this, channel, r.door, false);
      client = session;
      clientAddress = peer.getAddress().getHostAddress() + ":" + peer.getPort();
    } else {
      turnAway(channel, "the machine behind the console " + r.door.name() + " does not answer");
      return;
    }
    long probe = settings.probeInterval().toMillis();
    channel.pipeline().addLast(new IdleStateHandler(probe, 0, 0, TimeUnit.MILLISECONDS), session);
    channel.closeFuture().addListener(_ -> closed(session, r));
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

  private void resumeInput() {
    if (client != null) {
      client.resume();
    }
  }

  @Override
  public void opened(TelnetSession session) {
    Running r = running;
    if (r != null) {
      byte[] missed = session == client ? r.output.attach() : r.output.history();
      session.send(missed, missed.length);
    }
  }

  @Override
  public void writable(TelnetSession session) {
    Running r = running;
    if (r != null && session == client) {
      flush(r);
    }
  }

  private void closed(TelnetSession session, Running r) {
    if (session == client) {
      client = null;
      r.output.detach();
      r.door.disconnected();
    } else {
      watchers.remove(session);
    }
  }

  /** Sends on what the machine has written, as far as the client takes it. */
  private void flush(Running r) {
    while (client == null || client.isWritable()) {
      int n = r.output.take(chunk);
      if (n == 0) {
        break;
      }
      sendToAll(n);
    }
  }

  private void sendToAll(int length) {
    if (client != null) {
      client.send(chunk, length);
    }
    for (TelnetSession w : List.copyOf(watchers)) {
      if (w.isWritable()) {
        w.send(chunk, length);
      } else {
        w.close();
      }
    }
  }

  private void sayGoodbye(Running r, List<Channel> closing) {
    for (int n = r.output.take(chunk); n > 0; n = r.output.take(chunk)) {
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
