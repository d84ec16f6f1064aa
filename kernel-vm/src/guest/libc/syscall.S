/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * long syscall_raw(long number, ...): up to six arguments, the result as the kernel gives it (-4095..-1 is -errno).
 * Always loads all six: what lies above the arguments that were pushed is readable stack, and the call ignores it.
 */
    .text
    .globl syscall_raw
syscall_raw:
    pushl %ebx
    pushl %esi
    pushl %edi
    pushl %ebp
    movl 20(%esp), %eax
    movl 24(%esp), %ebx
    movl 28(%esp), %ecx
    movl 32(%esp), %edx
    movl 36(%esp), %esi
    movl 40(%esp), %edi
    movl 44(%esp), %ebp
    int $0x80
    popl %ebp
    popl %edi
    popl %esi
    popl %ebx
    ret

/* Where a signal handler returns to: sigreturn finds its frame at esp - 8, so the signal number is popped first. */
    .globl signal_restorer
signal_restorer:
    popl %eax
    movl $119, %eax
    int $0x80

    .section .note.GNU-stack, "", @progbits
