# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: what others do to the task that runs there, and what the scheduler does.

moved()
{
	provoke move 20 && named 'IPIs from CPU 0, reschedule.* in task (provoke|migration/0)' \
		'ipi path=*migration_cpu_stop*' 10
}
woken()
{
	provoke wake 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi function=sched_ttwu_pending|- path=*try_to_wake_up*|*ttwu_*' 10
}
preempted()
{
	provoke preempt 10 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi function=sched_ttwu_pending|- path=*try_to_wake_up*|*ttwu_*' 5
}
lent()
{
	provoke lend 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi path=*rt_mutex_setprio*' 10
}
policy()
{
	provoke policy 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule path=*sched_setscheduler*' 10
}
reniced()
{
	provoke renice 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule path=*sched_setscheduler*' 5
}
# A thread on $cpu changes the memory map of its process, which another thread has filled.
mapped()
{
	provoke fill 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi path=*<rwsem_wake*' 5
}
# Programs on $cpu ask which consoles there are, while messages are written to these.
console_wanted()
{
	cat >"$TMP/wanted" <<-END
	(for i in \$(seq 300); do
		echo "<1>what is long enough to take a console some time" >/dev/kmsg
	done) &
	taskset -c $cpu sh -c 'for i in \$(seq 40); do cat /proc/consoles; done'
	wait
	END
	# Whether they come just as a message is written is left to chance.
	for _ in 1 2 3 4 5 6; do
		beside -- sh "$TMP/wanted" || return
		grep -q 'Path: .*<up<' "$TMP/out" || continue
		named 'IPIs from CPU 0.* in task sh' \
			'ipi path=*<up<__up_console_sem*'
		return
	done
	echo "the console was free each time"
	return 4
}
# waits_for_rcu CPU: programs there end to capture packets, and unmount something: by one or the
# other of these, or both, they wait for RCU.
waits_for_rcu()
{
	cat >"$TMP/waits" <<-END
	for i in 1 2 3 4 5 6 7 8; do "$PROVOKE" capture $1 0 5; done
	$(mounts 10)
	END
	beside -- taskset -c "$1" sh "$TMP/waits"
}
rcu_waited_for()
{
	waits_for_rcu $cpu && named 'IPIs from CPU 0' \
		'ipi path=*complete*<rcu_do_batch<*' 2
}
rcu_waited_for_remedy() { waits_for_rcu 0 && hides 'Why: A task on this CPU waited for RCU'; }
# refreshes CPU: a program there waits for work on each CPU.
refreshes()
{
	beside -- taskset -c "$1" sh -c \
		'for i in 1 2 3 4 5 6 7 8 9 10; do cat /proc/sys/vm/stat_refresh; done'
}
worker_waited_for()
{
	refreshes $cpu && named 'IPIs from CPU 0.* in task kworker' \
		'ipi path=*complete*<process_one_work<*' 2
}
worker_waited_for_remedy() { refreshes 0 && hides 'waited for a kworker'; }
signalled()
{
	provoke signal 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*send_signal*|*complete_signal*' 10
}
# A file of that task, and the end of its parent. Who wrote, or ended, need not know of the signal.
signalled_by_file()
{
	provoke async 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*kill_fasync*' 10
}
signalled_by_end()
{
	provoke bereaved 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*send_sig_info<do_exit*' 10
}
# As cpulimit does
limited()
{
	provoke limit 20 && named 'IPIs from CPU 0, call-function.* in task provoke' \
		'ipi kind=reschedule|call-function path=*send_signal*|*complete_signal*' 10
}
cpu_time()
{
	provoke cputimer 10 &&
		named 'IPIs from CPU 0, irq_work of nohz_full_kick_func.* in task provoke' \
		'ipi function=nohz_full_kick_func path=*posix_cpu_timer*' 5 &&
		named 'the tick went on: POSIX_TIMER' 'tick dependency=POSIX_TIMER' 5
}
# A task started timers on CPU 0, and runs on $cpu when they expire: there it gets their signals.
signalled_late()
{
	beside -- "$PROVOKE" leave 0 $cpu 20 && named 'IPIs from CPU 0, reschedule' \
		'ipi kind=reschedule path=*<posix_timer_fn<*' 10
}
two_tasks()
{
	cat >"$TMP/two" <<-END
	"$PROVOKE" spin $cpu 0 200 &
	"$PROVOKE" spin $cpu 0 200 &
	wait
	END
	beside -- sh "$TMP/two" && named 'the tick went on: SCHED' 'tick dependency=SCHED' 10 &&
		named 'IPIs from CPU 0, irq_work of nohz_full_kick_func.* in task migration' \
			'ipi path=*migration_cpu_stop*'
}
# A task that was there already is woken up beside another one.
another_task()
{
	cat >"$TMP/another" <<-END
	"$PROVOKE" spin $cpu 0 100 &
	"$PROVOKE" wake $cpu 0 20
	wait
	END
	# Whether the waker or the CPU itself sees that there are two, and whether the tick is on
	# already, is left to chance.
	for _ in 1 2 3; do
		beside -- sh "$TMP/another" || return
		named 'IPIs from CPU [^ ]+ .*irq_work of nohz_full_kick_func' \
			'ipi function=nohz_full_kick_func' && return
	done
	return 1
}
# A task wakes up another one of the same CPU.
woken_there()
{
	beside -- "$PROVOKE" wake $cpu $cpu 20 &&
		named "IPIs from CPU $cpu to itself, irq_work of nohz_full_kick_func" \
		'ipi function=nohz_full_kick_func path=irq_work_queue<*<try_to_wake_up<*' 5
}
# Newer kernels have what was made or removed there dealt with by a self-IPI.
# self_ipi FUNCTION ROW COMMAND...: that row of the list has it
self_ipi()
{
	grep -q " $1\$" /proc/kallsyms || { echo "this kernel has no $1"; return 4; }
	beside -- "${@:3}" && named "IPIs from CPU $cpu to itself, irq_work of $1" "$2"
}
table_grows()
{
	self_ipi rht_deferred_irq_work 'ipi function=rht_deferred_irq_work' \
		"$PROVOKE" semaphores $cpu 0 2000
}
probe_ended()
{
	toggles >"$TMP/ended"
	self_ipi srcu_irq_work 'ipi function=srcu_irq_work' taskset -c $cpu sh "$TMP/ended"
}
# The tick goes on, and interrupts of another kind come as well: these are no ticks. An interrupt
# that is late may be for two ticks.
ticks()
{
	local counted
	on x86_64 || return
	cat >"$TMP/ticks" <<-END
	ticks() { awk '\$1 == "LOC:" { print \$(2 + $cpu) }' /proc/interrupts; }
	before=\$(ticks)
	"$PROVOKE" spin $cpu 0 300 &
	"$PROVOKE" membarrier $cpu 0 500
	wait
	echo \$((\$(ticks) - before)) >"$TMP/counted"
	END
	beside -- sh "$TMP/ticks" && counted=$(cat "$TMP/counted") || return
	echo "/proc/interrupts: $counted ticks"
	named 'the tick went on: SCHED' 'tick dependency=SCHED' $((counted / 2)) &&
		most 'the tick went on: SCHED' $((counted * 11 / 10))
}
deadline()
{
	beside -c 1-3 -- taskset -c 1-3 "$PROVOKE" deadline 0 0 100 &&
		named 'timers of .*\(dl_task_timer\)' 'timer kind=hrtimer function=dl_task_timer' 10
}
fair_server()
{
	grep -q ' dl_server_start$' /proc/kallsyms || { echo "this kernel has none"; return 4; }
	provoke spin 400 || return
	grep -qE 'Path: .*(dl_task_timer|enqueue_dl_entity)' "$TMP/out" || {
		echo "that of this kernel leaves a task alone that has the CPU for itself"
		return 4
	}
	named 'IPIs from CPU 0' 'ipi function=nohz_full_kick_func|- path=*dl_task_timer*' &&
		named 'the tick went on: SCHED' 'tick dependency=SCHED'
}
# What irqspan why advises. The server that the last case started has a timer until up to 1 s after
# its task is gone.
fair_server_remedies()
{
	grep -q ' dl_server_start$' /proc/kallsyms || { echo "this kernel has none"; return 4; }
	after_a_while beside -- chrt -f 1 "$PROVOKE" spin $cpu 0 400 && hides 'the tick went on' ||
		return
	[ -e $server_runtime ] || return 0
	without_fair_server provoke spin 400 && hides 'dl_task_timer|the tick went on'
}
traced()
{
	provoke trace 20 && named 'IPIs from CPU 0.* in task provoke' 'ipi path=*ptrace_*' 10
}
# Processes end whose threads run on $cpu, and children of a process that has a thread there.
ended()
{
	provoke quit 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*zap_other_threads*' 10
}
replaced()
{
	provoke exec 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*zap_other_threads*' 10 || return
	# Not each kernel interrupts CPUs whose tasks have left that memory.
	! grep -q 'Path: .*exit_mmap<' "$TMP/out" ||
		named 'IPIs from CPU 0, .*tlb.* in task (provoke|true)' \
			'ipi path=*exit_mmap<* function=flush_tlb_func' 5
}
bereft()
{
	provoke children 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule|call-function path=*do_notify_parent*' 10
}
# Here the task on $cpu is the one that traces, and the task that it traces is on CPU 0.
tracer()
{
	provoke tell 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi path=*ptrace_stop*|*ptrace_notify*' 20
}

ok "isolated: a task is moved there" moved
ok "isolated: a task is woken up" woken
ok "isolated: a task of higher priority is woken up" preempted
ok "isolated: a task has another policy" policy
ok "isolated: a task is lent the priority of another one" lent
ok "isolated: a task has another nice value" reniced
ok "isolated: a task waits for a memory map" mapped
ok "isolated: a task waits for the console" console_wanted
ok "isolated: a task waits for RCU" rcu_waited_for
ok "isolated: a task elsewhere waits for RCU" rcu_waited_for_remedy
ok "isolated: a task waits for a kworker" worker_waited_for
ok "isolated: a task elsewhere waits for a kworker" worker_waited_for_remedy
ok "isolated: signals" signalled
ok "isolated: signals for a file" signalled_by_file
ok "isolated: signals as a parent ends" signalled_by_end
ok "isolated: a task is stopped, and goes on" limited
ok "isolated: signals of timers that expire elsewhere" signalled_late
ok "isolated: a timer on CPU time" cpu_time
ok "isolated: two tasks" two_tasks
ok "isolated: a task is woken up beside another one" another_task
ok "isolated: a task is woken up by one of the same CPU" woken_there
ok "isolated: a table of the kernel grows" table_grows
ok "isolated: a probe ends there" probe_ended
ok "isolated: two tasks, and interrupts that are no ticks" ticks
ok "isolated: a task with deadlines" deadline
ok "isolated: the scheduler's fair server" fair_server
ok "isolated: without the fair server" fair_server_remedies
ok "isolated: processes with threads end" ended
ok "isolated: processes with threads start other programs" replaced
ok "isolated: children of a process end" bereft
ok "isolated: a task that is traced" traced
ok "isolated: a task that traces" tracer
