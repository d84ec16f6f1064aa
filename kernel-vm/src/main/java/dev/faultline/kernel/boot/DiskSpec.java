// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.FileImage;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.devices.disk.OverlayImage;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/** What is behind a disk, as written on the command line. */
sealed interface DiskSpec {
  /** What a disk in memory begins with. */
  String MEMORY = "memory:";

  /** What an image that refuses writes ends with. */
  String READ_ONLY = ",ro";

  /** What an image that is not written to ends with. */
  String OVERLAY = ",overlay";

  /** The largest disk in memory. */
  long MAX_MEMORY = 1L << 34;

  /** How an image may be used. */
  enum Use {
    /** Written in place. */
    IN_PLACE,
    /** Never written; the disk refuses writes. */
    READ_ONLY,
    /** Never written; what the guest writes goes elsewhere. */
    OVERLAY
  }

  /**
   * An image file.
   *
   * @param overlay the file that takes what is written over the image; null for one that is gone
   *     with the run, or if there is none
   */
  record Image(Path file, Use use, @Nullable Path overlay) implements DiskSpec {}

  /** A disk of so many bytes, full of zeros, that is gone with the run. */
  record Memory(long bytes) implements DiskSpec {}

  /** Opens it; says in one line, which begins with the option's name, why it cannot. */
  static DiskImage open(String option, DiskSpec spec) {
    return switch (spec) {
      case Image image -> open(option, image);
      case Memory memory -> new MemoryImage(memory.bytes() / DiskImage.SECTOR);
    };
  }

  private static DiskImage open(String option, Image image) {
    if (!Files.isRegularFile(image.file())) {
      throw new UsageError(option + " " + image.file() + ": there is no such file");
    }
    try {
      if (image.use() != Use.OVERLAY) {
        return FileImage.open(image.file(), image.use() == Use.READ_ONLY);
      }
      DiskImage base = FileImage.open(image.file(), true);
      Path overlay = image.overlay();
      try {
        return overlay == null ? OverlayImage.temporary(base) : OverlayImage.open(base, overlay);
      } catch (IOException e) {
        base.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UsageError(option + " " + describe(image.file(), e));
    }
  }

  private static String describe(Path file, IOException e) {
    String message = e.getMessage();
    if (e instanceof AccessDeniedException) {
      return file + ": " + message + " may not be written; use an overlay";
    }
    return message == null ? file + ": " + e : message;
  }

  /** Parses {@code IMG[,ro]}, {@code IMG,overlay[=FILE]} and {@code memory:SIZE}. */
  static DiskSpec parse(String text) {
    if (text.startsWith(MEMORY)) {
      return memory(text);
    }
    if (text.endsWith(READ_ONLY)) {
      return new Image(file(text, text.length() - READ_ONLY.length()), Use.READ_ONLY, null);
    }
    if (text.endsWith(OVERLAY)) {
      return new Image(file(text, text.length() - OVERLAY.length()), Use.OVERLAY, null);
    }
    int overlay = text.lastIndexOf(OVERLAY + "=");
    if (overlay >= 0) {
      String name = text.substring(overlay + OVERLAY.length() + 1);
      return new Image(file(text, overlay), Use.OVERLAY, file(name, name.length()));
    }
    return new Image(file(text, text.length()), Use.IN_PLACE, null);
  }

  private static DiskSpec memory(String text) {
    try {
      long bytes = new ByteSize.Converter().convert(text.substring(MEMORY.length())).bytes();
      if (bytes > 0 && bytes <= MAX_MEMORY && bytes % DiskImage.SECTOR == 0) {
        return new Memory(bytes);
      }
    } catch (TypeConversionException e) {
      throw new UsageError("--disk " + text + ": " + e.getMessage());
    }
    throw new UsageError(
        "--disk " + text + ": a disk in memory has 512 bytes to 16g, in whole sectors of 512");
  }

  private static Path file(String text, int length) {
    if (length == 0) {
      throw new UsageError(
          "--disk "
              + text
              + " names no file; write IMG, IMG,ro, IMG,overlay[=FILE] or memory:SIZE");
    }
    return Path.of(text.substring(0, length));
  }
}
