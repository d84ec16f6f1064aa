// SPDX-License-Identifier: BSD-2-Clause
/** Tests of the page tables, rule by rule. */
@NullMarked
package dev.faultline.kernel.pmap;

import org.jspecify.annotations.NullMarked;
