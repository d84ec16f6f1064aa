// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.proc.GuestThread;

/**
 * swapon and swapoff. Swap space is on disks only, not in files. All disks are used alike, as if
 * they had been given the same priority.
 */
final class SwapCalls {
  /** SWAP_FLAG_PREFER with its priority, and the flags about discarding (linux/swap.h). */
  private static final int FLAGS = 0x7_FFFF;

  private final CallEnvironment env;

  SwapCalls(CallEnvironment env) {
    this.env = env;
  }

  /** What is done with a disk that a path names. */
  @FunctionalInterface
  private interface DiskCall {
    SwapOutcome call(SwapDisks swap, BlockDevice disk, String name);
  }

  int swapon(GuestThread t, int path, int flags) {
    if ((flags & ~FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    return withDisk(t, path, SwapDisks::switchOn);
  }

  int swapoff(GuestThread t, int path) {
    return withDisk(t, path, (swap, disk, name) -> swap.switchOff(disk));
  }

  private int withDisk(GuestThread t, int path, DiskCall call) {
    if (!t.process().identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    return env.withPath(
        t,
        AT_FDCWD,
        path,
        (at, p) -> {
          Result<FilePath> found = Namei.lookup(t.process(), at, p, true);
          if (!found.isOk()) {
            return found.error();
          }
          FilePath file = found.value();
          if (file.vnode().type() != FileType.BLK) {
            return -Errno.EINVAL;
          }
          RawDisk disk =
              env.system().services().files().blockDevices().find(file.vnode().stat().rdev());
          if (disk == null) {
            return -Errno.ENXIO;
          }
          SwapDisks swap = env.system().services().swap();
          return error(call.call(swap, disk.disk(), file.render(t.process().context().root())));
        });
  }

  private static int error(SwapOutcome outcome) {
    return switch (outcome) {
      case OK -> 0;
      case BUSY -> -Errno.EBUSY;
      case TOO_MANY -> -Errno.EPERM;
      case NOT_SWAP -> -Errno.EINVAL;
      case READ_ONLY -> -Errno.EACCES;
      case IO_ERROR -> -Errno.EIO;
      case NO_MEMORY -> -Errno.ENOMEM;
      case KILLED -> -Errno.EINTR;
    };
  }
}
