// SPDX-License-Identifier: BSD-2-Clause
/**
 * Pagers: where the pages of memory objects come from and go to.
 *
 * <p>Knows the VM system, whose {@link dev.faultline.kernel.vm.Pager} it implements, and drivers;
 * files appear as {@link dev.faultline.kernel.pager.BackingFile}, which file systems implement.
 */
@NullMarked
package dev.faultline.kernel.pager;

import org.jspecify.annotations.NullMarked;
