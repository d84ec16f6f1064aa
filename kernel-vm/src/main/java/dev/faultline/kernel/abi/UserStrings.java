// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.Exec;
import dev.faultline.kernel.vm.UserMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Strings that programs hand over: paths, and the vectors of exec. */
final class UserStrings {
  private final UserMemory memory;

  UserStrings(UserMemory memory) {
    this.memory = memory;
  }

  /** A path, a character per byte; -EFAULT, -ENAMETOOLONG. */
  Result<String> path(int address) {
    byte[] buffer = new byte[Namei.PATH_MAX];
    int length = memory.copyInString(address, buffer);
    if (length < 0) {
      return Result.failure(Errno.EFAULT);
    }
    return length == buffer.length
        ? Result.failure(Errno.ENAMETOOLONG)
        : Result.of(new String(buffer, 0, length, ISO_8859_1));
  }

  /**
   * A vector of strings that ends with a null pointer; a null vector is an empty one.
   *
   * @param budget the most bytes of all strings with their pointers
   * @return -EFAULT, -E2BIG
   */
  Result<List<byte[]>> vector(int address, int budget) {
    List<byte[]> strings = new ArrayList<>();
    int left = budget;
    byte[] buffer = new byte[Exec.STRING_MAX];
    int at = address;
    while (at != 0) {
      long pointer = memory.fetch32(at);
      at += 4;
      if (pointer < 0) {
        return Result.failure(Errno.EFAULT);
      }
      if (pointer == 0) {
        break;
      }
      int length = memory.copyInString((int) pointer, buffer);
      if (length < 0) {
        return Result.failure(Errno.EFAULT);
      }
      left -= length + 1 + 4;
      if (length == buffer.length || left < 0) {
        return Result.failure(Errno.E2BIG);
      }
      strings.add(Arrays.copyOf(buffer, length));
    }
    return Result.of(strings);
  }
}
