#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Builds the guest programs into the resources of kernel-vm. See README.md.
#   build.sh             build and install: programs, root.list, SOURCES.sha256
#   build.sh --out DIR   build into DIR instead
#   build.sh --check     rebuild and compare with the installed files: 0 the same, 1 different, 3 other compiler
set -eu
export LC_ALL=C

cd "$(dirname "$0")"
installed=../main/resources/guest
compiler=${CC:-gcc}

# Freestanding i686 code without MMX and SSE, and nothing in it that depends on where or when it was built.
cflags="-m32 -march=i686 -mno-mmx -mno-sse -mpreferred-stack-boundary=2 -std=gnu11 -O2 -ffreestanding -nostdinc
    -Iinclude -Ilibc -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables
    -fno-tree-loop-distribute-patterns -fno-ident -fno-common -ffunction-sections -fdata-sections
    -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
ldflags="-m elf_i386 -static -nostdlib --gc-sections --build-id=none -z noseparate-code -z max-page-size=4096
    -z noexecstack --strip-all"

versions() {
    printf '# %s\n# %s\n' "$("$compiler" --version | sed 1q)" "$(ld --version | sed 1q)"
}

# compile OBJECT SOURCE
compile() {
    "$compiler" $cflags -c -o "$1" "$2"
}

# program NAME SOURCE...: compiles and links $out/NAME
program() {
    name=$1
    shift
    objects=
    for source; do
        object=$work/$(echo "$source" | tr / _).o
        compile "$object" "$source"
        objects="$objects $object"
    done
    mkdir -p "$out/${name%/*}"
    ld $ldflags -o "$out/$name" "$work/crt0.o" $objects "$work/libc.a"
    chmod 755 "$out/$name"
}

# The embedded root's table of contents: type, octal mode, path, target of a link; in the order of the names.
list_root() {
    (
        cd "$out"
        find bin etc test -type d -printf 'd 755 %p\n'
        find bin test -type f -printf 'f 755 %p\n'
        find etc -type f -printf 'f 644 %p\n'
        grep -v '^#' "$here/root.extra"
    ) | sort -k 3,3
}

list_sources() {
    find bin build.sh include libc root root.extra test -type f -print | sort | xargs sha256sum
}

build() {
    here=$(pwd)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    for source in libc/*.S libc/*.c; do
        object=${source##*/}
        compile "$work/${object%.*}.o" "$source"
    done
    (cd "$work" && ar rcD libc.a $(ls *.o | grep -v '^crt0'))
    for source in bin/*.c test/*.c; do
        program "${source%.c}" "$source"
    done
    program bin/sh bin/sh/*.c
    cp -R root/. "$out"
    list_root > "$out/root.list"
    { versions; list_sources; } > "$out/SOURCES.sha256"
}

case ${1:-} in
'')
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    (build)
    rm -rf "$installed"
    mkdir -p "$installed"
    cp -R "$out/." "$installed"
    ;;
--out)
    mkdir -p "$2"
    out=$(cd "$2" && pwd)
    build
    ;;
--check)
    if [ "$(versions)" != "$(grep '^#' $installed/SOURCES.sha256)" ]; then
        echo "build.sh: cannot compare, this is not the recorded compiler: $(versions | tr '\n' ' ')"
        exit 3
    fi
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    (build)
    if diff -rq "$installed" "$out"; then
        echo "build.sh: $installed is up to date"
    else
        echo "build.sh: $installed is stale; run kernel-vm/src/guest/build.sh"
        exit 1
    fi
    ;;
*)
    echo "usage: build.sh [--check | --out DIR]" >&2
    exit 2
    ;;
esac
