#!/usr/bin/env bash
# Runs commands of README.md as they stand there (but for the address and the data folder) against a flockd of its own: from the first five minutes,
# of a function of one's own the source and the plain commands, and of endpoints and schedules. What curl is answered must contain a text.
# Fails when a command fails, an answer lacks its text, a command that should be there is not, or flockd does not end cleanly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../../scripts/env.sh"
. "$ROOT/scripts/flockd.sh"

work=$(mktemp -d)
trap 'stop_flockd || true; rm -rf "$work"' EXIT
mkdir -p "$work/target"
ln -s "$ROOT/target/release" "$work/target/release"
PATH=$ROOT/target/release:$PATH

# commands SECTION: the indented lines of a section of the README, lines that end in a backslash joined with the next.
commands() {
    awk -v section="## $1" '/^## /{ in_it = $0 == section } in_it && /^    /{ sub(/^    /, ""); print }' "$ROOT/README.md" |
        sed -e :again -e '/\\$/N; s/\\\n *//; t again'
}

passed=0
failed=0
# expect TEXT COMMAND: runs it in the work folder and looks for the text in what it prints.
expect() {
    local text=$1 command=${2%%  #*}
    command=${command//127.0.0.1:3233/$FLOCKD_ADDRESS}
    if (cd "$work" && env -u http_proxy -u HTTP_PROXY timeout 60 bash -euo pipefail -c "$command") >"$work/answer" 2>&1 </dev/null &&
        grep -qF -- "$text" "$work/answer"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'README: %s\nshould print %s, printed:\n' "$command" "$text"
        cut -c 1-2000 "$work/answer"
    fi
}
# the_one SECTION START: the one command of a section that starts so.
the_one() {
    local found
    found=$(commands "$1" | grep -F -- "$2" | head -1)
    [ -n "$found" ] || die "README.md has no command '$2' in the section '$1'"
    printf '%s\n' "$found"
}

start_flockd "$work/data" 127.0.0.1:0
export WSK_CONFIG_FILE=$work/data/wskprops
cp "$here/Books.java" "$work/"
commands 'A function of your own' | awk '/^\/\/ Greet.java/{ in_it = 1 } in_it{ print } /^}/{ exit }' >"$work/Greet.java"
for name in hello report; do
    flockctl deploy "$ROOT/functions/build/jars/hello.jar" --name "$name" >/dev/null
done

expect '"greeting": "Hello, Ada!"' "$(the_one 'Five minutes' 'flockctl invoke hello')"
expect 'Hello, Ada!' "$(the_one 'Five minutes' 'curl -u')"
expect 'deployed' "$(the_one 'A function of your own' 'flockctl deploy Greet.java')"
expect 'Hello, Ada' "$(the_one 'A function of your own' 'flockctl invoke Greet')"
expect 'deployed' "$(the_one 'Endpoints and schedules' 'flockctl deploy Books.java')"
expect '/books/{id}' "$(the_one 'Endpoints and schedules' 'flockctl route add')"
expect 'nightly' "$(the_one 'Endpoints and schedules' 'flockctl trigger create nightly')"
expect '"book":"7"' "$(the_one 'Endpoints and schedules' 'curl http')"

stop_flockd || die "flockd did not end cleanly: exit code $?"
printf 'commands of the README: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
