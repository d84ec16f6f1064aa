// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers of an ELF executable, read and checked before anything is mapped.
 *
 * @param type {@link #EXEC} or {@link #DYN}
 * @param entry entry point
 * @param headersAddress where the program headers lie in memory, 0 if no segment holds them
 * @param headerCount program headers
 * @param segments what is to be loaded, ascending and not overlapping
 * @param interpreter path of the program that does the rest, or null
 */
public record ElfImage(
    int type,
    int entry,
    int headersAddress,
    int headerCount,
    List<Segment> segments,
    @Nullable String interpreter) {
  /** A program at fixed addresses. */
  public static final int EXEC = 2;

  /** A program or library that runs anywhere. */
  public static final int DYN = 3;

  /** Size of a program header. */
  static final int HEADER_SIZE = 32;

  /** The most program headers that are looked at. */
  static final int MAX_HEADERS = 128;

  private static final int EHDR_SIZE = 52;
  private static final int MACHINE_386 = 3;
  private static final int PT_LOAD = 1;
  private static final int PT_INTERP = 3;
  private static final int PT_PHDR = 6;
  private static final int LOWEST = 0x10000;
  private static final long HIGHEST = 0xBF00_0000L;

  /** Bit of a segment's flags: execute. */
  static final int PF_X = 1;

  /** Bit of a segment's flags: write. */
  static final int PF_W = 2;

  /** Bit of a segment's flags: read. */
  static final int PF_R = 4;

  /**
   * A loadable segment.
   *
   * @param address where it goes, as the file says
   * @param offset where it lies in the file
   * @param fileSize bytes from the file
   * @param memorySize bytes in memory, the rest being zero
   * @param flags rights
   */
  public record Segment(int address, long offset, int fileSize, int memorySize, int flags) {
    /** One more than its last address; not negative. */
    long end() {
      return (address & 0xFFFF_FFFFL) + (memorySize & 0xFFFF_FFFFL);
    }
  }

  /** Reads a part of the file; null if it is shorter or cannot be read. */
  @FunctionalInterface
  public interface Source {
    /** Bytes from {@code offset} on, exactly {@code size}. */
    byte @Nullable [] read(long offset, int size);
  }

  /**
   * What came of reading: an image, or why there is none.
   *
   * @param image null if there is none
   * @param problem one line that says what was found; null if there is an image
   */
  public record Parsed(@Nullable ElfImage image, @Nullable String problem) {
    private static Parsed bad(String problem) {
      return new Parsed(null, problem);
    }
  }

  /** Copies the list. */
  public ElfImage {
    segments = List.copyOf(segments);
  }

  /** One more than the highest address of any segment. */
  long end() {
    long end = 0;
    for (Segment s : segments) {
      end = Math.max(end, s.end());
    }
    return end;
  }

  /**
   * The reason why a file cannot be run as a static program, in a few words; null if it can be. For
   * the command line, which has the file on the host.
   *
   * @param size of the file in bytes
   */
  public static @Nullable String describeProblem(long size, Source source) {
    Parsed parsed = parse(size, source);
    if (parsed.image == null) {
      return parsed.problem;
    }
    if (parsed.image.interpreter != null) {
      return "dynamically linked: it needs the interpreter " + parsed.image.interpreter;
    }
    return null;
  }

  /**
   * Reads and checks the headers.
   *
   * @param fileSize of the file in bytes
   */
  public static Parsed parse(long fileSize, Source source) {
    byte[] magic = source.read(0, (int) Math.min(fileSize, EHDR_SIZE));
    if (magic == null) {
      return Parsed.bad("it cannot be read");
    }
    if (magic.length < 4
        || magic[0] != 0x7F
        || magic[1] != 'E'
        || magic[2] != 'L'
        || magic[3] != 'F') {
      return Parsed.bad("not an ELF file");
    }
    if (magic.length > 4 && magic[4] == 2) {
      return Parsed.bad("a 64-bit ELF file; build it for i386 (gcc -m32 -static)");
    }
    if (magic.length < EHDR_SIZE) {
      return Parsed.bad("truncated: its ELF header ends after " + magic.length + " bytes");
    }
    ByteBuffer header = ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN);
    if (magic[4] != 1 || magic[5] != 1) {
      return Parsed.bad("corrupt: neither 32-bit nor little-endian in its ELF header");
    }
    int machine = header.getShort(18) & 0xFFFF;
    if (machine != MACHINE_386) {
      return Parsed.bad("built for another processor (ELF machine " + machine + ", not 3)");
    }
    int type = header.getShort(16) & 0xFFFF;
    if (type != EXEC && type != DYN) {
      return Parsed.bad(
          type == 1
              ? "an object file; link it first"
              : "corrupt or not a program (ELF type " + type + ")");
    }
    int entrySize = header.getShort(42) & 0xFFFF;
    int count = header.getShort(44) & 0xFFFF;
    if (entrySize != HEADER_SIZE || count == 0 || count > MAX_HEADERS) {
      return Parsed.bad("corrupt: " + count + " program headers of " + entrySize + " bytes");
    }
    long headersAt = header.getInt(28) & 0xFFFF_FFFFL;
    byte[] table = source.read(headersAt, count * HEADER_SIZE);
    if (table == null) {
      return Parsed.bad("truncated: its program headers lie beyond its end");
    }
    return segments(
        fileSize,
        source,
        type,
        header.getInt(24),
        headersAt,
        ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN));
  }

  private static Parsed segments(
      long size, Source source, int type, int entry, long headersAt, ByteBuffer table) {
    List<Segment> segments = new ArrayList<>();
    String interpreter = null;
    int headersAddress = 0;
    int count = table.capacity() / HEADER_SIZE;
    for (int i = 0; i < count; i++) {
      int at = i * HEADER_SIZE;
      int kind = table.getInt(at);
      long offset = table.getInt(at + 4) & 0xFFFF_FFFFL;
      Segment s =
          new Segment(
              table.getInt(at + 8),
              offset,
              table.getInt(at + 16),
              table.getInt(at + 20),
              table.getInt(at + 24));
      if (kind == PT_INTERP) {
        interpreter = interpreter(source, s);
        if (interpreter == null) {
          return Parsed.bad("corrupt: its interpreter's name cannot be read");
        }
      } else if (kind == PT_PHDR) {
        headersAddress = s.address;
      } else if (kind == PT_LOAD && s.memorySize != 0) {
        String problem = check(size, type, s, segments);
        if (problem != null) {
          return Parsed.bad(problem);
        }
        segments.add(s);
      }
    }
    if (segments.isEmpty()) {
      return Parsed.bad("corrupt: it has no segment to load");
    }
    if (headersAddress == 0) {
      headersAddress = addressOf(headersAt, (long) count * HEADER_SIZE, segments);
    }
    return new Parsed(
        new ElfImage(type, entry, headersAddress, count, segments, interpreter), null);
  }

  private static @Nullable String check(long size, int type, Segment s, List<Segment> before) {
    if (Integer.compareUnsigned(s.fileSize, s.memorySize) > 0) {
      return "corrupt: a segment is larger in the file than in memory";
    }
    if (s.fileSize != 0 && s.offset + (s.fileSize & 0xFFFF_FFFFL) > size) {
      return "truncated: a segment ends at byte "
          + (s.offset + (s.fileSize & 0xFFFF_FFFFL))
          + ", the file at "
          + size;
    }
    if (((s.address ^ (int) s.offset) & 0xFFF) != 0 && s.fileSize != 0) {
      return "corrupt: a segment's offset does not fit its address";
    }
    boolean low = Integer.compareUnsigned(s.address, LOWEST) < 0 && type == EXEC;
    if (low || s.end() > HIGHEST) {
      return String.format("corrupt: a segment at 0x%08x, outside of user memory", s.address);
    }
    if (!before.isEmpty() && (s.address & 0xFFFF_FFFFL) < before.getLast().end()) {
      return "corrupt: its segments overlap";
    }
    return null;
  }

  private static @Nullable String interpreter(Source source, Segment s) {
    int length = s.fileSize;
    if (length < 2 || length > 4096) {
      return null;
    }
    byte[] name = source.read(s.offset, length);
    if (name == null || name[length - 1] != 0) {
      return null;
    }
    String text = new String(name, 0, length - 1, StandardCharsets.ISO_8859_1);
    return text.indexOf(0) >= 0 ? null : text;
  }

  private static int addressOf(long offset, long length, List<Segment> segments) {
    for (Segment s : segments) {
      if (offset >= s.offset && offset + length <= s.offset + (s.fileSize & 0xFFFF_FFFFL)) {
        return s.address + (int) (offset - s.offset);
      }
    }
    return 0;
  }
}
