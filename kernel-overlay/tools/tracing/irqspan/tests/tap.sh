# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests share: results as TAP, what a command says and how it exits. Sourced.

IRQSPAN=${IRQSPAN:-irqspan}
TMP=$(mktemp -d)
nr=0 failed=0

# ok NAME COMMAND...: the command succeeds; or exits with 4, and is skipped: it has to do with
# something that is not here
ok()
{
	local name=$1 status=0
	shift
	nr=$((nr + 1))
	"$@" >"$TMP/.said" 2>&1 || status=$?
	if [ $status = 0 ]; then
		echo "ok $nr - $name"
	elif [ $status = 4 ]; then
		echo "ok $nr - $name # SKIP $(tail -n 1 "$TMP/.said")"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $name"
		# What it was about. A function of a test may be called like a command.
		{ echo "$*"; command cat "$TMP/.said"
			[ ! -e "$TMP/out" ] || command tail -n 60 "$TMP/out"
			[ ! -e "$TMP/err" ] || command cat "$TMP/err"
		} | command sed 's/^/# /' | command cut -c1-300
	fi
}

skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
plan() { echo "1..$nr"; rm -rf "$TMP"; [ $failed = 0 ]; }

# run EXIT ARGUMENT...: irqspan exits like that; stdout and stderr go to files
run()
{
	local wanted=$1 status=0
	shift
	"$IRQSPAN" "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	[ $status = "$wanted" ] || { echo "exit $status, not $wanted"; return 1; }
}

# says PATTERN: stdout has it; hides PATTERN: it has not
says() { grep -qE -- "$1" "$TMP/out" || { echo "no: $1"; return 1; }; }
hides() { ! grep -E -- "$1" "$TMP/out"; }

# complains PATTERN ARGUMENT...: exit 1, one line on stderr that says it, none on stdout
complains()
{
	local pattern=$1
	shift
	run 1 "$@" || return
	[ "$(wc -l <"$TMP/err")" = 1 ] && [ ! -s "$TMP/out" ] && grep -qE -- "$pattern" "$TMP/err"
}
