# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# What a row of the table says of its processes, as the system sees it: user,
# groups, CPUs, open files, listeners. What cannot be had refuses the start.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/managed

# A field of /proc/PID/status: field PID NAME
field() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' ' |
	    sed 's/ *$//'
}

refuses() {
	local what=$1
	shift
	expect 3 "start -d $* is 3" wm start -d "$@"
	says "it names the reason" "$what"
	wait_for "nothing is left of it" none_marked
}

# ---- listeners: several, none ----

expect 0 "start" wm start -d -q
for i in 0 2; do
	asked=$(ask "$(port several $i)" x)
	check "listener $i of several is served by a process of its worker" \
	    grep -qxF "$asked" <<END
$(json pid several 0)
$(json pid several 1)
END
done
check "each has a port of its own" \
    test "$(port several 0)" != "$(port several 2)"
works() { grep -q "task/0.*works" "$log"; }
wait_for "a worker without a listener does its task" works
check "and listens to nothing" test "$(json listeners task 0)" = 0
old=$(json pid task 0)
kill -KILL "$old"
anew() {
	[ "$(json state task 0)" = idle ] && [ "$(json pid task 0)" != "$old" ]
}
wait_for "it is replaced like others" anew
expect 0 "a count from the command line" wm restart -q --count line=3 \
    --count task=2 --count several=4
check "is the number of processes" test "$(json processes)" = 13
for slot in 0 1 2; do
	check "line/$slot is there" test "$(json state line $slot)" = idle
done
expect 0 "stop" wm stop -q

# ---- reloadable ----

expect 0 "start with a worker that stays" wm start -d -q --stays
stayed=$(json pid line 0)
went=$(json pid several 0)
expect 0 "reload" wm reload -q
check "it has stayed" test "$(json pid line 0)" = "$stayed"
wait_for "it was told" grep -q "line/0.*was told of a reload" "$log"
check "the others are new" test "$(json pid several 0)" != "$went"
check "it belongs to its generation" test "$(json generation line 0)" = 1
check "they to theirs" test "$(json generation several 0)" = 2
expect 0 "stop" wm stop -q

# ---- CPUs ----

allowed=$(field self Cpus_allowed_list)
first=${allowed%%[-,]*}
last=${allowed##*[-,]}
expect 0 "start with CPUs" wm start -d -q --cpus "$first,$last" \
    --count line=3
for slot in 0 1 2; do
	want=$first
	[ $((slot % 2)) -eq 0 ] || want=$last
	check "line/$slot runs on CPU $want only" test \
	    "$(field "$(json pid line $slot)" Cpus_allowed_list)" = "$want"
done
check "another row runs anywhere" test \
    "$(field "$(json pid several 0)" Cpus_allowed_list)" = "$allowed"
check "so does the master" test \
    "$(field "$(json pid)" Cpus_allowed_list)" = "$allowed"
old=$(json pid line 1)
kill -KILL "$old"
replaced() {
	[ "$(json state line 1)" = idle ] && [ "$(json pid line 1)" != "$old" ]
}
wait_for "one is replaced" replaced
check "on the same CPU" test \
    "$(field "$(json pid line 1)" Cpus_allowed_list)" = "$last"
expect 0 "stop" wm stop -q
refuses "bind it to a CPU of \"4095\": Invalid argument" --cpus 4095
for bad in 1- -1 3-1 1,,2 '1,' a 0-99999999999999999999 4096 '0 1'; do
	refuses "cpus \"$bad\" is no list like 0-3,8" --cpus="$bad"
done
long=$(seq -s, 0 2 1000)
expect 0 "a long list is one, too" wm start -d -q --cpus="$first,$long"
expect 0 "stop" wm stop -q
refuses "cpus is longer than 4095 bytes" --cpus="$long,$(seq -s, 1000 1600)"

# ---- open files ----

expect 0 "start with a limit of open files" wm start -d -q --nofile 123
limits() { sed -n 's/^Max open files *//p' "/proc/$1/limits" | tr -s ' '; }
check "the processes of the row have it" test \
    "$(limits "$(json pid line 0)")" = "123 123 files "
check "others have the system's" test \
    "$(limits "$(json pid task 0)")" = "$(limits "$(json pid)")"
expect 0 "stop" wm stop -q
refuses "limit of open files to 4294967295: Operation not permitted" \
    --nofile 4294967295
refuses "before it was ready" --nofile 4

# ---- user and groups ----

# With a group file that makes nobody a member of two more groups, which only
# these processes see.
with_groups() {
	unshare -m sh -c 'mount --bind "$0" /etc/group && exec "$@"' \
	    "$work/group" "$@"
}

groups_test() {
	local pid ids
	expect 0 "start as nobody" with_groups "$top_builddir/$program" \
	    start -d -q --run-dir "$run_dir" --log "$log" --user nobody "$@"
	pid=$(json pid line 0)
	ids="$uid $uid $uid $uid"
	check "all four user ids are nobody's" test "$(field "$pid" Uid)" = \
	    "$ids"
	check "all four group ids are $want_gid" test \
	    "$(field "$pid" Gid)" = \
	    "$want_gid $want_gid $want_gid $want_gid"
	check "the groups are $want_groups" test \
	    "$(field "$pid" Groups | tr ' ' '\n' | sort -n |
	        tr '\n' ' ')" = "$want_groups "
	for what in CapPrm CapEff; do
		check "$what is empty" test \
		    "$(field "$pid" $what | tr -d 0)" = ""
	done
	check "other rows stay root" test \
	    "$(field "$(json pid task 0)" Uid)" = "0 0 0 0"
	old=$pid
	kill -KILL "$old"
	wait_for "one is replaced" user_replaced
	check "by one that is nobody, too" test \
	    "$(field "$(json pid line 0)" Uid)" = "$ids"
	expect 0 "reload" wm reload -q
	check "and so is the next generation" test \
	    "$(field "$(json pid line 0)" Uid)" = "$ids"
	expect 0 "stop" wm stop -q
}
user_replaced() {
	[ "$(json state line 0)" = idle ] && [ "$(json pid line 0)" != "$old" ]
}

if [ "$(id -u)" -eq 0 ]; then
	uid=$(id -u nobody)
	gid=$(id -g nobody)
	{
		grep -v '^wm' /etc/group
		echo "wmone:x:61001:nobody"
		echo "wmtwo:x:61002:root,nobody"
	} >"$work/group"
	if with_groups true 2>/dev/null; then
		want_gid=$gid
		want_groups=$(printf '%s\n' "$gid" 61001 61002 | sort -n |
		    tr '\n' ' ' | sed 's/ $//')
		groups_test
		want_gid=61001
		want_groups="61001 61002"
		groups_test --group wmone
	else
		skip "supplementary groups" "no mount namespaces"
	fi
	group=$(getent group | grep -v ':0:' | head -n 1 | cut -d: -f1)
	expect 0 "start with a group alone" wm start -d -q --group "$group"
	pid=$(json pid line 0)
	gid=$(getent group "$group" | cut -d: -f3)
	check "is root" test "$(field "$pid" Uid)" = "0 0 0 0"
	check "of that group only" test \
	    "$(field "$pid" Gid) $(field "$pid" Groups)" = \
	    "$gid $gid $gid $gid $gid"
	expect 0 "stop" wm stop -q
	refuses "worker line: no such user: nonesuch" --user nonesuch
	refuses "worker line: no such group: nonesuch" --group nonesuch
else
	skip "changing user and groups" "needs root"
fi

# ---- failing to drop is fatal ----

if [ "$(id -u)" -eq 0 ] && setpriv --bounding-set -setuid true 2>/dev/null
then
	without() {
		local cap=$1
		shift
		setpriv --bounding-set "-$cap" --inh-caps "-$cap" \
		    "$top_builddir/$program" start -d --run-dir "$run_dir" \
		    --log "$log" "$@"
	}
	for what in "setuid:cannot set the user" \
	    "setgid:cannot set the supplementary groups"; do
		expect 3 "root without CAP_${what%%:*} cannot be nobody: 3" \
		    without "${what%%:*}" --user nobody
		says "it says so" \
		    "worker line/0: ${what#*:}: Operation not permitted"
		wait_for "nothing is left of it" none_marked
	done
else
	skip "failing to drop is fatal" "needs root and setpriv"
fi

# ---- without privileges ----

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 711 "$work"
	mkdir -m 700 "$work/nobody"
	chown nobody "$work/nobody"
	cp "$top_builddir/$program" "$work/nobodys"
	run_dir=$work/nobody/run
	log=$work/nobody/log
	as_nobody() {
		setpriv --reuid nobody --regid nogroup --clear-groups \
		    "$work/nobodys" "$@" --run-dir "$run_dir" --log "$log"
	}
	expect 0 "an unprivileged user starts with a user of the table" \
	    as_nobody start -d --user root --group root
	check "which is not possible, and said" in_log \
	    "only root can change to user root, group root: unchanged"
	check "it is itself" test "$(field "$(json pid line 0)" Uid)" = \
	    "$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)"
	expect 0 "status" as_nobody status
	expect 0 "reload" as_nobody reload -q
	expect 0 "restart" as_nobody restart -q
	expect 0 "stop" as_nobody stop -q
	hard=$(ulimit -H -n)
	expect 3 "a limit over the hard one is 3" as_nobody start -d \
	    --nofile $((hard + 1))
	says "it says so" \
	    "limit of open files to $((hard + 1)): Operation not permitted"
	run_dir=$work/run
	log=$work/log
else
	skip "an unprivileged user" "needs root and setpriv"
fi

finish
