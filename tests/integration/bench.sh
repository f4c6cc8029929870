# SPDX-License-Identifier: MIT
# The programs of `make bench` work: each workload, some hundred messages,
# every byte checked, against bench/server and both floors; wrong bytes are
# noticed; docs/PERFORMANCE.md says what bench/results has. Nothing is timed.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
export top_srcdir top_builddir

command -v python3 >/dev/null || {
	echo '1..0 # SKIP python3 is not installed'
	exit 0
}
exec python3 "$top_srcdir/bench/run" smoke
