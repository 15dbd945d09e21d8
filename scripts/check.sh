#!/usr/bin/env bash
# Checks the style of the Rust code: format, clippy, documentation. A warning is an error. None of it depends on the JDK.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

say "cargo fmt"
cargo fmt --all --check
say "cargo clippy"
cargo clippy --release --workspace --all-targets --locked -- -D warnings
say "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --locked
