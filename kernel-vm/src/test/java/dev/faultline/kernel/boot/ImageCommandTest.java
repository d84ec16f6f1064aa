// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code image} makes what {@code --root} runs from, and gives back what a run has left. */
final class ImageCommandTest {
  private static final String GUEST = Faultline.guest("").toString();

  @TempDir Path directory;

  private String image() {
    return directory.resolve("root.img").toString();
  }

  private static String good(String... arguments) {
    Faultline.Outcome outcome = Faultline.run(arguments);
    assertThat(outcome.errors()).as(String.join(" ", arguments)).isEmpty();
    assertThat(outcome.status()).isZero();
    return outcome.output();
  }

  private static void refused(String line, String... arguments) {
    Faultline.Outcome outcome = Faultline.run(arguments);
    assertThat(outcome.errors()).as(String.join(" ", arguments)).startsWith("faultline: ");
    assertThat(outcome.errors().lines()).hasSize(1);
    assertThat(outcome.errors()).contains(line);
    assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
  }

  @Test
  @DisplayName("a guest runs from an image, and what it writes is there in the next run")
  void root() {
    good("image", "create", "--size", "4m", "--from", GUEST, image());
    String script = "cat /note; echo kept > /note; ls /bin/sh";
    Faultline.Outcome first = Faultline.run("run", "--root", image(), "/bin/sh", "-c", script);
    assertThat(first.output()).isEqualTo("/bin/sh\n");
    assertThat(good("run", "--root", image(), "/bin/sh", "-c", script))
        .isEqualTo("kept\n/bin/sh\n");
    assertThat(good("image", "check", image())).endsWith("is clean\n");
    assertThat(good("image", "cat", image(), "/note")).isEqualTo("kept\n");
  }

  @Test
  @DisplayName("an overlay takes what the guest writes; the image stays byte for byte")
  void overlay() throws IOException {
    good("image", "create", "--size", "4m", "--from", GUEST, image());
    byte[] before = Files.readAllBytes(Path.of(image()));
    String kept = directory.resolve("kept").toString();
    for (String overlay : new String[] {"temp", kept, kept}) {
      Faultline.run(
          "run", "--root", image(), "--overlay", overlay, "/bin/sh", "-c", "echo x >> /note");
    }
    assertThat(good("run", "--root", image(), "--overlay", kept, "/bin/sh", "-c", "cat /note"))
        .isEqualTo("x\nx\n");
    assertThat(Files.readAllBytes(Path.of(image()))).isEqualTo(before);
  }

  @Test
  @DisplayName("files of any bytes and trees go in and come out as they were")
  void copies() throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(7).nextBytes(bytes);
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.write(tree.resolve("data"), bytes);
    Files.createSymbolicLink(directory.resolve("tree/link"), Path.of("a/b/data"));
    good("image", "create", "--size", "2m", image());
    good("image", "put", image(), directory.resolve("tree").toString(), "/t");
    good("image", "get", image(), "/t", directory.resolve("out").toString());
    assertThat(directory.resolve("out/a/b/data")).hasBinaryContent(bytes);
    assertThat(Files.readSymbolicLink(directory.resolve("out/link"))).hasToString("a/b/data");
    Faultline.Outcome put = Faultline.runWithInput(bytes, "image", "put", image(), "-", "/s");
    assertThat(put.status()).isZero();
    assertThat(good("image", "get", image(), "/s", "-")).isEqualTo(new String(bytes, ISO_8859_1));
    good("image", "mkdir", image(), "/d");
    refused("not empty", "image", "rm", image(), "/t");
    good("image", "rm", "-r", image(), "/t");
    good("image", "rm", image(), "/s");
    assertThat(good("image", "ls", image()).lines().map(l -> l.substring(l.lastIndexOf(' ') + 1)))
        .containsExactly("d", "lost+found");
    assertThat(good("image", "check", image())).endsWith("is clean\n");
  }

  @Test
  @DisplayName("a tar archive is unpacked with owners, rights, links and devices")
  void tar() throws IOException {
    Path archive = directory.resolve("a.tar.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive));
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      TarArchiveEntry file = new TarArchiveEntry("./x/file");
      file.setSize(5);
      file.setMode(0x9ED);
      file.setIds(7, 8);
      tar.putArchiveEntry(file);
      tar.write("hello".getBytes(US_ASCII));
      tar.closeArchiveEntry();
      TarArchiveEntry hard = new TarArchiveEntry("x/hard", TarConstants.LF_LINK);
      hard.setLinkName("x/file");
      tar.putArchiveEntry(hard);
      tar.closeArchiveEntry();
      TarArchiveEntry device = new TarArchiveEntry("null", TarConstants.LF_CHR);
      device.setDevMajor(1);
      device.setDevMinor(3);
      tar.putArchiveEntry(device);
      tar.closeArchiveEntry();
    }
    good("image", "create", "--size", "1m", "--from", archive.toString(), image());
    assertThat(good("image", "ls", image(), "/x"))
        .contains("-rwsr-xr-x   2     7     8          5 ")
        .contains(" hard\n");
    assertThat(good("image", "cat", image(), "/x/hard")).isEqualTo("hello");
    assertThat(good("image", "ls", image())).contains("crw-r--r--");
    assertThat(good("image", "check", image())).endsWith("is clean\n");
  }

  @Test
  @DisplayName("what cannot be done is one line, and leaves nothing behind")
  void refusals() throws IOException {
    Path junk = Files.write(directory.resolve("junk"), new byte[64 << 10]);
    refused("--size is missing", "image", "create", image());
    refused("--size", "image", "create", "--size", "1k", image());
    refused("no space", "image", "create", "--size", "256k", "--from", GUEST, image());
    refused(
        "no tar archive",
        "image",
        "create",
        "--size",
        "1m",
        "--from",
        Files.write(directory.resolve("text"), "no archive at all".repeat(99).getBytes(US_ASCII))
            .toString(),
        image());
    assertThat(Path.of(image())).doesNotExist();
    refused("no such file", "image", "ls", image());
    refused("no action", "image", "frob", junk.toString());
    refused("cannot be mounted", "image", "ls", junk.toString());
    refused("nor an ext2 image", "run", "--root", junk.toString(), "/bin/sh");
    refused("image", "run", "--root", GUEST, "--overlay", "temp", "/bin/sh");
    good("image", "create", "--size", "1m", image());
    refused("exists already", "image", "create", "--size", "1m", image());
    refused("no such file", "image", "cat", image(), "/none");
  }
}
