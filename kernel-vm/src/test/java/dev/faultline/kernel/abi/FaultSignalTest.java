// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a refused fault becomes the wrong signal, or none (F131, F133). */
final class FaultSignalTest {
  private static final int OPEN = 5;
  private static final int MMAP2 = 192;
  private static final int PRIVATE = 2;
  private static final int ANONYMOUS_PRIVATE = 0x22;

  private static void expect(Assembly program, int signal, String reason) {
    try (GuestMachine machine = new GuestMachine()) {
      machine.with("data", 0x1A4, new byte[100]);
      int status = machine.with("p", program.exit(7).build()).run("p");
      assertThat(status).isEqualTo(WaitStatus.killed(signal));
      assertThat(machine.log()).singleElement().asString().contains(reason);
    }
  }

  /** mov byte [eax+offset], 1. */
  private static Assembly store(Assembly a, int offset) {
    return a.code(0xC6, 0x80).word(offset).code(1);
  }

  /** mov al, [eax+offset]. */
  private static Assembly fetch(Assembly a, int offset) {
    return a.code(0x8A, 0x80).word(offset);
  }

  @Test
  @DisplayName("F133 F7 nothing there is SIGSEGV")
  void hole() {
    expect(fetch(new Assembly().load(0, 0x7000_0000), 0x10), Signal.SEGV, "nothing is mapped at");
  }

  @Test
  @DisplayName("F133 F8 a right that is missing is SIGSEGV")
  void rights() {
    Assembly a = new Assembly().call(MMAP2, 0, 4096, 1, ANONYMOUS_PRIVATE, -1, 0);
    expect(store(fetch(a, 0), 0), Signal.SEGV, "SIGSEGV");
  }

  @Test
  @DisplayName("F133 F32 beyond the end of a mapped file is SIGBUS; its last page reads zero there")
  void beyondFile() {
    Assembly a = new Assembly();
    int name = a.string("/bin/data");
    // fd to EDI, offset 0 to EBP, two pages of a file of 100 bytes.
    a.call(OPEN, name, 0).code(0x89, 0xC7).load(5, 0).call(MMAP2, 0, 8192, 1, PRIVATE);
    expect(fetch(fetch(a, 200), 4096), Signal.BUS, "SIGBUS");
  }

  @Test
  @DisplayName("F131 F133 below what the stack may grow to is SIGSEGV")
  void stackLimit() {
    // mov eax, esp; then 8 MiB and a page below it.
    Assembly a = new Assembly().code(0x89, 0xE0);
    expect(store(store(a, -0x10_0000), -0x80_1000), Signal.SEGV, "SIGSEGV");
  }

  @Test
  @DisplayName("F133 the kernel's own refused access is EFAULT, and the process goes on")
  void kernelAccess() {
    Assembly a = new Assembly().call(MMAP2, 0, 4096, 1, ANONYMOUS_PRIVATE, -1, 0);
    // pipe(eax): two descriptors cannot be stored into read-only memory.
    byte[] program = a.code(0x89, 0xC3).load(0, 42).code(0xCD, 0x80).exitWithError().build();
    try (GuestMachine machine = new GuestMachine()) {
      int status = machine.with("p", program).run("p");
      assertThat(WaitStatus.exitCode(status)).isEqualTo(14);
      assertThat(machine.log()).isEmpty();
    }
  }
}
