#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every command, on a kernel that has the tracer and the module irqspan_spans
# (CONFIG_IRQSPAN_SPANS_TEST), whose spans are the truth. As root.
#
# With "why" as argument: irqspan why alone. With "isolated": what takes CPUs that were
# isolated at boot, by isolcpus=domain,managed_irq,1-3 nohz_full=1-3 rcu_nocbs=1-3.
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"

# shellcheck source=guest_lib.sh
. "$here/guest_lib.sh"

# --- why: causes that the module makes ---------------------------------------

spans_task()
{
	why 2 -c $cpu --limit 5ms -- "irq_disable $cpu 20000 10" &&
		says "^CPU $cpu was disturbed in .*: .* off [0-9]+ times? for 5.00 ms or longer" &&
		cause 'irqspan_spans_irq_disable.* had interrupts off, in task spans_a' \
			"CPU $cpu: 10 times, ([2-9][0-9][0-9]\\.|[1-9]\\.).* in all" \
			'report irqspan_spans_irq_disable to the maintainers of irqspan_spans' \
			'See: https://' && untouched
}
# The same for a program: to a file beside the text, alone to stdout, or not at all
in_json()
{
	local span='^\{"kind":"span","text":"irqspan_spans_irq_disable .* in task spans_a",'
	span+='"count":10,'
	why 2 -c $cpu --limit 5ms --json "$TMP/why.json" -- "irq_disable $cpu 20000 10" &&
		says "^CPU $cpu was disturbed" &&
		grep -qE "$span.*\"too_long\":true" "$TMP/why.json" &&
		grep -q "^{\"format\":\"irqspan-why\".*\"disturbed\":true" "$TMP/why.json" || return
	why 2 -c $cpu --limit 5ms --json - -- "irq_disable $cpu 20000 10" &&
		grep -qE "$span" "$TMP/out" && hides '^CPU' && hides 'Not known' || return
	rm "$TMP/why.json"
	complains 'cannot write .*/none/x: No such file' why -d 60s --json "$TMP/none/x" &&
		untouched
}
spans_handler()
{
	why 2 -c $cpu --limit 5ms -- "hard_timer $cpu 15000 10" &&
		cause 'irqspan_spans_hard_timer.* ran in an interrupt' \
			'Do:  .*do without irqspan_spans .*; report irqspan_spans_hard' 'CPU' &&
		times 'irqspan_spans_hard_timer.* ran in an interrupt' 8
}
spans_elsewhere()
{
	why_cpu=$((cpu - 1))
	why 2 -c $cpu,$why_cpu --limit 5ms -- "irq_disable $why_cpu 20000 5" &&
		cause irqspan_spans_irq_disable "CPU $why_cpu:" &&
		{ "$IRQSPAN" why -c $cpu --limit 5ms -- sh -c \
			"echo irq_disable $why_cpu 20000 5 >$spans/run" >"$TMP/out" 2>&1 || :; } &&
		hides '^ *[0-9]+\. irqspan_spans_irq_disable.* had interrupts off'
}
spans_waited()
{
	why 2 -c all --limit 5ms -- "lock $cpu 20000 5" &&
		cause 'irqspan_spans_lock_hold.* had interrupts off' &&
		{ ! grep -q 'waited for a lock' "$TMP/out" ||
			cause 'waited for a lock' 'Do:  look for the span at the same time'; }
}
not_disturbed()
{
	run 0 why -c $cpu --limit 10s -d 1s &&
		says "^CPU $cpu was not disturbed in 1.* s: .*, less than the limit of 10.00 s" &&
		hides '^ *[0-9]+\. .*irqspan_spans'
}
line_held()
{
	why 2 --limit 5ms -- "disable_pending $cpu 20000" &&
		cause 'line [0-9]+ \(spans_pending\) was held off by irqspan_spans_disable_irq' \
			'an interrupt waited 1 time' 'Why: A driver disabled the line' \
				'Do:  if irqspan_spans_disable_irq is the handler'
}
line_oneshot()
{
	why 2 --limit 5ms -- "mask_oneshot $cpu 20000 3" ||
		why 0 --limit 5ms -- "mask_oneshot $cpu 20000 3"
	# No interrupt is seen to wait while it is masked, unless one came.
	! grep -q spans_oneshot "$TMP/out" ||
		cause 'spans_oneshot.*' 'Do:  give the thread irq/[0-9]+-\* a higher priority'
}
# Once it is off, no interrupt is seen to wait: that one came which nobody handled says it all.
line_spurious()
{
	[ "$(cat /sys/module/spurious/parameters/noirqdebug)" = N ] ||
		{ echo "the kernel does not look for such lines"; return 4; }
	for _ in 1 2 3; do
		why 2 --limit 5ms -- "spurious $cpu 20000" &&
			cause 'line [0-9]+ \(spans_spurious\) was held off' \
				'Why: The kernel turned the line off because nobody handled' &&
			return
	done
	return 1
}
# while_open SPANS OPTION...: measure while the module makes these spans, and end before they do
while_open()
{
	local pid
	"$IRQSPAN" why -n 100 -d 4s --limit 5ms "${@:2}" >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	begun $pid
	echo "$1" >$spans/run
	wait $pid
}
line_open()
{
	for _ in 1 2 3; do
		while_open "hold $cpu"
		echo "release $cpu" >$spans/run
		cause 'line [0-9]+ \(spans_hold\) was held off by irqspan_spans_disable_irq' \
			'1 time, and was not over after [0-9.]+ m?s; .* waited 0 times' \
			'Do:  if irqspan_spans_disable_irq is the handler' && return
	done
	return 1
}
# Of the last one there is no record.
span_open()
{
	for _ in 1 2 3; do
		while_open "irq_disable $cpu 50000 100" -c $cpu
		[ $? = 2 ] &&
			cause 'irqspan_spans_irq_disable.* had interrupts off, in task spans_a' \
			"CPU $cpu: .*, and was not over after [0-9.]+ ms" && return
	done
	return 1
}
ipi_call()
{
	why 2 -c $cpu --limit 1ms -- "call_single 0 2000 20 $cpu" &&
		cause 'IPIs from CPU 0, .* of irqspan_spans_called.*by irqspan_spans_call_single' \
			'Path: .*irqspan_spans_call_single' \
			'Do:  have spans_a do that before the workload starts' &&
		times 'call-function of irqspan_spans_called' 10 &&
			most 'call-function of irqspan_spans_called' 20
}
late_call()
{
	why 2 -c $cpu --limit 2ms -- "call_late 0 8000 10 $cpu" &&
		cause 'irqspan_spans_hold_off.* task spans_b made .* late: .*irqspan_spans_called' \
			'report irqspan_spans_hold_off to the maintainers of irqspan_spans'
}
late_timer()
{
	why 2 -c $cpu --limit 2ms -- "timer_late $cpu 8000 10" &&
		cause 'irqspan_spans_hold_timer.* made others late: .*irqspan_spans' 'CPU'
}
timers_left()
{
	why 2 -c 0 --limit 10us -- "timer 0 3000 20 $cpu" &&
		cause "timers of spans_a \\(irqspan_spans_timer.*\\) left it for CPU $cpu" \
			'IPIs? came back' \
			'Do:  sysctl -w kernel.timer_migration=0'
}
worst_first()
{
	why 2 -c $cpu --limit 2ms -- "irq_disable $cpu 40000 8" "irq_save $cpu 5000 4" &&
		[ "$(rank 'irqspan_spans_irq_disable.* had')" -lt \
			"$(rank 'irqspan_spans_irq_save.* had')" ]
}
own_advice()
{
	printf '%s\t' span 'function=irqspan_spans_irq_*' 'Made by a test.' 'end {task} at {cpus}' \
		>"$TMP/advice"
	echo https://example.org/ >>"$TMP/advice"
	why 2 -c $cpu --limit 5ms --advice "$TMP/advice" -- "irq_disable $cpu 20000 5" &&
		cause irqspan_spans_irq_disable 'Why: Made by a test.' \
			"Do:  end spans_a at $cpu" 'See: https://example.org/'
}
quiet() { why 2 -q -c $cpu --limit 5ms -- "irq_disable $cpu 20000 5" &&
	[ "$(wc -l <"$TMP/out")" = 1 ]; }
# All CPUs are measured, among them the one where each record that is read makes a short span
own_reading()
{
	timeout -k 5 60 "$IRQSPAN" why -q -d 1s --limit 1us >"$TMP/out" 2>"$TMP/err"
	[ $? = 2 ] && untouched || return
	timeout -k 5 60 "$IRQSPAN" top -d 2s -i 1s --limit 1us >"$TMP/out" 2>"$TMP/err" &&
		untouched
}
thresholds()
{
	# Thresholds that are too high are lowered, and are back afterwards.
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	local was
	was=$(settings)
	why 2 -c $cpu --limit 5ms -- "irq_disable $cpu 20000 5" &&
		cause irqspan_spans_irq_disable && diff <(echo "$was") <(settings)
	local status=$?
	echo 10000 >$tracing/irqspan/local_thresh_ns
	return $status
}

# Its own name has what would turn a terminal red.
odd_name()
{
	run 2 why -n 1000 --limit 10us -- bash -c \
		'printf "\033[41mRED\302\233" >/proc/$$/comm
		for i in {1..3000}; do : </proc/self/stat; done' || return
	says ' in task \?\[41mRED\?\?' && ! grep -qa -e $'\033' -e $'\302\233' "$TMP/out"
}
# Nobody knows whether it would have been disturbed.
goes_offline()
{
	local state=/sys/devices/system/cpu/cpu$cpu/online status=0
	[ -w $state ] || { echo "CPU $cpu stays"; return 4; }
	"$IRQSPAN" why -q -c $cpu --limit 10s -- sh -c "echo 0 >$state" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	echo 1 >$state
	grep -q "CPU $cpu went offline: measure again" "$TMP/err" && [ $status = 1 ] && untouched
}
# It looks up the first function before that module is there.
module_comes()
{
	rmmod irqspan_spans || { echo "it is built in, or used"; return 4; }
	run 2 why -n 100 -c $cpu --limit 50us -- sh -c "sleep 2; modprobe irqspan_spans; sleep 1
		echo irq_disable $cpu 20000 10 >$spans/run; rmmod irqspan_spans" &&
		cause 'irqspan_spans_irq_disable \[irqspan_spans\] had interrupts off' \
			"CPU $cpu: 10 times"
	local status=$?
	modprobe irqspan_spans
	return $status
}
# The buffer is too small for those spans that come after the long ones.
records_lost()
{
	local pid status=0
	# Its command tells when it measures: that tracing is on is too early.
	rm -f "$TMP/measures"
	"$IRQSPAN" why -q -c $cpu --limit 40ms -- sh -c "touch $TMP/measures; sleep 12" \
		>"$TMP/out" 2>"$TMP/err" &
	pid=$!
	for _ in {1..200}; do [ ! -e "$TMP/measures" ] || break; sleep 0.1; done
	kill -STOP $pid
	echo 4 >$tracing/instances/irqspan-$pid/buffer_size_kb
	echo "irq_disable $cpu 50000 2" >$spans/run
	for _ in 1 2 3; do echo "irq_disable $cpu 10500 100" >$spans/run; done
	kill -CONT $pid
	wait $pid || status=$?
	[ $status = 2 ] && grep -q 'records were lost' "$TMP/err" &&
		says 'off ([2-9]|[0-9]{2}) times for 40.00 ms or longer, for ([5-9]|[1-9].)[0-9]\.'
}

test_why()
{
	ok "why: a task that turns interrupts off" spans_task
	ok "why: as JSON" in_json
	ok "why: a handler that takes long" spans_handler
	ok "why: CPUs that were not asked for" spans_elsewhere
	ok "why: a lock" spans_waited
	ok "why: nothing that lasts so long" not_disturbed
	ok "why: a line that is held off" line_held
	ok "why: a line whose thread is slow" line_oneshot
	ok "why: a line that nobody is there for" line_spurious
	ok "why: a line that is off at the end" line_open
	ok "why: a CPU that has interrupts off at the end" span_open
	ok "why: IPIs, by who asked" ipi_call
	ok "why: a call that is late" late_call
	ok "why: a timer that is late" late_timer
	ok "why: timers that left" timers_left
	ok "why: the worst first" worst_first
	ok "why: advice of one's own" own_advice
	ok "why: but the sentence" quiet
	ok "why: thresholds that were too high" thresholds
	ok "why: what it reads makes spans" own_reading
	ok "why: a task whose name a terminal would obey" odd_name
	ok "why: records are lost" records_lost
	ok "why: a module that comes, and goes" module_comes
	ok "why: a CPU that goes offline" goes_offline
	ok "why: the machine is as it was" untouched
}

# --- how it ends ---------------------------------------------------------------

# begun PID: wait until that one measures
begun()
{
	for _ in {1..100}; do
		[ "$(cat $tracing/instances/irqspan-"$1"/tracing_on 2>/dev/null)" != 1 ] || break
		[ ! -d $tracing/instances/irqspan-"$1" ] || [ "${2:-}" != counts ] || break
		sleep 0.1
	done
	sleep 1.5
}
stays_clean() # SIGNAL
{
	local pid
	"$IRQSPAN" why -d 60s >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	begun $pid
	[ "$(settings)" != "$before" ] || { echo "it did not begin"; kill $pid; return 1; }
	kill -"$1" $pid
	wait $pid
	untouched && says '^CPUs 0-'
}
killed()
{
	local pid
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	local was
	was=$(settings)
	"$IRQSPAN" why -d 60s >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	begun $pid
	kill -KILL $pid
	wait $pid 2>/dev/null
	if [ ! -d $tracing/instances/irqspan-$pid ] ||
	   [ "$(cat $tracing/irqspan/local_thresh_ns)" != 10000 ]; then
		echo "nothing was left"
		return 1
	fi
	"$IRQSPAN" hist -q -d 100ms >"$TMP/out" 2>"$TMP/err" && diff <(echo "$was") <(settings)
	local status=$?
	echo 10000 >$tracing/irqspan/local_thresh_ns
	return $status
}
# Its command goes on, and what was left is removed by the next one, or the one after it.
killed_with_command()
{
	local pid was status=0
	was=$(settings)
	"$IRQSPAN" record -q -o "$TMP/killed" -- sleep 30 >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	begun $pid
	kill -KILL $pid
	wait $pid 2>/dev/null
	rm -f "$TMP"/killed*
	"$IRQSPAN" hist -q -d 100ms >"$TMP/out" 2>"$TMP/err" && [ ! -s "$TMP/err" ] &&
		diff <(echo "$was") <(settings) || status=1
	pkill -x sleep
	return $status
}
# Somebody reads a file of the instance when it is to be removed.
instance_used()
{
	local pid was status=0
	was=$(settings)
	"$IRQSPAN" hist -q -d 4s >"$TMP/out" 2>"$TMP/err" &
	pid=$!
	for _ in {1..100}; do [ ! -d $tracing/instances/irqspan-$pid ] || break; sleep 0.1; done
	exec 5<$tracing/instances/irqspan-$pid/trace_pipe
	wait $pid
	grep -q 'cannot remove the instance' "$TMP/err" || { echo "it could"; status=1; }
	run 0 hist -q -d 100ms && grep -q 'cannot remove the instance' "$TMP/err" || status=1
	exec 5<&-
	run 0 hist -q -d 100ms && [ ! -s "$TMP/err" ] && diff <(echo "$was") <(settings) || status=1
	return $status
}
two_at_once()
{
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	local was first status
	was=$(settings)
	"$IRQSPAN" why -q --limit 500us -d 3s >/dev/null 2>"$TMP/err" &
	first=$!
	begun $first
	"$IRQSPAN" why -q --limit 50us -d 4s >/dev/null 2>>"$TMP/err" &
	wait $first
	# The second one still measures, and needs what it asked for.
	[ "$(cat $tracing/irqspan/local_thresh_ns)" = 10000 ] ||
		{ cat $tracing/irqspan/local_thresh_ns; return 1; }
	wait
	diff <(echo "$was") <(settings) && [ ! -s "$TMP/err" ]
	status=$?
	echo 10000 >$tracing/irqspan/local_thresh_ns
	return $status
}
others_settings()
{
	local status=0
	mkdir $tracing/instances/somebody
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	echo irqspan >$tracing/instances/somebody/current_tracer
	complains "local_thresh_ns is 77000000 and would .* 10000, but somebody .* \\(somebody\\)" \
		why -d 1s || status=1
	[ "$(cat $tracing/irqspan/local_thresh_ns)" = 77000000 ] || status=1
	# What needs no change goes on beside him.
	run 0 hist -q -d 200ms || status=1
	[ "$(cat $tracing/instances/somebody/current_tracer)" = irqspan ] || status=1
	echo nop >$tracing/instances/somebody/current_tracer
	rmdir $tracing/instances/somebody
	echo 10000 >$tracing/irqspan/local_thresh_ns
	return $status
}
changed_meanwhile()
{
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	"$IRQSPAN" why -q -d 3s >"$TMP/out" 2>"$TMP/err" &
	begun $!
	echo 5000 >$tracing/irqspan/local_thresh_ns
	wait
	[ "$(cat $tracing/irqspan/local_thresh_ns)" = 5000 ] &&
		grep -q 'changed to 5000 by somebody else' "$TMP/err"
	local status=$?
	echo 10000 >$tracing/irqspan/local_thresh_ns
	return $status
}
cleared_meanwhile()
{
	local command
	for command in hist why; do
		"$IRQSPAN" $command -q -d 3s >"$TMP/out" 2>"$TMP/err" &
		while kill -0 $! 2>/dev/null; do
			echo >$tracing/irqspan/stats
			sleep 0.5
		done
		wait
		grep -q 'somebody cleared the counters meanwhile' "$TMP/err" || return 1
	done
}
cut_off() { run 1 why -d 60s -- /nonexistent &&
	grep -q 'cannot run /nonexistent: No such file' "$TMP/err" && untouched; }
disk_full()
{
	local status=0
	"$IRQSPAN" hist -d 100ms >/dev/full 2>"$TMP/err" || status=$?
	[ $status = 1 ] && grep -q 'cannot write all of .*: No space left' "$TMP/err" && untouched
}
reader_left() { "$IRQSPAN" hist -d 100ms 2>"$TMP/err" | head -n 0; untouched; }

test_ends()
{
	ok "ends: ^C" stays_clean INT
	ok "ends: SIGTERM" stays_clean TERM
	ok "ends: its terminal is gone" stays_clean HUP
	ok "ends: killed, and the next one puts everything back" killed
	ok "ends: killed, and its command goes on" killed_with_command
	ok "ends: somebody uses its instance" instance_used
	ok "ends: two at once" two_at_once
	ok "ends: it refuses to change what somebody else uses" others_settings
	ok "ends: what somebody changed meanwhile stays" changed_meanwhile
	ok "ends: somebody cleared the counters meanwhile" cleared_meanwhile
	ok "ends: a command that does not exist" cut_off
	ok "ends: a disk that is full" disk_full
	ok "ends: a reader that leaves" reader_left
}

# --- bad input -----------------------------------------------------------------

no_tracefs()
{
	# In a mount namespace of its own
	unshare -m sh -c \
		"umount /sys/kernel/tracing; umount /sys/kernel/debug/tracing 2>/dev/null
		umount /sys/kernel/debug
		'$IRQSPAN' why -d 1s" >"$TMP/out" 2>"$TMP/err"
	[ $? = 1 ] && [ "$(wc -l <"$TMP/err")" = 1 ] &&
		grep -q 'mount -t tracefs nodev /sys/kernel/tracing' "$TMP/err"
}
no_rights()
{
	local status=0
	setpriv --reuid 1000 --regid 1000 --clear-groups "$IRQSPAN" why -d 1s >"$TMP/out" \
		2>"$TMP/err" || status=$?
	[ $status = 1 ] && [ "$(wc -l <"$TMP/err")" = 1 ] && grep -q 'run it as root' "$TMP/err"
}
damaged_state()
{
	mkdir -p "$IRQSPAN_STATE_DIR"
	echo "nonsense" >"$IRQSPAN_STATE_DIR/state"
	complains 'was not written by this version of irqspan: remove it' hist -d 100ms || return
	printf 'irqspan state 1\nsetting\n' >"$IRQSPAN_STATE_DIR/state"
	complains 'is damaged' hist -d 100ms || return
	rm "$IRQSPAN_STATE_DIR/state"
}
# Somebody has 2000 lines that do not follow each other, and the session was killed.
state_long()
{
	local list
	list=$(seq -s , 0 2 4000)
	mkdir -p "$IRQSPAN_STATE_DIR"
	printf '%s\n' 'irqspan state 1' "setting irqspan/irqs $list all" \
		'session 999999 1 irqspan-999999' >"$IRQSPAN_STATE_DIR/state"
	run 0 hist -q -d 100ms
	local status=$?
	# This machine has not as many.
	grep -q 'cannot put irqspan/irqs back to 0,2,4' "$TMP/err" || status=1
	rm -f "$IRQSPAN_STATE_DIR/state"
	[ $status = 0 ] && untouched
}
state_full()
{
	local status=0 was
	mkdir "$TMP/full"
	mount -t tmpfs -o size=8k none "$TMP/full"
	: >"$TMP/full/lock"
	head -c 8k /dev/zero >"$TMP/full/rest"
	echo 77000000 >$tracing/irqspan/local_thresh_ns
	was=$(settings)
	IRQSPAN_STATE_DIR=$TMP/full complains 'No space left.*; nothing was changed' why -d 1s ||
		status=1
	diff <(echo "$was") <(settings) || status=1
	echo 10000 >$tracing/irqspan/local_thresh_ns
	umount "$TMP/full"
	return $status
}
test_bad()
{
	ok "bad: a CPU that is not there" complains 'not all of these CPUs are online' why -c 99
	ok "bad: an empty list" complains "is no list of CPUs" why -c ''
	ok "bad: an interrupt that is not there" complains 'there is no interrupt 9999' hist -i 9999
	ok "bad: no tracefs" no_tracefs
	ok "bad: no rights" no_rights
	ok "bad: what it noted is damaged" damaged_state
	ok "bad: what it noted is long" state_long
	ok "bad: no room to note what it was" state_full
	ok "bad: an address that is not here" complains 'cannot listen at' export --listen \
		192.0.2.1:9100
	ok "bad: a port that is used" port_used
	ok "bad: the machine is as it was" untouched
}
port_used()
{
	"$IRQSPAN" export --listen 127.0.0.1:9101 -d 5s -q &
	sleep 2
	complains 'cannot listen at 127.0.0.1:9101: Address already in use' export --listen \
		127.0.0.1:9101
	local status=$?
	wait
	return $status
}

# --- hist, top, export -----------------------------------------------------------

hist_measures()
{
	run 0 hist -c $cpu -i none --save "$TMP/hist" -- sh -c \
		"echo irq_disable $cpu 50000 10 >$spans/run" &&
		says "^cpu $cpu +[0-9]+ .* [0-9.]+ m?s$" || return
	# Ten spans of 50 ms and more, by the file and by the picture
	awk -v cpu=$cpu \
		'$1 == "cpu" && $2 == cpu && $4 >= 48000000 { n += $6 }
		$1 == "cpu" && $2 != cpu { bad = 1 }
		END { exit bad ||
			n < 10 }' "$TMP/hist" && says '[0-9.]+ ms - [0-9.]+ ms +[0-9]+ +#+$'
}
# All of it is the table, of which a difference can be made.
hist_saves_to_stdout()
{
	run 0 hist -c $cpu -d 1s --save - && grep -q "^cpu $cpu " "$TMP/out" &&
		! grep -vE '^(#|cpu|irq) ' "$TMP/out" || return
	cp "$TMP/out" "$TMP/hist"
	run 0 hist -c $cpu --diff "$TMP/hist" "$TMP/hist"
}
hist_differs()
{
	mkdir -p "$TMP/a" "$TMP/b"
	mkdir $tracing/instances/somebody
	echo irqspan >$tracing/instances/somebody/current_tracer
	cp $tracing/irqspan/hist "$TMP/a/hist"
	echo "irq_disable $cpu 50000 7" >$spans/run
	cp $tracing/irqspan/hist "$TMP/b"
	run 0 hist -c $cpu -q --diff "$TMP/a" "$TMP/b/hist" && [ ! -s "$TMP/err" ]
	local status=$? long
	# As many as the kernel counted between
	long=$(awk -v cpu=$cpu \
		'FNR == 1 { sign = NR == 1 ? -1 : 1 } $1 == "cpu" && $2 == cpu { n += sign * $6 }
		END { print n }' "$TMP/a/hist" "$TMP/b/hist")
	says "^cpu $cpu +$long " || status=1
	echo >$tracing/irqspan/hist
	cp $tracing/irqspan/hist "$TMP/b"
	run 0 hist -q --diff "$TMP/a" "$TMP/b" &&
		grep -q 'the counters were cleared between' "$TMP/err" || status=1
	echo nop >$tracing/instances/somebody/current_tracer
	rmdir $tracing/instances/somebody
	return $status
}
top_plain()
{
	"$IRQSPAN" top -c $cpu -d 6s -i 1s --limit 5ms >"$TMP/out" 2>"$TMP/err" &
	begun $!
	echo "irq_disable $cpu 20000 40" >$spans/run
	wait
	[ "$(grep -cE "^cpu $cpu " "$TMP/out")" -ge 3 ] && hides "^cpu 0 " &&
		says '^ +spans/s +off%' &&
		says "^cpu $cpu +[0-9]+ +[0-9.]+ .*irqspan_spans_irq_disable .*\\(spans_a\\)"
}
top_line()
{
	"$IRQSPAN" top -d 6s -i 1s --limit 5ms >"$TMP/out" 2>"$TMP/err" &
	begun $!
	echo "hold 0" >$spans/run
	sleep 2
	wait
	echo "release 0" >$spans/run
	says '^irq [0-9]+ spans_.* irqspan_spans_disable_irq.*\(spans_a\)'
}
# An interval in which it is off all the time, and the one in which that ends
top_share()
{
	local begin end
	"$IRQSPAN" top -d 9s -i 1s --limit 5ms >"$TMP/out" 2>"$TMP/err" &
	begun $!
	read -r begin _ </proc/uptime
	echo "hold 0" >$spans/run
	sleep 3.5
	echo "release 0" >$spans/run
	read -r end _ </proc/uptime
	wait
	# On a busy host, the intervals are longer, and so is the sleep.
	awk -v begin="$begin" -v end="$end" \
		'/^irq [0-9]+ spans_hol/ { whole += $5 > 98; bad += $5 > 100; sum += $5 }
		END {
			print whole, bad, sum
			exit whole < 2 || bad || sum > 100 * (end - begin) + 60
		}' "$TMP/out"
}
exported()
{
	local ask=$1 n
	"$IRQSPAN" export --listen :9102 -d 8s >"$TMP/out" 2>"$TMP/err" &
	sleep 2
	$ask >"$TMP/one"
	echo "irq_disable $cpu 20000 10" >$spans/run
	$ask >"$TMP/two"
	# Cleared in between: counters rise all the same
	echo >$tracing/irqspan/stats
	echo "irq_disable $cpu 20000 10" >$spans/run
	$ask >"$TMP/three"
	wait
	says '^irqspan: metrics at :9102/metrics' || return
	for n in one two three; do
		sed -nE "s/^.*_bucket\\{cpu=\"$cpu\",le=\"([^\"]*)\"\\} ([0-9]+).*/\\1 \\2/p" \
			"$TMP/$n" |
			awk '$1 + 0 < 0.017 { below = $2 } $1 == "+Inf" { print $2 - below }' \
				>>"$TMP/long"
	done
	cat "$TMP/long"
	# So many of 17 ms and more: 10, and 10 more
	awk 'NR > 1 && $1 < last + 10 { exit bad = 1 } { last = $1 }
		END { exit bad || NR != 3 }' "$TMP/long" || return
	# Nothing falls
	awk 'match($0, /} /) && !/^#/ && !/irqspan_open/ {
		key = substr($0, 1, RSTART)
		value = substr($0, RSTART + 2) + 0
		if (key in last && value < last[key]) { print; bad = 1 } last[key] = value }
		END { exit bad }' "$TMP/one" "$TMP/two" "$TMP/three"
}
ask_port()
{
	exec 3<>/dev/tcp/127.0.0.1/"$1"
	printf '%s\r\n' 'GET /metrics HTTP/1.1' 'Host: x' \
		'Accept: application/openmetrics-text' '' >&3
	cat <&3
	exec 3>&-
}
ask_openmetrics() { ask_port 9102; }
export_head() { grep -q '^HTTP/1.1 200' "$TMP/one" && grep -q openmetrics-text "$TMP/one" &&
	tail -n 1 "$TMP/one" | grep -q '^# EOF'; }
export_once()
{
	run 0 export -c $cpu -o "$TMP/prom" --format prometheus &&
		grep -q "^irqspan_span_seconds_count{cpu=\"$cpu\"}" "$TMP/prom" &&
		! grep -q 'cpu="0"' "$TMP/prom" && [ "$(ls "$TMP"/prom*)" = "$TMP/prom" ] &&
			untouched
}

# Where the machine is out of files for a time, it says so, waits without spinning, and goes on.
export_without_files()
{
	local pid free=0 hard before after
	"$IRQSPAN" export --listen :9105 -d 60s -q 2>"$TMP/err" &
	pid=$!
	begun $pid counts
	while [ -e /proc/$pid/fd/$free ]; do free=$((free + 1)); done
	hard=$(awk '/^Max open files/ { print $5 }' /proc/$pid/limits)
	# One more file, for the connection, but none for a table
	prlimit --pid $pid --nofile=$((free + 1)):"$hard"
	ask_port 9105 >"$TMP/one"
	# Not even that
	prlimit --pid $pid --nofile=$free:"$hard"
	ask_port 9105 >"$TMP/two" &
	before=$(cut -d' ' -f14,15 /proc/$pid/stat)
	sleep 3
	after=$(cut -d' ' -f14,15 /proc/$pid/stat)
	prlimit --pid $pid --nofile="$hard:$hard"
	wait $!
	kill $pid
	wait $pid
	head -n 1 "$TMP/one" "$TMP/two"
	echo "clock ticks of this machine in 3 s: from $before to $after"
	grep -q '^HTTP/1.1 503' "$TMP/one" &&
		grep -q 'cannot read .*: Too many open files' "$TMP/err" &&
		grep -q '^HTTP/1.1 200' "$TMP/two" || return
	# shellcheck disable=SC2086 # two numbers each
	set -- $before $after
	[ $(($3 + $4 - $1 - $2)) -lt $((3 * $(getconf CLK_TCK) / 4)) ]
}

# It does not serve on the CPU that it measures.
export_elsewhere()
{
	local pid allowed
	"$IRQSPAN" export --listen :9104 -c $cpu -d 60s -q &
	pid=$!
	begun $pid counts
	allowed=$(sed -n 's/^Cpus_allowed_list:[[:blank:]]*//p' /proc/$pid/status)
	kill $pid
	wait $pid
	[ "$allowed" = 0-$((cpu - 1)) ] || { echo "on $allowed"; return 1; }
}
# In a folder like /tmp, somebody else's link leads to a file of root: it is replaced, not that.
export_to_trap()
{
	local protected status=0
	protected=$(cat /proc/sys/fs/protected_symlinks)
	echo 1 >/proc/sys/fs/protected_symlinks
	mkdir -m 1777 "$TMP/tmp"
	echo precious >"$TMP/roots"
	ln -s "$TMP/roots" "$TMP/tmp/prom"
	chown -h 1000 "$TMP/tmp/prom"
	run 0 export -o "$TMP/tmp/prom" && [ ! -L "$TMP/tmp/prom" ] &&
		grep -qx '# EOF' "$TMP/tmp/prom" && [ "$(cat "$TMP/roots")" = precious ] || status=1
	echo "$protected" >/proc/sys/fs/protected_symlinks
	return $status
}
# It is offline when measuring begins.
export_cpu_comes()
{
	local pid
	[ -e /sys/devices/system/cpu/cpu1/online ] || { echo "CPU 1 stays"; return 4; }
	echo 0 >/sys/devices/system/cpu/cpu1/online
	"$IRQSPAN" export --listen :9103 -d 60s -q &
	pid=$!
	begun $pid counts
	echo 1 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	exec 3<>/dev/tcp/127.0.0.1/9103
	printf '%s\r\n' 'GET /metrics HTTP/1.1' '' >&3
	cat <&3 >"$TMP/come"
	exec 3>&-
	kill $pid
	wait $pid
	grep -qE '^irqspan_span_seconds_count\{cpu="1"\} [1-9]' "$TMP/come" && untouched
}
# Before anything is measured
save_nowhere()
{
	local began=$SECONDS
	complains 'cannot write /nonexistent/x' hist -d 30s --save /nonexistent/x &&
		[ $((SECONDS - began)) -lt 20 ]
}

test_others()
{
	ok "hist: as many as there were" hist_measures
	ok "hist: saved to stdout, and nothing else is there" hist_saves_to_stdout
	ok "hist: between two copies" hist_differs
	ok "hist: a file that cannot be written" save_nowhere
	ok "top: plain lines" top_plain
	ok "top: who holds a line" top_line
	ok "top: for what share of the time a line is off" top_share
	ok "export: counters only rise" exported ask_openmetrics
	ok "export: OpenMetrics over HTTP" export_head
	ok "export: once, to a file" export_once
	ok "export: on other CPUs than those it measures" export_elsewhere
	ok "export: a machine that is out of files for a time" export_without_files
	ok "export: to a link of somebody else" export_to_trap
	ok "export: a CPU that comes" export_cpu_comes
	ok "others: the machine is as it was" untouched
}

# --- actions ---------------------------------------------------------------------

action_stop()
{
	local began=$SECONDS
	why 2 -d 50s -c $cpu --limit 15ms --on-threshold "trace,file=$TMP/trace" \
		--on-threshold "shell,command=touch $TMP/touched" -- "irq_disable $cpu 30000 1" \
			"sleep $cpu 1000 1" &&
		[ $((SECONDS - began)) -lt 40 ] && [ -e "$TMP/touched" ] &&
		grep 'local_span: .* caller=irqspan_spans_irq_disable+0x[1-9a-f]' "$TMP/trace" |
			grep -q ' handler=0x0 '
}
action_signal()
{
	local signalled=1
	trap 'signalled=0' USR1
	why 2 -c $cpu --limit 15ms --on-threshold signal,num=10,pid=$$ --on-threshold stop -- \
		"irq_disable $cpu 30000 1"
	trap - USR1
	return $signalled
}
action_again()
{
	# Debounced: six spans of 30 ms in a row are one or two, not six.
	: >"$TMP/count"
	why 2 -c $cpu --limit 15ms --on-threshold "shell,command=echo x >>$TMP/count" \
		--on-threshold continue \
		--debounce 30s -- "irq_disable $cpu 30000 3" "sleep $cpu 1000 1" \
			"irq_disable $cpu 30000 3" &&
		[ "$(wc -l <"$TMP/count")" = 1 ] && times 'irqspan_spans_irq_disable.* had' 6
}
action_none()
{
	rm -f "$TMP/touched"
	run 0 why -c $cpu --limit 10s -d 1s --on-threshold "shell,command=touch $TMP/touched" &&
		[ ! -e "$TMP/touched" ]
}
test_actions()
{
	ok "action: trace, shell, and the end" action_stop
	ok "action: signal" action_signal
	ok "action: continue, debounced" action_again
	ok "action: nothing that lasts so long" action_none
	ok "action: the machine is as it was" untouched
}

# --- isolated CPUs ---------------------------------------------------------------

migration=/proc/sys/kernel/timer_migration
nohz_full_case()
{
	echo 1 >$migration
	run 2 why -c 1 -- cyclictest -m -q -a 1 -i 10000 -p 95 -t 1 -l 300 &&
		says '^CPU 1 was disturbed in .* isolated CPUs \(1\) were interrupted ' &&
		cause 'timers of cyclictest \(hrtimer_wakeup\) left it for CPU 0' \
			'CPU 1: [0-9]+ times' \
			'IPIs came back' 'An isolated CPU leaves its timers' \
				'Do:  sysctl -w kernel.timer_migration=0' &&
		times 'timers of cyclictest \(hrtimer_wakeup\)' 200 &&
			[ "$(rank 'timers of cyclictest \(hrtimer_wakeup\)')" -le 3 ]
}
nohz_full_remedy()
{
	echo 0 >$migration
	run 2 why -c 1 -- cyclictest -m -q -a 1 -i 10000 -p 95 -t 1 -l 300 || run 0 why -c 1 -d 1s
	local status=$?
	echo 1 >$migration
	[ $status = 0 ] && hides 'timers of cyclictest \(hrtimer_wakeup\)'
}
# A call that comes just as the CPU goes idle takes no interrupt.
membarrier_case() { why 2 -c 1 -- "call_single 0 10 50 1" &&
	cause 'IPIs from CPU 0, call-function of irqspan_spans_called' 'CPU 1: (4[0-9]|50) times'; }
tick_case()
{
	cat >"$TMP/two" <<-END
	taskset -c 2 sh -c 'while :; do :; done' & a=\$!
	taskset -c 2 sh -c 'while :; do :; done' & b=\$!
	sleep 9
	kill \$a \$b
	END
	run 2 why -n 100 -c 2 -- sh "$TMP/two" &&
		cause 'the tick went on: SCHED' 'CPU 2: [0-9]+ times' 'More than one task' \
		'Do:  move all tasks but one away by taskset' &&
		times 'the tick went on: SCHED' 20
}
tick_posix()
{
	cat >"$TMP/one" <<-END
	prlimit --cpu=1000 taskset -c 2 sh -c 'while :; do :; done' & a=\$!
	sleep 3
	kill \$a
	END
	run 2 why -n 100 -c 2 -- sh "$TMP/one" &&
		cause 'the tick went on: POSIX_TIMER' 'Do:  use a timer on CLOCK_MONOTONIC' &&
		times 'the tick went on: POSIX_TIMER' 5
}
delayed_work()
{
	why 2 -c 1 -- "delayed_work_here 1 20000 20" &&
		cause 'timers of spans_a \(irqspan_spans_work.*\) left it for CPU 0' \
			'Do:  run spans_a elsewhere' 'timer_migration does not change that'
}
test_isolated()
{
	ok "isolated: timers that leave" nohz_full_case
	ok "isolated: with the remedy, none" nohz_full_remedy
	ok "isolated: calls from elsewhere" membarrier_case
	ok "isolated: two tasks keep the tick" tick_case
	ok "isolated: a timer on CPU time keeps the tick" tick_posix
	ok "isolated: delayed work" delayed_work
	ok "isolated: the machine is as it was" untouched
}

case ${1:-} in
isolated) test_isolated ;;
why) test_why ;;
*)
	test_why
	test_ends
	test_bad
	test_others
	test_actions ;;
esac
plan
