# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a kernel as in the field: what all cases need. Cgroups get the controllers cpu and memory,
# and no memory becomes huge pages by itself: a case that wants that says so.

cgroups=/sys/fs/cgroup
huge=/sys/kernel/mm/transparent_hugepage

mountpoint -q $cgroups 2>/dev/null || mount -t cgroup2 none $cgroups 2>/dev/null
[ ! -w $cgroups/cgroup.subtree_control ] || echo '+cpu +memory' >$cgroups/cgroup.subtree_control
[ ! -w $huge/enabled ] || { was_huge=$(setting $huge/enabled never); echo never >$huge/enabled; }

unprepare() { [ ! -w $huge/enabled ] || echo "$was_huge" >$huge/enabled; }
