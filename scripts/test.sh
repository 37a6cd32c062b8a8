#!/usr/bin/env bash
# Runs every test: unit, integration and documentation tests of all crates, with all features.
#
# The tests of contest-sqlx need the programs of a PostgreSQL server; each test process starts its
# own, and no service is used or started. Where they are missing they are installed, with apt on
# Debian and Ubuntu and with Homebrew on macOS. To use your own:
#   CONTEST_PG_BIN  the directory of `initdb` and `postgres`
#   DATABASE_URL    a running server, for a role with CREATEDB, instead of starting one
# Those of contest-http drive the page at `/` in Chromium, without a window. Where there is none it
# is installed with apt on Debian. To use another:
#   CONTEST_CHROMIUM_BIN  the program of a Chromium or Chrome
#
# Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run() {
    printf '+ %s\n' "$*"
    "$@"
}

if [[ -z "${DATABASE_URL:-}" ]]; then
    scripts/install-postgres.sh
fi
scripts/install-chromium.sh

run cargo test --workspace --all-features "$@"
