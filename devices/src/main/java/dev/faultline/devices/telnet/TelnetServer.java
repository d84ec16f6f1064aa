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
public final class TelnetServer implements ConsoleEnd {
  private static final int RECEIVE_BUFFER = 2048;

  /** Of the host's kernel, in each direction. Small: Ctrl-C cannot call back what is there. */
  private static final int SOCKET_BUFFER = 32 << 10;

  // A peer that has vanished without a word while nothing was under way to it is given up by the
  // host after 20 + 4 * 5 seconds. That must be over before a NOP is under way, since the host
  // then goes by its retransmission limit, which takes a quarter of an hour.
  private static final int KEEPALIVE_SECONDS = 20;
  private static final int KEEPALIVE_INTERVAL_SECONDS = 5;
  private static final int KEEPALIVE_PROBES = 4;

  private final TelnetSettings settings;
  private volatile @Nullable Running running;

  /** What there is from start to close. */
  private record Running(
      MultiThreadIoEventLoopGroup group, EventLoop loop, Channel listener, TelnetClients clients) {}

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
    TelnetClients clients = new TelnetClients(settings, door);
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("telnet-" + door.name(), true), NioIoHandler.newFactory());
    Channel listener;
    try {
      listener = listen(group, clients);
    } catch (IOException e) {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
    running = new Running(group, group.next(), listener, clients);
  }

  @Override
  public void write(byte value) {
    Running r = running;
    if (r != null && r.clients.write(value)) {
      execute(r, r.clients::flush);
    }
  }

  @Override
  public void inputRoomAvailable() {
    Running r = running;
    if (r != null) {
      execute(r, r.clients::resumeInput);
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
    r.loop.submit(() -> r.clients.sayGoodbye(closing)).awaitUninterruptibly();
    long deadline =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TelnetClients.FAREWELL_MILLIS);
    for (Channel c : closing) {
      c.closeFuture().awaitUninterruptibly(Math.max(1, deadline - System.nanoTime()), NANOSECONDS);
    }
    r.group
        .shutdownGracefully(0, TelnetClients.FAREWELL_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(TelnetClients.FAREWELL_MILLIS);
  }

  private static void execute(Running r, Runnable task) {
    try {
      r.loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The loop has ended: there is nobody to send to any more.
    }
  }

  private Channel listen(MultiThreadIoEventLoopGroup group, TelnetClients clients)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
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
                    clients.welcome(channel);
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
}
