// SPDX-License-Identifier: BSD-2-Clause
/**
 * What lies behind a disk's interface: where its sectors are kept ({@code DiskImage}), how long a
 * request takes in virtual time ({@code Latency}), what goes wrong ({@code DiskFaults}), and what a
 * power cut leaves ({@code WriteCache}). {@code Drive} puts them together.
 *
 * <p>Knows no bus and no rings. Host files are read and written in place, when a request completes,
 * by the machine's thread; neither host time nor host threads have a say.
 */
@NullMarked
package dev.faultline.devices.disk;

import org.jspecify.annotations.NullMarked;
