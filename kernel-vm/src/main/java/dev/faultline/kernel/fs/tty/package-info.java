// SPDX-License-Identifier: BSD-2-Clause
/**
 * Terminals: the line discipline, job control, and the ioctls of a tty.
 *
 * <p>Knows serial lines below and open files; what it needs of processes is {@link
 * dev.faultline.kernel.fs.tty.JobControl} and {@link dev.faultline.kernel.fs.Caller}. Start reading
 * at {@code Tty}, then {@code LineDiscipline}.
 */
@NullMarked
package dev.faultline.kernel.fs.tty;

import org.jspecify.annotations.NullMarked;
