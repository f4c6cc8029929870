# SPDX-License-Identifier: MIT
# shellcheck shell=bash source=tests/integration/lib.sh
# start --watch: a program that is replaced is reloaded by itself.
. "${top_srcdir:-.}/tests/integration/lib.sh"
use tests/support/troubled
mkdir "$work/one" "$work/two"
cp "$top_builddir/$program" "$work/one/prog"
cp "$top_builddir/$program" "$work/two/prog"
ln -s one "$work/current"
wm() {
	"$work/${which:-one}/prog" "$@" --run-dir "$run_dir" --log "$log"
}
generation() { [ "$(json generation)" = "$1" ]; }
reloads() { [ "$(json reloads)" = "$1" ]; }

which=current expect 0 "start --watch" wm start -d -q --watch
check "it runs the first generation" generation 1

cp "$work/one/prog" "$work/next"
mv "$work/next" "$work/one/prog"
wait_for "a renamed file is reloaded" generation 2

ln -s two "$work/switch"
mv -T "$work/switch" "$work/current"
wait_for "a link that is switched is followed" generation 3

# A build that is written piece by piece: taken once, when it is whole.
rm "$work/two/prog"
{
	head -c 100000 "$work/one/prog"
	sleep 0.7
	tail -c +100001 "$work/one/prog"
} >"$work/two/prog"
chmod +x "$work/two/prog"
wait_for "a file that is written slowly is taken" generation 4

rm -r "$work/two"
mkdir "$work/two"
printf 'no program' >"$work/two/prog"
chmod +x "$work/two/prog"
before=$(json reloads)
refused() { [ "$(json reload_result)" = refused ]; }
wait_for "a broken file is refused" refused
check "the old one serves on" answers "$(port line)" hello
cp "$work/one/prog" "$work/two/next"
mv "$work/two/next" "$work/two/prog"
wait_for "the next good one is taken" generation 5
check "one reload for each file" test \
    "$(json reloads)" = $((before + 2))
expect 0 "stop" wm stop -q
finish
