// SPDX-License-Identifier: BSD-2-Clause
/**
 * Tests of the virtual-memory system, rule by rule.
 *
 * <p>{@link dev.faultline.kernel.vm.TestMachine} builds machines, address spaces and files; {@link
 * dev.faultline.kernel.vm.TestPager} and {@link dev.faultline.kernel.vm.TestSwap} answer as a test
 * tells them to.
 */
@NullMarked
package dev.faultline.kernel.vm;

import org.jspecify.annotations.NullMarked;
