// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import picocli.CommandLine.Command;

/** {@code verify}: holds the emulator against what real hardware did. */
@Command(
    name = "verify",
    description = "Checks the emulator against recorded hardware.",
    mixinStandardHelpOptions = true,
    subcommands = VerifyIsaCommand.class)
public final class VerifyCommand implements CliCommand {
  /** The command as picocli makes it. */
  public VerifyCommand() {}

  @Override
  public Integer call() {
    throw new UsageError("verify what? try: verify isa FILE");
  }
}
