// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A little-endian reader that knows where it is. Packed data are unpacked. */
final class IsaInput {
  private static final int BUFFER = 1 << 16;
  private static final int GZIP_MAGIC = 0x1F;

  private final InputStream in;
  private long offset;

  IsaInput(InputStream stream) throws IOException {
    BufferedInputStream raw = new BufferedInputStream(stream, BUFFER);
    raw.mark(1);
    int first = raw.read();
    raw.reset();
    try {
      in =
          first == GZIP_MAGIC
              ? new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER)
              : raw;
    } catch (ZipException | EOFException e) {
      throw new IsaFormatException(0, "damaged gzip header");
    }
  }

  long offset() {
    return offset;
  }

  IsaFormatException bad(String problem) {
    return new IsaFormatException(offset, problem);
  }

  int u8() throws IOException {
    int b;
    try {
      b = in.read();
    } catch (ZipException | EOFException e) {
      throw bad("damaged gzip data (" + e.getMessage() + ")");
    }
    if (b < 0) {
      throw bad("it ends in the middle");
    }
    offset++;
    return b;
  }

  int u16() throws IOException {
    return u8() | u8() << 8;
  }

  int u32() throws IOException {
    return u16() | u16() << 16;
  }

  long u64() throws IOException {
    return u32() & 0xFFFF_FFFFL | (long) u32() << 32;
  }

  byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) u8();
    }
    return bytes;
  }

  String text() throws IOException {
    return new String(bytes(u8()), StandardCharsets.US_ASCII);
  }
}
