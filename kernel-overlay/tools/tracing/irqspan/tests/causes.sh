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
# besides these tsc=watchdog (x86_64). With "partition": such a kernel of the field, no CPU of
# which was isolated at boot.
#
# The cases are in the files of the folder causes, which run theirs as they are read: those of
# any CPU, of isolated CPUs and of the field in a folder each. What they share is in
# causes/lib.sh. Which rows of the list none of them provokes, and why, is in
# causes/not_provoked.
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"
# shellcheck source=guest_lib.sh
. "$here/guest_lib.sh"
# shellcheck source=causes/lib.sh
. "$here/causes/lib.sh"

# A file that bash cannot read runs none of its cases, and the plan would not miss them.
readable()
{
	local file
	for file in "$here"/causes/*.sh "$here"/causes/*/*.sh; do bash -n "$file" || return; done
}
ok "causes: the files of cases can be read" readable

case ${1:-any} in
any)
	# shellcheck source=causes/any/interrupts.sh
	. "$here/causes/any/interrupts.sh"
	# shellcheck source=causes/any/spans.sh
	. "$here/causes/any/spans.sh"
	# shellcheck source=causes/any/devices.sh
	. "$here/causes/any/devices.sh"
	ok "cause: none of these, where nothing is done" nothing 100ms
	ok "cause: the machine is as it was" untouched
	;;
isolated)
	# shellcheck source=causes/isolated/memory.sh
	. "$here/causes/isolated/memory.sh"
	# shellcheck source=causes/isolated/system.sh
	. "$here/causes/isolated/system.sh"
	# shellcheck source=causes/isolated/tasks.sh
	. "$here/causes/isolated/tasks.sh"
	# shellcheck source=causes/isolated/waits.sh
	. "$here/causes/isolated/waits.sh"
	# shellcheck source=causes/isolated/perf.sh
	. "$here/causes/isolated/perf.sh"
	# shellcheck source=causes/isolated/network.sh
	. "$here/causes/isolated/network.sh"
	# shellcheck source=causes/isolated/timers.sh
	. "$here/causes/isolated/timers.sh"
	# shellcheck source=causes/isolated/expiries.sh
	. "$here/causes/isolated/expiries.sh"
	ok "isolated: none of these, where nothing is done" calm nothing 10ms
	ok "isolated: the machine is as it was" untouched
	;;
field)
	# shellcheck source=causes/field/setup.sh
	. "$here/causes/field/setup.sh"
	# shellcheck source=causes/field/memory.sh
	. "$here/causes/field/memory.sh"
	# shellcheck source=causes/field/files.sh
	. "$here/causes/field/files.sh"
	# shellcheck source=causes/field/system.sh
	. "$here/causes/field/system.sh"
	# shellcheck source=causes/field/cgroups.sh
	. "$here/causes/field/cgroups.sh"
	ok "field: none of these, where nothing is done" calm nothing 10ms
	unprepare
	ok "field: the machine is as it was" untouched
	;;
verified)
	# shellcheck source=causes/verified.sh
	. "$here/causes/verified.sh"
	;;
partition)
	# shellcheck source=causes/partition.sh
	. "$here/causes/partition.sh"
	ok "partition: the machine is as it was" untouched
	;;
*)
	echo "Bail out! no cases '$1'; known: any isolated field verified partition"
	exit 1
	;;
esac
plan
