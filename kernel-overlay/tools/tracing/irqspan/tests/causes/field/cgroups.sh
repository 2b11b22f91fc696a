# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a kernel as in the field: cgroups, by which containers are limited, frozen and moved.

group=$cgroups/irqspan

# with_group FILE COMMAND...: while there is a cgroup of our own, which has that file
with_group()
{
	local status=0
	[ -e "$cgroups/cgroup.controllers" ] || { echo "no cgroups"; return 4; }
	mkdir -p "$group" || return
	if [ -e "$group/$1" ]; then
		"${@:2}" || status=$?
	else
		echo "no $1"
		status=4
	fi
	rmdir "$group"
	return $status
}
# The kernel patches its code when the first cgroup gets a limit, and when the last one loses it.
# So this has to be the first case with a limit: a cgroup that is removed while it has one counts
# for ever.
first_limit()
{
	cat >"$TMP/limits" <<-END
	for i in 1 2 3 4 5; do
		for n in 50000 max; do echo \$n >$group/cpu.max; sleep 0.05; done
	done
	END
	with_group cpu.max beside -- sh "$TMP/limits" &&
		named 'IPIs from CPU 0, .* of do_sync_core.* in task sh' \
			'ipi path=*cfs_bandwidth_usage_*' 10
}
# The tick goes on because of the limit alone: no second task is there that could be moved away.
# What helps is to have no limit.
never_reached()
{
	cat >"$TMP/constrained" <<-END
	echo \$\$ >$group/cgroup.procs
	exec "$PROVOKE" spin $cpu 0 100
	END
	with_group cpu.max constrained
}
constrained()
{
	with_setting "$group/cpu.max" '1000000 100000' beside -- sh "$TMP/constrained" &&
		named 'the tick went on: SCHED' 'tick dependency=SCHED' 40 &&
		block 'the tick went on: SCHED' | grep 'Do: .*echo max > cpu.max' &&
		with_setting "$group/cpu.max" max beside -- sh "$TMP/constrained" &&
		most 'the tick went on: SCHED' 20
}
# A limit has a timer, which is on the CPU where a task of the cgroup ran first.
given_time()
{
	cat >"$TMP/given" <<-END
	echo \$\$ >$group/cgroup.procs
	exec "$PROVOKE" spin $cpu 0 100
	END
	with_group cpu.max limited_there
}
limited_there()
{
	with_setting "$group/cpu.max" '1000000 100000' beside -- taskset -c $cpu sh "$TMP/given" &&
		named 'the timer sched_cfs_period_timer expired there' \
			'expiry function=sched_cfs_period_timer' 5 &&
		with_setting "$group/cpu.max" max beside -- taskset -c $cpu sh "$TMP/given" &&
		hides 'the timer sched_cfs_period_timer'
}
# Kernel code is patched as the first cgroup of a controller comes, and as the last one goes.
first_cpuset()
{
	on x86_64 || return
	grep -qw cpuset "$cgroups/cgroup.controllers" || { echo "no cpuset"; return 4; }
	cat >"$TMP/cpuset" <<-END
	for i in 1 2 3; do
		for n in + -; do echo \${n}cpuset >$cgroups/cgroup.subtree_control; sleep 0.1; done
	done
	END
	with_group cpu.max beside -- sh "$TMP/cpuset" &&
		named 'IPIs from CPU 0, .* of do_sync_core.* in task sh' \
			'ipi path=*cgroup_bpf_*' 6
}
# A task has used up the time of its cgroup. When it may run again, a timer on another CPU tells
# $cpu so.
unthrottled()
{
	cat >"$TMP/throttled" <<-END
	echo \$\$ >$group/cgroup.procs
	exec "$PROVOKE" spin $cpu 0 100
	END
	with_group cpu.max with_setting "$group/cpu.max" '20000 50000' \
		beside -- sh "$TMP/throttled" &&
		named 'IPIs from CPU 0, .* of __cfsb_csd_unthrottle' \
			'ipi function=__cfsb_csd_unthrottle' 5
}
cgroup_statistics()
{
	cat >"$TMP/statistics" <<-END
	for i in \$(seq 100); do mkdir -p $group/\$i; done
	for n in 1 2 3; do
		for i in \$(seq 100); do
			sh -c "echo 0 >$group/\$i/cgroup.procs; exec ls $TMP" >/dev/null
		done
		cat $group/memory.stat
	done
	for i in \$(seq 100); do rmdir $group/\$i; done
	END
	with_group memory.stat beside --limit 10us -- taskset -c $cpu sh "$TMP/statistics" &&
		named 'rstat.* had interrupts off, in task' 'span function=*cgroup_rstat_*'
}
# A cgroup is frozen, as when a container is paused, while its task runs on $cpu. The advice must
# not be the one for tasks that wake up each other.
frozen()
{
	cat >"$TMP/frozen" <<-END
	sh -c "echo 0 >$group/cgroup.procs; exec '$PROVOKE' spin $cpu $cpu 60000" &
	sleep 0.5
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for n in 1 0; do echo \$n >$group/cgroup.freeze; sleep 0.05; done
	done
	echo 1 >$group/cgroup.kill
	wait
	END
	with_group cgroup.freeze beside -- sh "$TMP/frozen" &&
		named 'IPIs from CPU 0.* in task sh' 'ipi path=*cgroup_freeze*|*cgroup_kill*' 10 &&
		! block 'cgroup_freeze_task' | grep 'on the same CPU'
}
# Each of many cgroups uses up its limit in each period. When the next one begins, a timer of the
# cgroup gives it new time.
limits()
{
	cat >"$TMP/limited" <<-END
	for i in \$(seq 50); do
		sh -c "echo 0 >$group/\$i/cgroup.procs
			exec '$PROVOKE' spin 0 0 300" &
	done
	wait
	END
	with_group cpu.max limited &&
		named 'sched_cfs_period_timer' \
			'span by=handler|interrupt function=sched_cfs_period_timer'
}
limited()
{
	local i
	echo +cpu >"$group/cgroup.subtree_control"
	for i in {1..50}; do
		mkdir -p "$group/$i"
		echo '1000 100000' >"$group/$i/cpu.max"
	done
	"$IRQSPAN" why -n 1000 -c 0 --limit 20us -- sh "$TMP/limited" >"$TMP/out" 2>"$TMP/err"
	for i in {1..50}; do rmdir "$group/$i"; done
}
# The share of CPU time of a cgroup is changed, for each CPU in turn. In some kernels a function
# takes the lock of the run queue for its caller, which alone tells what that is for.
weighed()
{
	cat >"$TMP/weighed" <<-END
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo 50 >$group/cpu.weight
		echo 100 >$group/cpu.weight
	done
	END
	with_group cpu.weight beside --limit 5us -- taskset -c $cpu sh "$TMP/weighed" &&
		named 'sched_group_set_shares had interrupts off, in task sh' \
			'span function=sched_group_set_shares' 5
}
# A process of many threads is moved to another cgroup. For each thread task_rq_lock() takes a
# lock for its caller, so that the span has to tell the caller by who turned interrupts on again.
attached()
{
	cat >"$TMP/attached" <<-END
	"$PROVOKE" threads 0 0 1000 &
	sleep 1
	for i in 1 2 3 4 5; do
		taskset -c $cpu sh -c "echo \$! >$group/cgroup.procs"
		taskset -c $cpu sh -c "echo \$! >$cgroups/cgroup.procs"
	done
	kill \$!
	wait
	END
	with_group cpu.max beside --limit 20us -- sh "$TMP/attached" &&
		named 'cgroup_(migrate|attach)[^ ]* had interrupts off, in task sh' \
			'span function=cgroup_migrate_execute' 5 &&
		cause 'task_rq_lock had interrupts off, in task sh' \
			'Turned on by: .*(cgroup|sched_move)'
}
# A cgroup has used up its memory. The kernel kills a task of it, and writes much about that to
# its log, with interrupts off.
out_of_memory()
{
	cat >"$TMP/oom" <<-END
	for i in 1 2 3; do
		sh -c "echo 0 >$group/cgroup.procs
			exec '$PROVOKE' release $cpu 0 100"
		sleep 5.2
	done
	true
	END
	with_group memory.max with_setting "$group/memory.max" 20M \
		beside --limit 20us -- sh "$TMP/oom" &&
		named 'dump_stack[^ ]* had interrupts off, in task provoke' \
			'span function=dump_stack*'
}
# A cgroup gets a limit below the memory that a process there has, which has a thread on $cpu.
ended_for_memory()
{
	cat >"$TMP/ended" <<-END
	sh -c 'echo 0 >$group/cgroup.procs; exec "$PROVOKE" hoard $cpu 0 200' &
	sleep 0.5
	echo 4M >$group/memory.max
	wait
	true
	END
	with_group memory.max beside -- sh "$TMP/ended" &&
		named 'IPIs from CPU 0, reschedule.* in task sh' 'ipi path=*oom_kill_process*'
}
# A task is busy on $cpu, and moved to another cgroup and back.
moved_to()
{
	cat >"$TMP/moved_to" <<-END
	sh -c "exec '$PROVOKE' spin $cpu 0 200" &
	sleep 0.5
	task=\$(pgrep -P \$!)
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for to in $group $cgroups; do echo \$task >\$to/cgroup.procs; sleep 0.03; done
	done
	wait
	END
	with_group cpu.max beside -- sh "$TMP/moved_to" &&
		named 'IPIs from CPU 0, reschedule.* in task sh' \
			'ipi kind=reschedule|call-function|irq_work path=*<tg_set_cfs_bandwidth*' 5
}
# The cgroup of a process on $cpu has little memory, so that the process has to free some.
frees()
{
	cat >"$TMP/frees" <<-END
	echo 0 >$group/cgroup.procs
	timeout 3 "$PROVOKE" release $cpu 0 100
	true
	END
	with_group memory.high with_setting "$group/memory.high" 8M beside -- sh "$TMP/frees" &&
		named 'IPIs from CPU .* to itself, irq_work of nohz_full_kick_func' \
			'ipi path=*<vmpressure*'
}
# Tasks on $cpu come to a cgroup, and end. Those who watch its events are told that, but not each
# time at once.
told_events()
{
	cat >"$TMP/told" <<-END
	for i in \$(seq 50); do sh -c "echo 0 >$group/cgroup.procs; exec true"; done
	END
	with_group cpu.max beside -- taskset -c $cpu sh "$TMP/told" &&
		named 'cgroup_file_notify_timer' 'expiry function=cgroup_file_notify_timer'
}

ok "field: the first cgroup has a limit" first_limit
ok "field: a cgroup with a limit that it never reaches" never_reached
ok "field: the timer of a limit" given_time
ok "field: a cgroup that has used up its time" unthrottled
ok "field: the first cgroup of a controller" first_cpuset
ok "field: statistics of cgroups" cgroup_statistics
ok "field: a cgroup is frozen" frozen
ok "field: many cgroups have a limit" limits
ok "field: a process of many threads changes its cgroup" attached
ok "field: a cgroup has another share of time" weighed
ok "field: a cgroup has no memory left" out_of_memory
ok "field: a process is ended for its memory" ended_for_memory
ok "field: a task changes its cgroup" moved_to
ok "field: a cgroup has little memory left" frees
ok "field: the events of a cgroup" told_events
