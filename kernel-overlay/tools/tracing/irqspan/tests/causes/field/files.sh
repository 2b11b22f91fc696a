# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On a kernel as in the field: files, and the disk that they are on.

# with_disk COMMAND...: while a file is a disk ($device), whose file system is on $TMP/disk
with_disk()
{
	local device status=0
	[ -e "$TMP/image" ] || dd if=/dev/zero of="$TMP/image" bs=1M count=8
	mkdir -p "$TMP/disk"
	device=$(losetup -f --show "$TMP/image") || { echo "no loop device"; return 4; }
	if mkfs.minix "$TMP/image" && mount -t minix "$device" "$TMP/disk"; then
		"$@" || status=$?
		umount "$TMP/disk"
	else
		echo "no disk in a file"
		status=4
	fi
	losetup -d "$device"
	return $status
}
# mapped COMMAND: run it again and again while a process on $cpu has mapped a file of a disk, and
# writes to it
mapped()
{
	cat >"$TMP/mapped" <<-END
	cd "$TMP/disk"
	"$PROVOKE" mapped $cpu 0 20 &
	sleep 0.5
	for i in 1 2 3 4 5 6 7 8; do $1; sleep 0.1; done
	wait
	END
	with_disk beside -- sh "$TMP/mapped"
}
written_back() { mapped sync && named 'IPIs from CPU 0, .*flush_tlb' 'ipi path=*mkclean*'; }
# A file is dropped from memory, as jobs do that write to drop_caches.
dropped()
{
	cat >"$TMP/dropped" <<-END
	for i in 1 2 3 4; do
		dd if=/dev/zero of="$TMP/disk/dropped" bs=64K count=8
		sync
		echo 1 >/proc/sys/vm/drop_caches
	done
	rm "$TMP/disk/dropped"
	END
	with_disk beside --limit 1us -- taskset -c $cpu sh "$TMP/dropped" &&
		named '__remove_mapping had interrupts off, in task sh' \
			'span function=__remove_mapping' 4
}
# The memory of that file is taken away, because somebody asks for that by memory.reclaim, or
# because its control group uses more than its memory.high.
reclaimed()
{
	[ -w "$cgroups/memory.reclaim" ] || { echo "no memory.reclaim"; return 4; }
	mapped "sync; echo 8M >$cgroups/memory.reclaim" &&
		named 'IPIs from CPU 0, .*flush_tlb' 'ipi path=*reclaim_pages<*'
}
too_much()
{
	local high=$cgroups/irqspan/memory.high status
	mkdir -p "$cgroups/irqspan"
	[ -w "$high" ] || { echo "no memory.high"; return 4; }
	cat >"$TMP/too_much" <<-END
	cd "$TMP/disk"
	sh -c 'echo 0 >$cgroups/irqspan/cgroup.procs; exec "$PROVOKE" mapped $cpu 0 40' &
	sleep 0.5
	for i in 1 2 3 4 5 6 7 8; do
		sync
		echo 100K >$high
		echo max >$high
		sleep 0.1
	done
	wait
	END
	with_disk beside -- sh "$TMP/too_much" &&
		named 'IPIs from CPU 0, .*flush_tlb' 'ipi path=*shrink_folio_list*'
	status=$?
	rmdir "$cgroups/irqspan"
	return $status
}
# A large file is written, and removed. The kernel puts each of its pages into its cache of files
# and onto a list, and takes them out again, with interrupts off.
cached()
{
	cat >"$TMP/cached" <<-END
	for i in 1 2 3; do
		dd if=/dev/zero of="$TMP/disk/file" bs=64k count=80
		sync "$TMP/disk/file"
		rm "$TMP/disk/file"
	done
	true
	END
	with_disk beside --limit 10us -- taskset -c $cpu sh "$TMP/cached" &&
		named '(filemap|page_cache|folio|tag_pages|block)[^ ]* had interrupts off, in' \
			'span function=*filemap_add_folio' 20 &&
		named '(lruvec|lru)[^ ]* had interrupts off, in task' \
			'span function=folio_lruvec_lock_irq*' 5
}
# A process on $cpu reads a file, and the CPU keeps some of the pages on a list of its own.
# Another process says that the file is not needed any more: all CPUs have to empty their lists.
not_needed()
{
	cat >"$TMP/not_needed" <<-END
	cd "$TMP/disk"
	exec "$PROVOKE" needless $cpu 0 20
	END
	with_disk beside -- sh "$TMP/not_needed" &&
		named 'IPIs from CPU 0.* in task provoke' \
		'ipi function=sched_ttwu_pending|-|nohz_full_kick_func path=*generic_fadvise*' 5
}
# A task on $cpu reads from a disk, which another CPU does for it. With rq_affinity at 2, that
# CPU has $cpu itself complete each request, by an IPI.
completed()
{
	with_disk completed_there &&
		named 'IPIs from CPU 0.* of __blk_mq_complete_request_remote' \
			'ipi function=__blk_mq_complete_request_remote' 5
}
completed_there()
{
	with_setting "/sys/block/${device#/dev/}/queue/rq_affinity" 2 beside -- \
		taskset -c $cpu dd if="$device" of=/dev/null bs=4k count=100 iflag=direct
}
# Without that it waits until the other CPU is done.
waited_for_disk()
{
	with_disk waited_there &&
		named 'IPIs from CPU 0' \
			'ipi path=*<blk_update_request<*' 10
}
waited_there()
{
	beside -- taskset -c $cpu dd if="$device" of=/dev/null bs=4k count=100 iflag=direct
}
# A task on $cpu waits for a thread of the kernel, which makes a file in /dev.
device_made()
{
	[ -e /dev/loop-control ] || { echo "no loop devices"; return 4; }
	provoke devices 10 && named 'IPIs from CPU 0.* in task kdevtmpfs' \
		'ipi path=*try_to_wake_up<*<kthread<ret_from_fork* function=sched_ttwu_pending' 5
}
# disk_set CPU: a program there changes a setting of a disk, and has to wait until nobody uses it
disk_set()
{
	local file=/sys/block/loop0/queue/nomerges
	[ -e $file ] || { echo "no loop0"; return 4; }
	echo "for i in 1 2 3 4 5 6 7 8; do echo 2 >$file; echo 0 >$file; done" >"$TMP/disk_set"
	beside -- taskset -c "$1" sh "$TMP/disk_set"
}
disk_set_there()
{
	disk_set $cpu && named 'IPIs from CPU 0.* asked for by percpu_ref_' \
		'ipi path=*complete*<rcu_do_batch<*' 5
}
disk_set_remedy() { disk_set 0 && hides 'Why: A task on this CPU waited for RCU'; }

ok "field: a file that is mapped is written back" written_back
ok "field: a file that is dropped from memory" dropped
ok "field: memory is taken back" reclaimed
ok "field: memory is scarce" too_much
ok "field: files are written and removed" cached
ok "field: a file that is needed no more" not_needed
ok "field: requests to a disk" completed
ok "field: a disk that is waited for" waited_for_disk
ok "field: a device is made" device_made
ok "field: a setting of a disk" disk_set_there
ok "field: a setting of a disk, and the remedy" disk_set_remedy
