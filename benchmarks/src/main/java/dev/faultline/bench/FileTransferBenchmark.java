// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * How fast do a guest's {@code read()} and {@code write()} move the bytes of a file that is in
 * memory? The score is nanoseconds per 64 KiB, by 32-bit code and {@code int 0x80}, on ext2. The
 * yardstick is {@link #hostCopy}, a loop that copies as much memory in the same pieces; reading
 * shall go at a quarter of its speed at least. A write also goes to the disk, behind the writer.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FileTransferBenchmark {
  private static final int PIECES = TransferProgram.FILE / TransferProgram.PIECE;

  private final byte[] file = new byte[TransferProgram.FILE];
  private final byte[] piece = new byte[TransferProgram.PIECE];
  private @Nullable TransferProgram program;

  /** Starts the guest, if there is to be one. */
  @Setup(Level.Trial)
  public void start(BenchmarkParams params) throws IOException {
    if (params.getBenchmark().endsWith("hostCopy")) {
      // Memory of its own, not the one page of zeros that the host may have lent so far.
      new Random(1).nextBytes(file);
    } else {
      program = new TransferProgram();
    }
  }

  private TransferProgram program() {
    if (program == null) {
      throw new IllegalStateException("not started");
    }
    return program;
  }

  /** The yardstick: memory copied by the host, from all of the file's size to one piece. */
  @Benchmark
  @OperationsPerInvocation(PIECES)
  public byte[] hostCopy() {
    for (int i = 0; i < PIECES; i++) {
      System.arraycopy(file, i * TransferProgram.PIECE, piece, 0, TransferProgram.PIECE);
    }
    return piece;
  }

  /** The guest reads the file from its start to its end. */
  @Benchmark
  @OperationsPerInvocation(PIECES)
  public void read() {
    program().read();
  }

  /** The guest writes the file over from its start to its end. */
  @Benchmark
  @OperationsPerInvocation(PIECES)
  public void write() {
    program().write();
  }
}
