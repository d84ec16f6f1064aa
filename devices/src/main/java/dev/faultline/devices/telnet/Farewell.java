// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Tells a client why it is turned away and sees it off. The connection is closed when the client
 * has closed its side, or a little later: closing at once, with input unread, would reset it and
 * lose the message.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails on a channel closes it (AUTO_CLOSE).
final class Farewell extends ChannelInboundHandlerAdapter {
  private final String message;
  private final long patienceMillis;

  Farewell(String message, long patienceMillis) {
    this.message = message;
    this.patienceMillis = patienceMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    SocketChannel channel = (SocketChannel) context.channel();
    channel
        .writeAndFlush(Unpooled.copiedBuffer(message, StandardCharsets.US_ASCII))
        .addListener(_ -> channel.shutdownOutput());
    channel.eventLoop().schedule(() -> channel.close(), patienceMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
