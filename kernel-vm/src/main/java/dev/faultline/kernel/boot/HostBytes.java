// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Words of the host's command line and environment as the guest sees them: strings of bytes. */
final class HostBytes {
  /** How this JVM decoded what the host gave it. */
  private static final Charset HOST =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

  private HostBytes() {}

  /** The bytes of {@code text} as it stood on the host, a character per byte. */
  static String toGuest(String text) {
    return new String(text.getBytes(HOST), StandardCharsets.ISO_8859_1);
  }

  /** A name of the guest's as text of the host. */
  static String toHost(String name) {
    return new String(name.getBytes(StandardCharsets.ISO_8859_1), HOST);
  }
}
