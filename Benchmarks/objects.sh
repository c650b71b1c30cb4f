#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Lists which functions of the release build call into reference counting, allocation, exclusivity
# checks, lazy globals or memory copies. On the way of a kept-alive request there must be none of
# the first four; every line that names such a function is a question to ask.
#
#   Benchmarks/objects.sh [PATTERN]     PATTERN selects functions (extended regex on readable names)
#
# It reads the object files, so that stripping the executable does not matter: OBJECTS=DIR takes
# those of another build, MODULES="HTTP1 Server" other modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
objects=${OBJECTS:-$here/../.build/release}
modules=${MODULES:-Memory EventLoop HTTP HTTP1 FileCache Server}
pattern=${1:-.}
calls='swift_(retain|release|bridgeObjectRetain|bridgeObjectRelease|isUniquelyReferenced[A-Za-z_]*'
calls="$calls|allocObject|slowAlloc|initStackObject|beginAccess|once)|malloc|memcpy|memmove"

command -v objdump >/dev/null || { echo "missing: objdump; apt-get install binutils" >&2; exit 1; }
found=
for module in $modules; do
    for object in "$objects/$module.build"/*.o; do
        [ -e "$object" ] && found="$found $object"
    done
done
[ -n "$found" ] || { echo "no object files below $objects; make build" >&2; exit 1; }

# A call to another object is a relocation on the line after the instruction.
objdump -dr --no-show-raw-insn $found | awk -v calls="^($calls)\$" '
    /^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name) }
    / R_(X86_64_(PLT32|PC32|GOTPCREL[A-Z]*)|AARCH64_(CALL26|JUMP26))/ {
        target = $NF
        sub(/[-+]0x[0-9a-f]+$/, "", target)
        if (target ~ calls) print target, name
    }' | sort | uniq -c | sort -k3 | {
    if command -v swift >/dev/null; then swift demangle --compact; else cat; fi
} | grep -E -- "$pattern" || echo "none"
