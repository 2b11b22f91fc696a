#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# irqspan record, and what irqspan report makes of it, on a kernel that has the tracer and
# the module irqspan_spans (CONFIG_IRQSPAN_SPANS_TEST), whose spans are the truth; and
# what trace-cmd makes of it. As root.
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"

tracing=/sys/kernel/tracing
spans=/sys/kernel/debug/irqspan_spans
export IRQSPAN_STATE_DIR=$TMP/state
cpu=$(($(nproc) - 1))
file=$TMP/irqspan.dat
json=$TMP/json

[ -d $spans ] || modprobe irqspan_spans || { echo "Bail out! no module irqspan_spans"; exit 1; }

# settings: all that the program may change, as one text
settings()
{
	local name
	for name in irqspan/cpus irqspan/irqs irqspan/local_thresh_ns irqspan/line_thresh_ns \
		tracing_thresh current_tracer tracing_on trace_clock options/stacktrace \
		events/irqspan/enable; do
		[ ! -e $tracing/$name ] || echo "$name $(cat $tracing/$name)"
	done
	ls $tracing/instances
	find "$IRQSPAN_STATE_DIR" -mindepth 1 ! -name lock 2>/dev/null
}
before=$(settings)
untouched() { diff <(echo "$before") <(settings); }

# record OPTION... -- SPANS...: record while the module makes these; as JSON in $json, a
# record a line
record()
{
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	run 0 record -q -o "$file" "${options[@]}" -- sh -c \
		"for s; do echo \"\$s\" >$spans/run || exit; done" sh "${@:2}" && as_json
}
as_json() { "$IRQSPAN" report --json "$json" "$file" 2>"$TMP/err"; }

# records PATTERN...: those that have all of them
records()
{
	local pattern text
	text=$(grep '^{"event"' "$json")
	for pattern; do text=$(grep -E -- "$pattern" <<<"$text"); done
	[ -z "$text" ] || echo "$text"
}
# count N WORD... : so many have them, exactly
count()
{
	local n
	n=$(records "${@:2}" | grep -c .)
	[ "$n" = "$1" ] || { echo "$n records, not $1: ${*:2}"; records "${@:2}"; return 1; }
}
# least N FIELD PATTERN...: each of these has N there at least
least()
{
	local n
	n=$(records "${@:3}" | sed -E "s/.*\"$2\":([0-9]+).*/\1/" | sort -n | head -n 1)
	[ "${n:-0}" -ge "$1" ] || { echo "$2 is $n, less than $1: ${*:3}"; return 1; }
}
# code FIELD FUNCTION: that field is a place in that function of the module
code()
{
	echo "\"$1\":\\{\"address\":\"0x[0-9a-f]+\",\"function\":\"$2\"," \
		"\"offset\":[0-9]+,\"module\":\"irqspan_spans\"\\}" | tr -d ' '
}

local_spans()
{
	# The short ones have another caller. A CPU of a guest may stop in one at any time.
	record -c $cpu --threshold 5ms -- "irq_disable $cpu 20000 10" "irq_save $cpu 100 200" &&
		count 10 local_span "$(code caller irqspan_spans_irq_disable)" '"comm":"spans_a"' \
			"\"cpu\":$cpu," &&
		least 20000000 duration_ns local_span "$(code caller irqspan_spans_irq_disable)" &&
		[ "$(records irqspan_spans_irq_save | grep -c .)" -lt 100 ]
}
only_these()
{
	# Of that recording: none is shorter, and none of another CPU.
	least 5000000 duration_ns local_span && count 0 local_span "\"cpu\":$((cpu - 1)),"
}
counted_too()
{
	# The short ones were not recorded, but counted.
	local n
	n=$(sed -nE "s/.*\"type\":\"cpu\",\"id\":$cpu,.*\"spans\":([0-9]+).*/\1/p" "$json")
	[ "${n:-0}" -ge 210 ] || { echo "$n spans"; return 1; }
}
in_words()
{
	run 0 report "$file" &&
		says '^Interrupts were off for up to [0-9.]+ m?s on CPU '$cpu'\.$' &&
		says '[0-9.]+ m?s +10 .*irqspan_spans_irq_disable \[irqspan_spans\]' &&
		says ' irqspan_spans +irqspan_spans_irq_disable \[irqspan_spans\]'
}
trace_cmd()
{
	# What trace-cmd reads in the same file
	trace-cmd report "$file" >"$TMP/text" 2>"$TMP/err" || return
	diff <(sed -nE 's/.* local_span: +duration=([0-9]+) .*/\1/p' "$TMP/text" | sort -n) \
		<(records local_span | sed -E 's/.*"duration_ns":([0-9]+).*/\1/' | sort -n) &&
		[ "$(grep -c 'local_span:.*caller=irqspan_spans_irq_disable' "$TMP/text")" = 10 ]
}
handlers()
{
	record -c $cpu --threshold 5ms -- "hard_timer $cpu 15000 10" &&
		[ "$(records local_span "$(code handler irqspan_spans_hard_timer)" |
			grep -c .)" -ge 8 ] &&
		least 15000000 handler_ns local_span "$(code handler irqspan_spans_hard_timer)" &&
		run 0 report "$file" && says 'irqspan_spans_hard_timer \[irqspan_spans\] +ran '
}
lines()
{
	record -- "disable_pending $cpu 20000" &&
		count 1 line_span '"name":"spans_pending"' '"kind":"disable"' '"pending":true' \
			"$(code caller irqspan_spans_disable_irq)" &&
		least 20000000 duration_ns '"name":"spans_pending"' &&
		run 0 report "$file" &&
		says 'spans_pending +disable +irqspan_spans_disable_irq \[irqspan_spans\]'
}
late_calls()
{
	record -c $cpu -- "call_late 0 8000 10 $cpu" || return
	local line blamed missed=0 found=0
	while read -r line; do
		found=$((found + 1))
		blamed=$(sed -nE 's/.*"blamed_record":([0-9]+).*/\1/p' <<<"$line")
		# The span that it names is the one that the module made.
		[ "$blamed" ] && grep '^{"event"' "$json" | sed -n "$((blamed + 1))p" |
			grep -qE "$(code caller irqspan_spans_hold_off)" || missed=$((missed + 1))
	done < <(records ipi_late "$(code function irqspan_spans_called)")
	echo "$found late calls, $missed without their span"
	[ $found -ge 8 ] && [ $missed = 0 ] || return
	least 4000000 late_ns ipi_late "$(code function irqspan_spans_called)"
}
late_timers()
{
	record -c $cpu -- "timer_late $cpu 8000 10" &&
		[ "$(records timer_late blamed_record "$(code function 'irqspan_spans_[a-z_]*')" |
			grep -c .)" -ge 8 ]
}
timers_left()
{
	record -t -- "timer 0 3000 20 $cpu" &&
		[ "$(records timer_migrate "$(code function 'irqspan_spans_[a-z_]*')" \
			'"from_cpu":0,' "\"to_cpu\":$cpu\\b" | grep -c .)" -ge 15 ] &&
		record -- "timer 0 3000 20 $cpu" && count 0 timer_migrate
}
stacks()
{
	record -s -c $cpu --threshold 5ms -- "irq_disable $cpu 20000 3" &&
		count 3 local_span "$(code caller irqspan_spans_irq_disable)" \
			'"stack":\[.*"irqspan_spans_irq_disable"' &&
		"$IRQSPAN" report --folded - "$file" >"$TMP/out" &&
		says '^interrupts off;spans_a;.*;irqspan_spans_irq_disable [0-9]+$'
}
overflow()
{
	run 0 record -q -c $cpu --threshold 0 -b 4 -o "$file" -- \
		sh -c 'for i in 1 2 3 4 5 6 7 8; do ls -R /sys/kernel >/dev/null 2>&1; done' &&
		grep -q 'records were lost' "$TMP/err" && as_json &&
		! grep -q '"lost_records":"0"' "$json"
}
cleared()
{
	run 0 record -q -o "$file" -- sh -c "echo >$tracing/irqspan/ipis; sleep 0.2" &&
		run 0 report "$file" && says 'Somebody cleared ipis meanwhile' || return
	run 0 record -q -o "$file" -- sleep 0.2 && run 0 report "$file" &&
		! grep -q 'Somebody cleared' "$TMP/out"
}
all_forms()
{
	record -c $cpu --threshold 5ms -- "irq_disable $cpu 20000 3" &&
		run 0 report --html "$TMP/page" --perfetto "$TMP/perfetto" --folded "$TMP/folded" \
			"$file" &&
		grep -q 'irqspan_spans_irq_disable \[irqspan_spans\]' "$TMP/page" &&
		grep -qa 'irqspan_spans_irq_disable' "$TMP/perfetto" &&
		grep -q 'spans_a;.*irqspan_spans_irq_disable ' "$TMP/folded"
}

test_records()
{
	ok "record: spans of a CPU" local_spans
	ok "record: none that is shorter, or of another CPU" only_these
	ok "record: what was not recorded is counted" counted_too
	ok "report: the longest span, its code, its module" in_words
	ok "record: trace-cmd reads the same" trace_cmd
	ok "record: handlers" handlers
	ok "record: lines" lines
	ok "record: calls that are late, and the span that made them" late_calls
	ok "record: timers that are late" late_timers
	ok "record: timers that leave, if asked for" timers_left
	ok "record: stacks" stacks
	ok "record: it tells what was lost" overflow
	ok "report: it tells what somebody cleared meanwhile" cleared
	ok "report: a page, a trace for Perfetto, folded stacks" all_forms
	ok "record: the machine is as it was" untouched
}

# ends SIGNAL: it writes the file, whatever ends it
ends()
{
	local pid
	rm -f "$file"
	"$IRQSPAN" record -q -c $cpu --threshold 5ms -o "$file" >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	for _ in {1..100}; do
		[ "$(cat $tracing/instances/irqspan-$pid/tracing_on 2>/dev/null)" != 1 ] || break
		sleep 0.1
	done
	# Whether it reads already cannot be seen from outside.
	sleep 2
	echo "irq_disable $cpu 20000 3" >$spans/run
	kill -"$1" $pid
	wait $pid || return
	untouched && as_json && count 3 local_span "$(code caller irqspan_spans_irq_disable)"
}
ends_command()
{
	# The time is up before the command has ended.
	local began=$SECONDS
	run 0 record -q -d 1s -o "$file" -- sleep 100 && [ $((SECONDS - began)) -lt 60 ] &&
		! pgrep -x sleep >/dev/null
}
# With nothing behind it
to_stdout()
{
	(cd "$TMP" && "$IRQSPAN" record -d 500ms -o - >"$TMP/piped" 2>"$TMP/err") &&
		run 0 report "$TMP/piped" && untouched
}
full_disk()
{
	mkdir -p "$TMP/small"
	mount -t tmpfs -o size=100k none "$TMP/small" || return
	complains 'cannot write all of .*/small/x: No space left on device' \
		record -q -d 1s -o "$TMP/small/x"
	local status=$?
	[ -z "$(ls "$TMP/small")" ] || { ls "$TMP/small"; status=1; }
	umount "$TMP/small"
	[ $status = 0 ] && untouched
}
# It ends its command, too.
full_with_command()
{
	mkdir -p "$TMP/small"
	mount -t tmpfs -o size=100k none "$TMP/small" || return
	complains 'cannot write all of .*/small/x: No space left on device' \
		record -q --threshold 0 -o "$TMP/small/x" -- sleep 300
	local status=$?
	umount "$TMP/small"
	! pgrep -x sleep || { pkill -x sleep; status=1; }
	[ $status = 0 ] && untouched
}
no_command()
{
	rm -f "$file"
	complains 'cannot run /nonexistent: No such file' record -o "$file" -- /nonexistent &&
		[ ! -e "$file" ] && untouched
}
kept()
{
	# A file that was there stays until the new one is whole.
	echo precious >"$file"
	complains 'cannot run /nonexistent' record -o "$file" -- /nonexistent &&
		[ "$(cat "$file")" = precious ]
}
left() { [ -z "$(find "$TMP" -name '*.dat.??????')" ]; }

test_ends()
{
	ok "record: ^C ends it" ends INT
	ok "record: SIGTERM ends it" ends TERM
	ok "record: the time ends the command" ends_command
	ok "record: to stdout" to_stdout
	ok "record: a disk that is full" full_disk
	ok "record: a disk that is full, while a command runs" full_with_command
	ok "record: a command that does not exist" no_command
	ok "record: the file before is kept" kept
	ok "record: a folder that is not there" complains 'cannot write .*: No such file' \
		record -d 1 -o "$TMP/no/where"
	ok "record: a CPU that is not there" complains 'not all of these CPUs are online' \
		record -c 99
	ok "record: nothing is left behind" left
}

test_records
test_ends
plan
