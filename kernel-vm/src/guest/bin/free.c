/* SPDX-License-Identifier: BSD-2-Clause */
/* free: memory and swap in KiB, from /proc/meminfo. */
#include "proc.h"

const char *const tool = "free";

int main(void) {
    const char *text = slurp("/proc/meminfo", NULL);
    if (!text) return complain("/proc/meminfo");
    unsigned long total = number_of(text, "MemTotal", 0), unused = number_of(text, "MemFree", 0);
    unsigned long cached = number_of(text, "Cached", 0) + number_of(text, "Buffers", 0);
    unsigned long available = number_of(text, "MemAvailable", unused + cached);
    unsigned long swap = number_of(text, "SwapTotal", 0), swap_unused = number_of(text, "SwapFree", 0);
    unsigned long used = total > unused + cached ? total - unused - cached : 0;
    printf("%5s %11s %11s %11s %11s %11s\n", "", "total", "used", "free", "cached", "available");
    printf("Mem:  %11lu %11lu %11lu %11lu %11lu\n", total, used, unused, cached, available);
    printf("Swap: %11lu %11lu %11lu\n", swap, swap - swap_unused, swap_unused);
    return finish(0);
}
