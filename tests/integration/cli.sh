# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# What a person types and reads.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use apps/echo/echo
ports=(--listen text=text://127.0.0.1:0 --listen frame=frame://127.0.0.1:0
    --listen http=http://127.0.0.1:0
    --listen websocket=websocket://127.0.0.1:0)

has() {
	printf '%s\n' "$out" | grep -qE -- "$1"
}

# ---- help and usage ----

expect 0 "--help is 0" wm --help
for word in start stop restart status --run-dir --listen --count -q 'exit'; do
	check "--help tells of $word" has "$word"
done
check "it fits in 80 columns" test -z "$(printf '%s\n' "$out" | grep -E '.{81}')"
expect 0 "--version is 0" wm --version
check "it names both" has '^echo .*\(workerman-c [0-9.]+\)$'
usage() {
	local what=$1
	shift
	expect 2 "$* is bad usage" "$top_builddir/$program" "$@"
	says "it names the word and the help" "$what"
	check "on standard error only" test -z "$out"
}
usage "which command?"
usage "unknown command frobnicate" frobnicate
usage "unknown command reloaded" reloaded
usage "not a time" start --backoff-max 5parsecs
usage "unknown option --frobnicate" start --frobnicate
usage "only, not also stop" start stop
usage "missing after --log" start --log
usage "does not fit" stop -d
check "one is told where help is" grep -q -- "--help" "$work/err"
for bad in text=nope://*:1 text=text://127.0.0.1 nobody=text://*:1 \
    'text[1]=text://*:1' http=text://127.0.0.1:5001; do
	expect 3 "--listen $bad is refused" wm start -d --listen "$bad"
	check "in one line" one_line "$err" "cannot start"
done
expect 3 "--count text=0 is refused" wm start -d --count text=0
expect 3 "an unknown event loop is refused" wm start -d --event-loop aio

# ---- start and its banner ----

expect 0 "start -d with --listen and --count" wm start -d "${ports[@]}" \
    --count text=3
check "the banner names program and version" has '^echo .*workerman-c'
check "the event loop, the master and the log" \
    has "^event loop [a-z]+, master $(json pid), log $log\$"
check "each worker with protocol, address, count" \
    has "^text +text +127.0.0.1:$(port text) +3 +\[ok\]\$"
check "and each other one" has '^websocket +websocket +127.0.0.1:[0-9]+ +1 '
check "in 80 columns" test -z "$(printf '%s\n' "$out" | grep -E '.{81}')"
check "plain in a pipe" test -z "$(printf '%s\n' "$out" | tr -d '\n -~')"

# ---- status ----

check "a request" answers "$(port text)" hello
expect 0 "status is 0" wm status
check "its head: program, mode" has '^echo .*daemon, running for 0 d 0 h'
check "load" has '^event loop [a-z]+, load average [0-9.]+, '
check "master, generation, counts" \
    has "^master $(json pid), generation 1, 4 workers, 6 processes\$"
check "the last reload" has '^last reload: none$'
for column in PID RSS LISTEN WORKER CONNS FAIL TIMERS REQUESTS QPS CPU% AGE \
    RESTARTS STATE; do
	check "column $column" has "\\b$column( |\$)"
done
check "a row for each process" test "$(printf '%s\n' "$out" |
    grep -c 'idle$')" -eq 6
check "a row with pid, address and slot" \
    has "^ *$(json pid text 2) .*text://127.0.0.1:$(port text) +text/2 "
check "a summary" has '^ *all .* 1 +[01] +[0-9.]+ +- +0  summary$'
expect 0 "status --json is 0" wm status --json
if command -v python3 >/dev/null; then
	check "and is JSON" python3 -m json.tool "$work/out"
else
	skip "status --json is JSON" "python3 is not installed"
fi
expect 0 "stop says so" wm stop
check "in one line" one_line "$out" "echo: stopped"

# ---- quiet ----

expect 0 "start -q" wm start -dq "${ports[@]}"
check "is quiet" test -z "$out$err"
expect 0 "restart -q" wm restart -q "${ports[@]}"
check "is quiet" test -z "$out$err"
expect 0 "stop -q" wm stop -q
check "is quiet" test -z "$out$err"

# ---- colour ----

if command -v script >/dev/null; then
	on_terminal() {
		script -qec "$(printf '%q ' "$top_builddir/$program" "$@" \
		    --run-dir "$run_dir" --log "$log")" /dev/null </dev/null
	}
	expect 0 "start on a terminal" on_terminal start -d "${ports[@]}"
	check "is coloured" has $'\033\\['
	expect 0 "status on a terminal" on_terminal status
	check "fits in 80 columns" \
	    test -z "$(printf '%s\n' "$out" | tr -d '\r' |
		sed 's/\x1b\[[0-9;]*m//g' | grep -E '.{81}')"
	check "and still shows the ports" has "$(port text) "
	expect 0 "stop" wm stop -q
	expect 0 "with NO_COLOR" env NO_COLOR=1 script -qec "$(printf '%q ' \
	    "$top_builddir/$program" start -d "${ports[@]}" --run-dir \
	    "$run_dir" --log "$log")" /dev/null
	check "it is not" test -z "$(printf '%s\n' "$out" | grep $'\033')"
	expect 0 "stop" wm stop -q
else
	skip "colour on a terminal" "script(1) is not installed"
fi

# ---- one worker alone ----

wm_exec --single text --listen text=text://127.0.0.1:0 >"$work/single" 2>&1 &
single=$!
listens() { grep -q 'listens on text://127.0.0.1:[0-9]' "$work/single"; }
wait_for "--single serves without a master" listens
line=$(sed -n 's/.*listens on text:.*:\([0-9]*\)$/\1/p' "$work/single")
check "and answers" answers "$line" hello
kill -INT $single
wait $single
check "INT ends it with 0" test $? -eq 0
expect 2 "--single of nobody is bad usage" wm --single nobody
"$top_builddir/tests/support/managed" --single line >"$work/active" 2>&1 &
single=$!
active() { grep -q 'is active' "$work/active"; }
wait_for "on_worker_active is called without a master, too" active
kill -INT $single
wait $single

finish
