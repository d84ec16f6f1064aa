// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.vm.MapResult;
import dev.faultline.kernel.vm.UserMemory;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Page;

/**
 * Maps the segments of an ELF file into an address space. Nothing is read: the pages come from the
 * file's memory object when they are touched.
 */
final class ElfLoader {
  /** Where a program goes that runs anywhere. */
  static final int PIE_BASE = 0x5655_5000;

  private final VmSpace space;

  ElfLoader(VmSpace space) {
    this.space = space;
  }

  /**
   * Maps all segments.
   *
   * @param bias added to every address of the image
   * @return 0, or -ENOMEM
   */
  int map(ElfImage image, VmObject object, int bias) {
    for (ElfImage.Segment s : image.segments()) {
      int error = mapSegment(s, object, bias);
      if (error != 0) {
        return error;
      }
    }
    return 0;
  }

  private int mapSegment(ElfImage.Segment s, VmObject object, int bias) {
    int address = s.address() + bias;
    int start = Page.base(address);
    int fileEnd = roundUp(address + s.fileSize());
    int end = roundUp(address + s.memorySize());
    int protection = protection(s.flags());
    if (s.fileSize() == 0) {
      fileEnd = start;
    } else {
      object.reference();
      MapResult mapped =
          space.mapObject(
              start,
              fileEnd - start,
              protection,
              Protection.ALL,
              false,
              object,
              (int) (s.offset() >>> Page.SHIFT),
              true,
              0);
      if (!mapped.code().ok()) {
        object.deallocate();
        return -Errno.ENOMEM;
      }
    }
    if (fileEnd == end) {
      return 0;
    }
    MapResult zeros =
        space.mapAnonymous(fileEnd, end - fileEnd, protection, Protection.ALL, false, true);
    return zeros.code().ok() ? 0 : -Errno.ENOMEM;
  }

  /**
   * Zeroes what follows the file's bytes in the last page of each writable segment. The space must
   * be the one that the memory shows.
   *
   * @return false if a page could not be had
   */
  static boolean zeroTails(ElfImage image, int bias, UserMemory memory) {
    byte[] zeros = new byte[Page.SIZE];
    for (ElfImage.Segment s : image.segments()) {
      int from = s.address() + bias + s.fileSize();
      int size = roundUp(from) - from;
      boolean needed = s.fileSize() != 0 && s.memorySize() != s.fileSize() && size != 0;
      if (needed
          && (s.flags() & ElfImage.PF_W) != 0
          && memory.copyOut(zeros, 0, from, size) != size) {
        return false;
      }
    }
    return true;
  }

  /**
   * Finds room for an image that runs anywhere.
   *
   * @return what to add to its addresses, or 0 if there is no room
   */
  int place(ElfImage image, int hint) {
    int base = Page.base(image.segments().getFirst().address());
    int size = roundUp((int) image.end()) - base;
    MapResult room = space.mapAnonymous(hint, size, Protection.NONE, Protection.ALL, false, false);
    return room.code().ok() ? room.address() - base : 0;
  }

  static int roundUp(int address) {
    return Page.base(address + Page.OFFSET_MASK);
  }

  private static int protection(int flags) {
    int protection = 0;
    if ((flags & ElfImage.PF_R) != 0) {
      protection |= Protection.READ;
    }
    if ((flags & ElfImage.PF_W) != 0) {
      protection |= Protection.WRITE | Protection.READ;
    }
    if ((flags & ElfImage.PF_X) != 0) {
      protection |= Protection.EXECUTE | Protection.READ;
    }
    return protection;
  }
}
