# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# echo over every event loop that the system has.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use apps/echo/echo
ports=(--listen text=text://127.0.0.1:0 --listen frame=frame://127.0.0.1:0
    --listen http=http://127.0.0.1:0
    --listen websocket=websocket://127.0.0.1:0 --listen udp=udp://127.0.0.1:0)

frames() {
	exec 7<>"/dev/tcp/127.0.0.1/$1"
	printf '\0\0\0\011hello' >&7
	[ "$(head -c 9 <&7 | od -An -c | tr -d ' \n')" = '\0\0\0\thello' ]
	local status=$?
	exec 7>&-
	return $status
}

http() {
	exec 7<>"/dev/tcp/127.0.0.1/$1"
	printf 'GET /plaintext HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    >&7
	grep -q 'Hello, World!' <&7
	local status=$?
	exec 7>&-
	return $status
}

for loop in epoll poll select; do
	expect 0 "start over $loop" wm start -d -q --event-loop $loop \
	    "${ports[@]}" --count text=2
	check "the master uses $loop" test "$(json event_loop)" = $loop
	check "text over $loop" answers "$(port text)" hello
	check "frame over $loop" frames "$(port frame)"
	check "http over $loop" http "$(port http)"
	old=$(json pid text 0)
	kill -KILL "$old"
	again() { [ "$(json pid text 0)" != "$old" ] &&
	    [ "$(json state text 0)" = idle ]; }
	wait_for "a worker is replaced over $loop" again
	check "text again over $loop" answers "$(port text)" hello
	expect 0 "stop over $loop" wm stop -q
done

# All that the real clients ask of echo, on the loops that are no default. A
# missing client (77) is skipped where these tests run by themselves.
clients() {
	local status=0
	WM_EVENT_LOOP=$1 "${NODE:-node}" \
	    "$top_srcdir/tests/integration/echo_$2.mjs" || status=$?
	[ $status -eq 0 ] || [ $status -eq 77 ]
}

for loop in poll select; do
	for kind in stream http websocket; do
		check "echo_$kind over $loop" clients $loop $kind
	done
done

finish
