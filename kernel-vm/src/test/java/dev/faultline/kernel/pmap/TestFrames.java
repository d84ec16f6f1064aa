// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Frames by number; tables come from the end of RAM. */
final class TestFrames implements FrameSource {
  private static final int TABLES = 100;

  final PhysicalMemory memory;
  final List<TestFrame> all = new ArrayList<>();
  final Deque<TestFrame> tables = new ArrayDeque<>();
  boolean refuse;
  boolean scarce;

  /** How often it was said that there are many mappings. */
  int timesHigh;

  /** Looks on whenever a table is taken or given back (PM12). */
  Runnable hook = () -> {};

  TestFrames(PhysicalMemory memory) {
    this.memory = memory;
    for (int i = 0; i < memory.frames(); i++) {
      all.add(new TestFrame(i));
    }
    for (int i = memory.frames() - TABLES; i < memory.frames(); i++) {
      tables.add(all.get(i));
    }
  }

  @Override
  public @Nullable PageFrame allocateTable() {
    hook.run();
    if (refuse) {
      return null;
    }
    TestFrame f = tables.removeFirst();
    f.set(PageFrame.UNMANAGED);
    return f;
  }

  @Override
  public void freeTable(PageFrame table) {
    hook.run();
    for (int i = 0; i < Page.SIZE; i += 4) {
      assertThat(memory.read32((table.frame() << Page.SHIFT) + i)).as("PM33").isZero();
    }
    tables.add(all.get(table.frame()));
  }

  @Override
  public @Nullable PageFrame frame(int number) {
    return Integer.compareUnsigned(number, all.size()) < 0 ? all.get(number) : null;
  }

  @Override
  public boolean scarce() {
    return scarce;
  }

  @Override
  public void mappingsHigh() {
    timesHigh++;
  }
}
