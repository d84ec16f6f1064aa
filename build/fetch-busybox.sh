#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fetches Debian's static i386 busybox, a program that nobody here wrote, into target/tools/busybox.
# Uses the package sources of this machine (Debian) with an index of its own: nothing of the machine changes.
set -eu
cd "$(dirname "$0")/.."
out=target/tools/busybox
[ -x "$out/bin/busybox" ] && exit 0

command -v apt-get >/dev/null || {
  echo "fetch-busybox: no apt-get here; put a static i386 busybox at $out/bin/busybox yourself" >&2
  exit 1
}
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$out"
: > "$apt/status"
options="-o APT::Architecture=i386 -o APT::Architectures::=i386 -o Dir::State=$apt -o Dir::State::status=$apt/status
  -o Dir::State::lists=$apt/lists -o Dir::Cache=$apt/cache -o APT::Sandbox::User=root"
# shellcheck disable=SC2086 # the options are words
apt-get $options -qq update || true # one stale source of several is no reason to stop
# shellcheck disable=SC2086
(cd "$apt" && apt-get $options -qq download busybox-static)
dpkg -x "$apt"/busybox-static_*.deb "$out"
ls -l "$out/bin/busybox"
