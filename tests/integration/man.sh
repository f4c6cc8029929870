#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual pages: mandoc finds nothing to say about them, their examples and
# synopses compile, and the page of the command line describes what the
# program really has: every command, option, exit status, check, state, signal
# and variable of the environment.
set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
pages=$top_srcdir/docs/man
cli=$pages/workerman-cli.1
program=$top_builddir/apps/echo/echo

n=0
failed=0
# result TEXT: one TAP line about the command before
result() {
	if [ $? -eq 0 ]; then
		echo "ok $((++n)) - $1"
	else
		echo "not ok $((++n)) - $1"
		sed 's/^/# /' "$tmp/said" 2>/dev/null
		failed=1
	fi
	rm -f "$tmp/said"
}

# Runs quietly; what it says is for result.
quietly() {
	"$@" >"$tmp/said" 2>&1
}

# compiles SWITCH...: the C on standard input, as a stranger would
compiles() {
	# shellcheck disable=SC2086
	quietly ${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror "$@" \
	    -I "$top_srcdir/include" -fsyntax-only -x c -
}

# ---- each page ----

# The blocks of a page, each of which is to be a whole program: to FILE-1.c,
# FILE-2.c ...
examples() {
	awk -v base="$2" '
	/^\.Bd -literal/ { file = base "-" ++n ".c"; next }
	/^\.Ed/ { file = ""; next }
	file != "" {
		gsub(/\\e/, "\\")
		sub(/^\\&/, "")
		print >file
	}' "$1"
}

# The declarations of a page, behind its header; fewer lines than functions in
# NAME are a fault.
synopsis() {
	awk '
	function emit(text) { print type " " text ";" }
	function arguments(from,   i, list) {
		for (i = from; i <= count; i++)
			list = list (i > from ? ", " : "") word[i]
		return list
	}
	# Words of a macro line, of which some are in double quotes.
	function split_words(line,   quoted, i, ch, now) {
		count = 0
		now = ""
		quoted = 0
		for (i = 1; i <= length(line) + 1; i++) {
			ch = i > length(line) ? " " : substr(line, i, 1)
			if (ch == "\"") {
				quoted = !quoted
			} else if (ch == " " && !quoted) {
				if (now != "")
					word[++count] = now
				now = ""
			} else
				now = now ch
		}
	}
	/^\.Sh / { inside = $2 == "SYNOPSIS" }
	!inside { next }
	/^\.In / { print "#include <" $2 ">" }
	/^\.Ft / { split_words($0); type = word[2]
		for (i = 3; i <= count; i++) type = type " " word[i] }
	/^\.Pp/ { exit }
	/^\.Fn / { split_words($0); emit(word[2] "(" arguments(3) ")") }
	/^\.Fo / { name = $2; list = "" }
	/^\.Fa / { split_words($0)
		list = list (list != "" ? ", " : "") word[2] }
	/^\.Fc/ { emit(name "(" list ")") }' "$1"
}

for page in "$pages"/*.[0-9]; do
	name=$(basename "$page")
	if command -v mandoc >/dev/null; then
		quietly mandoc -T lint -W warning "$page"
		result "$name: mandoc has nothing to say"
	else
		echo "ok $((++n)) - $name: mandoc # SKIP mandoc is not installed"
	fi
	examples "$page" "$tmp/$name"
	for file in "$tmp/$name"-*.c; do
		[ -e "$file" ] || continue
		compiles <"$file"
		result "$name: the example compiles"
	done
	case $name in
	*.3)
		[ -e "$tmp/$name-1.c" ]
		result "$name has an example"
		synopsis "$page" >"$tmp/synopsis.c"
		compiles <"$tmp/synopsis.c"
		result "$name: the synopsis is that of the header"
		# Those that are declared, and those that NAME lists.
		sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.F[no] \(wm_[a-z0-9_]*\).*/\1/p' \
		    "$page" | grep -v '_fn$' | sort -u >"$tmp/declared"
		sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \(wm_[a-z0-9_]*\).*/\1/p' \
		    "$page" | sort -u >"$tmp/named"
		quietly comm -23 "$tmp/declared" "$tmp/named"
		[ ! -s "$tmp/said" ]
		result "$name names what it declares"
		;;
	esac
done

# ---- the public interface ----

# Not a fault, as a function may be newer than its page.
cat "$pages"/*.3 >"$tmp/all"
while read -r function; do
	grep -qE "^\.(F[no]|Va) $function( |\$)" "$tmp/all" ||
	    echo "# no page describes $function"
done <"$top_srcdir/build-aux/exports.txt"

# ---- the limits ----

for field in $(sed -n 's/^	X([a-z0-9_]*, \([a-z_]*\),.*/\1/p' \
    "$top_srcdir/include/workerman/limits.h"); do
	quietly grep -E "^\.It Va $field Ta " "$pages/wm_conn.3"
	result "wm_conn.3 has the limit $field"
done
for reason in $(sed -n '/define WM_CLOSE_TABLE/,/^$/s/^	X(\([A-Z_]*\),.*/\1/p' \
    "$top_srcdir/include/workerman/error.h"); do
	quietly grep -x "\.It Dv WM_CLOSE_$reason" "$pages/wm_conn.3"
	result "wm_conn.3 has the reason $reason"
done

# ---- the command line ----

quietly "$program" --help
cp "$tmp/said" "$tmp/help"
rm -f "$tmp/said"
part() {
	sed -n "/^$1:\$/,/^\$/s/^  //p" "$tmp/help"
}

# documented PATTERN TEXT: a line of the page
documented() {
	quietly grep -E -- "$1" "$cli"
	result "workerman-cli.1 has $2"
}

[ "$(part commands | wc -l)" -ge 5 ]
result 'the program says its commands'
for command in $(part commands | sed 's/ .*//'); do
	documented "^\.It Cm $command\$" "the command $command"
	documented "^\.Cm $command\$" "$command in its synopsis"
done
# The page's synopses, in the words of --help; what may always be given is left
# out of both.
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$cli" | awk '
/^\.Cm / { line = $2; next }
/^\.Op Ar option/ || line == "" { next }
# Fl -json | Fl -metrics: [--json|--metrics]; Fl t Ar sec: [-t SEC]
/^\.Op / {
	text = ""
	for (i = 2; i <= NF; i++)
		if ($i == "Fl")
			text = text "-" $++i
		else if ($i == "Ar")
			text = text (text != "" ? " " : "") toupper($++i)
		else
			text = text $i
	line = line " [" text "]"
}
/^\.Ar / { line = line " " toupper($2) }
/^\.Pp/ { print line; line = "" }' >"$tmp/synopses"
for command in $(part commands | sed 's/ .*//'); do
	synopsis=$(grep "^$command\( \|\$\)" "$tmp/synopses")
	[ -n "$synopsis" ] && quietly grep -cF -- "  $synopsis " "$tmp/help" &&
	    [ "$(printf '%s' "$synopsis" | tr -cd '[' | wc -c)" -eq \
	    "$(grep "^  $command " "$tmp/help" | tr -cd '[' | wc -c)" ]
	result "workerman-cli.1 has $command as --help: $synopsis"
done
for letter in $(part options | sed -n 's/^-\([a-zA-Z]\).*/\1/p'); do
	documented "^\.It Fl $letter( |\$)" "the option -$letter"
done
# shellcheck disable=SC2020
for option in $(part options | sed -n 's/^\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p'); do
	documented "^\.It (.*, )?Fl -$option( |\$)" "the option --$option"
done
for code in $(part 'exit status' | sed 's/ .*//'); do
	documented "^\.It Li $code\$" "the exit status $code"
done
[ "$(part 'exit status' | wc -l)" -ge 9 ]
result 'the program says its exit statuses'

# The other way: what the page has, the program has.
sed -n '/^\.Sh COMMANDS/,/^\.Sh/s/^\.It Cm \([a-z]*\)$/\1/p' "$cli" |
    while read -r command; do
	grep -qE "^  $command" "$tmp/help" || echo "$command"
done >"$tmp/said"
[ ! -s "$tmp/said" ]
result 'it has no command that the program lacks'
sed -n '/^\.Sh OPTIONS/,/^\.Sh/s/^\.It.*Fl -\([a-z-]*\).*/\1/p' "$cli" |
    while read -r option; do
	grep -qE -- "--$option( |\$)" "$tmp/help" || echo "$option"
done >"$tmp/said"
[ ! -s "$tmp/said" ]
result 'it has no option that the program lacks'

# ---- what is not in --help ----

framework=$top_srcdir/framework
for check in $(sed -n 's/^	{ "\([a-z-]*\)", wm__check_.*/\1/p' \
    "$framework/cli/check.c"); do
	documented "^\.It Cm $check\$" "the check $check"
done
for state in ok warn missing; do
	documented "^\.Cm $state\b" "the finding $state"
done
for event in $(sed -n '/define WM_EVENT_TABLE/,/^$/s/^	X(\([A-Z_]*\)).*/\1/p' \
    "$top_srcdir/include/workerman/event.h"); do
	quietly grep -x "\.It Dv WM_EVENT_$event" "$pages/wm_main.3"
	result "wm_main.3 has the event $event"
done
# The members of a row; its handlers are those of wm_conn.3.
# shellcheck disable=SC2086
for member in $(${CC:-cc} -E -P -I "$top_srcdir/include" -x c \
    "$top_srcdir/include/workerman/worker.h" | tr '\n' ' ' |
    sed 's/.*struct wm_worker {\([^}]*\)}.*/\1/' | tr ';' '\n' |
    sed -e '/(struct wm_conn/d' -e 's/.*(\*\([a-z_]*\)).*/\1/' \
	-e 's/.* \**\([a-z_]*\), \([a-z_]*\)$/\1 \2/' \
	-e t -e 's/.*[ *]\([a-z_]*\)$/\1/'); do
	quietly grep -E "^\.It Fa (.*, )?(.* )?$member( ,|\$)" "$pages/wm_main.3"
	result "wm_main.3 has the member $member"
done
# An active process is one of the last three.
for state in $(sed -n '/define WM__CHILD_TABLE/,/^$/s/.*X([A-Z]*, "\([a-z-]*\)").*/\1/p' \
    "$framework/master/child.h" | grep -v active | sort -u) crash-loop busy \
    idle stopped; do
	documented "^\.It Cm $state\$" "the state $state"
done
for signal in $(sed -n '/master_signals\[WM__MASTER_SIGNALS\]/,/;/p' \
    "$framework/master/master.c" | grep -o '\<SIG[A-Z0-9]*\>'); do
	documented "^\.It Dv .*$signal" "the signal $signal"
done
cat "$framework"/*/*.[ch] | sed -n \
    -e 's/.*getenv("\([A-Z_]*\)").*/\1/p' \
    -e 's/.*paths_variable("\([A-Z_]*\)").*/\1/p' \
    -e 's/^#define WM__IPC_[A-Z_]* *"\([A-Z_]*\)".*/\1/p' |
    sort -u >"$tmp/variables"
[ -s "$tmp/variables" ]
result 'the framework reads variables'
while read -r variable; do
	documented "^\.It Ev .*$variable" "the variable $variable"
done <"$tmp/variables"

echo "1..$n"
exit $failed
