# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# status -w, on a terminal (status_watch.py) and in a pipe.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled
ulimit -c 0

expect 0 "start" wm start -d -q

# ---- in a pipe ----

blocks() {
	[ "$(grep -c '^master ' "$work/blocks")" -ge 2 ]
}
wm_exec status -w >"$work/blocks" &
watch=$!
wait_for "in a pipe there is one block after another" blocks
kill -TERM $watch
wait $watch
check "without an escape sequence" test -z \
    "$(tr -d '\n -~' <"$work/blocks")"
check "a blank line between them" \
    test "$(grep -c '^$' "$work/blocks")" -ge 3
wm status -w | head -n 1 >"$work/first"
check "it ends when nobody reads any more" grep -q '^troubled 0 ' "$work/first"
expect 2 "-w and --json do not go together" wm status -w --json
expect 2 "--json and --metrics neither" wm status --metrics --json

# ---- on a terminal ----

if command -v python3 >/dev/null; then
	expect 0 "on a terminal" python3 \
	    "$top_srcdir/tests/integration/status_watch.py" \
	    "$top_builddir/$program" --run-dir "$run_dir"
	printf '%s\n' "$out" | sed 's/^\(ok\|not ok\) [0-9]*/# \1/; s/^1\.\./# &/'
else
	skip "on a terminal" "python3 is not installed"
fi

finish
