// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.proc.AddressLayout;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.vm.Advice;
import dev.faultline.kernel.vm.KernReturn;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** What is to be in memory, or on disk, and what is: advice, write-back, residence, wiring. */
final class ResidenceCalls {
  private static final int MADV_DONTNEED = 4;
  private static final int MS_ASYNC = 1;
  private static final int MS_INVALIDATE = 2;
  private static final int MS_SYNC = 4;
  private static final int MCL_CURRENT = 1;
  private static final int MCL_FUTURE = 2;
  private static final int MCL_ONFAULT = 4;
  private static final int INCORE_CHUNK = 4096;
  private static final long ADDRESSES = 1L << 32;

  private final CallEnvironment env;

  ResidenceCalls(CallEnvironment env) {
    this.env = env;
  }

  /** The first address after a range of whole pages; may lie beyond user memory. */
  private static long end(int address, int length) {
    long pages = (length & 0xFFFF_FFFFL) + Page.OFFSET_MASK >>> Page.SHIFT;
    return (address & 0xFFFF_FFFFL) + (pages << Page.SHIFT);
  }

  // ---- advice ----------------------------------------------------------------------------------

  int madvise(GuestThread t, int address, int length, int advice) {
    Advice known = advice(advice);
    long end = end(address, length);
    if (known == null || !MemoryCalls.isAligned(address) || end > ADDRESSES) {
      return -Errno.EINVAL;
    }
    if (length == 0) {
      return 0;
    }
    // What lies beyond user memory is a hole like any other.
    long top = AddressLayout.TOP & 0xFFFF_FFFFL;
    int inside = (int) (Math.min(end, top) - (address & 0xFFFF_FFFFL));
    if ((address & 0xFFFF_FFFFL) >= top) {
      return -Errno.ENOMEM;
    }
    VmSpace space = MemoryCalls.space(t);
    KernReturn done =
        advice == MADV_DONTNEED
            ? space.discard(address, inside)
            : space.advise(address, inside, known);
    return done.ok() && end > top ? -Errno.ENOMEM : MemoryCalls.error(done);
  }

  private static @Nullable Advice advice(int number) {
    return switch (number) {
      case 0 -> Advice.NORMAL;
      case 1 -> Advice.RANDOM;
      case 2 -> Advice.SEQUENTIAL;
      case 3 -> Advice.WILLNEED;
      case MADV_DONTNEED -> Advice.DONTNEED;
      case 8 -> Advice.FREE;
      case 10 -> Advice.NOFORK;
      case 11 -> Advice.FORK;
      case 16 -> Advice.NOCORE;
      case 17 -> Advice.CORE;
      default -> null;
    };
  }

  // ---- write-back and residence ----------------------------------------------------------------

  int msync(GuestThread t, int address, int length, int flags) {
    boolean both = (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC);
    if (!MemoryCalls.isAligned(address)
        || both
        || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0) {
      return -Errno.EINVAL;
    }
    if (length == 0) {
      return 0;
    }
    int size = MemoryCalls.pages(length);
    if (size == 0 || !MemoryCalls.fits(address, size)) {
      return -Errno.ENOMEM;
    }
    boolean synchronous = (flags & MS_SYNC) != 0;
    boolean invalidate = (flags & MS_INVALIDATE) != 0;
    return MemoryCalls.error(MemoryCalls.space(t).sync(address, size, synchronous, invalidate));
  }

  int mincore(GuestThread t, int address, int length, int vector) {
    if (!MemoryCalls.isAligned(address)) {
      return -Errno.EINVAL;
    }
    if (length == 0) {
      return 0;
    }
    int size = MemoryCalls.pages(length);
    if (size == 0 || !MemoryCalls.fits(address, size)) {
      return -Errno.ENOMEM;
    }
    int count = size >>> Page.SHIFT;
    for (int done = 0; done < count; done += INCORE_CHUNK) {
      byte[] bytes = new byte[Math.min(INCORE_CHUNK, count - done)];
      int from = address + (done << Page.SHIFT);
      if (!MemoryCalls.space(t).inCore(from, bytes.length << Page.SHIFT, bytes).ok()) {
        return -Errno.ENOMEM;
      }
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
      int copied = env.memory().copyOut(bytes, 0, vector + done, bytes.length);
      if (copied != bytes.length) {
        return -Errno.EFAULT;
      }
    }
    return 0;
  }

  // ---- wiring ----------------------------------------------------------------------------------

  int mlock(GuestThread t, int address, int length) {
    if (!t.process().identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    int refused = checkRange(address, length);
    if (refused != 0 || length == 0) {
      return refused;
    }
    VmSpace space = MemoryCalls.space(t);
    // What may not be read is not brought in for a guest, though it could be (F9).
    return space.permits(address, length, Protection.READ)
        ? wired(space.wire(address, length))
        : -Errno.ENOMEM;
  }

  int munlock(GuestThread t, int address, int length) {
    int refused = checkRange(address, length);
    return refused != 0 || length == 0
        ? refused
        : wired(MemoryCalls.space(t).unwire(address, length));
  }

  private static int checkRange(int address, int length) {
    long end = end(Page.base(address), length + (address & Page.OFFSET_MASK));
    if (end > ADDRESSES || Integer.compareUnsigned(address + length, address) < 0) {
      return -Errno.EINVAL;
    }
    return end > (AddressLayout.TOP & 0xFFFF_FFFFL) && length != 0 ? -Errno.ENOMEM : 0;
  }

  /** M47. */
  private static int wired(KernReturn code) {
    return switch (code) {
      case SUCCESS -> 0;
      case RESOURCE_SHORTAGE -> -Errno.EAGAIN;
      default -> -Errno.ENOMEM;
    };
  }

  int mlockall(GuestThread t, int flags) {
    if (flags == 0
        || flags == MCL_ONFAULT
        || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0) {
      return -Errno.EINVAL;
    }
    if (!t.process().identity().isSuperuser()) {
      return -Errno.EPERM;
    }
    VmSpace space = MemoryCalls.space(t);
    space.wiring().setFuture((flags & MCL_FUTURE) != 0);
    return (flags & MCL_CURRENT) == 0 ? 0 : wired(space.wiring().wireAll());
  }

  int munlockall(GuestThread t) {
    MemoryCalls.space(t).wiring().unwireAll();
    return 0;
  }
}
