// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.MemoryDevice;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.proc.AddressLayout;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.vm.Heap;
import dev.faultline.kernel.vm.Inheritance;
import dev.faultline.kernel.vm.KernReturn;
import dev.faultline.kernel.vm.MapResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;

/** Address space: mmap and its relatives, the break, what a child inherits. */
final class MemoryCalls {
  private static final int MAP_TYPE = 0xF;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_SHARED_VALIDATE = 3;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_LOCKED = 0x2000;
  private static final int MAP_POPULATE = 0x8000;
  private static final int MAP_FIXED_NOREPLACE = 0x10_0000;

  private static final int PROT_KNOWN = 0x0300_000F;
  private static final int ZERO_MINOR = 5;

  private final CallEnvironment env;

  MemoryCalls(CallEnvironment env) {
    this.env = env;
  }

  static VmSpace space(GuestThread t) {
    return t.process().space();
  }

  static boolean isAligned(int address) {
    return (address & Page.OFFSET_MASK) == 0;
  }

  /** A length in whole pages, or 0 if it is 0 or does not fit into user memory. */
  static int pages(int length) {
    int rounded = length + Page.OFFSET_MASK & Page.MASK;
    boolean fits = Integer.compareUnsigned(rounded, AddressLayout.TOP) < 0;
    return fits && Integer.compareUnsigned(rounded, length) >= 0 ? rounded : 0;
  }

  static boolean fits(int address, int length) {
    long end = (address & 0xFFFF_FFFFL) + (length & 0xFFFF_FFFFL);
    return end <= (AddressLayout.TOP & 0xFFFF_FFFFL);
  }

  /** The error number that a refusal shows as. */
  static int error(KernReturn code) {
    return switch (code) {
      case SUCCESS -> 0;
      case PROTECTION_FAILURE -> -Errno.EACCES;
      case INVALID_ARGUMENT -> -Errno.EINVAL;
      case FAILURE -> -Errno.EIO;
      case ABORTED -> -Errno.EINTR;
      default -> -Errno.ENOMEM;
    };
  }

  // ---- mmap ------------------------------------------------------------------------------------

  int mmap2(GuestThread t, int hint, int length, int protection, int flags, int fd, int page) {
    int type = flags & MAP_TYPE;
    boolean shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
    boolean exact = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
    boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
    OpenFile file = anonymous ? null : CallEnvironment.file(t, fd);
    if (!anonymous && file == null) {
      return -Errno.EBADF;
    }
    boolean knownType = type == MAP_PRIVATE || type == MAP_SHARED || shared && !anonymous;
    if (length == 0 || !knownType || exact && !isAligned(hint)) {
      return -Errno.EINVAL;
    }
    int size = pages(length);
    if (size == 0 || exact && !fits(hint, size)) {
      return -Errno.ENOMEM;
    }
    if (!anonymous && page < 0) {
      return -Errno.EOVERFLOW;
    }
    if (exact && Integer.compareUnsigned(hint, AddressLayout.LOWEST) < 0) {
      return -Errno.EPERM;
    }
    int rights = rights(protection);
    boolean replace = (flags & MAP_FIXED) != 0 && (flags & MAP_FIXED_NOREPLACE) == 0;
    Placement place = new Placement(size, rights, shared, replace);
    int base = base(hint);
    MapResult mapped;
    if (file == null) {
      mapped = anonymous(t, place, base);
    } else {
      int error = checkFile(file, shared, rights);
      if (error != 0) {
        return error;
      }
      if (isZeroDevice(file.vnode())) {
        mapped = anonymous(t, place, base);
      } else if (file.vnode().type() == FileType.CHR) {
        Result<VmObject> memory = file.deviceObject(page, size >>> Page.SHIFT, rights);
        if (!memory.isOk()) {
          return memory.error();
        }
        mapped = device(t, place, base, file.writable(), memory.value(), page);
      } else {
        mapped = file(t, place, base, file, page);
      }
    }
    if (!mapped.code().ok()) {
      return error(mapped.code());
    }
    if ((flags & MAP_FIXED_NOREPLACE) != 0 && mapped.address() != hint) {
      space(t).unmap(mapped.address(), size);
      return -Errno.EEXIST;
    }
    // Failing to bring pages in is no failure of mmap.
    if ((flags & MAP_LOCKED) != 0) {
      space(t).wire(mapped.address(), size);
    } else if ((flags & MAP_POPULATE) != 0) {
      space(t).populate(mapped.address(), size);
    }
    return mapped.address();
  }

  private record Placement(int size, int rights, boolean shared, boolean fixed) {}

  private static int rights(int protection) {
    int rights = protection & Protection.ALL;
    return rights == 0 ? 0 : rights | Protection.READ;
  }

  private static int base(int hint) {
    int page = Page.base(hint);
    boolean usable =
        Integer.compareUnsigned(page, AddressLayout.LOWEST) >= 0
            && Integer.compareUnsigned(page, AddressLayout.TOP) < 0;
    return usable ? page : AddressLayout.MMAP_BASE;
  }

  /** Tries at the hint and above, then in the area for mappings, then anywhere. */
  private interface Attempt {
    MapResult at(int base);
  }

  private static MapResult place(Placement place, int base, Attempt attempt) {
    MapResult mapped = attempt.at(base);
    for (int other : new int[] {AddressLayout.MMAP_BASE, AddressLayout.LOWEST}) {
      if (mapped.code() != KernReturn.NO_SPACE || place.fixed || other == base) {
        continue;
      }
      mapped = attempt.at(other);
    }
    return mapped;
  }

  private static MapResult anonymous(GuestThread t, Placement p, int base) {
    return place(
        p,
        base,
        at -> space(t).mapAnonymous(at, p.size, p.rights, Protection.ALL, p.shared, p.fixed));
  }

  private static int checkFile(OpenFile file, boolean shared, int rights) {
    FileType type = file.vnode().type();
    if (!file.readable()) {
      return -Errno.EACCES;
    }
    boolean sharedAnyway = shared || (type == FileType.CHR && !isZeroDevice(file.vnode()));
    if (sharedAnyway && (rights & Protection.WRITE) != 0 && !file.writable()) {
      return -Errno.EACCES;
    }
    if (isZeroDevice(file.vnode())) {
      return 0;
    }
    return type == FileType.REG || type == FileType.CHR ? 0 : -Errno.ENODEV;
  }

  private static boolean isZeroDevice(Vnode vnode) {
    return vnode.type() == FileType.CHR && vnode.stat().rdev() == MemoryDevice.number(ZERO_MINOR);
  }

  /** A device's memory, which is always shared (DV3). */
  private static MapResult device(
      GuestThread t, Placement p, int base, boolean mayWrite, VmObject object, int page) {
    int max = mayWrite ? Protection.ALL : Protection.READ | Protection.EXECUTE;
    MapResult mapped =
        place(
            p,
            base,
            at -> space(t).mapObject(at, p.size, p.rights, max, true, object, page, p.fixed, 0));
    if (!mapped.code().ok()) {
      object.deallocate();
    }
    return mapped;
  }

  private static MapResult file(GuestThread t, Placement p, int base, OpenFile file, int page) {
    Vnode vnode = file.vnode();
    VmObject object = vnode.object();
    if (object == null) {
      return new MapResult(KernReturn.FAILURE, 0);
    }
    boolean mayWrite = !p.shared || file.writable();
    if (p.shared && file.writable() && vnode.prepareSharedMapping() != 0) {
      return new MapResult(KernReturn.RESOURCE_SHORTAGE, 0);
    }
    int max = mayWrite ? Protection.ALL : Protection.READ | Protection.EXECUTE;
    // Nobody will ever read from the disk what has no name any more.
    int flags = vnode.stat().nlink() == 0 ? VmSpace.NOSYNC : 0;
    // The mapping keeps the object; until it exists the open file does.
    object.reference();
    MapResult mapped =
        place(
            p,
            base,
            at ->
                space(t)
                    .mapObject(at, p.size, p.rights, max, p.shared, object, page, p.fixed, flags));
    if (!mapped.code().ok()) {
      object.deallocate();
    }
    return mapped;
  }

  /** The old form: one pointer to the six arguments, the offset in bytes. */
  int oldMmap(GuestThread t, int arguments) {
    UserStruct u = UserStruct.read(env.memory(), arguments, 24);
    if (u == null) {
      return -Errno.EFAULT;
    }
    int offset = u.get32(20);
    return isAligned(offset)
        ? mmap2(
            t, u.get32(0), u.get32(4), u.get32(8), u.get32(12), u.get32(16), offset >>> Page.SHIFT)
        : -Errno.EINVAL;
  }

  int munmap(GuestThread t, int address, int length) {
    int size = pages(length);
    if (!isAligned(address) || size == 0 || !fits(address, size)) {
      return -Errno.EINVAL;
    }
    return error(space(t).unmap(address, size));
  }

  int mprotect(GuestThread t, int address, int length, int protection) {
    if (!isAligned(address)) {
      return -Errno.EINVAL;
    }
    if (length == 0) {
      return 0;
    }
    if ((protection & ~PROT_KNOWN) != 0) {
      return -Errno.EINVAL;
    }
    int size = pages(length);
    if (size == 0 || !fits(address, size)) {
      return -Errno.ENOMEM;
    }
    return error(space(t).protect(address, size, rights(protection)));
  }

  int mremap(GuestThread t, int old, int oldLength, int newLength, int flags, int newAddress) {
    boolean mayMove = (flags & VmSpace.MAY_MOVE) != 0;
    boolean fixed = (flags & VmSpace.FIXED) != 0;
    int oldSize = pages(oldLength);
    int newSize = pages(newLength);
    if (!isAligned(old) || (flags & ~3) != 0 || fixed && !mayMove) {
      return -Errno.EINVAL;
    }
    if (newLength == 0 || fixed && newSize == 0) {
      return -Errno.EINVAL;
    }
    if (oldSize == 0 && oldLength != 0 || !fits(old, oldSize)) {
      return -Errno.EFAULT;
    }
    if (newSize == 0) {
      return -Errno.ENOMEM;
    }
    if (fixed && !isFreeOf(newAddress, newSize, old, oldSize)) {
      return -Errno.EINVAL;
    }
    MapResult moved = space(t).remap(old, oldSize, newSize, flags, newAddress);
    return switch (moved.code()) {
      case SUCCESS -> moved.address();
      case INVALID_ADDRESS -> -Errno.EFAULT;
      case INVALID_ARGUMENT, PROTECTION_FAILURE -> -Errno.EINVAL;
      default -> -Errno.ENOMEM;
    };
  }

  private static boolean isFreeOf(int address, int size, int old, int oldSize) {
    long from = address & 0xFFFF_FFFFL;
    long oldFrom = old & 0xFFFF_FFFFL;
    boolean overlaps =
        from < oldFrom + (oldSize & 0xFFFF_FFFFL) && oldFrom < from + (size & 0xFFFF_FFFFL);
    return isAligned(address) && fits(address, size) && !overlaps && from >= AddressLayout.LOWEST;
  }

  /**
   * The one call that Linux does not have: says what a child gets of a range. Holes are skipped.
   *
   * @param inheritance 0 shares it, 1 copies it, 2 leaves it out
   */
  int minherit(GuestThread t, int address, int length, int inheritance) {
    Inheritance[] kinds = Inheritance.values();
    int size = pages(length);
    boolean known = inheritance >= 0 && inheritance < kinds.length;
    boolean placed = isAligned(address) && (length == 0 || size != 0) && fits(address, size);
    return known && placed
        ? error(space(t).inherit(address, size, kinds[inheritance]))
        : -Errno.EINVAL;
  }

  int brk(GuestThread t, int wanted) {
    Heap heap = space(t).heap();
    if (wanted != 0) {
      heap.setEnd(wanted);
    }
    return heap.end();
  }
}
