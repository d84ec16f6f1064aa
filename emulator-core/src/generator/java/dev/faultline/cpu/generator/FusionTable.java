// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.decode.InstructionForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which op classes are fused with which that follow: the text {@code fused.pairs}. */
final class FusionTable {
  private final Map<String, List<String>> followers = new LinkedHashMap<>();

  /** All classes that occur, in a fixed order. */
  private final List<String> numbered;

  /**
   * Reads the table.
   *
   * @throws IllegalArgumentException for a class that is there twice
   */
  FusionTable(String text) {
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      List<String> words = Arrays.asList(line.split(" +"));
      if (followers.put(words.getFirst(), words.subList(1, words.size())) != null) {
        throw new IllegalArgumentException("fused pairs: " + words.getFirst() + " is there twice");
      }
    }
    Set<String> all = new LinkedHashSet<>(followers.keySet());
    followers.values().forEach(all::addAll);
    numbered = new ArrayList<>(all);
  }

  /** Class names to those that follow: op classes, or {@code J} and a condition. */
  Map<String, List<String>> followers() {
    return followers;
  }

  /** The number by which ops are told apart when pairs are looked for; 0 if there are none. */
  int number(String name) {
    return numbered.indexOf(name) + 1;
  }

  /** The number of the condition if a follower is a branch, or -1. */
  static int condition(String follower) {
    return follower.startsWith("J")
        ? InstructionForm.CONDITIONS.indexOf(follower.substring(1))
        : -1;
  }
}
