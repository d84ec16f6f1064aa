// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.util.concurrent.Callable;

/**
 * A command of the {@code faultline} launcher: a picocli command class that {@link
 * java.util.ServiceLoader} finds, so that a module above the kernel can add one.
 *
 * <p>{@code call} returns the exit status. What the user got wrong it reports by throwing {@link
 * UsageError}.
 */
public interface CliCommand extends Callable<Integer> {}
