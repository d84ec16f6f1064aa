// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest that draws, and the picture that is left of it. */
final class FrameBufferRunTest {
  private static final int RGB = 0xFF_FFFF;

  @TempDir Path directory;

  @Test
  @DisplayName("DV1 DV3 DV4 a guest maps the frame buffer and draws; the picture is saved as PNG")
  void draws() throws IOException {
    Path file = directory.resolve("picture.png");
    String program = Faultline.guest("test/fbdraw").toString();
    Faultline.Outcome outcome = Faultline.run("run", "--fb", file.toString(), program);
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.output()).endsWith("fbdraw: all PASS\n").doesNotContain("FAIL");
    assertThat(outcome.status()).isZero();
    BufferedImage picture = ImageIO.read(file.toFile());
    assertThat(picture.getWidth()).isEqualTo(640);
    assertThat(picture.getHeight()).isEqualTo(480);
    assertThat(picture.getRGB(0, 0) & RGB).as("written through the file").isEqualTo(0x00FF00);
    assertThat(picture.getRGB(50, 15) & RGB).as("drawn by the child").isEqualTo(0xFF0000);
    assertThat(picture.getRGB(300, 240) & RGB).as("the line").isEqualTo(0xFFFFFF);
    assertThat(picture.getRGB(639, 479) & RGB).as("the gradient").isEqualTo(0xFFFF40);
    assertThat(picture.getRGB(320, 0) & RGB).isEqualTo(320 * 255 / 639 << 16 | 0x40);
  }

  @Test
  @DisplayName("without the option there is no frame buffer")
  void none() {
    Faultline.Outcome outcome = Faultline.run("run", Faultline.guest("test/fbdraw").toString());
    assertThat(outcome.output()).isEqualTo("fbdraw: no frame buffer here\n");
    assertThat(outcome.status()).isZero();
  }

  @Test
  @DisplayName("a picture that cannot be saved is refused before the run")
  void refused() {
    Path nowhere = directory.resolve("no/such/place.png");
    Faultline.Outcome outcome =
        Faultline.run("run", "--fb", nowhere.toString(), Faultline.guest("test/fbdraw").toString());
    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.errors()).contains("no directory one can write to");
    assertThat(Files.exists(nowhere)).isFalse();
  }
}
