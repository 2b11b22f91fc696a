# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: timers that leave for another CPU, which then interrupts them; and those that
# come.

wheel()
{
	provoke receive 50 && named 'timers of provoke \(process_timeout\) left it for CPU 0' \
		'timer kind=wheel' 10 || return
	# If the path of the IPIs has the function of the timer, they are counted with the timers.
	# Else they are a cause of their own.
	block process_timeout | grep -qE ' in all.*; [0-9]+ IPIs came back' ||
		named 'IPIs from CPU 0' \
			'ipi path=*call_timer_fn*' 10 || return
	named 'IPIs from CPU . to itself, irq_work of nohz_full_kick_func.* in task provoke' \
		'ipi function=nohz_full_kick_func path=irq_work_queue*<__mod_timer*'
}
# What irqspan why advises for timers of the wheel: to wait by poll(), and kernel.timer_migration
# at 0.
wheel_remedy()
{
	provoke poll 50 && named 'timers of provoke \(hrtimer_wakeup\) left it for CPU 0' \
		'timer kind=hrtimer' 10 &&
		stay provoke poll 50 &&
		hides 'timers of provoke \((process_timeout|hrtimer_wakeup)'
}
delayed()
{
	why 2 -c $cpu -- "delayed_work_here $cpu 20000 10" &&
		named 'timers of spans_a \(irqspan_spans_work.*\) left it for CPU 0' \
			'timer kind=wheel function=delayed_work_timer_fn' 5
}
# CPU 0, which does the housekeeping, starts a timer on $cpu, which is isolated.
started_for()
{
	why 2 -c $cpu -- "timer_on 0 20000 10 $cpu" &&
		named 'timers of CPU 0, of .*irqspan_spans_wheel.*\), came to it' \
			'timer kind=wheel by=came' 5 || return
	# Such a timer is told as this cause only, and not also as one that expired there.
	hides 'the timer irqspan_spans_wheel.* expired there'
}

ok "isolated: a socket's timeout" wheel
ok "isolated: with the remedy, no timer leaves" wheel_remedy
ok "isolated: delayed work" delayed
ok "isolated: a timer that another CPU starts for it" started_for
