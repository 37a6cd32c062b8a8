#!/usr/bin/env bash
# Sends thousands of requests generated from the OpenAPI document to a running server, and checks every
# response: no 5xx, no undocumented status or body, no invalid request accepted.
#
# Needs Python 3.10 or newer; installs schemathesis into the build directory. Arguments go to
# `schemathesis run`. With `--plan` it only prints its plan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

version=4.32.5
tools=${CARGO_TARGET_DIR:-$PWD/target}/tools
home=$tools/schemathesis-$version

# Its files contain its path, so it stops working when the directory is moved.
works() { "$home/bin/st" --version >/dev/null 2>&1; }

if [[ "${1:-}" == --plan ]]; then
    if works; then
        echo "schemathesis: $home"
    else
        echo "schemathesis: will be put into $home (pip; python3-venv by $(package_manager) where it is missing)"
    fi
    exit
fi
if ! works; then
    echo "schemathesis: installing $version into $home"
    # Debian and Ubuntu leave `venv` out of their Python.
    if ! python3 -m venv --clear "$home" 2>/dev/null && command -v apt-get >/dev/null; then
        as_root apt-get update
        as_root apt-get install -y --no-install-recommends python3 python3-venv
        python3 -m venv --clear "$home"
    fi
    "$home/bin/python" -m pip install --quiet "schemathesis==$version"
fi

cargo build --quiet -p contest-server
work=$(mktemp -d)
server=${CARGO_TARGET_DIR:-$PWD/target}/debug/contest-server
"$server" serve --dev --listen 127.0.0.1:0 --database-url memory: --user-rate 0 --max-contests-per-day 1000000 \
    --host-user 0190d3f4-7a00-7000-8000-000000000001 >"$work/out" 2>"$work/log" &
process=$!
trap 'kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; rm -rf "$work"' EXIT

# Its first two lines of output are the page's address and a token.
until [[ $(wc -l <"$work/out") -ge 2 ]]; do
    kill -0 "$process" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
address=$(sed -n 's/^page: *\([^#]*\).*/\1/p' "$work/out")
token=$(sed -n 's/^token: *//p' "$work/out")

# A stream does not end, so schemathesis would wait for it.
"$home/bin/st" --config-file schemathesis.toml run contest-http/openapi.json \
    --url "${address}api" --header "Authorization: Bearer $token" --checks all \
    --exclude-path '/rounds/{round_id}/board/events' \
    --max-examples 150 --seed 1 --generation-database none --no-color "$@"
