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
	printf '%s' "$3" | nc -u -W 1 -w "$patience" "$1" "$2"
}

socat_udp() {
	local answer
	exec 7< <(exec socat -t "$patience" - "$1" <<<"$2")
	IFS= read -r -t "$patience" answer <&7
	kill $!
	exec 7<&-
	printf '%s\n' "$answer"
}

# ---- TCP over IPv4, IPv6 and both; unix sockets ----

over_socat() {
	printf '%s\n' "$2" | socat -t "$patience" - "$1" | head -n 1
}

over_nc_unix() {
	printf '%s\n' "$2" | nc -N -U "$1"
}

has_ipv6() {
	grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6
} 2>/dev/null

expect 0 "start" wm start -d -q "${ports[@]}" --listen udp=$udp \
    --listen "http=http+unix://$work/http.sock" \
    --listen "frame=text+unix://@$work/abstract"
check "nc -U to the socket in the run directory" \
    says_back hello over_nc_unix "$run_dir/text.sock" hello
check "socat to it" \
    says_back hello over_socat "unix-connect:$run_dir/text.sock" hello
check "curl --unix-socket" says_back 'Hello, World!' \
    curl -sS --unix-socket "$work/http.sock" http://localhost/plaintext
check "an abstract name" says_back hello \
    over_socat "abstract-connect:$work/abstract" hello
check "has no file" test -z "$(find "$work" -name 'abstract*')"
expect 3 "an abstract name in use is refused" "$top_builddir/$program" \
    start -d --run-dir "$work/other" --log "$work/other.log" "${ports[@]}" \
    --listen udp=$udp --listen "frame=text+unix://@$work/abstract"
check "it is named" one_line "$err" "text+unix://@$work/abstract"
expect 3 "and a path in use" "$top_builddir/$program" start -d \
    --run-dir "$work/other" --log "$work/other.log" "${ports[@]}" \
    --listen udp=$udp --listen "http=http+unix://$work/http.sock"
check "it is named" one_line "$err" "http+unix://$work/http.sock"
expect 0 "stop" wm stop -q
check "the files are gone" test ! -e "$run_dir/text.sock" \
    -a ! -e "$work/http.sock"

if has_ipv6; then
	expect 0 "start on [*] and [::]" wm start -d -q "${ports[@]}" \
	    --listen 'text=text://[*]:0' --listen 'frame=text://[::]:0' \
	    --listen 'udp=text+udp://[*]:0'
	check "[*] over IPv4" says_back hello \
	    over_socat "tcp4:127.0.0.1:$(port text)" hello
	check "[*] over IPv6" says_back hello \
	    over_socat "tcp6:[::1]:$(port text)" hello
	check "[::] over IPv6" says_back hello \
	    over_socat "tcp6:[::1]:$(port frame)" hello
	expect 1 "[::] is not there over IPv4" \
	    socat - "tcp4:127.0.0.1:$(port frame)"
	check "datagrams over IPv4" says_back hello \
	    socat_udp "udp4:127.0.0.1:$(port udp)" hello
	check "and over IPv6" says_back hello \
	    socat_udp "udp6:[::1]:$(port udp)" hello
	exec 8<>"/dev/tcp/127.0.0.1/$(port text)"
	shown() {
		wm connections worker=text address=127.0.0.1 |
		    grep -q ' 127\.0\.0\.1:[0-9]* .* 127\.0\.0\.1:[0-9]*'
	}
	wait_for "an IPv4 client of [*] is shown as such" shown
	exec 8<&-
	expect 0 "stop" wm stop -q
fi

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

if has_ipv6; then
	expect 0 "start over IPv6" wm start -d -q "${ports[@]}" \
	    --listen 'udp=text+udp://[::]:0'
	check "a datagram over IPv6" says_back hello \
	    socat_udp "udp6:[::1]:$(port udp)" hello
	expect 0 "stop" wm stop -q
fi

finish
