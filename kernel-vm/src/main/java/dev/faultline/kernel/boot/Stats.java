// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The counters of a run as JSON, one to a line. All but {@code tlb_hits} and those whose name
 * contains {@code host} are equal from run to run and from engine to engine.
 */
final class Stats {
  private final Path file;
  private final long hostStart = System.nanoTime();

  /** Statistics that will be written to {@code file}; refuses one that could not be. */
  Stats(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new UsageError("--stats " + file + ": " + parent + " is no directory one can write to");
    }
    if (Files.exists(file) && !(Files.isRegularFile(file) && Files.isWritable(file))) {
      throw new UsageError("--stats " + file + " is no file one can write to");
    }
    this.file = file;
  }

  /** Writes the counters of a machine that stands still. */
  void write(Machine machine) {
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("instructions", machine.clock().instructions());
    values.put("virtual_time_ns", machine.clock().now());
    values.put("tlb_fills", machine.hardware().cpu.mmu().tlb().fills());
    if (machine.config().countTlbHits()) {
      values.put("tlb_hits", machine.hardware().cpu.mmu().hits());
    }
    machine.vm().report(values::put);
    values.put("thread_switches", machine.scheduler().switches());
    values.put("interrupts", machine.interrupts().dispatched());
    machine.disks().counters(values::put);
    values.put("processes", machine.processes().table().created());
    values.put("host_time_ns", System.nanoTime() - hostStart);
    String json =
        values.entrySet().stream()
            .map(e -> "  \"" + e.getKey() + "\": " + e.getValue())
            .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    try {
      Files.writeString(file, json);
    } catch (IOException e) {
      throw new UsageError("--stats " + file + " cannot be written: " + e.getMessage());
    }
  }
}
