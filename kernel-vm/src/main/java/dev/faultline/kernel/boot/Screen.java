// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.FrameBuffer;
import dev.faultline.kernel.fs.dev.FrameBufferDevice;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * The picture of a machine that was given a frame buffer: plugs it in as /dev/fb0, and saves at the
 * end what the guest has drawn, as a PNG file (ISO 15948) of eight-bit red, green and blue.
 */
final class Screen {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;
  private static final long SIGNATURE = 0x8950_4E47_0D0A_1A0AL;

  private final Path file;
  private final FrameBuffer picture = new FrameBuffer(WIDTH, HEIGHT);

  /** A picture that will be saved to {@code file}; refuses one that could not be. */
  private Screen(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new UsageError("--fb " + file + ": " + parent + " is no directory one can write to");
    }
    if (Files.exists(file) && !(Files.isRegularFile(file) && Files.isWritable(file))) {
      throw new UsageError("--fb " + file + " is no file one can write to");
    }
    this.file = file;
  }

  /** Gives the machine, which has not started, a frame buffer. */
  static Screen attach(Machine machine, Path file) {
    Screen screen = new Screen(file);
    screen.picture.attach(machine.hardware().bus);
    machine
        .devices()
        .addFrameBuffer(
            new FrameBufferDevice(
                machine.vm(), machine.hardware().bus, FrameBuffer.BASE, WIDTH, HEIGHT));
    return screen;
  }

  /** Saves the picture as it is now. */
  void save() {
    try {
      Files.write(file, png(picture));
    } catch (IOException e) {
      throw new UsageError("--fb " + file + " cannot be written: " + e.getMessage());
    }
  }

  /** The picture as the bytes of a PNG file. */
  static byte[] png(FrameBuffer picture) throws IOException {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (DeflaterOutputStream packed = new DeflaterOutputStream(rows)) {
      byte[] row = new byte[1 + 3 * picture.width()];
      for (int y = 0; y < picture.height(); y++) {
        // The first byte says that the row is not filtered.
        for (int x = 0; x < picture.width(); x++) {
          int rgb = picture.pixel(x, y);
          row[3 * x + 1] = (byte) (rgb >>> 16);
          row[3 * x + 2] = (byte) (rgb >>> 8);
          row[3 * x + 3] = (byte) rgb;
        }
        packed.write(row);
      }
    }
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream h = new DataOutputStream(header);
    h.writeInt(picture.width());
    h.writeInt(picture.height());
    h.write(new byte[] {8, 2, 0, 0, 0});
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(all);
    out.writeLong(SIGNATURE);
    chunk(out, "IHDR", header.toByteArray());
    chunk(out, "IDAT", rows.toByteArray());
    chunk(out, "IEND", new byte[0]);
    return all.toByteArray();
  }

  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }
}
