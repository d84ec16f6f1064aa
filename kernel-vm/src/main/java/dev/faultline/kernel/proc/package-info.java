// SPDX-License-Identifier: BSD-2-Clause
/**
 * Processes and guest threads: fork, exec, wait, exit, signals, limits, the ELF loader.
 *
 * <p>Knows the VM system, files and the processor; knows no system-call numbers and no structure
 * layouts: those belong to the {@link dev.faultline.kernel.proc.Personality}, which {@code abi}
 * implements. Start reading at {@code GuestThread}, whose body is the loop between user code and
 * the kernel, then {@code Process}, {@code Fork}, {@code Exec}, {@code Exit}.
 */
@NullMarked
package dev.faultline.kernel.proc;

import org.jspecify.annotations.NullMarked;
