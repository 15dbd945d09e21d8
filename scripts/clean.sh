#!/usr/bin/env bash
# Removes what was built. The data of a running or former flockd (data/) stays.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

rm -rf target .gradle functions/build functions/.gradle java-shim/build java-shim/*/build compare/peers/build tests/clients/npm/node_modules
