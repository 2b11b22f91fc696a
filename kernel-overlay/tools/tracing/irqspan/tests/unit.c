// SPDX-License-Identifier: GPL-2.0
/* Tests of parts of irqspan(1), as TAP: of what it reads, and of what it knows. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "cause.h"
#include "cpus.h"
#include "hist.h"
#include "metrics.h"
#include "names.h"
#include "refused.h"
#include "snapshot.h"
#include "table.h"
#include "unit.h"
#include "units.h"
#include "utils.h"

unsigned int nr, failed;

struct table *table_of(const char *text)
{
	char *problem = NULL;
	struct table *table = table_parse("test", xstrdup(text), &problem);

	if (!table)
		printf("# %s\n", problem);
	free(problem);
	return table;
}

static bool is_refused(const char *text, const char *because)
{
	char *problem = NULL;
	struct table *table = table_parse("test", xstrdup(text), &problem);
	bool good = !table && strstr(problem, because);

	table_free(table);
	free(problem);
	return good;
}

static void test_sets(void)
{
	static const char *const bad[] = { "a",	  "1-",	 "3-1", "1,,2",	       "-1",	  "1-2-3",
					   "0x1", "1 2", ",1",	"99999999999", "16777216" };
	struct set set;
	char *text;
	bool good = true;

	good = set_parse(&set, " 0-3,8,10-11\n");
	text = set_format(&set);
	CHECK("set: a list and back", good && !strcmp(text, "0-3,8,10-11") && set_count(&set) == 7);
	free(text);
	CHECK("set: what is in it",
	      set_has(&set, 8) && !set_has(&set, 9) && !set_has(&set, 100000));
	set_free(&set);
	good = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		good &= !set_parse(&set, bad[i]);
	CHECK("set: what is no list", good);
}

static void test_units(void)
{
	CHECK("units: thresholds",
	      parse_time("x", "50") == 50000 && parse_time("x", "800ns") == 800 &&
		      parse_time("x", "1ms") == 1000000 && parse_time("x", "2s") == 2000000000);
	CHECK("units: durations", parse_duration("x", "10") == 10 * NSEC_PER_SEC &&
	      parse_duration("x", "5m") == 300 * NSEC_PER_SEC);
	CHECK("units: an unknown one",
	      REFUSES(parse_time("x", "5 us")) && REFUSES(parse_time("x", "5parsecs")));
	CHECK("units: no number",
	      REFUSES(parse_time("x", "")) && REFUSES(parse_time("x", "-5us")) &&
		      REFUSES(parse_duration("x", "soon")) && REFUSES(parse_duration("x", "0")));
	CHECK("units: too large", REFUSES(parse_time("x", "99999999999999999999")) &&
	      REFUSES(parse_duration("x", "9999999999999d")) &&
	      REFUSES(parse_duration("x", "213503d")));
	CHECK("units: shown", !strcmp(show_time(36), "36 ns") &&
	      !strcmp(show_time(12345), "12.3 us") &&
				      !strcmp(show_time(1440000), "1.44 ms") &&
				      !strcmp(show_time(2300000000), "2.30 s"));
}

static void test_names(void)
{
	struct symbol symbol;
	char word[] = "a\\040b\\134c\\9";

	symbol_parse(&symbol, "irqspan_spans_hold_off+0xa/0x50[irqspan_spans]");
	CHECK("name: of a module", !strcmp(symbol.function, "irqspan_spans_hold_off") &&
	      !strcmp(symbol.module, "irqspan_spans"));
	symbol_parse(&symbol, "___slab_alloc.constprop.0+0x12/0x34");
	CHECK("name: of the kernel",
	      !strcmp(symbol.function, "___slab_alloc.constprop.0") && !*symbol.module);
	symbol_parse(&symbol, "0x00000000a1b2c3d4[gone]");
	CHECK("name: of a module that is gone",
	      !strcmp(symbol.function, "0x00000000a1b2c3d4[gone]") && !*symbol.module);
	symbol_parse(&symbol, "broken[");
	CHECK("name: cut off", !strcmp(symbol.function, "broken") && !*symbol.module);
	CHECK("name: escapes", !strcmp(name_unescape(word), "a b\\c\\9"));
}

/* A name for a person: U+009B is to some terminals what ESC [ is. */
static void test_shown_names(void)
{
	char word[] = "\033[31mr\\040\303\251\302\233x\302\240\377";

	CHECK("name: nothing that a terminal obeys",
	      !strcmp(name_show(word), "?[31mr \303\251??x\302\240?"));
}

static void test_tables(void)
{
	static const char text[] = "# b a  c\n1 2 3\n4 5 6\n# folded 7\n# generation 3\n";
	struct table *table = table_of(text);

	CHECK("table: columns by name", table && table_number(table, 1, "a") == 5 &&
	      !strcmp(table_word(table, 0, "none"), "-") &&
						table->nr_rows == 2);
	CHECK("table: what stands at its end",
	      table_note(table, "folded") == 7 && table_note(table, "fold") == 0 &&
		      table->has_generation && table->generation == 3);
	table_free(table);
	CHECK("table: cut off",
	      is_refused("# a b\n1 2\n3 4", "cut off") && is_refused("# a b\n1 2\n3\n", "line 3"));
	CHECK("table: none", is_refused("a b\n1 2\n", "no header") && is_refused("", "no header") &&
	      is_refused("#\n", "no columns"));
}

static void test_difference(void)
{
	struct table *before =
		table_of("# cpu victim function caller handler comm count late_total late_max\n"
			 "1 hrtimer f c+0x1/0x2 - t 3 1000 500\n1 hrtimer g c+0x1/0x2 - t 1 10 10\n"
			 "# folded 2\n# generation 4\n");
	struct table *after = table_of("# cpu new victim function caller handler comm count late_total late_max\n"
		"1 x hrtimer f c+0x1/0x2 - t 5 1500 500\n1 x hrtimer g c+0x1/0x2 - t 1 10 10\n"
		"2 x wheel f c+0x1/0x2 - t 1 70 70\n# folded 5\n# generation 4\n");
	struct table *cleared =
		table_of("# cpu victim function caller handler comm count late_total late_max\n"
			 "1 hrtimer f c+0x1/0x2 - t 9 9000 500\n# folded 1\n# generation 5\n");
	struct table *other = table_of("# type id name low high count\n");
	struct table *table = table_difference(before, after);

	CHECK("difference: what grew, and what is new",
	      table->nr_rows == 2 && table_number(table, 0, "count") == 2 &&
		      table_number(table, 0, "late_total") == 500 &&
		      table_number(table, 1, "cpu") == 2 &&
		      table_number(table, 1, "late_max") == 70);
	CHECK("difference: a longest one of before is not known",
	      !strcmp(table_word(table, 0, "late_max"), "-"));
	CHECK("difference: a column that only the later one has",
	      !strcmp(table_word(table, 0, "new"), "x"));
	CHECK("difference: lines at the end", table_note(table, "folded") == 3 && !table->cleared);
	table_free(table);
	table = table_difference(before, cleared);
	CHECK("difference: somebody cleared it",
	      table->cleared && table_number(table, 0, "count") == 9 &&
		      table_note(table, "folded") == 1 &&
		      !strcmp(table_word(table, 0, "late_max"), "500"));
	table_free(table);
	CHECK("difference: of two kinds of tables", REFUSES(table_difference(before, other)));
	table_free(before);
	table_free(after);
	table_free(cleared);
	table_free(other);
}

/* Two functions may have the same name. */
static void test_same_keys(void)
{
	struct table *before = table_of("# cpu victim function caller handler comm count late_total late_max\n"
		"1 hrtimer f - - t 100 1000 500\n1 hrtimer f - - t 7 70 10\n# generation 4\n");
	struct table *after = table_of("# cpu victim function caller handler comm count late_total late_max\n"
		"1 hrtimer f - - t 101 1001 500\n1 hrtimer f - - t 9 90 10\n# generation 4\n");
	struct table *table = table_difference(before, after);

	CHECK("difference: rows of the same names", table->nr_rows == 2 &&
	      table_number(table, 0, "count") == 1 && table_number(table, 1, "count") == 2);
	table_free(table);
	table_free(before);
	table_free(after);
}

/* Percentiles are of all that was counted. */
static void test_percentiles_between(void)
{
	static const char head[] = "# type id name spans total min p50 p90 p99 p99.9 max caller\n";
	char *text = xprintf("%scpu 0 - 9 900 1 2 3 4 5 6 f\ncpu 1 - 0 0 0 0 0 0 0 0 -\n", head);
	struct table *before = table_of(text), *after, *table;

	free(text);
	text = xprintf("%scpu 0 - 10 950 1 2 3 4 5 6 f\ncpu 1 - 2 20 9 10 11 11 11 11 g\n", head);
	after = table_of(text);
	free(text);
	table = table_difference(before, after);
	CHECK("difference: percentiles, if nothing was counted before",
	      table_number(table, 1, "spans") == 2 && table_number(table, 1, "p50") == 10 &&
		      table_number(table, 1, "min") == 9);
	CHECK("difference: percentiles are not known if something was",
	      table_number(table, 0, "spans") == 1 &&
		      !strcmp(table_word(table, 0, "p50"), "-") &&
		      !strcmp(table_word(table, 0, "p99.9"), "-") &&
		      !strcmp(table_word(table, 0, "min"), "-"));
	table_free(table);
	table_free(before);
	table_free(after);
}

static void test_hists(void)
{
	struct table *table = table_of("# type id name low high count\ncpu 0 - 64 67 90\ncpu 0 - 100 103 9\n"
		"cpu 0 - 5000 5119 1\ncpu 1 - 64 67 100\nirq 5 eth0 1024 1087 4\n# generation 0\n");
	struct table *damaged = table_of("# type id name low high count\ncpu 0 - 67 64 90\n");
	struct hists hists;
	struct hist sum;

	hists_read(&hists, table, NULL, NULL);
	CHECK("hist: percentiles", hist_percentile(&hists.list[0], 500) == 67 &&
	      hist_percentile(&hists.list[0], 900) == 67 &&
					   hist_percentile(&hists.list[0], 910) == 103 &&
					   hist_percentile(&hists.list[0], 990) == 103 &&
					   hist_percentile(&hists.list[0], 999) == 5119 &&
					   hist_percentile(&hists.list[0], 1000) == 5119);
	sum = hists_sum(&hists, "cpu");
	CHECK("hist: all CPUs", sum.count == 200 && sum.nr == 3 && sum.bucket[0].count == 190);
	CHECK("hist: a line",
	      hists_find(&hists, "irq", 5)->count == 4 && !hists_find(&hists, "irq", 6));
	hist_free(&sum);
	hists_free(&hists);
	CHECK("hist: bounds that cannot be", REFUSES(hists_read(&hists, damaged, NULL, NULL)));
	table_free(table);
	table_free(damaged);
}

/* What is found for a cause of that kind; what is said to be its source must be an address. */
static const char *advice_for(const char *kind, enum field a, const char *is_a, enum field b,
			      const char *is_b)
{
	char *field[NR_FIELDS] = { NULL };
	const struct advice *advice;

	field[a] = (char *)is_a;
	field[b] = (char *)is_b;
	advice = advice_find(kind, field);
	return advice ? advice->what_to_do : "";
}

#define KNOWN(kind, a, is_a, b, is_b, does) \
	(!!strstr(advice_for(kind, FIELD_##a, is_a, FIELD_##b, is_b), does))

/* The same of a span of that code, in a context */
static bool says_of_span(const char *function, const char *context, const char *does)
{
	char *field[NR_FIELDS] = {
		[FIELD_FUNCTION] = (char *)function, [FIELD_CONTEXT] = (char *)context,
		[FIELD_BY] = (char *)"code", [FIELD_MODULE] = (char *)"",
	};
	const struct advice *advice = advice_find("span", field);

	return advice && strstr(advice->what_to_do, does);
}

/* The same of an IPI by which a CPU is told that it needs the tick */
static bool says_of_kick(const char *path, const char *does)
{
	return KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH, path, does);
}

/* Spans of which public reports tell, by what they are about. */
static void test_reported_spans(void)
{
	CHECK("advice: FireWire and USB have controllers of the same name",
	      says_of_span("ohci_flush_iso_completions", "softirq", "firewire_ohci") &&
		      says_of_span("ohci_urb_enqueue", "task", "/sys/bus/usb/devices") &&
		      KNOWN("span", MODULE, "firewire_ohci", FUNCTION, "ohci_read_csr",
			    "firewire_ohci"));
	CHECK("advice: what a security module remembers",
	      says_of_span("avc_compute_av", "task", "/sys/fs/selinux/avc/cache_threshold") &&
		      says_of_span("aa_label_insert", "task", "load profiles"));
	CHECK("advice: pages that are dropped, swapped, or counted for a cgroup",
	      says_of_span("__remove_mapping", "task", "drop_caches") &&
		      says_of_span("clear_shadow_entry", "task", "drop_caches") &&
		      says_of_span("add_to_swap_cache", "task", "swapoff") &&
		      says_of_span("uncharge_batch", "task", "cgroup.memory=nokmem") &&
		      says_of_span("mem_cgroup_flush_stats_ratelimited", "task", "memory.stat"));
	CHECK("advice: the clock that another one is compared with",
	      says_of_span("cs_watchdog_read", "softirq", "tsc=nowatchdog") &&
		      KNOWN("expiry", FUNCTION, "clocksource_watchdog", KIND, "wheel",
			    "tsc=nowatchdog") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "irq_work_queue_on<add_timer_on<clocksource_watchdog<call_timer_fn",
			    "tsc=nowatchdog") &&
		      !KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			     "irq_work_queue_on<add_timer_on<b", "tsc=nowatchdog"));
	CHECK("advice: a guest of KVM is no host",
	      says_of_span("vcpu_enter_guest", "task", "vmentry_l1d_flush") &&
		      !says_of_span("kvm_send_ipi_mask", "task", "vmentry_l1d_flush"));
	CHECK("advice: disks of several disks, and their controllers",
	      says_of_span("raid5_get_active_stripe", "task", "sync_action") &&
		      KNOWN("span", MODULE, "dm_thin_pool", BY, "code", "sync_action") &&
		      KNOWN("span", MODULE, "mpt3sas", BY, "code", "errors and resets") &&
		      !KNOWN("span", MODULE, "mpt3sas", BY, "handler", "errors and resets"));
}

/*
 * Where a compiler has dissolved what turns interrupts off into its callers, as in the kernels that
 * are tested, these have the span.
 */
static void test_inlined_spans(void)
{
	static const char * const functions[] = {
		"__x64_sys_timerfd_settime", "__arm64_sys_timer_gettime", "__se_sys_timer_settime",
		"__x64_sys_rt_sigpending", "set_user_sigmask", "do_huge_pmd_anonymous_page",
		"get_page_from_freelist", "filemap_fault", "folio_clear_dirty_for_io",
		"shrink_folio_list", "try_charge_memcg", "set_user_nice", "sched_move_task",
		"__set_cpus_allowed_ptr", "cgroup_freeze_task", "cgroup_rmdir", "proc_pid_status",
		"__x64_sys_perf_event_open", "synchronize_srcu", "wake_up_bit", "bpf_map_put",
		"ei_start_xmit", "get_chars", "pci_msi_mask_irq", "kthread_flush_worker",
		"_task_rq_lock", "refill_objects", "kmem_cache_prefill_sheaf", "ret_from_fork",
		"__pcs_replace_empty_main", "alloc_from_new_slab", "futex_exit_exec_release",
		"mm_exit_exec_release", "pidfd_prepare", "pidfs_remove_pid", "balance_callbacks",
		"exc_general_protection", "memfd_add_seals", "pipe_resize_ring", "set_tsc_mode",
		"x86_gsbase_read_cpu_inactive",
	};
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(functions); i++) {
		if (!says_of_span(functions[i], "task", "show how it came to that: if it"))
			n++;
		else
			printf("# %s is not known\n", functions[i]);
	}
	CHECK("advice: functions that took in others", n == ARRAY_SIZE(functions));
}

/* Whom a task on an isolated CPU had waited for, and what it left to a self-IPI */
static void test_waited_for(void)
{
	CHECK("advice: who waits for RCU is none of its threads, though a callback woke it up",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<__wake_up_common<__wake_up<percpu_ref_switch_to_atomic_rcu<rcu_do_batch<rcu_nocb_cb_kthread<kthread<ret_from_fork",
		    "only woke it up") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<swake_up_one<wake_nocb_gp<__call_rcu_nocb_wake<call_rcu<a<rcu_do_batch<b",
			    "bind the RCU threads"));
	CHECK("advice: locks of PREEMPT_RT are given back by other functions",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "wakeup_preempt<try_to_wake_up<wake_up_q<rt_mutex_unlock<ptmx_open<chrdev_open<b",
		    "map all memory before") &&
		      says_of_span("up_write", "task", "same thing at a time"));
	CHECK("advice: who waits for a thread of the kernel that is no kworker",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "ttwu_queue_wakelist<try_to_wake_up<complete<devtmpfs_work_loop<devtmpfsd<kthread<ret_from_fork",
		    "have what asks for that") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "ttwu_queue_wakelist<try_to_wake_up<complete<process_one_work<worker_thread<kthread<ret_from_fork",
			    "who is named above only"));
	CHECK("advice: packets that are sent, and those that arrive",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "try_to_wake_up<sock_def_readable<packet_rcv<dev_queue_xmit_nit<dev_hard_start_xmit<b",
		    "ETH_P_ALL") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "try_to_wake_up<sock_def_readable<packet_rcv<process_backlog<net_rx_action<b",
			    "smp_affinity_list"));
	CHECK("advice: work for a task that is not of io_uring",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "task_work_add<landlock_restrict_sibling_threads<__x64_sys_landlock_restrict_self<b",
		    "before the workload") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "task_work_add<keyctl_session_to_parent<__x64_sys_keyctl<b",
			    "before the workload"));
	CHECK("advice: two tasks of one CPU that take turns, whoever is woken up there",
	      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<a<try_to_wake_up<eventfd_write<b",
			   "{task} among them") &&
		      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<a<wake_up_new_task<b",
				   "{task} among them") &&
		      !says_of_kick("irq_work_queue_on<tick_nohz_dep_set_cpu<a<try_to_wake_up<b",
				    "{task} among them"));
	CHECK("advice: self-IPIs of newer kernels",
	      KNOWN("ipi", KIND, "irq_work", FUNCTION, "srcu_irq_work", "on another CPU") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "rht_deferred_irq_work",
			    "make such things") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "deferred_percpu_work_fn",
			    "bpftool prog") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "cgrp_dead_tasks_iwork_fn",
			    "that end") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "console_msr_handler",
			    "kernel log"));
	CHECK("advice: tables that grow, and memory of the kernel that is freed later",
	      says_of_span("rht_deferred_worker", "task", "whose table it is") &&
		      says_of_span("skb_dequeue", "task", "receive less") &&
		      KNOWN("ipi", FUNCTION, "do_flush_tlb_all", PATH,
			    "on_each_cpu_cond_mask<__purge_vmap_area_lazy<drain_vmap_area_work<process_one_work<b",
			    "free_vmap_area_noflush") &&
		      KNOWN("ipi", FUNCTION, "do_flush_tlb_all", PATH,
			    "on_each_cpu_cond_mask<__purge_vmap_area_lazy<_vm_unmap_aliases<set_memory_ro<b",
			    "what it is for"));
	CHECK("advice: a page that is wanted, and a CPU whose tick is done elsewhere",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<wake_page_function<__wake_up_common<folio_wake_bit<filemap_map_pages<b",
		    "MAP_POPULATE") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<wake_page_function<folio_wake_bit<migrate_pages_batch<b",
			    "compaction_proactiveness") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "update_curr<task_tick_fair<sched_tick_remote<process_one_work<b",
			    "all tasks but one"));
	CHECK("advice: disks on the network, and errors that each CPU has noted",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "kick_pool<__queue_work<queue_work_on<nvme_tcp_data_ready<tcp_data_queue<b",
		    "wq_unbound=1") &&
		      KNOWN("ipi", FUNCTION, "read_errors", PATH,
			    "smp_call_function_single<a72_edac_check<edac_device_workq_function<b",
			    "poll_msec"));
}

/* What looks like another cause, by a name in its path */
static void test_wrong_blame(void)
{
	CHECK("advice: a timer function that queues work is no delayed work",
	      KNOWN("expiry", FUNCTION, "cgroup_file_notify_timer", WORK, "kernfs_notify_workfn",
		    "more memory") &&
		      KNOWN("expiry", FUNCTION, "pm_suspend_timer_fn", WORK, "pm_runtime_work",
			    "power/control") &&
		      KNOWN("expiry", FUNCTION, "delayed_work_timer_fn", WORK, "some_work",
			    "queues the work"));
	CHECK("advice: who is woken up, whether its CPU is idle or not",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "tick_nohz_dep_set_cpu<ttwu_do_activate<try_to_wake_up<complete<kthread<ret_from_fork",
		    "workqueue_queue_work") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "irq_work_queue<enqueue_task_fair<try_to_wake_up<handle_softirqs<irq_exit_rcu",
			    "taskset cannot move that thread") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "tick_nohz_dep_set_cpu<move_queued_task<migration_cpu_stop<cpu_stopper_thread",
			    "set affinities") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "tick_nohz_dep_set_cpu<ttwu_do_activate<try_to_wake_up<pipe_write",
			    "move all tasks but one"));
	CHECK("advice: who writes need not know that the reader has a signal for it",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "__send_signal_locked<do_send_sig_info<send_sigio<kill_fasync<pipe_write",
		    "epoll_wait()") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "__send_signal_locked<do_send_sig_info<__do_notify<do_mq_timedsend",
			    "epoll_wait()") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "complete_signal<group_send_sig_info<do_exit<do_group_exit",
			    "does not end before") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "complete_signal<do_send_sig_info<kill_pid_info<__x64_sys_kill",
			    "asyncpreemptoff"));
	CHECK("advice: a kworker that hands over what a terminal was sent",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<__wake_up<n_tty_receive_buf_common<flush_to_ldisc<process_one_work",
		    "tmux"));
	CHECK("advice: a timer that watches over a disk or a connection is no task's timeout",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "irq_work_queue_on<__mod_timer<blk_mq_start_request<loop_queue_rq",
		    "vmtouch") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "irq_work_queue_on<__mod_timer<sk_reset_timer<tcp_event_new_data_sent",
			    "rps_cpus") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "irq_work_queue_on<__mod_timer<schedule_timeout<poll_schedule_timeout",
			    "without a timeout"));
	CHECK("advice: what the kernel prints in the tick is no timer's",
	      KNOWN("span", FUNCTION, "wake_up_klogd_work_func", PATH,
		    "sysvec_apic_timer_interrupt", "kernel.printk"));
	CHECK("advice: a program that watches files",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<__wake_up<fsnotify_insert_event<inotify_handle_inode_event<fsnotify",
		    "leave these files alone") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<pollwake<__wake_up<kernfs_notify<cgroup_file_notify",
			    "or not watch it") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "kick_pool<__queue_work<queue_work_on<kernfs_notify<cgroup_file_notify",
			    "not come to limits"));
	CHECK("advice: another limit of a cgroup patches no code, unless it is the first one",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "resched_curr<unthrottle_cfs_rq<tg_set_cfs_bandwidth<cpu_max_write",
		    "a cgroup of its own, which nobody") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "static_key_slow_inc<tg_set_cfs_bandwidth<cpu_max_write",
			    "without tasks"));
	CHECK("advice: a module that is loaded takes no CPU offline",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "__cpuhp_kick_ap<cpuhp_issue_call<__cpuhp_setup_state<msr_init<do_one_initcall",
		    "modules-load.d") &&
		      KNOWN("ipi", KIND, "reschedule", PATH, "__cpuhp_kick_ap<_cpu_down<b",
			    "online"));
	CHECK("advice: what a BPF program watches does not load it",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "flush_tlb_mm_range<__x64_sys_munmap<bpf_trampoline_6442505340<do_syscall_64",
		    "munmap()") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "text_poke_bp_batch<bpf_trampoline_update<bpf_trampoline_link_prog<b",
			    "bpf_jit_enable"));
	CHECK("advice: RCU wakes up a thread, and waits for no CPU",
	      KNOWN("ipi", FUNCTION, "-", PATH, "rcu_gp_kthread_wake<rcu_report_qs_rnp<rcu_core",
		    "RCU threads") &&
		      KNOWN("ipi", FUNCTION, "-", PATH, "rcu_gp_cleanup<rcu_gp_kthread<kthread",
			    "RCU threads") &&
		      !KNOWN("ipi", KIND, "reschedule", PATH, "rcu_gp_kthread_wake<rcu_core",
			     "system calls"));
	CHECK("advice: what is traced is not who traces",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "do_notify_parent_cldstop<ptrace_stop<ptrace_do_notify<b", "that tracer") &&
		      KNOWN("ipi", KIND, "reschedule", PATH, "ptrace_attach<__x64_sys_ptrace<b",
			    "end {task}"));
	CHECK("advice: who wakes up a task in an interrupt is a device, and no task",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<blk_wake_io_task<nvme_irq[nvme]<__handle_irq_event_percpu<a",
		    "have the interrupt come to this CPU") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "wake_up_process<__handle_irq_event_percpu<handle_irq_event<a",
			    "pgrep ^irq/") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "sock_def_readable<net_rx_action<handle_softirqs<a", "loopback") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<tasklet_action<handle_softirqs<a", "the path tells"));
	CHECK("advice: a driver that asks for a latency opened no file",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "cpu_latency_qos_add_request<cpu_latency_qos_open<misc_open<a", "--laptop") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "cpu_latency_qos_add_request<snd_pcm_hw_params[snd_pcm]<a",
			    "keep its stream open") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "cpu_latency_qos_update_request<intel_dp_aux_xfer[i915]<a",
			    "leave that device alone"));
	CHECK("advice: names that begin alike",
	      !KNOWN("span", FUNCTION, "prb_retire_rx_blk_timer_expired", BY, "handler",
		     "console") &&
		      !KNOWN("span", FUNCTION, "ioc_exit_icqs", BY, "code", "io.cost") &&
		      KNOWN("span", FUNCTION, "ioc_timer_fn", BY, "code", "io.cost"));
	CHECK("advice: a task that is taken to another CPU has changed no affinity",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "cpu_stop_queue_work<stop_one_cpu_nowait<sched_balance_rq<sched_balance_domains",
		    "isolcpus=domain") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "cpu_stop_queue_work<stop_one_cpu<sched_exec<b", "affinities"));
	CHECK("advice: memory that somebody takes is not scarce",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "shrink_folio_list<reclaim_folio_list<reclaim_pages<madvise_cold_or_pageout_pte_range",
		    "spare that memory") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "shrink_folio_list<shrink_inactive_list<memory_reclaim<cgroup_file_write",
			    "spare that memory") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "shrink_folio_list<shrink_inactive_list<balance_pgdat<kswapd",
			    "more memory"));
	CHECK("advice: who is woken up for a packet is not woken up by a task",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "sock_def_readable<udp_queue_rcv_one_skb<process_backlog<net_rx_action<handle_softirqs",
		    "network card") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "wake_up_klogd_work_func<irq_work_run_list<tick_nohz_handler<__hrtimer_run_queues",
			    "kernel log"));
	CHECK("advice: the kernel is patched, and not its clock changed",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "stop_machine_cpuslocked<aarch64_insn_patch_text<arch_arm_kprobe<b",
		    "trace-cmd") &&
		      KNOWN("ipi", FUNCTION, "-", PATH, "stop_machine<timekeeping_notify<b",
			    "have {task} do that"));
	CHECK("advice: copies that the compiler made are the function",
	      KNOWN("span", FUNCTION, "do_exit.isra.0", BY, "code", "wait for its children") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core.constprop.0", PATH,
			    "a<perf_event_alloc.part.0<b", "keep one such event") &&
		      KNOWN("ipi", FUNCTION, "f", PATH, "a<_cpu_down.constprop.0<b", "online"));
	CHECK("advice: the list of processes has readers that are in no list",
	      KNOWN("span", WAITED, "most", FUNCTION, "copy_process", "do_wait"));
	CHECK("advice: a timer that KVM has elsewhere on purpose is not to come back",
	      !KNOWN("timer", KIND, "hrtimer", FUNCTION, "apic_timer_fn", "timer_migration") &&
		      KNOWN("timer", KIND, "hrtimer", FUNCTION, "apic_timer_fn",
			    "pi_inject_timer") &&
		      KNOWN("timer", KIND, "hrtimer", FUNCTION, "pit_timer_fn", "pit=off") &&
		      KNOWN("expiry", KIND, "hrtimer", FUNCTION, "pit_timer_fn", "pit=off"));
	CHECK("advice: who took memory out of its own TLB was asked by nobody",
	      KNOWN("span", FUNCTION, "flush_tlb_mm_range", TASK, "-", "see the IPIs") &&
		      !KNOWN("span", FUNCTION, "flush_tlb_mm_range", TASK, "java", "see the IPIs"));
	CHECK("advice: a CPU that is cooled by doing nothing was woken up by no task's timer",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "wake_up_process<idle_inject_timer_fn<__hrtimer_run_queues<hrtimer_interrupt",
		    "thermald") &&
		      KNOWN("expiry", KIND, "hrtimer", FUNCTION, "idle_inject_timer_fn",
			    "thermald"));
	CHECK("advice: perf that takes long sets up no event",
	      !KNOWN("ipi", KIND, "irq_work", FUNCTION, "perf_duration_warn", "have {task} leave"));
	CHECK("advice: what a module outside Linux does is not on record in its sources",
	      KNOWN("ipi", KIND, "call-function", MODULE, "mlx5_core", "modinfo") &&
		      KNOWN("span", BY, "code", MODULE, "vboxdrv", "modinfo") &&
		      KNOWN("ipi", KIND, "call-function", MODULE, "lkrg", "kint_validate"));
	CHECK("advice: RISC-V has its own names for what other processors do",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "__ipi_flush_tlb_range_asid",
		    "munmap()") &&
		      KNOWN("ipi", FUNCTION, "__ipi_flush_tlb_all", PATH,
			    "a<ksm_scan_thread<b", "mm/ksm/run") &&
		      KNOWN("ipi", KIND, "call-function", FUNCTION, "ipi_remote_fence_i",
			    "run no thread of"));
	CHECK("advice: a network card of wires is none without, nor is a chip of that name",
	      KNOWN("span", BY, "code", MODULE, "ath10k_pci", "BSSID") &&
		      KNOWN("span", BY, "code", MODULE, "8821au", "BSSID") &&
		      !KNOWN("span", BY, "code", MODULE, "r8169", "BSSID") &&
		      !KNOWN("span", BY, "code", MODULE, "mt7621_wdt", "BSSID") &&
		      !KNOWN("span", BY, "code", MODULE, "88pm80x", "BSSID"));
	CHECK("advice: an interrupt that is passed on belongs to a device",
	      KNOWN("ipi", KIND, "irq_work", FUNCTION, "irq_redirect_work", "smp_affinity_list"));
	CHECK("advice: errors of a PCI link come by the thousand, and are no traffic",
	      KNOWN("irq", NAME, "PCIe PME, aerdrv", BY, "often", "noaer") &&
		      KNOWN("irq", NAME, "PCIe PME, pciehp", BY, "often", "ethtool"));
	CHECK("advice: a timer sends a signal, and no task",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "send_sigqueue<posix_timer_fn<__hrtimer_run_queues", "profiler") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "complete_signal<send_signal_locked<posix_cpu_timers_work<task_work_run",
			    "profiler") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "complete_signal<send_signal_locked<__x64_sys_kill<do_syscall_64",
			    "send none"));
	CHECK("advice: a limit of the scheduler is no timer of a task",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "unthrottle_cfs_rq<distribute_cfs_runtime<sched_cfs_period_timer<__hrtimer_run_queues",
		    "cpu.max") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "sched_rt_period_timer<__hrtimer_run_queues<hrtimer_interrupt",
			    "sched_rt_runtime_us"));
	CHECK("advice: what is left to be done in an interrupt is not the doing of any task",
	      KNOWN("ipi", KIND, "irq_work", FUNCTION, "mce_irq_work_cb", "rasdaemon") &&
		      KNOWN("ipi", KIND, "irq_work", MODULE, "i915", "that device") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "do_mmap_read_unlock",
			    "bpftool prog"));
	CHECK("advice: what interrupts often is not all a network card",
	      KNOWN("irq", NAME, "xhci_hcd", BY, "often", "polling rate") &&
		      KNOWN("irq", NAME, "idma64.0, i2c_designware.0", BY, "often", "i2c_hid") &&
		      KNOWN("irq", NAME, "rtc0", BY, "often", "fuser") &&
		      KNOWN("irq", NAME, "eth0", BY, "often", "ethtool") &&
		      KNOWN("irq", NAME, "xhci_hcd", BY, "", "smp_affinity_list, or boot"));
	CHECK("advice: a breakpoint of the kernel is no NMI of perf",
	      KNOWN("span", CONTEXT, "nmi", PATH, "exc_int3", "kprobes/list") &&
		      KNOWN("span", CONTEXT, "nmi", PATH, "exc_debug", "kprobes/list") &&
		      KNOWN("span", CONTEXT, "nmi", PATH, "exc_nmi", "nmi_watchdog"));
	CHECK("advice: a CPU that has its own task run is not interrupted from elsewhere",
	      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<__do_set_cpus_allowed<__schedule<s",
			   "if the other one is ksoftirqd") &&
		      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<a<migrate_enable<run_ksoftirqd<s",
				   "if the other one is ksoftirqd") &&
		      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<try_to_wake_up<invoke_rcu_core<rcu",
				   "rcu_nocbs=") &&
		      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<try_to_wake_up<hrtimer_run_softirq<r",
				   "chrt -f") &&
		      says_of_kick("irq_work_queue<tick_nohz_dep_set_cpu<try_to_wake_up<rt<run_ksoftirqd<k",
				   "where they belong") &&
		      !says_of_kick("irq_work_queue_on<tick_nohz_dep_set_cpu<try_to_wake_up<hrtimer_run_softirq<",
				    "chrt -f"));
	CHECK("advice: who waits for the end of a process by a pidfd is not its parent",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "ttwu_queue_wakelist<try_to_wake_up<pollwake<__wake_up_common<__wake_up<do_notify_parent<do_exit",
		    "have those who start and watch processes") &&
	      KNOWN("ipi", KIND, "call-function", PATH,
		    "ttwu_queue_wakelist<try_to_wake_up<pollwake<__wake_up_common<__wake_up<__send_signal_locked<do_notify_parent<do_exit",
		    "start programs from a process on other CPUs"));
	CHECK("advice: packets that arrived, by a path that is cut before net_rx_action",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<sock_def_readable<udp_rcv<ip_protocol_deliver_rcu<ip_local_deliver",
		    "interrupts of that network card"));
	CHECK("advice: memory that another program brings",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<__wake_userfault<userfaultfd_ioctl<__x64_sys_ioctl",
		    "post-copy"));
	CHECK("advice: a machine check is no NMI of perf",
	      KNOWN("span", CONTEXT, "nmi", PATH, "exc_machine_check", "rasdaemon") &&
		      KNOWN("irq", IRQ, "MCE", NAME, "Machine check exceptions", "rasdaemon") &&
		      KNOWN("irq", IRQ, "SPU", NAME, "Spurious interrupts", "irqbalance"));
	CHECK("advice: interrupts that no handler tells of",
	      says_of_span("sysvec_thermal", "hardirq", "thermald") &&
		      says_of_span("sysvec_threshold", "hardirq", "rasdaemon") &&
		      says_of_span("sysvec_hyperv_callback", "hardirq", "vmbus") &&
		      says_of_span("sysvec_kvm_posted_intr_wakeup_ipi", "hardirq", "vcpupin") &&
		      says_of_span("common_interrupt", "hardirq", "show each of them"));
	CHECK("advice: an interrupt of an SPI bus is not flash memory that is read without any",
	      KNOWN("span", FUNCTION, "dw_spi_irq", BY, "handler", "DMA") &&
		      KNOWN("span", FUNCTION, "dw_spi_exec_mem_op", BY, "code", "flash memory"));
	CHECK("advice: memory cards of all makes",
	      KNOWN("span", FUNCTION, "bcm2835_transfer_block_pio", BY, "code", "that card") &&
		      KNOWN("span", MODULE, "bcm2835", BY, "handler", "that card") &&
		      KNOWN("span", MODULE, "sdhci_pci", BY, "handler", "that card") &&
		      !KNOWN("span", MODULE, "bcm2835_thermal", BY, "handler", "that card"));
	CHECK("advice: a disk, and a virtual device, may be at its interrupt for long",
	      KNOWN("span", FUNCTION, "nvme_irq", BY, "handler", "use_threaded_interrupts") &&
		      KNOWN("span", FUNCTION, "megasas_isr_fusion", BY, "handler", "fewer") &&
		      KNOWN("span", FUNCTION, "vring_interrupt", BY, "handler", "host runs"));
	CHECK("advice: memory that passes through a buffer, or is taken over from a host",
	      KNOWN("span", FUNCTION, "swiotlb_tbl_map_single", BY, "code", "swiotlb=") &&
		      KNOWN("span", FUNCTION, "accept_memory", BY, "code", "accept_memory=eager") &&
		      KNOWN("span", FUNCTION, "free_one_page", BY, "code", "keep its memory") &&
		      KNOWN("span", FUNCTION, "gup_fast_fallback", BY, "code", "O_DIRECT") &&
		      KNOWN("span", FUNCTION, "pcpu_alloc_noprof", BY, "code", "network devices"));
	CHECK("advice: cgroups of each kind",
	      KNOWN("span", FUNCTION, "css_task_iter_next", BY, "code", "fewer cgroups") &&
		      KNOWN("span", FUNCTION, "blkg_destroy_all", BY, "code", "io controller") &&
		      KNOWN("span", FUNCTION, "sched_group_set_shares", BY, "code", "containers") &&
		      KNOWN("span", FUNCTION, "__blkcg_rstat_flush", BY, "code", "io.stat") &&
		      KNOWN("span", FUNCTION, "cgroup_migrate_execute", BY, "code", "clone3()"));
	CHECK("advice: who enters or leaves the kernel is no driver",
	      says_of_span("syscall_exit_to_user_mode", "task", "hwlat") &&
		      says_of_span("irqentry_enter", "task", "hwlat") &&
		      says_of_span("handle_softirqs", "softirq", "hwlat") &&
		      says_of_span("irqentry_enter", "", "which interrupts"));
	CHECK("advice: work that can be done without",
	      KNOWN("expiry", WORK, "fb_flashcursor", FUNCTION, "delayed_work_timer_fn",
		    "cursor_blink") &&
		      KNOWN("timer", WORK, "output_poll_execute", FUNCTION, "delayed_work_timer_fn",
			    "drm_kms_helper") &&
		      KNOWN("timer", WORK, "disk_events_workfn", FUNCTION, "delayed_work_timer_fn",
			    "events_poll_msecs") &&
		      KNOWN("expiry", WORK, "sync_hw_clock", FUNCTION, "sync_timer_callback",
			    "rtcsync") &&
		      KNOWN("expiry", BY, "thread", FUNCTION, "poll_timer_fn", "psi=0"));
	CHECK("advice: a handler that turns its line off has a thread or work to wait for",
	      KNOWN("line", KIND, "disable", FUNCTION, "brcmf_sdiod_oob_irqhandler", "chrt") &&
		      KNOWN("line", KIND, "spurious", NAME, "tpm0", "tpm_tis.interrupts=0") &&
		      !KNOWN("line", KIND, "spurious", NAME, "tpm0", "irqpoll"));
	CHECK("advice: what else interrupts often",
	      KNOWN("irq", NAME, "nvme0q3", BY, "often", "feature-id 8") &&
		      KNOWN("irq", NAME, "tpm0", BY, "often", "tpm_tis.interrupts=0") &&
		      KNOWN("irq", NAME, "acpi", BY, "often", "/sys/firmware/acpi") &&
		      KNOWN("irq", NAME, "INTC1055:00", BY, "often", "i2c_hid") &&
		      KNOWN("irq", NAME, "PIXA3854:00", BY, "often", "i2c_hid") &&
		      KNOWN("irq", NAME, "HISI0162:00", BY, "often", "ethtool"));
}

/* What public reports tell of, and was said wrongly, or of somebody else */
static void test_reports(void)
{
	CHECK("advice: maps of BPF, and no memory for each CPU",
	      KNOWN("span", FUNCTION, "htab_map_update_elem", BY, "code", "bpftool map") &&
	      KNOWN("span", FUNCTION, "bpf_common_lru_pop_free", BY, "code", "bpftool map") &&
	      KNOWN("span", FUNCTION, "pcpu_freelist_pop", BY, "code", "bpftool map") &&
	      KNOWN("span", FUNCTION, "pcpu_alloc", BY, "code", "cgroups"));
	CHECK("advice: drivers of wireless cards by other names",
	      KNOWN("span", MODULE, "8189es", BY, "code", "use a cable") &&
		      KNOWN("span", MODULE, "88XXau", BY, "code", "use a cable") &&
		      KNOWN("span", MODULE, "rtl8192ee", BY, "code", "use a cable") &&
		      KNOWN("span", MODULE, "r8723bs", BY, "code", "use a cable") &&
		      KNOWN("span", MODULE, "mwlwifi", BY, "code", "use a cable"));
	CHECK("advice: drivers with such names that are for no wireless card",
	      !KNOWN("span", MODULE, "rtl8365mb", BY, "code", "use a cable") &&
		      !KNOWN("span", MODULE, "rtl8150", BY, "code", "use a cable") &&
		      !KNOWN("span", MODULE, "8139too", BY, "code", "use a cable") &&
		      !KNOWN("span", MODULE, "88pm800", BY, "code", "use a cable"));
	CHECK("advice: a handler of a module, which may be no part of Linux",
	      KNOWN("span", MODULE, "diagnose", BY, "handler", "modinfo {module}"));
	CHECK("advice: who asks the graphics card again and again",
	      KNOWN("span", MODULE, "nvidia", BY, "code", "nvidia-smi"));
	CHECK("advice: timers that stay, as they were told to",
	      KNOWN("expiry", KIND, "hrtimer", BY, "elsewhere", "kernel.timer_migration=1") &&
		      KNOWN("expiry", KIND, "hrtimer", FUNCTION, "timerfd_tmrproc",
			    "kernel.timer_migration=1") &&
		      KNOWN("expiry", FUNCTION, "tcp_keepalive_timer", KIND, "wheel",
			    "kernel.timer_migration=1"));
	CHECK("advice: buses and wireless cards that interrupt often",
	      KNOWN("irq", NAME, "i801_smbus", BY, "often", "disable_features=0x10") &&
		      KNOWN("irq", NAME, "rtl_pci", BY, "often", "rmmod its driver") &&
		      KNOWN("irq", NAME, "i2c_designware.0", BY, "often", "i2c_hid"));
	CHECK("advice: what a serial port receives, and what is written to it",
	      KNOWN("irq", NAME, "30890000.serial", BY, "often", "pull-up") &&
		      KNOWN("span", FUNCTION, "imx_uart_int", BY, "handler", "pull-up") &&
		      KNOWN("span", FUNCTION, "imx_uart_rxint", BY, "handler", "pull-up") &&
		      !KNOWN("span", FUNCTION, "imx_uart_console_write", BY, "code", "pull-up") &&
		      KNOWN("span", FUNCTION, "serial8250_console_write", BY, "code", "printk"));
	CHECK("advice: work that is queued, and functions that others are to call",
	      KNOWN("span", FUNCTION, "queue_work_on", BY, "code", "default_affinity_scope") &&
		      KNOWN("span", FUNCTION, "smp_call_function_many_cond", BY, "code",
			    "which function it is"));
	CHECK("advice: a timer that is set, and one that expires",
	      KNOWN("span", FUNCTION, "hrtimer_start_range_ns_user", BY, "code", "fewer timers") &&
		      KNOWN("span", FUNCTION, "__lock_timer", BY, "code", "fewer timers") &&
		      !KNOWN("span", FUNCTION, "posix_timer_fn", BY, "handler", "fewer timers"));
	CHECK("advice: a thread that waits for the bus of its device",
	      KNOWN("line", KIND, "oneshot", NAME, "spi0.0", "^spi"));
	CHECK("advice: timers that are waited for come back as IPIs if they go elsewhere",
	      !KNOWN("expiry", KIND, "hrtimer", BY, "task", "timer_migration") &&
		      !KNOWN("expiry", KIND, "hrtimer", BY, "thread", "timer_migration"));
	CHECK("advice: a network card that a task waits for",
	      KNOWN("irq", NAME, "eth0", BY, "often", "unless a task waits for each packet"));
}

/* Handlers that take long, by function */
static bool says_of_handler(const char *function, const char *path, const char *does)
{
	char *field[NR_FIELDS] = {
		[FIELD_FUNCTION] = (char *)function, [FIELD_CONTEXT] = (char *)"hardirq",
		[FIELD_BY] = (char *)"handler", [FIELD_MODULE] = (char *)"",
		[FIELD_PATH] = (char *)path,
	};
	const struct advice *advice = advice_find("span", field);

	return advice && strstr(advice->what_to_do, does);
}

/* Places that turn interrupts off, and work, that no report had told of */
static void test_unreported_kinds(void)
{
	CHECK("advice: an IOMMU that is told by other functions",
	      says_of_span("cache_tag_flush_range", "softirq", "iommu.passthrough=1") &&
		      says_of_span("viommu_sync_req", "task", "iommu.passthrough=1") &&
		      says_of_span("iommu_v1_map_pages", "task", "iommu.passthrough=1"));
	CHECK("advice: PCI devices behind another controller",
	      says_of_span("vmd_pci_read", "task", "/sys/bus/pci/devices") &&
		      says_of_span("_hv_pcifront_read_config", "task", "/sys/bus/pci/devices"));
	CHECK("advice: who waits for an event, with or without a lock of its own",
	      says_of_span("do_wait_intr_irq", "task", "same thing at a time") &&
		      says_of_span("do_wait_intr", "task", "same thing at a time"));
	CHECK("advice: the thread of a virtual machine's console",
	      says_of_span("__hvc_poll", "task", "console=hvc"));
	CHECK("advice: who is sampled by perf does not set it up",
	      says_of_span("perf_swevent_event", "task", "--filter") &&
		      says_of_span("perf_install_in_context", "task", "perf stat -p") &&
		      says_of_span("bpf_mem_cache_free", "task", "bpftool map"));
	CHECK("advice: many objects of the kernel's at a time",
	      says_of_span("__kmem_cache_alloc_bulk", "softirq", "slab_debug"));
	CHECK("advice: firmware that has CPUs kept idle",
	      KNOWN("span", MODULE, "acpi_pad", FUNCTION, "power_saving_thread",
		    "rmmod acpi_pad") &&
		      says_of_span("power_saving_thread", "task", "rmmod acpi_pad"));
	CHECK("advice: who waits for BPF programs that may sleep asks CPUs, and gives them no work",
	      KNOWN("ipi", FUNCTION, "trc_read_check_handler", PATH,
		    "smp_call_function_single<check_all_holdout_tasks_trace<rcu_tasks_wait_gp",
		    "rcu_task_ipi_delay"));
	CHECK("advice: work that is left for a CPU by what ran there",
	      KNOWN("timer", WORK, "xfs_inodegc_worker", KIND, "wheel", "XFS") &&
		      KNOWN("expiry", WORK, "mbm_handle_overflow", KIND, "wheel", "resctrl") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "kick_pool<__queue_work<mod_delayed_work_on<xfs_inodegc_queue_all<b",
			    "mount-points-exclude") &&
		      !KNOWN("timer", WORK, "vmstat_update", KIND, "wheel", "XFS"));
	CHECK("advice: a timer of RCU's own thread, and who keeps RCU waiting",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "irq_work_queue_on<__mod_timer<schedule_timeout<rcu_gp_fqs_loop<rcu_gp_kthread",
		    "taskset -pc") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "irq_work_queue<tick_nohz_dep_set_cpu<__rcu_irq_enter_check_tick",
			    "rcu_nocbs=") &&
		      KNOWN("timer", KIND, "wheel", TASK, "rcu_preempt", "taskset -pc") &&
		      KNOWN("timer", KIND, "wheel", TASK, "app", "timer_migration"));
	CHECK("advice: a device that interrupts is no CPU that starts a timer there",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "irq_work_queue_on<add_timer_on<handle_irq_event<handle_fasteoi_irq<b",
		    "interrupts of devices") &&
		      !KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			     "irq_work_queue_on<add_timer_on<other<b", "interrupts of devices"));
	CHECK("advice: what is done once is no tracer",
	      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
		    "text_poke_bp_batch<static_key_disable<once_deferred<process_one_work",
		    "only once"));
	CHECK("advice: watchdogs that are set up, and tracers that start",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "kick_pool<queue_work_on<smp_call_on_cpu<__lockup_detector_reconfigure<b",
		    "watchdog_cpumask") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<start_per_cpu_kthreads<osnoise_workload_start<b",
			    "rtla"));
	CHECK("advice: a kworker that was started is not woken up by a task",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "ttwu_queue_wakelist<try_to_wake_up<complete<kthread<ret_from_fork<b",
		    "workqueue_queue_work") &&
		      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			     "try_to_wake_up<complete<process_one_work<kthread<ret_from_fork",
			     "workqueue_queue_work"));
	CHECK("advice: memory that a module had for its begin",
	      KNOWN("ipi", FUNCTION, "do_flush_tlb_all", PATH,
		    "__purge_vmap_area_lazy<vfree<do_free_init<process_one_work", "before the") &&
		      !KNOWN("ipi", FUNCTION, "do_flush_tlb_all", PATH,
			     "__purge_vmap_area_lazy<vfree<do_free_init<process_one_work",
			     "the path tells"));
}

/* What the kernel does for files, devices and virtual machines, and nothing was known of */
static void test_reported_kinds(void)
{
	CHECK("advice: requests of files, by each way to make them",
	      says_of_span("aio_complete", "softirq", "io_setup()") &&
		      says_of_span("put_reqs_available", "task", "io_setup()") &&
		      says_of_span("dio_bio_end_aio", "softirq", "io_setup()") &&
		      says_of_span("io_flush_timeouts", "task", "IOSQE_IO_LINK") &&
		      says_of_span("io_prep_async_link", "task", "IOSQE_IO_LINK") &&
		      !says_of_span("io_apic_print_entries", "task", "IOSQE_IO_LINK") &&
		      says_of_span("handle_userfault", "task", "prefault"));
	CHECK("advice: file systems, built in or not, are no devices",
	      says_of_span("ext4_finish_bio", "softirq", "run those that do") &&
		      says_of_span("iomap_finish_folio_read", "softirq", "run those that do") &&
		      KNOWN("span", BY, "code", MODULE, "spl", "threads of the file system") &&
		      KNOWN("span", BY, "code", MODULE, "btrfs", "threads of the file system") &&
		      !KNOWN("span", BY, "code", MODULE, "vhost_net", "threads of the file"));
	CHECK("advice: terminals, signals of files, keys, audit, delays that are accounted",
	      says_of_span("tty_port_open", "task", "terminal") &&
		      says_of_span("__proc_set_tty", "task", "terminal") &&
		      !says_of_span("ttwu_queue_wakelist", "task", "terminal") &&
		      says_of_span("__f_setown", "task", "epoll_wait()") &&
		      says_of_span("key_put", "task", "less often") &&
		      says_of_span("audit_log_lost", "task", "auditctl") &&
		      says_of_span("__delayacct_blkio_ticks", "task", "kernel.task_delayacct"));
	CHECK("advice: who is traced, frozen, or waits for memory that moves",
	      says_of_span("ptrace_resume", "task", "end {task}") &&
		      says_of_span("__x64_sys_ptrace", "task", "end {task}") &&
		      says_of_span("ptrace_stop", "task", "SIGSTOP") &&
		      says_of_span("__refrigerator", "task", "cgroup.freeze") &&
		      says_of_span("migration_entry_wait_on_locked", "task", "numa_balancing"));
	CHECK("advice: packets of AF_XDP, of TCP, and those that are dropped",
	      says_of_span("xsk_cq_submit_locked", "softirq", "XDP_ZEROCOPY") &&
		      says_of_span("tcp_wfree", "softirq", "send and receive less") &&
		      says_of_span("trace_drop_common", "softirq", "dropwatch"));
	CHECK("advice: another scheduler that ends by an error",
	      says_of_span("scx_dump_state", "hardirq", "systemctl stop scx") &&
		      says_of_handler("scx_disable_irq_workfn", "sysvec_irq_work",
				      "systemctl stop scx") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "scx_ops_error_irq_workfn",
			    "kernel log tells") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "kick_cpus_irq_workfn",
			    "leaves these CPUs alone"));
	CHECK("advice: firmware that is asked, by each of its ways",
	      says_of_span("acpi_os_acquire_lock", "task", "/sys/firmware/acpi") &&
		      says_of_span("scmi_xfer_get", "task", "sensor") &&
		      says_of_span("tegra_bpmp_free_mrq", "task", "sensor") &&
		      says_of_span("acpi_idle_enter", "idle", "max_cstate"));
	CHECK("advice: a CPU that is taken offline counts nothing for a program",
	      says_of_span("percpu_counter_cpu_dead", "task", "cpuN/online") &&
		      says_of_span("percpu_counter_add_batch", "task", "fewer processes"));
	CHECK("advice: a machine that sleeps",
	      says_of_span("arch_suspend_disable_irqs", "task", "systemd-inhibit") &&
		      says_of_span("create_image", "task", "systemd-inhibit"));
	CHECK("advice: drivers that are built in, as those of small boards",
	      says_of_span("bcm2835_gpio_set", "task", "several pins") &&
		      says_of_span("spi_finalize_current_message", "task",
				   "interrupt of the bus") &&
		      says_of_span("macb_start_xmit", "softirq", "ethtool -S") &&
		      says_of_span("l2c310_inv_range_erratum", "task", "smaller buffers") &&
		      says_of_span("bcm2835_dma_issue_pending", "task", "larger buffers") &&
		      says_of_span("dma_pool_alloc", "task", "which device it is") &&
		      says_of_span("dma_fence_signal", "task", "graphical session") &&
		      says_of_span("clk_gate_endisable", "task", "keep devices awake") &&
		      says_of_span("ata_scsi_queuecmd", "task", "errors and resets") &&
		      says_of_span("ata_sff_data_xfer32", "task", "DMA instead") &&
		      says_of_handler("macb_interrupt", "common_interrupt", "rx-usecs") &&
		      says_of_handler("bcmgenet_isr0", "el1h_64_irq_handler", "rx-usecs"));
	CHECK("advice: guests and hosts of each kind",
	      says_of_span("kvm_vgic_inject_irq", "task", "virtual CPUs bound") &&
		      says_of_span("gnttab_handle_deferred", "softirq", "grant_table") &&
		      says_of_span("virtio_config_changed", "task", "that device less") &&
		      says_of_span("virtio_queue_rq", "task", "errors and resets") &&
		      says_of_span("xen_flush_tlb_multi", "task", "munmap()") &&
		      says_of_span("vfio_intx_handler", "hardirq", "MSI-X"));
	CHECK("advice: who took a lock is not known while the ends of functions are traced",
	      says_of_span("_raw_spin_lock_irqsave", "task", "current_tracer") &&
		      says_of_span("_raw_write_lock_irq", "", "current_tracer") &&
		      KNOWN("span", WAITED, "most", FUNCTION, "_raw_spin_lock_irq",
			    "another CPU"));
	CHECK("advice: what programs of every day do",
	      says_of_span("__x64_sys_setpgid", "task", "processes and threads") &&
		      says_of_span("cgroup_can_fork", "task", "fewer cgroups") &&
		      says_of_span("wakeup_count_show", "task", "read that less often") &&
		      says_of_span("nmi_cpu_backtrace", "task", "kernel log") &&
		      says_of_span("do_sched_yield", "task", "share this CPU"));
	CHECK("advice: who leaves the kernel and makes others late is no driver either",
	      says_of_span("syscall_exit_to_user_mode", "", "hwlat") &&
		      says_of_span("exc_page_fault", "", "hwlat"));
	CHECK("advice: softirqs that are let run take next to no time themselves",
	      says_of_span("__local_bh_enable_ip", "task", "hwlat") &&
		      says_of_span("__local_bh_enable_ip", "softirq", "hwlat"));
	CHECK("advice: threads of interrupts are no lines that are set up",
	      says_of_span("irq_finalize_oneshot", "task", "bind that thread") &&
		      says_of_span("__setup_irq", "task", "irqbalance"));
	CHECK("advice: a module that looks through all processes drives nothing",
	      KNOWN("span", BY, "code", MODULE, "lkrg", "lkrg.interval"));
	CHECK("advice: Bluetooth is no wireless network",
	      KNOWN("span", BY, "code", MODULE, "btusb", "rfkill block bluetooth") &&
		      KNOWN("span", BY, "code", MODULE, "btmtk_usb", "rfkill block bluetooth") &&
		      !KNOWN("span", BY, "code", MODULE, "btrfs", "rfkill"));
	CHECK("advice: microcode, and not the clock, stops the machine",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "stop_machine_cpuslocked<load_late_locked<reload_store<kernfs_fop_write_iter",
		    "initrd") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "stop_machine_cpuslocked<microcode_reload_late<reload_store<b",
			    "initrd") &&
		      !KNOWN("ipi", FUNCTION, "-", PATH,
			     "stop_machine<timekeeping_notify<clocksource_select", "initrd"));
	CHECK("advice: functions that tracers, schedulers and RCU have called",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "disable_trace_buffered_event",
		    "filters and triggers") &&
		      KNOWN("ipi", KIND, "call-function", FUNCTION, "etm4_enable_hw_smp_call",
			    "cs_etm") &&
		      KNOWN("ipi", KIND, "call-function", FUNCTION, "__hrtick_start",
			    "NO_HRTICK") &&
		      KNOWN("ipi", KIND, "call-function", FUNCTION, "__bpf_arch_ibpb",
			    "bpf_jit_enable") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "late_wakeup_func",
			    "RCU threads") &&
		      KNOWN("ipi", KIND, "irq_work", FUNCTION, "irq_dma_fence_array_work",
			    "draw or compute"));
	CHECK("advice: what is put into a container comes to its CPUs",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "resched_curr<wakeup_preempt<move_queued_task<migration_cpu_stop<b",
		    "exec_cpu_affinity"));
	CHECK("advice: the IOMMU tells of faults, and sends no packets",
	      KNOWN("irq", NAME, "arm-smmu-v3-evtq", BY, "often", "firmware") &&
		      KNOWN("irq", NAME, "dmar0", BY, "", "iommu.passthrough") &&
		      KNOWN("irq", NAME, "AMD-Vi", BY, "often", "iommu.passthrough"));
	CHECK("advice: sound and disks that interrupt often",
	      KNOWN("irq", NAME, "snd_hda_intel:card0", BY, "often", "longer periods") &&
		      KNOWN("irq", NAME, "ahci[0000:00:1f.2]", BY, "often", "larger blocks") &&
		      KNOWN("irq", NAME, "mmc0", BY, "often", "larger blocks") &&
		      KNOWN("irq", NAME, "virtio0-req.0", BY, "often", "larger blocks") &&
		      !KNOWN("irq", NAME, "virtio0-input.0", BY, "often", "larger blocks"));
}

/* IPIs that were taken for something else: what they were, found by replaying public reports */
static void test_reported_ipis(void)
{
	CHECK("advice: a process that ends takes its threads along, and nobody is scheduled",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "zap_other_threads<do_group_exit<__x64_sys_exit_group<do_syscall_64",
		    "run threads of such processes on other CPUs") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "signal_wake_up_state<zap_other_threads<begin_new_exec<load_elf_binary",
			    "run threads of such processes on other CPUs") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "complete_signal<__send_signal_locked<do_send_sig_info<kill_pid_info",
			    "send none"));
	CHECK("advice: memory of a process that ended is unmapped by no munmap()",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "flush_tlb_mm_range<tlb_finish_mmu<exit_mmap<__mmput<begin_new_exec",
		    "start another program") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "flush_tlb_mm_range<tlb_finish_mmu<vms_clear_ptes<__vm_munmap",
			    "avoid munmap()"));
	CHECK("advice: a parent is told of its child, which cannot but end",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "__send_signal_locked<do_notify_parent<do_exit<do_group_exit", "SIG_DFL") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "__wake_up_sync_key<do_notify_parent_cldstop<ptrace_stop<ptrace_notify",
			    "run that tracer on another CPU") &&
		      !KNOWN("ipi", KIND, "irq_work", PATH,
			     "tick_nohz_dep_set_cpu<enqueue_task_fair<do_notify_parent<do_exit",
			     "SIG_DFL"));
	CHECK("advice: who is killed because memory is short",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "complete_signal<do_send_sig_info<__oom_kill_process<oom_kill_process",
		    "oom_score_adj") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "flush_tlb_mm_range<tlb_finish_mmu<__oom_reap_task_mm<oom_reaper",
			    "oom_score_adj"));
	CHECK("advice: a machine that goes to sleep",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "freeze_task<try_to_freeze_tasks<freeze_processes<pm_suspend",
		    "mask sleep.target") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<__thaw_task<thaw_processes<pm_suspend",
			    "mask sleep.target") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "text_poke_bp_batch<static_key_slow_dec<thaw_processes<pm_suspend",
			    "let the machine not sleep") &&
		      !KNOWN("ipi", KIND, "reschedule", PATH,
			     "freeze_task<freeze_cgroup<freezer_apply_state<freezer_write",
			     "mask sleep.target"));
	CHECK("advice: RCU that waits in order to save power needs no tick",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "__mod_timer<wake_nocb_gp_defer.constprop.0.isra.0<__call_rcu_nocb_wake<b",
		    "enable_rcu_lazy=0") &&
		      KNOWN("timer", KIND, "wheel", FUNCTION, "do_nocb_deferred_wakeup_timer",
			    "rcu_nocb_poll") &&
		      !KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			     "irq_work_queue<tick_nohz_dep_set_cpu<__rcu_irq_enter_check_tick",
			     "enable_rcu_lazy=0"));
	CHECK("advice: a huge page of which a part is given back is moved nowhere",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "try_to_migrate<split_huge_page_to_list_to_order<madvise_free_huge_pmd",
		    "free whole huge pages only") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "try_to_migrate<split_huge_page_to_list<migrate_pages<do_pages_move",
			    "move_pages()") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "try_to_migrate<split_huge_page_to_list<shrink_folio_list",
			    "mlockall()"));
	CHECK("advice: a huge page that is put on a list is not split",
	      says_of_span("deferred_split_folio", "task", "shrink_underused") &&
		      says_of_span("__folio_unqueue_deferred_split", "task", "shrink_underused") &&
		      !says_of_span("deferred_split_scan", "task", "shrink_underused"));
	CHECK("advice: who wanted memory that was being moved is woken up by no task",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<folio_wake_bit<migrate_folio_move<migrate_pages_batch<b",
		    "kernel.numa_balancing=0") &&
		      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			     "try_to_wake_up<folio_wake_bit<folio_end_read<handle_irq_event<b",
			     "kernel.numa_balancing=0"));
	CHECK("advice: to change a nice value makes no task ready",
	      KNOWN("ipi", KIND, "reschedule", PATH,
		    "set_user_nice<set_one_prio<__do_sys_setpriority<do_syscall_64", "renice") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "update_curr<dequeue_entity<dequeue_task_fair<set_user_nice<b",
			    "renice"));
	CHECK("advice: who is woken up by a signal",
	      KNOWN("ipi", KIND, "call-function", PATH,
		    "try_to_wake_up<prepare_signal<__send_signal_locked<do_send_sig_info<b",
		    "cpulimit") &&
		      KNOWN("ipi", KIND, "call-function", PATH,
			    "try_to_wake_up<complete_signal<__send_signal_locked<kill_pid_info",
			    "cpulimit") &&
		      says_of_span("do_notify_parent_cldstop", "task", "nobody stop"));
	CHECK("advice: who waited for a lock is woken up by who had it",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "wake_up_q<rwsem_wake.isra.0<up_read<m_stop<seq_read_iter<b",
		    "/proc/PID/statm") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "wake_up_q<rwsem_wake<up_read<show_smaps_rollup<seq_read_iter<b",
			    "/proc/PID/statm") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "wake_up_q<rwsem_wake<up_read<__mm_populate<vm_mmap_pgoff<b",
			    "map all memory before") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<wake_up_q<__mutex_unlock_slowpath.constprop.0<b",
			    "map all memory before") &&
		      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			     "try_to_wake_up<wake_up_q<futex_wake<do_futex", "map all memory"));
	CHECK("advice: who waited for the console",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "try_to_wake_up<wake_up_q<up<__up_console_sem.constprop.0<console_unlock<b",
		    "not use the console") &&
		      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			     "try_to_wake_up<wake_up_q<up<hid_hw_close<b",
			     "not use the console"));
	CHECK("advice: who waited for RCU, or for a kworker, is not who does the waking",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "wakeup_preempt<try_to_wake_up<complete<srcu_invoke_callbacks<process_one_work<b",
		    "only woke it up") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "try_to_wake_up<complete<rcu_do_batch<rcu_nocb_cb_kthread<kthread",
			    "only woke it up") &&
		      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			    "try_to_wake_up<complete<process_one_work<worker_thread<kthread",
			    "only woke it up") &&
		      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
			     "try_to_wake_up<swake_up_one_online<rcu_report_qs_rnp<rcu_core",
			     "only woke it up"));
	CHECK("advice: a setting in /sys that patches the kernel is no tracer",
	      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
		    "text_poke_bp_batch<static_key_disable<enabled_store<kernfs_fop_write_iter<b",
		    "the path tells which one") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "arch_static_call_transform_queue<sched_dynamic_write<full_proxy_write",
			    "the path tells which one") &&
		      !KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			     "static_key_enable<tracepoint_add_func<event_enable_write<vfs_write",
			     "the path tells which one"));
	CHECK("advice: a limit of CPU time is one that was set",
	      KNOWN("tick", DEPENDENCY, "POSIX_TIMER", TASK, "a", "/proc/PID/limits"));
	CHECK("advice: the first cgroup whose memory is counted",
	      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
		    "text_poke_bp_batch<static_key_slow_inc<mem_cgroup_css_alloc<cgroup_mkdir",
		    "one such cgroup") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "text_poke_bp_batch<static_key_slow_dec<mem_cgroup_css_free<b",
			    "one such cgroup"));
	CHECK("advice: a timer that wakes up threads of RCU",
	      says_of_span("do_nocb_deferred_wakeup_timer", "softirq", "rcu_nocbs"));
	CHECK("advice: who asks RCU to hurry can be found out",
	      KNOWN("ipi", FUNCTION, "rcu_exp_handler", KIND, "call-function",
		    "-l synchronize_rcu_expedited"));
}

/* Timers that start anew each time, and stay where something was set up */
static void test_reported_timers(void)
{
	CHECK("advice: work that any CPU could do",
	      KNOWN("expiry", WORK, "phy_state_machine", FUNCTION, "delayed_work_timer_fn",
		    "workqueue.power_efficient=1") &&
		      KNOWN("timer", WORK, "thermal_zone_device_check", FUNCTION,
			    "delayed_work_timer_fn", "workqueue.power_efficient=1") &&
		      KNOWN("expiry", WORK, "gc_worker [nf_conntrack]", FUNCTION,
			    "delayed_work_timer_fn", "workqueue.power_efficient=1") &&
		      !KNOWN("expiry", WORK, "vmstat_update", FUNCTION, "delayed_work_timer_fn",
			     "power_efficient"));
	CHECK("advice: work of a module is known as that of the kernel",
	      KNOWN("expiry", WORK, "output_poll_execute [drm_kms_helper]", FUNCTION,
		    "delayed_work_timer_fn", "drm_kms_helper") &&
		      KNOWN("timer", WORK, "phy_state_machine [libphy]", FUNCTION,
			    "delayed_work_timer_fn", "power_efficient"));
	CHECK("advice: work of KFENCE and of RCU",
	      KNOWN("expiry", WORK, "toggle_allocation_gate", FUNCTION, "delayed_work_timer_fn",
		    "kfence.sample_interval=0") &&
		      KNOWN("timer", WORK, "kfree_rcu_monitor", FUNCTION, "delayed_work_timer_fn",
			    "rcu_nocbs= does not") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "srcu_delay_timer", "timer_start"));
	CHECK("advice: timers of the kernel that watch over something",
	      KNOWN("expiry", KIND, "wheel", FUNCTION, "wq_watchdog_timer_fn",
		    "watchdog_thresh") &&
		      KNOWN("expiry", KIND, "hrtimer", FUNCTION, "watchdog_timer_expired",
			    "RuntimeWatchdogSec") &&
		      KNOWN("expiry", KIND, "hrtimer", FUNCTION, "watchdog_timer_fn",
			    "watchdog_cpumask") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "idle_worker_timeout",
			    "workqueue_queue_work"));
	CHECK("advice: timers of what blinks, is polled, or was set up there",
	      KNOWN("expiry", KIND, "wheel", FUNCTION, "led_heartbeat_function",
		    "echo none > trigger") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "rh_timer_func", "USB devices") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "serial8250_timeout",
			    "setserial") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "hsr_announce", "set it up") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "est_timer", "set it up") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "gnttab_handle_deferred",
			    "grant_table") &&
		      KNOWN("expiry", KIND, "wheel", FUNCTION, "writeout_period",
			    "read and write"));
}

static void test_advice(void)
{
	char *field[NR_FIELDS] = { [FIELD_TASK] = "cyclictest", [FIELD_CPUS] = "1" };
	char *text;

	advice_load(NULL);
	CHECK("advice: timers that left",
	      KNOWN("timer", KIND, "hrtimer", FUNCTION, "any", "kernel.timer_migration=0"));
	CHECK("advice: delayed work that left",
	      KNOWN("timer", KIND, "wheel", FUNCTION, "delayed_work_timer_fn",
		    "does not change that"));
	CHECK("advice: TLB",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "flush_tlb_func", "munmap()"));
	CHECK("advice: TLB of a process that KSM looks at",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH, "a<ksm_scan_thread<b", "mm/ksm/run"));
	CHECK("advice: TLB, because a BPF program was loaded",
	      KNOWN("ipi", FUNCTION, "do_flush_tlb_all", PATH, "a<bpf_int_jit_compile<b",
		    "bpf_jit_enable"));
	CHECK("advice: a CPU that goes offline wants the tick of others",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "a<rcutree_offline_cpu<cpuhp_invoke_callback<b", "online"));
	CHECK("advice: who stops a CPU queues no work",
	      !KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		     "try_to_wake_up<cpu_stop_queue_work<b", "queued it"));
	CHECK("advice: membarrier()",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "ipi_mb", "run no thread of"));
	CHECK("advice: membarrier() by its path", KNOWN("ipi", PATH, "a<__x64_sys_membarrier<b",
							FUNCTION, "f", "run no thread of"));
	CHECK("advice: code that is patched",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "do_sync_core", "before the workload"));
	CHECK("advice: expedited RCU",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "rcu_exp_handler", "rcu_normal"));
	CHECK("advice: callbacks of RCU that somebody waits for",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "rcu_barrier_handler", "the path") &&
		      strcmp(advice_for("ipi", FIELD_KIND, "call-function", FIELD_FUNCTION,
					"rcu_exp_handler"),
			     advice_for("ipi", FIELD_KIND, "call-function", FIELD_FUNCTION,
					"rcu_barrier_handler")));
	CHECK("advice: who freezes a task does not wake it up",
	      KNOWN("ipi", FUNCTION, "sched_ttwu_pending", PATH,
		    "a<try_to_wake_up<cgroup_freeze_task<b", "cgroup of its own"));
	CHECK("advice: a static key of the network",
	      KNOWN("ipi", FUNCTION, "do_sync_core", PATH, "a<static_key_enable<netstamp_clear<b",
		    "SO_TIMESTAMP") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "a<static_key_enable<process_one_work<b", "SO_TIMESTAMP") &&
		      !KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			     "a<static_key_enable<once_deferred<process_one_work<b",
			     "SO_TIMESTAMP"));
	CHECK("advice: a timer of the scheduler is no driver's",
	      KNOWN("span", PATH, "sysvec_apic_timer_interrupt", BY, "handler", "what arms it") &&
		      KNOWN("span", FUNCTION, "sched_cfs_period_timer", BY, "handler", "cpu.max"));
	CHECK("advice: who was late for the way out of idle is told the same as of the span",
	      KNOWN("span", FUNCTION, "do_idle", BY, "code", "max_cstate") &&
		      KNOWN("span", FUNCTION, "tick_nohz_idle_exit", BY, "code", "max_cstate"));
	CHECK("advice: what is traced is not to move away",
	      KNOWN("ipi", KIND, "irq_work", FUNCTION, "perf_pending_irq", "pgrep -a perf") &&
		      !KNOWN("ipi", KIND, "irq_work", FUNCTION, "perf_pending_irq",
			     "have {task} leave"));
	CHECK("advice: a timer that came is none that left",
	      KNOWN("timer", KIND, "wheel", BY, "came", "for other CPUs") &&
		      KNOWN("timer", KIND, "wheel", BY, "left", "timer_migration"));
	CHECK("advice: RCU wants the tick",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH, "a<__rcu_irq_enter_check_tick<b",
		    "rcu_nocbs"));
	CHECK("advice: somebody wants the tick",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH, "a<b", "taskset"));
	CHECK("advice: work that needs the tick is told of as that which calls the scheduler",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "a<enqueue_task_fair<try_to_wake_up<kick_pool<b", "what queued it") &&
		      KNOWN("ipi", FUNCTION, "-", PATH, "a<try_to_wake_up<kick_pool<b",
			    "what queued it") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "a<kick_pool<schedule_on_each_cpu<vmstat_refresh<b", "sysctl -a") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "a<queue_work_on<__lru_add_drain_all<drop_caches_sysctl_handler<b",
			    "cgroup with"));
	CHECK("advice: work is no doing of the fair server, whose remedy would hold it up",
	      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
		    "a<dl_server_start<kick_pool<schedule_on_each_cpu<overcommit_policy_handler<b",
		    "sysctl.d") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "a<enqueue_dl_entity<dl_server_start<enqueue_task_fair<b",
			    "who woke it up") &&
		      KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH,
			    "a<enqueue_dl_entity<dl_task_timer<b", "fair_server"));
	CHECK("advice: no mask keeps work on each CPU away",
	      KNOWN("ipi", FUNCTION, "-", PATH, "a<kick_pool<schedule_on_each_cpu<b",
		    "nor a mask") &&
		      KNOWN("ipi", FUNCTION, "-", PATH,
			    "a<kick_pool<__lru_add_drain_all<memfd_fcntl<b",
			    "F_SEAL_FUTURE_WRITE"));
	CHECK("advice: NUMA balancing hands over work by the tick, which io_uring does not",
	      KNOWN("ipi", FUNCTION, "-", PATH, "task_work_add<task_tick_fair<sched_tick_remote<b",
		    "numa_balancing=0") &&
		      KNOWN("ipi", FUNCTION, "-", PATH, "task_work_add<io_req_task_work_add<b",
			    "IORING_SETUP_COOP_TASKRUN"));
	CHECK("advice: settings and memory that kernels of distributions have",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "a<uffd_wp_range<mwriteprotect_range<userfaultfd_ioctl<b", "leave that") &&
		      KNOWN("ipi", FUNCTION, "do_kernel_range_flush", PATH,
			    "a<flush_tlb_kernel_range<secretmem_fault<b", "that memory before") &&
		      KNOWN("ipi", KIND, "reschedule", PATH,
			    "a<stop_machine_cpuslocked<mtrr_del_page<mtrr_write<b", "graphics") &&
		      KNOWN("ipi", FUNCTION, "do_sync_core", PATH,
			    "a<static_key_disable<sysctl_schedstats<proc_sys_call_handler<b",
			    "sysctl.d"));
	CHECK("advice: a tracer that ends has work done on each CPU",
	      KNOWN("ipi", FUNCTION, "-", PATH,
		    "a<kick_pool<schedule_on_each_cpu<rcu_tasks_one_gp<b", "bpftrace"));
	CHECK("advice: a process that forks, and one that unmaps",
	      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
		    "a<ptep_clear_flush<__handle_mm_fault<handle_mm_fault<b", "vfork()") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH, "a<dup_mmap<b", "vfork()") &&
		      !KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			     "a<ptep_clear_flush<try_to_unmap_one<b", "vfork()") &&
		      KNOWN("ipi", FUNCTION, "flush_tlb_func", PATH,
			    "a<move_page_tables<__do_sys_mremap<b", "mremap()"));
	CHECK("advice: what has rcu in its name is not RCU",
	      !KNOWN("ipi", FUNCTION, "nohz_full_kick_func", PATH, "a<irq_exit_rcu<b",
		     "rcu_nocbs"));
	CHECK("advice: RCU asks for the scheduler",
	      KNOWN("ipi", KIND, "reschedule", PATH, "resched_cpu<rcu_gp_fqs_loop<kthread",
		    "rcu_nocbs"));
	CHECK("advice: a task is moved",
	      KNOWN("ipi", KIND, "reschedule", PATH, "a<migration_cpu_stop<b", "affinities"));
	CHECK("advice: another reschedule",
	      KNOWN("ipi", KIND, "reschedule", PATH, "a<b", "isolcpus=domain"));
	CHECK("advice: registers are read",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "__rdmsr_on_cpu", "turbostat"));
	CHECK("advice: perf",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "remote_function", "perf -C"));
	CHECK("advice: a wake-up",
	      KNOWN("ipi", KIND, "call-function", FUNCTION, "sched_ttwu_pending", "same CPU"));
	CHECK("advice: a call that is not known",
	      !*advice_for("ipi", FIELD_KIND, "call-function", FIELD_FUNCTION, "f"));
	CHECK("advice: each reason for the tick",
	      KNOWN("tick", DEPENDENCY, "SCHED", TASK, "-", "taskset") &&
		      KNOWN("tick", DEPENDENCY, "POSIX_TIMER", TASK, "-", "CLOCK_MONOTONIC") &&
		      KNOWN("tick", DEPENDENCY, "PERF_EVENTS", TASK, "-", "perf record -c") &&
		      KNOWN("tick", DEPENDENCY, "CLOCK_UNSTABLE", TASK, "-", "tsc=reliable") &&
		      KNOWN("tick", DEPENDENCY, "RCU", TASK, "-", "rcu_nocbs") &&
		      !*advice_for("tick", FIELD_DEPENDENCY, "-", FIELD_TASK, "-"));
	CHECK("advice: a device", KNOWN("irq", NAME, "eth0", IRQ, "5", "smp_affinity_list"));
	CHECK("advice: each kind of line",
	      KNOWN("line", KIND, "oneshot", NAME, "x", "chrt") &&
		      KNOWN("line", KIND, "spurious", NAME, "x", "irqpoll") &&
		      KNOWN("line", KIND, "disable", NAME, "x", "report") &&
		      KNOWN("line", KIND, "suspend", NAME, "x", "nothing"));
	CHECK("advice: a wait for a lock",
	      KNOWN("span", WAITED, "most", FUNCTION, "x", "another CPU"));
	CHECK("advice: a serial port",
	      KNOWN("span", FUNCTION, "serial8250_do_startup", TASK, "x", "printk"));
	CHECK("advice: a handler", KNOWN("span", PATH, "-", BY, "handler", "threadirqs"));
	CHECK("advice: a function that was called",
	      KNOWN("span", PATH, "sysvec_call_function_single", BY, "handler", "see the IPIs"));
	CHECK("advice: the function of a timer",
	      KNOWN("span", PATH, "sysvec_apic_timer_interrupt", BY, "handler", "what arms it"));
	CHECK("advice: the tick, and an interrupt in which nothing took longer",
	      KNOWN("span", FUNCTION, "tick_nohz_handler", BY, "handler", "boot with nohz_full") &&
		      KNOWN("span", FUNCTION, "tick_nohz_handler", BY, "interrupt", "if not"));
	CHECK("advice: what a CPU does that is idle is not all for sleep",
	      KNOWN("span", CONTEXT, "idle", BY, "code", "irqspan record --stack"));
	CHECK("advice: a module", KNOWN("span", MODULE, "e1000e", BY, "code", "get_maintainer"));
	CHECK("advice: code of the kernel itself",
	      KNOWN("span", BY, "code", FUNCTION, "x", "irqspan record"));
	CHECK("advice: a span that is not known",
	      !*advice_for("span", FIELD_FUNCTION, "x", FIELD_MODULE, ""));

	test_inlined_spans();
	test_waited_for();
	test_wrong_blame();
	text = advice_fill("keep {task} off {cpus}, see {irq}", field);
	CHECK("advice: what was found is put in",
	      !strcmp(text, "keep cyclictest off 1, see (irq)"));
	free(text);
	field[FIELD_TASK] = (char *)"-";
	text = advice_fill("move {task}", field);
	CHECK("advice: what is not known", !strcmp(text, "move the task behind it"));
	free(text);
	field[FIELD_TASK] = (char *)"swapper/0";
	text = advice_fill("have {task} wait", field);
	CHECK("advice: an idle CPU does nothing of its own",
	      !strcmp(text, "have the task behind it wait"));
	free(text);
	field[FIELD_TASK] = (char *)"kworker/u8:1";
	text = advice_fill("have {task} wait", field);
	CHECK("advice: a kworker does what others queue",
	      !strcmp(text, "have what queues the work of that kworker wait"));
	free(text);
	field[FIELD_WORK] = (char *)"cleanup_net";
	text = advice_fill("have {task} wait", field);
	CHECK("advice: work that is known",
	      !strcmp(text, "have what queues the work cleanup_net wait"));
	free(text);
}

static double metric(const struct metrics *metrics, const char *line)
{
	char *text, *at;
	double value = -1;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	metrics_print(metrics, to, true);
	fclose(to);
	at = strstr(text, line);
	if (at)
		value = strtod(at + strlen(line), NULL);
	free(text);
	return value;
}

static void test_metrics(void)
{
	static const char stats[] =
		"# type id name spans total min p50 p90 p99 p99.9 max caller handler handler_ns waited comm\n"
		"cpu 0 - %u %u 36 67 367 16383 106495 26303594 f - 0 0 t\n"
		"# lost_lines 0\n# generation %u\n";
	static const char hist[] =
		"# type id name low high count\n"
		"cpu 0 - 56 59 %u\n"
		"cpu 0 - 64 67 1\n"
		"# generation %u\n";
	static const struct {
		unsigned int spans, generation, rises_to;
	} steps[] = {
		{ 10, 0, 10 }, { 25, 0, 25 }, { 3, 1, 28 }, { 4, 1, 29 }, { 0, 2, 29 },
	};
	struct metrics *metrics = metrics_new(NULL);
	bool good = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		char text[512];
		struct snapshot snapshot = { 0 };

		snprintf(text, sizeof(text), stats, steps[i].spans, steps[i].spans * 100,
			 steps[i].generation);
		snapshot.stats = table_of(text);
		snprintf(text, sizeof(text), hist, steps[i].spans, steps[i].generation);
		snapshot.hist = table_of(text);
		metrics_update(metrics, &snapshot);
		good &= metric(metrics,
			       "irqspan_span_seconds_bucket{cpu=\"0\",le=\"0.000000063\"} ") ==
			steps[i].rises_to;
		good &= metric(metrics, "irqspan_span_seconds_sum{cpu=\"0\"} ") >
			steps[i].rises_to * 0.000000099;
		table_free(snapshot.stats);
		table_free(snapshot.hist);
	}
	CHECK("metrics: counters rise, also when they are cleared", good);
	CHECK("metrics: what is counted above a bound is not below it",
	      metric(metrics, "irqspan_span_seconds_bucket{cpu=\"0\",le=\"0.000000127\"} ") == 32 &&
		      metric(metrics, "irqspan_span_seconds_count{cpu=\"0\"} ") == 32);
	metrics_free(metrics);
}

/* One reading of files of which some were cleared */
static void update_lost(struct metrics *metrics, const char *spans, const char *timers)
{
	struct snapshot snapshot = {
		.stats	= table_of(spans),
		.hist	= table_of("# type id name low high count\n"
				   "cpu 0 - 64 67 1\n# generation 1\n"),
		.timers	= table_of(timers),
	};

	metrics_update(metrics, &snapshot);
	table_free(snapshot.stats);
	table_free(snapshot.hist);
	table_free(snapshot.timers);
}

#define SPANS(total, lost, generation) \
	"# type id name spans total min p50\ncpu 0 - 1 " total " 1 1\n# lost_lines " lost \
	"\n# generation " generation "\n"
#define TIMERS(lost, generation) \
	"# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug\n" \
	"# lost_wakes " lost "\n# generation " generation "\n"

static void test_cleared_metrics(void)
{
	struct metrics *metrics = metrics_new(NULL);

	update_lost(metrics, SPANS("9000000000", "5", "1"), TIMERS("3", "1"));
	update_lost(metrics, SPANS("9000000000", "5", "1"), TIMERS("1", "2"));
	CHECK("metrics: what is lost, when one table was cleared",
	      metric(metrics, "irqspan_lost_total{kind=\"stats\"} ") == 5 &&
		      metric(metrics, "irqspan_lost_total{kind=\"timers\"} ") == 4);
	/* Here stats was read after they were cleared, and hist before. */
	update_lost(metrics, SPANS("1000000000", "0", "2"), TIMERS("1", "2"));
	CHECK("metrics: a sum that was cleared before the histogram was read",
	      metric(metrics, "irqspan_span_seconds_sum{cpu=\"0\"} ") == 10);
	metrics_free(metrics);
}

/* CPU 1 came later, CPU 2 never. */
static void test_other_cpus(void)
{
	struct snapshot snapshot = {
		.stats	= table_of("# type id name spans total min p50\ncpu 0 - 0 0 1 1\n"
				   "cpu 1 - 1 70 1 1\ncpu 2 - 0 0 1 1\n# generation 1\n"),
		.hist	= table_of("# type id name low high count\n"
				   "cpu 1 - 64 67 1\n# generation 1\n"),
	};
	struct metrics *metrics;
	struct set cpus = { 0 };

	set_add(&cpus, 0);
	metrics = metrics_new(&cpus);
	metrics_add_others(metrics);
	metrics_update(metrics, &snapshot);
	CHECK("metrics: CPUs that come",
	      metric(metrics, "irqspan_span_seconds_count{cpu=\"0\"} ") == 0 &&
		      metric(metrics, "irqspan_span_seconds_count{cpu=\"1\"} ") == 1 &&
		      metric(metrics, "irqspan_span_seconds_count{cpu=\"2\"} ") == -1);
	metrics_free(metrics);
	set_free(&cpus);
	table_free(snapshot.stats);
	table_free(snapshot.hist);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--json")) {
		advice_load(NULL);
		print_documented_json();
		return 0;
	}
	test_sets();
	test_units();
	test_names();
	test_shown_names();
	test_tables();
	test_difference();
	test_same_keys();
	test_percentiles_between();
	test_hists();
	test_advice();
	test_reported_spans();
	test_reports();
	test_reported_kinds();
	test_unreported_kinds();
	test_reported_ipis();
	test_reported_timers();
	test_actions();
	test_reasons();
	test_documented();
	test_alike();
	test_longest();
	test_open();
	test_interrupts();
	test_interrupts_new();
	test_interrupts_hotplug();
	test_softirqs();
	test_steal();
	test_expiries();
	test_tick_of_isolated();
	test_late_waiter();
	test_late_path();
	test_besides();
	test_spans();
	test_many_tasks();
	test_metrics();
	test_cleared_metrics();
	test_other_cpus();
	test_elsewhere();
	test_run();
	test_http();
	printf("1..%u\n", nr);
	return failed != 0;
}
