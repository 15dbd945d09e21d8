#!/usr/bin/env bash
# Tries scripts/run.sh as a person would: starts it, calls every sample with its input.json by flockctl, looks for the members
# of its expected.json in the answer, stops it by SIGTERM. Needs node, to compare JSON.
# Fails when a sample answers wrongly, or run.sh does not start, or does not end cleanly.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$ROOT/scripts/samples.sh"
cd "$ROOT"

work=$(mktemp -d)
runner=
finish() {
    if [ -n "$runner" ]; then
        kill -TERM "$runner" 2>/dev/null || true
        wait "$runner" || true
    fi
    rm -rf "$work"
}
trap finish EXIT

DATA=$work/data LISTEN=127.0.0.1:0 scripts/run.sh >"$work/log" 2>&1 &
runner=$!
# Start and deployment take a few seconds; the bound is for a machine that does much else.
for ((tenths = 0; ; tenths++)); do
    if grep -q '^Flock is ready' "$work/log"; then break; fi
    if [ "$tenths" -ge 1200 ] || ! kill -0 "$runner" 2>/dev/null; then
        cat "$work/log" >&2
        die "scripts/run.sh did not become ready"
    fi
    sleep 0.1
done

export WSK_CONFIG_FILE=$work/data/wskprops
passed=0
failed=0
for name in $(sample_names); do
    folder=functions/samples/$name
    if target/release/flockctl invoke "$name" -P "$folder/input.json" -b -r >"$work/answer" 2>"$work/problem" &&
        node scripts/contains.js "$folder/expected.json" "$work/answer"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'sample %s failed:\n' "$name"
        cut -c 1-2000 "$work/answer" "$work/problem"
    fi
done

kill -TERM "$runner"
code=0
wait "$runner" || code=$?
runner=
if [ "$code" = 0 ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "scripts/run.sh ended with $code after SIGTERM:"
    cat "$work/log"
fi
printf 'samples: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
