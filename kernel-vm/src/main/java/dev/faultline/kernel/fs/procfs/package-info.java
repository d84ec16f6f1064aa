// SPDX-License-Identifier: BSD-2-Clause
/**
 * /proc: processes and the system's numbers as files.
 *
 * <p>Nothing is stored: a file's text is made when it is read from its start. What is shown comes
 * through {@link dev.faultline.kernel.fs.procfs.ProcessTable} and {@link
 * dev.faultline.kernel.fs.procfs.SystemState}, which higher packages implement. Start reading at
 * {@code ProcFs}.
 */
@NullMarked
package dev.faultline.kernel.fs.procfs;

import org.jspecify.annotations.NullMarked;
