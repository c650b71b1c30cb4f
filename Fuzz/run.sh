#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Builds a fuzz target with AddressSanitizer and runs it for some seconds.
#
#   Fuzz/run.sh FuzzRequestHead 60
#
# New inputs go into .build-fuzz/corpus; those in Fuzz/corpus are seeds and are only read.
set -eu

target=${1:?usage: Fuzz/run.sh TARGET [SECONDS]}
seconds=${2:-60}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/.build-fuzz
cd "$root"

# With two --sanitize options one of them is lost, and with it the coverage: hence -Xswiftc.
BERANDA_FUZZ=1 swift build -c release --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address \
    --product "$target" --scratch-path "$build"

mkdir -p "$build/corpus/$target"
log=$build/$target.log
status=0
SWIFT_BACKTRACE=enable=no "$build/release/$target" "$build/corpus/$target" \
    "Fuzz/corpus/$target" -max_len=4096 -max_total_time="$seconds" \
    -artifact_prefix="$build/$target-" >"$log" 2>&1 || status=$?
tail -n 5 "$log"
[ "$status" -eq 0 ] || { echo "$target: failed, see $log"; exit "$status"; }

# A build without coverage runs fast and finds nothing.
coverage=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
[ "${coverage:-0}" -gt 50 ] || { echo "$target: built without coverage"; exit 1; }
echo "$target: coverage $coverage"
