// SPDX-License-Identifier: BSD-2-Clause
/**
 * The board around the processor: virtual time and its event queue, the interrupt controller, the
 * interval timer, the real-time clock, the UART, and the door through which the outside world comes
 * in.
 *
 * <p>A device knows the bus and its interrupt line (both of {@link dev.faultline.mmu}), the clock
 * and the event queue; it knows neither processor nor kernel. Everything here runs on the one
 * thread that currently runs the machine and takes no locks; the single exception is the host's
 * side of {@link dev.faultline.devices.ExternalInput}. Nothing here reads the host's clock.
 *
 * <p>Disks are in {@link dev.faultline.devices.virtio} and {@link dev.faultline.devices.disk}.
 *
 * <p>Start reading at {@code EventQueue}, then {@code ExternalInput}, {@code Uart16550} and {@code
 * ConsoleLine}.
 */
@NullMarked
package dev.faultline.devices;

import org.jspecify.annotations.NullMarked;
