// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.FileImage;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.mmu.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is behind a swap disk, as {@code --swap} says: a size, or the file of an image. */
final class SwapSpec {
  /** As few pages as mkswap accepts. */
  private static final int MIN_PAGES = 10;

  private static final int SECTORS_PER_PAGE = Page.SIZE / DiskImage.SECTOR;

  private SwapSpec() {}

  /**
   * Opens the image, which has a swap header then: one in memory gets one, and so does a file that
   * begins with a page of zeros.
   *
   * @param text {@code 128m} or {@code FILE}
   * @param seed chooses the UUID of a new header
   */
  static DiskImage open(String text, long seed) {
    if (text.matches("[0-9]+[kKmMgG]?")) {
      return memory(text, seed);
    }
    Path file = Path.of(text);
    if (!Files.isRegularFile(file)) {
      throw new UsageError("--swap " + text + ": there is no such file; write a size, or a file");
    }
    try {
      DiskImage image = FileImage.open(file, false);
      try {
        prepare(image, text, seed);
        return image;
      } catch (IOException | UsageError e) {
        image.close();
        throw e;
      }
    } catch (IOException e) {
      String why = e.getMessage();
      throw new UsageError("--swap " + text + " cannot be used: " + (why == null ? e : why));
    }
  }

  private static DiskImage memory(String text, long seed) {
    long bytes = new ByteSize.Converter().convert(text).bytes();
    long pages = bytes / Page.SIZE;
    if (pages < MIN_PAGES || bytes > DiskSpec.MAX_MEMORY) {
      throw new UsageError("--swap " + text + ": swap space in memory has 40k to 16g");
    }
    MemoryImage image = new MemoryImage(pages * SECTORS_PER_PAGE);
    image.write(0, SwapHeader.make(pages, seed), 0, Page.SIZE);
    return image;
  }

  private static void prepare(DiskImage image, String text, long seed) throws IOException {
    long pages = image.sectors() / SECTORS_PER_PAGE;
    if (pages < MIN_PAGES) {
      throw new UsageError("--swap " + text + " is too small: swap space has 40 KiB at least");
    }
    byte[] first = new byte[Page.SIZE];
    image.read(0, first, 0, Page.SIZE);
    if (SwapHeader.parse(first) != null) {
      return;
    }
    for (byte b : first) {
      if (b != 0) {
        throw new UsageError(
            "--swap " + text + " is no swap space and holds something else; see mkswap");
      }
    }
    image.write(0, SwapHeader.make(pages, seed), 0, Page.SIZE);
  }
}
