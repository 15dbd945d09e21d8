#!/usr/bin/env bash
# Installs what the build needs and is missing: C compiler, JDK, Gradle, curl, Rust; with --tests also rustfmt, clippy, node and npm.
# For Debian and Ubuntu, as root or with sudo. Asks each tool first, so a second run does nothing and takes well under a second.
# Rust comes from the distribution when that is new enough, else from rustup, into the home folder.
# Fails with the list of what to install when it may not do so itself.
set -Eeuo pipefail
trap 'printf "error: setup.sh stopped at line %s\n" "$LINENO" >&2' ERR
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

with_tests=no
case ${1:-} in
    '') ;;
    --tests) with_tests=yes ;;
    *) die "usage: setup.sh [--tests]" ;;
esac

packages=()
lists_fresh=no

have() {
    command -v "$1" >/dev/null 2>&1
}

# want PACKAGE...: notes them to be installed together.
want() {
    packages+=("$@")
}

# How to become root: nothing, sudo, or fail.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo "$@"
    else
        return 1
    fi
}

may_install() {
    have apt-get && as_root true
}

refresh_lists() {
    [ "$lists_fresh" = no ] || return 0
    say "refreshing the package lists"
    as_root apt-get update -qq || die "apt-get update failed: is the network there?"
    lists_fresh=yes
}

# offered PACKAGE: the version that the distribution has, or nothing.
offered() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '^(none)$' || true
}

install_packages() {
    [ ${#packages[@]} -gt 0 ] || return 0
    if ! have apt-get; then
        die "missing, and only apt-get is known here. Install what Debian calls: ${packages[*]}"
    fi
    if ! may_install; then
        printf 'error: missing, and only root may install them here. As root run:\n' >&2
        printf '    apt-get update && apt-get install -y --no-install-recommends %s\n' "${packages[*]}" >&2
        printf 'then run this again.\n' >&2
        exit 1
    fi
    refresh_lists
    say "installing ${packages[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" ||
        die "apt-get could not install: ${packages[*]}"
    hash -r
    packages=()
}

# first_offered PACKAGE...: the first that the distribution has; the last one when none can be asked for.
first_offered() {
    local name
    for name in "$@"; do
        if [ -n "$(offered "$name")" ]; then break; fi
    done
    printf '%s\n' "$name"
}

want_basics() {
    if ! have cc; then want gcc libc6-dev; fi
    if ! have make; then want make; fi
    if ! have curl; then want curl ca-certificates; fi
    if ! have gradle; then want gradle; fi
}

# One JDK to run on, one that Gradle runs on: most often the same. A JDK that is too new for Gradle alone is not enough.
# The headless packages are: they bring freetype, fontconfig and the JPEG and colour libraries that ImageIO and Java2D load.
want_jdk() {
    if [ -n "${JDK:-}" ]; then "$ROOT/scripts/jdk.sh" run >/dev/null; fi
    if "$ROOT/scripts/jdk.sh" gradle >/dev/null 2>&1; then return; fi
    if may_install; then refresh_lists; fi
    want "$(first_offered openjdk-17-jdk-headless openjdk-21-jdk-headless)"
}

# Debian has npm as a package of its own; elsewhere it comes with nodejs.
want_node() {
    if ! have node; then want nodejs; fi
    if ! have npm; then want npm; fi
}

cargo_version() {
    # In the project's folder, so that rustup answers for the toolchain that will build it.
    { cd "$ROOT" && cargo --version; } 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p' || true
}

check_rust() {
    local wanted version
    wanted=$(rust_wanted)
    version=$(cargo_version)
    if [ -n "$version" ] && at_least "$version" "$wanted"; then return; fi
    if have rustup; then
        say "Rust ${version:-none} is older than $wanted: updating it by rustup"
        rustup toolchain install stable --profile minimal --component rustfmt --component clippy
        rustup default stable
    else
        if may_install; then refresh_lists; fi
        if have apt-cache && at_least "$(offered cargo | sed 's/[-+~].*//')" "$wanted"; then
            want cargo rustc
            install_packages
        else
            say "installing Rust by rustup into ${CARGO_HOME:-$HOME/.cargo} (found: ${version:-none}, wanted: $wanted)"
            curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
                sh -s -- -y --profile minimal --component rustfmt --component clippy --no-modify-path ||
                die "rustup could not be installed; install Rust $wanted or newer by hand"
            PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        fi
    fi
    version=$(cargo_version)
    if [ -z "$version" ] || ! at_least "$version" "$wanted"; then
        die "cargo is ${version:-missing} after the set-up, wanted is $wanted or newer"
    fi
}

check_rust_tools() {
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return; fi
    if have rustup; then
        say "adding rustfmt and clippy by rustup"
        rustup component add rustfmt clippy
    else
        want rustfmt rust-clippy
        install_packages
    fi
}

check_node() {
    local version
    version=$(node --version)
    at_least "${version#v}" 18 || die "node is $version; the client tests need 18 or newer"
}

want_basics
want_jdk
if [ "$with_tests" = yes ]; then want_node; fi
install_packages
"$ROOT/scripts/jdk.sh" gradle >/dev/null
check_rust
if [ "$with_tests" = yes ]; then
    check_rust_tools
    check_node
fi
say "ready: $(cargo --version | cut -d ' ' -f 1-2), JDK $("$ROOT/scripts/jdk.sh" major "$("$ROOT/scripts/jdk.sh" run)") to run on, Gradle on JDK $("$ROOT/scripts/jdk.sh" major "$("$ROOT/scripts/jdk.sh" gradle)")"
