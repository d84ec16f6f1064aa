/* SPDX-License-Identifier: BSD-2-Clause */
/* true: ends well. */
int main(void) { return 0; }
