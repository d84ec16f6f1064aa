/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the kernel enters a program: argc at esp, then argv, 0, envp, 0, the auxiliary vector. */
    .text
    .globl _start
_start:
    xorl %ebp, %ebp                 /* the outermost frame */
    movl (%esp), %eax               /* argc */
    leal 4(%esp), %ecx              /* argv */
    leal 8(%esp,%eax,4), %edx       /* envp, behind argv's closing 0 */
    movl %edx, environ
    andl $-16, %esp
    pushl %edx
    pushl %edx
    pushl %ecx
    pushl %eax
    call main
    movl %eax, (%esp)
    call exit
    hlt

    .section .note.GNU-stack, "", @progbits
