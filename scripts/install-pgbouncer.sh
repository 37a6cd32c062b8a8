#!/usr/bin/env bash
# Prints the path of a PgBouncer of version 1.21 or newer: 1.21 is the first that supports prepared
# statements in transaction mode. If none is installed:
#   - Debian 13, Ubuntu 24.04 and newer: it extracts the program from the package, because installing
#     the package would start a service;
#   - older releases: it downloads the source of those releases from the machine's mirror, and builds
#     it. Ubuntu's mirrors for ports (arm64 and others) have no sources;
#   - macOS: it installs PgBouncer with Homebrew.
# On other systems, or after a failure, it prints nothing, and the tests that need PgBouncer fail with
# instructions. With `--plan` it only prints its plan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

least=1.21
tools=${CARGO_TARGET_DIR:-target}/tools
[[ "$tools" == /* ]] || tools=$PWD/$tools
kept=$tools/pgbouncer

is_new_enough() {
    [[ "$(printf '%s\n' "$least" "$1" | sort -V | head -n 1)" == "$least" ]]
}

works() {
    local version
    version=$("$1" --version 2>/dev/null | awk 'NR == 1 { print $2 }') || return 1
    [[ -n "$version" ]] && is_new_enough "$version"
}

# The same places, in the same order, as contest_sqlx::testing looks in.
installed() {
    local candidate
    for candidate in "$kept" "$(command -v pgbouncer || true)" /usr/sbin/pgbouncer \
        /opt/homebrew/opt/pgbouncer/bin/pgbouncer /usr/local/opt/pgbouncer/bin/pgbouncer \
        /home/linuxbrew/.linuxbrew/opt/pgbouncer/bin/pgbouncer; do
        if [[ -x "$candidate" ]] && works "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Extracts the program from the package, and installs only the libraries that it needs.
unpack_package() {
    local libraries
    libraries=$(apt-cache depends pgbouncer | awk '/^ *\|?Depends: lib/ { print $2 }')
    # shellcheck disable=SC2086 # a list of names
    as_root apt-get install -y --no-install-recommends $libraries
    (cd "$work" && apt-get download pgbouncer && dpkg-deb -x pgbouncer_*.deb package)
    cp "$work/package/usr/sbin/pgbouncer" "$kept"
}

# The first mirror of a distribution that this machine uses.
mirror_of() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Origin: $1" "Label: $1" |
        head -n 1
}

# The apt entry of a source that is new enough.
newer_source() {
    local mirror keys=/usr/share/keyrings
    mirror=$(mirror_of Debian)
    if [[ -n "$mirror" ]]; then
        echo "deb-src [signed-by=$keys/debian-archive-keyring.gpg] $mirror trixie main"
        return
    fi
    mirror=$(mirror_of Ubuntu)
    [[ -n "$mirror" ]] || return 1
    echo "deb-src [signed-by=$keys/ubuntu-archive-keyring.gpg] $mirror noble universe"
}

# Builds the source package of a newer release. Separate package lists leave those of the machine
# unchanged.
build_source() {
    local source
    source=$(newer_source) || return 1
    as_root apt-get install -y --no-install-recommends \
        gcc libc6-dev make pkg-config libevent-dev libssl-dev dpkg-dev
    echo "$source" >"$work/sources.list"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    cat >"$work/apt.conf" <<CONFIG
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "$(id -un)";
CONFIG
    export APT_CONFIG="$work/apt.conf"
    apt-get update
    (cd "$work" && apt-get source --download-only pgbouncer && tar xzf pgbouncer_*.orig.tar.gz)
    (cd "$work"/pgbouncer-*/ && ./configure --without-cares --without-pam && make pgbouncer)
    cp "$work"/pgbouncer-*/pgbouncer "$kept"
}

fetch() {
    if command -v apt-get >/dev/null; then
        local packaged
        as_root apt-get update
        packaged=$(apt-cache policy pgbouncer | awk '/Candidate:/ { print $2 }')
        if is_new_enough "${packaged:-0}"; then unpack_package; else build_source; fi
    elif command -v brew >/dev/null; then
        brew install pgbouncer
    fi
}

if [[ "${1:-}" == --plan ]]; then
    if place=$(installed); then
        echo "PgBouncer: $place"
    else
        echo "PgBouncer: will be put into $tools ($(package_manager); built from source where it is older than $least)"
    fi
    exit
fi
if installed; then
    exit
fi
echo "PgBouncer: no version from $least found, downloading it into $tools" >&2
mkdir -p "$tools"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch >"$tools/pgbouncer.log" 2>&1 || echo "PgBouncer: failed, see $tools/pgbouncer.log" >&2
installed
