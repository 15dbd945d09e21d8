#!/usr/bin/env bash
# Runs the criterion benchmarks, all or those whose names are given. Their reports are in target/criterion.
# Numbers mean something on an idle machine only.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

FLOCK_TEST_JDK=$("$ROOT/scripts/jdk.sh" run)
export FLOCK_TEST_JDK
cargo bench --workspace --locked -- "$@"
