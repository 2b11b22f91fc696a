# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On any CPU: code that has interrupts off, mostly because the kernel does something for a program.

patched_here()
{
	on x86_64 || return
	toggles >"$TMP/toggles"
	beside --limit 5us -- taskset -c $cpu sh "$TMP/toggles" &&
		named '[0-9]\. _*text_poke[a-z_]* had interrupts off' \
			'span function=do_sync_core|text_poke*|__text_poke*'
}
unmapped_here()
{
	on x86_64 || return
	"$IRQSPAN" why -n 1000 -c 0 --limit 5us -- "$PROVOKE" unmap $cpu 0 40 >"$TMP/out" \
		2>"$TMP/err"
	named 'flush_tlb_mm_range had interrupts off, in task provoke' \
		'span task=[!-]* function=flush_tlb_*'
}
driver()
{
	why 2 -c $cpu --limit 5ms -- "irq_disable $cpu 20000 5" &&
		named 'irqspan_spans_irq_disable .* had interrupts off' 'span by=code module=?*'
}
driver_unloaded()
{
	unloaded "irq_disable $cpu 20000 5" || return
	# As in timer_unloaded()
	cause 'irqspan_spans_irq_disable .* had interrupts off' ||
		named '0x[0-9a-f]+ had interrupts off' 'span by=code function=0x*'
}
# Two causes are named: the code that holds the lock for long, and another CPU, which waits for
# that lock with interrupts off.
lock()
{
	why 2 -c all --limit 5ms -- "lock $cpu 20000 5" &&
		named 'irqspan_spans_lock.* had interrupts off' 'span by=code module=?*' &&
		named 'waited for a lock with interrupts off' 'span waited=most'
}
# A task that forks waits, with interrupts off, until nobody goes through the list of all
# processes. Those who do have interrupts on, so that they are no cause here. The advice must be
# the one for fork(), and not the one for a task that ends and has many children.
all_processes()
{
	provoke list 1000 --limit 50us &&
		named '(copy_process|do_exit|release_task)[^ ]* waited .*, in task provoke' \
			'span waited=most function=copy_process' 5 &&
		! block 'provoke waited for a lock, and made others' | grep 'its children'
}
# This case and those up to woken_at_once(): what the kernel does for a program with interrupts
# off, which takes long where there is much of something.
freed()
{
	provoke release 150 --limit 100us &&
		named '(free_pcppages_bulk|free_unref_|rmqueue).* off, in task provoke' \
			'span function=free_pcppages_bulk' 5
}
zones()
{
	beside --limit 50us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /proc/zoneinfo /proc/pagetypeinfo; done' &&
		named '(zoneinfo_show|pagetypeinfo_show|walk_zones).* off, in task cat' \
			'span function=pagetypeinfo_show*' 5
}
used_time()
{
	provoke usage 1000 --limit 50us &&
		named '(thread_group_cputime|getrusage)[^ ]* had interrupts off, in task provoke' \
			'span function=thread_group_cputime*' 5
}
many_threads()
{
	provoke exits 1000 --limit 100us &&
		named 'do_group_exit[^ ]* had interrupts off, in task provoke' \
			'span function=do_group_exit' 3
}
killed_threads()
{
	provoke kill 1000 --limit 100us &&
		named 'do_send_sig_info had interrupts off, in task provoke' \
			'span function=do_send_sig_info' 3
}
stopped_threads()
{
	provoke stop 1000 --limit 100us &&
		named 'do_send_sig_info had interrupts off, in task provoke' \
			'span function=do_send_sig_info' 5
}
read_stat()
{
	provoke stat 1000 --limit 20us &&
		named '(do_task_stat|thread_group_cputime)[^ ]* had interrupts off, in task prov' \
			'span function=thread_group_cputime*' 3
}
waiting_where()
{
	beside --limit 10us -- taskset -c $cpu sh -c 'for i in 1 2 3; do cat /proc/*/wchan; done' &&
		named 'get_wchan had interrupts off, in task cat' 'span function=get_wchan' 20
}
orphans()
{
	provoke orphans 500 --limit 50us &&
		named 'do_exit had interrupts off, in task provoke' 'span function=do_exit' 2
}
# The limit is low for Linux 7.3, where each timer has a link to the next one, so that going
# through all of them takes less than before.
timer_list()
{
	provoke timer_list 1000 --limit 10us &&
		named 'print_(cpu|active_timers) had interrupts off, in task provoke' \
			'span function=print_cpu' 100
}
few_in_list()
{
	provoke timer_list 1 --limit 1ms &&
		! times 'print_(cpu|active_timers) had interrupts off' 10
}
interrupt_counts()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /proc/interrupts; done' &&
		named '(show_interrupts|irq_seq_show) had interrupts off, in task cat' \
			'span function=show_interrupts' 9
}
created()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do (true); done' &&
		named 'copy_process had interrupts off, in task sh' 'span function=copy_process' 5
}
# Programs are started: each is a new process, has counters of its own, and random numbers.
programs()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /dev/null; done' &&
		named '(mm_release|begin_new_exec|start_thread|switch_mm|alloc_pid|do_task_dead)' \
			'span function=alloc_pid' 9 &&
		named '(crng_|add_device_randomness)[^ ]*( had interrupts off|, in task)' \
			'span function=crng_*' 5 || return
	# Since Linux 6.2, such a counter has what each process has in memory.
	! since 6.2 || named 'percpu_counter_[^ ]*( had interrupts off|, in task)' \
		'span function=percpu_counter_*' 5
}
signals_changed()
{
	cat >"$TMP/signals" <<-'END'
	trap : USR1
	for i in $(seq 500); do kill -USR1 $$; done
	END
	beside --limit 1us -- taskset -c $cpu sh "$TMP/signals" &&
		named '(sigprocmask|set_current_blocked|do_sigaction|signal_setup_done)' \
			'span function=sigprocmask' 9
}
# All signals that wait are gone through for one behind them.
signals_queued()
{
	local before
	beside --limit 100us -- "$PROVOKE" queued $cpu 0 60000 &&
		named 'sigtimedwait[a-z0-9.]* had interrupts off, in task provoke' \
			'span function=sigprocmask' 10 &&
		block sigtimedwait | grep SigQ &&
		before=$(number 'sigtimedwait[a-z0-9.]* had interrupts off') &&
		beside --limit 100us -- "$PROVOKE" queued $cpu 0 20 &&
		fewer 'sigtimedwait[a-z0-9.]* had interrupts off' "$before"
}
notified()
{
	local before
	beside --limit 100us -- "$PROVOKE" notify_all $cpu 0 400 &&
		named 'kill_fasync had interrupts off, in task provoke' \
			'span function=fasync_*' 10 &&
		before=$(number 'kill_fasync had interrupts off') &&
		beside --limit 100us -- "$PROVOKE" notify $cpu 0 400 &&
		fewer 'kill_fasync had interrupts off' "$before"
}
messages()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do ip link show; done' &&
		named '(netlink|skb_queue|__skb_try_recv)[^ ]*( had interrupts off|, in task)' \
			'span function=skb_queue_*' 5
}
numbers()
{
	mounts 9 >"$TMP/mounts"
	beside --limit 5us -- taskset -c $cpu sh "$TMP/mounts" &&
		named 'ida_[^ ]*( had interrupts off|, in task| \()' 'span function=ida_*' 3
}
woken_at_once()
{
	provoke herd 1000 --limit 100us &&
		named '(eventfd_write|__wake_up)[^ ]* had interrupts off, in task provoke' \
			'span function=__wake_up*|eventfd_*' 5
}
# A BPF map is full, and forgets elements as others come.
forgetting()
{
	provoke forget 5 --limit 5us &&
		named 'lru[^ ]* had interrupts off, in task provoke' 'span function=htab_*' 5
}
# All CPUs change the same element of a BPF map, each for a short time, so that nobody can be found
# who holds its lock for long: what is said of the map itself has to be there as well.
same_element()
{
	provoke share 3000 --limit 10us &&
		named 'htab_[^ ]* waited for a lock .*, in task provoke' 'span waited=most' 5 &&
		block 'htab_[^ ]* waited for a lock .*, in task provoke' |
			grep -A 1 'If none held that lock for long' | grep 'Why: A BPF map'
}
timers_set()
{
	provoke nap 50 --limit 5us &&
		named 'hrtimer_start_range_ns[^ ]* had interrupts off, in task (provoke|napper)' \
			'span by=code function=hrtimer_start_range_ns*' 5
}
# Busy tasks of CPU 0 may suddenly run on $cpu as well, which takes some of them.
balanced()
{
	provoke crowd 40 --limit 50us &&
		named '(sched_balance_rq|load_balance|newidle)[^ ]* had interrupts off' \
			'span function=sched_balance_rq|load_balance'
}
# hardware_tracer NAME FUNCTION FILE: the tracer NAME looks on $cpu for latencies that are none
# of the kernel's. It does so in FUNCTION, with interrupts off, and for 0.1 s at a time, which is
# written to FILE.
hardware_tracer()
{
	local interrupts_off=()
	grep -qw "$1" $tracing/available_tracers || { echo "no tracer $1"; return 4; }
	[ "$1" != osnoise ] ||
		interrupts_off=(with_setting "$tracing/osnoise/options" OSNOISE_IRQ_DISABLE)
	with_setting $tracing/tracing_cpumask "$(printf '%x' $((1 << cpu)))" \
		with_setting "$tracing/$3" 100000 "${interrupts_off[@]}" \
		beside -- sh -c "echo $1 >$tracing/current_tracer; sleep 3
			echo nop >$tracing/current_tracer" &&
		named "$2 had interrupts off, in task (hwlatd|osnoise)" \
			'span function=kthread_fn|osnoise_main|run_osnoise task=hwlatd*'
}
# A trace is read while it is written.
trace_reader()
{
	local instance=$tracing/instances/irqspan_causes status=0
	mkdir $instance && echo 1 >$instance/events/sched/enable || return
	beside --limit 10us -- taskset -c $cpu timeout 3 cat $instance/trace_pipe &&
		named 'ring_buffer_[^ ]* had interrupts off, in task cat' \
			'span function=ring_buffer_*' 5 || status=$?
	echo 0 >$instance/events/enable
	rmdir $instance
	return $status
}
# A probe that is not where a function begins is a breakpoint. It has a stack taken, which takes
# a while. That is no NMI, for which the advice would be another one.
breakpoint()
{
	local event=$tracing/events/irqspan_causes/open offset status=0
	on x86_64 || return
	[ -e $tracing/kprobe_events ] || { echo "no probes"; return 4; }
	for offset in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "p:irqspan_causes/open do_sys_openat2+$offset" >>$tracing/kprobe_events \
			2>/dev/null && break
	done
	echo stacktrace >$event/trigger && echo 1 >$event/enable || return
	seq 300 | sed 's!.*!: </dev/null!' >"$TMP/opens"
	beside --limit 10us -- taskset -c $cpu sh "$TMP/opens" &&
		named 'a breakpoint in the kernel took long' 'span context=nmi path=exc_int3' 5 &&
		! block 'a non-maskable interrupt' | grep . || status=1
	echo 0 >$event/enable
	echo '!stacktrace' >$event/trigger
	echo '-:irqspan_causes/open' >>$tracing/kprobe_events
	return $status
}
unoptimized() { with_setting /proc/sys/debug/kprobes-optimization 0 "$@"; }

# Terminals are opened and closed, as a session begins and ends.
terminals()
{
	: 2>/dev/null </dev/ptmx || { echo "no terminals"; return 4; }
	beside --limit 1us -- taskset -c $cpu \
		sh -c 'seq 300 | while read -r _; do : </dev/ptmx; done' &&
		named '(tty|pty|ldsem)[a-z_]* had interrupts off, in task sh' \
			'span by=code function=tty_*|__tty_*' 5
}
# While the ends of functions are traced, those that take locks do not know for whom.
ends_traced()
{
	local tracer=$tracing/current_tracer filter=$tracing/set_ftrace_filter status=0
	grep -qw function_graph $tracing/available_tracers || { echo "no such tracer"; return 4; }
	echo '_raw_*lock*' >$filter && with_setting $tracer function_graph beside --limit 1us -- \
		taskset -c $cpu sh -c 'seq 20 | while read -r _; do cat /proc/self/stat; done' &&
		named '_raw_[a-z_]*lock[a-z_]* had interrupts off' \
			'span by=code function=_raw_*lock*' 5 || status=$?
	echo >$filter
	return $status
}

ok "cause: code is patched by this CPU" patched_here
ok "cause: memory is unmapped by this CPU" unmapped_here
ok "cause: code of a driver" driver
ok "cause: code of a driver that is gone" driver_unloaded
ok "cause: a lock" lock
ok "cause: the list of all processes" all_processes
ok "cause: much memory is freed" freed
ok "cause: /proc/zoneinfo and the like" zones
ok "cause: the times of many threads are summed up" used_time
ok "cause: a process of many threads ends" many_threads
ok "cause: a process of many threads is killed" killed_threads
ok "cause: a process of many threads is stopped" stopped_threads
ok "cause: /proc/PID/stat" read_stat
ok "cause: /proc/PID/wchan" waiting_where
ok "cause: a process of many children ends" orphans
ok "cause: /proc/timer_list" timer_list
ok "cause: /proc/timer_list of few timers is no cause" few_in_list
ok "cause: /proc/interrupts" interrupt_counts
ok "cause: processes are created" created
ok "cause: programs that are started" programs
ok "cause: signals that a task takes" signals_changed
ok "cause: a signal behind many others, and the remedy" signals_queued
ok "cause: a group of processes that a socket notifies, and the remedy" notified
ok "cause: messages in queues" messages
ok "cause: numbers for mounts" numbers
ok "cause: many tasks are woken up at once" woken_at_once
ok "cause: a BPF map that forgets" forgetting
ok "cause: an element of a BPF map that all CPUs change" same_element
ok "cause: timers are set" timers_set
ok "cause: tasks are moved from one CPU to another" balanced
ok "cause: terminals" terminals
ok "cause: functions whose ends are traced" ends_traced
ok "cause: the tracer hwlat" hardware_tracer hwlat kthread_fn \
	hwlat_detector/width
ok "cause: the tracer osnoise, with interrupts off" hardware_tracer osnoise \
	"(osnoise_main|run_osnoise)" osnoise/runtime_us
ok "cause: a trace is read while it is written" trace_reader
ok "cause: a probe in the middle of a function" unoptimized breakpoint
