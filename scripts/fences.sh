#!/usr/bin/env bash
# Checks that no crate has a forbidden dependency.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# fence CRATE FEATURES FORBIDDEN...: no normal dependency of CRATE may be one of FORBIDDEN.
fence() {
    local crate=$1 features=$2
    shift 2
    local tree
    tree=$(cargo tree -p "$crate" --no-default-features --features "$features" \
        --edges normal --prefix none --format '{p}')
    for forbidden in "$@"; do
        if grep -q "^$forbidden v" <<<"$tree"; then
            echo "$crate with features '$features' depends on $forbidden" >&2
            exit 1
        fi
    done
    echo "$crate [$features]: none of $*"
}

fence contest-core memory,bundled,csv,json,serde,testing,mock sqlx sqlx-core axum hyper
fence contest-sqlx postgres libsqlite3-sys sqlx-sqlite axum hyper
fence contest-sqlx sqlite sqlx-postgres axum hyper
fence contest-http "" sqlx sqlx-core contest-sqlx tower-http clap jsonwebtoken governor utoipa-swagger-ui \
    metrics tracing-subscriber opentelemetry
fence contest-http docs,gzip,jwt,review sqlx sqlx-core contest-sqlx tower-http clap governor metrics tracing-subscriber
fence contest-server "" opentelemetry
