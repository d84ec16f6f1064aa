// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults.Fault;
import dev.faultline.devices.disk.DiskOperation;
import dev.faultline.devices.disk.MemoryImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Hazard: one request of a disk that fails, whichever it is, ends the machine, loses what fsync had
 * acknowledged, shows somebody bytes that nobody wrote, or is told with the wrong error. A guest
 * works on files on one disk and on memory that lies on the other; every request of both fails
 * once.
 *
 * <p>With {@code faultline.effort} at its default every so-manieth request is tried.
 */
final class EveryRequestTest {
  private static final int RAM = 3 << 20;
  private static final int SWAP_PAGES = 1200;
  private static final int STEP = 32 / Math.min(32, Integer.getInteger("faultline.effort", 1)) | 1;
  private static final String KIB = "2600";

  /** What is said of every call that fails, and of every child that is killed. */
  private static final String ERROR = "error [a-z]+ \\S+: Input/output error|signal .*: SIGBUS";

  private static byte[] root = {};

  /** What goes wrong with the request. */
  enum Trouble {
    ERROR(Fault.ERROR, DiskTrouble.ALL, 0),
    TIMEOUT(Fault.TIMEOUT, DiskTrouble.ALL, 1),
    /** The first attempt only: nobody may notice. */
    HICCUP(Fault.ERROR, 1, 2),
    PAUSE(Fault.TIMEOUT, 1, 3);

    final Fault fault;
    final int attempts;

    /** The request that is tried first: not the same ones for all. */
    final int first;

    Trouble(Fault fault, int attempts, int first) {
      this.fault = fault;
      this.attempts = attempts;
      this.first = first;
    }
  }

  /** What a run has left behind. */
  private record Outcome(
      int status, String output, String refusal, FaultyRequests root, FaultyRequests swap) {}

  @BeforeAll
  static void makeRoot() throws IOException {
    root = RootImage.with("diskwork");
  }

  // ---- one run ---------------------------------------------------------------------------------

  private static Outcome run(
      MemoryImage image, FaultyRequests.Choice rootFaults, FaultyRequests.Choice swapFaults) {
    FaultyRequests onRoot = new FaultyRequests(rootFaults);
    FaultyRequests onSwap = new FaultyRequests(swapFaults);
    try (MachineRun machine =
        MachineRun.withRoot(RAM, image, onRoot).withSwap(SWAP_PAGES, onSwap)) {
      String refusal = "";
      int status = -1;
      try {
        status = machine.run("/diskwork", "/w", KIB);
      } catch (UsageError e) {
        refusal = String.valueOf(e.getMessage());
      }
      assertThat(machine.reason()).as("why the machine ended").isEmpty();
      return new Outcome(status, machine.output(), refusal, onRoot, onSwap);
    }
  }

  private static Fault works(int number, DiskOperation operation, long sector, int sectors) {
    return Fault.NONE;
  }

  /** What the guest says of itself, and what the image must hold. */
  private static void judge(String what, Outcome outcome, MemoryImage image) {
    if (!outcome.refusal.isEmpty()) {
      assertThat(outcome.refusal).as(what).doesNotContain("\n");
      assertThat(outcome.output).as(what).isEmpty();
    } else {
      outcome
          .output
          .lines()
          .filter(line -> line.startsWith("error") || line.startsWith("signal"))
          .forEach(line -> assertThat(line).as(what).matches(ERROR));
      assertThat(outcome.output).as(what).doesNotContain("wrong");
      // Until it has locked its memory the guest's own pages may be what cannot be read: SIGBUS, or
      // SIGKILL and SIGSEGV in the middle of exec. From then on it comes to its end.
      boolean started = outcome.output.startsWith("start\n");
      boolean done = outcome.output.endsWith("diskwork: done\n");
      assertThat(outcome.status)
          .as("%s: %s", what, outcome.output)
          .isIn(done ? List.of(0) : started ? List.of(4) : List.of(4, 128 + 7, 128 + 9, 128 + 11));
    }
    check(what, outcome.output, image);
  }

  /** Everything that was acknowledged is in the image. */
  private static void check(String what, String output, MemoryImage image) {
    Map<String, String[]> kept = new HashMap<>();
    output
        .lines()
        .map(line -> line.split(" ", -1))
        .forEach(
            words -> {
              if (words[0].equals("synced")) {
                kept.put(words[1], words);
              } else if (words[0].equals("changing")) {
                kept.remove(words[1]);
              }
            });
    RootImage.administer(
        image,
        files ->
            kept.forEach(
                (name, words) -> {
                  byte[] expected = content(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                  assertThat(Arrays.equals(read(files, "/w/" + name), expected))
                      .as("%s: %s holds what it is to hold", what, name)
                      .isTrue();
                }));
  }

  private static byte @Nullable [] read(ImageFiles files, String path) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      files.read(path, bytes);
      return bytes.toByteArray();
    } catch (IOException | UsageError e) {
      return null;
    }
  }

  /** As the guest makes it. */
  private static byte[] content(int size, int seed) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ((seed * 7919 + i) * 0x9E37_79B1 >>> 22);
    }
    return bytes;
  }

  // ---- all runs --------------------------------------------------------------------------------

  @Test
  @DisplayName("with nothing failing it is all there, and both disks were needed")
  void nothingFails() {
    MemoryImage image = RootImage.disk(root);
    Outcome outcome = run(image, EveryRequestTest::works, EveryRequestTest::works);
    judge("no trouble", outcome, image);
    assertThat(outcome.output).endsWith("diskwork: done\n").doesNotContain("error", "signal");
    assertThat(outcome.output.lines().filter(l -> l.startsWith("synced"))).hasSizeGreaterThan(15);
    assertThat(outcome.root.requests).hasSizeGreaterThan(100);
    assertThat(outcome.swap.requests).hasSizeGreaterThan(50);
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  @DisplayName("each request of the file system's disk fails once")
  void files(Trouble trouble) {
    String expected =
        run(RootImage.disk(root), EveryRequestTest::works, EveryRequestTest::works).output;
    int step = trouble.attempts > 1 ? STEP : 4 * STEP;
    int tried =
        eachOfTheRoot(
            trouble,
            trouble.first,
            step,
            (what, outcome, image) -> {
              if (trouble.attempts == 1) {
                assertThat(outcome.output).as(what).isEqualTo(expected);
              }
            });
    assertThat(tried * step).isGreaterThan(100);
  }

  @Tag("tools")
  @ParameterizedTest
  @EnumSource(
      value = Trouble.class,
      names = {"ERROR", "TIMEOUT"})
  @DisplayName("e2fsck -p repairs what a request that failed has left, if anything")
  void repaired(Trouble trouble) {
    int tried =
        eachOfTheRoot(
            trouble,
            STEP / 2,
            STEP,
            (what, outcome, image) -> {
              byte[] content = RootImage.content(image);
              String said = RootImage.tool(content, "e2fsck", "-p");
              assertThat(said).as(what).matches("(?s)[01]\n.*");
              assertThat(RootImage.tool(content, "e2fsck", "-fn")).as(what).startsWith("0\n");
              check(what, outcome.output, RootImage.disk(content));
            });
    assertThat(tried * STEP).isGreaterThan(100);
  }

  @Tag("tools")
  @Test
  @DisplayName("the power fails at each request: e2fsck -p repairs, what was acknowledged is there")
  void powerCut() {
    int cuts = 0;
    for (int number = STEP / 2; ; number += STEP) {
      MemoryImage image = RootImage.disk(root);
      FaultyRequests cut = FaultyRequests.powerCutAt(number);
      String output;
      try (MachineRun machine = MachineRun.withRoot(RAM, image, cut)) {
        machine.withSwap(SWAP_PAGES, FaultyRequests.none()).run("/diskwork", "/w", KIB);
        if (cut.faults() == 0) {
          break;
        }
        output = machine.output();
        if (!output.endsWith("diskwork: done\n")) {
          assertThat(machine.reason()).isEqualTo("the power was cut");
        }
      }
      cuts++;
      String what = "power cut at request " + cut.requests.get(number);
      byte[] content = RootImage.content(image);
      String said = RootImage.tool(content, "e2fsck", "-p");
      assertThat(said).as(what).matches("(?s)[01]\n.*");
      assertThat(RootImage.tool(content, "e2fsck", "-fn")).as(what).startsWith("0\n");
      check(what, output, RootImage.disk(content));
    }
    assertThat(cuts * STEP).isGreaterThan(100);
  }

  /** What is asked after a run with one trouble, besides the usual. */
  private interface Question {
    void ask(String what, Outcome outcome, MemoryImage image);
  }

  /** Runs with one trouble after the other, as many as there are requests; how many. */
  private static int eachOfTheRoot(Trouble trouble, int first, int step, Question question) {
    int tried = 0;
    for (int number = first; ; number += step) {
      MemoryImage image = RootImage.disk(root);
      Outcome outcome =
          run(
              image,
              new DiskTrouble(number, trouble.fault, trouble.attempts),
              EveryRequestTest::works);
      if (outcome.root.faults() == 0) {
        return tried;
      }
      tried++;
      String what = trouble + " of request " + outcome.root.requests.get(number);
      byte[] left = RootImage.content(image);
      judge(what, outcome, image);
      question.ask(what, outcome, RootImage.disk(left));
    }
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  @DisplayName("S18 S24 each request of the swap disk fails once")
  void swap(Trouble trouble) {
    String expected =
        run(RootImage.disk(root), EveryRequestTest::works, EveryRequestTest::works).output;
    int step = trouble.attempts > 1 ? STEP : 4 * STEP;
    int number = trouble.first;
    List<String> signals = new ArrayList<>();
    for (; ; number += step) {
      MemoryImage image = RootImage.disk(root);
      Outcome outcome =
          run(
              image,
              EveryRequestTest::works,
              new DiskTrouble(number, trouble.fault, trouble.attempts));
      if (outcome.swap.faults() == 0) {
        break;
      }
      FaultyRequests.Request victim = outcome.swap.requests.get(number);
      String what = trouble + " of request " + victim;
      judge(what, outcome, image);
      assertThat(outcome.output).as(what).doesNotContain("error");
      boolean mayHurt = trouble.attempts > 1 && victim.operation() == DiskOperation.READ;
      if (!mayHurt && outcome.refusal.isEmpty()) {
        assertThat(outcome.output).as(what).isEqualTo(expected);
      }
      outcome.output.lines().filter(l -> l.startsWith("signal")).forEach(signals::add);
    }
    assertThat(number).isGreaterThan(50);
    assertThat(signals).allMatch(l -> l.equals("signal memory child: SIGBUS"));
  }
}
