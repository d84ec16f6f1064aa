// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * Where the pages of the machine are, for displays.
 *
 * @param frames all frames of RAM
 * @param free frames without content
 * @param cached clean, unmapped, reusable at once
 * @param inactive not used lately
 * @param active used lately
 * @param wired kept in memory, page tables included
 * @param target free and cached pages that the page daemon aims at
 * @param swapTotal pages of swap space
 * @param swapFree free pages of swap space
 */
public record MemoryState(
    int frames,
    int free,
    int cached,
    int inactive,
    int active,
    int wired,
    int target,
    int swapTotal,
    int swapFree) {}
