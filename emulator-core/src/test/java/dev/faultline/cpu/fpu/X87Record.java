// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** One hardware-captured experiment of {@code isa/x87.bin.gz}, of those with x87 state. */
@SuppressWarnings("ArrayRecordComponent") // read once, compared by content, never shared
record X87Record(
    int index,
    String form,
    int attributes,
    int instructions,
    byte[] code,
    int[] before,
    @Nullable X87State x87,
    List<Bytes> patches,
    Outcome outcome) {
  static final int X87 = 1;
  static final int SSE = 2;
  static final int APPROX = 4;
  static final int IMPL = 8;
  static final int SEG = 16;
  static final int BLOCK = 32;
  static final int CR2SOFT = 64;

  /** Some bytes of memory. */
  @SuppressWarnings("ArrayRecordComponent")
  record Bytes(int address, byte[] bytes) {}

  /** A range of memory that is not compared. */
  record Range(int address, int length) {}

  /** The x87 state, the registers by physical number. */
  @SuppressWarnings("ArrayRecordComponent")
  record X87State(
      int cw, int sw, int tags, int fop, int fip, int fdp, long[] significands, int[] exponents) {}

  /** What the processor did; {@code after} is EIP, EFLAGS and the eight registers. */
  @SuppressWarnings("ArrayRecordComponent")
  record Outcome(
      int vector,
      int errorCode,
      int cr2,
      int[] after,
      int undefinedFlags,
      int undefinedSw,
      @Nullable X87State x87,
      List<Bytes> changes,
      List<Range> ignored) {}

  /** Reads all records. */
  static List<X87Record> readAll() throws IOException {
    byte[] raw;
    try (InputStream in = X87Record.class.getResourceAsStream("/isa/x87.bin.gz")) {
      if (in == null) {
        throw new IOException("resource /isa/x87.bin.gz: not found");
      }
      raw = new GZIPInputStream(in).readAllBytes();
    }
    ByteBuffer b = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    b.position(10);
    int forms = u16(b);
    int records = b.getInt();
    b.position(b.position() + 20);
    b.position(b.position() + 1 + 11 * b.get(b.position()));
    String[] names = new String[forms];
    for (int i = 0; i < forms; i++) {
      names[i] = (string(b) + " " + string(b) + " " + string(b)).strip();
      b.position(b.position() + 6);
    }
    List<X87Record> all = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      int end = u16(b) + b.position();
      all.add(read(b, i, names));
      if (b.position() != end) {
        throw new IOException("record " + i + ": ends at " + b.position() + ", not " + end);
      }
    }
    return all;
  }

  private static X87Record read(ByteBuffer b, int index, String[] names) {
    String form = names[u16(b)];
    int attributes = u16(b);
    int instructions = u8(b);
    byte[] code = bytes(b, u8(b));
    int[] before = ints(b, 10);
    X87State x87 = null;
    if ((attributes & X87) != 0) {
      int cw = u16(b);
      int sw = u16(b);
      int tags = u8(b);
      int fop = u16(b);
      int fip = b.getInt();
      int fdp = b.getInt();
      x87 = new X87State(cw, sw, tags, fop, fip, fdp, new long[8], new int[8]);
      registers(b, x87, 0xFF);
    }
    if ((attributes & SSE) != 0) {
      b.position(b.position() + 132);
    }
    List<Bytes> patches = runs(b);
    return new X87Record(
        index,
        form,
        attributes,
        instructions,
        code,
        before,
        x87,
        patches,
        outcome(b, attributes, before, x87));
  }

  private static Outcome outcome(
      ByteBuffer b, int attributes, int[] before, @Nullable X87State initial) {
    int vector = u8(b);
    int errorCode = 0;
    int cr2 = 0;
    if (vector == 0xFF) {
      vector = -1;
    } else {
      errorCode = b.getInt();
      cr2 = b.getInt();
    }
    int[] after = before.clone();
    after[0] = b.getInt();
    after[1] = b.getInt();
    int undefinedFlags = b.getInt();
    int changed = u8(b);
    u8(b);
    for (int i = 0; i < 8; i++) {
      if ((changed >> i & 1) != 0) {
        after[2 + i] = b.getInt();
      }
    }
    if ((attributes & SEG) != 0) {
      b.position(b.position() + 12);
    }
    X87State x87 = null;
    int undefinedSw = 0;
    if (initial != null) {
      int cw = u16(b);
      int sw = u16(b);
      undefinedSw = u16(b);
      int tags = u8(b);
      x87 =
          new X87State(
              cw, sw, tags, 0, 0, 0, initial.significands.clone(), initial.exponents.clone());
      registers(b, x87, u8(b));
    }
    if ((attributes & SSE) != 0) {
      b.getInt();
      b.position(b.position() + 1 + 16 * Integer.bitCount(b.get(b.position()) & 0xFF));
    }
    List<Bytes> changes = runs(b);
    List<Range> ignored = new ArrayList<>();
    for (int n = u8(b); n > 0; n--) {
      ignored.add(new Range(b.getInt(), u16(b)));
    }
    return new Outcome(
        vector, errorCode, cr2, after, undefinedFlags, undefinedSw, x87, changes, ignored);
  }

  private static void registers(ByteBuffer b, X87State state, int which) {
    for (int i = 0; i < 8; i++) {
      if ((which >> i & 1) != 0) {
        state.significands[i] = b.getLong();
        state.exponents[i] = u16(b);
      }
    }
  }

  private static List<Bytes> runs(ByteBuffer b) {
    List<Bytes> runs = new ArrayList<>();
    for (int n = u8(b); n > 0; n--) {
      int address = b.getInt();
      runs.add(new Bytes(address, bytes(b, u16(b))));
    }
    return runs;
  }

  private static int u8(ByteBuffer b) {
    return b.get() & 0xFF;
  }

  private static int u16(ByteBuffer b) {
    return b.getShort() & 0xFFFF;
  }

  private static int[] ints(ByteBuffer b, int n) {
    int[] values = new int[n];
    for (int i = 0; i < n; i++) {
      values[i] = b.getInt();
    }
    return values;
  }

  private static byte[] bytes(ByteBuffer b, int n) {
    byte[] value = new byte[n];
    b.get(value);
    return value;
  }

  private static String string(ByteBuffer b) {
    return new String(bytes(b, u8(b)), StandardCharsets.US_ASCII);
  }
}
