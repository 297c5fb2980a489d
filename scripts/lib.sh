# shellcheck shell=bash
# Common part of the scripts: sourced, never run.

set -euo pipefail

CULVERT_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export CULVERT_HOME

# A line for the person who waits; stdout stays free for results.
say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# help_when_asked ARGUMENT...: --help or -h among them ends the script with what its first comment says.
help_when_asked() {
    local argument
    for argument in "$@"; do
        case $argument in
            --help | -h)
                show_help
                exit 0
                ;;
        esac
    done
}

show_help() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# A command line that is not understood: one line, and status 2.
wrong_usage() {
    printf '%s: %s; see %s --help\n' "${0##*/}" "$*" "$0" >&2
    exit 2
}

unknown_option() {
    wrong_usage "unknown option $1"
}

# takes_nothing ARGUMENT...: for scripts without arguments.
takes_nothing() {
    help_when_asked "$@"
    [ $# -eq 0 ] || wrong_usage "takes no arguments, and got $1"
}

# value_of OPTION VALUE...: prints the value, which must be there.
value_of() {
    [ $# -ge 2 ] || wrong_usage "$1 needs a value"
    printf '%s\n' "$2"
}

# number_of OPTION VALUE...: prints the value, a whole number.
number_of() {
    case ${2:-} in
        '' | *[!0-9]*) wrong_usage "$1 needs a whole number" ;;
    esac
    printf '%s\n' "$2"
}

# one_of OPTION VALUE CHOICE...: ends the script when the value is none of them.
one_of() {
    local option=$1 value=$2 choice
    shift 2
    for choice in "$@"; do
        [ "$value" != "$choice" ] || return 0
    done
    wrong_usage "$option $value: expected one of $*"
}

# on_exit COMMAND: runs when the script ends, however it ends; the last one first.
CLEANUPS=()
on_exit() {
    CLEANUPS=("$1" "${CLEANUPS[@]}")
}

run_cleanups() {
    local status=$? command
    trap '' INT TERM HUP
    set +e
    for command in "${CLEANUPS[@]}"; do
        eval "$command"
    done
    exit "$status"
}
trap run_cleanups EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a long command in a process group of its own, so that a signal to this script ends it at once and with all its
# children. Its status goes to STATUS, because a call in "if" or "||" would turn off -e inside the command.
run_group() {
    set -m
    run_strictly "$@" </dev/null &
    RUNNING_GROUP=$!
    set +m
    STATUS=0
    wait "$RUNNING_GROUP" || STATUS=$?
    RUNNING_GROUP=
}

run_strictly() (
    set -euo pipefail
    trap - EXIT INT TERM HUP
    "$@"
)

RUNNING_GROUP=
on_exit '[ -z "$RUNNING_GROUP" ] || kill -TERM -- "-$RUNNING_GROUP" 2>/dev/null'

# end_process PID: waits for a child that was told to end; SIGKILL is for one that has not ended five seconds later.
end_process() {
    local tries=0
    while kill -0 "$1"; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || kill -KILL "$1"
        sleep 0.1
    done
    wait "$1"
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "needs root ($1): run it with sudo"
}

# need_commands PACKAGE=COMMAND...: installs the Debian packages whose command (or file, with a path) is missing, or says
# which they are.
need_commands() {
    local pair missing=()
    for pair in "$@"; do
        [ -f "${pair#*=}" ] || PATH=$PATH:/usr/sbin:/sbin command -v "${pair#*=}" >/dev/null || missing+=("${pair%%=*}")
    done
    install_packages "${missing[@]}"
}

install_packages() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "missing here: $*. On Debian: sudo apt-get install $*"
    fi
    quietly "Installing Debian packages: $*" apt_install "$@"
}

apt_install() {
    apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
}

# The first JDK 25 or later among JAVA_HOME, the java on the path and /usr/lib/jvm, in JDK25_HOME.
find_jdk() {
    [ -z "${JDK25_HOME:-}" ] || return 0
    local candidate on_path
    on_path=$(readlink -f "$(command -v javac || true)" || true)
    for candidate in "${JAVA_HOME:-}" "${on_path%/bin/javac}" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/*; do
        if [ -x "$candidate/bin/javac" ] && [ "$(jdk_major "$candidate")" -ge 25 ]; then
            JDK25_HOME=$candidate
            export JDK25_HOME
            return 0
        fi
    done
    die "no JDK 25 or later in JAVA_HOME, on the path or under /usr/lib/jvm.
Install one and try again:
  Debian 12:  Eclipse Temurin's repository, package temurin-25-jdk (https://adoptium.net/installation/linux)
  elsewhere:  the distribution's openjdk-25 package, or unpack a JDK and set JAVA_HOME to it"
}

jdk_major() {
    local version
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
    echo "${version:-0}"
}

# Maven, on whichever JDK it would choose by itself; the build picks the JDK 25.
maven() {
    local flags=${MAVEN_OPTS:-}
    if [ -n "${JAVA_HOME:-}" ] && [ "$(jdk_major "$JAVA_HOME")" -ge 24 ]; then
        # Maven's own libraries use sun.misc.Unsafe, and JDK 24 and later warn about it.
        flags="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED $flags"
    fi
    (cd "$CULVERT_HOME" && MAVEN_OPTS=$flags mvn -B "$@")
}

# quietly WHAT COMMAND...: one line while it works, its output only when it fails.
quietly() {
    local what=$1 log started=$SECONDS
    shift
    log=$(mktemp)
    say "$what ..."
    run_group "$@" >"$log" 2>&1
    if [ "$STATUS" -ne 0 ]; then
        cat "$log" >&2
        rm -f "$log"
        die "$what: failed with status $STATUS"
    fi
    rm -f "$log"
    [ $((SECONDS - started)) -lt 3 ] || say "$what: done in $((SECONDS - started)) s"
}

# build_classes [MODULE]: compiles the program (or another module and what it needs) when a source is newer than both builds,
# the checked one and the quick one; the directory of the one to run goes to BUILD.
build_classes() {
    local module=${1:-endpoint}
    find_jdk
    need_commands maven=mvn
    for BUILD in "$CULVERT_HOME/$module/target" "$CULVERT_HOME/$module/target/quick"; do
        if [ -s "$BUILD/class-path" ] && [ -z "$(newer_sources "$BUILD/class-path")" ]; then
            return 0
        fi
    done
    quietly "Building Culvert" maven -q -pl "$module" -am -Dculvert.quick process-classes
    [ -s "$BUILD/class-path" ] || die "the build left no class path in $BUILD"
    touch "$BUILD/class-path"
}

# Builds the distribution when a source is newer than it; its path goes to DIST_TAR.
build_distribution() {
    find_jdk
    need_commands maven=mvn
    local more=(endpoint/src/build endpoint/src/dist docs LICENSE README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md)
    for BUILD in "$CULVERT_HOME/endpoint/target" "$CULVERT_HOME/endpoint/target/quick"; do
        find_distribution
        if [ -f "$DIST_TAR" ] && [ -z "$(newer_sources "$DIST_TAR" "${more[@]}")" ]; then
            return 0
        fi
    done
    rm -f "$BUILD"/culvert-*-linux-*.tar.gz
    quietly "Building the distribution" maven -q -pl endpoint -am -Dculvert.quick package
    find_distribution
    [ -f "$DIST_TAR" ] || die "the build left no distribution in $BUILD"
}

find_distribution() {
    local tars=("$BUILD"/culvert-*-linux-*.tar.gz)
    DIST_TAR=${tars[0]}
}

# newer_sources FILE [PATH...]: the first source, or other path, that changed after the file.
newer_sources() {
    local file=$1
    shift
    (cd "$CULVERT_HOME" && find pom.xml */pom.xml */src/main "$@" -newer "$file" -print -quit)
}

# podman with runc, which Debian has everywhere, and without a systemd session.
podman_culvert() {
    # shellcheck disable=SC2086  # the options are a list
    podman --runtime runc --cgroup-manager cgroupfs ${CULVERT_PODMAN_ARGS:-} "$@"
}

# report_to NAME: the checks that follow are written as a test report, which scripts/test counts.
report_to() {
    REPORT_NAME=$1
    REPORT_FILE=$CULVERT_HOME/target/script-reports/TEST-$1.xml
    REPORT_FAILED=0
    mkdir -p "${REPORT_FILE%/*}"
    echo "<testsuite name=\"$1\">" >"$REPORT_FILE"
    on_exit 'echo "</testsuite>" >>"$REPORT_FILE"'
}

# check NAME COMMAND...: one test, in a subshell with -e; it fails when the command does. Its output shows only then.
check() {
    local name=$1 log verdict=ok
    shift
    log=$(mktemp)
    run_group "$@" >"$log" 2>&1
    if [ "$STATUS" -eq 0 ]; then
        report_line "$name" ''
    else
        verdict=FAILED REPORT_FAILED=1
        report_line "$name" "<failure message=\"$(tail -n 1 "$log" | xml_escape)\">$(xml_escape <"$log")</failure>"
    fi
    say "$verdict   $name"
    [ "$verdict" = ok ] || sed 's/^/        /' "$log" >&2
    rm -f "$log"
}

# lacks PATTERN FILE: fails when the file has it ("! grep" would not end a script with -e).
lacks() {
    if grep -iE -e "$1" "$2"; then
        echo "unexpected: $1"
        return 1
    fi
}

# skip NAME REASON
skip() {
    say "skipped  $1: $2"
    report_line "$1" "<skipped message=\"$(printf '%s' "$2" | xml_escape)\"/>"
}

report_line() {
    printf '<testcase classname="%s" name="%s">%s</testcase>\n' \
        "$REPORT_NAME" "$(printf '%s' "$1" | xml_escape)" "$2" >>"$REPORT_FILE"
}

xml_escape() {
    LC_ALL=C tr -cd '\11\12\40-\176' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
}
