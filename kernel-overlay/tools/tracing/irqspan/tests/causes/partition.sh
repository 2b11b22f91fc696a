# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a machine where no CPU was isolated at boot: those that are isolated while it runs, and those
# that only the user knows to be.

cgroups=/sys/fs/cgroup
mountpoint -q $cgroups 2>/dev/null || mount -t cgroup2 none $cgroups 2>/dev/null

# patched OPTION...: measure $cpu while kernel code is patched, for which each CPU is interrupted
patched() { toggles >"$TMP/toggles" && beside "$@" -- sh "$TMP/toggles"; }
named_patching()
{
	says "; isolated CPUs \\($cpu\\) were interrupted [1-9]" &&
		named 'IPIs from CPU 0.* in task sh' 'ipi function=do_sync_core' 10
}
# It is said that IPIs do not count there, but for the time that they take.
not_isolated()
{
	patched --limit 100ms && says "^CPU $cpu was not disturbed" && hides 'isolated CPUs \(' &&
		says "whether CPU $cpu should be interrupted at all: it is not isolated"
}
isolated_by_user()
{
	on x86_64 || return
	patched --limit 100ms --isolated $cpu && named_patching &&
		hides 'should be interrupted at all'
}
# in_partition COMMAND...: while $cpu is an isolated partition
in_partition()
{
	local status=0 group=$cgroups/irqspan
	[ -e "$cgroups/cpuset.cpus.isolated" ] || { echo "no file cpuset.cpus.isolated"; return 4; }
	echo +cpuset >"$cgroups/cgroup.subtree_control" && mkdir "$group" || return
	if echo $cpu >"$group/cpuset.cpus" && echo isolated >"$group/cpuset.cpus.partition"; then
		echo "isolated: $(cat "$cgroups/cpuset.cpus.isolated")"
		"$@" || status=$?
	else
		status=1
	fi
	rmdir "$group"
	echo -cpuset >"$cgroups/cgroup.subtree_control"
	return $status
}
isolated_by_cpuset()
{
	on x86_64 || return
	in_partition patched --limit 100ms && named_patching && hides 'should be interrupted at all'
}

ok "partition: a CPU that nothing isolates" not_isolated
ok "partition: a CPU that the user isolates" isolated_by_user
ok "partition: a CPU that a cpuset isolates" isolated_by_cpuset
