# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On any CPU: interrupts that take long, and those that other CPUs cause.

expedited()
{
	cat >"$TMP/mounts" <<-END
	"$PROVOKE" spin $cpu 0 60000 &
	sleep 0.5
	$(mounts 20)
	kill \$!
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/mounts" &&
			named 'IPIs from .* of rcu_' 'ipi function=rcu_exp_handler' && return
	done
	return 1
}
# The thread of RCU's grace periods runs on $cpu, and other CPUs wake it up.
rcu_thread()
{
	mounts 20 >"$TMP/only_mounts"
	rcu_here rcu_woken
}
rcu_woken()
{
	for _ in 1 2 3; do
		beside -- sh "$TMP/only_mounts" && named 'IPIs from ' \
			'ipi path=*rcu_*' && return
	done
	return 1
}
callbacks()
{
	cat >"$TMP/callbacks" <<-END
	# Each task that ends leaves a callback.
	taskset -c $cpu sh -c 'while :; do /bin/true; done' &
	for i in 1 2 3 4 5; do
		ip netns add gone
		ip netns del gone
		sleep 0.3
	done
	kill \$!
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/callbacks" &&
			named 'IPIs from .* of rcu_barrier_handler' \
				'ipi function=rcu_barrier_handler' && return
	done
	return 1
}
# $cpu is the only CPU that is idle, and each other one has two tasks: they have $cpu balance the
# load.
idle_balance()
{
	cat >"$TMP/many" <<-END
	for other in $(seq -s ' ' 0 $((cpu - 1))); do
		"$PROVOKE" spin \$other 0 200 &
		"$PROVOKE" spin \$other 0 200 &
	done
	wait
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/many" &&
			named 'IPIs from .* of nohz_csd_func' 'ipi function=nohz_csd_func' && return
	done
	return 1
}
tick()
{
	provoke spin 100 --limit 10us &&
		named 'tick_(nohz_handler|sched_timer) ran in an interrupt' \
			'span by=handler function=tick_nohz_handler'
}
idle()
{
	provoke wake 50 --limit 10us &&
		named 'had interrupts off \(idle\)' 'span function=do_idle'
}
several_handlers()
{
	provoke spin 100 --limit 10us || return
	case $arch in
	x86_64)	named 'the interrupt sysvec_apic_timer_interrupt took long' \
			'span context=hardirq by=code function=*timer_interrupt' ;;
	*)	named 'the interrupt [^ ]* took long' 'span context=hardirq by=code module=' ;;
	esac
}
# The function that another CPU calls is short. Most of the span is the way into the interrupt and
# out of it, so that the interrupt has to be named, and not the function.
around_call()
{
	on x86_64 || return
	provoke wake 50 --limit 10us &&
		named 'the interrupt sysvec_(call_function_single|reschedule_ipi) took long' \
			'span context=hardirq by=code function=sysvec_call_function*'
}
# Many timers of a program expire in one interrupt: none takes long by itself, but all together
# do. Who armed them is in no record, so that only their function is named.
timers_at_once()
{
	provoke timers 3000 --limit 1ms &&
		named 'posix_timer_fn ' 'span by=handler|interrupt function=posix_timer_fn' &&
		says '(Longest in it: posix_timer_fn,|posix_timer_fn ran (in an interrupt|longest))'
}
# An emulator that is not run for a while lets one of them take long, but not each time.
few_timers()
{
	for _ in 1 2 3; do
		provoke timers 1 --limit 1ms && hides 'posix_timer_fn (ran|in an)' && return
	done
	return 1
}
held_up()
{
	why 2 -c $cpu --limit 5ms -- "hard_timer $cpu 15000 5" &&
		named 'in which irqspan_spans_hard_timer.* ran longest made others late' \
			'late by=interrupt'
}
called()
{
	why 2 -c $cpu --limit 1ms -- "call_single 0 5000 10 $cpu" || return
	case $arch in
	x86_64)	named 'irqspan_spans_called.* ran in an interrupt' \
			'span by=handler path=*call_function*' ;;
	*)	named 'irqspan_spans_called.* ran in an interrupt' 'span by=handler module=?*' ;;
	esac
}
timer()
{
	why 2 -c $cpu --limit 5ms -- "hard_timer $cpu 15000 5" || return
	case $arch in
	x86_64)	named 'irqspan_spans_hard_timer.* ran in an interrupt' \
			'span by=handler module=?* path=*timer*' ;;
	*)	named 'irqspan_spans_hard_timer.* ran in an interrupt' \
			'span by=handler module=?*' ;;
	esac
}
timer_unloaded()
{
	unloaded "hard_timer $cpu 15000 5" || return
	# Its name is known if records were read before it went, as where that takes long.
	cause 'irqspan_spans_hard_timer .* ran in an interrupt' ||
		named '0x[0-9a-f]+ ran in an interrupt' 'span by=handler function=0x*'
}
clock_set()
{
	provoke setclock 10 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
		'ipi function=retrigger_next_event|clock_was_set*' 5
}
# Programs that want time stamps of packets come and go, and the kernel patches its code when the
# first one comes and when the last one goes. Where CPUs are isolated at boot, it does not: there
# packets always get time stamps.
stamped()
{
	provoke stamp 20 && named 'IPIs from CPU 0, .* for the work (netstamp_clear|static_key_)' \
		'ipi path=*netstamp_clear*' 20
}
sampled()
{
	perf_runs -c 1000000 || return
	beside --limit 20us -- perf record -q -o "$TMP/perf.data" -c 200000 -e cpu-clock \
		-C $cpu -- "$PROVOKE" spin $cpu 0 200 &&
		named 'perf_swevent_hrtimer' \
			'span by=handler|interrupt function=perf_swevent_hrtimer' 5
}

called_by_driver()
{
	why 2 -c $cpu --limit 1ms -- "call_single 0 2000 20 $cpu" &&
		named 'IPIs from CPU 0, call-function of irqspan_spans_called' \
			'ipi kind=call-function module=?*' 10
}

ok "cause: an expedited grace period of RCU, by mounts" expedited
ok "cause: a thread of RCU" rcu_thread
ok "cause: callbacks of RCU that somebody waits for" callbacks
ok "cause: the scheduler balances load on an idle CPU" idle_balance
ok "cause: the tick" tick
ok "cause: the way out of idle" idle
ok "cause: an interrupt without one handler that takes long" several_handlers
ok "cause: a call that takes less than getting there and back" around_call
ok "cause: many timers of a program that are due at once" timers_at_once
ok "cause: one timer at a time is no cause" few_timers
ok "cause: a backtrace by NMI" backtrace
ok "cause: an interrupt that held others up" held_up
ok "cause: a function that another CPU has called here" called
ok "cause: a driver that has something done by other CPUs" called_by_driver
ok "cause: the function of a timer" timer
ok "cause: the function of a timer, of a module that is gone" timer_unloaded
ok "cause: the clock is set" clock_set
ok "cause: time stamps of packets" stamped
ok "cause: samples of perf" sampled
