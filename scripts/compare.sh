#!/usr/bin/env bash
# Measures Flock beside other ways to run Java functions: builds what that needs, then runs flock-compare.
# OUT=DIR chooses the folder for results.jsonl, RESULTS.md and the plots, JDK=DIR the JDK of all targets; QUICK=1 only looks, in about
# a minute, whether every part works. Further flags of flock-compare may be given to the script.
# Fails when a result is missing. After a stop the same command goes on.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

jdk=$("$ROOT/scripts/jdk.sh" run)
say "building flockd and flock-compare"
cargo build --release --locked --bin flockd --bin flock-compare
say "building the jars of functions/ and the launchers of the peers"
run_gradle --quiet :functions:jars :peers:peers
quick=()
case ${QUICK:-} in
    '' | 0) ;;
    *) quick=(--quick) ;;
esac
say "comparing, on $jdk"
# `cargo run` would stand between a signal and the program.
exec target/release/flock-compare --jdk "$jdk" --out "${OUT:-compare-results}" "${quick[@]}" "$@"
