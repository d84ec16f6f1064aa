// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image that the build makes and {@code boot} starts from. */
final class DefaultRootTest {
  private static final String PROMPT = "# ";

  @TempDir Path directory;

  /** The image as a file. */
  private Path image() throws IOException {
    Path file = directory.resolve("root.img");
    try (DiskImage disk = DefaultRoot.open();
        OutputStream out = Files.newOutputStream(file)) {
      byte[] chunk = new byte[1 << 16];
      for (long at = 0; at < disk.sectors() * DiskImage.SECTOR; at += chunk.length) {
        disk.read(at, chunk, 0, chunk.length);
        out.write(chunk);
      }
    }
    return file;
  }

  private static String good(String... arguments) {
    Faultline.Outcome outcome = Faultline.run(arguments);
    assertThat(outcome.errors()).as(String.join(" ", arguments)).isEmpty();
    assertThat(outcome.status()).isZero();
    return outcome.output();
  }

  @Test
  @DisplayName("the guest has ext2 on /, writes there, and the next boot begins from the same root")
  void eachBootBeginsAnew() throws IOException {
    for (int i = 0; i < 2; i++) {
      try (BootedMachine machine = new BootedMachine();
          BootedMachine.Session session = machine.connect()) {
        session.expect(PROMPT);
        session.send("cat /note; echo seen > /note; cat /note /proc/mounts; sync\r\n");
        String answer = session.expect("/dev/vda / ext2 rw");
        assertThat(answer).containsOnlyOnce("\nseen").contains("No such file");
        session.expect(PROMPT);
      }
    }
  }

  @Test
  @DisplayName("modes, links and times are those of the list, and the check finds nothing")
  void whatIsInIt() throws IOException {
    String image = image().toString();
    assertThat(good("image", "check", image)).endsWith("is clean\n");
    assertThat(good("image", "ls", image))
        .containsPattern("drwxrwxrwt .* 2026-01-01T00:00:00Z tmp\n")
        .containsPattern("drwxr-xr-x .* 2026-01-01T00:00:00Z bin\n")
        .contains(" sbin -> bin\n");
    Path shell = directory.resolve("sh");
    good("image", "get", image, "/bin/sh", shell.toString());
    assertThat(shell).hasSameBinaryContentAs(Faultline.guest("bin/sh"));
  }

  @Test
  @Tag("tools")
  @DisplayName("e2fsck finds nothing, neither in the image nor after a boot that wrote to it")
  void isClean() throws IOException, InterruptedException {
    Path image = image();
    checkWithTool(image);
    try (BootedMachine machine = new BootedMachine("--root", image.toString());
        BootedMachine.Session session = machine.connect()) {
      session.expect(PROMPT);
      session.send("mkdir /d; cp /bin/sh /d/sh; rm /test/all; mv /d /moved; poweroff\r\n");
      machine.waitFor();
    }
    checkWithTool(image);
    assertThat(good("image", "ls", image.toString(), "/moved")).endsWith(" sh\n");
    assertThat(good("image", "ls", image.toString(), "/test")).doesNotContain(" all\n");
  }

  private static void checkWithTool(Path image) throws IOException, InterruptedException {
    Process e2fsck =
        new ProcessBuilder("e2fsck", "-fn", image.toString()).redirectErrorStream(true).start();
    String said = new String(e2fsck.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(e2fsck.waitFor()).as(said).isZero();
  }

  @Test
  @DisplayName("the same files at the same time make the same image, byte for byte")
  void repeats() throws IOException {
    Path[] images = {directory.resolve("a"), directory.resolve("b")};
    for (Path image : images) {
      good(
          "image",
          "create",
          "--size",
          "2m",
          "--epoch",
          "1000000000",
          "--from",
          Faultline.guest("test").toString(),
          image.toString());
    }
    assertThat(images[0]).hasSameBinaryContentAs(images[1]);
  }
}
