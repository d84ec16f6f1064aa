// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.pager.SwapArea;
import java.util.List;
import java.util.function.ObjLongConsumer;

/** A machine of which only its numbers exist. */
final class FakeState implements SystemState {
  @Override
  public long uptime() {
    return 12_345_000_000L;
  }

  @Override
  public long userTicks() {
    return 100;
  }

  @Override
  public long systemTicks() {
    return 50;
  }

  @Override
  public long idleTicks() {
    return 1084;
  }

  @Override
  public int cpus() {
    return 1;
  }

  @Override
  public long contextSwitches() {
    return 77;
  }

  @Override
  public long forks() {
    return 5;
  }

  @Override
  public int lastPid() {
    return 9;
  }

  @Override
  public int runnable() {
    return 1;
  }

  @Override
  public int threads() {
    return 3;
  }

  @Override
  public int[] loadAverages() {
    return new int[] {5, 110, 0};
  }

  @Override
  public String release() {
    return "5.10.0";
  }

  @Override
  public int maxPid() {
    return 32_768;
  }

  @Override
  public Memory memory() {
    return new Memory(16_384, 8_000, 9_000, 1_000, 500, 600, 100, 5, 200, 300, 40, 0, 0);
  }

  @Override
  public List<SwapArea> swaps() {
    return List.of();
  }

  @Override
  public void counters(ObjLongConsumer<String> to) {
    to.accept("v_vm_faults", 42);
    to.accept("v_zfod", 7);
  }
}
