#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compares our shell with another one: runs every case of check-sh.cases (separated by "#### title" lines) under both, each in
# an empty directory, as a script, by -c and from standard input, and compares output and status. Needs an x86 Linux.
#   check-sh.sh [OUR-SHELL [OTHER-SHELL]]      default: the installed bin/sh, and dash
here=$(cd "$(dirname "$0")" && pwd)
ours=${1:-$here/../main/resources/guest/bin/sh}
other=${2:-dash}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 count=0

# run SHELL NAME HOW: leaves output and status in $work/NAME
run() {
    rm -rf "$work/dir"
    mkdir "$work/dir"
    (
        cd "$work/dir" || exit
        case $3 in
        file) timeout 10 "$1" ../case a 'b c' ;;
        text) timeout 10 "$1" -c "$(cat ../case)" sh a 'b c' ;;
        input) timeout 10 "$1" -s a 'b c' < ../case ;;
        esac > "$work/$2" 2> "$work/$2.err"
        echo "status $?" >> "$work/$2"
    )
}

check() {
    [ -n "$title" ] || return
    for how in file text input; do
        run "$other" want $how
        run "$ours" got $how
        count=$((count + 1))
        if ! cmp -s "$work/want" "$work/got"; then
            bad=$((bad + 1))
            echo "DIFFERENT ($how): $title"
            diff "$work/want" "$work/got" | sed 's/^/    /'
            head -3 "$work/got.err" | sed 's/^/    stderr: /'
        fi
    done
}

title=
while IFS= read -r line; do
    case $line in
    '#### '*)
        check
        title=${line#'#### '}
        : > "$work/case"
        ;;
    *) printf '%s\n' "$line" >> "$work/case" ;;
    esac
done < "$here/check-sh.cases"
check
echo "$count comparisons, $bad different"
[ $bad = 0 ]
