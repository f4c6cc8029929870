# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Sixty-four workers in a row, and several rows.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed

took() {
	echo "# $1 took $(($(ms) - before)) ms"
}
processes() {
	wm status --json | grep -o '{[^{}]*"listen": [^{}]*"worker": "line", "slot"[^}]*}'
}
# All idle, of generation $1.
idle() {
	[ "$(processes | grep '"state": "idle"' |
	    grep -c "\"generation\": $1[,}]")" -eq 64 ]
}
line_pids() {
	processes | grep -o '"pid": [0-9]*' | cut -d' ' -f2 | sort
}

before=$(ms)
expect 0 "start -d of 64 workers" wm start -d -q --count line=64
took "start -d"
check "all are idle when it returns" idle 1
check "each is another process" test "$(line_pids | uniq | wc -l)" -eq 64
line=$(port line)
for i in {1..64}; do
	ask "$line" pid
done >"$work/pids"
check "many of them serve" test "$(sort -u "$work/pids" | wc -l)" -gt 16
before=$(ms)
expect 0 "status" wm status
took "status"
check "has a row for each" test "$(printf '%s\n' "$out" |
    grep -c ' line/[0-9]')" -eq 64

# ---- eight of them are killed ----

old=$(line_pids)
for slot in 0 7 13 22 31 40 55 63; do
	kill -KILL "$(json pid line $slot)"
done
mended() {
	idle 1 && [ "$(line_pids | uniq | wc -l)" -eq 64 ] &&
	    [ "$(comm -12 <(echo "$old") <(line_pids) | wc -l)" -eq 56 ]
}
wait_for "eight are replaced, the others stay" mended

# ---- reload under load ----

load() {
	while [ ! -e "$work/enough" ]; do
		ask "$line" pid || echo failed
	done >"$work/load"
}
load &
loader=$!
old=$(line_pids)
before=$(ms)
expect 0 "reload" wm reload -q
took "reload"
check "all are idle in the new generation" idle 2
gone_all() {
	[ -z "$(comm -12 <(echo "$old") <(line_pids))" ]
}
wait_for "all old ones leave" gone_all
expect 0 "reload again" wm reload -q
check "all are idle in the third" idle 3
: >"$work/enough"
wait $loader
echo "# $(wc -l <"$work/load") requests meanwhile"
check "no request has failed" test -z "$(grep -v '^[0-9]*$' "$work/load")"

# ---- the end ----

pids=$(line_pids)
before=$(ms)
expect 0 "stop" wm stop -q
took "stop"
left() {
	for pid in $pids; do
		gone "$pid" || echo "$pid"
	done
}
check "nobody is left" test -z "$(left)"
check "nobody had to be killed" test -z "$(grep 'in time: killed' "$log")"
check "the log has no other error" test -z "$(grep -i ' error' "$log")"

# ---- with too few descriptors ----

expect 3 "too few descriptors for so many are 3" bash -c \
    'ulimit -n 100; exec "$@"' - "$top_builddir/$program" start -d \
    --count line=64 --run-dir "$run_dir" --log "$log"
says "with the reason" "Too many open files"
wait_for "nothing is left of it" none_marked

finish
