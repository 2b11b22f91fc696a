// SPDX-License-Identifier: GPL-2.0
/* Tests of what irqspan why finds: causes, and what they come from. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "advice.h"
#include "cause.h"
#include "cpus.h"
#include "expiries.h"
#include "names.h"
#include "snapshot.h"
#include "softirqs.h"
#include "steal.h"
#include "unit.h"
#include "utils.h"
#include "why.h"

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
void test_reasons(void)
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
static struct snapshot documented_tables(void)
{
	return (struct snapshot){
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
}

static void free_tables(struct snapshot *difference)
{
	table_free(difference->timers);
	table_free(difference->ipis);
	table_free(difference->blame);
}

void test_documented(void)
{
	struct snapshot difference = documented_tables();
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
	free_tables(&difference);
}

void print_documented_json(void)
{
	struct snapshot difference = documented_tables();
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };
	struct finding finding = {
		.cpus		= &causes.cpus,
		.limit		= causes.limit,
		.measured	= difference.time,
		.causes		= &causes,
		.difference	= &difference,
		.disturbed	= true,
		.softirqs	= "RCU",
	};

	set_add(&causes.cpus, 1);
	set_add(&causes.cpus, 3);
	set_add(&causes.isolated, 1);
	causes_add_tables(&causes, &difference);
	causes_rank(&causes);
	why_write_json(stdout, &finding);
	causes_free(&causes);
	free_tables(&difference);
}

/* Threads that differ by a number are one cause, if there are several. */
void test_alike(void)
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
void test_longest(void)
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
void test_open(void)
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

/* What was found of the interrupts of CPU 1, which is isolated, within a second */
static void find_isolated_interrupts(struct causes *causes, const char *before, const char *after)
{
	set_add(&causes->cpus, 1);
	set_add(&causes->isolated, 1);
	causes_add_interrupts(causes, before, after, NSEC_PER_SEC);
	causes_rank(causes);
}

void test_interrupts(void)
{
	static const char before[] =
		"           CPU0       CPU1\n"
		"  0:         30          0   IO-APIC   2-edge      timer\n"
		" 22:          5          1   IO-APIC  22-fasteoi   eth0, ttyS4\n"
		" 27:        100        200   GICv3  27 Level     arch_timer\n"
		" 28:        100        200   GICv2 210 Level     tegra_timer\n"
		" 29:        100        200   xen-percpu    -ipi       resched1\n"
		"NMI:          1          2   Non-maskable interrupts\n"
		"SPU:          0          1   Spurious interrupts\n"
		"MCE:          0          0   Machine check exceptions\n"
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
		"SPU:          0          3   Spurious interrupts\n"
		"MCE:          0          1   Machine check exceptions\n"
		"PIW:          0          8   Posted-interrupt wakeup event\n"
		"LOC:       5000       9000   Local timer interrupts\n";
	struct causes causes = { .limit = 50 * NSEC_PER_USEC };

	find_isolated_interrupts(&causes, before, after);
	CHECK("why: interrupts of a device",
	      causes.nr == 5 && causes.list[0]->count == 40 && !causes.list[0]->often &&
		      find_cause(&causes, CAUSE_IRQ, "interrupts of eth0, ttyS4 (irq 22)"));
	CHECK("why: interrupts without a number",
	      causes.list[1]->interruptions == 10 && causes.list[1]->advice &&
		      find_cause(&causes, CAUSE_IRQ, "Non-maskable interrupts (NMI)") &&
		      strstr(causes.list[1]->advice->what_to_do, "nmi_watchdog"));
	CHECK("why: interrupts for a virtual machine",
	      causes.list[2]->interruptions == 3 && causes.list[2]->advice &&
		      find_cause(&causes, CAUSE_IRQ, "Posted-interrupt wakeup event (PIW)") &&
		      strstr(causes.list[2]->advice->what_to_do, "vcpupin"));
	CHECK("why: interrupts that tell of errors, or of nothing",
	      causes.list[3]->interruptions == 2 &&
		      find_cause(&causes, CAUSE_IRQ, "Spurious interrupts (SPU)") &&
		      causes.list[4]->interruptions == 1 &&
		      find_cause(&causes, CAUSE_IRQ, "Machine check exceptions (MCE)"));
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
void test_interrupts_new(void)
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

	find_isolated_interrupts(&causes, before, after);
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
void test_interrupts_hotplug(void)
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

void test_steal(void)
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

void test_softirqs(void)
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

void test_expiries(void)
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

	/* The interrupt of timers: for an hrtimer, or one in a softirq that follows, or for none */
	add_at(expiries, RECORD_TIMER_INTERRUPT, 150000, 7, hard, 0, 0, 0);
	expire(expiries, 0, 7, 3);
	add_at(expiries, RECORD_TIMER_INTERRUPT, 150200, 7, hard, 0, 0, 0);
	add_at(expiries, RECORD_HRTIMER_ENTRY, 150300, 7, soft, 1, 0, 0);
	add_at(expiries, RECORD_HRTIMER_EXIT, 150400, 7, soft, 1, 0, 0);
	add_at(expiries, RECORD_TIMER_INTERRUPT, 150500, 7, hard, 0, 0, 0);
	CHECK("expiries: the interrupt of timers", seen.nr == 10);
	add_at(expiries, RECORD_TIMER_INTERRUPT, 150600, 7, hard, 0, 0, 0);
	CHECK("expiries: the interrupt of timers, and none expired",
	      seen.nr == 11 && seen.last.whom == EXPIRY_NONE && !seen.last.function);
	expiries_end(expiries);
	expiries_end(expiries);
	CHECK("expiries: the last interrupt of timers, and none expired", seen.nr == 12);
	seen.causes.ticks_recorded = true;
	causes_add_expiry(&seen.causes, &seen.last);
	cause = find_cause(&seen.causes, CAUSE_EXPIRY, "the interrupt of timers came there");
	CHECK("why: a timer that was canceled, with high resolution timers",
	      cause && cause->count == 1 && cause->interruptions == 1);

	/* Two of that function came from CPU 0: the table tells of these. */
	causes_add_tables(&seen.causes, &difference);
	causes_rank(&seen.causes);
	cause = find_cause(&seen.causes, CAUSE_EXPIRY, "the interrupt of timers came there");
	CHECK("advice: a timer that was canceled", cause && cause->advice &&
	      strstr(cause->advice->what_to_do, "hrtimer_cancel"));
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
void test_tick_of_isolated(void)
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

void test_spans(void)
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
void test_late_waiter(void)
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
void test_late_path(void)
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
void test_besides(void)
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
void test_many_tasks(void)
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
