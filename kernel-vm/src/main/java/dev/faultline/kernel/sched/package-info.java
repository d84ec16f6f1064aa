// SPDX-License-Identifier: BSD-2-Clause
/**
 * Kernel threads, the kernel token, sleep and wakeup, the run queue.
 *
 * <p>The lowest package of the kernel; every other one may use it. Each guest thread and each
 * daemon is a Java virtual thread, but exactly one of them runs at any instant: it holds the kernel
 * token and gives it up only in {@link dev.faultline.kernel.sched.Scheduler#sleep} or {@link
 * dev.faultline.kernel.sched.Scheduler#yieldNow}. Kernel code therefore needs no Java lock, and
 * what it does between two sleeps is atomic. Start reading at {@code Scheduler}.
 */
@NullMarked
package dev.faultline.kernel.sched;

import org.jspecify.annotations.NullMarked;
