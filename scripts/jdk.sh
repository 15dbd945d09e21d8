#!/usr/bin/env bash
# The one place that chooses JDKs.
#   jdk.sh list          every JDK found, "MAJOR DIR" a line, best first
#   jdk.sh run           the one that flockd and the Java tests run on: $JDK if set, else $JAVA_HOME, else javac on PATH, else any
#   jdk.sh gradle        one that Gradle itself can run on; it compiles for 17 whatever it is
#   jdk.sh major DIR     its major version
#   jdk.sh find MAJOR    the first one of that major version
# A JDK here has javac and libjvm.so, and is 17 to 25. Fails, with the reason on stderr, when there is none that fits.
set -euo pipefail

readonly JDK_MIN=17 JDK_MAX=25

fail() {
    echo "jdk.sh: $*" >&2
    exit 1
}

# Nothing for a folder without a JDK. The file `release` saves the start of a JVM.
major() {
    local version=''
    [ -x "$1/bin/javac" ] && [ -e "$1/lib/server/libjvm.so" ] || return 0
    if [ -r "$1/release" ]; then
        version=$(sed -n 's/^JAVA_VERSION="\(.*\)".*/\1/p' "$1/release")
    fi
    if [ -z "$version" ]; then
        version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac //p')
    fi
    version=${version#1.}
    printf '%s\n' "${version%%[!0-9]*}"
}

candidates() {
    local javac
    if [ -n "${JAVA_HOME:-}" ]; then printf '%s\n' "$JAVA_HOME"; fi
    if javac=$(command -v javac); then dirname "$(dirname "$(readlink -f "$javac")")"; fi
    if command -v update-alternatives >/dev/null; then
        update-alternatives --list javac 2>/dev/null | sed 's|/bin/javac$||' || true
    fi
    # Patterns without a match stay as they are, and are dropped as folders without javac.
    printf '%s\n' /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/*
}

list() {
    local dir real number seen='|'
    while IFS= read -r dir; do
        real=$(readlink -f "$dir") || continue
        case $seen in *"|$real|"*) continue ;; esac
        seen="$seen$real|"
        number=$(major "$real")
        if [ -n "$number" ] && [ "$number" -ge "$JDK_MIN" ] && [ "$number" -le "$JDK_MAX" ]; then
            printf '%s %s\n' "$number" "$real"
        fi
    done < <(candidates)
}

run() {
    local number found
    if [ -n "${JDK:-}" ]; then
        number=$(major "$JDK")
        [ -n "$number" ] || fail "JDK=$JDK is not a JDK: bin/javac or lib/server/libjvm.so is missing there"
        if [ "$number" -lt "$JDK_MIN" ] || [ "$number" -gt "$JDK_MAX" ]; then
            fail "JDK=$JDK is a JDK $number; Flock runs on $JDK_MIN to $JDK_MAX"
        fi
        readlink -f "$JDK"
        return
    fi
    found=$(list)
    [ -n "$found" ] || fail "no JDK $JDK_MIN to $JDK_MAX with javac was found; install one, or name it by JDK=DIR"
    head -n 1 <<<"$found" | cut -d ' ' -f 2-
}

# The version is read from the name of a jar: asking Gradle itself needs a JVM that it runs on.
gradle_version() {
    local command home jar
    # Not installed yet: the distribution's is what setup.sh will install.
    command=$(command -v gradle) || { echo 4.4.1 && return; }
    home=$(dirname "$(dirname "$(readlink -f "$command")")")
    for jar in "$home"/lib/gradle-launcher-[0-9]*.jar "$home"/lib/gradle-gradle-cli-main-[0-9]*.jar \
        "$home"/lib/gradle-base-services-[0-9]*.jar; do
        if [ -e "$jar" ]; then
            basename "$jar" .jar | sed 's/.*-\([0-9][0-9.]*\).*/\1/'
            return
        fi
    done
    gradle --version 2>/dev/null | sed -n 's/^Gradle \([0-9][0-9.]*\).*/\1/p'
}

# The highest JDK that a version of Gradle runs on. Debian's 4.4.1 is patched and reaches 21.
gradle_jdk_max() {
    local major=${1%%.*} minor=${1#*.}
    minor=${minor%%.*}
    case $major in
        4) if [ "$1" = 4.4.1 ]; then echo 21; else echo 0; fi ;;
        [56]) echo 0 ;;
        7) if [ "$minor" -ge 6 ]; then echo 19; elif [ "$minor" -ge 3 ]; then echo 17; else echo 0; fi ;;
        8)
            if [ "$minor" -ge 14 ]; then echo 24
            elif [ "$minor" -ge 10 ]; then echo 23
            elif [ "$minor" -ge 8 ]; then echo 22
            elif [ "$minor" -ge 5 ]; then echo 21
            elif [ "$minor" -ge 3 ]; then echo 20
            else echo 19
            fi ;;
        9) if [ "$minor" -ge 1 ]; then echo 25; else echo 24; fi ;;
        *) echo "$JDK_MAX" ;;
    esac
}

for_gradle() {
    local version max number dir
    version=$(gradle_version)
    [ -n "$version" ] || fail "the version of Gradle cannot be told; is it whole?"
    max=$(gradle_jdk_max "$version")
    [ "$max" -ge "$JDK_MIN" ] || fail "Gradle $version runs on no JDK from $JDK_MIN on; install 7.3 or newer, or Debian's 4.4.1"
    while read -r number dir; do
        if [ "$number" -le "$max" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done < <(list)
    fail "Gradle $version runs on JDK $JDK_MIN to $max, and none of these is here; flockd itself may run on a newer one"
}

find_major() {
    local number dir
    while read -r number dir; do
        if [ "$number" = "$1" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done < <(list)
    return 1
}

case ${1:-} in
    list) list ;;
    run) run ;;
    gradle) for_gradle ;;
    major) major "${2:?folder}" ;;
    find) find_major "${2:?major version}" ;;
    *) fail "usage: jdk.sh list|run|gradle|major DIR|find MAJOR" ;;
esac
