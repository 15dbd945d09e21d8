#!/usr/bin/env bash
# A page in a real browser calls web actions of a flockd of its own across origins. BROWSER=path names a Chromium; without
# it one is looked for, and where none is found nothing runs, and that is said.
# Prints the summary of node's test runner. Fails when a test fails, or flockd does not start or does not end cleanly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../scripts/env.sh"
. "$ROOT/scripts/flockd.sh"

if [ -z "${BROWSER:-}" ]; then
    BROWSER=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
fi
if [ -z "$BROWSER" ]; then
    say "not run: there is no browser here (install chromium, or name one with BROWSER=path)"
    exit 0
fi

data=$(mktemp -d)
trap 'stop_flockd || true; rm -rf "$data"' EXIT
start_flockd "$data" 127.0.0.1:0
code=0
env -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY \
    APIHOST="http://$FLOCKD_ADDRESS" AUTH="$(flock_auth "$data")" JARS="$ROOT/functions/build/jars" BROWSER="$BROWSER" \
    node --test --test-reporter=spec "$here/page.test.js" || code=$?
stop_flockd || die "flockd did not end cleanly: exit code $?"
exit "$code"
