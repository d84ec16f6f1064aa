// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of {@code --disk}: what a guest sees of its disks, and what is left of them. */
final class DiskCommandTest {
  private static final String ROOT = Faultline.guest("").toString();

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void makeImage() throws IOException {
    image = directory.resolve("disk.img");
    byte[] content = new byte[64 << 10];
    Arrays.fill(content, (byte) '.');
    System.arraycopy("first\n".getBytes(US_ASCII), 0, content, 0, 6);
    Files.write(image, content);
  }

  private static Faultline.Outcome run(String script, String... options) {
    String[] all = Arrays.copyOf(new String[] {"run", "--root", ROOT}, 3 + options.length + 3);
    System.arraycopy(options, 0, all, 3, options.length);
    System.arraycopy(new String[] {"/bin/sh", "-c", script}, 0, all, 3 + options.length, 3);
    return Faultline.run(all);
  }

  @Test
  @DisplayName("the guest reads and writes the image in place, under every model of latency")
  void inPlace() throws IOException {
    for (String model : new String[] {"none", "ssd", "hdd"}) {
      makeImage();
      Faultline.Outcome outcome =
          run(
              "head -n 1 /dev/vda; echo second > /dev/vda; head -n 1 /dev/vda; wc -c /dev/vda",
              "--disk",
              image.toString(),
              "--disk-latency",
              model);
      assertThat(outcome.errors()).isEmpty();
      assertThat(outcome.output()).contains("first\nsecond\n").contains("65536");
      byte[] after = Files.readAllBytes(image);
      assertThat(new String(after, 0, 8, US_ASCII)).isEqualTo("second\n.");
      assertThat(after).hasSize(64 << 10);
    }
  }

  @Test
  @DisplayName("a read-only image refuses to be opened for writing; an overlay leaves it as it is")
  void imagesThatStayAsTheyAre() throws IOException {
    byte[] before = Files.readAllBytes(image);
    Faultline.Outcome refused =
        run("head -n 1 /dev/vda; echo no > /dev/vda", "--disk", image + ",ro");
    assertThat(refused.output()).isEqualTo("first\n");
    assertThat(refused.status()).isNotZero();
    String script = "head -n 1 /dev/vda; echo over > /dev/vda; head -n 1 /dev/vda";
    assertThat(run(script, "--disk", image + ",overlay").output()).isEqualTo("first\nover\n");
    String kept = image + ",overlay=" + directory.resolve("kept");
    assertThat(run(script, "--disk", kept).output()).isEqualTo("first\nover\n");
    assertThat(run(script, "--disk", kept).output()).isEqualTo("over\nover\n");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  @DisplayName("disks are listed in /proc and counted in --stats")
  void listed() throws IOException {
    Path stats = directory.resolve("stats.json");
    Faultline.Outcome outcome =
        run(
            "cat /dev/vda > /dev/null; cat /proc/partitions; cat /proc/diskstats",
            "--disk",
            image.toString(),
            "--disk",
            "memory:1m",
            "--stats",
            stats.toString());
    assertThat(outcome.output())
        .contains(" 254        0         64 vda\n")
        .contains(" 254       16       1024 vdb\n")
        .containsPattern(" 254 +0 vda [1-9][0-9]* 0 128 [0-9]+ 0 0 0 0 0 ")
        .containsPattern(" 254 +16 vdb 0 0 0 0 0 ");
    assertThat(stats).content().contains("\"vda_read_sectors\": 128,");
  }

  @Test
  @DisplayName("a run with faults by seed repeats byte for byte, and its data are right")
  void repeats() throws IOException {
    String script = "for i in 1 2 3 4 5 6 7 8 9; do cat /dev/vda | wc -c; done";
    Path[] stats = {directory.resolve("a"), directory.resolve("b")};
    for (Path file : stats) {
      Faultline.Outcome outcome =
          run(
              script,
              "--disk",
              image.toString(),
              "--disk-latency",
              "hdd",
              "--disk-faults",
              "7",
              "--stats",
              file.toString());
      assertThat(outcome.output()).isEqualTo("65536\n".repeat(9));
    }
    assertThat(withoutHostTime(stats[0]))
        .isEqualTo(withoutHostTime(stats[1]))
        .containsPattern("vda_retries\": [1-9]");
  }

  private static String withoutHostTime(Path stats) throws IOException {
    return Files.readString(stats).replaceAll("\"host_time_ns\": [0-9]+", "");
  }

  @Test
  @DisplayName("a power cut ends the run, and the image is what the medium has")
  void powerCut() throws IOException {
    Path script = directory.resolve("faults");
    Files.writeString(script, "# the second write\nwrite 1 power-cut\n");
    Faultline.Outcome outcome =
        run(
            "echo one > /dev/vda; echo two > /dev/vda; echo alive",
            "--disk",
            image.toString(),
            "--disk-faults",
            script.toString());
    assertThat(outcome.output()).doesNotContain("alive");
    assertThat(outcome.errors()).isEqualTo("faultline: the power was cut\n");
    assertThat(outcome.status()).isEqualTo(ExitStatus.TIMEOUT);
    assertThat(Files.readAllBytes(image)).hasSize(64 << 10);
  }

  @ParameterizedTest
  @CsvSource({
    "--disk,/no/such/file,there is no such file",
    "--disk,',ro',names no file",
    "--disk,memory:100,whole sectors",
    "--disk,memory:x,is no size",
    "--disk-latency,fast,fast",
  })
  @DisplayName("what cannot be is one line and status 2")
  void mistakes(String option, String value, String message) {
    Faultline.Outcome outcome = run("true", option, value);
    assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(outcome.errors()).contains(message).hasLineCount(1);
  }

  @Test
  @DisplayName("a bad line of a script, an image of odd size: one line that says where")
  void badFiles() throws IOException {
    Path script = directory.resolve("faults");
    Files.writeString(script, "read 1 error\nread one error\n");
    Faultline.Outcome outcome =
        run("true", "--disk", "memory:1m", "--disk-faults", script.toString());
    assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(outcome.errors()).contains("line 2").hasLineCount(1);
    Files.write(image, new byte[1000]);
    outcome = run("true", "--disk", image.toString());
    assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(outcome.errors()).contains("1000 bytes").hasLineCount(1);
  }
}
