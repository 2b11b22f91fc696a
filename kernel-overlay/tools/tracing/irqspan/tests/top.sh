#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# irqspan top in a terminal, by tmux: keys are pressed, and the screen is read. With the tracer
# and the module irqspan_spans, as root.
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"
# shellcheck source=guest_lib.sh
. "$here/guest_lib.sh"

terminal() { TMUX='' tmux -f /dev/null -L irqspan "$@"; }
press() { terminal send-keys -t top "$@"; }
page() { terminal capture-pane -p -t top >"$TMP/out"; }
ask() { terminal display-message -p -t top "#{$1}"; }

# shows PATTERN...: the screen has lines like these all at once, within a while
shows()
{
	local pattern missing
	for _ in {1..100}; do
		page
		missing=''
		for pattern; do grep -qE -- "$pattern" "$TMP/out" || missing=$pattern; done
		[ "$missing" ] || return 0
		sleep 0.2
	done
	echo "not shown: $missing"
	return 1
}

# start COLUMNS ROWS OPTION...: irqspan top, and what is there after it
start()
{
	cat >"$TMP/shell" <<-END
	trap : INT
	echo "what was there before"
	"$IRQSPAN" top ${*:3}
	echo "exit \$?, \$(stty -a | grep -oE -e '-?(icanon|echo)\\b' | xargs)"
	exec sleep 1000
	END
	terminal new-session -d -s top -x "$1" -y "$2" "sh $TMP/shell"
}
leave() { terminal kill-session -t top 2>/dev/null; untouched; }
# The number of the CPU in each row of one, from the top
cpus_shown() { page; sed -nE 's/^cpu ([0-9]+) .*/\1/p' "$TMP/out" | xargs; }
# Wait until the row of that CPU is the first one: the interval in which its load begins may have
# little of it.
comes_first()
{
	for _ in {1..100}; do
		[ "$(cpus_shown | cut -d' ' -f1)" != "$1" ] || return 0
		sleep 0.2
	done
	echo "not the first row: cpu $1"
	return 1
}

# Spans of 50 ms on one CPU, one after the other, until load_ends
load_begins()
{
	touch "$TMP/loaded"
	while [ -e "$TMP/loaded" ]; do echo "irq_disable $cpu 50000 20" >$spans/run; done &
	loading=$!
}
load_ends() { rm "$TMP/loaded"; wait $loading; }

rows()
{
	local n
	start 200 40 -i 500ms --limit 20ms
	shows '^irqspan top, of .*, by share ' \
		'^ +spans/s +off% +p50 +p99 +max +IPIs/s +late/s' || return
	for ((n = 0; n <= cpu; n++)); do shows "^cpu $n +[0-9]+ +[0-9.]+ " || return; done
	[ "$(ask alternate_on)" = 1 ] && [ "$(ask cursor_flag)" = 0 ]
}
culprit()
{
	local span='([5-9][0-9]|[0-9]{3})\.[0-9]+ ms'
	shows "^cpu $cpu .* $span .*irqspan_spans_irq_disable .*\\(spans_a\\)" &&
		comes_first $cpu && [ "$(cpus_shown | wc -w)" = $((cpu + 1)) ]
}
reversed()
{
	press r
	shows 'by share, reversed ' "^cpu $cpu " &&
		[ "$(cpus_shown | awk '{ print $NF }')" = $cpu ] &&
		press r && shows 'by share ' && comes_first $cpu
}
sort_keys()
{
	local key
	for key in p50 p99 max ipis late id spans share id; do
		while ! page || ! grep -q ", by $key " "$TMP/out"; do
			press s
			shows '^irqspan top, .*, by ' || return
			[ $((++pressed)) -lt 30 ] || return
		done
	done
	shows ', by id ' && [ "$(cpus_shown)" = "$(seq -s ' ' 0 $cpu)" ]
}
detail()
{
	local n
	# The rows are by number.
	for ((n = 0; n < cpu; n++)); do press Down; done
	press Enter
	shows "^cpu $cpu: off now: " '^Spans from 4\.00 ms up, since the start' \
		'^ +[0-9]+ times .* irqspan_spans_irq_disable .*, in task spans_a' \
		'^IPIs in the last interval:' && hides '^ +spans/s' &&
		press Enter && shows '^ +spans/s' && press Up Enter &&
		shows "^cpu $((cpu - 1)): off now: " && hides 'irqspan_spans_irq_disable' &&
		press Escape && shows '^ +spans/s'
}
paused()
{
	press Space
	shows ', PAUSED ' || return
	cp "$TMP/out" "$TMP/paused"
	sleep 2
	page
	diff "$TMP/paused" "$TMP/out" || return
	# Keys do what they do, with the numbers that there were.
	press r
	shows ', reversed, PAUSED ' || return
	diff <(tail -n +2 "$TMP/paused" | sort) <(tail -n +2 "$TMP/out" | sort) || return
	press r
	shows 'by id, PAUSED ' || return
	diff "$TMP/paused" "$TMP/out"
}
resized()
{
	# While it is paused, nothing else would have it show the page anew.
	terminal resize-window -t top -x 60 -y 8
	shows '^irqspan top, .*PAUSED' && [ "$(grep -c . "$TMP/out")" -le 8 ] &&
		[ "$(wc -L <"$TMP/out")" -le 60 ] && says '^cpu 0 ' &&
		terminal resize-window -t top -x 200 -y 40 && shows 'h help$' '^cpu 0 .*' &&
		diff "$TMP/paused" "$TMP/out" || return
	press Space
	shows 'by id   q quit' || return
	cp "$TMP/out" "$TMP/paused"
	for _ in {1..50}; do page; cmp -s "$TMP/paused" "$TMP/out" || return 0; sleep 0.2; done
	echo "it does not go on"
	return 1
}
helps()
{
	press h && shows '^Keys: q quit' && press h && shows '^ +spans/s' &&
		hides '^Keys: q quit'
}
quits()
{
	press q
	shows '^what was there before$' '^exit 0, icanon echo$' && hides 'irqspan top' &&
		[ "$(ask alternate_on)" = 0 ] && [ "$(ask cursor_flag)" = 1 ] && leave
}
interrupted()
{
	start 100 20
	shows '^irqspan top' && press C-c &&
		shows '^what was there before$' '^exit 0, icanon echo$' && leave
}
suspended()
{
	cat >"$TMP/shell" <<-END
	set -m
	echo "what was there before"
	"$IRQSPAN" top
	echo "stopped, \$(stty -a | grep -oE -e '-?(icanon|echo)\\b' | xargs)"
	read -r line
	fg
	echo "exit \$?, \$(stty -a | grep -oE -e '-?(icanon|echo)\\b' | xargs)"
	exec sleep 1000
	END
	terminal new-session -d -s top -x 100 -y 20 "bash $TMP/shell"
	shows '^irqspan top' && press C-z && shows '^what was there before$' \
		'^stopped, icanon echo$' && [ "$(ask alternate_on)" = 0 ] &&
		[ "$(ask cursor_flag)" = 1 ] && press Enter && shows '^irqspan top' '^cpu 0 ' &&
		[ "$(ask alternate_on)" = 1 ] && press q && shows '^exit 0, icanon echo$' && leave
}
closed()
{
	local status=0
	start 100 20
	shows '^irqspan top' || status=1
	terminal kill-session -t top
	for _ in {1..50}; do untouched >/dev/null && break; sleep 0.2; done
	untouched && return $status
}
stops()
{
	start 100 20 -d 2s
	shows '^what was there before$' '^exit 0, icanon echo$' && leave
}

test_top()
{
	# The one that keeps the server
	terminal new-session -d -s other 'sleep 10000'
	ok "top: a row for each CPU" rows
	load_begins
	ok "top: the CPU with the longest spans comes first, and who made them" culprit
	ok "top: the other way round" reversed
	ok "top: each sort key" sort_keys
	ok "top: what is behind a CPU" detail
	ok "top: a pause" paused
	ok "top: a terminal of another size" resized
	load_ends
	ok "top: help" helps
	ok "top: quit, and the terminal is as it was" quits
	ok "top: ^C" interrupted
	ok "top: ^Z, and it goes on" suspended
	ok "top: its terminal is closed" closed
	ok "top: its time is up" stops
}

if command -v tmux >/dev/null; then
	test_top
	terminal kill-server 2>/dev/null
else
	skip "top: in a terminal" "there is no tmux"
fi
plan
