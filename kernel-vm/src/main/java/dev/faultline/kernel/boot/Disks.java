// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.HddLatency;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.ScriptedFaults;
import dev.faultline.devices.disk.SeededFaults;
import dev.faultline.devices.disk.SsdLatency;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes drives of what the options say: an image, how fast it is, what goes wrong. */
final class Disks {
  /** An overlay that is gone with the run. */
  private static final String TEMPORARY = "temp";

  /** Where the superblock's magic number is: 56 bytes into it. */
  private static final int MAGIC_AT = 1024 + 56;

  private Disks() {}

  /** Plugs in the disks that were asked for. */
  static void attach(Machine machine, MachineOptions options) {
    for (String text : options.disks()) {
      machine.disks().add(drive(DiskSpec.open("--disk", DiskSpec.parse(text)), options));
    }
    for (String text : options.swap()) {
      machine.disks().addSwap(drive(SwapSpec.open(text, options.seed()), options));
    }
  }

  /** Plugs in the image that holds the root, as the first disk: vda. */
  static void attachRoot(Machine machine, Path image, MachineOptions options) {
    if (!isExt2(image)) {
      throw new UsageError("--root " + image + " is neither a directory nor an ext2 image");
    }
    String overlay = options.overlay();
    DiskSpec spec =
        overlay == null
            ? new DiskSpec.Image(image, DiskSpec.Use.IN_PLACE, null)
            : new DiskSpec.Image(
                image, DiskSpec.Use.OVERLAY, overlay.equals(TEMPORARY) ? null : Path.of(overlay));
    machine.disks().add(drive(DiskSpec.open("--root", spec), options));
  }

  /**
   * True if a file has the mark of an ext2 file system, or cannot be read, which comes out later.
   */
  private static boolean isExt2(Path image) {
    try (InputStream in = Files.newInputStream(image)) {
      byte[] start = in.readNBytes(MAGIC_AT + 2);
      return start.length == MAGIC_AT + 2
          && (start[MAGIC_AT] & 0xFF) == 0x53
          && (start[MAGIC_AT + 1] & 0xFF) == 0xEF;
    } catch (IOException e) {
      return true;
    }
  }

  /** A drive on an image, as fast and as faulty as the options say. */
  static Drive drive(DiskImage image, MachineOptions options) {
    return new Drive(
        image, latency(options.diskLatency(), image.sectors()), faults(options.diskFaults()));
  }

  private static Latency latency(MachineOptions.DiskLatency model, long sectors) {
    return switch (model) {
      case NONE -> Latency.none();
      case SSD -> new SsdLatency();
      case HDD -> new HddLatency(sectors);
    };
  }

  /** Each disk has troubles of its own, which begin at the beginning. */
  private static DiskFaults faults(@Nullable String given) {
    if (given == null) {
      return DiskFaults.none();
    }
    if (given.matches("[0-9]{1,18}")) {
      return new SeededFaults(Long.parseLong(given));
    }
    try {
      return ScriptedFaults.parse(Files.readAllLines(Path.of(given)));
    } catch (IOException e) {
      throw new UsageError("--disk-faults " + given + " cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new UsageError("--disk-faults " + given + ", " + e.getMessage());
    }
  }
}
