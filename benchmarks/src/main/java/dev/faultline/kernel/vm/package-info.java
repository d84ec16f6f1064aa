// SPDX-License-Identifier: BSD-2-Clause
/** What benchmarks need from inside of the virtual-memory system: nothing that a machine has. */
@NullMarked
package dev.faultline.kernel.vm;

import org.jspecify.annotations.NullMarked;
