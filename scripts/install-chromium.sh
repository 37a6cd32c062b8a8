#!/usr/bin/env bash
# Installs the Chromium browser if none is installed: the tests of the page at `/` drive it without a
# window. With `--plan` it only prints its plan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

# The same places, in the same order, as contest-http/server/tests/it/page/browser.rs looks in.
places() {
    if [[ -n "${CONTEST_CHROMIUM_BIN:-}" ]]; then
        echo "$CONTEST_CHROMIUM_BIN"
        return
    fi
    local name dir
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        while read -r dir; do
            echo "$dir/$name"
        done < <(tr ':' '\n' <<<"$PATH")
    done
    printf '%s\n' \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
}

# A browser must print its version: Ubuntu's package `chromium-browser` is a script that asks for a snap.
found() {
    local place version
    while read -r place; do
        if [[ -x "$place" ]] && version=$("$place" --version 2>/dev/null </dev/null); then
            echo "Chromium: $place, ${version%% }"
            return
        fi
    done < <(places)
    return 1
}

# Whether apt has the browser itself, not Ubuntu's stub for a snap.
apt_has_chromium() {
    command -v apt-get >/dev/null || return 1
    ! grep -qs '^ID=ubuntu$' /etc/os-release
}

if found; then
    exit
fi
if [[ -n "${CONTEST_CHROMIUM_BIN:-}" ]]; then
    echo "CONTEST_CHROMIUM_BIN is $CONTEST_CHROMIUM_BIN, which is not a browser that runs" >&2
    exit 1
fi
if ! apt_has_chromium; then
    cat >&2 <<'END'
The tests of the page need Chromium or Google Chrome. This script cannot install it on this system.
  Ubuntu: snap install chromium, or Google's own package of Chrome
  macOS:  brew install --cask google-chrome
Or set CONTEST_CHROMIUM_BIN to the program of a browser in another place.
END
    exit 1
fi
if [[ "${1:-}" == --plan ]]; then
    echo "Chromium: will be installed ($(package_manager))"
    exit
fi
echo "Chromium: no browser found, installing it"
as_root apt-get update
as_root apt-get install -y --no-install-recommends chromium fonts-dejavu-core
found
