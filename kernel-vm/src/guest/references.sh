#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Makes expected/*.out again: what the test programs print on a real Linux, natively where its kernel runs 32-bit programs,
# else under qemu-i386 (which keeps address spaces in its own way: then mapping and smaps are left as they were).
# expected/REFERENCE says which it was. Left out: minherit, whose call Linux does not have, and fbdraw, which wants a screen.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
programs=$(cd ../main/resources/guest/test && pwd)
expected=$(pwd)/expected
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ulimit -s 8192

if "$programs/hello" > /dev/null 2>&1; then
    runner=
    uname -srm > "$expected/REFERENCE"
else
    runner=qemu-i386
    qemu-i386 --version | sed 1q > "$expected/REFERENCE"
fi

while read -r program arguments; do
    case $runner$program in
    qemu-i386mapping | qemu-i386smaps) continue ;;
    esac
    name=$(echo "$program $arguments" | sed 's/ *$//; s/ /-/g')
    # shellcheck disable=SC2086 # a list of words
    $runner "$programs/$program" $arguments > "$expected/$name.out" < /dev/null
done <<'LIST'
cowfork
hello
libc
mapping
mmapfile
primes 100000
process
segv
signals
smaps
stackgrow
stackgrow overrun
thrash 4 2
zerofill
LIST
