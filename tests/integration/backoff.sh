# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Workers that keep dying: when they are born again, and that nobody else
# notices. The waits of the policy are test_policy.c's.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed
ulimit -c 0
cd "$work" || exit 99

# The waits that the log announces for line/0, in their order.
delays() {
	grep 'worker line/0 .*; next start in' "$log" |
	    sed 's/.*next start in \([0-9]*\) ms.*/\1/' | tr '\n' ' '
}
births() { grep -c 'worker line/0 .*; next start in' "$log"; }
born_often() { [ "$(births)" -ge "$1" ]; }

# ---- twenty crashes ----

expect 0 "start" wm start -d -q --born crash --backoff-max 100ms \
    --count line=2
line=$(port line)
http=$(json pid http 0)
others="$(json pid line 1) $(json pid task 0) $(json pid several 0)"
first=$(json pid line 0)
: >"$work/trouble"
before=$(ms)
kill -KILL "$first"
born_again() { grep -q 'line/0.*exited\|worker line/0 .*SIGABRT' "$log"; }
wait_for "the first restart" born_again
echo "# the first restart had crashed after $(($(ms) - before)) ms"
shown=
watch_state() {
	[ "$(json state line 0)" != crash-loop ] || shown=yes
	born_often 21
}
served=0
asked=0
# Its sibling serves all the while.
watch_and_ask() {
	asked=$((asked + 1))
	answers "$line" hello "$(json pid line 1)" && served=$((served + 1))
	watch_state
}
wait_for "it crashes twenty times" watch_and_ask
took=$(($(ms) - before))
echo "# 20 crashes took $took ms"
check "crash-loop was seen in status" test "$shown" = yes
check "all $asked requests were served by its sibling" test $served -eq $asked
check "the first restart was at once" test "$(delays | cut -d' ' -f1)" = 0
check "then after 100 ms each" test \
    "$(delays | cut -d' ' -f2-21 | tr -d ' \n')" = \
    "$(printf '100%.0s' {1..20})"
check "which were waited for" test $took -ge 1900
check "they are counted" test "$(json restarts line 0)" -ge 20
now="$(json pid line 1) $(json pid task 0) $(json pid several 0)"
check "no other process has been touched" test "$now" = "$others"
check "nor http's" test "$(json pid http 0)" = "$http"
old=$(json pid task 0)
before=$(ms)
kill -KILL "$old"
task_again() {
	[ "$(json state task 0)" = idle ] && [ "$(json pid task 0)" != "$old" ]
}
wait_for "another worker that dies meanwhile" task_again
took=$(($(ms) - before))
check "is replaced at once ($took ms)" test $took -lt 2000
check "its first wait was none" grep -q \
    'worker task/0 .*; next start in 0 ms' "$log"
expect 0 "status works meanwhile" wm status
expect 7 "a reload that cannot succeed is refused meanwhile" wm reload -q
check "and has changed nothing" test "$(json pid line 1) $(json generation line 1)" = \
    "${now%% *} 1"
rm "$work/trouble"
back() { [ "$(json state line 0)" = idle ]; }
wait_for "it is back when the trouble is over" back
expect 0 "stop" wm stop -q

# ---- a stop during a wait ----

: >"$log"
expect 0 "start" wm start -d -q --born crash --backoff-max 30s
: >"$work/trouble"
kill -KILL "$(json pid line 0)"
wait_for "it backs off further and further" born_often 5
check "doubling: $(delays)" test "$(delays | cut -d' ' -f1-5)" = \
    "0 100 200 400 800"
before=$(ms)
expect 0 "a stop does not wait for it" wm stop -q
took=$(($(ms) - before))
echo "# stop took $took ms"
check "at all" test $took -lt 2000
rm "$work/trouble"

# ---- all of them at once ----

# Every process dies as soon as it serves: nothing but the master is left now
# and then, which must stay.
expect 0 "start" wm start -d -q --born die --backoff-max 100ms
: >"$log"
wait_for "a worker that dies as soon as it is active is tried again" \
    born_often 5
check "its obituary tells the status" in_log "exited with status 7 "
loops() { [ "$(json state line 0)" = crash-loop ]; }
wait_for "and is shown in a crash loop" loops
expect 0 "stop" wm stop -q

# ---- a stopped worker ----

expect 0 "start" wm start -d -q --count line=2
old=$(json pid line 0)
sibling=$(json pid line 1)
count=$(json processes)
kill -STOP "$old"
is_stopped() { [ "$(json state line 0)" = stopped ]; }
wait_for "a SIGSTOPped worker is shown as stopped" is_stopped
kill -KILL "$sibling"
sibling_again() {
	[ "$(json state line 1)" = idle ] &&
	    [ "$(json pid line 1)" != "$sibling" ]
}
wait_for "while another one is replaced" sibling_again
check "it is not replaced" test "$(json pid line 0)" = "$old"
check "nor duplicated" test "$(json processes)" = "$count"
before=$(ms)
expect 6 "stop has to kill it, and says so" wm stop -t 1
took=$(($(ms) - before))
says "in one line" "had to be killed"
check "in time: $took ms" test $took -ge 1000 -a $took -lt 6000
check "it is gone" gone "$old"
check "the log names it" grep -q \
    "worker line/0 (pid $old) did not stop in time: killed" "$log"
expect 5 "nothing runs any more" wm status
expect 0 "and it can be started at once" wm start -d -q
expect 0 "stop" wm stop -q

# ---- no process can be made ----

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null &&
    command -v prlimit >/dev/null; then
	chmod 711 "$work"
	mkdir -m 700 "$work/nobody"
	chown nobody "$work/nobody"
	cp "$top_builddir/$program" "$work/nobodys"
	cd / || exit 99
	as_nobody() {
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	}
	wm() {
		as_nobody "$work/nobodys" "$@" --run-dir "$work/nobody/run" \
		    --log "$work/nobody/log"
	}
	# LeakSanitizer would make one, too.
	limited() {
		ASAN_OPTIONS=detect_leaks=0 as_nobody prlimit \
		    --nproc=1:1 "$work/nobodys" "$@" \
		    --run-dir "$work/nobody/run" --log "$work/nobody/log"
	}
	none="Resource temporarily unavailable"
	expect 3 "start -d that cannot make a daemon is 3" limited start -d
	says "it says so" "cannot start: fork: $none"
	expect 3 "start that cannot make a process is 3" limited start
	says "it says so" "cannot start a process: $none"
	check "nothing is left of it" test -z "$(ls "$work/nobody/run")"
	expect 0 "start" wm start -d -q
	master=$(json pid)
	before="$(json pid line 0) $(json pid task 0)"
	most=$(as_nobody prlimit --pid "$master" --nproc --noheadings \
	    -o HARD | tr -d " ")
	as_nobody prlimit --pid "$master" --nproc=1:
	expect 7 "a reload that cannot make a process is refused" wm reload
	says "it says so" "cannot start a process: $none"
	check "all is as before" test \
	    "$(json pid line 0) $(json pid task 0) $(json generation)" = \
	    "$before 1"
	as_nobody prlimit --pid "$master" --nproc="$most:"
	expect 0 "and works again when it can" wm reload -q
	expect 0 "stop" wm stop -q
else
	skip "no process can be made" "needs root, setpriv and prlimit"
fi

finish
