// SPDX-License-Identifier: BSD-2-Clause
/**
 * Physical memory, the bus, the i386 page-table format, its walker, and the software TLB.
 *
 * <p>The lowest room of the house: it knows nobody. The processor reaches memory through {@link
 * dev.faultline.mmu.Mmu}, devices through {@link dev.faultline.mmu.PhysicalBus}; the kernel plugs a
 * {@link dev.faultline.mmu.PageFaultHandler} in. Start reading at {@code Mmu}, then {@code Tlb} and
 * {@code PageWalker}.
 *
 * <p>Addresses are unsigned 32-bit values in an {@code int}; a physical address of RAM is also the
 * index into {@link dev.faultline.mmu.PhysicalMemory#array()}.
 */
@NullMarked
package dev.faultline.mmu;

import org.jspecify.annotations.NullMarked;
