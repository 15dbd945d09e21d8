#!/usr/bin/env bash
# Runs the npm client's tests against a flockd of its own: a free port, a temporary data folder, the key from its wskprops.
# Prints the summary of node's test runner. Fails when a test fails, or flockd does not start or does not end cleanly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../scripts/env.sh"
. "$ROOT/scripts/flockd.sh"

data=$(mktemp -d)
trap 'stop_flockd || true; rm -rf "$data"' EXIT

cd "$here"
# Only when the installed packages are not those of the lock file: a second run needs no registry.
if ! cmp -s package-lock.json node_modules/.flock-installed; then
    say "installing the npm client"
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.flock-installed
fi

start_flockd "$data" 127.0.0.1:0
code=0
# The client would send its requests to a proxy that the environment names, even those to this machine.
env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY -u proxy -u PROXY \
    APIHOST="http://$FLOCKD_ADDRESS" AUTH="$(flock_auth "$data")" JARS="$ROOT/functions/build/jars" \
    node --test --test-reporter=spec client.test.js || code=$?
stop_flockd || die "flockd did not end cleanly: exit code $?"
exit "$code"
