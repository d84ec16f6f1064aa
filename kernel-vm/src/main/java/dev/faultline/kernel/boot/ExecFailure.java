// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.Errno;

/** Why a program could not be executed, in words for the user. */
final class ExecFailure {
  private ExecFailure() {}

  static String describe(int errno) {
    return switch (errno) {
      case Errno.ENOENT -> "there is no such file in the guest's root";
      case Errno.ENOTDIR -> "a part of its path is no directory";
      case Errno.EACCES -> "it is a directory, or has no x bit";
      case Errno.ENOEXEC -> "it is neither a static i386 ELF program nor a script";
      case Errno.ENOMEM -> "the machine's memory does not hold it; give it more with --ram";
      case Errno.E2BIG -> "its arguments and environment are too long";
      case Errno.ELOOP -> "its path has too many symbolic links";
      case Errno.ENAMETOOLONG -> "its path is too long";
      default -> "error " + errno;
    };
  }
}
