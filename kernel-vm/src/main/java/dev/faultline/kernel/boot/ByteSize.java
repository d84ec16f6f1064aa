// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as written on the command line: {@code 65536}, {@code 512k}, {@code 64m},
 * {@code 1g}.
 */
record ByteSize(long bytes) {
  /** Parses the text form. */
  static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String text) {
      int shift =
          switch (text.isEmpty() ? ' ' : text.charAt(text.length() - 1)) {
            case 'k', 'K' -> 10;
            case 'm', 'M' -> 20;
            case 'g', 'G' -> 30;
            default -> 0;
          };
      String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
      try {
        long value = Long.parseLong(digits);
        if (value < 0 || value > Long.MAX_VALUE >> shift) {
          throw new NumberFormatException(digits);
        }
        return new ByteSize(value << shift);
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'" + text + "' is no size; write 65536, 512k, 64m or 1g");
      }
    }
  }
}
