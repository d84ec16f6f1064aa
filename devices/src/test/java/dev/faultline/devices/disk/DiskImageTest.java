// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hazard: bytes that come back wrong, or that reach a file that was to be left alone. */
final class DiskImageTest {
  private static final int SECTORS = 300;
  private static final int BYTES = SECTORS * DiskImage.SECTOR;

  @TempDir Path directory;

  /** Writes and reads at random, whole sectors and parts, against an array. */
  private static byte[] exercise(DiskImage image, byte[] model, long seed) throws IOException {
    Random chance = new Random(seed);
    for (int step = 0; step < 400; step++) {
      int position = chance.nextInt(BYTES);
      int length = chance.nextInt(Math.min(5000, BYTES - position));
      byte[] bytes = new byte[length + 2];
      if (chance.nextBoolean()) {
        chance.nextBytes(bytes);
        image.write(position, bytes, 1, length);
        System.arraycopy(bytes, 1, model, position, length);
      } else {
        image.read(position, bytes, 1, length);
        assertThat(Arrays.copyOfRange(bytes, 1, length + 1))
            .isEqualTo(Arrays.copyOfRange(model, position, position + length));
        assertThat(bytes[0]).isZero();
        assertThat(bytes[length + 1]).isZero();
      }
    }
    assertThat(all(image)).isEqualTo(model);
    return model;
  }

  private static byte[] all(DiskImage image) throws IOException {
    byte[] bytes = new byte[BYTES];
    image.read(0, bytes, 0, BYTES);
    return bytes;
  }

  @Test
  @DisplayName("memory, file and overlay all hold what was written")
  void holds() throws IOException {
    for (long seed = 0; seed < 10; seed++) {
      exercise(new MemoryImage(SECTORS), new byte[BYTES], seed);
      Path file = directory.resolve("image" + seed);
      byte[] content;
      try (FileImage image = FileImage.create(file, SECTORS)) {
        assertThat(image.sectors()).isEqualTo(SECTORS);
        content = exercise(image, new byte[BYTES], seed);
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
      Path overlay = directory.resolve("overlay" + seed);
      byte[] model = content.clone();
      for (int session = 0; session < 3; session++) {
        try (OverlayImage image = OverlayImage.open(FileImage.open(file, true), overlay)) {
          exercise(image, model, seed * 10 + session);
        }
      }
      try (OverlayImage image = OverlayImage.temporary(FileImage.open(file, true))) {
        exercise(image, content.clone(), seed);
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  @Test
  @DisplayName("a new image and an overlay take room only for what was written")
  void sparse() throws IOException {
    Path file = directory.resolve("sparse");
    long sectors = 1L << 21;
    FileImage.create(file, sectors).close();
    assertThat(Files.size(file)).isEqualTo(sectors * 512);
    Path overlay = directory.resolve("sparse-overlay");
    try (OverlayImage image = OverlayImage.open(FileImage.open(file, true), overlay)) {
      image.write(0, new byte[512], 0, 512);
      image.write((sectors - 1) * 512, new byte[512], 0, 512);
    }
    assertThat(Files.size(overlay)).isGreaterThan(1L << 29);
    assertThat(blocks(file)).isLessThan(1000);
    assertThat(blocks(overlay)).isLessThan(1000);
  }

  private static long blocks(Path file) throws IOException {
    Process du = new ProcessBuilder("du", "-k", file.toString()).start();
    String line = new String(du.getInputStream().readAllBytes(), US_ASCII);
    return Long.parseLong(line.replaceFirst("(?s)\\s.*", ""));
  }

  @Test
  @DisplayName("one image is never written by two: the second is told that it is in use")
  void locking() throws IOException {
    Path file = directory.resolve("locked");
    try (FileImage first = FileImage.create(file, 8)) {
      assertThat(first.readOnly()).isFalse();
      assertThatThrownBy(() -> FileImage.open(file, false)).hasMessageContaining("in use");
      assertThatThrownBy(() -> FileImage.open(file, true)).hasMessageContaining("in use");
    }
    FileImage.open(file, false).close();
  }

  @Test
  @DisplayName("what is no image is refused by a line that says why")
  void refused() throws IOException {
    Path odd = directory.resolve("odd");
    Files.write(odd, new byte[1000]);
    assertThatThrownBy(() -> FileImage.open(odd, false)).hasMessageContaining("1000 bytes");
    Path empty = directory.resolve("empty");
    Files.write(empty, new byte[0]);
    assertThatThrownBy(() -> FileImage.open(empty, true)).hasMessageContaining("0 bytes");
    assertThatThrownBy(() -> OverlayImage.open(new MemoryImage(8), odd))
        .hasMessageContaining("no overlay");
    Path overlay = directory.resolve("small");
    OverlayImage.open(new MemoryImage(8), overlay).close();
    assertThatThrownBy(() -> OverlayImage.open(new MemoryImage(9), overlay))
        .hasMessageContaining("8 sectors, not of 9");
    assertThatThrownBy(() -> FileImage.open(directory.resolve("none"), false))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  @DisplayName("a temporary overlay leaves no file behind")
  void temporary() throws IOException {
    Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
    OverlayImage image = OverlayImage.temporary(new MemoryImage(8));
    image.write(0, new byte[512], 0, 512);
    image.close();
    try (Stream<Path> files = Files.list(tmp)) {
      assertThat(files.filter(f -> f.getFileName().toString().endsWith(".overlay"))).isEmpty();
    }
  }
}
