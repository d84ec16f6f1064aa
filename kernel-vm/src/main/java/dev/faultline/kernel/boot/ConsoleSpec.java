// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.telnet.TelnetSettings;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where a console's far end is: {@code stdio}, {@code telnet:[HOST:]PORT} or {@code file:PATH}. */
sealed interface ConsoleSpec {
  /** The terminal of this process. */
  record Stdio() implements ConsoleSpec {}

  /** A telnet server. */
  record Telnet(String host, int port) implements ConsoleSpec {}

  /** A file that takes the output; there is no input. */
  record File(Path path) implements ConsoleSpec {}

  /** Parses the text form. */
  final class Converter implements ITypeConverter<ConsoleSpec> {
    private static final int MAX_PORT = 65_535;

    @Override
    public ConsoleSpec convert(String text) {
      int colon = text.indexOf(':');
      String kind = colon < 0 ? text : text.substring(0, colon);
      String rest = colon < 0 ? "" : text.substring(colon + 1);
      return switch (kind) {
        case "stdio" -> {
          if (!rest.isEmpty()) {
            throw malformed(text);
          }
          yield new Stdio();
        }
        case "telnet" -> telnet(text, rest);
        case "file" -> {
          if (rest.isEmpty()) {
            throw malformed(text);
          }
          yield new File(Path.of(rest));
        }
        default -> throw malformed(text);
      };
    }

    private static Telnet telnet(String text, String rest) {
      int colon = rest.lastIndexOf(':');
      String host = colon < 0 ? TelnetSettings.LOOPBACK : rest.substring(0, colon);
      try {
        int port = Integer.parseInt(rest.substring(colon + 1));
        if (host.isEmpty() || port < 0 || port > MAX_PORT) {
          throw malformed(text);
        }
        return new Telnet(host, port);
      } catch (NumberFormatException e) {
        throw malformed(text);
      }
    }

    private static TypeConversionException malformed(String text) {
      return new TypeConversionException(
          "'" + text + "' is no console; write stdio, telnet:[HOST:]PORT or file:PATH");
    }
  }
}
