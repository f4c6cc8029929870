# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# Descriptors on their way count against the limit of their user, all of his
# processes together: more than fit at once still move.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use bench/reload_server
load=$top_builddir/bench/reload_load

# The limit binds only who has no privileges.
plain() {
	(
		ulimit -n 400
		if [ "$(id -u)" -eq 0 ]; then
			exec setpriv --reuid nobody --regid nogroup \
			    --clear-groups "$@"
		fi
		exec "$@"
	)
}

mkdir "$run_dir"
cp "$top_builddir/$program" "$work/reload_server"
chmod 755 "$work"
[ "$(id -u)" -ne 0 ] || chown nobody "$work" "$run_dir"
wm() {
	plain "$work/reload_server" "$@" --run-dir "$run_dir" --log "$log"
}

expect 0 "start" wm start -d -q --count text=8 --count websocket=1
cat >"$work/reload" <<END
#!/bin/sh
exec "$work/reload_server" reload --run-dir "$run_dir"
END
chmod 755 "$work/reload"
expect 0 "2000 connections of eight workers move, and none is closed" \
    "$load" -n 2000 -r 10000 -s 0 -k 5 text "$(port text)" "$work/reload"
echo "# $out"
check "nothing drained" test -z "$(grep warning "$log")"
expect 0 "stop" wm stop -q

finish
