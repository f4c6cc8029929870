# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# What the master tells workers that ask for it: deaths, reloads, the stop.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed
ulimit -c 0

# The line comes once from each of the two that watch.
told() {
	[ "$(grep -c "watch/0.* event $1" "$log")" -eq "${2:-1}" ] &&
	    [ "$(grep -c "watch/1.* event $1" "$log")" -eq "${2:-1}" ]
}

expect 0 "start" wm start -d -q --count line=2
check "nothing has happened yet" test -z "$(grep ' event ' "$log")"

# ---- deaths ----

old=$(json pid line 1)
kill -KILL "$old"
wait_for "a killed worker is told of: row, slot, pid, status, words" told \
    "WORKER_EXIT \[line\] 1 $old 9 g1: worker line/1 (pid $old) was killed by SIGKILL"
again() {
	[ "$(json state "$1" "$2")" = idle ] &&
	    [ "$(json pid "$1" "$2")" != "$old" ]
}
wait_for "it is replaced" again line 1

old=$(json pid task 0)
kill -TERM "$old"
wait_for "one that was told to leave: status 0" told \
    "WORKER_EXIT \[task\] 0 $old 0 g1: worker task/0 (pid $old) exited with status 0"
wait_for "it is replaced" again task 0

old="$(json pid line 0) $(json pid line 1)"
printf 'crash\n' >"/dev/tcp/127.0.0.1/$(port line)"
crashed() {
	grep 'watch/0.* event WORKER_EXIT \[line\] [01] [0-9]* [0-9]* g1: ' \
	    "$log" | grep -q 'SIGABRT\|exited with status [1-9]'
}
wait_for "one that crashed, in words" crashed
mended() {
	[ "$(json pid line 0) $(json pid line 1)" != "$old" ] &&
	    [ "$(json state line 0)$(json state line 1)" = idleidle ]
}
wait_for "it is replaced" mended

old=$(json pid watch 0)
kill -KILL "$old"
of_its_like() { grep -q "watch/1.* event WORKER_EXIT \[watch\] 0 $old 9 " "$log"; }
wait_for "of its like, too" of_its_like
check "not by the dead one" test -z \
    "$(grep "watch/0.* event WORKER_EXIT \[watch\]" "$log")"
wait_for "it is replaced" again watch 0

# ---- reloads ----

: >"$log"
expect 0 "reload" wm reload -q
# The old ones hear that it begins; the end is for whoever serves then.
began() { grep -q "watch/$1.* event RELOAD_BEGIN \[\] 0 0 0 g1: /" "$log"; }
wait_for "its beginning is told, with the program's path" began 0
wait_for "to both" began 1
ended() {
	grep "watch/$1.* event RELOAD_END \[\] 0 0 0 g2: " "$log" |
	    grep -q "generation 2 serves"
}
wait_for "its end, with status 0 and the new generation" ended 0
wait_for "to both" ended 1
gone_told() { grep -q 'event WORKER_EXIT \[line\] 0 [0-9]* 0 g1' "$log"; }
wait_for "the old ones' ends are told as those of generation 1" gone_told

# A program that is none any more.
cp "$top_builddir/$program" "$work/copy"
expect 0 "stop" wm stop -q
wm() {
	"$work/copy" "$@" --run-dir "$run_dir" --log "$log"
}
: >"$log"
expect 0 "a copy starts" wm start -d -q
cp "$work/copy" "$work/good"
echo "not a program" >"$work/bad"
chmod 755 "$work/bad"
mv "$work/bad" "$work/copy"
kill -USR1 "$(cat "$run_dir/managed.pid")"
refused() { grep -q "watch/$1.* event RELOAD_END \[\] 0 0 [1-9][0-9]* g1: " "$log"; }
wait_for "the end of a refused reload has another status" refused 0
wait_for "to both" refused 1
check "and the reason" grep -q \
    'event RELOAD_END .* g1: .*\(program\|Exec format\)' "$log"
mv "$work/good" "$work/copy"

# ---- the stop ----

expect 0 "stop" wm stop -q
check "the stop is told before it happens" told 'STOP \[\] 0 0 0 g1: fast'
check "only watchers are told of anything" test -z \
    "$(grep ' event ' "$log" | grep -v ' watch/[01]')"

finish
