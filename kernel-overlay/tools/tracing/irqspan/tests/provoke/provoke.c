// SPDX-License-Identifier: GPL-2.0
/*
 * Does what disturbs CPUs, as ordinary programs do it, for causes.sh:
 *
 *	provoke WHAT CPU OTHER N
 *
 * It disturbs CPU from another CPU, OTHER, N times, a few milliseconds apart. WHAT is an act of
 * the table below; each of the other files has the acts of one kind. No case uses segment, watch
 * and sandbox, because the kernels of the guests lack what they disturb by (causes/not_provoked):
 * they are for a machine with another kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "provoke.h"

static const struct {
	const char *name;
	act_fn *act;
} acts[] = {
	/* memory.c */
	{ "unmap", do_unmap },
	{ "membarrier", do_membarrier },
	{ "membarrier_apart", do_membarrier_apart },
	{ "protect", do_protect },
	{ "merge", do_merge },
	{ "huge", do_huge },
	{ "mapped", do_mapped },
	{ "release", do_release },
	{ "advise", do_advise },
	{ "advise_locked", do_advise_locked },
	{ "collapse", do_collapse },
	{ "segment", do_segment },
	{ "hole", do_hole },
	{ "needless", do_needless },
	{ "poke", do_poke },
	{ "watch", do_watch },
	{ "cut", do_cut },
	{ "large", do_large },
	{ "part", do_part },
	{ "hoard", do_hoard },
	{ "fill", do_fill },
	{ "fork", do_fork },
	{ "vfork", do_vfork },
	{ "seal", do_seal },
	{ "seal_future", do_seal_future },
	/* tasks.c */
	{ "spin", do_spin },
	{ "signal", do_signal },
	{ "async", do_async },
	{ "bereaved", do_bereaved },
	{ "killed", do_killed },
	{ "move", do_move },
	{ "wake", do_wake },
	{ "preempt", do_preempt },
	{ "policy", do_policy },
	{ "renice", do_renice },
	{ "limit", do_limit },
	{ "crowd", do_crowd },
	{ "trace", do_trace },
	{ "syscalls", do_syscalls },
	{ "deadline", do_deadline },
	{ "log", do_log },
	{ "tell", do_tell },
	{ "list", do_list },
	{ "semaphores", do_semaphores },
	/* threads.c */
	{ "threads", do_threads },
	{ "usage", do_usage },
	{ "stat", do_stat },
	{ "exits", do_exits },
	{ "core", do_core },
	{ "herd", do_herd },
	{ "kill", do_kill },
	{ "stop", do_stop },
	{ "orphans", do_orphans },
	{ "sandbox", do_sandbox },
	{ "notify_all", do_notify_all },
	{ "notify", do_notify },
	{ "quit", do_quit },
	{ "exec", do_exec },
	{ "children", do_children },
	{ "queued", do_queued },
	{ "lend", do_lend },
	/* timers.c */
	{ "timers", do_timers },
	{ "timer_list", do_timer_list },
	{ "cputimer", do_cputimer },
	{ "receive", do_receive },
	{ "poll", do_poll },
	{ "setclock", do_setclock },
	{ "nap", do_nap },
	{ "nap_beside", do_nap_beside },
	{ "alarm", do_alarm },
	{ "look", do_look },
	{ "leave", do_leave },
	{ "cancel", do_cancel },
	/* perf.c */
	{ "count", do_count },
	{ "sampled", do_sampled },
	{ "probe", do_probe },
	/* bpf.c */
	{ "told", do_told },
	{ "map", do_map },
	{ "map_taken", do_map_taken },
	{ "maps", do_maps },
	{ "forget", do_forget },
	{ "share", do_share },
	{ "sleepable", do_sleepable },
	{ "large_maps", do_large_maps },
	/* network.c */
	{ "filter", do_filter },
	{ "connect", do_connect },
	{ "stamp", do_stamp },
	{ "stream", do_stream },
	{ "packets", do_packets },
	{ "capture", do_capture },
	{ "sniff", do_sniff },
	{ "sniff_one", do_sniff_one },
	/* io_uring.c */
	{ "ring", do_ring },
	{ "ring_coop", do_ring_coop },
	{ "ring_wait", do_ring_wait },
	{ "ring_poll", do_ring_poll },
	{ "ring_worker", do_ring_worker },
	/* waits.c */
	{ "hear", do_hear },
	{ "mounts", do_mounts },
	{ "watchclock", do_watchclock },
	{ "filelock", do_filelock },
	{ "futex", do_futex },
	{ "pidfd", do_pidfd },
	{ "terminal", do_terminal },
	{ "devices", do_devices },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc == 5 && i < ARRAY_SIZE(acts); i++) {
		if (!strcmp(argv[1], acts[i].name)) {
			acts[i].act(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
			return 0;
		}
	}
	fprintf(stderr, "usage: provoke WHAT CPU OTHER N; WHAT is one of");
	for (i = 0; i < ARRAY_SIZE(acts); i++)
		fprintf(stderr, " %s", acts[i].name);
	fprintf(stderr, "\n");
	return 1;
}
