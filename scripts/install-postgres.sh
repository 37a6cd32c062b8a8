#!/usr/bin/env bash
# Installs the programs of a PostgreSQL server if none are installed. It creates no database and starts
# no service. With `--plan` it only prints its plan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

# The same places, in the same order, as contest_sqlx::testing looks in.
places() {
    if [[ -n "${CONTEST_PG_BIN:-}" ]]; then
        echo "$CONTEST_PG_BIN"
        return
    fi
    pg_config --bindir 2>/dev/null || true
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin
    tr ':' '\n' <<<"$PATH"
}

found() {
    local place
    while read -r place; do
        if [[ -x "$place/initdb" && -x "$place/postgres" ]]; then
            echo "PostgreSQL: $place"
            return
        fi
    done < <(places)
    return 1
}

install_with_apt() {
    local config=/etc/postgresql-common/createcluster.conf
    as_root apt-get update
    as_root apt-get install -y --no-install-recommends postgresql-common
    # The package would create and start a cluster. The configuration prevents that during this installation.
    as_root cp -p "$config" "$config.contest"
    trap 'as_root mv "$config.contest" "$config"' EXIT
    as_root sh -c 'echo "create_main_cluster = false" >>"$1"' sh "$config"
    as_root apt-get install -y --no-install-recommends postgresql
    as_root mv "$config.contest" "$config"
    trap - EXIT
}

if found; then
    exit
fi
if [[ -n "${CONTEST_PG_BIN:-}" ]]; then
    echo "CONTEST_PG_BIN is $CONTEST_PG_BIN, which does not hold initdb and postgres" >&2
    exit 1
fi
if [[ "${1:-}" == --plan ]]; then
    echo "PostgreSQL: will be installed ($(package_manager)): server programs only, no service is started"
    exit
fi
echo "PostgreSQL: no server programs found, installing them"
if command -v apt-get >/dev/null; then
    install_with_apt
elif command -v brew >/dev/null; then
    brew install postgresql@17
else
    echo "Install PostgreSQL 13 or newer, or set CONTEST_PG_BIN or DATABASE_URL." >&2
    exit 1
fi
found
