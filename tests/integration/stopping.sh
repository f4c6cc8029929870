# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# How a server ends: at once when idle, after what is in flight, after its
# connections with -g, by force with -t; with its terminal, or not.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed

# ---- idle ----

times=()
for i in 1 2 3 4 5; do
	expect 0 "start" wm start -d -q
	before=$(ms)
	expect 0 "stop" wm stop -q
	times+=($(($(ms) - before)))
done
median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)
echo "# stop of an idle server with 7 processes took ${times[*]} ms"
# Sanitizers and a busy machine have their share in it.
check "an idle server stops at once: $median ms" test "$median" -lt 1000

expect 0 "start" wm start -d -q --count line=16
before=$(ms)
expect 0 "stop -g of an idle server" wm stop -q -g
took=$(($(ms) - before))
echo "# stop -g of an idle server with 22 processes took $took ms"
check "is as quick" test $took -lt 2000

# Idle connections that have been used are no hindrance.
expect 0 "start" wm start -d -q
line=$(port line)
idle=()
for i in 1 2 3 4 5; do
	exec {fd}<>"/dev/tcp/127.0.0.1/$line"
	echo hello >&"$fd"
	IFS= read -r -t "$patience" _ <&"$fd"
	idle+=("$fd")
done
before=$(ms)
expect 0 "stop with idle connections" wm stop -q
took=$(($(ms) - before))
echo "# stop with 5 idle connections took $took ms"
check "does not wait for them" test $took -lt 2000
ended=0
for fd in "${idle[@]}"; do
	IFS= read -r -t "$patience" _ <&"$fd" || ended=$((ended + 1))
	exec {fd}>&-
done
check "they are closed" test $ended -eq 5

# ---- requests in flight ----

if command -v curl >/dev/null; then
	in_flight() { [ "$(json connections http 0)" = "$1" ]; }
	hold() {
		curl -sS --max-time 30 "http://127.0.0.1:$(port http)/later/$1" \
		    >"$work/held" 2>&1 &
		held=$!
		wait_for "a request is in flight" in_flight 1
	}
	expect 0 "start" wm start -d -q
	hold 800
	pid=$(json pid http 0)
	expect 0 "stop waits for it" wm stop -q
	wait $held
	check "it is answered" test "$(cat "$work/held")" = "$pid"

	expect 0 "start" wm start -d -q
	hold 20000
	before=$(ms)
	expect 6 "stop -t 1 does not wait for long: 6" wm stop -t 1
	took=$(($(ms) - before))
	says "it says why" "had to be killed"
	check "after a second: $took ms" test $took -ge 1000 -a $took -lt 5000
	wait $held
	check "the client sees its connection end" \
	    grep -qi "empty reply\|reset" "$work/held"
	check "everything is gone" none_marked
	check "the log tells of it" in_log \
	    "1 connections did not end in time and are reset"

	expect 0 "start" wm start -d -q
	hold 20000
	expect 6 "stop -t 0 waits for nothing" wm stop -t 0
	wait $held
	expect 0 "start" wm start -d -q
	hold 20000
	expect 0 "restart -t 1 kills, and starts" wm restart -q -t 1
	wait $held
	check "as a daemon" test "$(json mode)" = daemon
	expect 0 "stop" wm stop -q
else
	skip "requests in flight" "curl is not installed"
fi

# ---- gracefully ----

converse() {
	exec 8<>"/dev/tcp/127.0.0.1/$line"
	echo hello >&8
	IFS= read -r -t "$patience" _ <&8
}
stopping() { [ "$(json phase)" = stopping ]; }
ended() { grep -q . "$work/stopped"; }

expect 0 "start" wm start -d -q
line=$(port line)
converse
(
	exec 8>&- # or the client would hold it, too
	wm stop -q -g >/dev/null 2>&1
	echo $? >"$work/stopped"
) &
stopper=$!
wait_for "stop -g waits for a conversation" stopping
echo more >&8
answer=
IFS= read -r -t "$patience" answer <&8
check "which goes on" test "$answer" = "$(json pid line 0)"
refuses() { ! (: <>"/dev/tcp/127.0.0.1/$line") 2>/dev/null; }
wait_for "but a new one is refused, not kept waiting" refuses
check "status tells the address still" test "$(port line)" = "$line"
check "nor has the stop ended" test ! -s "$work/stopped"
exec 8>&-
wait $stopper
check "when it ends, the stop is 0" test "$(cat "$work/stopped")" = 0

: >"$work/stopped"
expect 0 "start" wm start -d -q
line=$(port line)
converse
before=$(ms)
expect 6 "stop -g -t 1 is bounded: 6" wm stop -g -t 1
took=$(($(ms) - before))
check "by a second: $took ms" test $took -ge 1000 -a $took -lt 5000
check "the conversation is over" test -z "$(IFS= read -r -t 5 x <&8; echo "$x")"
exec 8>&-

# A second stop may only make it quicker.
expect 0 "start" wm start -d -q
line=$(port line)
converse
(
	exec 8>&- # or the client would hold it, too
	wm stop -q -g >/dev/null 2>&1
	echo $? >"$work/stopped"
) &
stopper=$!
wait_for "stop -g waits" stopping
before=$(ms)
expect 0 "a stop without -g ends the conversation" wm stop -q
took=$(($(ms) - before))
echo "# the second stop took $took ms"
check "at once" test $took -lt 3000
wait $stopper
check "both are told that it stopped" test "$(cat "$work/stopped")" = 0
exec 8>&-

# ---- terminals ----

if command -v script >/dev/null; then
	command=$(printf '%q ' "$top_builddir/$program" start -q --run-dir \
	    "$run_dir" --log "$log")
	# A daemon, started from a terminal that is closed behind it.
	script -qec "$command -d" /dev/null >/dev/null 2>&1 </dev/null
	master=$(json pid)
	check "a daemon survives its terminal" answers "$(port line)" x \
	    "$(json pid line 0)"
	# After the name: state, ppid, pgrp, session, tty.
	stat=$(sed 's/.*) //' "/proc/$master/stat")
	check "it has none" test "$(echo "$stat" | cut -d' ' -f5)" = 0
	check "nor the right to get one: it leads no session" \
	    test "$(echo "$stat" | cut -d' ' -f4)" != "$master"
	workers_tty=$(sed 's/.*) //' "/proc/$(json pid line 0)/stat" |
	    cut -d' ' -f5)
	check "nor have its workers" test "$workers_tty" = 0
	for fd in 0 1 2; do
		check "descriptor $fd is no terminal" test -z \
		    "$(readlink "/proc/$master/fd/$fd" | grep /dev/pts)"
	done
	expect 0 "restart from a terminal" script -qec \
	    "$(printf '%q ' "$top_builddir/$program" restart -q --run-dir \
	        "$run_dir" --log "$log")" /dev/null
	check "it is a daemon again" test "$(json mode)" = daemon
	expect 0 "stop" wm stop -q

	# In the foreground: its terminal is closed (the killed script).
	script -qec "$command" /dev/null >/dev/null 2>&1 </dev/zero &
	job=$!
	foreground() { [ "$(json mode)" = foreground ]; }
	wait_for "start in the foreground of a terminal" foreground
	master=$(json pid)
	pids="$(json pid line 0) $(json pid task 0) $(json pid http 0)"
	disown $job
	kill -KILL $job
	wait_for "it ends with its terminal" gone "$master"
	for pid in $pids; do
		check "with all its workers" gone "$pid"
	done
	check "the run directory is left empty" test -z "$(ls "$run_dir")"
else
	skip "terminals" "script(1) is not installed"
fi

finish
