// SPDX-License-Identifier: BSD-2-Clause
/**
 * Device drivers: what talks to hardware through the bus, rings in RAM and interrupts.
 *
 * <p>Knows the bus and kernel threads, and nothing above; who uses a device hands an interface in.
 * A driver never calls a device object, so that any device with the same registers will do.
 * Interrupts arrive at instruction boundaries or while the machine idles, on whatever thread is
 * there: an interrupt routine never sleeps.
 *
 * <p>Start reading at {@code BlockDevice}, then {@code VirtioDisk} and {@code RequestQueue}.
 */
@NullMarked
package dev.faultline.kernel.io;

import org.jspecify.annotations.NullMarked;
