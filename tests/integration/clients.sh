# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Clients that ask without a pause while something happens to the server. For
# tests that have sourced lib.sh.
if ! command -v curl >/dev/null; then
	skip "all" "curl is not installed"
	finish
fi

# clients N URL: so many begin, each with a new connection per request.
clients() {
	local n=$1 url=$2 k
	rm -f "$work/enough" "$work"/told*
	loaders=()
	for ((k = 0; k < n; k++)); do
		while [ ! -e "$work/enough" ]; do
			curl -sS --max-time 20 "$url" 2>&1 || echo failed
		done >"$work/told.$k" &
		loaders+=($!)
	done
}

# They end. What they were told is in $work/told; $good answers were a number,
# $bad requests failed.
enough() {
	: >"$work/enough"
	wait "${loaders[@]}"
	cat "$work"/told.* >"$work/told"
	good=$(grep -c '^[0-9]*$' "$work/told")
	bad=$(grep -c '^failed$' "$work/told")
}
