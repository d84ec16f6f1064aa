// SPDX-License-Identifier: BSD-2-Clause
/**
 * The machine-dependent half of virtual memory: i386 page tables in guest RAM, and which virtual
 * addresses a frame is mapped at.
 *
 * <p>Knows frames ({@link dev.faultline.kernel.pmap.PageFrame}) but neither maps nor objects: what
 * is mapped here is only a cache of what the layer above knows and may be dropped at any time,
 * except for wired entries. Nothing here sleeps. Start reading at {@link
 * dev.faultline.kernel.pmap.Pmap}.
 */
@NullMarked
package dev.faultline.kernel.pmap;

import org.jspecify.annotations.NullMarked;
