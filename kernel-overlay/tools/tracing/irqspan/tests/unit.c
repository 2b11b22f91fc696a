// SPDX-License-Identifier: GPL-2.0
/* Tests of parts of irqspan(1), as TAP. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actions.h"
#include "advice.h"
#include "cause.h"
#include "child.h"
#include "cpus.h"
#include "hist.h"
#include "http.h"
#include "metrics.h"
#include "names.h"
#include "refused.h"
#include "run.h"
#include "session.h"
#include "snapshot.h"
#include "softirqs.h"
#include "steal.h"
#include "table.h"
#include "units.h"
#include "utils.h"

static unsigned int nr, failed;

#define CHECK(name, condition)                                                   \
	do {                                                                     \
		bool holds = (condition);                                        \
										 \
		printf("%sok %u - %s\n", holds ? "" : "not ", ++nr, name);       \
		if (!holds)                                                      \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		failed += !holds;                                                \
	} while (0)

static struct table *table_of(const char *text)
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

/* What an action may save: more than a stream keeps before it writes */
static void save_much(FILE *to, void *data)
{
	for (unsigned int i = 0; i < 100000; i++)
		fputc('x', to);
}

/* An action that fails: those behind it are not done, but what was measured is not lost. */
static bool fails_alone(const char *action)
{
	struct actions *actions = actions_new();
	char name[] = "/tmp/irqspan-test.XXXXXX", *command;
	int fd = mkstemp(name);
	bool good;

	if (fd < 0)
		return false;
	command = xprintf("shell,command=rm -f %s", name);
	actions_add(actions, action);
	actions_add(actions, command);
	actions_add(actions, "continue");
	good = !REFUSES(actions_run(actions, save_much, NULL)) && !access(name, F_OK);
	close(fd);
	unlink(name);
	free(command);
	actions_free(actions);
	return good;
}

static void test_actions(void)
{
	static const char *const bad[] = { "",
					   "trac",
					   "trace,x",
					   "trace,file=",
					   "signal",
					   "signal,num=1",
					   "signal,pid=5",
					   "signal,num=0,pid=5",
					   "signal,num=1,pid=0",
					   "signal,num=1,pid=-5",
					   "signal,num=999,pid=5",
					   "shell",
					   "shell,command=",
					   "continue,x",
					   "stop,now" };
	struct actions *actions = actions_new();
	bool good = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		good &= REFUSES(actions_add(actions, bad[i]));
	CHECK("action: what is none", good && !actions_any(actions));
	actions_add(actions, "shell,command=: 0, really");
	CHECK("action: the end, unless it is to go on",
	      actions_any(actions) && !actions_run(actions, NULL, NULL));
	actions_free(actions);
	actions = actions_new();
	actions_add(actions, "shell,command=exit 1");
	actions_add(actions, "continue");
	actions_set_debounce(actions, 3600 * NSEC_PER_SEC);
	CHECK("action: one that fails",
	      fails_alone("trace,file=/nonexistent/x") && fails_alone("trace,file=/dev/full") &&
		      fails_alone("signal,num=1,pid=2147483647") &&
		      fails_alone("shell,command=exit 3"));
	CHECK("action: to go on",
	      actions_run(actions, NULL, NULL) && actions_run(actions, NULL, NULL));
	actions_free(actions);
}

static struct cause *find_cause(const struct causes *causes, enum cause_kind kind,
				const char *shown)
{
	for (unsigned int i = 0; i < causes->nr; i++) {
		char *text = cause_show(causes->list[i]);
		bool found = causes->list[i]->kind == kind && strstr(text, shown);

		free(text);
		if (found)
			return causes->list[i];
	}
	return NULL;
}

/* One call, asked for by the same code, for three reasons, and once more for one; and another */
static void test_reasons(void)
{
	struct snapshot difference = {
		.time = NSEC_PER_SEC,
		.ipis = table_of("# to_cpu from_cpu kind name function call_site path comm count no_ipi run_total run_max delay_total delay_max late duration caller handler span_comm\n"
			"1 0 call-function - flush_tlb_func flush_tlb_mm_range+0x1/0x2 on_each_cpu_cond_mask<flush_tlb_mm_range<tlb_finish_mmu<__x64_sys_munmap app 3 0 - - - - - - - - -\n"
			"1 0 call-function - flush_tlb_func flush_tlb_mm_range+0x1/0x2 on_each_cpu_cond_mask<flush_tlb_mm_range<ptep_clear_flush<ksm_scan_thread<kthread ksmd 9 0 - - - - - - - - -\n"
			"1 2 call-function - flush_tlb_func flush_tlb_mm_range+0x1/0x2 on_each_cpu_cond_mask<flush_tlb_mm_range<tlb_finish_mmu<__x64_sys_munmap app 4 0 - - - - - - - - -\n"
			"1 0 call-function - flush_tlb_func flush_tlb_mm_range+0x1/0x2 on_each_cpu_cond_mask<flush_tlb_mm_range<some_work<process_one_work<worker_thread kworker/0:1 2 0 - - - - - - - - -\n"
			"1 0 call-function - sched_ttwu_pending process_one_work+0x1/0x2 try_to_wake_up<complete<process_one_work<worker_thread kworker/0:1 5 0 - - - - - - - - -\n"
			"# folded 0\n# generation 0\n"),
	};
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	const struct cause *cause;

	set_add(&causes.cpus, 1);
	set_add(&causes.isolated, 1);
	causes_add_tables(&causes, &difference);
	causes_rank(&causes);
	CHECK("why: one call for three reasons is three causes, and another call one",
	      causes.nr == 4);
	cause = find_cause(&causes, CAUSE_IPI, "last in task ksmd");
	CHECK("why: the kernel's own reason", cause && cause->count == 9 && cause->advice &&
	      strstr(cause->advice->what_to_do, "mm/ksm/run"));
	cause = find_cause(&causes, CAUSE_IPI, "last in task app");
	CHECK("why: the program that asked twice", cause && cause->count == 7 && cause->advice &&
	      strstr(cause->advice->what_to_do, "munmap()"));
	cause = find_cause(&causes, CAUSE_IPI, "in task kworker/0:1, for the work some_work");
	CHECK("why: the work of a kworker", cause && cause->count == 2);
	cause = find_cause(&causes, CAUSE_IPI, "for the work complete");
	CHECK("why: complete() is no work", !cause);
	causes_free(&causes);
	table_free(difference.ipis);
}

/* The tables of Documentation/trace/irqspan-remote.rst, "What disturbs an isolated CPU?" */
static void test_documented(void)
{
	struct snapshot difference = {
		.time = 3 * NSEC_PER_SEC,
		.timers = table_of("# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug\n"
			"1 0 hrtimer dl_task_timer - cyclictest 42 0 0 0\n"
			"1 0 hrtimer hrtimer_wakeup - cyclictest 383 383 348 0\n# generation 0\n"),
		.ipis = table_of("# to_cpu from_cpu kind name function call_site path comm count no_ipi run_total run_max delay_total delay_max late duration caller handler span_comm\n"
			"1 0 reschedule - - enqueue_task_fair+0x220/0x8f0 enqueue_task_fair<move_queued_task.constprop.0<migration_cpu_stop<cpu_stopper_thread<smpboot_thread_fn<kthread<ret_from_fork<ret_from_fork_asm migration/0 1 0 - - - - - - - - -\n"
			"1 0 call-function - sched_ttwu_pending hrtimer_wakeup+0x1e/0x30 ttwu_queue_wakelist<try_to_wake_up<hrtimer_wakeup<__hrtimer_run_queues<hrtimer_interrupt - 383 35 6516794 120691 24617593 1522644 2 62743 irqentry_enter+0x5e/0x70 sched_ttwu_pending swapper/1\n"
			"1 1 irq_work - nohz_full_kick_func __mod_timer+0x25c/0x320 irq_work_queue_on<__mod_timer<wake_nocb_gp_defer.constprop.0.isra.0<__call_rcu_nocb_wake<__call_rcu_common.constprop.0<release_task<do_exit cyclictest 1 0 - - - - - - - - -\n"
			"1 1 irq_work - nohz_full_kick_func tick_nohz_dep_set_cpu+0x71/0x80 irq_work_queue<tick_nohz_dep_set_cpu<wake_up_new_task<kernel_clone cyclictest 1 0 - - - - - - - - -\n"
			"3 0 call-function - irqspan_spans_called[irqspan_spans] irqspan_spans_call_single+0x16/0x20[irqspan_spans] generic_exec_single<smp_call_function_single<irqspan_spans_call_single[irqspan_spans] spans_a 5 0 4125031 995215 17213964 3951984 5 3971501 irqspan_spans_hold_off+0xa/0x50[irqspan_spans] - spans_b\n"
			"# folded 0\n# generation 0\n"),
		.blame = table_of("# cpu victim function caller handler comm count late_total late_max\n"
			"3 call-function irqspan_spans_called[irqspan_spans] irqspan_spans_hold_off+0xa/0x50[irqspan_spans] - spans_b 5 17213964 3951984\n"
			"# generation 0\n"),
	};
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	const struct cause *first, *cause;
	char *text;

	set_add(&causes.cpus, 1);
	set_add(&causes.isolated, 1);
	causes_add_tables(&causes, &difference);
	causes_rank(&causes);
	first = causes.nr ? causes.list[0] : NULL;
	text = first ? cause_show(first) : xstrdup("");
	CHECK("why: the timers that left are the worst",
	      first && first->kind == CAUSE_TIMER &&
		      !strcmp(text, "timers of cyclictest (hrtimer_wakeup) left it for CPU 0"));
	CHECK("why: so often, and so many IPIs",
	      first && first->count == 383 && first->wakes == 348 && first->interruptions == 348);
	CHECK("why: the wake-ups are theirs, and no cause of their own",
	      first && first->total == 24617593 && first->longest == 1522644 &&
		      !find_cause(&causes, CAUSE_IPI, "sched_ttwu_pending"));
	CHECK("why: the remedy",
	      first && first->advice &&
		      strstr(first->advice->what_to_do, "kernel.timer_migration=0"));
	cause = find_cause(&causes, CAUSE_IPI, "__mod_timer");
	CHECK("why: RCU wants the tick",
	      cause && cause->advice && strstr(cause->advice->what, "RCU"));
	cause = find_cause(&causes, CAUSE_IPI, "tick_nohz_dep_set_cpu");
	CHECK("why: a new task wants the tick",
	      cause && cause->advice && !strstr(cause->advice->what, "RCU"));
	cause = find_cause(&causes, CAUSE_IPI, "reschedule");
	CHECK("why: a task was moved there",
	      cause && cause->advice && strstr(cause->advice->what, "moved"));
	CHECK("why: CPUs that were not asked for",
	      !find_cause(&causes, CAUSE_IPI, "irqspan_spans_called") &&
		      !find_cause(&causes, CAUSE_LATE, ""));
	free(text);
	causes_free(&causes);

	/* The calls to CPU 3 that were late */
	causes = (struct causes){ .limit = 50 * NSEC_PER_USEC };
	set_add(&causes.cpus, 3);
	causes_add_tables(&causes, &difference);
	causes_rank(&causes);
	cause = find_cause(&causes, CAUSE_LATE,
			   "irqspan_spans_hold_off [irqspan_spans], in task spans_b made others late: irqspan_spans_called [irqspan_spans] (call-function)");
	CHECK("why: who held up the calls",
	      cause && cause == causes.list[0] && cause->count == 5 && cause->longest == 3951984);
	CHECK("why: a CPU that is not isolated has IPIs",
	      !find_cause(&causes, CAUSE_IPI, "reschedule"));
	causes_free(&causes);
	table_free(difference.timers);
	table_free(difference.ipis);
	table_free(difference.blame);
}

/* Threads that differ by a number are one cause, if there are several. */
static void test_alike(void)
{
	const char *row = "1 hrtimer tick f+0x1/0x2 - %s-%d 2 %d %d\n";
	char *text = xstrdup("# cpu victim function caller handler comm count late_total late_max\n");
	struct snapshot difference = { 0 };
	struct causes causes = { .limit = 1 };
	struct cause *cause;

	for (int i = 1; i <= 8; i++) {
		char *one = xprintf(row, i > 5 ? "few" : "many", i, i * 10, i);
		char *longer = xprintf("%s%s", text, one);

		free(one);
		free(text);
		text = longer;
	}
	difference.blame = table_of(text);
	set_add(&causes.cpus, 1);
	causes_add_tables(&causes, &difference);
	causes_merge(&causes);
	causes_rank(&causes);
	cause = find_cause(&causes, CAUSE_LATE, "f, in task many-5 and 4 like it made others late");
	CHECK("why: tasks that differ by a number",
	      causes.nr == 4 && cause && cause == causes.list[0] && cause->count == 10 &&
		      cause->total == 150 && cause->longest == 5 && cause->nr_victims == 1 &&
		      cause->victim->count == 10);
	CHECK("why: only a few of them",
	      find_cause(&causes, CAUSE_LATE, "f, in task few-6 made others late") &&
		      find_cause(&causes, CAUSE_LATE, "f, in task few-8 made others late"));
	causes_free(&causes);
	table_free(difference.blame);
	free(text);
}

/* What is told of the longest span is of that one, also if several tasks had spans. */
static void test_longest(void)
{
	struct record record = { .type = RECORD_LOCAL_SPAN, .cpu = 1 };
	struct causes causes = { .limit = 1 };

	set_add(&causes.cpus, 1);
	for (unsigned int i = 1; i <= 5; i++) {
		snprintf(record.comm, sizeof(record.comm), "task-%u", i);
		record.duration = 1000 * i;
		record.handler = i % 2 ? i : 0;
		record.handler_ns = i % 2 ? 100 * i : 0;
		record.end_caller = 0x100 + i;
		causes_add_record(&causes, &record);
		/* The sum decides who is named, not the longest. */
		for (unsigned int k = 0; i == 2 && k < 9; k++)
			causes_add_record(&causes, &record);
	}
	causes_merge(&causes);
	CHECK("why: what ran in the longest span of several tasks, and who ended it",
	      causes.nr == 1 && causes.list[0]->longest == 5000 &&
		      strstr(causes.list[0]->field[FIELD_TASK], "task-2") &&
		      causes.list[0]->inside && !strcmp(causes.list[0]->inside, "0x5") &&
		      causes.list[0]->inside_time == 500 &&
		      !strcmp(causes.list[0]->ended_by, "0x105"));
	causes_free(&causes);
	causes = (struct causes){ .limit = 1 };
	set_add(&causes.cpus, 1);
	for (unsigned int i = 1; i <= 2; i++) {
		record.duration = 9000 * i;
		record.handler = i == 1;
		record.handler_ns = i == 1;
		causes_add_record(&causes, &record);
	}
	CHECK("why: nothing ran in the longest span, but in a shorter one",
	      causes.nr == 1 && !causes.list[0]->inside);
	causes_free(&causes);
}

/* Two CPUs do the same, and neither has ended. */
static void test_open(void)
{
	struct table *open = table_of("# type id name kind duration caller comm\n"
				      "cpu 1 - task 9000 f+0x1/0x2 a\n"
				      "cpu 2 - task 4000 f+0x1/0x2 a\n"
				      "# generation 0\n");
	struct causes causes = { .limit = 1000 };

	set_add(&causes.cpus, 1);
	set_add(&causes.cpus, 2);
	causes_add_open(&causes, open, 20000);
	CHECK("why: how long it lasts, of the one that lasts longest",
	      causes.nr == 1 && causes.list[0]->count == 2 && causes.list[0]->still == 9000 &&
		      causes.open_spans == 2 && causes.open_longest == 9000);
	causes_free(&causes);
	table_free(open);
}

static void test_interrupts(void)
{
	static const char before[] =
		"           CPU0       CPU1\n"
		"  0:         30          0   IO-APIC   2-edge      timer\n"
		" 22:          5          1   IO-APIC  22-fasteoi   eth0, ttyS4\n"
		" 27:        100        200   GICv3  27 Level     arch_timer\n"
		" 28:        100        200   GICv2 210 Level     tegra_timer\n"
		" 29:        100        200   xen-percpu    -ipi       resched1\n"
		"NMI:          1          2   Non-maskable interrupts\n"
		"PIW:          0          5   Posted-interrupt wakeup event\n"
		"LOC:       1000       2000   Local timer interrupts\n";
	static const char after[] =
		"           CPU0       CPU1\n"
		"  0:         30          0   IO-APIC   2-edge      timer\n"
		" 22:          9         41   IO-APIC  22-fasteoi   eth0, ttyS4\n"
		" 27:        500        900   GICv3  27 Level     arch_timer\n"
		" 28:        500        900   GICv2 210 Level     tegra_timer\n"
		" 29:        500        900   xen-percpu    -ipi       resched1\n"
		"NMI:          1         12   Non-maskable interrupts\n"
		"PIW:          0          8   Posted-interrupt wakeup event\n"
		"LOC:       5000       9000   Local timer interrupts\n";
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };

	set_add(&causes.cpus, 1);
	set_add(&causes.isolated, 1);
	causes_add_interrupts(&causes, before, after, NSEC_PER_SEC);
	causes_rank(&causes);
	CHECK("why: interrupts of a device",
	      causes.nr == 3 && causes.list[0]->count == 40 && !causes.list[0]->often &&
		      find_cause(&causes, CAUSE_IRQ, "interrupts of eth0, ttyS4 (irq 22)"));
	CHECK("why: interrupts without a number",
	      causes.list[1]->interruptions == 10 && causes.list[1]->advice &&
		      find_cause(&causes, CAUSE_IRQ, "Non-maskable interrupts (NMI)") &&
		      strstr(causes.list[1]->advice->what_to_do, "nmi_watchdog"));
	CHECK("why: interrupts for a virtual machine",
	      causes.nr == 3 && causes.list[2]->interruptions == 3 && causes.list[2]->advice &&
		      find_cause(&causes, CAUSE_IRQ, "Posted-interrupt wakeup event (PIW)") &&
		      strstr(causes.list[2]->advice->what_to_do, "vcpupin"));
	causes_free(&causes);

	/* CPU 1 is not isolated. */
	causes = (struct causes){ .limit = 50 * NSEC_PER_USEC };
	set_add(&causes.cpus, 1);
	causes_add_interrupts(&causes, before, after, NSEC_PER_SEC);
	CHECK("why: interrupts where they may be", !causes.nr);
	causes_add_interrupts(&causes, before, after, 40 * NSEC_PER_MSEC);
	causes_rank(&causes);
	CHECK("why: very many of them",
	      causes.nr == 1 && causes.list[0]->count == 40 && causes.list[0]->often &&
		      !causes.list[0]->interruptions && causes.list[0]->advice &&
		      strstr(causes.list[0]->advice->what_to_do, "ethtool"));
	causes_free(&causes);
}

/* What a command that is measured uses may have no line until then, or none any more. */
static void test_interrupts_new(void)
{
	static const char before[] =
		"           CPU0       CPU1\n"
		" 22:          5          1   IO-APIC  22-fasteoi   eth0\n"
		" 24:          0         90   PCI-MSIX-0000:00:03.0   0-edge      nvme0q1\n";
	static const char after[] =
		"           CPU0       CPU1\n"
		"  3:          0          7   IO-APIC   3-edge\n"
		" 22:          9          1   IO-APIC  22-fasteoi   eth0\n"
		" 23:          9         41   IO-APIC  23-fasteoi   ttyS1\n"
		" 24:          0         30   PCI-MSIX-0000:00:04.0   0-edge      eth1\n"
		" 25:          3          0   PCI-MSIX-0000:00:04.0   1-edge      eth1\n";
	static const char gone[] = "interrupts of a device that is gone (irq 3)";
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };

	set_add(&causes.cpus, 1);
	set_add(&causes.isolated, 1);
	causes_add_interrupts(&causes, before, after, NSEC_PER_SEC);
	causes_rank(&causes);
	CHECK("why: interrupts of lines that are new",
	      causes.nr == 3 && causes.list[0]->count == 41 &&
		      find_cause(&causes, CAUSE_IRQ, "interrupts of ttyS1 (irq 23)"));
	CHECK("why: interrupts of a line that another device had",
	      causes.list[1]->count == 30 &&
		      find_cause(&causes, CAUSE_IRQ, "interrupts of eth1 (irq 24)"));
	CHECK("why: interrupts of a line that nobody has any more",
	      causes.list[2]->count == 7 && find_cause(&causes, CAUSE_IRQ, gone));
	causes_free(&causes);
}

/* CPU 1 went, or came, meanwhile: the file has columns of those that are online. */
static void test_interrupts_hotplug(void)
{
	static const char all[] =
		"           CPU0       CPU1       CPU2\n"
		" 22:      50000          7        100   IO-APIC  22-fasteoi   eth0\n";
	static const char some[] =
		"           CPU0       CPU2\n"
		" 22:      50000        103   IO-APIC  22-fasteoi   eth0\n";
	static const char back[] =
		"           CPU0       CPU1       CPU2\n"
		" 22:      50000          9        105   IO-APIC  22-fasteoi   eth0\n";
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };

	for (unsigned int cpu = 0; cpu < 3; cpu++) {
		set_add(&causes.cpus, cpu);
		set_add(&causes.isolated, cpu);
	}
	causes_add_interrupts(&causes, all, some, NSEC_PER_SEC);
	CHECK("why: interrupts while a CPU goes", causes.nr == 1 && causes.list[0]->count == 3 &&
	      set_has(&causes.list[0]->cpus, 2) && set_count(&causes.list[0]->cpus) == 1);
	causes_add_interrupts(&causes, some, back, NSEC_PER_SEC);
	CHECK("why: interrupts while a CPU comes", causes.nr == 1 && causes.list[0]->count == 5 &&
	      set_count(&causes.list[0]->cpus) == 1);
	causes_free(&causes);
}

static void test_steal(void)
{
	/* CPU 1 is off. */
	static const char before[] = "cpu  9 9 9 9 9 9 9 30 0 0\n"
				     "cpu0 1 2 3 4 5 6 7 10 8 9\n"
				     "cpu2 1 2 3 4 5 6 7 20 8 9\n"
				     "intr 100 5\n";
	static const char after[] = "cpu  9 9 9 9 9 9 9 75 0 0\n"
				    "cpu0 1 2 3 4 5 6 7 50 8 9\n"
				    "cpu2 1 2 3 4 5 6 7 25 8 9\n"
				    "intr 100 5\n";
	static const char old[] = "cpu  1 2 3 4\ncpu2 1 2 3 4\n";
	struct set cpus = { 0 };

	set_add(&cpus, 2);
	CHECK("steal: of these CPUs", steal_between(&cpus, before, after) ==
	      5 * NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	CHECK("steal: none", !steal_between(&cpus, after, after) &&
	      !steal_between(&cpus, after, before));
	CHECK("steal: a file that does not tell",
	      !steal_between(&cpus, old, old) && !steal_between(&cpus, "", "cpu2 1"));
	set_free(&cpus);
}

static void test_softirqs(void)
{
	/* CPU 1 is off. */
	static const char before[] =
		"                    CPU0       CPU2       CPU3\n"
		"          HI:          1          0          0\n"
		"       TIMER:        100        200        300\n"
		"      NET_RX:          5          6          7\n"
		"         RCU:         10         10         10\n";
	static const char after[] =
		"                    CPU0       CPU2       CPU3\n"
		"          HI:          9          0          0\n"
		"       TIMER:        150        201        300\n"
		"      NET_RX:          5        100         43\n"
		"         RCU:         20         10         10\n";
	struct set cpus = { 0 };
	char *text;

	set_add(&cpus, 2);
	set_add(&cpus, 3);
	text = softirqs_between(&cpus, before, after);
	CHECK("softirqs: of these CPUs, the most frequent first",
	      text && !strcmp(text, "NET_RX 130 times, TIMER 1 time"));
	free(text);
	CHECK("softirqs: none ran", !softirqs_between(&cpus, after, after));
	CHECK("softirqs: a file without any", !softirqs_between(&cpus, "", after));
	set_free(&cpus);
}

/* Tasks as /proc would show them: 7 and 8 are one process, 9 is another, 2 is the kernel's. */
static void read_task(struct task *task, int pid)
{
	*task = (struct task){ .pid = pid, .process = pid == 8 ? 7 : pid, .thread = pid == 2 };
	if (pid == 9)
		set_add(&task->cpus, 0);
}

struct seen {
	struct causes	causes;
	struct expiry	last;
	unsigned int	nr;
};

static void see_expiry(const struct expiry *expiry, void *data)
{
	struct seen *seen = data;

	seen->last = *expiry;
	seen->nr++;
	causes_add_expiry(&seen->causes, expiry);
}

/* On CPU 3 */
static void add_at(struct expiries *expiries, enum record_type type, uint64_t time, int task,
		   int flags, uint64_t timer, int pid, unsigned int target)
{
	struct record record = {
		.type = type, .time = time, .cpu = 3, .task = task, .flags = flags,
		.timer = timer, .function = timer ? 0x1000 + timer : 0x5000, .pid = pid,
		.target_cpu = target,
	};

	snprintf(record.comm, sizeof(record.comm), "task%d", pid);
	expiries_add_record(expiries, &record, 0);
}

/* An hrtimer that wakes up @pid on CPU @target, while @task runs; 0: it wakes up nobody */
static void expire(struct expiries *expiries, int task, int pid, unsigned int target)
{
	static uint64_t time;

	time += 1000;
	add_at(expiries, RECORD_HRTIMER_ENTRY, time, task, TRACE_FLAG_HARDIRQ, 1, 0, 0);
	if (pid)
		add_at(expiries, RECORD_WAKING, time + 10, task, TRACE_FLAG_HARDIRQ, 0, pid,
		       target);
	add_at(expiries, RECORD_HRTIMER_EXIT, time + 100, task, TRACE_FLAG_HARDIRQ, 1, 0, 0);
	/* What is woken up after that is none of its business. */
	add_at(expiries, RECORD_WAKING, time + 200, task, TRACE_FLAG_HARDIRQ, 0, 9, 0);
}

static void test_expiries(void)
{
	const int hard = TRACE_FLAG_HARDIRQ, soft = TRACE_FLAG_SOFTIRQ;
	struct seen seen = { .causes.limit = 50 * NSEC_PER_USEC };
	const struct session_event *events;
	struct expiries *expiries;
	struct snapshot difference = {
		.time = NSEC_PER_SEC,
		.timers = table_of("# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug\n"
			"0 3 wheel 0x1002 - other 0 2 0 0\n# generation 0\n"),
	};
	struct cause *cause;
	char *text;

	set_add(&seen.causes.cpus, 3);
	set_add(&seen.causes.isolated, 3);
	set_add(&seen.causes.isolated, 4);
	set_add(&seen.causes.isolated, 6);
	expiries = expiries_new(&seen.causes.isolated, see_expiry, &seen, read_task);
	events = expiries_events(expiries);
	CHECK("expiries: events of these CPUs only",
	      !strcmp(events[0].filter, "(CPU >= 3 && CPU <= 4) || CPU == 6") &&
		      !strcmp(events[4].name, "sched_waking") &&
		      !strcmp(events[4].filter,
			      "((CPU >= 3 && CPU <= 4) || CPU == 6) && common_flags & 24"));

	expire(expiries, 0, 7, 3);
	expire(expiries, 8, 7, 3);
	expire(expiries, 2, 7, 3);
	CHECK("expiries: a task waits, and nobody else runs", !seen.nr);
	expire(expiries, 7, 0, 0);
	CHECK("expiries: a task that was awake already", !seen.nr);
	/* Another timer */
	add_at(expiries, RECORD_HRTIMER_ENTRY, 50000, 0, hard, 4, 0, 0);
	add_at(expiries, RECORD_HRTIMER_EXIT, 50100, 0, hard, 4, 0, 0);
	CHECK("expiries: nobody waits", seen.nr == 1 && seen.last.whom == EXPIRY_NOBODY &&
	      seen.last.ran == 100 && seen.last.function == 0x1004 && !seen.last.wheel);
	add_at(expiries, RECORD_HRTIMER_ENTRY, 51000, 7, hard, 4, 0, 0);
	add_at(expiries, RECORD_HRTIMER_EXIT, 51100, 7, hard, 4, 0, 0);
	CHECK("expiries: nobody waits, and a task is interrupted",
	      seen.nr == 2 && seen.last.whom == EXPIRY_NOBODY);
	expire(expiries, 9, 7, 3);
	CHECK("expiries: a task of another process is interrupted",
	      seen.nr == 3 && seen.last.whom == EXPIRY_TASK && !strcmp(seen.last.comm, "task7"));
	expire(expiries, 0, 7, 1);
	CHECK("expiries: the task sleeps elsewhere",
	      seen.nr == 4 && seen.last.whom == EXPIRY_ELSEWHERE);
	expire(expiries, 0, 2, 3);
	CHECK("expiries: a thread of the kernel", seen.nr == 5 && seen.last.whom == EXPIRY_THREAD);
	text = expiries_own(expiries);
	CHECK("expiries: a task's own", text && !strcmp(text, "task7 4 times"));
	free(text);

	/* In a softirq, interrupted by an hrtimer that wakes up somebody */
	add_at(expiries, RECORD_TIMER_ENTRY, 100000, 7, soft, 2, 0, 0);
	add_at(expiries, RECORD_HRTIMER_ENTRY, 100100, 7, hard, 3, 0, 0);
	add_at(expiries, RECORD_WAKING, 100200, 7, hard, 0, 2, 3);
	add_at(expiries, RECORD_HRTIMER_EXIT, 100300, 7, hard, 3, 0, 0);
	CHECK("expiries: one that interrupts another one",
	      seen.nr == 6 && seen.last.function == 0x1003 && seen.last.ran == 200 &&
		      seen.last.whom == EXPIRY_THREAD);
	add_at(expiries, RECORD_TIMER_EXIT, 100400, 7, soft, 2, 0, 0);
	CHECK("expiries: one that is interrupted",
	      seen.nr == 7 && seen.last.function == 0x1002 && seen.last.ran == 400 &&
		      seen.last.whom == EXPIRY_NOBODY && seen.last.wheel);

	/* A signal: the task need not sleep, so where it may run counts. */
	add_at(expiries, RECORD_HRTIMER_ENTRY, 110000, 7, hard, 3, 0, 0);
	add_at(expiries, RECORD_SIGNAL, 110100, 7, hard, 0, 7, 0);
	add_at(expiries, RECORD_HRTIMER_EXIT, 110200, 7, hard, 3, 0, 0);
	CHECK("expiries: a signal to the task itself", seen.nr == 7);
	add_at(expiries, RECORD_HRTIMER_ENTRY, 120000, 0, hard, 3, 0, 0);
	add_at(expiries, RECORD_SIGNAL, 120100, 0, hard, 0, 9, 0);
	add_at(expiries, RECORD_HRTIMER_EXIT, 120200, 0, hard, 3, 0, 0);
	CHECK("expiries: a signal to a task that is elsewhere",
	      seen.nr == 8 && seen.last.whom == EXPIRY_ELSEWHERE);

	/* Delayed work */
	add_at(expiries, RECORD_TIMER_ENTRY, 130000, 7, soft, 2, 0, 0);
	add_at(expiries, RECORD_QUEUE_WORK, 130100, 7, soft, 0, 0, 0);
	add_at(expiries, RECORD_WAKING, 130200, 7, soft, 0, 2, 3);
	/* Its end is lost. */
	add_at(expiries, RECORD_TIMER_ENTRY, 140000, 7, soft, 2, 0, 0);
	CHECK("expiries: delayed work", seen.nr == 9 && seen.last.work == 0x5000 &&
	      seen.last.whom == EXPIRY_THREAD && !seen.last.ran);
	expiries_end(expiries);
	expiries_end(expiries);
	CHECK("expiries: what runs at the end", seen.nr == 10 && seen.last.whom == EXPIRY_NOBODY);

	/* Two of that function came from CPU 0: the table tells of these. */
	causes_add_tables(&seen.causes, &difference);
	causes_rank(&seen.causes);
	cause = find_cause(&seen.causes, CAUSE_EXPIRY, "the timer 0x1002 expired there");
	CHECK("why: timers that came are told of once", cause && !cause->count && !cause->harm);
	cause = find_cause(&seen.causes, CAUSE_EXPIRY, "the timer of the work 0x5000 (0x1002)");
	CHECK("why: work that a timer queued", cause && cause->count == 1 && cause->advice &&
	      strstr(cause->advice->what_to_do, "queues the work {work}"));
	cause = find_cause(&seen.causes, CAUSE_EXPIRY, "timers of task7 (0x1001)");
	CHECK("why: timers of another task", cause && cause->count == 1 &&
	      cause->interruptions == 1 && cause->total == 100 && cause->advice &&
	      strstr(cause->advice->what_to_do, "move {task}"));
	causes_free(&seen.causes);
	expiries_free(expiries);
	table_free(difference.timers);
}

/* Of a CPU that is isolated, with and without a tick */
static void test_tick_of_isolated(void)
{
	char *field[NR_FIELDS] = { [FIELD_FUNCTION] = (char *)"tick_nohz_handler",
				   [FIELD_CPUS] = (char *)"3" };
	const struct advice *advice = advice_find("expiry", field);

	CHECK("advice: the tick of a CPU that is isolated by isolcpus= alone",
	      advice && strstr(advice->what_to_do, "nohz_full={cpus}"));
}

static const char *behind_lock(const char *function, const char *end)
{
	static struct symbol code, last;

	symbol_parse(&code, function);
	symbol_parse(&last, end);
	culprit_behind_lock(&code, &last);
	return code.function;
}

static void test_spans(void)
{
	struct record record = { .type = RECORD_LOCAL_SPAN, .cpu = 1, .duration = 100000 };
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	struct culprit culprit;

	strcpy(record.comm, "task");
	record.handler = 0x1000;
	record.handler_ns = 60000;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: a handler that took most of it",
	      culprit.is_handler && !strcmp(culprit.task, "-"));
	record.handler_ns = 40000;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: the task, if it did not",
	      !culprit.is_handler && !strcmp(culprit.task, "task"));
	record.handler_ns = record.duration + 1;
	record.waited = record.duration + 1;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: a handler that took a bit more than all of it",
	      culprit.is_handler && culprit.waited);
	record.duration = 0;
	record.handler_ns = 0;
	record.waited = 0;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: of no time at all", !culprit.is_handler && !culprit.waited);
	record.duration = 100000;
	record.handler_ns = 40000;
	record.context = 2;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: no task, if it was interrupted", !strcmp(culprit.task, "-"));
	record.waited = 70000;
	culprit_of_span(&culprit, &record);
	CHECK("culprit: it waited for a lock", culprit.waited);
	CHECK("culprit: who took a lock, if not even that is known",
	      !strcmp(behind_lock("_raw_write_lock_irq", "do_exit"), "do_exit") &&
		      !strcmp(behind_lock("_raw_spin_rq_lock_irqsave", "f"), "f"));
	CHECK("culprit: who gave up the last use of something, and no helper for that",
	      !strcmp(behind_lock("refcount_dec_and_lock_irqsave", "free_uid"), "free_uid") &&
		      !strcmp(behind_lock("_atomic_dec_and_lock_irqsave", "put_f"), "put_f") &&
		      !strcmp(behind_lock("__mutex_dec_and_lock", "f"), "__mutex_dec_and_lock"));
	CHECK("culprit: who turned interrupts off, if that is known",
	      !strcmp(behind_lock("do_exit", "f"), "do_exit") &&
		      !strcmp(behind_lock("_raw_spin_lock", "-"), "_raw_spin_lock") &&
		      !strcmp(behind_lock("_raw_spin_lock_irq", "_raw_spin_unlock_irq"),
			      "_raw_spin_lock_irq"));
	set_add(&causes.cpus, 0);
	causes_add_record(&causes, &record);
	CHECK("culprit: of CPUs that were asked for", !causes.nr);
	causes_free(&causes);
}

/* Who holds others up may have waited for a lock: the table does not tell, but spans do. */
static void test_late_waiter(void)
{
	struct snapshot late = {
		.blame = table_of("# cpu victim function caller handler comm count late_total late_max\n"
				  "1 hrtimer f - - task 1 90000 90000\n"),
	};
	struct record record = { .type = RECORD_LOCAL_SPAN, .cpu = 1, .duration = 100000 };
	static const struct { const char *name; unsigned int waited; bool is; } cases[] = {
		{ "why: who made others late waited for a lock", 70000, true },
		{ "why: who made others late ran itself", 10000, false },
	};
	struct causes causes;
	struct cause *cause;

	strcpy(record.comm, "task");
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		causes = (struct causes){ .limit = 50 * NSEC_PER_USEC };
		set_add(&causes.cpus, 1);
		record.waited = cases[i].waited;
		causes_add_record(&causes, &record);
		causes_add_tables(&causes, &late);
		causes_rank(&causes);
		cause = find_cause(&causes, CAUSE_LATE, "made others late: f (hrtimer)");
		CHECK(cases[i].name,
		      cause && cause->advice &&
			      !!strstr(cause->advice->what, "waited for a lock") == cases[i].is);
		causes_free(&causes);
	}
	table_free(late.blame);
}

/* Nor does it tell in which context they ran, and how they came about. */
static void test_late_path(void)
{
	struct snapshot late = {
		.blame = table_of("# cpu victim function caller handler comm count late_total late_max\n"
				  "1 hrtimer f - - app 1 90000 90000\n"),
	};
	struct record record = { .type = RECORD_LOCAL_SPAN, .cpu = 1, .duration = 100000,
				 .parent = 0x1000, .context = 3 };
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	struct cause *cause;

	set_add(&causes.cpus, 1);
	causes_add_record(&causes, &record);
	record.parent = 0x2000;
	record.duration = 200000;
	causes_add_record(&causes, &record);
	CHECK("why: exceptions of two kinds are two causes", causes.nr == 2);
	strcpy(record.comm, "app");
	record.context = 0;
	causes_add_record(&causes, &record);
	causes_add_tables(&causes, &late);
	causes_rank(&causes);
	cause = find_cause(&causes, CAUSE_LATE, "in task app made others late: f (hrtimer)");
	CHECK("why: how it came to what made others late, the spans tell",
	      cause && cause->field[FIELD_PATH] && !strcmp(cause->field[FIELD_CONTEXT], "task") &&
		      !strcmp(cause->field[FIELD_PATH], "0x2000"));
	causes_free(&causes);
	table_free(late.blame);
}

/* Where many wait for a lock that nobody holds for long, the code that they run matters. */
static void test_besides(void)
{
	static const char rows[] =
		"span\twaited=most function=0x2000\tw\tw\thttps://w\n"
		"span\twaited=most\tw\tw\thttps://w\n"
		"span\tfunction=0x1000|0x2000\tf\tf\thttps://f\n"
		"span\tby=code\tc\tc\thttps://c\n";
	static const struct { const char *name; uint64_t caller; unsigned int waited; bool is; }
	cases[] = {
		{ "why: besides, what is said of code that waited", 0x1000, 70000, true },
		{ "why: nothing besides of code that did not wait", 0x1000, 10000, false },
		{ "why: nothing besides of code that has a line of its own", 0x2000, 70000, false },
		{ "why: nothing besides of code that is not known", 0x3000, 70000, false },
	};
	char path[] = "/tmp/irqspan-unit-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, rows, strlen(rows)) != (ssize_t)strlen(rows))
		fail("cannot write %s", path);
	close(fd);
	advice_load(path);
	unlink(path);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct record record = { .type = RECORD_LOCAL_SPAN, .cpu = 1, .duration = 100000,
					 .caller = cases[i].caller, .waited = cases[i].waited };
		struct causes causes = { .limit = 50 * NSEC_PER_USEC };

		strcpy(record.comm, "task");
		set_add(&causes.cpus, 1);
		causes_add_record(&causes, &record);
		causes_rank(&causes);
		CHECK(cases[i].name, causes.nr == 1 && causes.list[0]->advice &&
		      !!causes.list[0]->besides == cases[i].is &&
		      (!cases[i].is || !strcmp(causes.list[0]->besides->what, "f")));
		causes_free(&causes);
	}
	advice_load(NULL);
}

/* Tasks of ever new names: that neither takes ever longer, nor ever more memory. */
static void test_many_tasks(void)
{
	struct record record = { .type = RECORD_LOCAL_SPAN, .duration = NSEC_PER_MSEC };
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	clock_t begin = clock();
	unsigned int first = 0;

	set_add(&causes.cpus, 0);
	for (unsigned int i = 0; i < 60000; i++) {
		snprintf(record.comm, sizeof(record.comm), "t%u", i);
		causes_add_record(&causes, &record);
		first = i ? first : causes.nr;
	}
	CHECK("why: tasks of ever new names", first == 1 && causes.nr > 5000 &&
	      causes.nr < 20000 && clock() - begin < 5 * CLOCKS_PER_SEC);
	/* What was known before there were so many is counted further. */
	strcpy(record.comm, "t0");
	causes_add_record(&causes, &record);
	CHECK("why: a task that was there before them", causes.list[0]->count == 2);
	causes_free(&causes);
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

/*
 * As a kernel that could have 200 CPUs, of which a few are there: it takes no smaller mask.
 * These are called in place of the C library's.
 */
static size_t mask_size;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *mask)
{
	if (size < 25) {
		errno = EINVAL;
		return -1;
	}
	CPU_ZERO_S(size, mask);
	CPU_SET_S(0, size, mask);
	return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *mask)
{
	mask_size = CPU_ISSET_S(0, size, mask) ? 0 : size;
	return 0;
}

static void test_elsewhere(void)
{
	struct set online, first = { 0 };

	cpus_online(&online);
	set_add(&first, 0);
	run_elsewhere(&first);
	CHECK("run: elsewhere, where there could be more CPUs",
	      mask_size >= 25 || set_count(&online) == 1);
	set_free(&online);
	set_free(&first);
}

/*
 * A signal comes just before these wait, which are called in place of the C library's, too: what
 * looked for one before has not seen it.
 */
static bool signal_comes;

static void let_signal_come(void)
{
	if (signal_comes)
		raise(SIGTERM);
	signal_comes = false;
}

int ppoll(struct pollfd *fds, nfds_t nr_fds, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec time = *timeout;

	let_signal_come();
	return syscall(SYS_ppoll, fds, nr_fds, &time, mask, 8);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	let_signal_come();
	return syscall(SYS_clock_nanosleep, clock, flags, time, left) ? errno : 0;
}

/* Whether that is true in a process of its own, in which signals may have come */
#define IN_CHILD(condition) ({				\
	int status = 1;					\
	pid_t child;					\
							\
	fflush(stdout);					\
	child = fork();					\
	if (!child)					\
		_exit(!(condition));			\
	waitpid(child, &status, 0);			\
	WIFEXITED(status) && !WEXITSTATUS(status);	\
})

static bool hangup_is_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	session_catch_signals();
	raise(SIGHUP);
	if (session_interrupted())
		return false;
	raise(SIGINT);
	return session_interrupted();
}

static bool early_signal_ends_sleep(void)
{
	uint64_t begin = now_ns();

	session_catch_signals();
	signal_comes = true;
	return !session_sleep(8 * NSEC_PER_SEC) && now_ns() - begin < 4 * NSEC_PER_SEC;
}

/* Whether a command survives SIGHUP, which is ignored when it is started or not */
static bool survives(bool ignored)
{
	static char *const command[] = { "sh", "-c", "kill -HUP $$; echo x >&9", NULL };
	struct run *run;
	int out[2];
	char x;

	if (pipe(out) || dup2(out[1], 9) < 0)
		return !ignored;
	signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
	session_catch_signals();
	run = run_begin(20 * NSEC_PER_SEC, (char **)command);
	close(out[1]);
	close(9);
	while (run_wait(run, NSEC_PER_SEC))
		;
	run_end(run);
	return read(out[0], &x, 1) == 1;
}

/* A file that is opened as the library does it is no file of the command. */
static bool file_is_inherited(bool early)
{
	static char *const command[] = { "sh", "-c", "echo x >&8 2>/dev/null", NULL };
	struct run *run;
	int out[2];
	char x;

	if (!early)
		child_init();
	if (pipe(out) || dup2(out[1], 8) < 0)
		return !early;
	if (early)
		child_init();
	run = run_begin(20 * NSEC_PER_SEC, (char **)command);
	close(out[1]);
	close(8);
	while (run_wait(run, NSEC_PER_SEC))
		;
	run_end(run);
	return read(out[0], &x, 1) == 1;
}

/* This program may have as many files as it needs; a command has the limit that it had before. */
static bool limit_of_files_is_raised(void)
{
	static char *const command[] = { "sh", "-c", "[ $(ulimit -Sn) = 60 ]; echo $? >&8", NULL };
	struct rlimit files = { 60, 80 };
	struct run *run;
	int out[2];
	char status;

	if (pipe(out) || dup2(out[1], 8) < 0 || setrlimit(RLIMIT_NOFILE, &files))
		return false;
	child_init();
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur != 80)
		return false;
	run = run_begin(20 * NSEC_PER_SEC, (char **)command);
	while (run_wait(run, NSEC_PER_SEC))
		;
	run_end(run);
	return read(out[0], &status, 1) == 1 && status == '0';
}

static bool stubborn_command_ends(void)
{
	static char *const command[] = {
		"sh", "-c", "trap '' TERM; sleep 9; sleep 9; sleep 9", NULL
	};
	struct run *run = run_begin(0, (char **)command);
	uint64_t begin;

	run_wait(run, NSEC_PER_SEC);
	begin = now_ns();
	run_end(run);
	return now_ns() - begin < 15 * NSEC_PER_SEC;
}

static void note_nothing(int signal)
{
}

/* As if ^Z was typed while an action of irqspan top runs: it waits for that. */
static bool action_goes_on(void)
{
	struct actions *actions = actions_new();

	/* A process group of its own: one without a shell above it is not stopped. */
	setpgid(0, 0);
	signal(SIGTSTP, note_nothing);
	actions_add(actions, "shell,command=kill -TSTP $$");
	actions_add(actions, "continue");
	alarm(20);
	return actions_run(actions, NULL, NULL);
}

/*
 * No process can be started: then none may be ended. kill() takes -1 for all processes, here for
 * all of a user that has only these two.
 */
static bool failed_start_ends_nothing(void)
{
	static char *const command[] = { "true", NULL };
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t child;

	if (setresuid(61234, 61234, 61234))
		return false;
	child = fork();
	if (!child) {
		close(STDERR_FILENO);
		setrlimit(RLIMIT_NPROC, &none);
		/* This fails, and exit() ends what runs. */
		run_begin(0, (char **)command);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_ERROR;
}

static void test_run(void)
{
	CHECK("run: as nohup wants it", IN_CHILD(hangup_is_ignored()));
	CHECK("run: a signal that comes just before it waits", IN_CHILD(early_signal_ends_sleep()));
	CHECK("run: a command gets signals as if it was started without",
	      IN_CHILD(survives(true)) && !IN_CHILD(survives(false)));
	CHECK("run: a command gets files as if it was started without",
	      IN_CHILD(file_is_inherited(true)) && !IN_CHILD(file_is_inherited(false)));
	CHECK("run: the limit of files, also that of a command",
	      IN_CHILD(limit_of_files_is_raised()));
	CHECK("run: a command that does not end when it is told to", stubborn_command_ends());
	CHECK("action: ^Z while it runs", IN_CHILD(action_goes_on()));
	if (geteuid())
		printf("ok %u - run: no process can be started # SKIP it takes root\n", ++nr);
	else
		CHECK("run: no process can be started", IN_CHILD(failed_start_ends_nothing()));
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void answer_fine(struct http_answer *answer, const char *request, const char *path,
			void *data)
{
	answer->status = "200 OK";
	answer->body = xprintf("%.2s", path);
	answer->size = strlen(answer->body);
}

/* Ask while many others are connected and say nothing, with what these have sent first. */
static bool is_answered(const char *others, unsigned int nr_others, const char *request,
			const char *answer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), fds[64], fd;
	uint64_t begin = now_ns();
	char text[512] = "";
	size_t used = 0;
	ssize_t n;
	pid_t server;

	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		return false;
	fflush(stdout);
	server = fork();
	if (!server) {
		http_serve(listener, now_ns() + 30 * NSEC_PER_SEC, answer_fine, NULL);
		_exit(0);
	}
	for (unsigned int i = 0; i < nr_others; i++) {
		fds[i] = connect_to(&address);
		if (fds[i] >= 0)
			send(fds[i], others, strlen(others), MSG_NOSIGNAL);
	}
	fd = connect_to(&address);
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	while (used < sizeof(text) - 1 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	text[used] = '\0';
	close(fd);
	for (unsigned int i = 0; i < nr_others; i++)
		close(fds[i]);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(listener);
	return strstr(text, answer) && now_ns() - begin < 5 * NSEC_PER_SEC;
}

static void test_http(void)
{
	CHECK("http: a request",
	      is_answered("", 0, "GET /a HTTP/1.0\r\n\r\n", "\r\nContent-Length: 2\r\n") &&
		      is_answered("", 0, "GET /b HTTP/1.0\n\n", "\r\n\r\n/b"));
	CHECK("http: another method",
	      is_answered("", 0, "POST /a HTTP/1.0\r\n\r\n", "HTTP/1.1 405 "));
	CHECK("http: while others are connected and say nothing",
	      is_answered("", 8, "GET /a HTTP/1.0\r\n\r\n", " 200 OK"));
	CHECK("http: while very many are",
	      is_answered("GET /", 40, "GET /a HTTP/1.0\r\n\r\n", " 200 OK"));
}

int main(void)
{
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
