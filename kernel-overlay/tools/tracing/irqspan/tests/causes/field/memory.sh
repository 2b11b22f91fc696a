# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a kernel as in the field: memory that is merged, made huge, compacted or looked after.

ksm=/sys/kernel/mm/ksm

merging()
{
	[ -e "$ksm/run" ] || { echo "no KSM"; return 4; }
	with_setting "$ksm/sleep_millisecs" 5 with_setting "$ksm/pages_to_scan" 1000 \
		with_setting "$ksm/run" 1 provoke merge 20 &&
		named 'IPIs from CPU 0.* in task ksmd' 'ipi path=*ksm_scan_thread*' 5 &&
		! block 'in task ksmd' | grep 'Do: .*keep threads of ksmd'
}
merging_remedy()
{
	[ -e "$ksm/run" ] || { echo "no KSM"; return 4; }
	provoke merge 20 && hides 'in task ksmd'
}
huge_pages()
{
	[ -e "$huge/khugepaged/scan_sleep_millisecs" ] || { echo "no huge pages"; return 4; }
	with_setting "$huge/enabled" madvise \
		with_setting "$huge/khugepaged/scan_sleep_millisecs" 10 \
		with_setting "$huge/khugepaged/alloc_sleep_millisecs" 10 provoke huge 20 &&
		named 'IPIs from CPU 0.* in task khugepaged' 'ipi path=*khugepaged*' 3
}
# MADV_COLLAPSE works even where the setting is that nobody gets huge pages.
collapsed()
{
	[ -e "$huge/enabled" ] || { echo "no huge pages"; return 4; }
	[ "$(grep -o '\[.*\]' "$huge/enabled")" = '[never]' ] || return
	provoke collapse 20 &&
		named 'IPIs from CPU 0, .*tlb.* in task provoke' 'ipi path=*madvise_collapse*' 15
}
# The pages of a file in memory become huge pages, and are split again.
cut_pages()
{
	[ -e "$huge/enabled" ] || { echo "no huge pages"; return 4; }
	provoke cut 3 --limit 10us &&
		named 'collapse_file.* had interrupts off, in task provoke' \
			'span function=collapse_file' 3 &&
		named '(split|folio_split)[^ ]* had interrupts off, in task provoke' \
			'span function=split_huge_page*' 3
}
# Huge pages are used for the first time, and given back whole.
listed()
{
	[ -e "$huge/shrink_underused" ] || { echo "only huge pages in part are listed"; return 4; }
	with_setting "$huge/enabled" madvise provoke large 20 --limit 1us &&
		named '(deferred_split|list_lru)[^ ]* had interrupts off, in task provoke' \
			'span function=deferred_split_folio' 10
}
listed_remedy()
{
	[ -e "$huge/shrink_underused" ] || { echo "only huge pages in part are listed"; return 4; }
	with_setting "$huge/enabled" madvise with_setting "$huge/shrink_underused" 0 \
		provoke large 20 --limit 1us &&
		hides '(deferred_split|list_lru)[^ ]* had interrupts off'
}
# One of the small pages in a huge one is given back.
parted()
{
	[ -e "$huge/enabled" ] || { echo "no huge pages"; return 4; }
	provoke part 20 && named 'IPIs from CPU 0, .*tlb.* in task provoke' \
		'ipi path=*split_huge_p*|*split_folio*|*folio_split* function=flush_tlb_func' 10
}
set_aside()
{
	[ -w /proc/sys/vm/nr_hugepages ] || { echo "no huge pages that are set aside"; return 4; }
	echo "for n in 100 0 100 0; do echo \$n >/proc/sys/vm/nr_hugepages; done" >"$TMP/number"
	beside --limit 10us -- taskset -c $cpu sh "$TMP/number" &&
		named '(huge|surplus)[^ ]* had interrupts off, in task sh' \
			'span function=set_max_huge_pages'
}
compacted()
{
	[ -w /proc/sys/vm/compact_memory ] || { echo "no compaction"; return 4; }
	beside --limit 20us -- taskset -c $cpu sh -c \
		'for i in 1 2 3; do echo 1 >/proc/sys/vm/compact_memory; done' &&
		named '(compact|isolate)[^ ]* had interrupts off, in task sh' \
			'span function=compact_lock_irqsave'
}
kfence()
{
	local interval=/sys/module/kfence/parameters/sample_interval
	if [ ! -w $interval ] || ! grep -qw toggle_allocation_gate /proc/kallsyms; then
		echo "no KFENCE"
		return 4
	fi
	with_setting $interval 20 beside -- \
		sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ls -R /sys/kernel/debug; done' &&
		named 'IPIs from CPU 0, .* of do_sync_core.* for the work toggle_allocation_gate' \
			'ipi path=*toggle_allocation_gate*' 6
}
slabs()
{
	[ -r /proc/slabinfo ] || { echo "no /proc/slabinfo"; return 4; }
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do cat /proc/slabinfo; done' &&
		named '(count_partial|slabinfo|slab_show)[^ ]* had interrupts off, in task cat' \
			'span function=count_partial' || return
	# These files count exactly, where newer kernels only estimate for /proc/slabinfo.
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

# Each CPU has to give back what it has of the slabs, before they are set up anew.
given_back()
{
	local setting=/sys/kernel/slab/dentry/cpu_partial
	[ -w $setting ] || { echo "no $setting"; return 4; }
	cat >"$TMP/given_back" <<-END
	for i in 1 2 3 4 5 6; do
		taskset -c $cpu ls -l /sys/kernel/slab
		cat $setting >"$TMP/setting"
		cat "$TMP/setting" >$setting
	done
	END
	beside -- sh "$TMP/given_back" && named 'IPIs from CPU 0.* in task cat' \
		'ipi path=*flush_all_cpus* function=sched_ttwu_pending' 3
}

ok "field: KSM" merging
ok "field: KSM that is off" merging_remedy
ok "field: huge pages" huge_pages
ok "field: huge pages that are asked for at once" collapsed
ok "field: huge pages that are cut" cut_pages
ok "field: huge pages that are new" listed
ok "field: huge pages that are new, and the remedy" listed_remedy
ok "field: huge pages of which a part is given back" parted
ok "field: huge pages that are set aside" set_aside
ok "field: memory is compacted" compacted
ok "field: KFENCE" kfence
ok "field: /proc/slabinfo" slabs
ok "field: slabs are shrunk" shrunk
ok "field: slabs are set up anew" given_back
