#!/usr/bin/env bash
# Starts flockd with all samples deployed and stays in front of it until it ends. DATA, LISTEN and JDK as in the Makefile.
# SIGTERM and SIGINT are passed on: the first lets flockd drain, a second ends it at once.
# Fails when flockd does not start or a sample cannot be deployed; flockd is stopped then.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$ROOT/scripts/flockd.sh"
. "$ROOT/scripts/samples.sh"
cd "$ROOT"

data=${DATA:-data}
trap 'stop_flockd' EXIT
trap 'if [ -n "$FLOCKD_PID" ]; then kill -TERM "$FLOCKD_PID" 2>/dev/null || true; else exit 130; fi' TERM INT

[ -x target/release/flockd ] || die "target/release/flockd is missing: run make build"
say "starting flockd, data in $data"
start_flockd "$data" "${LISTEN:-127.0.0.1:3233}"
export WSK_CONFIG_FILE=$data/wskprops

say "deploying the samples"
for name in $(sample_names); do
    deploy_sample "$name" || die "the sample $name could not be deployed"
done

cat <<TEXT

Flock is ready. In another terminal, in $ROOT:

    export WSK_CONFIG_FILE=$data/wskprops
    target/release/flockctl invoke hello -p name Ada -b -r

    curl -u "\$(sed -n 's/^AUTH=//p' $data/wskprops)" -H 'Content-Type: application/json' -d '{"name": "Ada"}' \\
        'http://$FLOCKD_ADDRESS/api/v1/namespaces/_/actions/hello?blocking=true&result=true'

functions/samples/README.md lists the others. Ctrl-C stops.

TEXT
wait_flockd
