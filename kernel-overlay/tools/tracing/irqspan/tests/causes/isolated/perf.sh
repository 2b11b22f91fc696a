# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: perf and BPF.

# perf record -F samples CPU 0 only, and yet all CPUs keep their ticks.
perf_frequency()
{
	perf_runs -F 99 || return
	beside -- perf record -q -o "$TMP/perf.data" -F 99 -e cpu-clock -C 0 \
		"$PROVOKE" spin $cpu 0 300 &&
		named 'the tick went on: PERF_EVENTS' 'tick dependency=PERF_EVENTS' 10
}
# A task is busy on $cpu already when such a perf starts: the CPU gets an IPI to start its tick.
perf_kicks()
{
	perf_runs -F 99 || return
	cat >"$TMP/perf" <<-END
	"$PROVOKE" spin $cpu 0 60000 &
	sleep 1
	perf record -q -o $TMP/perf.data -F 99 -e cpu-clock -C 0 sleep 1
	kill \$!
	END
	beside -- sh "$TMP/perf" &&
		named 'IPIs from CPU 0, irq_work of nohz_full_kick_func.* in task perf' \
			'ipi function=nohz_full_kick_func path=*perf_event*'
}
perf_period()
{
	perf_runs -c 10000000 || return
	beside -- perf record -q -o "$TMP/perf.data" -c 10000000 -e cpu-clock -C 0 \
		"$PROVOKE" spin $cpu 0 300 && hides 'PERF_EVENTS'
}
perf_there()
{
	provoke count 10 &&
		named 'IPIs from CPU 0, call-function of remote_function.* in task provoke' \
		'ipi function=remote_function|__perf_event_*|perf_*' 10
}
# perf samples a task on $cpu, where an interrupt wakes up whoever reads the samples, on CPU 0.
# The advice must not be to move the task that is sampled.
samples_read()
{
	provoke sampled 20 &&
		named "IPIs from CPU $cpu to itself, irq_work of perf_pending_irq.* provoke" \
		'ipi function=perf_pending_irq*' 10 &&
		! block 'perf_pending_irq' | grep 'have provoke leave'
}
# first_event: measure $cpu while perf counts for a task, three times. There is no other perf
# event, so that each time the first one of all begins, and the last one ends. The kernel patches
# its code for both, for the latter up to a second later.
first_event()
{
	perf stat -e task-clock true >/dev/null 2>&1 || { echo "perf does not run"; return 4; }
	sleep 2
	beside -- sh -c 'for i in 1 2 3; do perf stat -e task-clock true; sleep 1.5; done'
}
perf_key()
{
	on x86_64 || return
	first_event || return
	named 'IPIs from CPU 0, .*do_sync_core.* (in task perf|for the work perf_sched_delayed)' \
		'ipi path=*<perf_event_alloc<*' 9
}
perf_key_remedy()
{
	local keeper status
	perf stat -e task-clock -p $$ sleep 60 >/dev/null 2>&1 &
	keeper=$!
	sleep 1
	first_event && hides 'Path: .*(perf_event_alloc|perf_sched_delayed)'
	status=$?
	kill -INT $keeper
	wait $keeper
	return $status
}
told_by_bpf()
{
	grep -qw bpf_ringbuf_notify /proc/kallsyms || { echo "no ring buffers of BPF"; return 4; }
	provoke told 20 &&
		named "IPIs from CPU $cpu to itself, irq_work of bpf_ringbuf_notify" \
		'ipi function=bpf_ringbuf_notify' 15
}
bpf_map()
{
	provoke map 2000 &&
		named "IPIs from CPU $cpu to itself, irq_work of bpf_mem_refill.* in task provoke" \
			'ipi function=bpf_mem_refill' 10
}
bpf_map_remedy() { provoke map_taken 2000 && hides 'of bpf_mem_refill'; }
# Memory that a map of BPF had for each CPU is given back later, by work of the kernel.
bpf_maps()
{
	on x86_64 || return
	provoke maps 10 && named 'IPIs from CPU 0, .*tlb.* for the work pcpu_balance_workfn' \
		'ipi path=*<pcpu_*|pcpu_*|*<free_percpu* function=flush_tlb_func'
}
# Who waits until nobody can be in a BPF program any more asks the CPUs of tasks that may be.
trace_waits()
{
	grep -qw trc_read_check_handler /proc/kallsyms || { echo "no CPU is asked"; return 4; }
	provoke sleepable 20 &&
		named 'IPIs from CPU 0, call-function of trc_read_check_handler' \
			'ipi function=trc_read_check_handler' 2
}
trace_waits_remedy()
{
	with_setting /sys/module/rcupdate/parameters/rcu_task_ipi_delay 100000 \
		provoke sleepable 20 && hides 'of trc_read_check_handler'
}
filters()
{
	on x86_64 || return
	with_setting /proc/sys/net/core/bpf_jit_enable 1 filters_compiled
}
filters_compiled()
{
	for _ in 1 2 3; do
		provoke filter 20 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
			'ipi path=*bpf_int_jit_compile*' && return
	done
	return 1
}
# A kernel that always compiles filters does not take this setting: there the case is skipped.
filters_remedy()
{
	with_setting /proc/sys/net/core/bpf_jit_enable 0 provoke filter 20 &&
		hides 'Path: .*bpf_int_jit_compile'
}

ok "isolated: perf record -F, of another CPU" perf_frequency
ok "isolated: perf record -F, as it starts" perf_kicks
ok "isolated: perf record -c, of another CPU, does no harm" perf_period
ok "isolated: perf events of that CPU" perf_there
ok "isolated: what perf events have to tell is read" samples_read
ok "isolated: the first perf event, and the last one" perf_key
ok "isolated: a perf event that stays" perf_key_remedy
ok "isolated: a BPF program has something to tell" told_by_bpf
ok "isolated: a map of BPF takes memory" bpf_map
ok "isolated: a map of BPF that has its memory" bpf_map_remedy
ok "isolated: maps of BPF come and go" bpf_maps
ok "isolated: BPF programs that may sleep come and go" trace_waits
ok "isolated: BPF programs that may sleep are waited for without asking" trace_waits_remedy
ok "isolated: filters of sockets" filters
ok "isolated: filters that are not compiled" filters_remedy
