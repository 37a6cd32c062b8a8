#!/usr/bin/env bash
# Runs every test: unit, integration and documentation tests of all crates, with all features.
#
# The tests of contest-sqlx need the programs of a PostgreSQL server and a PgBouncer of 1.21 or newer.
# Each test process starts its own server; no service is used or started. The tests of contest-server
# drive the page at `/` in Chromium, without a window. This script installs missing programs: with apt on
# Debian and Ubuntu, with Homebrew on macOS; Chromium only with apt on Debian. To use your own:
#   CONTEST_PG_BIN         the directory of `initdb` and `postgres`
#   DATABASE_URL           a running server, for a role with CREATEDB, instead of starting one; tests
#                          that stop a server or replicate it still start theirs
#   CONTEST_PGBOUNCER_BIN  the program `pgbouncer`
#   CONTEST_CHROMIUM_BIN   the program of a Chromium or Chrome
#
# At the end it sends requests generated from the OpenAPI document to the server (see
# scripts/schemathesis.sh, which needs Python). Arguments go to `cargo test`; with arguments, it skips
# this last step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run() {
    printf '+ %s\n' "$*"
    "$@"
}

echo "Programs that the tests use or that will be installed:"
{
    if [[ -n "${DATABASE_URL:-}" ]]; then
        echo "PostgreSQL: the server of DATABASE_URL"
    else
        scripts/install-postgres.sh --plan
    fi
    scripts/install-chromium.sh --plan
    if [[ -n "${CONTEST_PGBOUNCER_BIN:-}" ]]; then
        echo "PgBouncer: $CONTEST_PGBOUNCER_BIN"
    else
        scripts/install-pgbouncer.sh --plan
    fi
    if [[ $# == 0 ]]; then scripts/schemathesis.sh --plan; fi
} | sed 's/^/  /'

if [[ -z "${DATABASE_URL:-}" ]]; then
    scripts/install-postgres.sh
fi
scripts/install-chromium.sh

if [[ -z "${CONTEST_PGBOUNCER_BIN:-}" ]]; then
    # Without PgBouncer, the tests that need it fail with instructions.
    if CONTEST_PGBOUNCER_BIN=$(scripts/install-pgbouncer.sh); then
        export CONTEST_PGBOUNCER_BIN
        echo "PgBouncer: $CONTEST_PGBOUNCER_BIN"
    else
        unset CONTEST_PGBOUNCER_BIN
        echo "PgBouncer: no version from 1.21 is available" >&2
    fi
fi

# A snapshot that differs is a failure, not a new file.
export INSTA_UPDATE=no
run cargo test --workspace --all-features "$@"
if [[ $# == 0 ]]; then
    run scripts/schemathesis.sh
fi
