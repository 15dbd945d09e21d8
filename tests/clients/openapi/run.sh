#!/usr/bin/env bash
# Fuzzes the HTTP API by its own document, with schemathesis, against a flockd of its own: no 5xx of the host, no answer that the
# document does not know, none that does not come. Bounded in time by FUZZ_SECONDS (26); FUZZ_SEED repeats a run.
# Skipped, with a word that says so, where Python or the package cannot be had. Fails when a check fails or flockd does not end cleanly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../scripts/env.sh"
. "$ROOT/scripts/flockd.sh"

seconds=${FUZZ_SECONDS:-26}
tools=$ROOT/target/schemathesis
skip() {
    say "the API is not fuzzed: $*"
    exit 0
}

command -v python3 >/dev/null || skip "there is no python3"
if ! cmp -s "$here/requirements.txt" "$tools/installed"; then
    say "installing schemathesis"
    rm -rf "$tools"
    python3 -m venv "$tools" >/dev/null 2>&1 || skip "python3 cannot make a virtual environment (python3-venv)"
    timeout 300 "$tools/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" ||
        skip "schemathesis cannot be installed"
    cp "$here/requirements.txt" "$tools/installed"
fi

data=$(mktemp -d)
trap 'stop_flockd || true; rm -rf "$data"' EXIT
start_flockd "$data" 127.0.0.1:0
auth=$(flock_auth "$data")
export WSK_CONFIG_FILE=$data/wskprops
flockctl() { "$ROOT/target/release/flockctl" "$@" >/dev/null; }
flockctl deploy "$ROOT/functions/build/jars/hello.jar" --web yes
flockctl package create tools
flockctl deploy "$ROOT/functions/build/jars/hello.jar" --name tools/hello --web yes
flockctl trigger create ticks
flockctl rule create both ticks hello

# fuzz CONFIGURATION [FLAG...]: for half of the time.
fuzz() {
    local configuration=$1
    shift
    # A stream of log lines has no end of its own. How many of its ideas the fuzzer throws away itself is a matter of the seed.
    env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY timeout -s KILL $((seconds * 2 + 60)) \
        "$tools/bin/st" --config-file "$here/$configuration" run "http://$FLOCKD_ADDRESS/api/v1/api-docs" \
        --auth "$auth" --exclude-path /flock/v1/logs \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases examples,coverage,fuzzing --max-examples "${FUZZ_EXAMPLES:-20}" --max-time $((seconds / 2)) \
        --request-timeout 30 --continue-on-failure --warnings off --no-color \
        --suppress-health-check filter_too_much \
        ${FUZZ_SEED:+--seed "$FUZZ_SEED"} "$@"
}
code=0
cd "$data"
say "the API with the names of what is there"
fuzz furnished.toml --exclude-method DELETE || code=$?
say "the API with any names"
fuzz schemathesis.toml || code=$?
stop_flockd || die "flockd did not end cleanly: exit code $?"
exit "$code"
