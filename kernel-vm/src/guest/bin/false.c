/* SPDX-License-Identifier: BSD-2-Clause */
/* false: ends badly. */
int main(void) { return 1; }
