#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# irqspan why names the causes of causes.tsv, and says what that list says of them, when
# ordinary programs do what disturbs a CPU; and names none where nothing does. With the
# tracer and the module irqspan_spans, as root.
#
# With "isolated" as argument: what takes CPUs that were isolated at boot, by
# isolcpus=domain,managed_irq,1-3 nohz_full=1-3 rcu_nocbs=1-3. With "field": so do these, and a
# kernel as machines in the field have it, with cgroups, KSM and the like. With "verified"
# besides these tsc=watchdog (x86_64).
#
# Causes that are not provoked here, for want of what it takes in such a guest; host.sh sees to
# it that each row of the list is either here or in a test:
#	tick dependency=CLOCK_UNSTABLE
#		a clock that is found to be wrong while the machine runs
#	ipi function=invalidate_bh_lru
#		newer kernels keep nothing of block devices for CPUs that are isolated
#	ipi path=*task_numa_work*
#		memory of several nodes
#	ipi path=*compact_zone* function=flush_tlb_func
#		memory that is in pieces, and has to be moved
#	ipi function=rps_trigger_softirq
#		a kernel that steers packets
#	span function=*update_blocked_averages
#		many cgroups, and CPUs among which the scheduler balances load
#	ipi function=rto_push_irq_work_func
#		tasks of real time that may run on several CPUs, and have to wait for one
#	span by=interrupt function=tick_nohz_handler
#		an interrupt that lasts, though nothing in it does, as where a host takes its turn
#	ipi function=nohz_full_kick_func path=*vector_schedule_cleanup*
#	ipi function=nohz_full_kick_func path=irq_work_queue_on<add_timer_on*
#		a CPU whose tick is off as that timer is started, by one that does the housekeeping
#	ipi function=tlb_remove_table_smp_sync
#		memory that is short while tables of pages are freed. Where these are for a huge
#		page, another row has it
#	span function=do_idle
#		a timer that is due just as the CPU leaves idle: the table of what was late does
#		not tell that it was idle. Spans of that are in a test
#	irq by=often
#		a device that interrupts a thousand times a second, whatever the host has to do
#	line kind=oneshot
#	line kind=hardirq
#	line kind=spurious
#	line kind=suspend
#		a device that keeps its line up meanwhile: a simulated one has nothing waiting.
#		In guest.sh there are simulated lines of the kinds oneshot and spurious
#	expiry function=tick_nohz_handler
#		a CPU that is isolated by isolcpus= alone; those of these guests are nohz_full, too
#	expiry function=sched_rt_period_timer
#		a kernel before 6.12, or one that has groups of tasks of real time
#	expiry work=[!-]*
#		a kernel that has the timers of delayed work on CPUs that are nohz_full
#	expiry kind=wheel
#	expiry kind=hrtimer
#		what remains of others, where the function is not known
#	ipi path=*migrate_pages*
#	ipi function=do_flush_tlb_all
#	ipi function=__cpa_flush_tlb
#	ipi function=__wbinvd
#		memory of several nodes; drivers of graphics, and what takes much memory for code
#	ipi function=mon_event_count
#	ipi function=do_drv_read
#	ipi function=sugov_irq_work
#	irq irq=TRM
#	irq irq=THR
#	span module=ipmi_*
#	span function=ipmi_thread
#	span function=intel_pipe_update_start
#		hardware that an emulator has not, or has only as fast as memory
#	ipi function=flush_ldt
#	ipi path=*clear_refs_write*
#	ipi function=mce_cpu_restart
#	span function=do_seccomp
#		kernels that have modify_ldt(), watch what memory is written to, look for errors of
#		the hardware, or filter system calls
#	ipi function=ack_kick
#	ipi kind=reschedule path=*kvm_vcpu_*
#	irq irq=HYP
#		virtual machines that run there, or another host
#	span by=handler|interrupt function=watchdog_timer_fn
#	span by=handler|interrupt function=sched_rt_period_timer
#	span by=handler|interrupt function=timerlat_irq
#		handlers that never take long in such a guest
#	span function=*lock_task_sighand
#	span function=task_rq_lock
#	span function=do_signal_stop
#	span function=__schedule
#		what takes long only where the host takes its turn, or for very many tasks
#	ipi path=*membarrier*
#	ipi kind=call-function path=*<*
#	ipi kind=irq_work path=*<*
#	ipi kind=reschedule
#	span context=hardirq by=code module=
#	ipi function=sched_ttwu_pending
#		what remains of others, where paths or functions have names that are not known
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"
# shellcheck source=guest_lib.sh
. "$here/guest_lib.sh"

known=$here/causes.tsv
[ -e "$known" ] || known=$here/../causes.tsv
arch=$(uname -m)
rows=()
# Where all else runs
taskset -pc 0 $$ >/dev/null

# literal TEXT: as a regular expression; {FIELD} stands for anything
literal() { sed -E 's/[][\.*^$+?()|{}]/\\&/g; s/\\\{[a-z]*\\\}/.+/g' <<<"$1"; }

# named TITLE "KIND CONDITIONS" [LEAST]: causes with such a first line were there so often, and
# have with them what the list says in the row that has these conditions; further patterns
# behind a | may be left out
named()
{
	local kind=${2%% *} conditions=${2#* } least=${3:-1} what todo n
	IFS=$'\t' read -r what todo < <(KIND=$kind CONDITIONS=$conditions awk -F '\t' -v OFS='\t' \
		'$1 == ENVIRON["KIND"] && index($2 "|", ENVIRON["CONDITIONS"] "|") == 1 {
			if (!found || $2 == ENVIRON["CONDITIONS"]) found = $3 OFS $4
		}
		END { print found }' "$known")
	[ "$what" ] || { echo "no such row: $2"; return 1; }
	rows+=("$what")
	n=$(TITLE=$1 WHY="Why: $(literal "$what")" TODO="Do:  $(literal "$todo")" awk -v RS= '
		$1 ~ /^[0-9]+\.$/ && match($0, ENVIRON["WHY"]) && match($0, ENVIRON["TODO"]) {
			split($0, line, "\n")
			if (line[1] ~ ENVIRON["TITLE"] && match(line[2], /: [0-9]+ time/))
				n += substr(line[2], RSTART + 2)
		}
		END { print n + 0 }' "$TMP/out")
	[ "$n" -ge "$least" ] || { echo "$n times, not $least: $1, as '$2'"; return 1; }
}

# beside OPTION... -- COMMAND...: measure $cpu while that runs, as it exits, 0 or 2
beside()
{
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	"$IRQSPAN" why -n 1000 -c $cpu "${options[@]}" -- \
		sh -c '"$@" >/dev/null 2>&1' sh "$@" >"$TMP/out" 2>"$TMP/err"
	case $? in 0 | 2) ;; *) echo "exit $?"; return 1 ;; esac
}
# provoke WHAT N [OPTION...]: the same while the program provoke does that to $cpu, from CPU 0
provoke() { beside "${@:3}" -- "$here/provoke" "$1" $cpu 0 "$2"; }

# --- any CPU -------------------------------------------------------------------

expedited()
{
	mkdir -p "$TMP/mnt"
	cat >"$TMP/mounts" <<-END
	"$here/provoke" spin $cpu 0 60000 &
	sleep 0.5
	for i in \$(seq 20); do mount -t tmpfs none "$TMP/mnt"; umount "$TMP/mnt"; done
	kill \$!
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/mounts" &&
			named 'IPIs from .* of rcu_' 'ipi function=rcu_exp_handler' && return
	done
	return 1
}
# The thread that looks after grace periods, on this CPU, is woken up by others.
rcu_thread()
{
	local thread status
	thread=$(pgrep -x 'rcu_(preempt|sched)') && taskset -pc $cpu "$thread" >/dev/null || return
	cat >"$TMP/only_mounts" <<-END
	for i in \$(seq 20); do mount -t tmpfs none "$TMP/mnt"; umount "$TMP/mnt"; done
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/only_mounts" && named 'IPIs from ' \
			'ipi function=sched_ttwu_pending|- path=*rcu_*'
		status=$?
		[ $status != 0 ] || break
	done
	taskset -pc 0-$cpu "$thread" >/dev/null
	return $status
}
# It is the only one that is idle, and the others have two tasks each.
idle_balance()
{
	cat >"$TMP/many" <<-END
	for other in $(seq -s ' ' 0 $((cpu - 1))); do
		"$here/provoke" spin \$other 0 200 &
		"$here/provoke" spin \$other 0 200 &
	done
	wait
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/many" &&
			named 'IPIs from .* of nohz_csd_func' 'ipi function=nohz_csd_func' && return
	done
	return 1
}
console()
{
	cat >"$TMP/print" <<-END
	for i in 1 2 3 4 5 6 7 8; do
		echo "<1>what is long enough to take a console some time" >/dev/kmsg
	done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/print" &&
		named '[0-9]\. [a-z_]*(console|con_|printk|prb_)[a-z_]* had interrupts off' \
			'span function=*console*'
}
serial()
{
	cat >"$TMP/uarts" <<-END
	for i in 1 2 3 4 5; do for tty in /dev/ttyS[1-4]; do echo irqspan >\$tty; done; done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/uarts" &&
		named '. (serial8250|wait_for_lsr|uart_)[a-z0-9_]* ' \
			'span function=serial8250*|wait_for_lsr*|uart_*'
}
tick()
{
	provoke spin 100 --limit 10us &&
		named 'tick_nohz_handler ran in an interrupt' \
			'span by=handler function=tick_nohz_handler'
}
idle()
{
	provoke wake 50 --limit 10us &&
		named 'had interrupts off \(idle\)' 'span context=idle by=code'
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
# What is called is short: most of the time is that of getting there and back.
around_call()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke wake 50 --limit 10us &&
		named 'the interrupt sysvec_(call_function_single|reschedule_ipi) took long' \
			'span context=hardirq by=code function=sysvec_call_function*'
}
# None of them takes long; who armed them is nowhere to be seen.
timers_at_once()
{
	provoke timers 3000 --limit 1ms &&
		named 'posix_timer_fn ' 'span by=handler|interrupt function=posix_timer_fn' &&
		says '(Longest in it: posix_timer_fn,|posix_timer_fn ran (in an interrupt|longest))'
}
few_timers() { provoke timers 1 --limit 1ms && hides 'posix_timer_fn (ran|in an)'; }
backtrace()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	[ -w /proc/sysrq-trigger ] || { echo "no sysrq"; return 4; }
	local was status=1
	was=$(cat /proc/sys/kernel/sysrq)
	echo 1 >/proc/sys/kernel/sysrq
	cat >"$TMP/backtrace" <<-END
	"$here/provoke" spin $cpu 0 60000 &
	for i in 1 2 3 4 5; do sleep 0.3; echo l >/proc/sysrq-trigger; done
	kill \$!
	END
	for _ in 1 2 3; do
		beside -- sh "$TMP/backtrace" &&
			named 'a non-maskable interrupt \(NMI\) took long' 'span context=nmi' &&
			status=0 && break
	done
	echo "$was" >/proc/sys/kernel/sysrq
	return $status
}
held_up()
{
	why 2 -c $cpu --limit 5ms -- "hard_timer $cpu 15000 5" &&
		named 'in which irqspan_spans_hard_timer.* ran longest made others late' \
			'late by=interrupt'
}
kernel_code()
{
	provoke wake 50 --limit 10us &&
		named 'had interrupts off, in task provoke' 'span by=code module='
}
patched_here()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	toggles >"$TMP/toggles"
	beside --limit 5us -- taskset -c $cpu sh "$TMP/toggles" &&
		named '[0-9]\. _*text_poke[a-z_]* had interrupts off' \
			'span function=do_sync_core|text_poke*|__text_poke*'
}
# As a tracer does, with an event that nobody else has on
toggles()
{
	echo 'for i in 1 2 3 4 5 6; do for n in 1 0; do'
	echo "echo \$n >$tracing/events/signal/signal_generate/enable"
	echo 'done; done'
}
unmapped_here()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	"$IRQSPAN" why -n 1000 -c 0 --limit 5us -- "$here/provoke" unmap $cpu 0 40 >"$TMP/out" \
		2>"$TMP/err"
	named 'flush_tlb_mm_range had interrupts off' 'span function=flush_tlb_*'
}
called()
{
	why 2 -c $cpu --limit 1ms -- "call_single 0 5000 10 $cpu" || return
	case $arch in
	x86_64)	named 'irqspan_spans_called.* ran in an interrupt' \
			'span by=handler path=*call_function*' ;;
	*)	named 'irqspan_spans_called.* ran in an interrupt' 'span by=handler' ;;
	esac
}
timer()
{
	why 2 -c $cpu --limit 5ms -- "hard_timer $cpu 15000 5" || return
	case $arch in
	x86_64)	named 'irqspan_spans_hard_timer.* ran in an interrupt' \
			'span by=handler path=*timer*' ;;
	*)	named 'irqspan_spans_hard_timer.* ran in an interrupt' 'span by=handler' ;;
	esac
}
driver()
{
	why 2 -c $cpu --limit 5ms -- "irq_disable $cpu 20000 5" &&
		named 'irqspan_spans_irq_disable .* had interrupts off' 'span by=code module=?*'
}
# The one who waits holds no lock, and is not the one who is found to hold it.
lock()
{
	why 2 -c all --limit 5ms -- "lock $cpu 20000 5" &&
		named 'irqspan_spans_lock.* had interrupts off' 'span by=code module=?*' &&
		named 'waited for a lock with interrupts off' 'span waited=most'
}
clock_set()
{
	provoke setclock 10 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
		'ipi function=retrigger_next_event|clock_was_set*' 5
}
# The first network card, which sends to the second one
card()
{
	ip netns add far 2>/dev/null || return 0
	ip link set eth1 netns far
	ip link set eth0 up
	ip -n far link set eth1 up
	ip addr add fe80::1/64 dev eth0 nodad
	ip -n far addr add fe80::2/64 dev eth1 nodad
	sleep 1
}
card_irq() { sed -nE 's/^ *([0-9]+):.* eth0(,.*)?$/\1/p' /proc/interrupts; }
pings() { beside "$@" -- ping -q -6 -f -w 2 -s 1000 fe80::2%eth0; }
device()
{
	card
	echo $cpu >"/proc/irq/$(card_irq)/smp_affinity_list"
	pings --limit 10us &&
		named 'ei_interrupt ran in an interrupt' 'span by=handler' 5 &&
		named 'interrupt line .* was held off by ei_start_xmit' 'line kind=disable' 5
	local status=$?
	echo 0 >"/proc/irq/$(card_irq)/smp_affinity_list"
	return $status
}

# What the kernel does for a program, with interrupts off
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
woken_at_once()
{
	provoke herd 1000 --limit 100us &&
		named '(eventfd_write|__wake_up)[^ ]* had interrupts off, in task provoke' \
			'span function=__wake_up*|eventfd_*' 5
}
# Tasks of one CPU go to the other one.
balanced()
{
	provoke crowd 40 --limit 50us &&
		named '(sched_balance_rq|load_balance|newidle)[^ ]* had interrupts off' \
			'span function=sched_balance_rq|load_balance'
}
# Programs that want time stamps of packets come and go; where CPUs are isolated at boot,
# the kernel acts as if there were one.
stamped()
{
	provoke stamp 20 && named 'IPIs from CPU 0, .* for the work (netstamp_clear|static_key_)' \
		'ipi path=*netstamp_clear*' 20
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
# The kernel looks for new devices.
rescan()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	beside --limit 1us -- taskset -c $cpu sh -c \
		"for i in $(seq -s ' ' 30); do echo 1 >/sys/bus/pci/rescan; done" &&
		named 'pci_[a-z0-9_]* had interrupts off, in task sh' \
			'span function=pci_bus_read_config_*' 3
}
# A console whose host has to take what is written
host_console()
{
	[ -e /dev/hvc0 ] || { echo "no /dev/hvc0"; return 4; }
	beside --limit 20us -- taskset -c $cpu sh -c 'seq 100 >/dev/hvc0' &&
		named '(hvc_|__send_to_port|put_chars)[^ ]* had interrupts off, in task seq' \
			'span function=hvc_*' 20
}
killed_threads()
{
	provoke kill 1000 --limit 100us &&
		named 'do_send_sig_info had interrupts off, in task provoke' \
			'span function=do_send_sig_info' 3
}
orphans()
{
	provoke orphans 500 --limit 50us &&
		named 'do_exit had interrupts off, in task provoke' 'span function=do_exit' 2
}
timer_list()
{
	provoke timer_list 1000 --limit 100us &&
		named 'print_cpu had interrupts off, in task provoke' 'span function=print_cpu' 100
}
few_in_list()
{
	provoke timer_list 1 --limit 1ms && ! times 'print_cpu had interrupts off' 10
}
configuration()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5; do cat /sys/bus/pci/devices/*/config; done' &&
		named 'pci_user_read_config_[a-z]* had interrupts off, in task cat' \
			'span function=pci_user_read_config_*' 20
}
# What there is without an access
configuration_remedy()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'cd /sys/bus/pci/devices
		for i in 1 2 3 4 5; do cat */vendor */class */device; done' &&
		hides 'pci_user_'
}
# hardware_tracer NAME FUNCTION FILE: it runs on that CPU, and looks for 0.1 s at a time
hardware_tracer()
{
	local mask was status
	grep -qw "$1" $tracing/available_tracers || { echo "no tracer $1"; return 4; }
	mask=$(cat $tracing/tracing_cpumask)
	was=$(cat "$tracing/$3")
	printf '%x' $((1 << cpu)) >$tracing/tracing_cpumask
	echo 100000 >"$tracing/$3"
	[ "$1" != osnoise ] || echo OSNOISE_IRQ_DISABLE >$tracing/osnoise/options
	beside -- sh -c "echo $1 >$tracing/current_tracer; sleep 3
		echo nop >$tracing/current_tracer" &&
		named "$2 had interrupts off, in task (hwlatd|osnoise)" \
			'span function=kthread_fn|osnoise_main|run_osnoise task=hwlatd*'
	status=$?
	[ "$1" != osnoise ] || echo NO_OSNOISE_IRQ_DISABLE >$tracing/osnoise/options
	echo "$was" >"$tracing/$3"
	echo "$mask" >$tracing/tracing_cpumask
	return $status
}
sampled()
{
	perf_runs -c 1000000 || return
	beside --limit 20us -- perf record -q -o "$TMP/perf.data" -c 200000 -e cpu-clock \
		-C $cpu -- "$here/provoke" spin $cpu 0 200 &&
		named 'perf_swevent_hrtimer' \
			'span by=handler|interrupt function=perf_swevent_hrtimer' 5
}

test_causes()
{
	ok "cause: an expedited grace period of RCU, by mounts" expedited
	ok "cause: a thread of RCU" rcu_thread
	ok "cause: the scheduler balances load on an idle CPU" idle_balance
	ok "cause: messages to a console" console
	ok "cause: a serial port" serial
	ok "cause: the tick" tick
	ok "cause: the way out of idle" idle
	ok "cause: an interrupt without one handler that takes long" several_handlers
	ok "cause: a call that takes less than getting there and back" around_call
	ok "cause: many timers of a program that are due at once" timers_at_once
	ok "cause: one timer at a time is no cause" few_timers
	ok "cause: a backtrace by NMI" backtrace
	ok "cause: an interrupt that held others up" held_up
	ok "cause: code of the kernel itself" kernel_code
	ok "cause: code is patched by this CPU" patched_here
	ok "cause: memory is unmapped by this CPU" unmapped_here
	ok "cause: a function that another CPU has called here" called
	ok "cause: the function of a timer" timer
	ok "cause: code of a driver" driver
	ok "cause: a lock" lock
	ok "cause: the clock is set" clock_set
	ok "cause: a network card, its handler and its driver" device
	ok "cause: much memory is freed" freed
	ok "cause: /proc/zoneinfo and the like" zones
	ok "cause: the times of many threads are summed up" used_time
	ok "cause: a process of many threads ends" many_threads
	ok "cause: a process of many threads is killed" killed_threads
	ok "cause: a process of many threads is stopped" stopped_threads
	ok "cause: /proc/PID/stat" read_stat
	ok "cause: /proc/PID/wchan" waiting_where
	ok "cause: the kernel looks for PCI devices" rescan
	ok "cause: a console of a virtual machine" host_console
	ok "cause: a process of many children ends" orphans
	ok "cause: /proc/timer_list" timer_list
	ok "cause: /proc/timer_list of few timers is no cause" few_in_list
	ok "cause: the configuration of PCI devices" configuration
	ok "cause: what is known of PCI devices is none" configuration_remedy
	ok "cause: the tracer hwlat" hardware_tracer hwlat kthread_fn \
		hwlat_detector/width
	ok "cause: the tracer osnoise, with interrupts off" hardware_tracer osnoise \
		"(osnoise_main|run_osnoise)" osnoise/runtime_us
	ok "cause: many tasks are woken up at once" woken_at_once
	ok "cause: tasks are moved from one CPU to another" balanced
	ok "cause: callbacks of RCU that somebody waits for" callbacks
	ok "cause: time stamps of packets" stamped
	ok "cause: samples of perf" sampled
	ok "cause: none of these, where nothing is done" nothing 100ms
	ok "cause: the machine is as it was" untouched
}

# nothing LIMIT: a CPU that sleeps is not disturbed, and nothing of what has been provoked
# is found. Some of it goes on by itself: what idle CPUs do, and what wakes up.
nothing()
{
	local what pid
	# What wakes up the threads of RCU is never nothing: with the remedy they are elsewhere.
	for pid in $(pgrep '^rcu'); do taskset -pc 0 "$pid" >/dev/null 2>&1; done
	beside --limit "$1" -- sleep 2 && says "^CPU $cpu was not disturbed" || return
	for what in "${rows[@]}"; do
		case $what in
		*idle* | *'tick of the CPU'* | *'Code of the kernel itself'* | \
			'An interrupt took'* | 'Most of that time'* | 'A handler took long'* | \
			'Another CPU had '* | 'Timers expired, '* | 'The scheduler'* | \
			'Interrupts were off since '*) ;;
		*) ! grep -F -- "Why: $what" "$TMP/out" || return ;;
		esac
	done
	hides 'clocksource|CLOCK_UNSTABLE' || return
	[ ${#rows[@]} -ge 10 ]
}

# --- isolated CPUs ---------------------------------------------------------------

unmap()
{
	# Elsewhere a CPU may tell the others by the bus.
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke unmap 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi function=flush_tlb_func' \
		15
}
protected()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke protect 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi function=flush_tlb_func' 15
}
advised()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke advise 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*process_madvise* function=flush_tlb_func' 15
}
hole()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke hole 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*unmap_mapping_* function=flush_tlb_func' 15 &&
		! block 'flush_tlb_func' | grep 'keep threads of'
}
debugged()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke poke 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*mem_rw<*|*access_remote_vm*|*process_vm_rw* function=flush_tlb_func' 15
}
# What a map of BPF had for each CPU is given back by work.
bpf_maps()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	provoke maps 10 && named 'IPIs from CPU 0, .*tlb.* for the work pcpu_balance_workfn' \
		'ipi path=*<pcpu_*|pcpu_*|*<free_percpu* function=flush_tlb_func'
}
bpf_map()
{
	provoke map 2000 &&
		named "IPIs from CPU $cpu to itself, irq_work of bpf_mem_refill.* in task provoke" \
			'ipi function=bpf_mem_refill' 10
}
bpf_map_remedy() { provoke map_taken 2000 && hides 'of bpf_mem_refill'; }
# What is sent there is received elsewhere, and so is the memory for it.
stream()
{
	ip link set lo up
	provoke stream 3000 && named 'IPIs from CPU 0, call-function of trigger_rx_softirq' \
		'ipi function=trigger_rx_softirq'
}
stream_remedy()
{
	local most=/proc/sys/net/core/skb_defer_max was status
	was=$(cat $most) || return 4
	echo 0 >$most
	provoke stream 3000 && hides 'of trigger_rx_softirq'
	status=$?
	echo "$was" >$most
	return $status
}
# first_event OPTION...: perf counts for a task, and the last of its events ends
first_event()
{
	perf stat -e task-clock true >/dev/null 2>&1 || { echo "perf does not run"; return 4; }
	sleep 2
	beside -- sh -c 'for i in 1 2 3; do perf stat -e task-clock true; sleep 1.5; done'
}
perf_key()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
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
# As those of the watchdog are, and of perf
not_maskable()
{
	backtrace && named 'Non-maskable interrupts \(NMI\)' 'irq irq=NMI' 3
}
advised_remedy() { provoke advise_locked 20 && hides 'Path: .*process_madvise'; }
probed()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	[ -w $tracing/uprobe_events ] || { echo "no uprobes"; return 4; }
	provoke probe 5 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*uprobe_write_opcode*' 5
}
filters()
{
	local jit=/proc/sys/net/core/bpf_jit_enable was status=1
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	was=$(cat $jit)
	echo 1 >$jit
	for _ in 1 2 3; do
		provoke filter 20 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
			'ipi path=*bpf_int_jit_compile*' && status=0 && break
	done
	echo "$was" >$jit
	return $status
}
filters_remedy()
{
	local jit=/proc/sys/net/core/bpf_jit_enable was status=0
	was=$(cat $jit)
	echo 0 >$jit 2>/dev/null || { echo "this kernel always compiles them"; return 4; }
	provoke filter 20 && hides 'Path: .*bpf_int_jit_compile' || status=1
	echo "$was" >$jit
	return $status
}
# since VERSION: whether the kernel is of that version or a later one
since() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }
# A tracer of functions, of one of them only
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
	# Later ones wait for no CPU where that is not needed.
	! since 6.13 || return 0
	named 'IPIs from CPU 0.* in task rcu_tasks_rude' 'ipi path=*rcu_tasks*'
}
module()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	rmmod irqspan_brief 2>/dev/null
	for _ in 1 2 3; do
		beside -- sh -c 'modprobe irqspan_brief && rmmod irqspan_brief && sleep 1' || return
		# Code of one that is gone is none of those that are there.
		! grep '_module \[' "$TMP/out" || return
		! grep '_exit ran in an interrupt' "$TMP/out" || return
		named 'IPIs from CPU 0, call-function of .* in task (modprobe|rmmod)' \
			'ipi path=*module* function=flush_tlb_func' &&
			named 'IPIs from CPU 0.* for the work do_free_init' \
				'ipi path=*purge_vmap*' &&
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
	# The one who is stopped is not told to move tasks away.
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
		'ipi function=sched_ttwu_pending|- path=*unregister_netdevice*'
}
trace_buffer()
{
	local instance=$tracing/instances/irqspan_causes
	beside -- sh -c "mkdir $instance; echo 2000 >$instance/buffer_size_kb; rmdir $instance" &&
		named 'IPIs from CPU 0.* in task sh' \
			'ipi function=sched_ttwu_pending|- path=*ring_buffer_resize*'
}
# Whoever waits for messages is told by an interrupt: who reads the log, and the thread that
# writes to a console, where the console has one.
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
# What is said by NMI is written later: by an interrupt of that CPU, or by such a thread, which
# is told by one.
messages_nmi()
{
	local told=wake_up_klogd_work_func
	! grep -q ' univ8250_console_write_thread$' /proc/kallsyms || told=nbcon_irq_work
	backtrace && named "IPIs from CPU $cpu to itself, irq_work of $told" \
		'ipi function=wake_up_klogd_work_func'
}
# Somebody waits for what is traced on that CPU alone.
trace_reader()
{
	local instance=$tracing/instances/irqspan_causes mask
	mask=$(printf '%x' $((1 << cpu)))
	mkdir $instance && echo "$mask" >$instance/tracing_cpumask || return
	cat >"$TMP/reader" <<-END
	timeout 5 cat $instance/trace_pipe >"$TMP/pipe" &
	echo 1 >$instance/events/signal/signal_generate/enable
	sleep 0.5
	"$here/provoke" killed $cpu 0 20
	kill \$!
	END
	beside -- sh "$TMP/reader"
	# Later ones have a CPU that is not isolated tell the reader.
	if since 7.0; then
		hides 'irq_work of rb_wake_up_waiters'
	else
		named 'irq_work of rb_wake_up_waiters' 'ipi function=rb_wake_up_waiters' 5
	fi
	local status=$?
	rmdir $instance
	return $status
}
membarrier()
{
	provoke membarrier 20 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
		'ipi function=ipi_mb' 15
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
policy()
{
	provoke policy 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule path=*sched_setscheduler*' 10
}
signalled()
{
	provoke signal 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi kind=reschedule path=*send_signal*|*complete_signal*|*signal_wake_up*' 10
}
cpu_time()
{
	provoke cputimer 10 &&
		named 'IPIs from CPU 0, irq_work of nohz_full_kick_func.* in task provoke' \
		'ipi function=nohz_full_kick_func path=*posix_cpu_timer*' \
		5 && named 'the tick went on: POSIX_TIMER' 'tick dependency=POSIX_TIMER' 5
}
two_tasks()
{
	cat >"$TMP/two" <<-END
	"$here/provoke" spin $cpu 0 200 &
	"$here/provoke" spin $cpu 0 200 &
	wait
	END
	beside -- sh "$TMP/two" && named 'the tick went on: SCHED' 'tick dependency=SCHED' 10 &&
		named 'IPIs from CPU 0, irq_work of nohz_full_kick_func' \
			'ipi function=nohz_full_kick_func'
}
# On one CPU after the other, or by asking each of them
clock_verified()
{
	if grep -q ' watchdog_check_skew_remote$' /proc/kallsyms; then
		beside -- sleep 6 &&
			named 'IPIs from CPU .*, call-function of watchdog_check_skew_remote' \
			'ipi function=watchdog_check_skew_remote'
	else
		beside -- sleep 6 && named 'timers of .*clocksource_watchdog' \
			'timer kind=wheel function=clocksource_watchdog'
	fi
}
perf_runs()
{
	perf record -q -o "$TMP/perf.data" "$@" -e cpu-clock -C 0 true >"$TMP/perf.said" 2>&1 ||
		{ echo "perf does not run: $(tail -n 1 "$TMP/perf.said")"; return 4; }
}
# perf of CPU 0 makes the tick go on elsewhere.
perf_frequency()
{
	perf_runs -F 99 || return
	beside -- perf record -q -o "$TMP/perf.data" -F 99 -e cpu-clock -C 0 \
		"$here/provoke" spin $cpu 0 300 &&
		named 'the tick went on: PERF_EVENTS' 'tick dependency=PERF_EVENTS' 10
}
# Somebody is busy there already when that perf starts.
perf_kicks()
{
	perf_runs -F 99 || return
	cat >"$TMP/perf" <<-END
	"$here/provoke" spin $cpu 0 60000 &
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
		"$here/provoke" spin $cpu 0 300 && hides 'PERF_EVENTS'
}
perf_there()
{
	provoke count 10 &&
		named 'IPIs from CPU 0, call-function of remote_function.* in task provoke' \
		'ipi function=remote_function|__perf_event_*|perf_*' 10
}
# Who is told does not run there; and what is traced is not to blame.
samples_read()
{
	provoke sampled 20 &&
		named "IPIs from CPU $cpu to itself, irq_work of perf_pending_irq.* provoke" \
		'ipi function=perf_pending_irq*' 10 &&
		! block 'perf_pending_irq' | grep 'have provoke leave'
}
told_by_bpf()
{
	grep -qw bpf_ringbuf_notify /proc/kallsyms || { echo "no ring buffers of BPF"; return 4; }
	provoke told 20 &&
		named "IPIs from CPU $cpu to itself, irq_work of bpf_ringbuf_notify" \
		'ipi function=bpf_ringbuf_notify' 15
}
wheel()
{
	provoke receive 50 && named 'timers of provoke \(process_timeout\) left it for CPU 0' \
		'timer kind=wheel' 10 || return
	# Where the function of the timer is in the path, the IPIs are told with the timers.
	block process_timeout | grep -qE ' in all.*; [0-9]+ IPIs came back' ||
		named 'IPIs from CPU 0' \
		'ipi function=sched_ttwu_pending|- path=*call_timer_fn*' \
		10 || return
	named 'IPIs from CPU . to itself, irq_work of nohz_full_kick_func.* in task provoke' \
		'ipi function=nohz_full_kick_func path=irq_work_queue*<__mod_timer*'
}
# What is said to help does.
wheel_remedy()
{
	local migration=/proc/sys/kernel/timer_migration status=0
	provoke poll 50 && named 'timers of provoke \(hrtimer_wakeup\) left it for CPU 0' \
		'timer kind=hrtimer' 10 || status=1
	echo 0 >$migration
	provoke poll 50 && hides 'timers of provoke \((process_timeout|hrtimer_wakeup)' || status=1
	echo 1 >$migration
	return $status
}
delayed()
{
	why 2 -c $cpu -- "delayed_work_here $cpu 20000 10" &&
		named 'timers of spans_a \(irqspan_spans_work.*\) left it for CPU 0' \
			'timer kind=wheel function=delayed_work_timer_fn' 5
}
# Of a CPU that does the housekeeping, for one that is to be left alone
started_for()
{
	why 2 -c $cpu -- "timer_on 0 20000 10 $cpu" &&
		named 'timers of CPU 0, of .*irqspan_spans_wheel.*\), came to it' \
			'timer kind=wheel by=came' 5 || return
	# They are not told of once more.
	hides 'the timer irqspan_spans_wheel.* expired there'
}
counted()
{
	beside -- cat /proc/sys/vm/stat_refresh && named 'IPIs from CPU 0.* in task (sh|cat)' \
		'ipi function=sched_ttwu_pending|- path=*vmstat_refresh*'
}
work()
{
	cat >"$TMP/work" <<-END
	for i in 1 2 3 4 5; do
		echo 2 >/proc/sys/vm/overcommit_memory
		echo 0 >/proc/sys/vm/overcommit_memory
	done
	END
	beside -- sh "$TMP/work" && named 'IPIs from CPU 0.* in task sh' \
		'ipi function=sched_ttwu_pending|- path=*kick_pool*'
}
# The CPU stays in the kernel, while somebody waits for RCU.
in_kernel()
{
	local tick='' call='' kick=''
	mkdir -p "$TMP/mnt"
	cat >"$TMP/calls" <<-END
	"$here/provoke" syscalls $cpu 0 300 &
	for i in 1 2 3 4 5 6 7 8 9 10; do mount -t tmpfs none "$TMP/mnt"; umount "$TMP/mnt"; done
	wait
	END
	# Which of its means RCU takes depends on when it looks.
	for _ in 1 2 3 4 5 6 7 8; do
		beside -- sh "$TMP/calls" || return
		! named 'the tick went on: RCU' 'tick dependency=RCU*' || tick=1
		! named 'IPIs from CPU 0, reschedule.* in task rcu' \
			'ipi kind=reschedule path=*rcu_gp_*' || call=1
		! named 'irq_work of nohz_full_kick_func' \
			'ipi function=nohz_full_kick_func path=*__rcu_irq_enter*' || kick=1
		[ "$tick$call$kick" != 111 ] || return 0
	done
	return 1
}
deadline()
{
	beside -c 1-3 -- taskset -c 1-3 "$here/provoke" deadline 0 0 100 &&
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
	named 'IPIs from CPU 0' 'ipi function=nohz_full_kick_func|- path=*dl_task_timer*'
}
fair_server_remedy()
{
	local file=/sys/kernel/debug/sched/fair_server/cpu$cpu/runtime was status=0
	was=$(cat $file 2>/dev/null) || { echo "no $file"; return 4; }
	echo 0 >$file
	provoke spin 400 && hides 'dl_task_timer' || status=1
	echo "$was" >$file
	return $status
}
# The command that it gives is the one that helps.
device_isolated()
{
	local todo
	card
	echo $cpu >"/proc/irq/$(card_irq)/smp_affinity_list"
	pings && named "interrupts of .*eth0.* \\(irq $(card_irq)\\)" 'irq name=*' 20 || return
	todo=$(block 'interrupts of .*eth0' |
		sed -nE 's/^ *Do: *(echo [0-9,-]+ > [^ ,]*),.*/\1/p')
	echo "told to: $todo"
	[ "$todo" ] && eval "$todo" && [ "$(cat "/proc/irq/$(card_irq)/smp_affinity_list")" = 0 ] ||
		return
	# The next interrupt may come there still, and goes on to the other CPU from then on.
	ping -q -6 -c 5 -i 0.2 fe80::2%eth0
	pings && hides 'interrupts of .*eth0'
}
# irqbalance does that.
irq_moved()
{
	[ "$arch" = x86_64 ] || { echo "not on $arch"; return 4; }
	grep -qw vector_cleanup_callback /proc/kallsyms || { echo "not by a timer"; return 4; }
	card
	cat >"$TMP/balance" <<-END
	for i in 1 2 3 4 5; do for n in $cpu 0; do
		echo \$n >/proc/irq/$(card_irq)/smp_affinity_list
		ping -q -6 -c 3 -i 0.05 fe80::2%eth0
	done; done
	true
	END
	beside -- sh "$TMP/balance" && named 'timers of .*\(vector_cleanup_callback\), came to it' \
		'timer kind=wheel function=vector_cleanup_callback' 3 || return
	# The timer is started by the CPU that has the interrupt from then on.
	! block '__vector_schedule_cleanup' | grep 'wait there without a time'
}
registers()
{
	[ -e /dev/cpu/$cpu/msr ] || modprobe msr 2>/dev/null
	[ -e /dev/cpu/$cpu/msr ] || { echo "no /dev/cpu/$cpu/msr"; return 4; }
	# The time stamp counter
	beside -- dd if=/dev/cpu/$cpu/msr bs=8 count=20 skip=2 &&
		named 'IPIs from CPU 0, call-function of __rdmsr.* in task dd' \
		'ipi function=__rdmsr_on_cpu'
}

traced()
{
	provoke trace 20 && named 'IPIs from CPU 0.* in task provoke' 'ipi path=*ptrace_*' 10
}

# Timers that expire there

# stay COMMAND...: while hrtimers stay on the CPU that starts them
stay()
{
	local migration=/proc/sys/kernel/timer_migration status
	echo 0 >$migration
	"$@"
	status=$?
	echo 1 >$migration
	return $status
}
quiet() { beside -- sleep 3 && hides 'expired there'; }
# A task's own timers disturb nobody, whether it sleeps or not.
own_timers()
{
	stay provoke nap 100 && hides 'expired there' &&
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
driver_timer()
{
	why 2 -c $cpu --limit 5ms -- "timers_at_once $cpu 15000 2" &&
		named 'the timer irqspan_spans_timers_at_once \[irqspan_spans\] expired there' \
			'expiry module=?*' 60
}
# A thread that looks after grace periods is bound to a CPU that is busy.
bound_thread()
{
	local thread status
	thread=$(pgrep -x 'rcu_(preempt|sched)') && taskset -pc $cpu "$thread" >/dev/null || return
	mkdir -p "$TMP/mnt"
	cat >"$TMP/bound" <<-END
	"$here/provoke" spin $cpu 0 60000 &
	for i in \$(seq 20); do mount -t tmpfs none "$TMP/mnt"; umount "$TMP/mnt"; done
	kill \$!
	END
	beside -- sh "$TMP/bound" &&
		named 'the timer process_timeout expired there and woke up the thread rcu_' \
			'expiry by=thread' 5
	status=$?
	taskset -pc 0 "$thread" >/dev/null
	return $status
}
# By default it leaves CPUs alone that are nohz_full.
lockup_watchdog()
{
	local mask=/proc/sys/kernel/watchdog_cpumask was todo status
	[ -w $mask ] || { echo "no watchdog for soft lockups"; return 4; }
	was=$(cat $mask)
	[ "$was" = 0 ] || return
	beside -- "$here/provoke" spin $cpu 0 500 && hides 'watchdog_timer_fn' || return
	echo "0-$cpu" >$mask
	echo 1 >/proc/sys/kernel/watchdog_thresh
	beside -- "$here/provoke" spin $cpu 0 500 &&
		named 'the timer watchdog_timer_fn expired there' \
			'expiry function=watchdog_timer_fn' 5
	status=$?
	# What the row tells to do
	todo=$(block watchdog_timer_fn | sed -nE 's/^ *Do: *(echo [0-9,-]+ > [^ ,]*),.*/\1/p')
	echo "told to: $todo"
	[ "$todo" ] && eval "$todo" && [ "$(cat $mask)" = 0 ] || status=1
	echo "$was" >$mask
	echo 10 >/proc/sys/kernel/watchdog_thresh
	return $status
}
sampled_there()
{
	perf_runs -c 10000000 || return
	beside -- perf record -q -o "$TMP/perf.data" -c 10000000 -e cpu-clock -C $cpu \
		"$here/provoke" spin $cpu 0 200 &&
		named 'the timer perf_swevent_hrtimer expired there' \
			'expiry function=perf_swevent_hrtimer|perf_mux_hrtimer_handler' 20 || return
	# What the row tells to do
	beside -- perf record -q -o "$TMP/perf.data" -c 10000000 -e cpu-clock -C 0 \
		"$here/provoke" spin $cpu 0 200 && hides 'perf_swevent_hrtimer expired there'
}
timerlat()
{
	local was status
	grep -qw timerlat $tracing/available_tracers || { echo "no tracer timerlat"; return 4; }
	was=$(cat $tracing/osnoise/cpus)
	echo $cpu >$tracing/osnoise/cpus
	beside -- sh -c "echo timerlat >$tracing/current_tracer; sleep 2
		echo nop >$tracing/current_tracer" &&
		named 'the timer timerlat_irq expired there and woke up the thread timerlat/' \
			'expiry function=timerlat_irq' 100
	status=$?
	echo "$was" >$tracing/osnoise/cpus
	return $status
}
turns()
{
	local features=/sys/kernel/debug/sched/features was status
	was=$(grep -oE '(NO_)?HRTICK\>' $features) || { echo "no HRTICK"; return 4; }
	cat >"$TMP/turns" <<-END
	"$here/provoke" spin $cpu 0 200 &
	"$here/provoke" spin $cpu 0 200 &
	wait
	END
	echo HRTICK >$features
	beside -- sh "$TMP/turns" &&
		named 'the timer hrtick expired there' 'expiry function=hrtick' 20
	status=$?
	# What the row tells to do
	echo NO_HRTICK >$features
	[ $status != 0 ] || { beside -- sh "$TMP/turns" && hides 'hrtick expired there'; } ||
		status=1
	echo "$was" >$features
	return $status
}
deadline_stays()
{
	stay beside -c 1-3 -- taskset -c 1-3 "$here/provoke" deadline 0 0 100 &&
		named 'the timer (dl_task_timer|inactive_task_timer) expired there' \
			'expiry function=dl_task_timer' 10
}
machine_checks()
{
	local interval=/sys/devices/system/machinecheck/machinecheck0/check_interval was status
	[ -w $interval ] || { echo "no machine checks"; return 4; }
	was=$(cat $interval)
	echo 1 >$interval
	beside -- "$here/provoke" spin $cpu 0 500 &&
		named 'the timer mce_timer_fn expired there' 'expiry function=mce_timer_fn' 2
	status=$?
	echo 0 >$interval
	[ $status != 0 ] || { beside -- "$here/provoke" spin $cpu 0 300 && hides mce_timer_fn; } ||
		status=1
	echo "$was" >$interval
	return $status
}
# Timers of the wheel stay on such a CPU while its tick goes on, as it does with two tasks.
connection()
{
	cat >"$TMP/connection" <<-END
	"$here/provoke" spin $cpu 0 60000 &
	"$here/provoke" connect $cpu 0 5
	kill \$!
	END
	beside -- sh "$TMP/connection" && named 'the timer tcp_keepalive_timer expired there' \
		'expiry function=tcp_*' 2
}
neighbour()
{
	card
	cat >"$TMP/neighbour" <<-END
	"$here/provoke" spin $cpu 0 400 &
	"$here/provoke" spin $cpu 0 400 &
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
# card_up CPU: the first network card is brought down, and up from there
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
	for _ in 1 2; do "$here/provoke" spin $cpu 0 60000 & spinning+=($!); done
	card_up $cpu
	beside -- sleep 5 && named 'the timer dev_watchdog expired there' \
		'expiry function=dev_watchdog' 2
	status=$?
	# What the row tells to do
	card_up 0
	[ $status != 0 ] || { beside -- sleep 3 && hides dev_watchdog; } || status=1
	kill "${spinning[@]}"
	return $status
}

test_isolated()
{
	ok "isolated: memory is unmapped by another thread" unmap
	ok "isolated: memory is protected by another thread" protected
	ok "isolated: another process advises on the use of memory" advised
	ok "isolated: memory that is locked is none of its business" advised_remedy
	ok "isolated: a file that is mapped gets a hole" hole
	ok "isolated: another process writes to memory" debugged
	ok "isolated: a probe in a program" probed
	ok "isolated: filters of sockets" filters
	ok "isolated: filters that are not compiled" filters_remedy
	ok "isolated: a tracer of functions" functions
	ok "isolated: a module" module
	ok "isolated: a CPU goes offline" offline
	ok "isolated: another clock" clocksource
	ok "isolated: network namespaces" namespaces
	ok "isolated: a trace buffer of another size" trace_buffer
	ok "isolated: a trace that is read meanwhile" trace_reader
	ok "isolated: messages of the kernel" messages
	ok "isolated: messages of the kernel, by NMI" messages_nmi
	ok "isolated: membarrier()" membarrier
	ok "isolated: a tracer starts and ends" tracer
	ok "isolated: a task is moved there" moved
	ok "isolated: a task is woken up" woken
	ok "isolated: a task of higher priority is woken up" preempted
	ok "isolated: a task has another policy" policy
	ok "isolated: signals" signalled
	ok "isolated: a timer on CPU time" cpu_time
	ok "isolated: two tasks" two_tasks
	ok "isolated: perf record -F, of another CPU" perf_frequency
	ok "isolated: perf record -F, as it starts" perf_kicks
	ok "isolated: perf record -c, of another CPU, does no harm" perf_period
	ok "isolated: perf events of that CPU" perf_there
	ok "isolated: what perf events have to tell is read" samples_read
	ok "isolated: a BPF program has something to tell" told_by_bpf
	ok "isolated: a map of BPF takes memory" bpf_map
	ok "isolated: a map of BPF that has its memory" bpf_map_remedy
	ok "isolated: maps of BPF come and go" bpf_maps
	ok "isolated: what was sent is received elsewhere" stream
	ok "isolated: memory of packets that is not given back" stream_remedy
	ok "isolated: the first perf event, and the last one" perf_key
	ok "isolated: a perf event that stays" perf_key_remedy
	ok "isolated: interrupts that cannot be turned off" not_maskable
	ok "isolated: a socket's timeout" wheel
	ok "isolated: with the remedy, no timer leaves" wheel_remedy
	ok "isolated: delayed work" delayed
	ok "isolated: a timer that another CPU starts for it" started_for
	ok "isolated: memory that is cached is counted" counted
	ok "isolated: work" work
	ok "isolated: RCU waits for it" in_kernel
	ok "isolated: a task with deadlines" deadline
	ok "isolated: the scheduler's fair server" fair_server
	ok "isolated: without the fair server" fair_server_remedy
	ok "isolated: a network card, and the remedy" device_isolated
	ok "isolated: an interrupt is moved away" irq_moved
	ok "isolated: registers are read" registers
	ok "isolated: a task that is traced" traced
	ok "isolated: no timers on a CPU that has nothing to do" quiet
	ok "isolated: timers of the task that runs there" own_timers
	ok "isolated: timers of another task that runs there" other_task
	ok "isolated: a timer that a task looks at" looked_at
	ok "isolated: timers of a task that went elsewhere" left_behind
	ok "isolated: a timer of a driver" driver_timer
	ok "isolated: a thread of the kernel waits for a time" bound_thread
	ok "isolated: the watchdog for soft lockups, and the remedy" lockup_watchdog
	ok "isolated: samples of perf, and the remedy" sampled_there
	ok "isolated: the tracer timerlat" timerlat
	ok "isolated: timers that end a turn, and the remedy" turns
	ok "isolated: the timer of a task with deadlines" deadline_stays
	ok "isolated: machine checks, and the remedy" machine_checks
	ok "isolated: a connection that is kept alive" connection
	ok "isolated: a neighbour in the network, and the remedy" neighbour
	ok "isolated: a network card that is watched, and the remedy" card_watched
	ok "isolated: none of these, where nothing is done" nothing 10ms
	ok "isolated: the machine is as it was" untouched
}

# --- a kernel as in the field ------------------------------------------------------

cgroups=/sys/fs/cgroup
ksm=/sys/kernel/mm/ksm
huge=/sys/kernel/mm/transparent_hugepage

merging()
{
	[ -e $ksm/run ] || { echo "no KSM"; return 4; }
	echo 5 >$ksm/sleep_millisecs
	echo 1000 >$ksm/pages_to_scan
	echo 1 >$ksm/run
	provoke merge 20 && named 'IPIs from CPU 0.* in task ksmd' 'ipi path=*ksm_scan_thread*' 5
	local status=$?
	[ $status != 0 ] || block 'in task ksmd' | grep -q 'Do: .*keep threads of ksmd' && status=1
	echo 2 >$ksm/run
	return $status
}
merging_remedy()
{
	[ -e $ksm/run ] || { echo "no KSM"; return 4; }
	provoke merge 20 && hides 'in task ksmd'
}
huge_pages()
{
	[ -e $huge/khugepaged/scan_sleep_millisecs ] || { echo "no huge pages"; return 4; }
	local was status
	was=$(grep -o '\[.*\]' $huge/enabled | tr -d '[]')
	echo madvise >$huge/enabled
	echo 10 >$huge/khugepaged/scan_sleep_millisecs
	echo 10 >$huge/khugepaged/alloc_sleep_millisecs
	provoke huge 20 && named 'IPIs from CPU 0.* in task khugepaged' 'ipi path=*khugepaged*' 3
	status=$?
	echo "$was" >$huge/enabled
	return $status
}
# Any process may do that for itself, whatever the setting is.
collapsed()
{
	[ -e $huge/enabled ] || { echo "no huge pages"; return 4; }
	[ "$(grep -o '\[.*\]' $huge/enabled)" = '[never]' ] || return
	provoke collapse 20 &&
		named 'IPIs from CPU 0, .*tlb.* in task provoke' 'ipi path=*madvise_collapse*' 15
}
# mapped COMMAND: that runs again and again while a process maps a file of a disk
mapped()
{
	local status device
	disk || return
	cat >"$TMP/mapped" <<-END
	cd "$TMP/disk"
	"$here/provoke" mapped $cpu 0 20 &
	sleep 0.5
	for i in 1 2 3 4 5 6 7 8; do $1; sleep 0.1; done
	wait
	END
	beside -- sh "$TMP/mapped"
	status=$?
	undisk
	return $status
}
# disk: a file that is a disk ($device), with a file system, on $TMP/disk; undisk: no more
disk()
{
	[ -e "$TMP/image" ] || dd if=/dev/zero of="$TMP/image" bs=1M count=8
	mkdir -p "$TMP/disk"
	device=$(losetup -f --show "$TMP/image") || { echo "no loop device"; return 4; }
	mkfs.minix "$TMP/image" && mount -t minix "$device" "$TMP/disk" && return
	losetup -d "$device"
	echo "no disk in a file"
	return 4
}
undisk() { umount "$TMP/disk"; losetup -d "$device"; }
written_back() { mapped sync && named 'IPIs from CPU 0, .*flush_tlb' 'ipi path=*mkclean*'; }
# The memory of that file is taken away.
reclaimed()
{
	[ -w $cgroups/memory.reclaim ] || { echo "no memory.reclaim"; return 4; }
	mapped "sync; echo 8M >$cgroups/memory.reclaim" &&
		named 'IPIs from CPU 0, .*flush_tlb' 'ipi path=*shrink_folio_list*'
}
# A large file is written, and removed; its memory is on lists, and comes and goes.
cached()
{
	local device status=1
	disk || return
	cat >"$TMP/cached" <<-END
	for i in 1 2 3; do
		dd if=/dev/zero of="$TMP/disk/file" bs=64k count=80
		sync "$TMP/disk/file"
		rm "$TMP/disk/file"
	done
	true
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/cached" &&
		named '(filemap|page_cache|folio|tag_pages|block)[^ ]* had interrupts off, in' \
			'span function=*filemap_add_folio' 20 &&
		named '(lruvec|lru)[^ ]* had interrupts off, in task' \
			'span function=folio_lruvec_lock_irq*' 5 && status=0
	undisk
	return $status
}
compacted()
{
	[ -w /proc/sys/vm/compact_memory ] || { echo "no compaction"; return 4; }
	beside --limit 20us -- taskset -c $cpu sh -c \
		'for i in 1 2 3; do echo 1 >/proc/sys/vm/compact_memory; done' &&
		named '(compact|isolate)[^ ]* had interrupts off, in task sh' \
			'span function=compact_lock_irqsave'
}
# That CPU reads a file, and has some of its memory on a list of its own.
not_needed()
{
	local device status=1
	disk || return
	cat >"$TMP/not_needed" <<-END
	cd "$TMP/disk"
	exec "$here/provoke" needless $cpu 0 20
	END
	beside -- sh "$TMP/not_needed" && named 'IPIs from CPU 0.* in task provoke' \
		'ipi function=sched_ttwu_pending|- path=*generic_fadvise*' 5 && status=0
	undisk
	return $status
}
left_core()
{
	[ -w /proc/sys/kernel/core_pattern ] || { echo "no cores"; return 4; }
	local was
	was=$(cat /proc/sys/kernel/core_pattern)
	echo "$TMP/core" >/proc/sys/kernel/core_pattern
	provoke core 1000 --limit 100us
	echo "$was" >/proc/sys/kernel/core_pattern
	rm -f "$TMP"/core*
	named '[a-z_]* had interrupts off, in task provoke' 'span function=zap_process' 2
}
scheduler_read()
{
	[ -r /sys/kernel/debug/sched/debug ] || { echo "no debug/sched/debug"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /sys/kernel/debug/sched/debug; done' &&
		named '(print_cfs_rq|sched_debug)[^ ]* had interrupts off, in task cat' \
			'span function=print_cfs_rq|sched_debug_*' 5
}
battery_clock()
{
	[ -r /sys/class/rtc/rtc0/time ] || { echo "no rtc0"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /sys/class/rtc/rtc0/time; done' &&
		named '(mc146818|cmos|rtc)[a-zA-Z0-9_]* had interrupts off, in task cat' \
			'span function=mc146818_*' 5
}
# Its driver finds the keyboard anew.
keyboard()
{
	ls /sys/bus/serio/devices/* >/dev/null 2>&1 || { echo "no keyboard"; return 4; }
	cat >"$TMP/keyboard" <<-END
	for i in 1 2 3; do
		for d in /sys/bus/serio/devices/*; do
			echo -n none >\$d/drvctl
			echo -n rescan >\$d/drvctl
		done
	done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/keyboard" &&
		named 'i8042_[a-z_]* had interrupts off, in task sh' 'span function=i8042_*' 5
}
# Programs that want idle CPUs to be awake at once come and go.
latency_asked()
{
	[ -e /dev/cpu_dma_latency ] || { echo "no /dev/cpu_dma_latency"; return 4; }
	cat >"$TMP/latency" <<-END
	for i in 1 2 3 4 5; do
		exec 3<>/dev/cpu_dma_latency
		printf '\\0\\0\\0\\0' >&3
		sleep 0.05
		exec 3>&-
		sleep 0.05
	done
	END
	beside -- bash "$TMP/latency" && named 'IPIs from CPU 0, reschedule.* in task bash' \
		'ipi kind=reschedule path=*cpu_latency_qos*' 5
}
# What this CPU asks of a disk is done elsewhere.
completed()
{
	local device status=1
	disk || return
	echo 2 >"/sys/block/${device#/dev/}/queue/rq_affinity"
	beside -- taskset -c $cpu dd if="$device" of=/dev/null bs=4k count=100 iflag=direct &&
		named 'IPIs from CPU 0.* of __blk_mq_complete_request_remote' \
			'ipi function=__blk_mq_complete_request_remote' 5 && status=0
	undisk
	return $status
}
kfence()
{
	local interval=/sys/module/kfence/parameters/sample_interval
	if [ ! -w $interval ] || ! grep -qw toggle_allocation_gate /proc/kallsyms; then
		echo "no KFENCE"
		return 4
	fi
	echo 20 >$interval
	beside -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ls -R /sys/kernel/debug; done' &&
		named 'IPIs from CPU 0, .* of do_sync_core.* for the work toggle_allocation_gate' \
			'ipi path=*toggle_allocation_gate*' 6
	local status=$?
	echo 0 >$interval
	return $status
}
rings()
{
	grep -qw __do_sys_io_uring_setup /proc/kallsyms || grep -qw io_uring_setup /proc/kallsyms ||
		{ echo "no io_uring"; return 4; }
	provoke ring 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi path=*task_work_add*' 5
}
rings_remedy()
{
	grep -qw io_uring_setup /proc/kallsyms || { echo "no io_uring"; return 4; }
	provoke ring_coop 20 && hides 'Path: .*task_work_add'
}
# There is no second task: what helps is to have no limit.
never_reached()
{
	group irqspan || return
	cat >"$TMP/constrained" <<-END
	echo \$\$ >$cgroups/irqspan/cgroup.procs
	exec "$here/provoke" spin $cpu 0 100
	END
	echo '1000000 100000' >$cgroups/irqspan/cpu.max
	beside -- sh "$TMP/constrained" &&
		named 'the tick went on: SCHED' 'tick dependency=SCHED' 40 &&
		block 'the tick went on: SCHED' | grep 'Do: .*echo max > cpu.max' &&
		echo max >$cgroups/irqspan/cpu.max && beside -- sh "$TMP/constrained" &&
		most 'the tick went on: SCHED' 20
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
# Who used up its time may run again when a timer elsewhere says so.
unthrottled()
{
	[ -e $cgroups/cgroup.controllers ] || { echo "no cgroups"; return 4; }
	mkdir -p $cgroups/irqspan || return
	[ -w $cgroups/irqspan/cpu.max ] || { echo "no cpu.max"; return 4; }
	echo '20000 50000' >$cgroups/irqspan/cpu.max
	cat >"$TMP/throttled" <<-END
	echo \$\$ >$cgroups/irqspan/cgroup.procs
	exec "$here/provoke" spin $cpu 0 100
	END
	beside -- sh "$TMP/throttled" && named 'IPIs from CPU 0, .* of __cfsb_csd_unthrottle' \
		'ipi function=__cfsb_csd_unthrottle' 5
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
cgroup_statistics()
{
	[ -e $cgroups/memory.stat ] || { echo "no memory.stat"; return 4; }
	mkdir -p $cgroups/irqspan
	cat >"$TMP/statistics" <<-END
	for i in \$(seq 100); do mkdir -p $cgroups/irqspan/\$i; done
	for n in 1 2 3; do
		for i in \$(seq 100); do
			sh -c "echo 0 >$cgroups/irqspan/\$i/cgroup.procs; exec ls $TMP" >/dev/null
		done
		cat $cgroups/irqspan/memory.stat
	done
	for i in \$(seq 100); do rmdir $cgroups/irqspan/\$i; done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/statistics" &&
		named 'rstat.* had interrupts off, in task' 'span function=*cgroup_rstat_*'
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
slabs()
{
	[ -r /proc/slabinfo ] || { echo "no /proc/slabinfo"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /proc/slabinfo; done' &&
		named '(count_partial|slabinfo|slab_show)[^ ]* had interrupts off, in task cat' \
			'span function=count_partial' || return
	# Where others count as well, they count what they have to.
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3; do cat /sys/kernel/slab/*/objects_partial; done' &&
		named '(count_partial|show_slab_objects)[^ ]* had interrupts off, in task cat' \
			'span function=count_partial'
}
shrunk()
{
	[ -w /sys/kernel/slab/dentry/shrink ] || { echo "no /sys/kernel/slab"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		"for f in /sys/kernel/slab/*/shrink; do echo 1 >\$f; done" &&
		named '__kmem_cache_do_shrink had interrupts off, in task sh' \
			'span function=__kmem_cache_do_shrink' 3
}
identified()
{
	[ -e /dev/cpu/$cpu/cpuid ] || { echo "no /dev/cpu/$cpu/cpuid"; return 4; }
	beside -- dd if=/dev/cpu/$cpu/cpuid bs=16 count=20 &&
		named 'IPIs from CPU 0.* in task dd' 'ipi function=*cpuid_smp_cpuid*' 10
}
# group NAME: whether there is a cgroup of that name now, with the controller cpu
group()
{
	[ -e $cgroups/cgroup.controllers ] || { echo "no cgroups"; return 4; }
	mkdir -p "$cgroups/$1" || return
	[ -w "$cgroups/$1/cpu.max" ] || { echo "no cpu.max"; return 4; }
}
# A container is paused, for a snapshot of it.
frozen()
{
	group irqspan || return
	cat >"$TMP/frozen" <<-END
	sh -c "echo 0 >$cgroups/irqspan/cgroup.procs; exec '$here/provoke' spin $cpu $cpu 60000" &
	sleep 0.5
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for n in 1 0; do echo \$n >$cgroups/irqspan/cgroup.freeze; sleep 0.05; done
	done
	echo 1 >$cgroups/irqspan/cgroup.kill
	wait
	END
	beside -- sh "$TMP/frozen" &&
		named 'IPIs from CPU 0.* in task sh' 'ipi path=*cgroup_freeze*|*cgroup_kill*' 10
	local status=$?
	[ $status != 0 ] || ! block 'cgroup_freeze_task' | grep 'on the same CPU' || status=1
	rmdir $cgroups/irqspan
	return $status
}
# No other cgroup has a limit, nor had one: one that is removed with its limit counts for ever.
first_limit()
{
	group irqspan || return
	cat >"$TMP/limits" <<-END
	for i in 1 2 3 4 5; do
		for n in 50000 max; do echo \$n >$cgroups/irqspan/cpu.max; sleep 0.05; done
	done
	END
	beside -- sh "$TMP/limits" && named 'IPIs from CPU 0, .* of do_sync_core.* in task sh' \
		'ipi path=*cfs_bandwidth_usage_*' 10
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
# All cgroups below one with a short period get their time by one timer.
limits()
{
	group irqspan || return
	echo +cpu >$cgroups/irqspan/cgroup.subtree_control
	for i in $(seq 50); do
		mkdir -p "$cgroups/irqspan/$i"
		echo '1000 100000' >"$cgroups/irqspan/$i/cpu.max"
	done
	cat >"$TMP/limited" <<-END
	for i in \$(seq 50); do
		sh -c "echo 0 >$cgroups/irqspan/\$i/cgroup.procs
			exec '$here/provoke' spin 0 0 300" &
	done
	wait
	END
	"$IRQSPAN" why -n 1000 -c 0 --limit 20us -- sh "$TMP/limited" >"$TMP/out" 2>"$TMP/err"
	named 'sched_cfs_period_timer' 'span by=handler|interrupt function=sched_cfs_period_timer'
	local status=$?
	for i in $(seq 50); do rmdir "$cgroups/irqspan/$i"; done
	rmdir $cgroups/irqspan
	return $status
}
# A process of many threads is moved, which is also for functions that take locks for others.
attached()
{
	group irqspan || return
	cat >"$TMP/attached" <<-END
	"$here/provoke" threads 0 0 1000 &
	sleep 1
	for i in 1 2 3 4 5; do
		taskset -c $cpu sh -c "echo \$! >$cgroups/irqspan/cgroup.procs"
		taskset -c $cpu sh -c "echo \$! >$cgroups/cgroup.procs"
	done
	kill \$!
	wait
	END
	beside --limit 20us -- sh "$TMP/attached" &&
		named 'cgroup_(migrate|attach)[^ ]* had interrupts off, in task sh' \
			'span function=cgroup_migrate_execute' 5 &&
		cause 'task_rq_lock had interrupts off, in task sh' \
			'Turned on by: .*(cgroup|sched_move)'
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
# A cgroup that uses up its memory has a task of it killed, and the kernel tells all about it.
out_of_memory()
{
	[ -e $cgroups/cgroup.controllers ] || { echo "no cgroups"; return 4; }
	mkdir -p $cgroups/irqspan
	[ -w $cgroups/irqspan/memory.max ] || { echo "no memory.max"; return 4; }
	echo 20M >$cgroups/irqspan/memory.max
	cat >"$TMP/oom" <<-END
	for i in 1 2 3; do
		sh -c "echo 0 >$cgroups/irqspan/cgroup.procs
			exec '$here/provoke' release $cpu 0 100"
		sleep 5.2
	done
	true
	END
	beside --limit 20us -- sh "$TMP/oom" &&
		named 'dump_stack[^ ]* had interrupts off, in task provoke' \
			'span function=dump_stack*'
	local status=$?
	rmdir $cgroups/irqspan
	return $status
}
test_field()
{
	local was_huge
	was_huge=$(grep -so '\[.*\]' $huge/enabled | tr -d '[]')
	[ ! -w $huge/enabled ] || echo never >$huge/enabled
	mountpoint -q $cgroups 2>/dev/null || mount -t cgroup2 none $cgroups 2>/dev/null
	[ ! -w $cgroups/cgroup.subtree_control ] ||
		echo '+cpu +memory' >$cgroups/cgroup.subtree_control
	ok "field: KSM" merging
	ok "field: KSM that is off" merging_remedy
	ok "field: huge pages" huge_pages
	ok "field: huge pages that are asked for at once" collapsed
	ok "field: a file that is mapped is written back" written_back
	ok "field: memory is taken back" reclaimed
	ok "field: files are written and removed" cached
	ok "field: memory is compacted" compacted
	ok "field: a file that is needed no more" not_needed
	ok "field: a process of many threads leaves a core" left_core
	ok "field: /sys/kernel/debug/sched/debug" scheduler_read
	ok "field: another latency of idle CPUs" latency_asked
	ok "field: the clock that has a battery" battery_clock
	ok "field: the controller of a keyboard" keyboard
	ok "field: KFENCE" kfence
	ok "field: io_uring" rings
	ok "field: io_uring that lets its task be" rings_remedy
	ok "field: the first cgroup has a limit" first_limit
	ok "field: a cgroup with a limit that it never reaches" never_reached
	ok "field: a cgroup that has used up its time" unthrottled
	ok "field: statistics of cgroups" cgroup_statistics
	ok "field: /proc/slabinfo" slabs
	ok "field: slabs are shrunk" shrunk
	ok "field: registers that identify a CPU" identified
	ok "field: requests to a disk" completed
	ok "field: a cgroup is frozen" frozen
	ok "field: many cgroups have a limit" limits
	ok "field: a process of many threads changes its cgroup" attached
	ok "field: a cgroup has no memory left" out_of_memory
	ok "field: none of these, where nothing is done" nothing 10ms
	[ ! -w $huge/enabled ] || echo "$was_huge" >$huge/enabled
	ok "field: the machine is as it was" untouched
}

case ${1:-} in
isolated) test_isolated ;;
verified) ok "isolated: a clock that is verified" clock_verified ;;
field) test_field ;;
*) test_causes ;;
esac
plan
