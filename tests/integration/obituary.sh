# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# What is known of a dead worker: why, where, for whom, with a backtrace; and
# the watchdog, which makes a hung one tell the same.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled
ulimit -S -c 0

# A sanitizer's own handler ends the process its own way, and finds faults
# that are meant.
if [ -n "${SANITIZE_CFLAGS:-}" ]; then
	sanitized=yes
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0:disable_coredump=0
	export ASAN_OPTIONS
else
	sanitized=no
fi

# The log from the last death on.
last_words() {
	sed -n "${since:-1},\$p" "$log"
}

# Remembers where the log ends.
mark() {
	since=$(($(wc -l <"$log") + 1))
}

# Sends lines over one connection, whose id is in $id afterwards.
provoke() {
	mark
	exec 8<>"/dev/tcp/127.0.0.1/$line"
	echo id >&8
	IFS= read -r -t "$patience" id <&8
	printf '%s\n' "$@" >&8
}

# The value of a key in the last row of that kind that the master sends.
row() {
	printf 'workerman/1 status\n' | nc -NU "$run_dir/troubled.sock" |
	    grep "^ROW $1 " | tail -n 1 | grep -o " $2=[^ ]*" |
	    sed 's/^[^=]*=//'
}

said() {
	last_words | grep -qF -- "$1"
}

restarted() {
	last_words | grep -q "is back"
}

# The backtrace has a frame of that function with its place in the program.
traced() {
	last_words | grep -Eq "  #[0-9]+ $1 \(troubled\+0x[0-9a-f]+\)"
}

# If there can be one.
check_traced() {
	if ! grep -q "define HAVE_BACKTRACE" "$top_builddir/config.h"; then
		skip "the backtrace names $1" "no backtrace()"
	elif ! ldd "$top_builddir/$program" | grep -q libelf; then
		skip "the backtrace names $1" "no libelf"
	else
		check "the backtrace names $1" traced "$1"
	fi
}

expect 0 "start" wm start -d -q --backoff-max 10ms --count line=1
line=$(port line)

# ---- a bad access in on_message ----

provoke access
wait_for "a crash is noted" restarted
check "the signal, in words" said "SIGSEGV"
[ $sanitized = yes ] ||
    check "as what killed it" \
	said "was killed by SIGSEGV (invalid memory access)"
[ $sanitized = yes ] ||
    check "why there is no core" \
	said "no core: the limit of its size is too low (ulimit -c)"
check "callback, connection and protocol" \
    said "in on_message of connection $id (text), at address 0x0"
check "age and connections lost" \
    grep -Eq ", after [0-9.]+ s with 1 connections" "$log"
check "and the generation" said "generation 1)"
check_traced trouble_access
check_traced on_message
if said "  #1 "; then
	check "a frame of a library is told by its name" \
	    grep -Eq "  #[0-9]+ lib[a-z_]+[^ ]*\.so[^ ]*\+0x[0-9a-f]+" "$log"
fi

# ---- the register ----

if command -v nc >/dev/null; then
	check "status has the death, and for whom" \
	    test "$(row death worker)/$(row death slot)" = line/0
	check "callback" test "$(row death callback)" = on_message
	check "connection" test "$(row death connection)" = "$id"
	check "protocol" test "$(row death protocol)" = text
	check "connections lost" test "$(row death lost)" = 1
	check "generation" test "$(row death generation)" = 1
	check "and cause" grep -q SIGSEGV <<<"$(row death cause)"
else
	skip "status has the death" "nc is not installed"
fi

# ---- other deaths ----

provoke crash
wait_for "an abort is noted" restarted
check "with its callback" said "in on_message of connection $id (text)"
check "and its signal" said "SIGABRT"
check_traced on_message

provoke overflow
wait_for "a stack overflow is noted" restarted
check "as one" said "in on_message of connection $id (text), stack overflow"
check_traced trouble_overflow

provoke "access in a timer"
wait_for "a crash in a timer is noted" restarted
check "as one in a timer, without a connection" \
    said "in timer, at address 0x0"
check_traced trouble_timer

provoke "access in a thread"
wait_for "a crash in a thread is noted" restarted
check "and not taken for the callback's" \
    said "in a thread of the application, at address 0x0"
check_traced trouble_thread

provoke kill
wait_for "kill -9 is noted" restarted
check "with what ran" said "in on_message of connection $id"
check "it has no core to speak of" \
    grep -q "was killed by SIGKILL (kill -9 or out of memory) in" "$log"

provoke "exit 3"
wait_for "an exit in a callback is noted" restarted
check "with what ran" \
    said "exited with status 3 in on_message of connection $id"
expect 0 "stop" wm stop -q

# ---- other callbacks ----

cd "$work" || exit 99
expect 0 "start" wm start -d -q --backoff-max 10ms --count line=1 \
    --trouble second-crashes
: >"$work/trouble"
mark
kill -KILL "$(json pid line 0)"
wait_for "a crash in on_worker_start is noted" said "in on_worker_start"
rm "$work/trouble"
wait_for "and the worker is back" restarted
expect 0 "stop" wm stop -q

expect 0 "start" wm start -d -q --backoff-max 10ms --count line=1 \
    --trouble close-crashes
line=$(port line)
provoke hello
exec 8>&-
wait_for "a crash in on_close is noted" restarted
check "with its connection" said "in on_close of connection $id (text)"
provoke hello
expect 6 "a crash while it stops is no clean stop" wm stop
says "it says so" "or crashed: see the log"
check "the log tells of it" said "while it stopped"
exec 8>&-

expect 3 "a worker that cannot start says why" \
    wm start -d -q --backoff-max 10ms --count line=1 --trouble start-crashes
says "with the callback" "in on_worker_start before it was ready"
check_traced "on_worker_start[.a-z]*"

# ---- core dumps ----

pattern=$(cat /proc/sys/kernel/core_pattern 2>/dev/null)
if [ $sanitized = yes ]; then
	echo "# no core is dumped under a sanitizer"
elif [ "${pattern#[|/]}" != "$pattern" ] || [ -z "$pattern" ] ||
    ! (ulimit -S -c unlimited) 2>/dev/null; then
	skip "a core is dumped" \
	    "cores go to '$pattern', limit $(ulimit -H -c)"
else
	mkdir "$work/cores"
	cd "$work/cores" || exit 99
	ulimit -S -c unlimited
	expect 0 "start" wm start -d -q --backoff-max 10ms --count line=1
	line=$(port line)
	provoke access
	wait_for "a crash with a core is noted" restarted
	check "as one" said "core dumped"
	check "and there it is" test -n "$(ls "$work/cores")"
	expect 0 "stop" wm stop -q
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$work" "$work/cores"
		cp "$top_builddir/$program" "$work/troubled"
		program_before=$program
		wm() {
			"$work/troubled" "$@" --run-dir "$run_dir" --log "$log"
		}
		expect 0 "start as nobody" wm start -d -q --count line=1 \
		    --user nobody
		line=$(port line)
		provoke access
		wait_for "a crash of another user is noted" restarted
		check "and why it could not dump" said \
		    "no core: its user may not write where cores go"
		expect 0 "stop" wm stop -q
		chmod 777 "$work/cores"
		chmod 711 "$work/troubled"
		expect 0 "start what nobody may not read" \
		    wm start -d -q --count line=1 --user nobody
		line=$(port line)
		provoke access
		wait_for "its crash is noted" restarted
		check "and why it could not dump" said \
		    "no core: the process may not be dumped"
		expect 0 "stop" wm stop -q
		wm() {
			"$top_builddir/$program_before" "$@" \
			    --run-dir "$run_dir" --log "$log"
		}
	else
		skip "a core that may not be written is explained" "needs root"
	fi
	ulimit -S -c 0
	cd "$work" || exit 99
fi

# ---- the watchdog ----

# One that is stopped, and its sibling that hangs: when the one has been
# replaced, the other has been looked at as well.
expect 0 "start" wm start -d -q --backoff-max 10ms --watchdog 1
line=$(port line)
provoke pid
IFS= read -r -t "$patience" hung <&8
slot=0
[ "$(json pid line 0)" = "$hung" ] || slot=1
old=$(json pid line $((1 - slot)))
kill -STOP "$old"
is_stopped() { [ "$(json state line $((1 - slot)))" = stopped ]; }
wait_for "a stopped worker is seen" is_stopped
mark
echo spin >&8
wait_for "a worker that hangs is replaced" restarted
check "because of that" said "did not turn its loop for 1 s (watchdog)"
check "it was told which callback" \
    said "in on_message of connection $id (text)"
check_traced trouble_spin
check "the stopped one was not touched" \
    test "$(json pid line $((1 - slot)))" = "$old"
kill -CONT "$old"
awake() { [ "$(json state line $((1 - slot)))" = idle ]; }
wait_for "and goes on" awake
check "as the same process" test "$(json pid line $((1 - slot)))" = "$old"
check "one death was noted" \
    test "$(last_words | grep -c "did not turn")" -eq 1

provoke "spin on"
wait_for "one that does not die of SIGABRT is replaced, too" restarted
check "likewise" said "did not turn its loop for 1 s (watchdog)"
check "with what ran" said "in on_message of connection $id"
expect 0 "stop" wm stop -q

finish
