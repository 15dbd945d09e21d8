#!/usr/bin/env bash
# Builds the programs and the jars of the functions. The Rust build runs Gradle for the shim by itself.
# Fails when a tool is missing (setup.sh installs it) or something does not compile.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

say "building flockd and flockctl (the first time takes some minutes)"
cargo build --release --locked --bin flockd --bin flockctl
say "building the jars of functions/"
run_gradle --quiet :functions:jars
