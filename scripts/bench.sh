#!/usr/bin/env bash
# Measures the cost of calls, and writes benches/RESULTS.md.
#
#   scripts/bench.sh          the quick set: less data and fewer rounds, in under five minutes once
#                             everything is built
#   scripts/bench.sh full     the full set: more rounds, and up to a million users and problems
#
# Needs the programs of a PostgreSQL server, as scripts/test.sh does, and installs them if they are
# missing. It starts its own server, which flushes commits to disk, unless DATABASE_URL names another.
# Do not use the machine meanwhile: ratios tolerate some noise, but not a second build. It exits with an
# error if a budget is missed, after all results are written.
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

benches=(memory standings allocations worst kept postgres rounds sqlite callers patterns http)
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
    # Without a report the benchmark itself failed: stop.
    [[ -f $parts/$bench.md ]]
done
seconds=$(($(date +%s) - started))

# Tests count, assert and print these costs.
cargo test -q -p contest-sqlx --all-features --test it -- postgres::costs --nocapture --test-threads 1 |
    sed 's/^\.*//' | grep -E '^(outbox:|[a-z0-9 ]+ \| +[0-9s])' >"$parts/costs"

# A program that embeds the library compiles at least these crates.
most_crates=75
crates=$(cargo tree -p contest-examples -e normal,build,dev --prefix none | cut -d' ' -f1,2 | sort -u | wc -l)
verdict=pass
if ((crates > most_crates)); then
    verdict='**missed**'
    missed+=("crates of the examples")
fi

commit=$(git rev-parse --short HEAD)
# Only the results may differ from the commit.
if ! git diff --quiet HEAD -- . ':!benches/RESULTS.md'; then
    commit="$commit with uncommitted changes"
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
    echo "Times depend on the machine: compare the ratios. Each is the ratio of two medians from one loop"
    echo "with alternating calls, and has a 95% bootstrap interval over the rounds."
    echo
    echo "## Budgets"
    echo
    echo "| | measured | budget | |"
    echo "|---|---:|---:|---|"
    for bench in "${benches[@]}"; do
        cat "$parts/$bench.budgets"
    done
    echo "| crates compiled for an example | $crates | ≤ $most_crates | $verdict |"
    echo
    for bench in "${benches[@]}"; do
        cat "$parts/$bench.md"
    done
    echo "## The cost of a call on Postgres"
    echo
    echo "A read is one statement and one round trip. A change is one for a remembered user, and two if it loads"
    echo "the user first. Rows and bytes of the write-ahead log do not depend on the user's history."
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
