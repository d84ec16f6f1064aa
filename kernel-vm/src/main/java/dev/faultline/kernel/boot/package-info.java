// SPDX-License-Identifier: BSD-2-Clause
/**
 * Assembles the machine and gives it a command line.
 *
 * <p>The top of the kernel: it may know every other package and nobody knows it. {@link
 * dev.faultline.kernel.boot.Machine} wires processor, devices and kernel together and is the only
 * place where virtual time moves; the {@code …Command} classes are what a user calls. Start reading
 * at {@code Main} for the commands and at {@code Machine} for the machine.
 */
@NullMarked
package dev.faultline.kernel.boot;

import org.jspecify.annotations.NullMarked;
