// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.kernel.fs.ext2.FormatExt2;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Small ext2 images in memory that a machine can have as its root. */
final class RootImage {
  private static final int BYTES = 2 << 20;
  private static final int BLOCK = 1024;

  private RootImage() {}

  /**
   * An image with nothing in its root but one of the guest's test programs, and places to mount.
   */
  static byte[] with(String program) throws IOException {
    byte[] image = new byte[BYTES];
    FormatExt2.format(
        (at, bytes) -> System.arraycopy(bytes, 0, image, (int) at, bytes.length),
        BYTES,
        BLOCK,
        "test",
        1,
        (int) MachineOptions.DEFAULT_EPOCH);
    byte[] code = Files.readAllBytes(Faultline.guest("test/" + program));
    MemoryImage disk = disk(image);
    administer(
        disk,
        files -> {
          ImageFiles.Attributes attributes = new ImageFiles.Attributes(0x1ED, 0, 0, 0);
          for (String place : List.of("/dev", "/proc", "/tmp")) {
            files.makeDirectory(place, attributes);
          }
          files.write("/" + program, new ByteArrayInputStream(code), attributes);
        });
    return content(disk);
  }

  /** A disk that holds these bytes. */
  static MemoryImage disk(byte[] content) {
    MemoryImage disk = new MemoryImage(content.length / DiskImage.SECTOR);
    disk.write(0, content, 0, content.length);
    return disk;
  }

  /** What a disk holds. */
  static byte[] content(MemoryImage disk) {
    byte[] all = new byte[(int) disk.sectors() * DiskImage.SECTOR];
    disk.read(0, all, 0, all.length);
    return all;
  }

  /**
   * Lets a program of e2fsprogs work on an image, which may change; its status, and behind it what
   * it says.
   */
  static String tool(byte[] content, String... command) {
    try {
      Path file = Files.createTempFile("faultline", ".img");
      try {
        Files.write(file, content);
        List<String> words = new ArrayList<>(List.of(command));
        words.add(file.toString());
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        System.arraycopy(Files.readAllBytes(file), 0, content, 0, content.length);
        return process.exitValue() + "\n" + said;
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Something to do to an image's files. */
  interface Work {
    void on(ImageFiles files) throws IOException;
  }

  /** Lets a machine mount an image and do something to its files. */
  static void administer(DiskImage disk, Work work) {
    MachineConfig config =
        new MachineConfig(
            8 << 20, 1, MachineOptions.DEFAULT_EPOCH, false, Long.MAX_VALUE, false, false);
    try (Machine machine = new Machine(config, null, line -> {})) {
      machine.disks().add(new Drive(disk, Latency.none(), DiskFaults.none()));
      machine.administer(
          caller -> {
            try {
              work.on(new ImageFiles(caller));
              return "";
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
