// SPDX-License-Identifier: BSD-2-Clause
/**
 * The virtual-memory system: address maps, objects and their shadow chains, pages and their queues,
 * the fault handler, the page daemon.
 *
 * <p>Knows the pmap below it and kernel threads, nothing above: what it needs of pagers, vnodes and
 * processes it declares as interfaces ({@link dev.faultline.kernel.vm.Pager}, {@link
 * dev.faultline.kernel.vm.VnodeRef}, {@link dev.faultline.kernel.vm.ProcessView}). Start reading at
 * {@link dev.faultline.kernel.vm.VmFault}; a process sees {@link dev.faultline.kernel.vm.VmSpace}.
 * Rule ids in the comments (F75, O13 …) name the numbered rules that the code follows and the tests
 * check.
 */
@NullMarked
package dev.faultline.kernel.vm;

import org.jspecify.annotations.NullMarked;
