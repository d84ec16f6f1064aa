#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rebuilds the benchmark kernels; the images are checked in. Needs gcc, no multilib.
set -eu
cd "$(dirname "$0")"
for source in *.c; do
  gcc -m32 -march=i686 -O2 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
    -nostdlib -static -Wall -Werror -Wl,--build-id=none -Wl,-T,kernel.ld -Wl,--oformat=binary \
    -o "../resources/dev/faultline/bench/${source%.c}.bin" "$source"
done

# Programs for a machine with a kernel under them: ELF files.
for source in ../guest/*.c; do
  name=$(basename "${source%.c}")
  gcc -m32 -march=i686 -O2 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
    -nostdlib -static -Wall -Werror -s -Wl,--build-id=none -Wl,-z,noexecstack \
    -o "../resources/dev/faultline/bench/$name.elf" "$source"
done
