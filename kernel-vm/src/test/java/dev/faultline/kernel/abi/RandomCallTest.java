// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.WaitStatus;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Hazard: a call with arguments that no program would give. A process without privileges, and
 * whatever children it makes, do random calls; process 1 sleeps, kills them all, and looks whether
 * its own memory is as it was. No panic, no hang, no broken invariant, nothing changed elsewhere.
 */
final class RandomCallTest {
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);
  private static final int SEEDS = 8 * EFFORT;
  private static final int CALLS = 500;
  private static final int CHECK_EVERY = 32;

  private static final int EXIT = 1;
  private static final int FORK = 2;
  private static final int KILL = 37;
  private static final int WAIT4 = 114;
  private static final int NANOSLEEP = 162;
  private static final int SETUID32 = 213;
  private static final int EXIT_GROUP = 252;
  private static final int LAST_CALL = 450;
  private static final int PATTERN = 0x5AC3_A53C;
  private static final int PATTERN_WORDS = 2048;
  private static final int SLEEP = 200_000_000;
  private static final long LIMIT = 3_000_000_000L;
  private static final int RIGHT = 42;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @DisplayName("random calls neither panic nor hang nor touch another process")
  void survives(long seed) {
    int[] calls = new int[1];
    try (GuestMachine machine = new GuestMachine()) {
      machine
          .with("p", program(new Random(seed)))
          .protectedInit()
          .limit(Long.MAX_VALUE)
          .virtualLimit(LIMIT)
          .afterCall(
              vm -> {
                if (++calls[0] % CHECK_EVERY == 0) {
                  vm.checkInvariants();
                }
              });

      int status = machine.run("p");

      assertThat(status).as("seed %d", seed).isEqualTo(WaitStatus.exited(RIGHT));
    }
    assertThat(calls[0]).isGreaterThan(5);
  }

  /** Process 1, and the code of its child: pops number and arguments, calls, and so on. */
  private static byte[] program(Random random) {
    Assembly p = new Assembly();
    int[] pattern = new int[PATTERN_WORDS];
    Arrays.fill(pattern, PATTERN);
    int kept = p.words(pattern);
    int buffer = p.words(new int[PATTERN_WORDS]);
    int path = p.string("/dev/null");
    int time = p.words(0, SLEEP);
    int table = p.words(calls(random, buffer, path));
    p.call(FORK);
    p.ifZero(child(table));
    p.call(NANOSLEEP, time, 0);
    p.call(KILL, -1, 9);
    int again = p.here();
    p.call(WAIT4, -1, 0, 0, 0);
    // test eax, eax; jns again
    p.code(0x85, 0xC0, 0x0F, 0x89).word(again - (p.here() + 4));
    // edi = kept, ecx = words, eax = pattern; repe scasd; jne wrong
    p.load(7, kept).load(1, PATTERN_WORDS).load(0, PATTERN).code(0xFC, 0xF3, 0xAF, 0x75, 0);
    int wrong = p.mark();
    p.exit(RIGHT);
    p.patch(wrong);
    p.exit(RIGHT + 1);
    return p.build();
  }

  private static Assembly child(int table) {
    Assembly c = new Assembly();
    c.call(SETUID32, 1000);
    // esp = table; pop eax, ebx, ecx, edx, esi, edi, ebp; int 0x80; and again
    c.code(0xBC).word(table);
    c.code(0x58, 0x5B, 0x59, 0x5A, 0x5E, 0x5F, 0x5D, 0xCD, 0x80, 0xEB, 0xF5);
    return c;
  }

  private static int[] calls(Random random, int buffer, int path) {
    int[] words = new int[7 * (CALLS + 1)];
    for (int i = 0; i < CALLS; i++) {
      int number = random.nextInt(LAST_CALL);
      words[7 * i] = number == EXIT || number == EXIT_GROUP ? 0 : number;
      for (int k = 1; k < 7; k++) {
        words[7 * i + k] = argument(random, buffer, path);
      }
    }
    words[7 * CALLS] = EXIT_GROUP;
    return words;
  }

  private static int argument(Random random, int buffer, int path) {
    return switch (random.nextInt(14)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2, 3 -> random.nextInt(8);
      case 4 -> 1 << random.nextInt(32);
      case 5 -> random.nextInt(1 << 16);
      case 6, 7 -> buffer + 4 * random.nextInt(1024);
      case 8 -> buffer + random.nextInt(4096);
      case 9 -> path;
      case 10 -> 0xC000_0000 - random.nextInt(8192);
      case 11 -> 0xC000_0000 + random.nextInt(1 << 20);
      case 12 -> random.nextInt(1 << 12) << 12;
      default -> random.nextInt();
    };
  }
}
