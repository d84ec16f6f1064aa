// SPDX-License-Identifier: BSD-2-Clause
/**
 * The ends of a console's line on the host: the process's own terminal, a file. Host threads live
 * here; they reach the machine only through the {@link dev.faultline.devices.ConsoleLine.Door} of
 * their line.
 */
@NullMarked
package dev.faultline.devices.console;

import org.jspecify.annotations.NullMarked;
