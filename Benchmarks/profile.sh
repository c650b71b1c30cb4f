#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Where the server's time goes, by function:
#
#   Benchmarks/profile.sh perf  [ROW]   samples while the load runs, the kernel included
#   Benchmarks/profile.sh count [ROW]   instructions per request in user space (callgrind); they
#                                       repeat exactly, so builds can be compared on a busy machine
#
# ROW is a load of run.py: small (the default), css, js, random, large, proxy1k, proxy100k.
# SERVER=nginx looks at that server instead. `make build` strips its executable, so this builds one
# with its symbols in .build-profile; BERANDA=PATH takes another.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mode=${1:-}
row=${2:-small}
server=${SERVER:-beranda}

need() {
    command -v "$1" >/dev/null || { echo "missing: $1; apt-get install $2" >&2; exit 1; }
}

case $mode in
perf) need perf linux-perf && need wrk wrk ;;
count) need valgrind valgrind ;;
*) sed -n '5,13s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
if [ "$server" = beranda ] && [ -z "${BERANDA:-}" ]; then
    (cd "$here/.." && BERANDA_KEEP_SYMBOLS=1 swift build -c release --product beranda \
        --scratch-path .build-profile >&2)
    BERANDA=$here/../.build-profile/release/beranda
fi
exec python3 "$here/profiles.py" "$mode" "$row" "$server" "${BERANDA:-}"
