#!/usr/bin/env bash
# Runs the criterion benchmarks, all or those whose names are given. Their reports are in target/criterion.
# Numbers mean something on an idle machine only. For those of the gate (answers, throughput, together) a
# host without one is built, apart.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

FLOCK_TEST_JDK=$("$ROOT/scripts/jdk.sh" run)
export FLOCK_TEST_JDK
cargo build --release --locked --bin flockd
case "$*" in
'' | *answers* | *throughput* | *together*)
    cargo build --release --locked -p flock --bin flockd --features ungated --target-dir target/ungated
    export FLOCK_TEST_UNGATED="$ROOT/target/ungated/release/flockd"
    ;;
esac
cargo bench -p flock-benches --locked -- "$@"
