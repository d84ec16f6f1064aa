// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Vnode;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the first process is to be.
 *
 * @param path of the program, a character per byte
 * @param arguments argv, a character per byte
 * @param environment "NAME=value" each
 * @param root the root directory
 * @param workingDirectory where it starts
 * @param isProtected true for a real init, which no signal reaches that it does not catch; false
 *     for an ordinary program that happens to be alone
 * @param openFiles called in the new process's thread before exec, to open its standard files
 */
public record InitRequest(
    String path,
    List<String> arguments,
    List<String> environment,
    Vnode root,
    Vnode workingDirectory,
    boolean isProtected,
    Consumer<Process> openFiles) {
  /** Copies the lists. */
  public InitRequest {
    arguments = List.copyOf(arguments);
    environment = List.copyOf(environment);
  }
}
