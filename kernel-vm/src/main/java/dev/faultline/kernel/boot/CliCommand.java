// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import picocli.CommandLine.Model.CommandSpec;

/**
 * A command of the {@code faultline} launcher, found by {@link java.util.ServiceLoader}, so that a
 * module above the kernel can add one.
 */
public interface CliCommand {
  /** What the user calls it. */
  String name();

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
