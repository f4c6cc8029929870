# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# The run directory: pid files of all kinds, races for the lock, who may read
# and write what, directories that cannot be written to.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed

expect 0 "start" wm start -d -q
expect 0 "stop" wm stop -q

# ---- the number in a pid file is never signalled ----

# A process that notes every signal that can be noted.
(
	for signal in HUP INT QUIT USR1 USR2 TERM CONT ALRM PIPE WINCH; do
		# shellcheck disable=SC2064
		trap "echo $signal >>'$work/signals'" "$signal"
	done
	: >"$work/traps"
	while [ ! -e "$work/over" ]; do read -r -t 0.05 <>"$work/fifo"; done
) &
victim=$!
mkfifo "$work/fifo"
wait_for "a victim is there" test -e "$work/traps"

all_commands() {
	expect 5 "status with $1" wm status
	expect 5 "stop with $1" wm stop
	expect 5 "stop -t 0 with $1" wm stop -t 0
	expect 5 "reload with $1" wm reload
	expect 0 "start with $1" wm start -d -q
	expect 0 "reload of it" wm reload -q
	expect 0 "restart of it" wm restart -q
	expect 0 "stop of it" wm stop -q
}
echo $victim >"$run_dir/managed.pid"
all_commands "a pid file that names a stranger"
echo "-$victim" >"$run_dir/managed.pid"
all_commands "its process group"
# Written over while the master runs: the lock and the socket decide.
expect 0 "start" wm start -d -q
master=$(json pid)
echo $victim >"$run_dir/managed.pid"
expect 4 "the lock decides, not the number" wm start -d
expect 0 "reload goes to the master" wm reload -q
expect 0 "so does stop" wm stop -q
check "it is gone" gone "$master"
expect 0 "start" wm start -d -q
master=$(json pid)
kill -KILL "$master"
wait_for "a master is killed" gone "$master"
echo $victim >"$run_dir/managed.pid"
all_commands "what a killed master left, its number a stranger's"
check "the victim was never signalled" test ! -e "$work/signals"
check "and lives" kill -0 $victim
: >"$work/over"
wait $victim

# ---- what is no plain file of our own ----

for kind in enormous binary; do
	case $kind in
	enormous) truncate -s 1G "$run_dir/managed.pid" ;;
	binary) head -c 100000 /dev/urandom >"$run_dir/managed.pid" ;;
	esac
	expect 5 "stop with an $kind pid file" wm stop
	expect 0 "start with it" wm start -d -q
	check "it is the master's number then" test \
	    "$(head -c 100 "$run_dir/managed.pid")" = "$(json pid)"
	expect 0 "stop" wm stop -q
done

# refused KIND REASON: start says 3 at once; the others find nothing.
refused() {
	local took
	took=$(ms)
	expect 3 "start -d with $1 for a pid file is 3" wm start -d
	says "it says why" "managed.pid: $2"
	expect 3 "so is start" wm start
	expect 5 "status of it is 5" wm status
	expect 5 "stop of it is 5" wm stop
	took=$(($(ms) - took))
	check "nobody has waited for it: $took ms" test $took -lt 3000
	rm -rf "$run_dir/managed.pid"
}
mkfifo "$run_dir/managed.pid"
refused "a FIFO" "is not a plain file of our own"
mkdir "$run_dir/managed.pid"
refused "a directory" "Is a directory"
ln -s fifo "$run_dir/managed.pid"
refused "a dangling link" "is a symbolic link"
echo precious >"$work/precious"
ln -s "$work/precious" "$run_dir/managed.pid"
refused "a link to a file" "is a symbolic link"
ln "$work/precious" "$run_dir/managed.pid"
refused "a hard link" "is not a plain file of our own"
check "the file behind the links is as it was" \
    test "$(cat "$work/precious")" = precious
ln -s /dev/zero "$run_dir/managed.pid"
refused "a link to a device" "is a symbolic link"

# The log likewise.
ln -sf "$work/precious" "$log"
expect 3 "a log that is a link is refused" wm start -d
says "it says so" "is a symbolic link"
rm -f "$log"
mkfifo "$log"
expect 3 "a log that is a FIFO is refused at once" wm start -d
says "it says so" "log file $log: "
rm -f "$log"
: >"$log"
chmod 666 "$log"
expect 3 "a log that all may write is refused" wm start -d
says "it says so" "is writable by everybody"
rm -f "$log"
check "nothing was written through the link" \
    test "$(cat "$work/precious")" = precious

# The directory itself.
real=$run_dir
ln -s "$run_dir" "$work/link"
run_dir=$work/link
expect 3 "a run directory that is a link is refused" wm start -d
says "it says so" "is a symbolic link"
run_dir=$work/precious
expect 3 "one that is a file is refused" wm start -d
says "it says so" "run directory $run_dir: "
run_dir=$work/open
mkdir -m 777 "$run_dir"
chmod 777 "$run_dir"
expect 3 "one that all may write is refused" wm start -d
says "it says so" "is writable by others"
run_dir=$work/$(printf 'x%.0s' {1..100})
expect 2 "one whose socket's path is too long is refused" wm start -d
says "it says so" "longer than 107 bytes"
run_dir=$work/none/run
expect 3 "one whose parent is missing is refused" wm start -d
says "it says so" "cannot make run directory $run_dir: No such file"
run_dir=$real

# ---- races ----

# race LABEL COMMAND: twenty at once.
race() {
	local label=$1 i racers=()
	shift
	rm -f "$work"/race.*
	for i in {1..20}; do
		(
			wm "$@" >/dev/null 2>"$work/race.$i.err"
			echo $? >"$work/race.$i.status"
		) &
		racers+=($!)
	done
	wait "${racers[@]}"
	check "$label: one wins, nineteen are told 4" test \
	    "$(cat "$work"/race.*.status | sort | tr -d '\n')" = \
	    "0$(printf '4%.0s' {1..19})"
	check "$label: each of them with one line" test \
	    "$(cat "$work"/race.*.err | sort | uniq -c | sed 's/^ *//')" = \
	    "19 managed: already running"
}
race "twenty starts" start -d -q
check "the winner serves" answers "$(port line)" x "$(json pid line 0)"
kill -KILL "$(json pid)"
race "twenty starts after a killed master" start -d -q
expect 0 "stop" wm stop -q
check "the directory is empty" test -z "$(ls "$run_dir")"

# Stops at once: all are told that it stopped, or that nothing runs.
expect 0 "start" wm start -d -q
stoppers=()
for i in {1..10}; do
	(
		wm stop -q >/dev/null 2>&1
		echo $? >"$work/stop.$i.status"
	) &
	stoppers+=($!)
done
wait "${stoppers[@]}"
check "of ten stops at once each is 0 or 5" test -z \
    "$(cat "$work"/stop.*.status | grep -v '^[05]$')"
check "one at least is 0" grep -q 0 "$work"/stop.*.status

# ---- nobody else may write ----

loose() {
	find "$run_dir" "$log" -perm /022 ! -type l
}
for mode in start "start -d"; do
	rm -rf "$run_dir" "$log"
	# shellcheck disable=SC2086
	if [ "$mode" = start ]; then
		(umask 0; wm_exec start -q) &
		served() { wm status >/dev/null; }
		wait_for "start with umask 0" served
	else
		expect 0 "start -d with umask 0" \
		    bash -c 'umask 0; exec "$@"' - \
		    "$top_builddir/$program" start -d -q \
		    --run-dir "$run_dir" --log "$log"
	fi
	check "$mode: nothing is writable by others" test -z "$(loose)"
	check "$mode: the directory is the owner's" \
	    test "$(stat -c %a "$run_dir")" = 700
	check "$mode: so is the socket" \
	    test "$(stat -c %a "$run_dir/managed.sock")" = 600
	mv "$log" "$log.old"
	if [ "$mode" = "start -d" ]; then
		kill -HUP "$(json pid)"
		wait_for "the log is reopened" test -s "$log"
	else
		mv "$log.old" "$log"
	fi
	expect 0 "$mode: reload" wm reload -q
	check "$mode: nor after a reload" test -z "$(loose)"
	expect 0 "$mode: stop" wm stop -q
done

# ---- a directory that cannot be written to ----

# With a mount where that is possible, which stops root, too.
read_only() {
	unshare -m sh -c 'mount --bind "$0" "$0" &&
	    mount -o remount,bind,ro "$0" && exec "$@"' "$run_dir" "$@"
}
if read_only true 2>/dev/null; then
	for mode in start "start -d"; do
		# shellcheck disable=SC2086
		expect 3 "$mode on a read-only file system is 3" \
		    read_only "$top_builddir/$program" $mode \
		    --run-dir "$run_dir" --log "$log"
		says "it says so" \
		    "$run_dir/managed.pid: Read-only file system"
		expect 3 "$mode where it would have to be made is 3" \
		    read_only "$top_builddir/$program" $mode \
		    --run-dir "$run_dir/new" --log "$log"
		says "it says so" "cannot make run directory $run_dir/new: \
Read-only file system"
	done
	expect 3 "a log there is 3" read_only "$top_builddir/$program" \
	    start -d --run-dir "$work/other" --log "$run_dir/log"
	says "it says so" "log file $run_dir/log: Read-only file system"
	check "nothing is left of it" test -z "$(ls "$work/other")"
	expect 0 "start" wm start -d -q
	expect 0 "status through a read-only mount" read_only \
	    "$top_builddir/$program" status --run-dir "$run_dir"
	expect 0 "stop, too" read_only "$top_builddir/$program" stop -q \
	    --run-dir "$run_dir"
else
	skip "a read-only file system" "no mount namespaces"
fi

# And by its mode, for somebody who is not root.
if [ "$(id -u)" -ne 0 ]; then
	as_other() { "$@"; }
	owner=$(id -un)
elif command -v setpriv >/dev/null; then
	as_other() {
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	}
	owner=nobody
fi
if [ -n "${owner-}" ]; then
	chmod 711 "$work"
	mkdir -m 700 "$work/theirs" "$work/theirs/run"
	chown -R "$owner" "$work/theirs"
	cp "$top_builddir/$program" "$work/program"
	theirs() {
		as_other "$work/program" "$@" --run-dir "$work/theirs/run" \
		    --log "$work/theirs/log"
	}
	chmod 500 "$work/theirs/run"
	for mode in start "start -d"; do
		# shellcheck disable=SC2086
		expect 3 "$mode in a directory of mode 500 is 3" theirs $mode
		says "it says so" \
		    "$work/theirs/run/managed.pid: Permission denied"
	done
	chmod 700 "$work/theirs/run"
	expect 0 "of mode 700 it starts" theirs start -d -q
	chmod 500 "$work/theirs/run"
	expect 0 "status when it cannot be written to any more" theirs status
	expect 0 "reload" theirs reload -q
	expect 4 "start" theirs start -d
	expect 0 "stop" theirs stop -q
	check "what could not be removed is left" \
	    test -s "$work/theirs/run/managed.pid"
	expect 5 "but nothing runs" theirs status
	chmod 700 "$work/theirs/run"
	expect 0 "and it starts again" theirs start -d -q
	if [ "$(id -u)" -eq 0 ]; then
		expect 0 "root may look at it" "$work/program" status \
		    --run-dir "$work/theirs/run"
		expect 3 "but not take its directory" "$work/program" start \
		    -d --run-dir "$work/theirs/run" --log "$work/log2"
		says "it says so" "belongs to another user"
		mkdir -m 755 "$work/roots"
		expect 3 "nor can they take root's" as_other "$work/program" \
		    start -d --run-dir "$work/roots" --log "$work/theirs/l2"
		says "it says so" "belongs to another user"
	fi
	expect 0 "stop" theirs stop -q
fi

finish
