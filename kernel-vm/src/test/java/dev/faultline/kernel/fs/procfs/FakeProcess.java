// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.fs.TestCaller;
import dev.faultline.kernel.vm.MappingUsage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process of which only what /proc shows exists. */
final class FakeProcess implements ProcessInfo {
  private final TestCaller caller;
  @Nullable FilePath executable;
  Credentials credentials = Credentials.ROOT;
  final List<Mapping> mappings = new ArrayList<>();

  FakeProcess(TestCaller caller) {
    this.caller = caller;
  }

  @Override
  public int pid() {
    return caller.pid();
  }

  @Override
  public int parent() {
    return 0;
  }

  @Override
  public int processGroup() {
    return caller.processGroup();
  }

  @Override
  public int session() {
    return caller.session();
  }

  @Override
  public long terminal() {
    return 0;
  }

  @Override
  public int foregroundGroup() {
    return -1;
  }

  @Override
  public char state() {
    return 'S';
  }

  @Override
  public String command() {
    return "sh";
  }

  @Override
  public byte[] commandLine() {
    return new byte[] {'s', 'h', 0, '-', 'c', 0};
  }

  @Override
  public @Nullable FilePath executable() {
    return executable;
  }

  @Override
  public FsContext context() {
    return caller.context();
  }

  @Override
  public FdTable descriptors() {
    return caller.descriptors();
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }

  @Override
  public int threads() {
    return 1;
  }

  @Override
  public int nice() {
    return 0;
  }

  @Override
  public long minorFaults() {
    return 11;
  }

  @Override
  public long majorFaults() {
    return 12;
  }

  @Override
  public long userTicks() {
    return 13;
  }

  @Override
  public long systemTicks() {
    return 14;
  }

  @Override
  public long childUserTicks() {
    return 0;
  }

  @Override
  public long childSystemTicks() {
    return 0;
  }

  @Override
  public long startTicks() {
    return 99;
  }

  @Override
  public int virtualPages() {
    return 100;
  }

  @Override
  public int residentPages() {
    return 50;
  }

  @Override
  public int swapPages() {
    return 7;
  }

  @Override
  public long[] signalMasks() {
    return new long[] {1, 2, 3, 4};
  }

  @Override
  public List<Mapping> mappings() {
    return mappings;
  }

  @Override
  public MappingUsage usage(int start, int end) {
    return new MappingUsage(3, 2, 4, 1, 5, 6, 7, 20_000);
  }
}
