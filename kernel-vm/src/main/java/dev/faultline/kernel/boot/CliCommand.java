// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A command of the {@code faultline} launcher. A module above the kernel adds one as a service
 * ({@link java.util.ServiceLoader}).
 */
public interface CliCommand {
  /** What the user calls it. */
  String name();

  /**
   * Takes arguments among which is no option, so that a start need not load the parser.
   *
   * @param arguments all that follow the command's name
   * @return false if they must be parsed: then {@link #spec} is next
   */
  default boolean takePlain(List<String> arguments) {
    return false;
  }

  /**
   * Its options and parameters, whose values are there when {@link #run} is called. Commands that
   * should start fast build it by hand: reading it off annotations takes longer than booting.
   */
  CommandSpec spec();

  /**
   * Does what the options say.
   *
   * @return the exit status
   * @throws UsageError for what the user got wrong
   */
  int run();
}
