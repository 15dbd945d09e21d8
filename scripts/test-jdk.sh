#!/usr/bin/env bash
# All tests whose outcome can depend on the JDK, on the one that JDK=DIR names, else on the one that jdk.sh chooses:
# the Java tests, the Rust tests (they start target/release/flockd), the npm client, a fuzzer of the API, and scripts/run.sh with the samples.
# Each runner prints its own summary. Fails at the first that fails.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

jdk=$("$ROOT/scripts/jdk.sh" run)
export JDK=$jdk FLOCK_TEST_JDK=$jdk

say "Java tests on $jdk"
run_gradle test -PtestJdk="$jdk"
say "jars of functions/libraries"
run_gradle --quiet :functions:libraryJars
say "Rust tests on $jdk"
cargo test --release --workspace --locked
say "npm client on $jdk"
tests/clients/npm/run.sh
say "the API by its document on $jdk"
tests/clients/openapi/run.sh
say "samples by scripts/run.sh on $jdk"
scripts/try-run.sh
