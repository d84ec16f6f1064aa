// SPDX-License-Identifier: BSD-2-Clause
/**
 * The file system whose changes live in the guest's memory: over a directory of the host, or over
 * nothing at all (then it is a tmpfs).
 *
 * <p>Below is a read-only {@link dev.faultline.kernel.fs.overlay.SourceNode} tree, taken as it is
 * needed; above are vnodes that copy nothing until it is written. Start reading at {@code
 * OverlayFs}, then {@code OverlayFile}.
 */
@NullMarked
package dev.faultline.kernel.fs.overlay;

import org.jspecify.annotations.NullMarked;
