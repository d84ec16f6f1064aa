// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.WaitStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: execve lets a bad file through, harms a caller whom it refuses, or forgets something. */
final class ExecTest {
  private static final int EXECVE = 11;
  private static final int WRITE = 4;
  private static final int OPEN = 5;

  private final GuestMachine machine = new GuestMachine();

  private static byte[] exits(int status) {
    return new Assembly().exit(status).build();
  }

  /** A program that executes a path and otherwise exits with the error number. */
  private static byte[] executes(String path, int argv, int envp) {
    Assembly a = new Assembly();
    int name = a.string(path);
    return a.call(EXECVE, name, argv, envp).exitWithError().build();
  }

  private int errorOf(String path) {
    int status = machine.with("p", executes(path, 0, 0)).run("p");
    machine.close();
    return WaitStatus.exitCode(status);
  }

  @Test
  @DisplayName("another program takes over, argv and envp may be null")
  void success() {
    machine.with("other", exits(42));
    assertThat(errorOf("/bin/other")).isEqualTo(42);
  }

  @Test
  @DisplayName("what is not there or not a program is refused, and the caller goes on")
  void refused() {
    assertThat(errorOf("/bin/none")).isEqualTo(Errno.ENOENT);
  }

  @Test
  @DisplayName("a directory and a file without x are EACCES")
  void noRight() {
    assertThat(errorOf("/bin")).isEqualTo(Errno.EACCES);
    try (GuestMachine m = new GuestMachine()) {
      m.with("data", 0x1A4, exits(1)).with("p", executes("/bin/data", 0, 0));
      assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.EACCES);
    }
  }

  @Test
  @DisplayName("text, an empty file, a 64-bit program and a truncated one are ENOEXEC")
  void noProgram() {
    byte[] wide = exits(1);
    wide[4] = 2;
    for (byte[] file :
        List.of("echo hi\n".getBytes(US_ASCII), new byte[0], wide, Arrays.copyOf(exits(1), 70))) {
      try (GuestMachine m = new GuestMachine()) {
        m.with("bad", file).with("p", executes("/bin/bad", 0, 0));
        assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.ENOEXEC);
      }
    }
  }

  @Test
  @DisplayName("a script runs its interpreter; four levels are followed, not more")
  void scripts() {
    for (int levels = 1; levels <= 5; levels++) {
      try (GuestMachine m = new GuestMachine()) {
        m.with("s1", "#!/bin/end\n".getBytes(US_ASCII)).with("end", exits(9));
        for (int i = 2; i <= levels; i++) {
          m.with("s" + i, ("#! /bin/s" + (i - 1) + " arg\n").getBytes(US_ASCII));
        }
        m.with("p", executes("/bin/s" + levels, 0, 0));
        int code = WaitStatus.exitCode(m.run("p"));
        assertThat(code).as("%s levels", levels).isEqualTo(levels <= 4 ? 9 : Errno.ELOOP);
      }
    }
  }

  @Test
  @DisplayName("too many arguments are E2BIG, a bad vector is EFAULT")
  void arguments() {
    Assembly a = new Assembly();
    int name = a.string("/bin/other");
    int big = a.string("x".repeat(200_000));
    int vector = a.words(big, 0);
    byte[] tooBig = a.call(EXECVE, name, vector, 0).exitWithError().build();
    try (GuestMachine m = new GuestMachine()) {
      m.with("other", exits(1)).with("p", tooBig);
      assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.E2BIG);
    }
    try (GuestMachine m = new GuestMachine()) {
      m.with("other", exits(1)).with("p", executes("/bin/other", 0x10, 0));
      assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.EFAULT);
    }
    try (GuestMachine m = new GuestMachine()) {
      m.with("p", executes("/bin/none", 0x10, 0));
      assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.ENOENT);
    }
  }

  @Test
  @DisplayName("a running program cannot be opened for writing, nor a file open for writing be run")
  void textBusy() {
    Assembly a = new Assembly();
    int self = a.string("/bin/p");
    machine.with("p", a.call(OPEN, self, 2).exitWithError().build());
    assertThat(WaitStatus.exitCode(machine.run("p"))).isEqualTo(Errno.ETXTBSY);
    machine.close();
    Assembly b = new Assembly();
    int other = b.string("/bin/other");
    byte[] opens = b.call(OPEN, other, 2).call(EXECVE, other, 0, 0).exitWithError().build();
    try (GuestMachine m = new GuestMachine()) {
      m.with("other", exits(1)).with("p", opens);
      assertThat(WaitStatus.exitCode(m.run("p"))).isEqualTo(Errno.ETXTBSY);
    }
  }

  @Test
  @DisplayName("the stack holds argc, argv and envp, aligned, and registers are clear")
  void stack() {
    Assembly a = new Assembly();
    // write(1, esp, 64): mov ecx, esp; then exit(edx of the start)
    a.code(0x89, 0xE1).load(3, 1).load(2, 64).load(0, WRITE).code(0xCD, 0x80).exit(0);
    machine.with("p", a.build());
    assertThat(machine.run("/bin/p", List.of("p", "one"), List.of("A=1"))).isZero();
    byte[] top = machine.outputBytes();
    assertThat(top[0]).isEqualTo((byte) 2);
    assertThat(Arrays.copyOfRange(top, 12, 16)).containsOnly(0);
    assertThat(Arrays.copyOfRange(top, 20, 24)).containsOnly(0);
    assertThat(top[24]).as("AT_PHDR").isEqualTo((byte) 3);
    machine.close();
  }

  @Test
  @DisplayName("memory beyond the file's bytes is zero, in its last page and after it")
  void zeroTail() {
    Assembly a = new Assembly().bss(0x3000);
    a.data(new byte[] {1, 2, 3, 4});
    int end = Assembly.DATA + 4;
    // Sum four words of the tail: any garbage shows.
    for (int at : new int[] {end, end + 0x800, end + 0xF00, end + 0x2FF0}) {
      a.code(0x03, 0x35, at, at >> 8, at >> 16, at >> 24);
    }
    a.code(0x89, 0xF0).exitWithResult();
    machine.with("p", a.build());
    assertThat(machine.run("p")).isZero();
    machine.close();
  }

  @Test
  @DisplayName("a damaged program is refused or dies of a signal, and the kernel lives on")
  void damage() {
    Random random = new Random(7);
    byte[] good = exits(3);
    for (int round = 0; round < 300; round++) {
      byte[] bad = good.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bad[random.nextInt(100)] = (byte) random.nextInt();
      }
      try (GuestMachine m = new GuestMachine()) {
        int status = m.with("p", bad).limit(300_000).run("p");
        boolean refused = status < 0;
        boolean ended = (status & ~0xFF7F) == 0;
        assertThat(refused || ended).as("round %s: status %s", round, status).isTrue();
      }
    }
  }
}
