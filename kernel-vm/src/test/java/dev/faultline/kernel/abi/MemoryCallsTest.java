// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The calls on an address space: what each refuses, with which error, and what it then leaves. */
final class MemoryCallsTest {
  private static final int READ = 3;
  private static final int WRITE = 4;
  private static final int BRK = 45;
  private static final int OLD_MMAP = 90;
  private static final int MUNMAP = 91;
  private static final int MPROTECT = 125;
  private static final int MSYNC = 144;
  private static final int MLOCK = 150;
  private static final int MUNLOCK = 151;
  private static final int MLOCKALL = 152;
  private static final int MUNLOCKALL = 153;
  private static final int MREMAP = 163;
  private static final int MMAP2 = 192;
  private static final int MINCORE = 218;
  private static final int MADVISE = 219;
  private static final int GETRUSAGE = 77;
  private static final int OPEN = 5;
  private static final int SETUID = 213;

  private static final int PAGE = 4096;
  private static final int AT = 0x2000_0000;
  private static final int SCRATCH = Assembly.DATA;
  private static final int R = 1;
  private static final int RW = 3;
  private static final int SHARED = 1;
  private static final int PRIVATE = 2;
  private static final int FIXED = 0x10;
  private static final int ANON = 0x20;
  private static final int NOREPLACE = 0x10_0000;
  private static final int HERE = PRIVATE | FIXED | ANON;
  private static final int KERNEL = 0xC000_0000;

  private final List<CallTable.Attempt> attempts = new ArrayList<>();
  private final List<Integer> expected = new ArrayList<>();

  /** A call and the result that it must have. */
  private void call(int result, int number, int... arguments) {
    List<Integer> words = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      words.add(i < arguments.length ? arguments[i] : 0);
    }
    attempts.add(new CallTable.Attempt(number, words));
    expected.add(result);
  }

  private void ok(int number, int... arguments) {
    call(0, number, arguments);
  }

  private void runAll() {
    runWith("");
  }

  /** Runs the table; what {@code read} of standard input reads is {@code text}. */
  private void runWith(String text) {
    try (GuestMachine machine = new GuestMachine()) {
      int status =
          machine
              .with("p", CallTable.program(attempts))
              .with("readable", 0x124, new byte[2 * PAGE])
              .input(text)
              .run("p");
      assertThat(status).as("%s", machine.log()).isZero();
      check(machine.outputBytes());
    }
  }

  private void check(byte[] output) {
    int size = attempts.size() * CallTable.RECORD;
    ByteBuffer b = ByteBuffer.wrap(output).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < attempts.size(); i++) {
      int result = b.getInt(output.length - size + i * CallTable.RECORD + 28);
      CallTable.Attempt a = attempts.get(i);
      assertThat(result)
          .as("call %s: %s%s", i, a.number(), a.arguments())
          .isEqualTo(expected.get(i));
    }
  }

  private void mapped(int pages) {
    call(AT, MMAP2, AT, pages * PAGE, RW, HERE, -1, 0);
  }

  @Test
  @DisplayName("mmap2: length, type, alignment, place, descriptor, rights")
  void mmap() {
    call(-Errno.EINVAL, MMAP2, 0, 0, RW, PRIVATE | ANON, -1, 0);
    call(-Errno.EINVAL, MMAP2, 0, PAGE, RW, ANON, -1, 0);
    call(-Errno.EINVAL, MMAP2, AT + 1, PAGE, RW, HERE, -1, 0);
    call(-Errno.ENOMEM, MMAP2, 0, KERNEL, RW, PRIVATE | ANON, -1, 0);
    call(-Errno.ENOMEM, MMAP2, 0, -1, RW, PRIVATE | ANON, -1, 0);
    call(-Errno.ENOMEM, MMAP2, KERNEL - PAGE, 2 * PAGE, RW, HERE, -1, 0);
    call(-Errno.EPERM, MMAP2, 0, PAGE, RW, HERE, -1, 0);
    call(-Errno.EBADF, MMAP2, 0, PAGE, R, PRIVATE, 77, 0);
    call(-Errno.EBADF, MMAP2, 0, PAGE, R, SHARED, -1, 0);
    call(-Errno.EACCES, MMAP2, 0, PAGE, R, PRIVATE, 9, 0);
    mapped(2);
    call(-Errno.EEXIST, MMAP2, AT + PAGE, PAGE, RW, PRIVATE | ANON | NOREPLACE, -1, 0);
    call(AT + 2 * PAGE, MMAP2, AT + 2 * PAGE, PAGE, RW, PRIVATE | ANON | NOREPLACE, -1, 0);
    call(AT + 3 * PAGE, MMAP2, AT, PAGE, RW, PRIVATE | ANON, -1, 0);
    int words = SCRATCH + 64;
    call(-Errno.EFAULT, OLD_MMAP, 0x10);
    call(-Errno.EINVAL, OLD_MMAP, words);
    runAll();
  }

  @Test
  @DisplayName("a file: directory ENODEV, offset too large EOVERFLOW, shared writing EACCES")
  void files() {
    String names = "/bin/readable\0\0\0/bin\0";
    int name = SCRATCH + 128;
    call(names.length(), READ, 0, name, names.length());
    call(3, OPEN, name, 0, 0);
    int directory = name + 16;
    call(4, OPEN, directory, 0x10000, 0);
    call(-Errno.ENODEV, MMAP2, 0, PAGE, R, PRIVATE, 4, 0);
    call(-Errno.EACCES, MMAP2, 0, PAGE, RW, SHARED, 3, 0);
    call(-Errno.EOVERFLOW, MMAP2, 0, PAGE, R, SHARED, 3, -1);
    call(AT, MMAP2, AT, PAGE, R, SHARED | FIXED, 3, 0);
    call(-Errno.EACCES, MPROTECT, AT, PAGE, RW);
    call(AT + PAGE, MMAP2, AT + PAGE, PAGE, RW, PRIVATE | FIXED, 3, 1);
    ok(MSYNC, AT, 2 * PAGE, 4);
    runWith(names);
  }

  @Test
  @DisplayName("M15 munmap: length 0 and bad places are EINVAL, holes are fine")
  void munmap() {
    mapped(5);
    call(-Errno.EINVAL, MUNMAP, AT, 0);
    call(-Errno.EINVAL, MUNMAP, AT + 1, PAGE);
    call(-Errno.EINVAL, MUNMAP, KERNEL - PAGE, 2 * PAGE);
    call(-Errno.EINVAL, MUNMAP, AT, -1);
    ok(MUNMAP, AT + PAGE, PAGE);
    ok(MUNMAP, AT, 9 * PAGE);
    ok(MUNMAP, AT, 9 * PAGE);
    call(-Errno.ENOMEM, MSYNC, AT, PAGE, 4);
    runAll();
  }

  @Test
  @DisplayName("mprotect: ENOMEM at a hole after the part before; EINVAL for what makes no sense")
  void mprotect() {
    mapped(3);
    ok(MUNMAP, AT + PAGE, PAGE);
    call(-Errno.EINVAL, MPROTECT, AT + 1, PAGE, R);
    call(-Errno.EINVAL, MPROTECT, AT, PAGE, 0x100);
    ok(MPROTECT, AT + 77 * PAGE, 0, R);
    call(-Errno.ENOMEM, MPROTECT, AT, 3 * PAGE, R);
    call(-Errno.ENOMEM, MPROTECT, KERNEL, PAGE, R);
    call(-Errno.ENOMEM, MPROTECT, AT, -PAGE, R);
    // The first page has become read-only: a result cannot be written there.
    call(-Errno.EFAULT, GETRUSAGE, 0, AT);
    ok(GETRUSAGE, 0, AT + 2 * PAGE);
    runAll();
  }

  @Test
  @DisplayName("mremap: EFAULT at a hole, ENOMEM without room, EINVAL for what makes no sense")
  void mremap() {
    mapped(4);
    ok(MUNMAP, AT + 2 * PAGE, PAGE);
    call(-Errno.EFAULT, MREMAP, AT, 4 * PAGE, 5 * PAGE, 1, 0);
    call(-Errno.EFAULT, MREMAP, AT + 64 * PAGE, PAGE, 2 * PAGE, 1, 0);
    call(-Errno.EINVAL, MREMAP, AT + 1, PAGE, PAGE, 0, 0);
    call(-Errno.EINVAL, MREMAP, AT, PAGE, 0, 0, 0);
    call(-Errno.EINVAL, MREMAP, AT, PAGE, PAGE, 2, AT + 64 * PAGE);
    call(-Errno.EINVAL, MREMAP, AT, PAGE, PAGE, 8, 0);
    call(-Errno.EINVAL, MREMAP, AT, 2 * PAGE, 2 * PAGE, 3, AT + PAGE);
    call(-Errno.EINVAL, MREMAP, AT, PAGE, PAGE, 3, AT + 64 * PAGE + 1);
    call(-Errno.EINVAL, MREMAP, AT, PAGE, 2 * PAGE, 3, KERNEL - PAGE);
    call(AT, MREMAP, AT, 2 * PAGE, 3 * PAGE, 0, 0);
    call(-Errno.ENOMEM, MREMAP, AT, 3 * PAGE, 4 * PAGE, 0, 0);
    call(-Errno.ENOMEM, MREMAP, AT, 3 * PAGE, KERNEL, 1, 0);
    call(AT, MREMAP, AT, 3 * PAGE, PAGE, 0, 0);
    call(AT + 64 * PAGE, MREMAP, AT, PAGE, 2 * PAGE, 3, AT + 64 * PAGE);
    call(-Errno.EFAULT, MREMAP, AT, PAGE, PAGE, 0, 0);
    // A length of 0 is for shared memory.
    call(-Errno.EINVAL, MREMAP, AT + 64 * PAGE, 0, PAGE, 1, 0);
    call(-Errno.EFAULT, MREMAP, AT, 0, PAGE, 1, 0);
    call(AT, MMAP2, AT, 2 * PAGE, RW, SHARED | FIXED | ANON, -1, 0);
    call(-Errno.EINVAL, MREMAP, AT, 0, 0, 1, 0);
    call(-Errno.ENOMEM, MREMAP, AT, 0, PAGE, 0, 0);
    call(AT + 4 * PAGE, MREMAP, AT, 0, 2 * PAGE, 1, 0);
    call(-Errno.EFAULT, MREMAP, KERNEL, 0, PAGE, 1, 0);
    runAll();
  }

  @Test
  @DisplayName("madvise, msync, mincore: ENOMEM on holes, EINVAL for what makes no sense")
  void advice() {
    mapped(4);
    ok(MUNMAP, AT + 2 * PAGE, PAGE);
    for (int advice : new int[] {0, 1, 2, 3, 4, 8, 10, 11}) {
      ok(MADVISE, AT, 2 * PAGE, advice);
      call(-Errno.ENOMEM, MADVISE, AT, 4 * PAGE, advice);
    }
    call(-Errno.EINVAL, MADVISE, AT, PAGE, 77);
    call(-Errno.EINVAL, MADVISE, AT, 0, 77);
    call(-Errno.EINVAL, MADVISE, AT + 1, PAGE, 0);
    call(-Errno.EINVAL, MADVISE, AT, -1, 0);
    call(-Errno.ENOMEM, MADVISE, KERNEL, PAGE, 0);
    ok(MADVISE, AT + 99 * PAGE, 0, 0);
    ok(MSYNC, AT, 2 * PAGE, 4);
    ok(MSYNC, AT, 2 * PAGE, 1);
    ok(MSYNC, AT, 2 * PAGE, 6);
    ok(MSYNC, AT + 99 * PAGE, 0, 4);
    call(-Errno.ENOMEM, MSYNC, AT, 4 * PAGE, 4);
    call(-Errno.ENOMEM, MSYNC, KERNEL, PAGE, 4);
    call(-Errno.EINVAL, MSYNC, AT + 1, PAGE, 4);
    call(-Errno.EINVAL, MSYNC, AT, PAGE, 5);
    call(-Errno.EINVAL, MSYNC, AT, PAGE, 8);
    ok(MINCORE, AT, 2 * PAGE, SCRATCH);
    ok(MINCORE, AT + 99 * PAGE, 0, SCRATCH);
    call(-Errno.ENOMEM, MINCORE, AT, 4 * PAGE, SCRATCH);
    call(-Errno.ENOMEM, MINCORE, KERNEL, PAGE, SCRATCH);
    call(-Errno.EINVAL, MINCORE, AT + 1, PAGE, SCRATCH);
    call(-Errno.EFAULT, MINCORE, AT, 2 * PAGE, 0x10);
    runAll();
  }

  @Test
  @DisplayName("M47 the mlock family: ENOMEM on holes, EAGAIN beyond the system's limit, EPERM")
  void wiring() {
    mapped(3);
    ok(MUNMAP, AT + PAGE, PAGE);
    ok(MLOCK, AT + 100, 50);
    ok(MLOCK, AT, PAGE);
    call(-Errno.ENOMEM, MLOCK, AT, 3 * PAGE);
    call(-Errno.ENOMEM, MUNLOCK, AT, 3 * PAGE);
    call(-Errno.ENOMEM, MLOCK, KERNEL, PAGE);
    call(-Errno.EINVAL, MLOCK, AT, -1);
    ok(MLOCK, AT, 0);
    ok(MUNLOCK, AT, PAGE);
    ok(MUNLOCK, AT, PAGE);
    int large = AT + 0x100_0000;
    call(large, MMAP2, large, 0x80_0000, RW, HERE, -1, 0);
    call(-Errno.EAGAIN, MLOCK, large, 0x80_0000);
    call(-Errno.EAGAIN, MLOCKALL, 1);
    ok(MUNLOCKALL);
    ok(MUNMAP, large, 0x80_0000);
    call(AT, MMAP2, AT, PAGE, 0, HERE, -1, 0);
    call(-Errno.ENOMEM, MLOCK, AT, PAGE);
    ok(MLOCKALL, 3);
    ok(MUNLOCKALL);
    call(-Errno.EINVAL, MLOCKALL, 0);
    call(-Errno.EINVAL, MLOCKALL, 4);
    call(-Errno.EINVAL, MLOCKALL, 8);
    ok(SETUID, 1000);
    call(-Errno.EPERM, MLOCK, AT, PAGE);
    call(-Errno.EPERM, MLOCKALL, 1);
    ok(MUNLOCK, AT, PAGE);
    ok(MUNLOCKALL);
    runAll();
  }

  @Test
  @DisplayName("M31 minherit: three kinds, anything else EINVAL; holes are skipped")
  void minherit() {
    mapped(3);
    ok(MUNMAP, AT + PAGE, PAGE);
    for (int kind = 0; kind < 3; kind++) {
      ok(LinuxCalls.MINHERIT, AT, 3 * PAGE, kind);
    }
    ok(LinuxCalls.MINHERIT, AT, 0, 1);
    call(-Errno.EINVAL, LinuxCalls.MINHERIT, AT, PAGE, 3);
    call(-Errno.EINVAL, LinuxCalls.MINHERIT, AT, PAGE, -1);
    call(-Errno.EINVAL, LinuxCalls.MINHERIT, AT + 1, PAGE, 1);
    call(-Errno.EINVAL, LinuxCalls.MINHERIT, KERNEL - PAGE, 2 * PAGE, 1);
    call(-Errno.EINVAL, LinuxCalls.MINHERIT, AT, -1, 1);
    runAll();
  }

  @Test
  @DisplayName("brk answers with where the break is, whatever was asked; getrusage knows who")
  void breakAndUsage() {
    try (GuestMachine machine = new GuestMachine()) {
      Assembly a = new Assembly();
      int answer = a.words(0);
      a.call(BRK, 0).store(answer).call(WRITE, 1, answer, 4).exit(0);
      machine.with("p", a.build());
      assertThat(machine.run("p")).isZero();
      int heap = ByteBuffer.wrap(machine.outputBytes()).order(ByteOrder.LITTLE_ENDIAN).getInt();
      assertThat(heap % PAGE).isZero();
      assertThat(heap).isGreaterThan(Assembly.BASE);
    }
    ok(GETRUSAGE, 0, SCRATCH);
    ok(GETRUSAGE, -1, SCRATCH);
    ok(GETRUSAGE, 1, SCRATCH);
    call(-Errno.EINVAL, GETRUSAGE, 2, SCRATCH);
    call(-Errno.EINVAL, GETRUSAGE, -2, SCRATCH);
    call(-Errno.EFAULT, GETRUSAGE, 0, 0x10);
    runAll();
  }
}
