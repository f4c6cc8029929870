# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# kill -9 of workers and of the master while clients ask: what fails is no
# more than what the killed process held.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed
. "${top_srcdir:-.}/tests/integration/clients.sh"
ulimit -c 0

replaced() {
	local now
	now=$(json pid http "$1")
	[ -n "$now" ] && [ "$now" != 0 ] && [ "$now" != "$2" ] &&
	    [ "$(json state http "$1")" = idle ]
}

# ---- each worker ----

expect 0 "start" wm start -d -q --count http=3
url=http://127.0.0.1:$(port http)/
clients 3 "$url"
kills=0
for slot in 0 1 2 0 1 2; do
	old=$(json pid http $slot)
	kill -KILL "$old"
	kills=$((kills + 1))
	wait_for "kill $kills, of http/$slot, is mended" replaced $slot "$old"
done
enough
echo "# $good answered, $bad failed, $kills kills"
# Each of three clients has one request at most with whoever is killed.
check "failures are bounded by what was held" test "$bad" -le $((kills * 3))
check "others were answered" test "$good" -gt 50
check "all three serve again" test \
    "$(json state http 0) $(json state http 1) $(json state http 2)" = \
    "idle idle idle"
check "each obituary counts the connections that were lost" test "$(grep -c \
    'worker http/[0-2] .* was killed by SIGKILL .* after .* with [0-9]* connections' \
    "$log")" -eq $kills

# What one process holds is lost with it, and nothing else.
held=()
for i in 1 2 3 4 5 6 7 8 9; do
	curl -sS --max-time 20 "${url}later/1500" >"$work/held.$i" 2>&1 &
	held+=($!)
done
: >"$log"
holds() {
	local slot sum=0
	for slot in 0 1 2; do
		sum=$((sum + $(json connections http $slot)))
	done
	[ $sum -eq "$1" ]
}
wait_for "nine requests are held" holds 9
lost=$(json connections http 1)
old=$(json pid http 1)
kill -KILL "$old"
wait "${held[@]}"
good=$(cat "$work"/held.* | grep -c '^[0-9]*$')
echo "# the killed one held $lost of 9"
check "all but those of the killed process are answered" \
    test "$good" -eq $((9 - lost))
check "the obituary has their number" grep -q \
    "worker http/1 (pid $old, .* with $lost connections" "$log"
wait_for "it is mended" replaced 1 "$old"

# ---- told to leave ----

# By SIGTERM, while it holds a request: it serves until another one does.
curl -sS --max-time 20 "${url}later/2000" >"$work/held.1" 2>&1 &
holder=$!
one_held() {
	for slot in 0 1 2; do
		[ "$(json connections http $slot)" != 1 ] || return 0
	done
	return 1
}
wait_for "a worker holds a request" one_held
old=$(json pid http $slot)
clients 2 "$url"
before=$(ms)
kill -TERM "$old"
wait_for "one that is told to leave is replaced" replaced $slot "$old"
took=$(($(ms) - before))
echo "# after $took ms"
check "while it still answers" kill -0 "$old"
wait $holder
check "what it held" test "$(cat "$work/held.1")" = "$old"
enough
echo "# $good answered, $bad failed"
check "nobody else has noticed" test "$bad" -eq 0
check "the log says why" grep -q \
    "worker http/$slot (pid $old) is to be replaced: by SIGTERM" "$log"
check "it has not crashed" test -z \
    "$(grep "worker http/$slot (pid $old, .*next start" "$log")"

# ---- the master ----

# Its workers answer what they hold and are gone; whoever comes later is
# served by the next start on the same port.
master=$(json pid)
pids=$(wm status --json | grep '"listen"' | grep -o '"pid": [0-9]*' |
    cut -d' ' -f2)
held=()
for i in 1 2 3 4 5 6; do
	curl -sS --max-time 20 "${url}later/1000" >"$work/held.$i" 2>&1 &
	held+=($!)
done
rm -f "$work"/held.[789]
wait_for "six requests are held" holds 6
clients 2 "$url"
kill -KILL "$master"
listen=http=${url%/}
before=$(ms)
expect 0 "the next start works at once" wm start -d -q --listen "$listen" \
    --count http=3
echo "# start took $(($(ms) - before)) ms"
check "and is another master" test "$(json pid)" != "$master"
serves() { curl -sS --max-time 5 "$url" | grep -qxF "$(json pid http 0)"; }
wait_for "it serves" serves
enough
wait "${held[@]}"
echo "# meanwhile $good answered, $bad refused"
check "what the orphans held is answered" test \
    "$(cat "$work"/held.* | grep -c '^[0-9]*$')" -eq 6
for pid in $pids; do
	gone "$pid" || wait_for "orphan $pid is gone" gone "$pid"
done
none_left() {
	for pid in $pids; do
		gone "$pid" || return 1
	done
}
check "all orphans are gone" none_left
expect 0 "stop" wm stop -q

# Repeatedly, and at once: no start is hindered by what is left.
for i in 1 2 3 4 5; do
	expect 0 "start $i after a killed master" wm start -d -q \
	    --listen "$listen"
	kill -KILL "$(json pid)"
done
expect 0 "start after the last" wm start -d -q --listen "$listen"
expect 0 "stop" wm stop -q

# ---- in the middle of a start ----

for i in 1 2 3 4 5; do
	wm_exec start -q --count line=8 2>/dev/null &
	job=$!
	until [ -s "$run_dir/managed.pid" ]; do :; done
	disown $job
	kill -KILL $job
done
expect 0 "a master killed while it starts leaves nothing in the way" \
    wm start -d -q
expect 0 "stop" wm stop -q

finish
