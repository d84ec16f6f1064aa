// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pager.SwapHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of {@code --swap}: a machine uses more memory than it has. */
final class SwapCommandTest {
  private static final String ROOT = Faultline.guest("").toString();

  @TempDir Path directory;

  private static Faultline.Outcome run(String script, String... options) {
    List<String> all = new ArrayList<>(List.of("run", "--root", ROOT));
    all.addAll(List.of(options));
    all.addAll(List.of("/bin/sh", "-c", script));
    return Faultline.run(all.toArray(String[]::new));
  }

  @Test
  @DisplayName("a program four times as large as memory keeps its data, and /proc tells of it")
  void inMemory() throws IOException {
    Path stats = directory.resolve("stats.json");
    Faultline.Outcome outcome =
        run(
            "cat /proc/swaps; /test/thrash 32 2 && cat /proc/meminfo",
            "--ram",
            "8m",
            "--swap",
            "48m",
            "--stats",
            stats.toString());
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
    assertThat(outcome.output())
        .startsWith("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/vda ")
        .contains(" partition\t49148\t\t0\t\t-2\n")
        .contains("SwapTotal:         49148 kB")
        .contains("SwapFree:          49148 kB");
    assertThat(Files.readString(stats)).doesNotContain("\"v_swappgsout\": 0");
  }

  @Test
  @DisplayName("the same run again counts the same")
  void repeats() throws IOException {
    List<String> counters = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Path stats = directory.resolve("stats" + i);
      run("/test/thrash 16 1", "--ram", "4m", "--swap", "32m", "--stats", stats.toString());
      counters.add(Files.readString(stats).replaceAll("\"host_time_ns\": *[0-9]+", ""));
    }
    assertThat(counters.get(0)).isEqualTo(counters.get(1)).contains("v_swapin");
  }

  @Test
  @DisplayName("several disks, an image made elsewhere and one full of zeros")
  void images() throws IOException {
    Path made = directory.resolve("made");
    byte[] content = new byte[8 << 20];
    System.arraycopy(SwapHeader.make(1000, 7), 0, content, 0, 4096);
    Files.write(made, content);
    Path zeros = directory.resolve("zeros");
    Files.write(zeros, new byte[16 << 20]);
    Faultline.Outcome outcome =
        run(
            "/test/thrash 16 1 && cat /proc/swaps",
            "--ram",
            "6m",
            "--swap",
            made.toString(),
            "--swap",
            zeros.toString());
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.output()).contains("/dev/vda ").contains("\t3996\t\t").contains("/dev/vdb ");
    SwapHeader header = SwapHeader.parse(Arrays.copyOf(Files.readAllBytes(zeros), 4096));
    assertThat(header).isNotNull();
    byte[] after = Files.readAllBytes(made);
    assertThat(Arrays.copyOf(after, 4096)).isEqualTo(Arrays.copyOf(content, 4096));
    assertThat(Arrays.copyOfRange(after, 1000 * 4096, after.length)).containsOnly(0);
  }

  @Test
  @DisplayName("what is no swap space is left alone, and said in one line")
  void refused() throws IOException {
    Path other = directory.resolve("other");
    byte[] content = new byte[1 << 20];
    System.arraycopy("letter".getBytes(US_ASCII), 0, content, 100, 6);
    Files.write(other, content);
    for (String bad : new String[] {other.toString(), directory.resolve("none").toString(), "8k"}) {
      Faultline.Outcome outcome = run("echo ran", "--swap", bad);
      assertThat(outcome.status()).isEqualTo(ExitStatus.USAGE);
      assertThat(outcome.output()).isEmpty();
      assertThat(outcome.errors()).contains("--swap " + bad).hasLineCount(1);
    }
    assertThat(Files.readAllBytes(other)).isEqualTo(content);
  }

  @Test
  @DisplayName(
      "swapoff brings everything back, swapon takes the disk again; both know their errors")
  void onAndOff() {
    Faultline.Outcome outcome =
        run(
            "/test/thrash 12 1 && swapoff /dev/vda && cat /proc/swaps; head -n 1 /proc/meminfo;"
                + " swapon /dev/vda && swapon; swapon /dev/vda || echo busy $?;"
                + " swapon /dev/null || echo no disk; swapoff /dev/vdb || echo not there;"
                + " /test/thrash 12 1",
            "--ram",
            "8m",
            "--swap",
            "16m");
    assertThat(outcome.status()).isZero();
    String heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    assertThat(outcome.output())
        .contains(heading + "MemTotal:")
        .contains(heading + "/dev/vda ")
        .contains("\t16380\t\t0\t\t-2\nbusy 1\nno disk\nnot there\n");
    assertThat(outcome.errors()).hasLineCount(3);
  }

  @Test
  @DisplayName("files in /tmp and /dev/shm go to swap; without swap they fill half of memory")
  void filesInMemory() {
    String script =
        "seq 1 100000 > /tmp/a; mv /tmp/a /dev/shm/b 2>/dev/null || cp /tmp/a /dev/shm/b;"
            + " for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"
            + " 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42; do"
            + " cat /dev/shm/b >> /tmp/big || exit 1; done; cat /tmp/big; rm /tmp/big;"
            + " cat /proc/swaps";
    Faultline.Outcome outcome = run(script, "--ram", "8m", "--swap", "32m");
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
    StringBuilder part = new StringBuilder();
    for (int i = 1; i <= 100_000; i++) {
      part.append(i).append('\n');
    }
    String big = part.toString().repeat(42);
    assertThat(big.length()).isGreaterThan(3 * (8 << 20) - (1 << 20));
    assertThat(outcome.output().startsWith(big)).as("the file came back").isTrue();
    assertThat(outcome.output().substring(big.length())).contains("/dev/vda ");

    outcome = run(script, "--ram", "8m");
    assertThat(outcome.errors()).contains("No space left on device");
    assertThat(outcome.status()).isEqualTo(1);
  }

  @Test
  @DisplayName("memory and swap used up: the program is killed, the shell goes on")
  void usedUp() {
    Faultline.Outcome outcome =
        run("/test/thrash 64 1; echo then $?", "--ram", "8m", "--swap", "8m");
    assertThat(outcome.output()).contains("then 137");
    assertThat(outcome.errors()).contains("swap space is almost full").contains("out of memory");
  }

  @Test
  @DisplayName("a file of the root is swap space too, and its disk stays whole; the disk is none")
  void swapFile() throws IOException {
    String image = directory.resolve("root.img").toString();
    Path file = directory.resolve("swapfile");
    Files.write(file, Arrays.copyOf(SwapHeader.make(4096, 3), 4096 * 4096));
    Faultline.run("image", "create", "--size", "32m", "--from", ROOT, image);
    Faultline.run("image", "put", image, file.toString(), "/swapfile");
    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--ram",
            "8m",
            "--root",
            image,
            "/bin/sh",
            "-c",
            "swapon /dev/vda || echo busy; swapon /swapfile && cat /proc/swaps && /test/thrash 14 1"
                + " && rm -f /swapfile || swapoff /swapfile && rm /swapfile && echo gone");
    assertThat(outcome.output())
        .contains("busy\n")
        .contains("/swapfile                               file\t\t16380\t\t0\t\t-2\n")
        .endsWith("gone\n");
    assertThat(outcome.errors()).hasLineCount(2).contains("swapon: /dev/vda").contains("rm: ");
    Faultline.Outcome check = Faultline.run("image", "check", image);
    assertThat(check.output()).endsWith("is clean\n");
  }
}
