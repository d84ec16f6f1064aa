// SPDX-License-Identifier: BSD-2-Clause
/**
 * A program that runs at build time: it reads the instruction table and writes the interpreter's op
 * classes. Start reading at {@code OpGenerator}.
 */
package dev.faultline.cpu.generator;
