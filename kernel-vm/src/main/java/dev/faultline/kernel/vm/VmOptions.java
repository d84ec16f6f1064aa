// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * What can be chosen about a virtual-memory system.
 *
 * @param maxMapEntries how many map entries all address spaces may have together
 * @param maxEntriesPerMap how many one may have
 * @param pvLimit how many managed mappings may exist; 0 chooses by the size of memory (PM30)
 * @param pageColors number of page colours; 1 means none (P25)
 * @param log where messages go
 */
public record VmOptions(
    int maxMapEntries, int maxEntriesPerMap, int pvLimit, int pageColors, MessageLog log) {
  /** What suits most machines; messages are dropped. */
  public static VmOptions defaults() {
    return new VmOptions(262_144, 65_530, 0, 1, line -> {});
  }

  /** The same with another log. */
  public VmOptions withLog(MessageLog newLog) {
    return new VmOptions(maxMapEntries, maxEntriesPerMap, pvLimit, pageColors, newLog);
  }

  /** The same with another limit on managed mappings. */
  public VmOptions withPvLimit(int newLimit) {
    return new VmOptions(maxMapEntries, maxEntriesPerMap, newLimit, pageColors, log);
  }

  /** The same with another number of page colours. */
  public VmOptions withPageColors(int colors) {
    return new VmOptions(maxMapEntries, maxEntriesPerMap, pvLimit, colors, log);
  }
}
