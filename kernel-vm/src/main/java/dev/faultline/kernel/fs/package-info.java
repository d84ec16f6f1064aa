// SPDX-License-Identifier: BSD-2-Clause
/**
 * Files as processes see them: vnodes and path lookup, open files and descriptor tables, pipes,
 * poll, record locks.
 *
 * <p>Knows the VM system below it (a regular file's bytes are the pages of its VM object) and
 * nothing of processes, which appear as {@link dev.faultline.kernel.fs.Caller}. The concrete file
 * systems and devices live in sub-packages. Errors are values: a call returns 0 or more, or a
 * negated number of {@link dev.faultline.kernel.fs.Errno}. Start reading at {@code Vfs}, then
 * {@code Namei}, {@code Vnode} and {@code OpenFile}.
 *
 * <p>Names and paths are strings of bytes: every {@code char} stands for one byte, 0 to 255.
 */
@NullMarked
package dev.faultline.kernel.fs;

import org.jspecify.annotations.NullMarked;
