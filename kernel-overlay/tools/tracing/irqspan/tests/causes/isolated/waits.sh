# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: tasks that wait for others, or want to be told of something. Who woke them up
# is not always one that they work with, which could run on the same CPU.

# waited_for WHAT ROW: provoke WHAT 20 times, of which ROW tells
waited_for()
{
	provoke "$1" 20 && named 'IPIs from CPU 0.* in task provoke' "$2" 10 &&
		! block 'in task provoke' | grep 'work together'
}
# Both tasks are on $cpu.
waited_for_there()
{
	beside -- "$PROVOKE" futex $cpu $cpu 30 &&
		named "IPIs from CPU $cpu to itself.* in task provoke" \
			'ipi function=nohz_full_kick_func path=irq_work_queue<*<wake_up_q<*' 3
}
# The pipe that tells which process is next wakes up the task, too: by another row.
process_watched()
{
	local row='ipi path=*<pollwake*<do_exit<*'
	provoke pidfd 20 || return
	# In newer kernels one function tells the parent and those who have a pidfd.
	! says 'Path: .*<pollwake<.*<do_notify_parent<' ||
		row='ipi path=*<pollwake*<__wake_up<do_notify_parent<*'
	named 'IPIs from CPU 0.* in task provoke' "$row" 10
}

# A kworker hands over what was written: the task that wrote is not known.
terminal()
{
	provoke terminal 20 &&
		named 'IPIs from CPU 0.* for the work flush_to_ldisc' \
			'ipi path=*flush_to_ldisc*' 10 &&
		! block 'for the work flush_to_ldisc' | grep 'work together'
}

ok "isolated: a task listens to what the kernel tells of devices" waited_for hear \
	'ipi path=*netlink_broadcast* function=sched_ttwu_pending'
ok "isolated: a task watches what is mounted" waited_for mounts \
	'ipi path=*<commit_tree*'
ok "isolated: a task is told that the clock was set" waited_for watchclock \
	'ipi path=*timerfd_clock_was_set*'
ok "isolated: a task wants the lock of a file" waited_for filelock \
	'ipi path=*locks_wake_up_blocks*'
ok "isolated: a task waits by a futex" waited_for futex \
	'ipi path=*<futex_wake<*'
ok "isolated: a task waits by a futex for one of the same CPU" waited_for_there
ok "isolated: a task watches a process" process_watched
ok "isolated: a task reads a terminal" terminal
