# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a kernel as in the field: devices of a PC, io_uring, and files about the system.

left_core()
{
	[ -w /proc/sys/kernel/core_pattern ] || { echo "no cores"; return 4; }
	with_setting /proc/sys/kernel/core_pattern "$TMP/core" provoke core 1000 --limit 100us
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
# The scheduler is told to use no timer for the ends of time slices, and then to use it again.
feature_set()
{
	local features=/sys/kernel/debug/sched/features
	with_setting $features HRTICK beside -- \
		sh -c "echo NO_HRTICK >$features; echo HRTICK >$features" &&
		named 'IPIs from CPU 0.* in task sh' \
			'ipi path=*static_key*<kernfs_fop_write_iter*' 2
}
# A program that wants idle CPUs to wake up at once opens the file for that, and closes it again.
# Each time the kernel wakes up all CPUs that are idle.
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
		'ipi kind=reschedule path=*<cpu_latency_qos_open<*' 5
}
battery_clock()
{
	[ -r /sys/class/rtc/rtc0/time ] || { echo "no rtc0"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /sys/class/rtc/rtc0/time; done' &&
		named '(mc146818|cmos|rtc)[a-zA-Z0-9_]* had interrupts off, in task cat' \
			'span function=mc146818_*' 5
}
# The driver of the keyboard is unbound, and looks for the keyboard anew.
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
# has_rings: skip the case if the kernel has no io_uring. The compiler may have dissolved either of
# these functions into its caller.
has_rings()
{
	grep -qwE '(__do_sys_)?io_uring_setup' /proc/kallsyms || { echo "no io_uring"; return 4; }
}
rings()
{
	has_rings || return
	provoke ring 20 && named 'IPIs from CPU 0, reschedule.* in task provoke' \
		'ipi path=*task_work_add*' 5
}
rings_remedy()
{
	has_rings || return
	provoke ring_coop 20 && hides 'Path: .*task_work_add'
}
# A ring whose requests are completed elsewhere, while its task waits for them
rings_waited_for()
{
	has_rings || return
	provoke ring_wait 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi path=*io_req_local_work_add*' 10
}
rings_polled()
{
	has_rings || return
	provoke ring_poll 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi path=*<io_sq_thread_unpark<*' 10
}
# The tick is needed for the worker, beside the task that it works for.
rings_worked_for()
{
	has_rings || return
	provoke ring_worker 40 && named 'IPIs from CPU [0-9,-]+ .*nohz_full_kick_func' \
		'ipi path=*io_wq_activate_free_worker*' 10
}
identified()
{
	[ -e /dev/cpu/$cpu/cpuid ] || modprobe cpuid 2>/dev/null
	[ -e /dev/cpu/$cpu/cpuid ] || { echo "no /dev/cpu/$cpu/cpuid"; return 4; }
	beside -- dd if=/dev/cpu/$cpu/cpuid bs=16 count=20 &&
		named 'IPIs from CPU 0.* in task dd' 'ipi function=*cpuid_smp_cpuid*' 10
}
# If the module is gone when irqspan why looks for names, nothing tells whose function it was.
gone()
{
	modprobe cpuid 2>/dev/null || { echo "no module cpuid"; return 4; }
	modprobe -r cpuid || { echo "cpuid is no module"; return 4; }
	cat >"$TMP/gone" <<-END
	modprobe cpuid
	dd if=/dev/cpu/$cpu/cpuid bs=16 count=20
	modprobe -r cpuid
	END
	beside -- sh "$TMP/gone" && named 'IPIs from CPU 0.* of 0x[0-9a-f]*\[gone\].* in task dd' \
		'ipi kind=call-function function=0x*' 10
}
# The module cpuid has something done on each CPU when it is loaded, and when it is removed. The
# kernel uses the functions for CPUs that go online or offline for that, but the text must not
# say that one did.
loaded()
{
	modprobe cpuid 2>/dev/null || { echo "no module cpuid"; return 4; }
	modprobe -r cpuid || { echo "cpuid is no module"; return 4; }
	beside -- sh -c 'for i in 1 2 3 4 5; do modprobe cpuid; modprobe -r cpuid; done' &&
		named 'IPIs from CPU 0.* in task modprobe' 'ipi path=*cpuhp_issue_call*' 5 &&
		hides 'online'
}

ok "field: a process of many threads leaves a core" left_core
ok "field: /sys/kernel/debug/sched/debug" scheduler_read
ok "field: a setting in debugfs that turns code on or off" feature_set
ok "field: another latency of idle CPUs" latency_asked
ok "field: the clock that has a battery" battery_clock
ok "field: the controller of a keyboard" keyboard
ok "field: io_uring" rings
ok "field: io_uring that lets its task be" rings_remedy
ok "field: io_uring whose task waits" rings_waited_for
ok "field: io_uring that has a thread to look for requests" rings_polled
ok "field: io_uring that has a thread for requests" rings_worked_for
ok "field: registers that identify a CPU" identified
ok "field: a module that is gone when measuring ends" gone
ok "field: a module is loaded" loaded
