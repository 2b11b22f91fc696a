# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What guest.sh, causes.sh and top.sh share: a machine that has the tracer, and what irqspan
# why says of it. Sourced, after tap.sh.

tracing=/sys/kernel/tracing
spans=/sys/kernel/debug/irqspan_spans
export IRQSPAN_STATE_DIR=$TMP/state
# An isolated one is not among those that this shell may run on.
# shellcheck disable=SC2034
cpu=$(($(nproc --all) - 1))

[ -d $spans ] || modprobe irqspan_spans || { echo "Bail out! no module irqspan_spans"; exit 1; }

# settings: all that the program may change, as one text
settings()
{
	local file
	for file in irqspan/cpus irqspan/irqs irqspan/local_thresh_ns irqspan/line_thresh_ns \
		tracing_thresh current_tracer tracing_on events/irqspan/enable; do
		[ ! -e $tracing/$file ] || echo "$file $(cat $tracing/$file)"
	done
	ls $tracing/instances
	find "$IRQSPAN_STATE_DIR" -type f ! -name lock 2>/dev/null
}
before=$(settings)
untouched() { diff <(echo "$before") <(settings); }

# why EXIT OPTION... -- SPANS: measure while the module makes these spans
why()
{
	local wanted=$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	run "$wanted" why -n 100 "${options[@]}" -- sh -c \
		"for s; do echo \"\$s\" >$spans/run || exit; done" \
		sh "${@:2}"
}

# block PATTERN: the lines of the cause whose first line has it
block()
{
	# -v would take the backslashes away.
	PATTERN=$1 awk '/^ *[0-9]+\. / { on = $0 ~ ENVIRON["PATTERN"] } /^$/ { on = 0 } on' \
		"$TMP/out"
}
# cause PATTERN PATTERN...: a cause is listed whose first line has the first one, and whose
# lines have the others
cause()
{
	local text pattern
	text=$(block "$1")
	[ "$text" ] || { echo "no cause: $1"; return 1; }
	for pattern in "${@:2}"; do
		grep -qE -- "$pattern" <<<"$text" || { echo "no: $pattern"; return 1; }
	done
}
# number PATTERN: how often that cause was there, 0 if it was not
number() { block "$1" | sed -nE 's/.*: ([0-9]+) times?.*/\1/p' | head -n 1 | grep . || echo 0; }
# times PATTERN LEAST: that cause was there so often at least
times()
{
	local n
	n=$(number "$1")
	[ "$n" -ge "$2" ] || { echo "$n times, not $2"; return 1; }
}
# fewer PATTERN BEFORE: and at most a quarter as often as before: a host that is busy makes
# some spans long
fewer()
{
	local n
	n=$(number "$1")
	[ $((4 * n)) -le "$2" ] || { echo "$n times, and $2 before"; return 1; }
}
# most PATTERN N: and no more often than that
most() { ! times "$1" $(($2 + 1)) >/dev/null; }
# rank PATTERN: at which place
rank() { grep -E '^ *[0-9]+\. ' "$TMP/out" | grep -nE -- "$1" | head -n 1 | cut -d: -f1; }
