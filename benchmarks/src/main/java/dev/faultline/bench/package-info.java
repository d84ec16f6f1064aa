// SPDX-License-Identifier: BSD-2-Clause
/**
 * The JMH suites, and the {@code bench} command that runs them. Each benchmark class names its
 * question and says what a good answer is. Machines are noisy: compare what one run measured side
 * by side.
 */
@NullMarked
package dev.faultline.bench;

import org.jspecify.annotations.NullMarked;
