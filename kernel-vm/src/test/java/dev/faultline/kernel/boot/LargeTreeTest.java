// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hazard: a large tree, unpacked and removed by a program that nobody here wrote, in little memory,
 * leaves a file system that is not whole. Needs Debian's busybox for i386, and e2fsck. It is two
 * thousand files unless {@code faultline.effort} is more than 1.
 */
@Tag("tools")
final class LargeTreeTest {
  private static final Path BUSYBOX = Path.of("../target/tools/busybox/bin/busybox");
  private static final int FILES = 2_000 * Math.min(5, Integer.getInteger("faultline.effort", 1));
  private static final int PER_DIRECTORY = 100;
  private static final int MOST = 3000;

  @TempDir Path directory;

  /** Packs the tree; the hash of all files' bytes in the order of their names. */
  private static String pack(Path archive) throws IOException, NoSuchAlgorithmException {
    Random random = new Random(1);
    MessageDigest hash = MessageDigest.getInstance("MD5");
    try (OutputStream out = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (int i = 0; i < FILES; i++) {
        byte[] bytes = new byte[random.nextInt(MOST)];
        random.nextBytes(bytes);
        hash.update(bytes);
        TarArchiveEntry file =
            new TarArchiveEntry(String.format("t/d%04d/file-%05d", i / PER_DIRECTORY, i));
        file.setSize(bytes.length);
        tar.putArchiveEntry(file);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  private static String guest(Path image, String script) {
    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            image.toString(),
            "--ram",
            "8m",
            "--env",
            "PATH=/bin",
            "/bin/busybox",
            "sh",
            "-c",
            script);
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
    return outcome.output();
  }

  private static void assertClean(Path image) throws IOException, InterruptedException {
    Process check =
        new ProcessBuilder("e2fsck", "-fn", image.toString()).redirectErrorStream(true).start();
    String said = new String(check.getInputStream().readAllBytes(), ISO_8859_1);
    assertThat(check.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(check.exitValue()).as(said).isZero();
  }

  @Test
  @DisplayName("busybox unpacks thousands of files and removes them; e2fsck -fn is content")
  void unpackedAndRemoved() throws Exception {
    Path packed = directory.resolve("tree");
    Path bin = Files.createDirectories(packed.resolve("bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String name : "sh tar find sort xargs cat md5sum rm ls".split(" ", -1)) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    String hash = pack(packed.resolve("t.tar"));
    Path image = directory.resolve("root.img");
    Faultline.Outcome made =
        Faultline.run(
            "image", "create", "--size", "96m", "--from", packed.toString(), image.toString());
    assertThat(made.errors()).isEmpty();

    String seen =
        guest(image, "cd / && tar xf t.tar && find t -type f | sort | xargs cat | md5sum");
    assertThat(seen).isEqualTo(hash + "  -\n");
    assertClean(image);

    assertThat(guest(image, "cd / && rm -r t && ls /").split("\n", -1))
        .doesNotContain("t")
        .contains("t.tar");
    assertClean(image);
  }
}
