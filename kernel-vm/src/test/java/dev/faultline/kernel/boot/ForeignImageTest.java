// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Debian's own tools make: images of mke2fs as root, of mkswap as swap space. */
@Tag("tools")
final class ForeignImageTest {
  @TempDir Path directory;

  private static String tool(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private String mke2fs(String options) throws IOException, InterruptedException {
    Path image = directory.resolve("root.img");
    Files.write(image, new byte[8 << 20]);
    List<String> command = new ArrayList<>(List.of("mke2fs", "-q"));
    command.addAll(List.of(options.split(" ", -1)));
    command.addAll(List.of("-d", Faultline.guest("").toString(), image.toString()));
    tool(command.toArray(String[]::new));
    return image.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "-t ext4,'extent, 64bit, flex_bg'",
    "'-t ext2 -O extent',extent",
    "'-t ext2 -O meta_bg,^resize_inode',meta_bg",
    "'-t ext4 -O ^64bit,^extent,inline_data','flex_bg, inline_data'"
  })
  @DisplayName("features that make an image unreadable are named in one line, status 2")
  void refused(String options, String named) throws Exception {
    String image = mke2fs(options);
    byte[] before = Files.readAllBytes(Path.of(image));
    Faultline.Outcome outcome = Faultline.run("run", "--root", image, "/bin/echo", "here");
    assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .isEqualTo(
            "faultline: vda cannot be mounted: it has features that cannot be mounted: "
                + named
                + "\n");
    assertThat(Files.readAllBytes(Path.of(image))).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t ext2", "-t ext2 -b 4096 -O ^dir_index", "-t ext3 -b 1024"})
  @DisplayName("a guest runs from it and writes to it; e2fsck and debugfs are content")
  void root(String options) throws Exception {
    String image = mke2fs(options);
    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            image,
            "/bin/sh",
            "-c",
            "/test/mmapfile > /note; mkdir /d; mv /note /d/note; rm /etc/motd");
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
    tool("e2fsck", "-fn", image);
    assertThat(tool("debugfs", "-R", "cat /d/note", image)).endsWith("mmapfile: all PASS\n");
  }

  @Test
  @DisplayName("swap space made by mkswap is used as it says, and still is one afterwards")
  void mkswap() throws Exception {
    String image = directory.resolve("swap.img").toString();
    Files.write(Path.of(image), new byte[24 << 20]);
    tool("mkswap", "-L", "ours", image);
    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            Faultline.guest("").toString(),
            "--ram",
            "4m",
            "--swap",
            image,
            "--swap",
            "2m",
            "/bin/sh",
            "-c",
            "cat /proc/swaps; /test/swapmix 16 4 1 && swapoff /dev/vda && swapon /dev/vda"
                + " && /test/swapmix 8 2 1");
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
    assertThat(outcome.output())
        .contains("/dev/vda ", " partition\t24572\t")
        .doesNotContain("FAIL")
        .endsWith("swapmix: all PASS\n");
    assertThat(tool("swaplabel", image)).contains("LABEL: ours");
  }
}
