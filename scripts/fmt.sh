#!/usr/bin/env bash
# Formats the Rust code in place.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

cargo fmt --all
