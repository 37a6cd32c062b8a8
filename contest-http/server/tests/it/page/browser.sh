# Runs a browser until the standard input ends, which it does when the test ends in any way. Then
# removes the files of the browser.
# Arguments: the program, the directory of the profile, more arguments of the browser.
program=$1
profile=$2
shift 2
# Chromium's sandbox refuses root.
[ "$(id -u)" = 0 ] && set -- --no-sandbox "$@"
"$program" --user-data-dir="$profile" "$@" >"$profile.log" 2>&1 </dev/null &
browser=$!
cat >/dev/null
kill "$browser" 2>/dev/null
wait "$browser" 2>/dev/null
# Its child processes may outlive it for a moment, and still write.
tries=50
until rm -rf "$profile" "$profile.log" 2>/dev/null || [ $((tries -= 1)) = 0 ]; do
    sleep 0.1
done
