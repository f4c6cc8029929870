# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the integration tests share. A test sources this, names its program,
# runs, and ends with `finish`. Every process started here carries a mark in
# its environment, by which what is left behind is found.
#
#	use apps/echo/echo         the program
#	wm start -d ...            it, with the run directory and log
#	expect STATUS TEXT CMD...  runs CMD; its status must be STATUS; then
#	                           $out and $err hold what it printed
#	check TEXT CMD...          CMD must succeed
#	wait_for TEXT CMD...       CMD must succeed within $patience seconds
set -u
: "${top_srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir}"

work=$(mktemp -d "${TMPDIR:-/tmp}/wm-test.XXXXXX") || exit 99
run_dir=$work/run
log=$work/log
patience=20
out=
err=
tests=0
failures=0
export WM_LIB_MARK=$work

# ---- the program ----

use() {
	program=$1
	if [ ! -x "$top_builddir/$program" ]; then
		echo "Bail out! $program is not built"
		exit 99
	fi
}

wm() {
	"$top_builddir/$program" "$@" --run-dir "$run_dir" --log "$log"
}

# The same in place of this shell: with &, $! is then the program itself.
wm_exec() {
	exec "$top_builddir/$program" "$@" --run-dir "$run_dir" --log "$log"
}

# The master's or a process's value: json KEY [WORKER SLOT]
json() {
	local part
	if [ $# -eq 1 ]; then
		part='"master": {[^}]*}'
	else
		part="{[^{}]*\"worker\": \"$2\", \"slot\": $3,[^}]*}"
	fi
	wm status --json 2>/dev/null | grep -o -- "$part" | head -n 1 |
	    grep -o "\"$1\": [^,}]*" | sed 's/^[^:]*: //; s/^"//; s/"$//'
}

port() {
	wm status --json | grep -o "\"worker\": \"$1\", \"index\": ${2:-0},.*" |
	    head -n 1 | sed 's/.*:\([0-9]*\)".*/\1/'
}

# Sends a line to a port and prints the answer.
ask() {
	local answer
	exec 9<>"/dev/tcp/127.0.0.1/$1" || return 1
	printf '%s\n' "$2" >&9
	IFS= read -r -t "$patience" answer <&9
	local status=$?
	exec 9>&-
	printf '%s\n' "$answer"
	return $status
} 2>/dev/null

answers() {
	[ "$(ask "$1" "$2")" = "${3-$2}" ]
}

# Sends a line that gets no answer.
tell() {
	printf '%s\n' "$2" >"/dev/tcp/127.0.0.1/$1"
}

# A process that nobody waited for yet is gone, too.
gone() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	'' | Z*) return 0 ;;
	esac
	return 1
}

# Pids that carry the mark, but this shell and its own helpers.
marked() {
	grep -lsz "^WM_LIB_MARK=$work\$" /proc/[0-9]*/environ 2>/dev/null |
	    cut -d/ -f3 | while read -r pid; do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		bash | grep | cut | sh | sleep | '') ;;
		*) echo "$pid" ;;
		esac
	done
}

none_marked() {
	[ -z "$(marked)" ]
}

# ---- results ----

result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2"
		shift 2
		printf '%s\n' "$@" | sed 's/^/# /'
	fi
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

check() {
	local text=$1
	shift
	"$@" >"$work/check" 2>&1
	result $? "$text" "failed: $*" "$(cat "$work/check")"
}

wait_for() {
	local text=$1 end=$((SECONDS + patience))
	shift
	until "$@" >"$work/check" 2>&1; do
		if [ $SECONDS -ge $end ]; then
			result 1 "$text" "in vain: $*" "$(cat "$work/check")"
			return 1
		fi
		sleep 0.02
	done
	result 0 "$text"
}

expect() {
	local want=$1 text=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
	[ "$got" -eq "$want" ]
	result $? "$text" "status $got, not $want: $*" "out: $out" "err: $err"
}

# Exactly one line, which has the words; but for the lines of progress that
# come when something takes longer than a second.
one_line() {
	local text
	text=$(printf '%s\n' "$1" |
	    grep -vE '^(asking the program|workers ready [0-9]|draining [0-9])')
	[ "$(printf '%s\n' "$text" | wc -l)" -eq 1 ] &&
	    printf '%s\n' "$text" | grep -qF -- "$2"
}

says() {
	check "$1: $2" one_line "$err" "$2"
}

in_log() {
	grep -qF -- "$1" "$log"
}

ms() {
	echo $(($(date +%s%N) / 1000000))
}

finish() {
	wm stop -q -t 5 >/dev/null 2>&1
	wait_for "nothing is left behind" none_marked
	trap - EXIT
	clean
	echo "1..$tests"
	[ $failures -eq 0 ]
	exit
}

clean() {
	local pid
	for pid in $(marked); do
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$work"
}

trap clean EXIT
trap 'exit 99' HUP INT TERM
