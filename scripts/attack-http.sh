#!/usr/bin/env bash
# Attacks a server of its own over loopback as a hostile client would, and prints what that costs: memory,
# processor time, and the time that another client waits. Each attack is bounded; all take about two
# minutes.
#
#   scripts/attack-http.sh [PROGRAM [ATTACK...]]
#
# PROGRAM is a `contest-server`; without it, the script builds one with optimisation. ATTACK is one of
#   unread    3,000 connections ask for the API page's script, four times each, and never read
#   lists     the same with a list of problems that is made for each request
#   shutdown  one such connection, and then SIGTERM
#   gzip      small requests for large compressed answers
#   bodies    1,100 requests of one user whose bodies of 1.2 MB stop before their end
#
# Needs Linux, bash and curl. The other client has an address of its own, 127.0.0.2.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-}
if [[ -z $program ]]; then
    cargo build --release -p contest-server
    program=${CARGO_TARGET_DIR:-target}/release/contest-server
fi
shift || true
attacks=("${@:-unread}")
if [[ $# == 0 ]]; then attacks=(unread lists shutdown gzip bodies); fi

# Each connection is a descriptor, of this script and of the server.
ulimit -n 8192
work=$(mktemp -d)
process=
finish() {
    [[ -n $process ]] && kill -KILL "$process" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

# 3,000 problems.
{
    echo "slug,title,difficulty,topics"
    for number in $(seq 3000); do
        echo "problem-$number,The problem of number $number,Easy,Topic $((number % 70))"
    done
} >"$work/catalogue.csv"

# start OPTIONS...: starts a server on a free port.
start() {
    : >"$work/out"
    "$program" serve --dev --listen 127.0.0.1:0 --database-url memory: --user-rate 0 --log-format json \
        --catalogue "$work/catalogue.csv" "$@" >"$work/out" 2>"$work/log" &
    process=$!
    until [[ $(wc -l <"$work/out") -ge 2 ]]; do
        kill -0 "$process" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
        sleep 0.1
    done
    port=$(sed -n 's|^page: *http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/out")
    token=$(sed -n 's/^token: *//p' "$work/out")
}

stop() {
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    process=
}

mebibytes() { awk '/VmRSS/ {printf "%d MiB", $2 / 1024}' "/proc/$process/status"; }
# Processor time of the server in milliseconds.
milliseconds() { awk '{print ($14 + $15) * 10}' "/proc/$process/stat"; }
# The other client: what 40 requests get, and the longest wait.
other() {
    for _ in $(seq 40); do
        curl -s -o /dev/null --interface 127.0.0.2 --max-time 10 -w '%{http_code} %{time_total}\n' "$@" \
            "http://127.0.0.1:$port/api/problems/stats" || true
    done | awk '{codes[$1]++; if ($2 > most) most = $2}
        END {for (code in codes) printf "%d x %s, ", codes[code], code; printf "longest %.0f ms", most * 1000}'
}

# open COUNT REQUEST: connections that send REQUEST and never read.
open() {
    local fd
    for _ in $(seq "$1"); do
        { exec {fd}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || continue
        { printf '%b' "$2" >&"$fd"; } 2>/dev/null || true
        descriptors+=("$fd")
    done
}

close() {
    for fd in "${descriptors[@]}"; do exec {fd}>&-; done
    descriptors=()
}

descriptors=()
trap '' PIPE
script='GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'

# unread NAME REQUEST
unread() {
    start
    echo "$1: idle $(mebibytes)"
    open 3000 "$2$2$2$2"
    echo "$1: 3,000 connections $(mebibytes); another client: $(other)"
    sleep 5
    echo "$1: 5 s later $(mebibytes)"
    close
    sleep 5
    echo "$1: closed $(mebibytes)"
    stop
}

attack_unread() { unread unread "$script"; }
attack_lists() { unread lists 'GET /api/problems?limit=999 HTTP/1.1\r\nHost: x\r\n\r\n'; }

attack_shutdown() {
    start
    open 1 "$script$script$script$script"
    sleep 1
    local begin=${EPOCHREALTIME/./} code=0
    kill -TERM "$process"
    wait "$process" || code=$?
    echo "shutdown: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms after SIGTERM, exit code $code"
    process=
    close
}

attack_gzip() {
    start
    local path begin
    for path in /docs/swagger-ui-bundle.js /openapi.json /api/problems '/api/problems?limit=999'; do
        begin=$(milliseconds)
        for _ in $(seq 60); do
            curl -s -o /dev/null -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port$path"
        done
        awk -v spent="$(($(milliseconds) - begin))" -v path="$path" \
            'BEGIN {printf "gzip: %.1f ms of a core for each request of %s\n", spent / 60, path}'
    done
    stop
}

attack_bodies() {
    # The limit of connections would end this attack earlier.
    CONTEST_ADDRESS_CONNECTIONS=0 start
    head -c 1200000 /dev/zero | tr '\0' ' ' >"$work/body"
    local head="POST /api/users/me/solves HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\n"
    head+="Content-Type: application/json\r\nContent-Length: 1200001\r\n\r\n"
    open 1100 "$head"
    echo "bodies: 1,100 requests without their bodies; another client: $(other)"
    for fd in "${descriptors[@]}"; do
        timeout 4 cat "$work/body" >&"$fd" 2>/dev/null &
    done
    sleep 2
    echo "bodies: 1,100 bodies of 1.2 MB that do not end $(mebibytes); another client: $(other)"
    close
    stop
}

for attack in "${attacks[@]}"; do "attack_$attack"; done
