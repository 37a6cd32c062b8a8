#!/usr/bin/env bash
# Measures what calls cost, and writes benches/RESULTS.md.
#
#   scripts/bench.sh          the quick set: less data and fewer rounds, in under five minutes once
#                             everything is built
#   scripts/bench.sh full     the full set: more rounds, and up to a million users and problems
#
# Needs what scripts/test.sh needs of PostgreSQL, and installs it where it is missing; the server it
# measures is one of its own, which forces commits to disk. DATABASE_URL names another. Leave the
# machine alone meanwhile: ratios bear some noise, not a second build. Fails when a budget is missed,
# after everything has been measured and written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

set_name=${1:-quick}
case $set_name in
quick) arguments=(--quick) ;;
full) arguments=() ;;
*)
    echo "usage: scripts/bench.sh [quick|full]" >&2
    exit 2
    ;;
esac

if [[ -z "${DATABASE_URL:-}" ]]; then
    scripts/install-postgres.sh
fi

benches=(memory allocations postgres sqlite callers patterns http)
cargo bench -p contest-benches --no-run
# The server whose memory and start are measured.
cargo build --release -p contest-server
CONTEST_SERVER=$(realpath "${CARGO_TARGET_DIR:-target}/release/contest-server")
export CONTEST_SERVER

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
export CONTEST_BENCH_RESULTS=$parts
missed=()
started=$(date +%s)
for bench in "${benches[@]}"; do
    cargo bench -q -p contest-benches --bench "$bench" -- ${arguments[@]+"${arguments[@]}"} || missed+=("$bench")
    # What could not be measured at all is no missed budget.
    [[ -f $parts/$bench.md ]]
done
seconds=$(($(date +%s) - started))

# Counted and asserted by tests, which print them.
cargo test -q -p contest-sqlx --all-features --test it -- postgres::costs --nocapture --test-threads 1 |
    sed 's/^\.*//' | grep -E '^(outbox:|[a-z0-9 ]+ \| +[0-9s])' >"$parts/costs"

# A program that embeds the library begins with this.
most_crates=75
crates=$(cargo tree -p contest-examples -e normal,build,dev --prefix none | cut -d' ' -f1,2 | sort -u | wc -l)
verdict=pass
if ((crates > most_crates)); then
    verdict='**missed**'
    missed+=("crates of the examples")
fi

commit=$(git rev-parse --short HEAD)
# The results themselves may differ; nothing else may.
if ! git diff --quiet HEAD -- . ':!benches/RESULTS.md'; then
    commit="$commit and changes on top of it"
fi
processor() {
    if [[ -r /proc/cpuinfo ]]; then
        sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1
    else
        sysctl -n machdep.cpu.brand_string
    fi
}

{
    echo "# Results"
    echo
    echo "Written by \`scripts/bench.sh $set_name\` on $(date -u +%Y-%m-%d) in $seconds seconds, of commit $commit;"
    echo "$(getconf _NPROCESSORS_ONLN) processors ($(processor)), $(uname -s) $(uname -m), $(rustc --version | cut -d' ' -f1,2)."
    echo
    echo "Times follow the machine; ratios are what to compare. Each is of two medians from one loop in"
    echo "which both took turns, with the interval that holds 95% of the ratios when the same rounds are"
    echo "drawn anew."
    echo
    echo "## Budgets"
    echo
    echo "| | measured | budget | |"
    echo "|---|---:|---:|---|"
    for bench in "${benches[@]}"; do
        cat "$parts/$bench.budgets"
    done
    echo "| crates that building an example takes | $crates | ≤ $most_crates | $verdict |"
    echo
    for bench in "${benches[@]}"; do
        cat "$parts/$bench.md"
    done
    echo "## What a call costs on Postgres"
    echo
    echo "A read is one statement and one round trip; so is a change for a user who is remembered, and a change"
    echo "that loads is two. Rows and bytes of the write-ahead log do not depend on what the user did before."
    echo
    echo '```text'
    cat "$parts/costs"
    echo '```'
} >"$parts/RESULTS.md"
mv "$parts/RESULTS.md" benches/RESULTS.md
echo "written: benches/RESULTS.md"

if ((${#missed[@]} > 0)); then
    echo "over budget: ${missed[*]}" >&2
    exit 1
fi
