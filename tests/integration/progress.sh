# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# What takes longer than a second says how far it is: on a terminal in one
# line (progress.py), in a pipe in plain lines.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled

plain() {
	[ -z "$(tr -d '\n -~' <"$1")" ]
}
says_progress() {
	grep -qE "$1" "$work/progress"
}

# ---- stop, with a client that stays ----

expect 0 "start" wm start -d
check "a quick start shows no progress" test -z "$err"
exec 8<>"/dev/tcp/127.0.0.1/$(port line)"
echo hello >&8
IFS= read -r -t "$patience" answer <&8
check "there is a client" test "$answer" = hello
wm_exec stop -g >"$work/out" 2>"$work/progress" 8>&- &
stop=$!
wait_for "stop tells what it waits for" says_progress \
    '^draining 1 connections left, in [0-9]+ workers$'
exec 8>&-
wait $stop
check "it ends when that has gone" test $? -eq 0
check "in a pipe there are plain lines" plain "$work/progress"
check "and standard output has the result alone" \
    test "$(cat "$work/out")" = "troubled: stopped"
expect 0 "start" wm start -d -q
expect 0 "a quick stop" wm stop
check "shows no progress" test -z "$err"

# ---- start, with workers that are slow ----

wm_exec start -d --trouble start-hangs >"$work/out" 2>"$work/progress" &
start=$!
wait_for "start tells how many are ready" says_progress \
    '^workers ready 1/3$'
wm stop >/dev/null 2>&1
wait $start
check "in a pipe there are plain lines" plain "$work/progress"
check "the last is the error" \
    grep -q 'cannot start: stopped' <(tail -n 1 "$work/progress")
wm_exec start --trouble start-hangs >"$work/out" 2>"$work/progress" &
start=$!
wait_for "in the foreground, too" says_progress '^workers ready 1/3$'
wm stop >/dev/null 2>&1
wait $start
wm_exec start -d -q --trouble start-hangs >"$work/out" 2>"$work/progress" &
start=$!
wait_for "a quiet one starts" test -S "$run_dir/troubled.sock"
wm stop >/dev/null 2>&1
wait $start
check "and tells only its error" \
    test "$(grep -c . "$work/progress")" -eq 1

# ---- on a terminal ----

if command -v python3 >/dev/null; then
	expect 0 "on a terminal" python3 \
	    "$top_srcdir/tests/integration/progress.py" \
	    "$top_builddir/$program" --run-dir "$run_dir" --log "$log"
	printf '%s\n' "$out" | sed 's/^\(ok\|not ok\) [0-9]*/# \1/; s/^1\.\./# &/'
else
	skip "on a terminal" "python3 is not installed"
fi

finish
