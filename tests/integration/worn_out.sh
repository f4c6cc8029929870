# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# max_requests and max_memory: workers are replaced without a client noticing,
# one of a row at a time.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed
. "${top_srcdir:-.}/tests/integration/clients.sh"

# Pids of the processes of row $1.
pids() {
	wm status --json | grep -o "{[^{}]*\"listen\": [^{}]*\"worker\": \"$1\", \"slot\"[^}]*}" |
	    grep -o '"pid": [0-9]*' | cut -d' ' -f2
}

# ---- max_requests, overlapping ----

expect 0 "start" wm start -d -q --count http=3 --max-requests 50
url=http://127.0.0.1:$(port http)/
before=$(pids http | sort)
clients 3 "$url"
all_new() {
	local now
	now=$(pids http)
	for pid in $before; do
		case $now in *"$pid"*) return 1 ;; esac
	done
}
wait_for "after so many requests all processes are others" all_new
enough
echo "# $good requests of $(sort -u "$work/told" | wc -l) processes"
check "no request has failed" test "$bad" -eq 0
check "the log says why" grep -q \
    "worker http/[0-2] (pid [0-9]*) is to be replaced: [0-9]* requests" "$log"
check "nobody has died" test -z "$(grep 'next start in' "$log")"
check "there are as many as before" test "$(json state http 2)" = idle
check "none is counted as a restart after a crash" \
    test "$(json restarts http 0)" = 0
check "another row was left alone" test -z "$(grep 'worker line/.*to be rep' \
    "$log")"
expect 0 "stop" wm stop -q

# ---- all at once: one after the other ----

# Each of three processes holds a request while it is worn out: it can leave
# only when that is answered. So nobody else of the row may begin to.
probe() {
	waited=0
	for i in {1..12}; do
		curl -sS --max-time 1.5 "$url" >/dev/null 2>&1 ||
		    waited=$((waited + 1))
	done
}
together() {
	local label=$1 ms=2500 i n most waited held=()
	shift
	: >"$log"
	expect 0 "$label: start" wm start -d -q --count http=3 \
	    --max-requests 5 "$@"
	url=http://127.0.0.1:$(port http)/
	before=$(pids http | sort)
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		curl -sS --max-time 20 "${url}later/$ms" >"$work/held.$i" 2>&1 &
		held+=($!)
	done
	clients 2 "$url"
	# looked at until all have been replaced
	most=0
	waited=
	end=$((SECONDS + patience))
	while [ $SECONDS -lt $end ]; do
		n=$(wm status --json | grep '"worker": "http", "slot"' |
		    grep -c '"state": "draining"')
		[ "$n" -le "$most" ] || most=$n
		[ "$n" -eq 0 ] || [ -n "$waited" ] || probe
		all_new && break
	done
	check "$label: all three were replaced" all_new
	enough
	wait "${held[@]}"
	check "$label: two were never leaving at once ($most)" test "$most" -le 1
	check "$label: one has been" test "$most" -eq 1
	check "$label: its queue was served meanwhile" test "$waited" = 0
	check "$label: what was held is answered" test \
	    "$(cat "$work"/held.* | grep -c '^[0-9]*$')" -eq 12
	check "$label: no request has failed" \
	    test "$bad" -eq 0
	expect 0 "$label: stop" wm stop -q
}
together overlapping
together exclusive --exclusive

# ---- one alone, exclusively: clients wait in the queue ----

expect 0 "start" wm start -d -q --count http=1 --max-requests 20 --exclusive
url=http://127.0.0.1:$(port http)/
before=$(pids http)
clients 2 "$url"
wait_for "a single exclusive one is replaced" all_new
enough
check "no request has failed" test "$bad" -eq 0
check "its successor begins when it has stopped" test -z "$(awk '
    /http\/0: has stopped|http\/0.*has stopped/ { live-- }
    /http\/0.*begins/ { if (++live > 1) print "two" }' "$log")"
expect 0 "stop" wm stop -q

# ---- a connection that has just come ----

# Accepted, and its request is on the way when its process is worn out: it is
# no idle one.
: >"$log"
expect 0 "start" wm start -d -q --count http=1 --max-requests 5
url=http://127.0.0.1:$(port http)/
before=$(pids http)
address=/dev/tcp/127.0.0.1/$(port http)
for i in 1 2 3 4; do
	curl -sS "$url" >/dev/null
done
fresh=()
until [ ${#fresh[@]} -gt 1 ] && grep -q "is to be replaced" "$log"; do
	exec {fd}<>"$address"
	fresh+=("$fd")
	# the fifth, when one is there
	[ ${#fresh[@]} -ne 2 ] || curl -sS "$url" >/dev/null
	if [ ${#fresh[@]} -gt 5 ]; then
		exec {fresh[0]}>&-
		fresh=("${fresh[@]:1}")
	fi
	sleep 0.02
done
follows() { [ "$(json pid http 0)" != "$before" ]; }
wait_for "a process is replaced" follows
bad=0
for fd in "${fresh[@]}"; do
	(printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    >&"$fd")
	grep -q '^HTTP/1.1 200' <&"$fd" || bad=$((bad + 1))
	exec {fd}>&-
done 2>/dev/null
echo "# $bad of ${#fresh[@]} young connections"
check "the youngest connections are still served" \
    test $bad -eq 0 -a ${#fresh[@]} -gt 0
expect 0 "stop" wm stop -q

# ---- max_memory ----

expect 0 "start" wm start -d -q --count line=2 --max-memory 96
line=$(port line)
before=$(pids line)
check "a worker eats more than it may" ask "$line" "eat 128"
one_new() {
	[ "$(pids line | sort)" != "$(echo "$before" | sort)" ] &&
	    [ "$(json state line 0)$(json state line 1)" = idleidle ]
}
wait_for "it is replaced" one_new
check "the log says why" grep -q \
    "worker line/[01] (pid [0-9]*) is to be replaced: [0-9]* bytes of memory" \
    "$log"
kept=0
for pid in $before; do
	case $(pids line) in *"$pid"*) kept=$((kept + 1)) ;; esac
done
check "only it" test $kept -eq 1
expect 0 "stop" wm stop -q

finish
