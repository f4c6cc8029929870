# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# start, stop and restart: exit codes, truthfulness, what is left behind.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled

# ---- a daemon ----

expect 5 "status of nothing is 5" wm status
expect 5 "stop of nothing is 5" wm stop
expect 0 "start -d succeeds" wm start -d
line=$(port line)
check "it serves as soon as start -d has returned" answers "$line" hello
master=$(json pid)
check "the pid file has its pid" test "$(cat "$run_dir/troubled.pid")" = \
    "$master"
check "its working directory is /" test "$(readlink "/proc/$master/cwd")" = /
check "its workers are where it was typed" answers "$line" cwd "$PWD"
expect 4 "a second start -d is 4" wm start -d
says "it says why" "already running"
expect 4 "a second start is 4" wm start
check "the first one still serves" answers "$line" hello
check "nothing is writable by others" \
    test -z "$(find "$work" -perm /022 ! -type l)"

before=$(ms)
expect 0 "stop succeeds" wm stop
took=$(($(ms) - before))
echo "# stop of an idle server took $took ms"
check "stop of an idle server is quick" test $took -lt 2000
check "the master is gone when stop returns" gone "$master"
check "so are its files" test -z "$(ls "$run_dir")"
expect 5 "stopping again is 5" wm stop

# ---- restart ----

expect 0 "restart starts what does not run" wm restart -d
master=$(json pid)
expect 0 "restart succeeds" wm restart
check "it is another master" test "$(json pid)" != "$master"
check "a daemon comes back as a daemon" test "$(json mode)" = daemon
check "it serves" answers "$(port line)" again

# ---- signals of a daemon ----

master=$(json pid)
kill -USR1 "$master"
wait_for "USR1 reloads" in_log "reload done: generation 2 serves"
check "it is the same master" test "$(json pid)" = "$master"
mv "$log" "$log.old"
kill -HUP "$master"
wait_for "HUP reopens the log" in_log "log reopened"
check "workers write to the new log, too" answers "$(port line)" \
    "log from a worker" logged
check "and there it is" in_log "from a worker"
kill -TERM "$master"
wait_for "TERM stops it" gone "$master"

# ---- the foreground ----

serves() {
	answers "$(port line)" hello
}

for signal in INT TERM QUIT HUP; do
	wm_exec start >"$work/fg" 2>&1 &
	job=$!
	wait_for "start serves in the foreground" serves
	kill -$signal $job
	wait $job
	check "$signal ends it with 0" test $? -eq 0
done
check "it has shown a banner" grep -q "Press Ctrl+C" "$work/fg"

if command -v script >/dev/null; then
	script -qc "$(printf '%q ' "$top_builddir/$program" start --run-dir \
	    "$run_dir" --log "$log")" /dev/null >"$work/fg" </dev/null &
	job=$!
	wait_for "start serves on a terminal" serves
	master=$(json pid)
	disown $job
	kill -KILL $job
	wait_for "it ends with its terminal" gone "$master"
else
	skip "start ends with its terminal" "script(1) is not installed"
fi

# ---- a port in use ----

expect 0 "one server runs" wm start -d
line=$(port line)
run_dir=$work/other
for mode in '' -d; do
	# shellcheck disable=SC2086
	expect 3 "start $mode on a port in use is 3" \
	    wm start $mode --listen "line=text://127.0.0.1:$line"
	says "it names the address" "127.0.0.1:$line"
	check "it leaves no files" test -z "$(ls "$run_dir")"
done
run_dir=$work/run
check "the owner of the port was not disturbed" answers "$line" hello
expect 0 "stop" wm stop

# ---- a race ----

racers=()
for i in 1 2 3 4 5 6 7 8; do
	(
		wm start -d >/dev/null 2>&1
		echo $? >"$work/race.$i.status"
	) &
	racers+=($!)
done
wait "${racers[@]}"
check "of eight racing starts exactly one wins" \
    test "$(cat "$work"/race.*.status | sort | tr -d '\n')" = 04444444
check "and serves" serves
expect 0 "stop" wm stop

# ---- pid files of all kinds ----

for text in '' 1 -1 0 garbage 99999999999999999999 $$; do
	printf '%s' "$text" >"$run_dir/troubled.pid"
	expect 0 "a pid file with '$text' is no hindrance" wm start -d -q
	expect 0 "stop" wm stop -q
done
ln -s "$work/elsewhere" "$run_dir/troubled.pid"
expect 3 "a pid file that is a link is refused" wm start -d
says "it says so" "troubled.pid: is a symbolic link"
check "nothing was written through it" test ! -e "$work/elsewhere"
rm "$run_dir/troubled.pid"
: >"$run_dir/troubled.sock"
expect 0 "a stale socket is replaced" wm start -d -q
expect 0 "stop" wm stop -q

rm -f "$run_dir/troubled.sock"
mkdir "$run_dir/troubled.sock"
expect 3 "a directory in the socket's place is refused" wm start -d
says "it says so" "troubled.sock: Is a directory"
rmdir "$run_dir/troubled.sock"

# ---- what a daemon must not keep ----

exec 7>"$work/lock"
flock 7
expect 0 "start under a lock of the shell" wm start -d -q
exec 7>&-
check "the daemon does not hold it" flock -n "$work/lock" true
expect 0 "stop" wm stop -q

# ---- places that do not do ----

ln -s run "$work/link"
run_dir=$work/link
expect 3 "a run directory that is a link is refused" wm start -d
says "it says so" "is a symbolic link"
run_dir=$work/none/run
expect 3 "a run directory without a parent is refused" wm start
says "it names it" "none/run: No such file"
run_dir=$work/$(printf 'x%.0s' {1..120})
expect 2 "a path too long for a socket is refused" wm start -d
says "it says so" "longer than 107 bytes"
run_dir=$work/run
log=$work/nowhere/log
expect 3 "a log that cannot be written is refused" wm start -d
says "it names it" "nowhere/log: No such file"
log=$work/log2
ln -s "$work/elsewhere" "$log"
expect 3 "a log that is a link is refused" wm start -d
says "it says so" "log2: is a symbolic link"
log=$work/log

# ---- stops that cannot wait ----

expect 0 "start" wm start -d -q
line=$(port line)
exec 8<>"/dev/tcp/127.0.0.1/$line"
echo hello >&8
read -r -t "$patience" _ <&8
before=$(ms)
expect 0 "a quiet connection does not delay stop" wm stop -q
check "as one can measure" test $(($(ms) - before)) -lt 5000
exec 8>&-

expect 0 "start" wm start -d -q
exec 8<>"/dev/tcp/127.0.0.1/$(port line)"
echo hello >&8
read -r -t "$patience" _ <&8
expect 6 "stop -g -t 1 resets who does not leave, and is 6" wm stop -g -t 1
exec 8>&-

expect 0 "start" wm start -d -q
exec 8<>"/dev/tcp/127.0.0.1/$(port line)"
echo hello >&8
read -r -t "$patience" _ <&8
(wm stop -g >/dev/null 2>&1; echo $? >"$work/graceful") 8>&- &
stopping() { [ "$(json phase)" = stopping ]; }
wait_for "stop -g waits" stopping
exec 8>&-
wait $!
check "until the connection leaves, and is 0" \
    test "$(cat "$work/graceful")" = 0

expect 0 "start" wm start -d -q
check "a worker is told to block" tell "$(port line)" "block 60"
wait_for "it blocks" in_log blocking
expect 6 "stop -t 1 kills it and is 6" wm stop -t 1
says "it says so" "had to be killed"

# ---- a master that does not answer ----

expect 0 "start" wm start -d -q
master=$(json pid)
kill -STOP "$master"
expect 8 "a master that is stopped does not answer: 8" wm status
says "it says so" "does not answer"
expect 8 "nor does it stop: 8" wm stop
kill -CONT "$master"
check "a stop that was given up does not happen later" \
    test "$(json phase)" = running
expect 0 "stop" wm stop -q

finish
