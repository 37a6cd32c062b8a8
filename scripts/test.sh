#!/usr/bin/env bash
# Runs every test: unit, integration and documentation tests of all crates, with all features.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo test --workspace --all-features
