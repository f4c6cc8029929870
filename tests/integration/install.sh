#!/bin/bash
# SPDX-License-Identifier: MIT
# make install, a program outside the tree, make uninstall.
set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C
stage=$tmp/stage

n=0
# result TEXT: one TAP line about the command before
result() {
	if [ $? -eq 0 ]; then
		echo "ok $((++n)) - $1"
	else
		echo "not ok $((++n)) - $1"
	fi
}

# pc SWITCHES: asks pkg-config about what was just installed
pc() {
	PKG_CONFIG_PATH=$lib/pkgconfig ${PKG_CONFIG:-pkg-config} \
	    --define-variable=prefix="${lib%/lib*}" "$@" workerman
}

# compile PROGRAM SWITCHES: as a stranger would
compile() {
	local program=$1
	shift
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -pedantic ${SANITIZE_CFLAGS-} \
	    -o "$tmp/$program" "$top_srcdir/tests/integration/install.c" \
	    $(pc --cflags) "$@"
}

echo 1..9

${MAKE:-make} -s -C "$top_builddir" install DESTDIR="$stage"
result 'make install'

for page in "$top_srcdir"/docs/man/*.[0-9]; do
	[ -n "$(find "$stage" -path "*/man/man${page##*.}/${page##*/}")" ] ||
	    break
	page=
done
[ -z "$page" ]
result 'the manual pages are there'

lib=$(dirname "$(find "$stage" -name libworkerman.la)")
pc --exists
result 'pkg-config finds the library'

! pc --libs | grep -Eq 'event|crypto|wslay|llhttp'
result 'it names no library but ours'

# shellcheck disable=SC2046
compile shared $(pc --libs) && LD_LIBRARY_PATH=$lib "$tmp/shared" --version
result 'a program runs with the shared library'

mkdir "$tmp/hidden" && mv "$lib"/libworkerman.so* "$tmp/hidden"
# shellcheck disable=SC2046
compile static $(pc --static --libs) && "$tmp/static" --version
result 'a program runs with the static library'
mv "$tmp"/hidden/* "$lib"

"$tmp/static" --help | grep -q start
result 'it has the command line of every program'

${MAKE:-make} -s -C "$top_builddir" uninstall DESTDIR="$stage"
result 'make uninstall'

[ -z "$(find "$stage" ! -type d)" ]
result 'it leaves nothing behind'
