// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.SwapFile;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.proc.GuestThread;
import org.jspecify.annotations.Nullable;

/**
 * swapon and swapoff, of disks and of files on ext2. All are used alike, as if they had been given
 * the same priority.
 */
final class SwapCalls {
  /** SWAP_FLAG_PREFER with its priority, and the flags about discarding (linux/swap.h). */
  private static final int FLAGS = 0x7_FFFF;

  private final CallEnvironment env;

  SwapCalls(CallEnvironment env) {
    this.env = env;
  }

  /** What is done with what a path names. */
  @FunctionalInterface
  private interface SwapCall {
    int call(SwapDisks swap, Vnode vnode, String name);
  }

  int swapon(GuestThread t, int path, int flags) {
    if ((flags & ~FLAGS) != 0) {
      return -Errno.EINVAL;
    }
    return withSwap(t, path, this::switchOn);
  }

  private int switchOn(SwapDisks swap, Vnode vnode, String name) {
    return switch (vnode.type()) {
      case REG -> error(SwapFile.switchOn(swap, vnode, name));
      case BLK -> {
        RawDisk disk = disk(vnode);
        yield disk == null ? -Errno.ENXIO : error(swap.switchOn(disk.disk(), name));
      }
      default -> -Errno.EINVAL;
    };
  }

  int swapoff(GuestThread t, int path) {
    return withSwap(t, path, this::switchOff);
  }

  private int switchOff(SwapDisks swap, Vnode vnode, String name) {
    return switch (vnode.type()) {
      case REG -> error(swap.switchOff(vnode));
      case BLK -> {
        RawDisk disk = disk(vnode);
        yield disk == null ? -Errno.ENXIO : error(swap.switchOff(disk.disk()));
      }
      default -> -Errno.EINVAL;
    };
  }

  private @Nullable RawDisk disk(Vnode node) {
    return env.system().services().files().blockDevices().find(node.stat().rdev());
  }

  private int withSwap(GuestThread t, int path, SwapCall call) {
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
          String name = file.render(t.process().context().root());
          return call.call(env.system().services().swap(), file.vnode(), name);
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
