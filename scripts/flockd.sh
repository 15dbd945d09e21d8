# shellcheck shell=bash
# Read by scripts that start a flockd of their own: start_flockd and stop_flockd, and nothing is left behind.
# The server runs in a process group of its own, so that a Ctrl-C at the terminal reaches it once, by the script, not twice.
# Fails with flockd's own output when it ends before it listens, or does not listen within START_SECONDS_MAX.

readonly START_SECONDS_MAX=60
FLOCKD_PID=
FLOCKD_ADDRESS=
flockd_work=

# relay FILE: prints what flockd prints, and notes the address in FILE.
relay() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
            'listening on http://'*)
                printf '%s\n' "${line#listening on http://}" >"$1.new"
                mv "$1.new" "$1"
                ;;
        esac
    done
}

# start_flockd DATA LISTEN [FLAG...]: sets FLOCKD_PID and FLOCKD_ADDRESS (ADDR:PORT).
start_flockd() {
    local data=$1 listen=$2 waited=0
    shift 2
    flockd_work=$(mktemp -d)
    mkfifo "$flockd_work/stdout"
    set -m
    # flockd takes every FLOCK_ variable for a setting; these two are the build's and the tests'.
    env -u FLOCK_GRADLE_JAVA_HOME -u FLOCK_TEST_JDK \
        "$ROOT/target/release/flockd" serve --listen "$listen" --data "$data" ${JDK:+--jdk "$JDK"} "$@" \
        </dev/null >"$flockd_work/stdout" &
    FLOCKD_PID=$!
    relay "$flockd_work/address" <"$flockd_work/stdout" &
    set +m
    while [ ! -e "$flockd_work/address" ]; do
        if ! kill -0 "$FLOCKD_PID" 2>/dev/null; then
            wait "$FLOCKD_PID" || true
            FLOCKD_PID=
            stop_flockd
            die "flockd ended before it listened; what it said is above"
        fi
        if [ "$waited" -ge $((START_SECONDS_MAX * 20)) ]; then
            stop_flockd
            die "flockd did not listen within $START_SECONDS_MAX seconds"
        fi
        waited=$((waited + 1))
        sleep 0.05
    done
    # shellcheck disable=SC2034 # for the script that reads this one
    FLOCKD_ADDRESS=$(cat "$flockd_work/address")
}

# wait_flockd: until it has ended, whatever signals come meanwhile; gives its exit code.
wait_flockd() {
    local code=0 again
    while true; do
        code=0
        wait "$FLOCKD_PID" || code=$?
        if ! kill -0 "$FLOCKD_PID" 2>/dev/null; then break; fi
    done
    # A signal to this shell ends the wait too, perhaps just before flockd's own end: then the code is asked for again.
    if [ "$code" -gt 128 ]; then
        again=0
        wait "$FLOCKD_PID" 2>/dev/null || again=$?
        if [ "$again" != 127 ]; then code=$again; fi
    fi
    FLOCKD_PID=
    return "$code"
}

# stop_flockd: asks it to drain and waits; gives its exit code. Harmless when it is not running.
stop_flockd() {
    local code=0
    if [ -n "$FLOCKD_PID" ]; then
        kill -TERM "$FLOCKD_PID" 2>/dev/null || true
        wait_flockd || code=$?
    fi
    if [ -n "$flockd_work" ]; then rm -rf "$flockd_work"; fi
    flockd_work=
    return "$code"
}

# flock_auth DATA: the key in DATA/wskprops.
flock_auth() {
    sed -n 's/^AUTH=//p' "$1/wskprops"
}
