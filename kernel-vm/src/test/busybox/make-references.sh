#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes expected/*.out again: runs each case under a busybox of the host in a root that holds nothing else
# (so as root, for chroot), natively where the kernel runs 32-bit programs, else with the amd64 build.
# usage: make-references.sh BUSYBOX
set -eu
cd "$(dirname "$0")"
busybox=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
for case in cases/*.sh; do
  name=$(basename "$case" .sh)
  rm -rf "${root:?}"/*
  mkdir -p "$root/bin" "$root/dev" "$root/tmp" "$root/proc"
  cp "$busybox" "$root/bin/busybox"
  cp -r root/data cases run-case.sh "$root/"
  : > "$root/dev/null"
  mount --bind /dev/null "$root/dev/null"
  mount -t proc proc "$root/proc"
  env -i PATH=/bin HOME=/ "$(command -v chroot)" "$root" /bin/busybox sh /run-case.sh "$name" > "expected/$name.out" || true
  umount "$root/proc" "$root/dev/null"
done
"$busybox" | head -1 > expected/REFERENCE
file -b "$busybox" | cut -d, -f1-2 >> expected/REFERENCE || true
