# Runs a server for a test process, and outlives that process just long enough to clean up: when the process
# ends for any reason, the pipe on standard input closes.
#
# Arguments: the command that fills the server's directory, the command that runs the server, the signal
# that ends it at once, the parent of the directory, arguments for the server. The commands find the
# directory in $base.
# Commands arrive on standard input; each is answered with one line on standard output.

# An interrupt from the keyboard, or writing to a process that is gone, must not stop the clean-up.
trap '' HUP INT PIPE TERM
umask 077

prepare=$1
server=$2
ending=$3
parent=$4
shift 4

base=$(mktemp -d "$parent/contest-pg.XXXXXX" 2>/dev/null || mktemp -d /tmp/contest-pg.XXXXXX 2>&1) || {
    echo "failed: $base"
    exit 1
}
exec 2>>"$base/log"

# A subshell waits for the server, so that it does not stay as a zombie and its end is recorded.
start() {
    rm -f "$base/pid" "$base/ended"
    (
        eval "exec $server" </dev/null >>"$base/log" &
        echo "$!" >"$base/pid"
        wait "$!"
        echo "$?" >"$base/ended"
    ) </dev/null >/dev/null &
    waiter=$!
    until [ -s "$base/pid" ]; do sleep 0.01; done
}

stop() {
    [ -n "$waiter" ] || return 0
    # Repeated, because a server that has just started ignores signals.
    until [ -e "$base/ended" ]; do
        kill "-$1" "$(cat "$base/pid")"
        sleep 0.02
    done
    wait "$waiter"
    waiter=
}

waiter=
if eval "$prepare" </dev/null >>"$base/log"; then
    echo "ready: $base"
    while read -r command; do
        case $command in
        start) start "$@" ;;
        kill) stop KILL ;;
        quit) stop "$ending" ;;
        esac
        echo "done: $command"
    done
else
    echo "failed: $(tail -n 20 "$base/log" | tr '\n' ' ')"
fi
stop "$ending"
rm -rf "$base"
