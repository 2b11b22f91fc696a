# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: what changes the whole system, or takes all CPUs to do.

# The tracer of functions traces a single function.
functions()
{
	local instance=$tracing/instances/irqspan_causes
	grep -qw function $tracing/available_tracers || { echo "no tracer of functions"; return 4; }
	cat >"$TMP/functions" <<-END
	mkdir $instance
	echo vfs_fsync_range >$instance/set_ftrace_filter
	for i in 1 2 3; do
		echo function >$instance/current_tracer
		echo nop >$instance/current_tracer
	done
	rmdir $instance
	END
	beside -- sh "$TMP/functions" || return
	[ "$arch" != x86_64 ] || named 'IPIs from CPU 0, call-function of .* in task sh' \
		'ipi path=*ftrace_*' || return
	# Since Linux 6.13 the kernel does not wait for all CPUs in the end, where it need not.
	! since 6.13 || return 0
	named 'IPIs from CPU 0.* in task rcu_tasks_rude' 'ipi path=*rcu_tasks*'
}
tracer()
{
	toggles >"$TMP/toggles"
	beside -- sh "$TMP/toggles" || return
	case $arch in
	x86_64)	named 'IPIs from CPU 0, call-function of .* in task sh' \
			'ipi function=do_sync_core|*sync_core*|text_poke*|ftrace_sync_ipi' 6 ;;
	*)	named 'IPIs from CPU 0, call-function of do_nothing.* in task sh' \
			'ipi function=kick_all_cpus_sync|do_nothing' ;;
	esac
}
module()
{
	on x86_64 || return
	rmmod irqspan_brief 2>/dev/null
	for _ in 1 2 3; do
		beside -- sh -c 'modprobe irqspan_brief && rmmod irqspan_brief && sleep 1' || return
		# The module is gone when irqspan why looks for names. Its code must not get
		# the name of other code that is there.
		! grep '_module \[' "$TMP/out" || return
		! grep '_exit ran in an interrupt' "$TMP/out" || return
		named 'IPIs from CPU 0, call-function of .* in task (modprobe|rmmod)' \
			'ipi path=*module*|*do_free_init* function=flush_tlb_func' &&
			named 'IPIs from CPU 0.* for the work do_free_init' \
				'ipi path=*module*|*do_free_init* function=flush_tlb_func' &&
			named 'IPIs from CPU 0, call-function of 0x.* in task (modprobe|rmmod)' \
				'ipi path=*do_init_module*|*delete_module*' && return
	done
	return 1
}
offline()
{
	local state=/sys/devices/system/cpu/cpu$((cpu - 1))/online
	[ -w "$state" ] || { echo "no CPU goes offline"; return 4; }
	cat >"$TMP/offline" <<-END
	for i in 1 2 3; do echo 0 >$state; sleep 0.1; echo 1 >$state; sleep 0.1; done
	END
	beside --limit 10us -- sh "$TMP/offline" || return
	named 'IPIs from CPU ' 'ipi path=*<_cpu_down*' 3 || return
	named "multi_cpu_stop had interrupts off, in task migration/$cpu" \
		'span function=multi_cpu_stop' 3 || return
	# The advice for what stops all CPUs must not be to move tasks away.
	! grep -A4 'Path: .*rcutree_offline_cpu' "$TMP/out" | grep 'move all tasks but one'
}
clocksource()
{
	local clock=/sys/devices/system/clocksource/clocksource0 now other
	now=$(cat $clock/current_clocksource)
	other=$(tr ' ' '\n' <$clock/available_clocksource | grep -vx "$now" | grep -m 1 .) ||
		{ echo "there is only one clock"; return 4; }
	beside -- sh -c "for c in $other $now; do echo \$c >$clock/current_clocksource; done" &&
		named 'IPIs from CPU 0.* in task sh' 'ipi path=*stop_machine*' 2
}
namespaces()
{
	cat >"$TMP/namespaces" <<-END
	for i in 1 2 3 4 5; do
		ip netns add irqspan_causes
		ip -n irqspan_causes link set lo up
		ip netns del irqspan_causes
	done
	sleep 1
	END
	beside -- sh "$TMP/namespaces" && named 'IPIs from CPU 0.* for the work cleanup_net' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*unregister_netdevice*'
}
trace_buffer()
{
	local instance=$tracing/instances/irqspan_causes
	beside -- sh -c "mkdir $instance; echo 2000 >$instance/buffer_size_kb; rmdir $instance" &&
		named 'IPIs from CPU 0.* in task sh' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*ring_buffer_resize*'
}
# A reader waits on CPU 0 for what is traced on $cpu.
trace_reader()
{
	local instance=$tracing/instances/irqspan_causes mask
	mask=$(printf '%x' $((1 << cpu)))
	mkdir $instance && echo "$mask" >$instance/tracing_cpumask || return
	cat >"$TMP/reader" <<-END
	timeout 5 cat $instance/trace_pipe >"$TMP/pipe" &
	echo 1 >$instance/events/signal/signal_generate/enable
	sleep 0.5
	"$PROVOKE" killed $cpu 0 20
	kill \$!
	END
	beside -- sh "$TMP/reader"
	# Since Linux 7.0 another CPU, which is not isolated, wakes up the reader.
	if since 7.0; then
		hides 'irq_work of rb_wake_up_waiters'
	else
		named 'irq_work of rb_wake_up_waiters' 'ipi function=rb_wake_up_waiters' 5
	fi
	local status=$?
	rmdir $instance
	return $status
}
# A task on $cpu writes to the log. Its reader, on CPU 0, is woken up by an interrupt of $cpu.
messages()
{
	local reader status
	cat /dev/kmsg >/dev/null &
	reader=$!
	provoke log 20 && named "IPIs from CPU $cpu to itself, irq_work of wake_up_klogd" \
		'ipi function=wake_up_klogd_work_func' 10
	status=$?
	kill $reader
	return $status
}
# A reader of the log waits on $cpu. CPU 0 writes to the log, and its next tick wakes up the
# reader by an IPI.
log_reader()
{
	local reader status
	taskset -c $cpu cat /dev/kmsg >/dev/null &
	reader=$!
	beside -- "$PROVOKE" log 0 0 20 && named 'IPIs from CPU 0, .*sched_ttwu_pending' \
		'ipi path=*wake_up_klogd*' 10
	status=$?
	kill $reader
	return $status
}
# What the kernel prints in an NMI is written to the console later: in an interrupt that $cpu
# sends to itself for that, or by the thread of the console, where it has one, which such an
# interrupt wakes up.
messages_nmi()
{
	local told=wake_up_klogd_work_func
	! grep -q ' univ8250_console_write_thread$' /proc/kallsyms || told=nbcon_irq_work
	backtrace && named "IPIs from CPU $cpu to itself, irq_work of $told" \
		'ipi function=wake_up_klogd_work_func'
}
# The same NMIs are told as such, as those of a watchdog or of perf would be.
not_maskable()
{
	backtrace && named 'Non-maskable interrupts \(NMI\)' 'irq irq=NMI' 3
}
# Work is queued for $cpu itself: it is given to the watchdog for soft lockups, and taken back.
work()
{
	local watched=/proc/sys/kernel/watchdog_cpumask
	[ -w $watched ] || { echo "no watchdog for soft lockups"; return 4; }
	cat >"$TMP/work" <<-END
	former=\$(cat $watched)
	echo 0-$cpu >$watched
	echo \$former >$watched
	END
	beside -- sh "$TMP/work" && named 'IPIs from CPU 0.* in task ' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*lockup_detector_*'
}
# Work on each CPU interrupts one that is busy twice: the second task there needs the tick, and is
# to be switched to. Both are because of the work, also where the tick is for the fair server.
limits_memory()
{
	cat >"$TMP/work" <<-END
	${1-} "$PROVOKE" spin $cpu 0 60000 &
	for i in 1 2 3 4 5; do
		sleep 0.1
		echo 2 >/proc/sys/vm/overcommit_memory
		echo 0 >/proc/sys/vm/overcommit_memory
	done
	kill \$!
	END
	beside -- sh "$TMP/work"
}
each_cpu()
{
	local schedule
	local row='ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*overcommit_policy*'
	for schedule in '' 'chrt -f 1'; do
		limits_memory "$schedule" || return
		# Newer kernels have that CPU queue the kworker, and ask itself for the tick.
		if says 'nohz_full_kick_func.* in task sh'; then
			named 'irq_work of nohz_full_kick_func.* in task sh' "$row" 3 &&
				named 'reschedule.* in task sh' "$row" 3
		else
			named 'call-function of sched_ttwu_pending.* in task sh' "$row" 3
		fi &&
			! block 'in task sh' | grep 'fair_server' || return
	done
}
# The kernel patches itself for a setting that turns some of its code on or off.
patched_for_setting()
{
	local setting=/proc/sys/kernel/timer_migration
	on x86_64 || return
	cat >"$TMP/setting" <<-END
	for i in 1 2 3; do for n in 0 1; do echo \$n >$setting; done; done
	END
	with_setting $setting 1 beside -- sh "$TMP/setting" &&
		named 'IPIs from CPU 0, .* of do_sync_core.* in task sh' \
			'ipi path=*static_key*<proc_sys_call_handler* function=do_sync_core' 6
}
# 1 is what a kubelet sets.
each_cpu_remedy()
{
	with_setting /proc/sys/vm/overcommit_memory 0 beside -- \
		sh -c 'echo 1 >/proc/sys/vm/overcommit_memory' && hides 'overcommit'
}
# A task on $cpu stays in the kernel for long, while somebody waits for RCU.
in_kernel()
{
	local tick='' call='' kick=''
	cat >"$TMP/calls" <<-END
	"$PROVOKE" syscalls $cpu 0 300 &
	$(mounts 10)
	wait
	END
	# RCU has three means to end that, and takes one or the other, by when it looks. All of
	# them have to be seen in the end.
	for _ in 1 2 3 4 5 6 7 8; do
		beside -- sh "$TMP/calls" || return
		! named 'the tick went on: RCU' 'tick dependency=RCU*' || tick=1
		! named 'IPIs from CPU 0, reschedule.* in task rcu' \
			'ipi kind=reschedule path=*resched_cpu<*rcu_*' || call=1
		! named 'irq_work of nohz_full_kick_func' \
			'ipi function=nohz_full_kick_func path=*__rcu_irq_enter*' || kick=1
		[ "$tick$call$kick" != 111 ] || return 0
	done
	return 1
}
registers()
{
	[ -e /dev/cpu/$cpu/msr ] || modprobe msr 2>/dev/null
	[ -e /dev/cpu/$cpu/msr ] || { echo "no /dev/cpu/$cpu/msr"; return 4; }
	# Register 16, the time stamp counter: a block of dd has 8 bytes.
	beside -- dd if=/dev/cpu/$cpu/msr bs=8 count=20 skip=2 &&
		named 'IPIs from CPU 0, call-function of __rdmsr.* in task dd' \
		'ipi function=__rdmsr_on_cpu'
}

ok "isolated: a tracer of functions" functions
ok "isolated: a tracer starts and ends" tracer
ok "isolated: a module" module
ok "isolated: a CPU goes offline" offline
ok "isolated: another clock" clocksource
ok "isolated: network namespaces" namespaces
ok "isolated: a trace buffer of another size" trace_buffer
ok "isolated: a trace that is read meanwhile" trace_reader
ok "isolated: messages of the kernel" messages
ok "isolated: messages of the kernel, by NMI" messages_nmi
ok "isolated: interrupts that cannot be turned off" not_maskable
ok "isolated: watchdogs are set up, by work" work
ok "isolated: work on each CPU" each_cpu
ok "isolated: a setting that takes no such work" each_cpu_remedy
ok "isolated: a setting that turns code on or off" patched_for_setting
ok "isolated: who reads the log" log_reader
ok "isolated: RCU waits for it" in_kernel
ok "isolated: registers are read" registers
