// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

/** A file's mode as {@code ls -l} writes it. */
final class ModeText {
  private static final String TYPES = "?pc?d?b?-?l?s???";
  private static final String RIGHTS = "rwxrwxrwx";
  private static final int SET_UID = 0x800;
  private static final int SET_GID = 0x400;
  private static final int STICKY = 0x200;

  private ModeText() {}

  /** Ten characters, for instance {@code drwxr-xr-x}. */
  static String of(int mode) {
    StringBuilder text = new StringBuilder(10).append(TYPES.charAt(mode >>> 12 & 15));
    for (int i = 0; i < RIGHTS.length(); i++) {
      text.append((mode & 1 << RIGHTS.length() - 1 - i) != 0 ? RIGHTS.charAt(i) : '-');
    }
    special(text, 3, (mode & SET_UID) != 0, 's');
    special(text, 6, (mode & SET_GID) != 0, 's');
    special(text, 9, (mode & STICKY) != 0, 't');
    return text.toString();
  }

  private static void special(StringBuilder text, int at, boolean set, char letter) {
    if (set) {
      text.setCharAt(at, text.charAt(at) == 'x' ? letter : Character.toUpperCase(letter));
    }
  }
}
