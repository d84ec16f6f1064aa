// SPDX-License-Identifier: BSD-2-Clause
/**
 * Linux's i386 system-call ABI: the table of calls, the calls by theme, structure layouts, signal
 * frames.
 *
 * <p>Knows everything below and nothing of how the machine is put together. A call takes the
 * calling thread and up to six words, and returns a word: 0 or more, or a negated error number.
 * Start reading at {@code LinuxCalls}, the table; {@code LinuxPersonality} dispatches by it.
 */
@NullMarked
package dev.faultline.kernel.abi;

import org.jspecify.annotations.NullMarked;
