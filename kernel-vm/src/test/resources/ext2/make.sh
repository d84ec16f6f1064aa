#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the images beside it with mke2fs, debugfs and e2fsck (e2fsprogs 1.47): NAME.img.gz
set -u
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/many" "$work/tree/sub/deeper"
cd "$work/tree"
printf 'hello, world\n' > hello.txt
: > empty
yes 0123456789abcdef | head -c 348894 > numbers   # beyond the first indirect block of 1 KiB blocks
truncate -s 5M sparse; printf 'end' >> sparse
printf 'mid' | dd of=sparse bs=1 seek=2000000 conv=notrunc status=none
ln hello.txt hard
ln -s hello.txt short-link
ln -s "$(printf 'x%.0s' $(seq 1 200))" long-link
for i in $(seq 1 700); do : > "many/a-name-of-some-length-$i"; done
printf 'deep\n' > sub/deeper/file
touch -d '2024-02-29 12:34:56 UTC' hello.txt
chmod 0751 sub; chmod 0640 numbers
make() {
  rm -f "$work/i.img"; truncate -s 6M "$work/i.img"
  mke2fs -q -t ext2 -E hash_seed=01234567-89ab-cdef-0123-456789abcdef -U 01234567-89ab-cdef-0123-456789abcdef "${@:2}" -d "$work/tree" "$work/i.img"
  printf 'mknod pipe p\nmknod null c 1 3\nmknod disk b 8 1\nsif numbers uid 1000\nsif numbers gid 70000\n' | debugfs -w -f - "$work/i.img" >/dev/null 2>&1
  e2fsck -fyD "$work/i.img" >/dev/null 2>&1 || true
  e2fsck -fn "$work/i.img" >/dev/null 2>&1
  gzip -9nc "$work/i.img" > "$out/$1.img.gz"
}
make 1k -b 1024 -N 1024
make 2k-plain -b 2048 -N 1024 -O ^dir_index,^resize_inode,^ext_attr -I 128
make 4k -b 4096 -N 1024
make 4k-untyped -b 4096 -N 1024 -O ^filetype,^sparse_super,^large_file,^dir_index,^resize_inode -I 128
