#!/usr/bin/env bash
# All tests on the JDK that JDK=DIR names, else on the one that jdk.sh chooses: the Java tests, the Rust tests (they start
# target/release/flockd), the README's commands, the npm client, a browser if there is one, a fuzzer of the API, and scripts/run.sh with the
# samples. With `all` as its argument it checks the style, too, beside the Java tests; with `again` it leaves out what does not depend on the JDK, for a run
# on a second one. Each runner prints its own summary. Fails at the first that fails.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

jdk=$("$ROOT/scripts/jdk.sh" run)
export JDK=$jdk FLOCK_TEST_JDK=$jdk

# What ends in Rust, whatever Java is there: requests, keys, which action is next, and the store, which outlives a kill at any moment.
same_on_all=(
    api:: conductor:: crash:: deployments:: disk:: entities:: flockctl:: flow:: fuzz:: keeping:: keys:: limit_table:: lost_code:: manifest::
    records:: semantics:: slow_clients:: slow_readers:: versions:: wire:: wsk_replay::
)
only=()
style=
case ${1:-} in
    '') ;;
    all) style=$(mktemp) ;;
    again)
        only=(--)
        for name in "${same_on_all[@]}"; do only+=(--skip "$name"); done
        # What is left behind is left at each redeployment, and by the libraries that keep most; the attacks have each had a test of
        # its own before they are mixed.
        # Half of the actions tells as much of what each takes.
        export FLOCK_TEST_LIBRARIES=bouncycastle,caffeine,groovy,h2,hsqldb,http-client,jackson,janino,log4j2,logback,rhino
        export FLOCK_TEST_REDEPLOYS=1 FLOCK_TEST_MIX_SECONDS=10 FLOCK_TEST_SOAK_KILLS=150 FLOCK_TEST_ACTIONS=100
        ;;
    *) die "the argument is nothing, 'all' or 'again', not '$1'" ;;
esac

# Most of the style's work, and the Java tests, keep one core busy each.
if [ -n "$style" ]; then
    "$ROOT/scripts/check.sh" >"$style" 2>&1 &
    checking=$!
    trap 'kill "$checking" 2>/dev/null || true; rm -f "$style"' EXIT
fi
say "Java tests on $jdk"
run_gradle test -PtestJdk="$jdk"
if [ -n "$style" ]; then
    say "style, checked meanwhile"
    rc=0
    wait "$checking" || rc=$?
    cat "$style"
    [ "$rc" -eq 0 ] || die "the style has faults (see above); scripts/check.sh looks again"
fi
say "jars of functions/libraries"
run_gradle --quiet :functions:libraryJars
say "Rust tests on $jdk"
cargo test --release --locked --no-run
# What waits for most of its time has room for one more beside it; what measures has not.
RUST_TEST_THREADS=$(($(nproc) + 1)) cargo test --release --locked --lib --bins --test chain --test functional "${only[@]}"
cargo test --release --locked --test hostile --test isolation --test libraries --test lifecycle --test limits "${only[@]}"
say "commands of the README on $jdk"
tests/clients/readme/run.sh
if [ ${#only[@]} -eq 0 ]; then
    say "npm client on $jdk"
    tests/clients/npm/run.sh
    say "web actions in a browser on $jdk"
    tests/clients/browser/run.sh
    say "the API by its document on $jdk"
    tests/clients/openapi/run.sh
fi
say "samples by scripts/run.sh on $jdk"
scripts/try-run.sh
