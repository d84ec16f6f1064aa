// SPDX-License-Identifier: BSD-2-Clause
/**
 * The telnet end of a console's line: the only package that knows Netty, and nothing else refers to
 * it before a telnet server is asked for.
 *
 * <p>Start reading at {@code TelnetServer}, then {@code TelnetDecoder} and {@code TelnetOption},
 * which are plain Java.
 */
@NullMarked
package dev.faultline.devices.telnet;

import org.jspecify.annotations.NullMarked;
