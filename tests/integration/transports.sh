# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Every transport with the clients that people have.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use apps/echo/echo
ports=(--listen text=text://127.0.0.1:0 --listen frame=frame://127.0.0.1:0
    --listen http=http://127.0.0.1:0
    --listen websocket=websocket://127.0.0.1:0)
udp=text+udp://127.0.0.1:0

for client in nc socat curl; do
	if ! command -v $client >/dev/null; then
		skip "all" "$client is not installed"
		finish
	fi
done

# says_back WANT COMMAND...: what it prints
says_back() {
	local want=$1
	shift
	[ "$("$@")" = "$want" ]
}

# Sends a datagram and prints the first answer.
nc_udp() {
	printf '%s' "$3" | nc -u -w "$patience" "$1" "$2" | head -n 1
}

socat_udp() {
	printf '%s' "$2" | socat -t "$patience" - "$1" | head -n 1
}

# ---- UDP ----

expect 0 "start" wm start -d -q "${ports[@]}" --listen udp=$udp --count udp=2
check "a datagram of nc -u" says_back hello nc_udp 127.0.0.1 "$(port udp)" hello
check "one of socat" says_back hello \
    socat_udp "udp4:127.0.0.1:$(port udp)" hello
expect 3 "a port in use is refused" "$top_builddir/$program" start -d \
    --run-dir "$work/other" --log "$work/other.log" "${ports[@]}" \
    --listen "udp=udp://127.0.0.1:$(port udp)"
check "it names the address" one_line "$err" \
    "raw+udp://127.0.0.1:$(port udp)"
expect 1 "check says so, too" "$top_builddir/$program" check \
    --run-dir "$work/other" --log "$work/other.log" "${ports[@]}" \
    --listen "udp=udp://127.0.0.1:$(port udp)"
check "with the command that shows whose it is" \
    grep -q -- "ss -lunp 'sport = :$(port udp)'" "$work/out"
expect 0 "TCP and UDP may have one port" wm check "${ports[@]}" \
    --listen "udp=udp://127.0.0.1:$(port text)"
expect 0 "stop" wm stop -q
for bad in frame=http+udp://*:1 udp=websocket+udp://*:1; do
	expect 3 "$bad is refused" wm start -d "${ports[@]}" --listen "$bad"
	says "which protocol it is" "is not one for datagrams"
done

if [ -e /proc/net/if_inet6 ] &&
    grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6; then
	expect 0 "start over IPv6" wm start -d -q "${ports[@]}" \
	    --listen 'udp=text+udp://[::]:0'
	check "a datagram over IPv6" says_back hello \
	    socat_udp "udp6:[::1]:$(port udp)" hello
	expect 0 "stop" wm stop -q
fi

finish
