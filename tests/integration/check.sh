# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# `check`: every verdict provoked for real, and the command that it gives
# run, to see whether it mends.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use apps/echo/echo
ports=(--listen text=text://127.0.0.1:0 --listen frame=frame://127.0.0.1:0
    --listen http=http://127.0.0.1:0
    --listen websocket=websocket://127.0.0.1:0 --listen udp=udp://127.0.0.1:0)

# A finding: found LEVEL CHECK TEXT
found() {
	printf '%s\n' "$out" | grep -E "^$1 +$2 " | grep -qF -- "$3"
}

# The program's check; later arguments win over these.
wm_check() {
	"$top_builddir/$program" check "${ports[@]}" --run-dir "$run_dir" \
	    --log "$log" "$@"
}

# finds STATUS LEVEL CHECK TEXT [ARGUMENT]... : what check says of them
finds() {
	local status=$1 level=$2 name=$3 text=$4
	shift 4
	expect "$status" "check is $status: $level $name" wm_check "$@"
	check "it says $level: $text" found "$level" "$name" "$text"
}

# The command below the first finding of a check that is not ok.
mend() {
	printf '%s\n' "$out" | grep -EA1 "^(warn|missing) +$1 " |
	    sed -n 's/^ *\$ \(sudo \)\{0,1\}//p' | head -n 1
}

# Runs it, if it begins so: mends CHECK COMMAND
mends() {
	local command
	command=$(mend "$1")
	check "it gives the command: $2" test "${command#"$2"}" != "$command"
	[ "${command#"$2"}" = "$command" ] ||
	    check "which can be run" bash -c "$command"
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# ---- nothing is missing ----

expect 0 "check without a master is 0" wm_check
for name in table program kernel event-loop library open-files processes \
    memory core-dump backlog migration user run-dir control log listener \
    port-range certificate; do
	check "it has looked at $name" found '(ok|warn)' "$name" ''
done
check "no TLS is said" found ok certificate "no listener uses TLS"
check "the table is counted" found ok table \
    "6 workers, 6 processes, 6 listeners"
check "libevent, as compiled and loaded" found ok library ", compiled with"
check "OpenSSL" found ok library OpenSSL
check "wslay" found ok library wslay
check "zlib" found ok library zlib
check "llhttp" found ok library llhttp
check "back ends" found ok event-loop "there is: "
check "a summary ends it" test "$(printf '%s\n' "$out" | tail -n 1 |
    grep -cE '^echo: [0-9]+ ok, [0-9]+ warn, 0 missing$')" -eq 1
check "plain in a pipe" test -z "$(printf '%s\n' "$out" | tr -d '\n -~')"
check "it made no run directory" test ! -e "$run_dir"
check "and no log" test ! -e "$log"
expect 0 "--count is heard" wm_check --count text=5
check "in the table" found ok table "6 workers, 10 processes"
expect 2 "what does not belong to check is bad usage" wm check -g

# ---- JSON ----

json_says() {
	"${NODE:-node}" -e '
	const it = JSON.parse(require("fs").readFileSync(0));
	const count = level => it.findings.filter(f => f.level === level).length;
	process.exit(it.name === "echo" && it.ok === count("ok") &&
	    it.warn === count("warn") && it.missing === count("missing") &&
	    it.missing === Number(process.argv[1]) &&
	    it.findings.every(f => f.check && f.text) &&
	    it.findings.filter(f => f.level === "missing")
		.every(f => f.mend) ? 0 : 1);' "$1" <"$work/out"
}
expect 0 "check --json" wm check --json "${ports[@]}"
check "is JSON that counts its findings" json_says 0

# ---- beside a master ----

expect 0 "start -d" wm start -d -q "${ports[@]}"
finds 0 ok listener "is the running master's" \
    --listen "text=text://127.0.0.1:$(port text)"
check "and tells of the master" found ok control \
    "master $(json pid) runs and answers"
backlog() {
	ss -Hltn "sport = :$(port text)" | awk '{ print $3 }' | head -n 1
}
if command -v ss >/dev/null; then
	check "the queue is as long as ss says" found '(ok|warn)' backlog \
	    "$(backlog) connections may wait"
else
	skip "the queue is as long as ss says" "ss is not installed"
fi
finds 1 missing listener "in use by another program" --run-dir "$work/other" \
    --listen "text=text://127.0.0.1:$(port text)"
check "it gives the command that shows whose" \
    test "$(mend listener)" = "ss -ltnp 'sport = :$(port text)'"
expect 1 "--json" wm_check --json --run-dir "$work/other" --listen \
    "text=text://127.0.0.1:$(port text)"
check "has it, too" json_says 1
check "check left the master alone" answers "$(port text)" hello

# ---- a master that does not answer ----

master=$(json pid)
busy=(--listen "text=text://127.0.0.1:$(port text)")
kill -STOP "$master"
finds 0 warn control "runs and does not answer" "${busy[@]}"
check "what it may have is not missing" found warn listener \
    "in use by the master that does not answer"
kill -CONT "$master"
finds 0 ok control "runs and answers" "${busy[@]}"

# ---- stale sockets ----

kill -KILL "$master"
wait_for "a master is killed, its workers leave" none_marked
finds 0 warn control "left of a master that was killed"
mends control "rm $run_dir/echo.sock"
finds 0 ok control "no master runs"
path=$work/s
on_path=(--listen "text=text+unix://$path")
finds 0 ok listener "$path is free" "${on_path[@]}"
nc -lU "$path" >/dev/null 2>&1 &
server=$!
wait_for "another program listens" test -S "$path"
finds 1 missing listener "served by another program" "${on_path[@]}"
check "it gives the command that shows whose" \
    test "$(mend listener)" = "ss -lxp src $path"
kill -KILL $server
wait $server 2>/dev/null
[ -S "$path" ] || "${NODE:-node}" -e '
	require("net").createServer().listen(process.argv[1],
	    () => process.kill(process.pid, "SIGKILL"))' "$path" 2>/dev/null
finds 0 warn listener "a socket that nobody serves" "${on_path[@]}"
mends listener "rm $path"
finds 0 ok listener "$path is free" "${on_path[@]}"
touch "$path"
finds 1 missing listener "is there and is no socket" "${on_path[@]}"
mends listener "rm $path"
finds 1 missing listener "cannot be made" \
    --listen "text=text+unix://$work/no/s"
mends listener "mkdir -p $work/no"
finds 0 ok listener "is free" --listen "text=text+unix://$work/no/s"
expect 0 "start on a unix socket" wm start -d -q "${ports[@]}" \
    "${on_path[@]}"
finds 0 ok listener "$path is the running master's" "${on_path[@]}"
expect 0 "stop" wm stop -q

# ---- the table, the event loop, addresses ----

finds 1 missing table "no such protocol" --listen text=nope://127.0.0.1:1
check "the rest is looked at all the same" found ok run-dir "$run_dir"
finds 0 warn event-loop "cannot watch a descriptor" --event-loop select
finds 0 warn event-loop "poll looks at" --event-loop poll
finds 1 missing event-loop "there is no aio here" --event-loop aio
finds 1 missing listener "does not have the address" \
    --listen text=text://192.0.2.1:5001

# ---- the run directory and what is in it ----

rm -rf "$run_dir"
mkdir -m 700 "$run_dir"
finds 0 ok run-dir "is ours, mode 0700"
chmod 770 "$run_dir"
finds 1 missing run-dir "is writable by others"
mends run-dir "chmod go-w $run_dir"
finds 0 ok run-dir "is ours"
ln -s /etc/passwd "$run_dir/echo.pid"
finds 1 missing control "is a symbolic link"
mends control "rm $run_dir/echo.pid"
finds 0 ok control "no pid file"
mkdir "$run_dir/echo.sock"
expect 3 "start refuses a directory there" wm start -d "${ports[@]}"
finds 1 missing control "is a directory in the way"
mends control "rmdir $run_dir/echo.sock"
rm -rf "$run_dir"
ln -s "$work" "$run_dir"
finds 1 missing run-dir "is a symbolic link"
mends run-dir "rm $run_dir"
touch "$run_dir"
finds 1 missing run-dir "is not a directory"
mends run-dir "rm $run_dir"
finds 1 missing run-dir "cannot be made" --run-dir "$work/a b/c"
mends run-dir "mkdir -p '$work/a b'"
finds 0 ok run-dir "will be made" --run-dir "$work/a b/c"
long=$work/$(printf '%0100d' 0)
finds 1 missing run-dir "is longer than 107 bytes" --run-dir "$long"
check "it gives a shorter one" test -n "$(mend run-dir)"

# ---- the log ----

finds 1 missing log "cannot be made" --log "$work/logs/echo.log"
mends log "mkdir -p $work/logs"
finds 0 ok log "will be made" --log "$work/logs/echo.log"
touch "$work/open"
chmod 666 "$work/open"
finds 1 missing log "writable by everybody" --log "$work/open"
mends log "chmod o-w $work/open"
finds 0 ok log "can be written to" --log "$work/open"
ln -s "$work/open" "$work/link"
finds 1 missing log "is a symbolic link" --log "$work/link"
finds 0 ok log "can be written to" --log /dev/null

# ---- limits ----

# Under a limit of open files, for this and for what it runs.
with_files() {
	local n=$1
	shift
	(ulimit -n "$n" && "$@")
}
expect 1 "30 open files are too few" with_files 30 wm_check
check "it says so" found missing open-files "30 open files"
command=$(mend open-files)
check "it gives a command" test "$command" = 'prlimit --nofile=65536 --pid $$'
# Root in a container may not be able to.
# shellcheck disable=SC2016
if with_files 30 bash -c 'prlimit --nofile=65536 --pid $$' 2>/dev/null; then
	mended() {
		(
			# shellcheck disable=SC2016
			ulimit -n 30 && bash -c "$1"'; shift; "$@"' sh "$@"
		)
	}
	expect 0 "the command mends it" mended "$command" \
	    "$top_builddir/$program" check "${ports[@]}" \
	    --run-dir "$run_dir" --log "$log"
	check "it says so" found ok open-files "65536 open files"
fi
expect 0 "500 are a warning" with_files 500 wm_check
check "it says so" found warn open-files "room for"

# What check calls enough is enough.
many=("${ports[@]}" --count text=16)
expect 1 "30 for many processes" with_files 30 wm check "${many[@]}"
least=$(printf '%s\n' "$out" | sed -n 's/.*allowed, \([0-9]*\) are needed.*/\1/p')
expect 0 "the number that it names: $least" with_files "$least" wm check \
    "${many[@]}"
reload=$(printf '%s\n' "$out" | sed -n 's/.*a reload needs \([0-9]*\)$/\1/p')
expect 0 "suffices to start" with_files "$least" wm start -d -q "${many[@]}"
expect 0 "stop" wm stop -q
expect 0 "the number for a reload: $reload" with_files "$reload" wm start -d \
    -q "${many[@]}"
expect 0 "suffices to reload" wm reload -q
expect 0 "stop" wm stop -q
core() {
	(ulimit -c "$1" && wm_check)
}
expect 0 "without core dumps" core 0
check "it is told, no more" found ok core-dump "a crash"

# ---- quiet, terminal ----

expect 1 "check -q" wm check -q "${ports[@]}" --listen text=text://192.0.2.1:1
check "prints what is missing, no more" test "$(printf '%s\n' "$out" |
    grep -c '^[a-z]')" -eq 1
if command -v script >/dev/null; then
	on_terminal() {
		script -qec "$(printf '%q ' "$top_builddir/$program" check \
		    "${ports[@]}" --listen text=text://192.0.2.1:1 \
		    --run-dir "$run_dir" --log "$log")" /dev/null </dev/null
	}
	expect 1 "check on a terminal" on_terminal
	check "is coloured" grep -q $'^\033\\[31mmissing\033\\[0m' "$work/out"
	expect 1 "with NO_COLOR" env NO_COLOR=1 bash -c \
	    "$(declare -f on_terminal); $(declare -p ports top_builddir \
		program run_dir log); on_terminal"
	check "it is not" test -z "$(printf '%s\n' "$out" | grep $'\033')"
	# A path is one word and may be longer than the line.
	check "its words fit in 80 columns" test -z "$(printf '%s\n' "$out" |
	    tr -d '\r' | grep -E '.{81}' | grep -vE '^.{22}[^ ]{59,}$')"
else
	skip "check on a terminal" "script(1) is not installed"
fi

# ---- users ----

use tests/support/troubled
finds_of_user() {
	local status=$1 level=$2 text=$3
	shift 3
	expect "$status" "check is $status: $level user" wm check "$@"
	check "it says $level: $text" found "$level" user "$text"
}
finds_of_user 1 missing "there is no user wm-nobody-here" \
    --user wm-nobody-here
check "it gives the command" test "$(mend user)" = \
    "useradd --system --no-create-home wm-nobody-here"
finds_of_user 1 missing "there is no group wm-nobody-here" \
    --group wm-nobody-here
check "it gives the command" test "$(mend user)" = \
    "groupadd --system wm-nobody-here"
of_row() {
	local status=$1 level=$2 name=$3 text=$4
	shift 4
	expect "$status" "check is $status: $level $name" wm check "$@"
	check "it says $level: $text" found "$level" "$name" "$text"
}
of_row 0 ok cpu "would run on 0" --cpus 0
of_row 1 missing cpu "that of process 1 cannot be had" --cpus 0,4000 \
    --count line=2
of_row 0 ok open-files "worker line: 500 open files" --nofile 500
of_row 1 missing open-files "its .nofile of 9 is below" --nofile 9
if is_root && command -v setpriv prlimit >/dev/null; then
	finds_of_user 0 ok "line would run as user nobody" --user nobody
	check "and tells of those that stay root" found warn user \
	    "1 worker would run as root"
	mkdir -m 700 "$work/nobody"
	cp "$top_builddir/$program" "$work/nobody/private"
	chmod 700 "$work/nobody/private"
	expect 1 "nobody may not execute root's own program" \
	    "$work/nobody/private" check --user nobody --run-dir "$run_dir" \
	    --log "$log"
	check "it says so" found missing user "may not execute"
	mends user "chmod a+rx $work/nobody/private"
	expect 0 "now nobody may" "$work/nobody/private" check --user nobody \
	    --run-dir "$run_dir" --log "$log"
	expect 1 "root without capabilities" setpriv --bounding-set \
	    -setuid,-setgid --inh-caps -setuid,-setgid \
	    "$work/nobody/private" check --user nobody --run-dir "$run_dir" \
	    --log "$log"
	check "may not change" found missing user "may not change to user nobody"

	chown nobody "$work/nobody"
	chmod 711 "$work"
	as_nobody() {
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	}
	for_nobody=("$work/nobody/private" check --log "$work/nobody/log")
	expect 0 "as nobody" as_nobody "${for_nobody[@]}" --user root \
	    --run-dir "$work/nobody/run"
	check "only root can change" found warn user "only root can change"
	expect 0 "to oneself one can" as_nobody "${for_nobody[@]}" \
	    --user nobody --run-dir "$work/nobody/run"
	check "as it says" found ok user "user nobody is who you are"
	expect 1 "a run directory of root's" as_nobody "${for_nobody[@]}" \
	    --run-dir "$work/nobody/../of-root"
	check "cannot be made" found missing run-dir "Permission denied"
	mends run-dir "install -d -m 700 -o $(id -u nobody) "
	expect 0 "now it can be used" as_nobody "${for_nobody[@]}" \
	    --run-dir "$work/of-root"
	mkdir -m 700 "$work/private"
	chmod 755 "$work/private"
	expect 1 "a run directory that is root's" as_nobody \
	    "${for_nobody[@]}" --run-dir "$work/private"
	check "is said to be" found missing run-dir "belongs to another user"
	mends run-dir "chown $(id -u nobody) $work/private"
	chmod 500 "$work/private"
	expect 1 "a run directory without write permission" as_nobody \
	    "${for_nobody[@]}" --run-dir "$work/private"
	check "is said to be" found missing run-dir "cannot be written to"
	mends run-dir "chmod u+rwX $work/private"
	expect 0 "and can be used" as_nobody "${for_nobody[@]}" --run-dir \
	    "$work/private"
	expect 1 "three processes are too few" prlimit --nproc=2 setpriv \
	    --reuid nobody --regid nogroup --clear-groups \
	    "${for_nobody[@]}" --run-dir "$work/private"
	check "it says so" found missing processes "2 processes"

	expect 1 "more open files than allowed" as_nobody "${for_nobody[@]}" \
	    --nofile 2000000000 --run-dir "$work/private"
	check "is said to be" found missing open-files "its .nofile is 2000000000"

	expect 0 "root's master" wm start -d -q
	chmod 755 "$run_dir"
	chmod 777 "$run_dir/troubled.sock"
	expect 1 "seen by nobody" as_nobody "${for_nobody[@]}" \
	    --run-dir "$run_dir"
	check "is another user's" found missing run-dir "another user"
	expect 0 "stop" wm stop -q
else
	skip "users, as root" "not root, or no setpriv and prlimit"
fi

# ---- settings of the kernel, in a network of our own ----

if is_root && command -v ip sysctl >/dev/null &&
    unshare -nm true 2>/dev/null; then
	use apps/echo/echo
	# in_network SETTING=VALUE... -- ARGUMENT... : check there
	in_network() {
		local script='ip link set lo up'
		while [ "$1" != -- ]; do
			script="$script; sysctl -qw '$1'"
			shift
		done
		shift
		unshare -nm bash -c "$script; "'exec "$@"' bash "$@"
	}
	command=("$top_builddir/$program" check "${ports[@]}" --run-dir
	    "$run_dir" --log "$log")
	expect 0 "with a short queue" in_network net.core.somaxconn=128 -- \
	    "${command[@]}"
	check "it warns" found warn backlog "128 connections may wait"
	setting=$(mend backlog)
	check "it gives the command" test "$setting" = \
	    "sysctl -w net.core.somaxconn=4096"
	expect 0 "which mends it" in_network net.core.somaxconn=128 \
	    "${setting#sysctl -w }" -- "${command[@]}"
	check "it says so" found ok backlog "4096 connections may wait"

	expect 0 "a port that others may get" in_network \
	    "net.ipv4.ip_local_port_range=5000 5100" -- "${command[@]}" \
	    --listen text=text://127.0.0.1:5001
	check "it warns" found warn port-range "may get port 5001"
	setting=$(mend port-range)
	expect 0 "the command mends it" in_network \
	    "net.ipv4.ip_local_port_range=5000 5100" \
	    "${setting#sysctl -w }" -- "${command[@]}" \
	    --listen text=text://127.0.0.1:5001
	check "it says so" found ok port-range "none of the table's ports"

	expect 0 "root binds low ports" in_network -- "${command[@]}" \
	    --listen text=text://127.0.0.1:81
	low=(setpriv --bounding-set -net_bind_service --inh-caps
	    -net_bind_service "${command[@]}" --listen
	    text=text://127.0.0.1:81)
	expect 1 "without the capability one does not" in_network -- "${low[@]}"
	check "it says so" found missing listener "ports below 1024 are for root"
	setting=$(mend listener)
	expect 0 "the command mends it" in_network "${setting#sysctl -w }" -- \
	    "${low[@]}"
	check "it says so" found ok listener "127.0.0.1:81 is free"
	expect 0 "migration is told of" in_network net.ipv4.tcp_migrate_req=1 \
	    -- "${command[@]}"
	check "as it is" found ok migration "tcp_migrate_req=1"

	mkdir -m 700 "$work/ro"
	read_only() {
		unshare -m bash -c 'mount -t tmpfs -o ro,mode=700 none "$0" &&
		    exec "$@"' "$work/ro" "$@"
	}
	expect 1 "a run directory that is read-only" read_only \
	    "${command[@]}" --run-dir "$work/ro"
	check "is said to be" found missing run-dir "Read-only file system"
	check "with what mends it" grep -qF "mount -o remount,rw" "$work/out"
else
	skip "settings of the kernel" "not root, or no namespaces"
fi

finish
