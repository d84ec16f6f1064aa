// SPDX-License-Identifier: BSD-2-Clause
/**
 * The devices that need no interrupt, and what /dev holds.
 *
 * <p>Drivers are {@link dev.faultline.kernel.fs.CharDevice}s; {@code DevFs} puts their names into a
 * directory tree. Streams of the host appear here as open files without a name.
 */
@NullMarked
package dev.faultline.kernel.fs.dev;

import org.jspecify.annotations.NullMarked;
