#!/usr/bin/env bash
# Attacks a server of its own over loopback as a hostile client would, and prints what that costs: memory,
# processor time, and the time that another client waits. Each attack is bounded; all take about four
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
#   parts     twenty parts of one problem each, and no topic twice
#   history   600 contests with 1,600 excluded problems each, and then long reads
#   soak      16 clients for SOAK_MINUTES (10), of which every fifth request is dropped
#
# Needs Linux, bash and curl. The other client has an address of its own, 127.0.0.2. `parts`, `history` and
# `soak` use the store of DATABASE_URL, in memory by default.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-}
if [[ -z $program ]]; then
    cargo build --release -p contest-server
    program=${CARGO_TARGET_DIR:-target}/release/contest-server
fi
shift || true
attacks=("${@:-unread}")
if [[ $# == 0 ]]; then attacks=(unread lists shutdown gzip bodies parts history); fi
store=${DATABASE_URL:-memory:}
unset DATABASE_URL

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

head -c 48 /dev/urandom | base64 >"$work/key"
export CONTEST_JWT_KEY_FILE=$work/key

# start OPTIONS...: starts a server on a free port.
start() {
    "$program" serve --listen 127.0.0.1:0 --database-url "${url:-memory:}" --user-rate 0 --log-format json \
        --catalogue "$work/catalogue.csv" "$@" >"$work/log" 2>&1 &
    process=$!
    until grep -qs '"serving"' "$work/log"; do
        kill -0 "$process" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
        sleep 0.1
    done
    port=$(sed -n '/"serving"/s/.*"address":"127.0.0.1:\([0-9]*\)".*/\1/p' "$work/log")
    token=$("$program" token 2>/dev/null)
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

# start_stored: a server on the store, without limits on what a user does.
start_stored() {
    local url=$store
    start --max-contests-per-day 1000000
}

# api PATH [CURL OPTIONS...]: a request of the user to the API.
api() {
    curl -s -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        "http://127.0.0.1:$port/api$1" "${@:2}"
}

# begin_and_abandon BODY: a contest, if it can be created.
begin_and_abandon() {
    local id
    id=$(api /contests -d "$1" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p')
    [[ -z $id ]] || api "/contests/$id/abandon" -X POST -o /dev/null
}

# cost NAME PATH [CURL OPTIONS...]: the processor time of a request, the largest of its answers, and what
# another client waits meanwhile.
cost() {
    local begin
    begin=$(milliseconds)
    for _ in $(seq 20); do api "${@:2}" -o /dev/null -w '%{http_code} %{size_download}\n'; done >"$work/sizes"
    awk -v spent="$(($(milliseconds) - begin))" -v name="$1" '{code = $1; if ($2 > most) most = $2}
        END {printf "%s: %.1f ms of a core, %d KiB, %s\n", name, spent / 20, most / 1024, code}' "$work/sizes"
}

attack_parts() {
    start_stored
    local part='{"count":1,"strategy":"topic_balanced"}' parts body
    parts=$part$(for _ in $(seq 19); do printf ',%s' "$part"; done)
    body='{"problem_count":20,"duration_minutes":10,"topic_cap":1,"parts":['$parts']}'
    cost "parts: explained" /contests/explain -d "$body"
    local begin
    begin=$(milliseconds)
    for _ in $(seq 20); do begin_and_abandon "$body"; done
    echo "parts: $((($(milliseconds) - begin) / 20)) ms of a core to create a contest and abandon it"
    stop
}

attack_history() {
    start_stored
    local next excluded rules body
    api "/problems?limit=800" >"$work/pages"
    next=$(sed -n 's/.*"next_cursor":"\([^"]*\)".*/\1/p' "$work/pages")
    api "/problems?limit=800&cursor=$next" >>"$work/pages"
    excluded=$(grep -o '{"id":"[^"]*"' "$work/pages" | cut -d: -f2 | paste -sd,)
    rules='"eligibility":{"attempted":"exclude"}'
    body='{"problem_count":5,"duration_minutes":10,"excluded":['$excluded']'
    printf '%s}' "$body" >"$work/create"
    for _ in $(seq 600); do begin_and_abandon "@$work/create"; done
    printf '%s,%s}' "$body" "$rules" >"$work/explain"
    cost "history: explained" /contests/explain -d "@$work/explain"
    cost "history: pace" "/users/me/pace"
    cost "history: results" "/contests/results?limit=100"
    cost "history: list" "/contests"
    cost "history: list of 1,000" "/contests?limit=1000"
    echo "history: $(mebibytes)"
    stop
}

# client: requests until the end; every fifth is given up after some milliseconds.
client() {
    local number=0 fifth
    while [[ ! -e $work/end ]]; do
        number=$((number + 1))
        fifth=()
        if ((number % 5 == 0)); then fifth=(--max-time "0.00$((RANDOM % 9 + 1))"); fi
        case $((number % 4)) in
        0) begin_and_abandon '{"problem_count":5,"duration_minutes":10}' ;;
        1) api /users/me/progress -o /dev/null "${fifth[@]}" || true ;;
        2) api /contests -o /dev/null "${fifth[@]}" || true ;;
        3) api /contests -d '{"problem_count":5,"duration_minutes":10}' -o /dev/null "${fifth[@]}" || true ;;
        esac
    done
}

attack_soak() {
    start_stored
    local minute clients=()
    for _ in $(seq 16); do
        token=$("$program" token 2>/dev/null)
        client &
        clients+=($!)
    done
    for minute in $(seq 0 "${SOAK_MINUTES:-10}"); do
        [[ $minute == 0 ]] && sleep 5 || sleep 60
        printf 'soak: minute %d, %s, %d descriptors, %s\n' "$minute" "$(mebibytes)" \
            "$(find "/proc/$process/fd" | wc -l)" \
            "$(curl -s "http://127.0.0.1:$port/metrics" | grep '^contest.*pool' | tr '\n' ' ')"
    done
    touch "$work/end"
    wait "${clients[@]}"
    stop
}

for attack in "${attacks[@]}"; do "attack_$attack"; done
