// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.proc.Process;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a machine runs as its first process. All strings have a character per byte.
 *
 * @param name path in the guest, or a name to be looked up along the PATH of {@code environment}
 * @param arguments argv
 * @param environment variables in order
 * @param workingDirectory absolute path
 * @param isInit true for a real init, which signals reach only if it catches them
 * @param openFiles opens its standard files, in its own thread
 */
record Program(
    String name,
    List<String> arguments,
    Map<String, String> environment,
    String workingDirectory,
    boolean isInit,
    Consumer<Process> openFiles) {
  /** PATH of a guest that is given none. */
  static final String DEFAULT_PATH = "/bin:/usr/bin:/sbin:/usr/sbin:/test";

  String searchPath() {
    return environment.getOrDefault("PATH", DEFAULT_PATH);
  }

  List<String> environmentStrings() {
    return environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }
}
