# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Deaths: of workers, of the master, and what only looks like one.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled
ulimit -c 0

replaced() {
	local now
	now=$(json pid line "$1")
	[ -n "$now" ] && [ "$now" != 0 ] && [ "$now" != "$2" ] &&
	    [ "$(json state line "$1")" = idle ]
}

expect 0 "start" wm start -d -q
line=$(port line)

# ---- a worker is killed ----

for slot in 0 1; do
	old=$(json pid line $slot)
	kill -KILL "$old"
	wait_for "a killed worker is replaced in its slot" replaced $slot \
	    "$old"
done
check "its obituary names the signal" in_log "was killed by SIGKILL"
check "and the slot" grep -q "worker line/1 (pid [0-9]*, generation 1)" "$log"
check "status counts the restart" test "$(json restarts line 0)" = 1
old=$(json pid line 0)
kill -TERM "$old"
wait_for "a worker that was told to leave is replaced" replaced 0 "$old"

# ---- a worker that is not itself ----

for what in garble "hang up"; do
	exec 8<>"/dev/tcp/127.0.0.1/$line"
	echo pid >&8
	IFS= read -r -t "$patience" old <&8
	slot=0
	[ "$old" = "$(json pid line 0)" ] || slot=1
	echo "$what" >&8
	wait_for "a worker that does '$what' is replaced" replaced $slot "$old"
	exec 8>&-
done
check "the log says of the one" in_log "sent a bad message"
check "and of the other" in_log "without a line to the master"

# ---- under load ----

# Connects, asks and expects an answer, again and again.
load() {
	local n=0 bad=0
	while [ ! -e "$work/enough" ]; do
		answers "$line" "hello $n" || bad=$((bad + 1))
		n=$((n + 1))
	done
	echo "$n $bad" >"$work/load"
}
load &
loader=$!
for i in 1 2 3 4; do
	old=$(json pid line $((i % 2)))
	kill -KILL "$old"
	wait_for "kill $i under load is mended" replaced $((i % 2)) "$old"
done
: >"$work/enough"
wait $loader
read -r asked bad <"$work/load"
echo "# $asked requests, $bad failed"
# Each kill may break what the worker held at that moment.
check "at most one request failed for each kill" test "$bad" -le 4
check "many did not" test "$asked" -gt 20

# ---- a crash loop ----

# The first worker can be born no more; the second serves for both.
expect 0 "stop" wm stop -q
cd "$work" || exit 99
expect 0 "start" wm start -d -q --trouble second-crashes
line=$(port line)
: >"$work/trouble"
kill -KILL "$(json pid line 0)"
backs_off() { [ "$(json state line 0)" = crash-loop ]; }
wait_for "a worker that keeps crashing backs off" backs_off
served=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	answers "$line" "hello $i" && served=$((served + 1))
done
check "its sibling serves its socket: $served of 16" test $served -eq 16
rm "$work/trouble"
wait_for "it comes back when the trouble is over" replaced 0 0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	ask "$line" pid
done >"$work/pids"
check "and serves itself again" grep -q "^$(json pid line 0)\$" "$work/pids"
expect 0 "stop" wm stop -q

# ---- a stopped worker ----

expect 0 "start" wm start -d -q
old=$(json pid line 0)
kill -STOP "$old"
is_stopped() { [ "$(json state line 0)" = stopped ]; }
wait_for "a stopped worker is seen" is_stopped
check "it is not replaced" test "$(json pid line 0)" = "$old"
check "there is no other process" test "$(json processes)" = 3
kill -CONT "$old"
awake() { [ "$(json state line 0)" = idle ]; }
wait_for "it goes on where it was" awake
check "as the same process" test "$(json pid line 0)" = "$old"

# ---- a busy worker ----

check "a worker is told to block" tell "$(port line)" "block 60"
busy() { wm status --json | grep -q '"state": "busy"'; }
wait_for "it is shown as busy" busy

# ---- the master is killed ----

master=$(json pid)
line=$(port line)
pids="$(json pid line 0) $(json pid line 1) $(json pid task 0)"
kill -KILL "$master"
expect 0 "after kill -9 of the master the next start works at once" \
    wm start -d -q --listen "line=text://127.0.0.1:$line"
check "on the same port" answers "$line" hello
for pid in $pids; do
	wait_for "no orphan stays" gone "$pid"
done
expect 0 "stop" wm stop -q

# ---- a fork that fails ----

if [ "$(id -u)" -eq 0 ] && command -v setpriv prlimit >/dev/null; then
	as_nobody() {
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	}
	chmod 711 "$work"
	mkdir -m 700 "$work/nobody"
	chown nobody "$work/nobody"
	cp "$top_builddir/$program" "$work/nobodys"
	run_dir=$work/nobody/run
	log=$work/nobody/log
	expect 0 "an unprivileged user can start" as_nobody "$work/nobodys" \
	    start -d -q --run-dir "$run_dir" --log "$log"
	master=$(json pid)
	most=$(as_nobody prlimit --pid "$master" --nproc --noheadings \
	    -o HARD | tr -d " ")
	as_nobody prlimit --pid "$master" --nproc=1:
	old=$(json pid line 0)
	kill -KILL "$old"
	wait_for "a fork that fails is noted" in_log \
	    "cannot start a process: Resource temporarily unavailable"
	as_nobody prlimit --pid "$master" --nproc="$most:"
	wait_for "and tried again" replaced 0 "$old"
	expect 0 "stop" wm stop -q
	run_dir=$work/run
	log=$work/log
else
	skip "a fork that fails is tried again" "needs root and setpriv"
fi

# ---- the program's file ----

cp "$top_builddir/$program" "$work/copy"
wm() {
	"$work/copy" "$@" --run-dir "$run_dir" --log "$log"
}
expect 0 "a copy starts" wm start -d -q
image=$(stat -L -c %i "/proc/$(json pid line 0)/exe")
cp "$work/copy" "$work/next"
mv "$work/next" "$work/copy"
old=$(json pid line 0)
kill -KILL "$old"
wait_for "a worker is replaced while a newer file lies there" replaced 0 \
    "$old"
check "by one of the same image" \
    test "$(stat -L -c %i "/proc/$(json pid line 0)/exe")" = "$image"
expect 0 "stop" wm stop -q

finish
