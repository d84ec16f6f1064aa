// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.dev.RandomPool;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The image of a new program's stack: argc, argv, envp, auxv, and the strings they point to. */
final class InitialStack {
  private static final int TOP = AddressLayout.TOP;

  private static final int AT_PHDR = 3;
  private static final int AT_PHENT = 4;
  private static final int AT_PHNUM = 5;
  private static final int AT_PAGESZ = 6;
  private static final int AT_BASE = 7;
  private static final int AT_FLAGS = 8;
  private static final int AT_ENTRY = 9;
  private static final int AT_UID = 11;
  private static final int AT_EUID = 12;
  private static final int AT_GID = 13;
  private static final int AT_EGID = 14;
  private static final int AT_PLATFORM = 15;
  private static final int AT_HWCAP = 16;
  private static final int AT_CLKTCK = 17;
  private static final int AT_SECURE = 23;
  private static final int AT_RANDOM = 25;
  private static final int AT_EXECFN = 31;

  private static final byte[] PLATFORM = {'i', '6', '8', '6'};
  private static final int RANDOM_BYTES = 16;

  /** FPU, TSC, CX8, CMOV: what CPUID leaf 1 says in EDX. */
  private static final int HARDWARE = 1 | 1 << 4 | 1 << 8 | 1 << 15;

  /**
   * Where the program lies.
   *
   * @param headers address of its program headers
   * @param headerCount how many
   * @param base of its interpreter, or 0
   * @param entry its own entry point
   * @param secure true if it runs with rights that its caller does not have
   */
  record Program(int headers, int headerCount, int base, int entry, boolean secure) {}

  private final byte[] bytes;
  private final ByteBuffer image;
  private final int address;

  private InitialStack(int address) {
    this.address = address;
    bytes = new byte[TOP - address];
    image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The bytes from the stack pointer to {@link AddressLayout#TOP}. */
  byte[] bytes() {
    return bytes;
  }

  /** The stack pointer. */
  int address() {
    return address;
  }

  /** Builds the image. */
  static InitialStack build(
      List<byte[]> arguments,
      List<byte[]> environment,
      byte[] path,
      Program program,
      Identity identity,
      RandomPool entropy) {
    int strings = 4 + path.length + 1 + PLATFORM.length + 1;
    for (byte[] s : arguments) {
      strings += s.length + 1;
    }
    for (byte[] s : environment) {
      strings += s.length + 1;
    }
    int[] auxv = auxv(program, identity);
    int words = 1 + arguments.size() + 1 + environment.size() + 1 + auxv.length;
    int lowest = TOP - strings - RANDOM_BYTES;
    int stack = (lowest & ~15) - words * 4 & ~15;
    InitialStack s = new InitialStack(stack);
    ByteBuffer b = s.image;

    byte[] random = new byte[RANDOM_BYTES];
    entropy.fill(random, 0, RANDOM_BYTES);
    int at = lowest;
    int randomAt = at;
    at = s.put(at, random);
    int platformAt = at;
    at = s.put(at, PLATFORM) + 1;
    b.putInt(0, arguments.size());
    int word = 4;
    for (byte[] a : arguments) {
      b.putInt(word, at);
      word += 4;
      at = s.put(at, a) + 1;
    }
    word += 4;
    for (byte[] e : environment) {
      b.putInt(word, at);
      word += 4;
      at = s.put(at, e) + 1;
    }
    word += 4;
    int pathAt = at;
    s.put(at, path);
    for (int i = 0; i < auxv.length; i += 2) {
      int value =
          switch (auxv[i]) {
            case AT_RANDOM -> randomAt;
            case AT_PLATFORM -> platformAt;
            case AT_EXECFN -> pathAt;
            default -> auxv[i + 1];
          };
      b.putInt(word, auxv[i]);
      b.putInt(word + 4, value);
      word += 8;
    }
    return s;
  }

  private int put(int at, byte[] bytes) {
    image.put(at - address, bytes);
    return at + bytes.length;
  }

  private static int[] auxv(Program p, Identity id) {
    return new int[] {
      AT_PHDR,
      p.headers,
      AT_PHENT,
      ElfImage.HEADER_SIZE,
      AT_PHNUM,
      p.headerCount,
      AT_PAGESZ,
      4096,
      AT_BASE,
      p.base,
      AT_FLAGS,
      0,
      AT_ENTRY,
      p.entry,
      AT_UID,
      id.uid(),
      AT_EUID,
      id.euid(),
      AT_GID,
      id.gid(),
      AT_EGID,
      id.egid(),
      AT_PLATFORM,
      0,
      AT_HWCAP,
      HARDWARE,
      AT_CLKTCK,
      100,
      AT_SECURE,
      p.secure ? 1 : 0,
      AT_RANDOM,
      0,
      AT_EXECFN,
      0,
      0,
      0
    };
  }
}
