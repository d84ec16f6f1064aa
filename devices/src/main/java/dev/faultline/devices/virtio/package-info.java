// SPDX-License-Identifier: BSD-2-Clause
/**
 * Virtio devices (OASIS "Virtual I/O Device (VIRTIO) Version 1.2"): the memory-mapped transport, a
 * split virtqueue seen from the device, and the block device.
 *
 * <p>Whatever a driver writes into registers and rings, nothing here throws: what breaks the rules
 * of the specification makes the device ask for a reset. All of it is for the machine's thread.
 *
 * <p>Start reading at {@code VirtioMmio}, then {@code VirtioBlock}; what lies behind the block
 * device is in {@link dev.faultline.devices.disk}.
 */
@NullMarked
package dev.faultline.devices.virtio;

import org.jspecify.annotations.NullMarked;
