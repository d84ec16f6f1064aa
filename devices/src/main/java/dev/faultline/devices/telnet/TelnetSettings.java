// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import java.time.Duration;

/**
 * How a telnet server is set up.
 *
 * @param host name or address to bind to
 * @param port to bind to; 0 for one that the host chooses
 * @param watchers how many clients beside the first may look on; with 0 a second one is refused
 * @param scrollback bytes of output that are kept for a client who comes late
 * @param outputWindow bytes that wait for a client who does not read before the UART's transmitter
 *     stays full
 * @param probeInterval after so long without traffic the client is sent a NOP, which a host that no
 *     longer knows the connection answers by resetting it
 */
public record TelnetSettings(
    String host, int port, int watchers, int scrollback, int outputWindow, Duration probeInterval) {
  /** Only this host's own users can connect. */
  public static final String LOOPBACK = "127.0.0.1";

  /** Checks the values. */
  public TelnetSettings {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + " is not 0 to 65535");
    }
    if (watchers < 0 || scrollback < 1 || outputWindow < 1024) {
      throw new IllegalArgumentException(
          "watchers " + watchers + ", scrollback " + scrollback + ", window " + outputWindow);
    }
  }

  /** The defaults on a port of the loopback address: 64 KiB to scroll back, no watchers. */
  public static TelnetSettings onPort(int port) {
    return new TelnetSettings(LOOPBACK, port, 0, 64 << 10, 16 << 10, Duration.ofSeconds(60));
  }

  /** The same on another address; anybody who can reach it owns the console. */
  public TelnetSettings withHost(String newHost) {
    return new TelnetSettings(newHost, port, watchers, scrollback, outputWindow, probeInterval);
  }

  /** The same with so many watchers. */
  public TelnetSettings withWatchers(int count) {
    return new TelnetSettings(host, port, count, scrollback, outputWindow, probeInterval);
  }

  /** The same with so many bytes of scrollback. */
  public TelnetSettings withScrollback(int bytes) {
    return new TelnetSettings(host, port, watchers, bytes, outputWindow, probeInterval);
  }

  /** The same with another time between probes. */
  public TelnetSettings withProbeInterval(Duration interval) {
    return new TelnetSettings(host, port, watchers, scrollback, outputWindow, interval);
  }
}
