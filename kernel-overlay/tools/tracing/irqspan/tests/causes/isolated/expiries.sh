# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: timers that expire there, and interrupt whoever runs.

quiet() { beside -- sleep 3 && hides 'expired there'; }
# The timers of a task that has the CPU for itself disturb nobody, whether it sleeps or not.
own_timers()
{
	stay provoke nap 100 || return
	# The kernel's random numbers may have a timer there because interrupts came.
	! grep 'expired there' "$TMP/out" | grep -v mix_interrupt_randomness &&
		says 'interrupted nobody by that: .*napper [0-9]+ times' || return
	stay provoke alarm 100 && hides '(posix_timer_fn|hrtimer_wakeup).* expired there' &&
		says 'interrupted nobody by that: .*provoke [0-9]+ times'
}
other_task()
{
	stay provoke nap_beside 100 &&
		named 'timers of napper \(hrtimer_wakeup\) expired there while another task ran' \
			'expiry by=task' 20
}
looked_at()
{
	stay provoke look 100 && named 'the timer timerfd_tmrproc expired there' \
		'expiry function=hrtimer_wakeup|process_timeout|posix_timer_fn' 50
}
left_behind()
{
	stay provoke leave 20 &&
		named 'posix_timer_fn expired there for provoke, which is elsewhere' \
			'expiry by=elsewhere' 20
}
# The clock of $cpu stays set for a timer that is canceled elsewhere. Not where another CPU has the
# timer.
canceled()
{
	case $arch in x86_64 | aarch64) ;; *) echo "not on $arch"; return 4 ;; esac
	stay provoke cancel 20 &&
		named 'the interrupt of timers came there, and none expired' 'expiry by=none' 10
}
canceled_remedy()
{
	with_setting /proc/sys/kernel/timer_migration 1 provoke cancel 20 &&
		most 'the interrupt of timers came there' 2
}
driver_timer()
{
	why 2 -c $cpu --limit 5ms -- "timers_at_once $cpu 15000 2" &&
		named 'the timer irqspan_spans_timers_at_once \[irqspan_spans\] expired there' \
			'expiry module=?*' 60
}
driver_timer_unloaded()
{
	unloaded "timers_at_once $cpu 15000 2" &&
		named 'the timer 0x[0-9a-f]+ expired there' 'expiry function=0x*' 60
}
# The thread of RCU's grace periods is bound to $cpu, where another task is busy.
bound_thread()
{
	cat >"$TMP/bound" <<-END
	"$PROVOKE" spin $cpu 0 60000 &
	$(mounts 20)
	kill \$!
	END
	rcu_here beside -- sh "$TMP/bound" &&
		named 'the timer process_timeout expired there and woke up the thread rcu_' \
			'expiry by=thread' 5
}
# If nothing else runs on $cpu, another CPU has the timers of that thread.
thread_timers()
{
	local kick='ipi function=nohz_full_kick_func path=irq_work_queue*<__mod_timer<*rcu_gp_*'

	mounts 20 >"$TMP/only_mounts"
	rcu_here beside -- sh "$TMP/only_mounts" &&
		named 'timers of rcu_' 'timer kind=wheel task=rcu_*' 5 &&
		named 'IPIs from CPU [0-9].*nohz_full_kick_func.* in task rcu_' "$kick" 5
}
# This watchdog leaves CPUs that are nohz_full alone by default, which is looked at first. Then it
# is told to watch them.
watched=/proc/sys/kernel/watchdog_cpumask
lockup_watchdog()
{
	[ -w "$watched" ] || { echo "no watchdog for soft lockups"; return 4; }
	[ "$(cat "$watched")" = 0 ] || return
	beside -- "$PROVOKE" spin $cpu 0 500 && hides 'watchdog_timer_fn' || return
	with_setting "$watched" "0-$cpu" with_setting /proc/sys/kernel/watchdog_thresh 1 \
		watchdog_there
}
watchdog_there()
{
	beside -- "$PROVOKE" spin $cpu 0 500 &&
		named 'the timer watchdog_timer_fn expired there' \
			'expiry function=watchdog_timer_fn' 5 &&
		do_as_told watchdog_timer_fn && [ "$(cat "$watched")" = 0 ]
}
sampled_there()
{
	perf_runs -c 10000000 || return
	beside -- perf record -q -o "$TMP/perf.data" -c 10000000 -e cpu-clock -C $cpu \
		"$PROVOKE" spin $cpu 0 200 &&
		named 'the timer perf_swevent_hrtimer expired there' \
			'expiry function=perf_swevent_hrtimer|perf_mux_hrtimer_handler' 20 || return
	# What irqspan why advises
	beside -- perf record -q -o "$TMP/perf.data" -c 10000000 -e cpu-clock -C 0 \
		"$PROVOKE" spin $cpu 0 200 && hides 'perf_swevent_hrtimer expired there'
}
timerlat()
{
	grep -qw timerlat $tracing/available_tracers || { echo "no tracer timerlat"; return 4; }
	with_setting $tracing/osnoise/cpus $cpu \
		beside -- sh -c "echo timerlat >$tracing/current_tracer; sleep 2
			echo nop >$tracing/current_tracer" &&
		named 'the timer timerlat_irq expired there and woke up the thread timerlat/' \
			'expiry function=timerlat_irq' 100 &&
		named 'IPIs from CPU 0.* in task sh' \
			'ipi path=*start_per_cpu_kthreads*'
}
turns()
{
	local features=/sys/kernel/debug/sched/features
	cat >"$TMP/turns" <<-END
	"$PROVOKE" spin $cpu 0 200 &
	"$PROVOKE" spin $cpu 0 200 &
	wait
	END
	with_setting $features HRTICK beside -- sh "$TMP/turns" &&
		named 'the timer hrtick expired there' 'expiry function=hrtick' 20 || return
	# What irqspan why advises
	with_setting $features NO_HRTICK beside -- sh "$TMP/turns" && hides 'hrtick expired there'
}
deadline_stays()
{
	stay beside -c 1-3 -- taskset -c 1-3 "$PROVOKE" deadline 0 0 100 &&
		named 'the timer (dl_task_timer|inactive_task_timer) expired there' \
			'expiry function=dl_task_timer' 10
}
machine_checks()
{
	local interval=/sys/devices/system/machinecheck/machinecheck0/check_interval
	[ -w $interval ] || { echo "no machine checks"; return 4; }
	with_setting $interval 1 beside -- "$PROVOKE" spin $cpu 0 500 &&
		named 'the timer mce_timer_fn expired there' 'expiry function=mce_timer_fn' 2 ||
		return
	# What irqspan why advises
	with_setting $interval 0 beside -- "$PROVOKE" spin $cpu 0 300 && hides mce_timer_fn
}
# A timer of the wheel stays on an isolated CPU while the tick goes on there. Here it does because
# two tasks run there.
connection()
{
	cat >"$TMP/connection" <<-END
	"$PROVOKE" spin $cpu 0 60000 &
	"$PROVOKE" connect $cpu 0 5
	kill \$!
	END
	beside -- sh "$TMP/connection" && named 'the timer tcp_keepalive_timer expired there' \
		'expiry function=tcp_*' 2
}
neighbour()
{
	card
	cat >"$TMP/neighbour" <<-END
	"$PROVOKE" spin $cpu 0 400 &
	"$PROVOKE" spin $cpu 0 400 &
	taskset -c $cpu ping -q -6 -c 3 -W 1 fe80::3%eth0
	wait
	END
	beside -- sh "$TMP/neighbour" &&
		named 'the timer neigh_timer_handler expired there' \
			'expiry function=neigh_*' || return
	ip neigh replace fe80::3 lladdr 02:00:00:00:00:03 dev eth0 nud permanent
	beside -- sh "$TMP/neighbour" && hides 'neigh_timer_handler'
	local status=$?
	ip neigh del fe80::3 dev eth0
	return $status
}
# A program began to capture packets on $cpu, where the tick goes on because two tasks run there.
captured()
{
	cat >"$TMP/capture" <<-END
	for i in 1 2; do "$PROVOKE" spin $cpu 0 60000 & spinning="\$spinning \$!"; done
	"$PROVOKE" capture \$1 0 1500
	status=\$?
	kill \$spinning
	exit \$status
	END
	stay beside -- sh "$TMP/capture" $cpu &&
		named 'the timer prb_retire_rx_blk_timer_expired expired there' \
			'expiry function=prb_retire_rx_blk_timer_expired' 5 || return
	# What irqspan why advises
	stay beside -- sh "$TMP/capture" 0 && hides 'prb_retire_rx_blk_timer_expired expired there'
}
# card_up CPU: bring the first network card down, and up again by a task on CPU, where its timer
# then is
card_up()
{
	ip link set eth0 down
	taskset -c "$1" ip link set eth0 up
	ip addr add fe80::1/64 dev eth0 nodad
}
card_watched()
{
	local spinning=() status
	card
	for _ in 1 2; do "$PROVOKE" spin $cpu 0 60000 & spinning+=($!); done
	card_up $cpu
	beside -- sleep 5 && named 'the timer dev_watchdog expired there' \
		'expiry function=dev_watchdog' 2
	status=$?
	# What irqspan why advises
	card_up 0
	[ $status != 0 ] || { beside -- sleep 3 && hides dev_watchdog; } || status=1
	kill "${spinning[@]}"
	return $status
}

ok "isolated: no timers on a CPU that has nothing to do" quiet
ok "isolated: timers of the task that runs there" own_timers
ok "isolated: timers of another task that runs there" other_task
ok "isolated: a timer that a task looks at" looked_at
ok "isolated: timers of a task that went elsewhere" left_behind
ok "isolated: a timer that is canceled elsewhere" canceled
ok "isolated: a timer that is canceled where it is" canceled_remedy
ok "isolated: a timer of a driver" driver_timer
ok "isolated: a timer of a driver that is gone" driver_timer_unloaded
ok "isolated: a thread of the kernel waits for a time" bound_thread
ok "isolated: a thread of RCU there, whose timers go elsewhere" thread_timers
ok "isolated: the watchdog for soft lockups, and the remedy" lockup_watchdog
ok "isolated: samples of perf, and the remedy" sampled_there
ok "isolated: the tracer timerlat" timerlat
ok "isolated: timers that end a turn, and the remedy" turns
ok "isolated: the timer of a task with deadlines" deadline_stays
ok "isolated: machine checks, and the remedy" machine_checks
ok "isolated: a connection that is kept alive" connection
ok "isolated: a neighbour in the network, and the remedy" neighbour
ok "isolated: packets that are captured, and the remedy" captured
ok "isolated: a network card that is watched, and the remedy" card_watched
