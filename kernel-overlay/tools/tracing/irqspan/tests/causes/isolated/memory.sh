# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: what others do to memory, of which each CPU has something cached.

unmap()
{
	# On arm64 a CPU has the others drop what they have cached without an IPI.
	on x86_64 || return
	provoke unmap 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi function=flush_tlb_func' 15
}
protected()
{
	on x86_64 || return
	provoke protect 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi function=flush_tlb_func' 15
}
advised()
{
	on x86_64 || return
	provoke advise 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*process_madvise* function=flush_tlb_func' 15
}
advised_remedy() { provoke advise_locked 20 && hides 'Path: .*process_madvise'; }
hole()
{
	on x86_64 || return
	provoke hole 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*unmap_mapping_* function=flush_tlb_func' 15 &&
		! block 'flush_tlb_func' | grep 'keep threads of'
}
debugged()
{
	on x86_64 || return
	provoke poke 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*mem_rw<*|*access_remote_vm*|*process_vm_rw* function=flush_tlb_func' 15
}
probed()
{
	on x86_64 || return
	[ -w $tracing/uprobe_events ] || { echo "no uprobes"; return 4; }
	provoke probe 5 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*uprobe_write_opcode*' 5
}
membarrier()
{
	provoke membarrier 20 && named 'IPIs from CPU 0, call-function of .* in task provoke' \
		'ipi function=ipi_mb' 15
}
# What irqspan why advises: no thread of that process is on $cpu.
membarrier_remedy() { provoke membarrier_apart 20 && hides 'function of (ipi_mb|membarrier)'; }
# What a process shares with a copy of itself is copied as it is written to.
forked()
{
	on x86_64 || return
	provoke fork 20 &&
		named 'IPIs from CPU 0, call-function of flush_tlb_func.* in task provoke' \
		'ipi path=*ptep_clear_flush<*handle_mm_fault*' 40
}
forked_remedy()
{
	provoke vfork 20 && hides 'Path: .*(ptep_clear_flush|<dup_mm|<copy_process)'
}
sealed()
{
	provoke seal 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*memfd_*' 10
}
sealed_remedy() { provoke seal_future 20 && hides 'Path: .*memfd_'; }
counted()
{
	beside -- cat /proc/sys/vm/stat_refresh && named 'IPIs from CPU 0.* in task (sh|cat)' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*vmstat_refresh*'
}

# A task on $cpu came to use pages, a few of which that CPU keeps on a list of its own until it is
# told to empty that.
drained()
{
	since 6.12 || { echo "older kernels leave those lists alone"; return 4; }
	cat >"$TMP/drained" <<-END
	for i in 1 2 3 4 5 6; do
		taskset -c $cpu true
		echo 1 >/proc/sys/vm/drop_caches
	done
	END
	beside -- sh "$TMP/drained" && named 'IPIs from CPU 0.* in task sh' \
		'ipi path=*lru_add_drain*'
}

# Memory of the kernel, of which all CPUs hear when much of it was freed
maps_freed()
{
	provoke large_maps 8 &&
		named 'IPIs from CPU 0.* for the work drain_vmap_area_work' \
		'ipi path=*<drain_vmap_area_work<*'
}

ok "isolated: memory is unmapped by another thread" unmap
ok "isolated: memory is protected by another thread" protected
ok "isolated: another process advises on the use of memory" advised
ok "isolated: memory that is locked is none of its business" advised_remedy
ok "isolated: a file that is mapped gets a hole" hole
ok "isolated: another process writes to memory" debugged
ok "isolated: a probe in a program" probed
ok "isolated: membarrier()" membarrier
ok "isolated: membarrier() of another process" membarrier_remedy
ok "isolated: a process with threads copies itself" forked
ok "isolated: a process that copies nothing for a child" forked_remedy
ok "isolated: a file in memory is sealed" sealed
ok "isolated: a file in memory is sealed for the future only" sealed_remedy
ok "isolated: memory that is cached is counted" counted
ok "isolated: files that are cached are dropped" drained
ok "isolated: much memory of the kernel is freed" maps_freed
