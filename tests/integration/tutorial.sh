#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/PROTOCOLS.md, followed literally: its files are put together in an empty
# folder and compared with the real ones; its commands run there, against the
# installed library, and must say what the page says. The ports it names are
# replaced by free ones.
set -u
tmp=$(mktemp -d) || exit 1
page=$top_srcdir/docs/PROTOCOLS.md
folder=$tmp/empty
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

n=0
# result TEXT: one TAP line about the command before
result() {
	if [ $? -eq 0 ]; then
		echo "ok $((++n)) - $1"
	else
		echo "not ok $((++n)) - $1"
		failed=1
	fi
}
failed=0

leave() {
	[ ! -x "$folder/office" ] || (cd "$folder" &&
	    ./office stop -q -t 1 --run-dir run >"$tmp/stop" 2>&1)
	rm -rf "$tmp"
}
trap leave EXIT
trap 'exit 99' HUP INT TERM

# Blocks of C go to the file that they name, those of the shell to run/1, 2,
# ..., and what is to be printed to run/1.want, ... Any other block is a fault.
mkdir -p "$folder" "$tmp/run" "$tmp/book" "$tmp/bin"
awk -v book="$tmp/book" -v run="$tmp/run" '
/^```/ && to != "" { to = ""; next }
/^```/ {
	if ($1 == "```c" && NF == 2)
		to = book "/" $2
	else if ($0 == "```sh")
		to = run "/" ++n
	else if ($0 == "```text" && n > 0)
		to = run "/" n ".want"
	else
		bad = 1
	dir = to
	sub(/\/[^\/]*$/, "", dir)
	system("mkdir -p " dir)
	next
}
to != "" { print > to }
END { exit bad || n == 0 }' "$page"
result 'every block of the page is a file, a command or its output'

files=$(cd "$tmp/book" && find . -type f | sort | sed 's|^\./||')
for file in $files; do
	case $file in
	*/*) real=$top_srcdir/$file ;;
	*) real=$top_srcdir/docs/examples/$file ;;
	esac
	cmp "$tmp/book/$file" "$real"
	result "$file is as printed"
done

# code FILE: how many lines are neither blank nor comment
code() {
	sed 's|/\*.*\*/||; /^ *\/\*/,/\*\//d; /^[ 	]*$/d' "$1" | wc -l
}
for file in protocols/text.c protocols/frame.c; do
	[ "$(code "$top_srcdir/$file")" -le 60 ]
	result "$file has at most 60 lines of code"
done

tests=$(grep -o '`test_[a-z_]*\.c:[a-z_0-9]*`' "$page" | tr -d '`')
missing=$(for test in $tests; do
	[ "$(grep -cw "${test#*:}" "$top_srcdir/tests/unit/${test%%:*}")" \
	    -ge 2 ] || echo "$test"
done)
echo "$missing" | sed '/./s/^/# /'
[ -n "$tests" ] && [ -z "$missing" ]
result 'every test that the page names is run'

${MAKE:-make} -s -C "$top_builddir" install DESTDIR="$tmp/stage"
result 'make install'
lib=$(dirname "$(find "$tmp/stage" -name libworkerman.la)")

# The reader's compiler and pkg-config, told where the library is.
cat >"$tmp/bin/cc" <<-END
	#!/bin/sh
	exec ${CC:-cc} -std=c11 -Wall -Wextra -Werror ${SANITIZE_CFLAGS-} "\$@"
END
cat >"$tmp/bin/pkg-config" <<-END
	#!/bin/sh
	PKG_CONFIG_PATH=$lib/pkgconfig exec $(command -v \
	    "${PKG_CONFIG:-pkg-config}") --define-variable=prefix=${lib%/lib*} \
	    "\$@"
END
chmod +x "$tmp"/bin/*
export PATH=$tmp/bin:$PATH LD_LIBRARY_PATH=$lib

# free_port: one that nobody listens on
free_port() {
	local port
	while :; do
		port=$((10000 + RANDOM % 20000))
		(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo $port
}
one=$(free_port)
two=$(free_port)
until [ "$two" != "$one" ]; do two=$(free_port); done

cp "$tmp"/book/*.[ch] "$folder"
sed -i "s/7600/$one/; s/7601/$two/" "$folder"/* "$tmp"/run/*
for ((i = 1; ; i++)); do
	[ -e "$tmp/run/$i" ] || break
	[ -e "$tmp/run/$i.want" ] || : >"$tmp/run/$i.want"
	(cd "$folder" && timeout 60 bash -e "$tmp/run/$i") >"$tmp/run/$i.got" \
	    2>"$tmp/run/$i.err" </dev/null &&
	    cmp -s "$tmp/run/$i.got" "$tmp/run/$i.want"
	result "the page's commands $i print what it says"
	[ $failed -eq 0 ] ||
	    cat "$tmp/run/$i.err" "$tmp/run/$i.got" | sed 's/^/# /'
done

echo "1..$n"
exit $failed
