# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Programs that cannot be started: exit 3, one line that says why, nothing
# left behind.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled

refuses() {
	expect 3 "start -d with $1 is 3" wm start -d --trouble "$1"
	says "its line names the cause" "$2"
	wait_for "nothing is left of it" none_marked
	expect 3 "start with $1 is 3" wm start --trouble "$1"
	check "its line names the cause: $2" grep -qF -- "$2" "$work/err"
}

# A sanitizer or a core dump has its own words: only the line is looked for.
crashes() {
	expect 3 "start -d with $1 is 3" wm start -d --trouble "$1"
	check "its line names the cause: $2" grep -qE -- "$2" "$work/err"
	wait_for "nothing is left of it" none_marked
}

ulimit -c 0
crashes main-crashes 'SIGABRT|exited with status'
refuses main-exits "exited with status 9 while it described itself"
refuses main-ends "ended before wm_main()"
refuses main-thread "started a thread before wm_main()"
refuses main-child "left a child process"
refuses main-socket "opened a socket before wm_main()"
refuses prepare-refuses "on_prepare refused"
crashes prepare-crashes 'SIGSEGV|exited with status'
refuses start-refuses "worker line/"
crashes start-crashes 'worker line/[01] .*before it was ready'
crashes start-exits 'worker line/[01] exited with status 3 in on_worker_start before it was ready'

started=$SECONDS
expect 3 "main() that hangs is given up" wm start -d --trouble main-hangs
says "it says so" "within 10 s"
check "in time" test $((SECONDS - started)) -lt 15

# A stop while it starts ends the start.
(
	wm start -d --trouble start-hangs >"$work/hang" 2>&1
	echo $? >"$work/hang.status"
) &
starting() { [ "$(json phase)" = starting ]; }
wait_for "a start that hangs can be seen" starting
expect 0 "and stopped" wm stop
wait $!
check "whereupon it is 3" test "$(cat "$work/hang.status")" = 3
check "and says why" grep -q "stopped before" "$work/hang"

# Limits of the machine are named.
expect 3 "too few descriptors are 3" \
    bash -c 'ulimit -n 40; exec "$@"' - "$top_builddir/$program" start -d \
    --count line=60 --run-dir "$run_dir" --log "$log"
says "the limit is named" "Too many open files"

if [ "$(id -u)" -eq 0 ]; then
	expect 0 "a worker can be another user" wm start -d --user nobody
	check "with that user's group only" answers "$(port line)" who \
	    "$(id -u nobody):$(id -g nobody) 1"
	expect 0 "stop" wm stop
	expect 3 "an unknown user is 3" wm start -d --user no-such-user
	says "it is named" "worker line: no such user: no-such-user"
	# Run as somebody who may not execute the program.
	cp "$top_builddir/$program" "$work/private"
	chmod 700 "$work/private"
	chmod 755 "$work"
	expect 3 "a user who may not execute the program is 3" \
	    "$work/private" start -d --user nobody --run-dir "$run_dir" \
	    --log "$log"
	says "it says so" "cannot execute the program: Permission denied"
else
	skip "workers as other users" "not root"
fi

finish
