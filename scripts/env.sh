# shellcheck shell=bash
# Read by the other scripts: where the project is, the Rust of rustup before any other, and the JDK that Gradle runs on.
# FLOCK_GRADLE_JAVA_HOME is for the Rust build, which starts Gradle for the shim.
# Fails never: what is missing is said by setup.sh, or by the step that needs it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT

if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
fi

# default_java_home: the JDK that Gradle takes when nobody names one.
default_java_home() {
    local java
    if [ -n "${JAVA_HOME:-}" ]; then
        readlink -f "$JAVA_HOME" || true
    elif java=$(command -v java); then
        dirname "$(dirname "$(readlink -f "$java")")"
    fi
}

# Set only where Gradle would take another: a change of the variable makes cargo build the shim anew.
if [ -z "${FLOCK_GRADLE_JAVA_HOME:-}" ]; then
    gradle_home=$("$ROOT/scripts/jdk.sh" gradle 2>/dev/null || true)
    if [ -n "$gradle_home" ] && [ "$gradle_home" != "$(default_java_home)" ]; then
        export FLOCK_GRADLE_JAVA_HOME=$gradle_home
    fi
    unset gradle_home
fi

# say TEXT: a step of the work, so that a long one is seen to go on.
say() {
    printf '==> %s\n' "$*"
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# run_gradle ARGUMENTS: Gradle on a JDK that it can run on.
run_gradle() {
    local home
    home=$("$ROOT/scripts/jdk.sh" gradle) || exit 1
    JAVA_HOME=$home gradle --no-daemon --console=plain -p "$ROOT" "$@"
}

# rust_wanted: the oldest Rust that the workspace builds with.
rust_wanted() {
    sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml"
}

# at_least HAVE WANTED: compares versions.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
