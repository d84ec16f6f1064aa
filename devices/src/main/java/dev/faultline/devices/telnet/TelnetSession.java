// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import dev.faultline.devices.ConsoleLine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One telnet connection: negotiates, decodes what comes in, encodes what goes out. Lives on the
 * server's event loop.
 *
 * <p>Input is read only as far as the machine has room for it, and replies to the peer are made
 * only as far as it reads them; the rest stays in the peer's socket. So a connection needs a
 * bounded amount of memory whatever the peer does.
 *
 * <p>Commands for the machine: BRK is a break; IP is Ctrl-C, EC is DEL, EL is Ctrl-U, EOF is
 * Ctrl-D, SUSP is Ctrl-Z, ABORT is Ctrl-\. AYT is answered here.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails on a channel closes it (AUTO_CLOSE).
final class TelnetSession extends ChannelInboundHandlerAdapter implements TelnetDecoder.Sink {
  /** What the session tells its server. */
  interface Owner {
    /** The negotiation has been opened: what the peer has missed may follow. */
    void opened(TelnetSession session);

    /** The connection takes output again after it had not. */
    void writable(TelnetSession session);
  }

  private static final int CTRL_C = 3;
  private static final int CTRL_D = 4;
  private static final int CTRL_U = 21;
  private static final int CTRL_Z = 26;
  private static final int CTRL_BACKSLASH = 28;
  private static final int DELETE = 127;
  private static final int MAX_TERMINAL_TYPE = 40;
  private static final System.Logger LOG = System.getLogger(TelnetSession.class.getName());

  private final Owner owner;
  private final Channel channel;
  private final ConsoleLine.Door door;
  private final boolean watcher;
  private final TelnetDecoder decoder = new TelnetDecoder(this);
  private final TelnetEncoder encoder = new TelnetEncoder();

  private final TelnetOption weEcho = new TelnetOption(true);
  private final TelnetOption weSuppressGoAhead = new TelnetOption(true);
  private final TelnetOption weSendBinary = new TelnetOption(true);
  private final TelnetOption theySuppressGoAhead = new TelnetOption(true);
  private final TelnetOption theySendBinary = new TelnetOption(true);
  private final TelnetOption theyTellTerminalType = new TelnetOption(true);
  private final TelnetOption theyTellWindowSize = new TelnetOption(true);

  /** What has come in and could not be given on yet. */
  private @Nullable ByteBuf backlog;

  private boolean processing;
  private boolean repliesBlocked;
  private boolean terminalTypeAsked;

  /**
   * A session on a connection that is open.
   *
   * @param watcher true if what the peer types is to be ignored
   */
  TelnetSession(Owner owner, Channel channel, ConsoleLine.Door door, boolean watcher) {
    this.owner = owner;
    this.channel = channel;
    this.door = door;
    this.watcher = watcher;
  }

  /** True if the peer keeps up with what is sent to it. */
  boolean isWritable() {
    return channel.isWritable();
  }

  /** Bytes that have been sent and not been taken by the host, as far as they are too many. */
  long bytesBehind() {
    return channel.bytesBeforeWritable();
  }

  /** Sends bytes of the machine's. */
  void send(byte[] bytes, int length) {
    ByteBuf out = channel.alloc().buffer(length + length / 8 + 16);
    encoder.encode(bytes, length, out);
    channel.writeAndFlush(out);
  }

  /** Goes on with input that had to wait. */
  void resume() {
    if (backlog != null) {
      process();
    }
  }

  /** Closes the connection when what has been sent is out. */
  Channel closeWhenSent() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    return channel;
  }

  /** Closes the connection. */
  void close() {
    channel.close();
  }

  // ---- from the channel ----------------------------------------------------------------------

  /** Opens the negotiation: character at a time, eight bits, screen size, terminal type. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    say(Telnet.WILL, Telnet.OPTION_ECHO, weEcho.ask());
    say(Telnet.WILL, Telnet.OPTION_SUPPRESS_GO_AHEAD, weSuppressGoAhead.ask());
    say(Telnet.DO, Telnet.OPTION_SUPPRESS_GO_AHEAD, theySuppressGoAhead.ask());
    say(Telnet.WILL, Telnet.OPTION_BINARY, weSendBinary.ask());
    say(Telnet.DO, Telnet.OPTION_BINARY, theySendBinary.ask());
    say(Telnet.DO, Telnet.OPTION_WINDOW_SIZE, theyTellWindowSize.ask());
    say(Telnet.DO, Telnet.OPTION_TERMINAL_TYPE, theyTellTerminalType.ask());
    channel.flush();
    owner.opened(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (backlog == null) {
      backlog = in;
    } else {
      backlog = Unpooled.wrappedBuffer(backlog, in);
    }
    releaseBacklogIfRead();
    process();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      owner.writable(this);
      repliesBlocked = false;
      resume();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (backlog != null) {
      backlog.release();
      backlog = null;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent && channel.isWritable()) {
      reply(Telnet.IAC, Telnet.NOP);
      channel.flush();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(System.Logger.Level.DEBUG, "telnet connection of " + door.name() + " broke", cause);
    context.close();
  }

  private void process() {
    if (processing) {
      return; // A flush below has made the channel writable; the loop notices.
    }
    processing = true;
    do {
      while (backlog != null && mayDecode()) {
        decoder.decode(backlog.readByte() & 0xFF);
        releaseBacklogIfRead();
      }
      channel.flush();
    } while (backlog != null && mayDecode());
    processing = false;
    channel.config().setAutoRead(backlog == null);
  }

  private void releaseBacklogIfRead() {
    if (backlog != null && !backlog.isReadable()) {
      backlog.release();
      backlog = null;
    }
  }

  private boolean mayDecode() {
    return !repliesBlocked && (watcher || door.inputRoom() > 0);
  }

  // ---- from the decoder ----------------------------------------------------------------------

  @Override
  public void data(int value) {
    if (!watcher) {
      door.received((byte) value);
    }
  }

  @Override
  public void command(int command) {
    switch (command) {
      case Telnet.BREAK -> {
        if (!watcher) {
          door.breakReceived();
        }
      }
      case Telnet.INTERRUPT_PROCESS -> data(CTRL_C);
      case Telnet.ERASE_CHARACTER -> data(DELETE);
      case Telnet.ERASE_LINE -> data(CTRL_U);
      case Telnet.EOF -> data(CTRL_D);
      case Telnet.SUSP -> data(CTRL_Z);
      case Telnet.ABORT -> data(CTRL_BACKSLASH);
      case Telnet.ARE_YOU_THERE ->
          reply(
              Unpooled.copiedBuffer(
                  "\r\n[" + door.name() + ": yes]\r\n", StandardCharsets.US_ASCII));
      default -> {
        // NOP, go ahead, the data mark, abort output, and what nobody has defined.
      }
    }
  }

  @Override
  public void negotiate(int verb, int option) {
    boolean ours = verb == Telnet.DO || verb == Telnet.DONT;
    boolean yes = verb == Telnet.DO || verb == Telnet.WILL;
    TelnetOption o = ours ? ourOption(option) : theirOption(option);
    TelnetOption.Answer answer;
    if (o != null) {
      answer = yes ? o.heardYes() : o.heardNo();
    } else {
      answer = yes ? TelnetOption.Answer.NO : TelnetOption.Answer.NOTHING;
    }
    say(ours ? Telnet.WILL : Telnet.DO, option, answer);
    encoder.setBinary(weSendBinary.isOn());
    decoder.setBinary(theySendBinary.isOn());
    if (option == Telnet.OPTION_TERMINAL_TYPE
        && theyTellTerminalType.isOn()
        && !terminalTypeAsked) {
      terminalTypeAsked = true;
      reply(
          Telnet.IAC,
          Telnet.SB,
          Telnet.OPTION_TERMINAL_TYPE,
          Telnet.TERMINAL_TYPE_SEND,
          Telnet.IAC,
          Telnet.SE);
    }
  }

  @Override
  public void subnegotiation(int option, byte[] parameters, int length) {
    if (watcher) {
      return;
    }
    if (option == Telnet.OPTION_WINDOW_SIZE && theyTellWindowSize.isOn() && length == 4) {
      int columns = (parameters[0] & 0xFF) << 8 | parameters[1] & 0xFF;
      int rows = (parameters[2] & 0xFF) << 8 | parameters[3] & 0xFF;
      if (columns > 0 && rows > 0) {
        door.windowSize(columns, rows);
      }
    } else if (option == Telnet.OPTION_TERMINAL_TYPE
        && theyTellTerminalType.isOn()
        && length > 1
        && parameters[0] == Telnet.TERMINAL_TYPE_IS) {
      String name = new String(parameters, 1, length - 1, StandardCharsets.ISO_8859_1);
      if (name.length() <= MAX_TERMINAL_TYPE && name.chars().allMatch(c -> c > ' ' && c < 127)) {
        door.terminalType(name.toLowerCase(Locale.ROOT)); // Case means nothing in RFC 1091.
      }
    }
  }

  private @Nullable TelnetOption ourOption(int option) {
    return switch (option) {
      case Telnet.OPTION_ECHO -> weEcho;
      case Telnet.OPTION_SUPPRESS_GO_AHEAD -> weSuppressGoAhead;
      case Telnet.OPTION_BINARY -> weSendBinary;
      default -> null;
    };
  }

  private @Nullable TelnetOption theirOption(int option) {
    return switch (option) {
      case Telnet.OPTION_SUPPRESS_GO_AHEAD -> theySuppressGoAhead;
      case Telnet.OPTION_BINARY -> theySendBinary;
      case Telnet.OPTION_TERMINAL_TYPE -> theyTellTerminalType;
      case Telnet.OPTION_WINDOW_SIZE -> theyTellWindowSize;
      default -> null;
    };
  }

  // ---- replies -------------------------------------------------------------------------------

  /** Sends the positive verb, or the negative one, which in both cases is the next number. */
  private void say(int positiveVerb, int option, TelnetOption.Answer answer) {
    switch (answer) {
      case YES -> reply(Telnet.IAC, positiveVerb, option);
      case NO -> reply(Telnet.IAC, positiveVerb + 1, option);
      case NOTHING -> {
        // Then nothing.
      }
    }
  }

  private void reply(int... bytes) {
    ByteBuf out = channel.alloc().buffer(bytes.length);
    for (int b : bytes) {
      out.writeByte(b);
    }
    reply(out);
  }

  private void reply(ByteBuf out) {
    channel.write(out);
    repliesBlocked |= !channel.isWritable();
  }
}
