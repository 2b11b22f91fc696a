// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of what was counted and of what is open.
 *
 * Every column is one word, so that any tool can cut them. Nothing here takes a
 * lock that starting and stopping need.
 */
#include <linux/kallsyms.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "../trace.h"
#include "irqspan.h"

/* A comm or a name may have spaces, and may be empty. */
static void put_word(struct seq_file *m, const char *word)
{
	seq_putc(m, ' ');
	if (*word)
		seq_escape(m, word, " \t\n\\");
	else
		seq_putc(m, '-');
}

static void put_symbol(struct seq_file *m, unsigned long ip)
{
	char sym[KSYM_SYMBOL_LEN];
	char *space;

	seq_putc(m, ' ');
	if (!ip) {
		seq_putc(m, '-');
		return;
	}
	/* "function+offset/size [module]" is one word without the space. */
	sprint_symbol(sym, ip);
	space = strchr(sym, ' ');
	if (space)
		memmove(space, space + 1, strlen(space));
	seq_puts(m, sym);
	/* No name: the module that it was in has been unloaded. */
	if (!__kernel_text_address(ip))
		seq_puts(m, "[gone]");
}

static void put_function(struct seq_file *m, unsigned long ip)
{
	char sym[KSYM_SYMBOL_LEN];
	char *space;

	seq_putc(m, ' ');
	if (!ip) {
		seq_putc(m, '-');
		return;
	}
	sprint_symbol_no_offset(sym, ip);
	space = strchr(sym, ' ');
	if (space)
		memmove(space, space + 1, strlen(space));
	seq_puts(m, sym);
}

/**
 * typedef report_fn - print the counters of one CPU or one line
 * @m: where to
 * @type: "cpu" or "irq"
 * @id: its number
 * @name: name of the line, empty for a CPU
 * @st: a copy of the counters
 */
typedef void (*report_fn)(struct seq_file *m, const char *type, unsigned int id,
			  const char *name, const struct irqspan_stats *st);

static int report_all(struct seq_file *m, report_fn report)
{
	struct irqspan_slot *slot = NULL;
	struct irqspan_stats *st;
	unsigned int cpu;

	st = kzalloc_obj(*st);
	if (!st)
		return -ENOMEM;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);
		/* Pairs with smp_store_release() in alloc_stats(). */
		const struct irqspan_stats *stats = smp_load_acquire(&ic->stats);

		if (!ic->measured || !stats)
			continue;
		/* Pairs with smp_store_release() in irqspan_local_end(). */
		if (smp_load_acquire(&ic->clear))
			irqspan_stats_reset(st);
		else
			irqspan_stats_snapshot(st, stats);
		report(m, "cpu", cpu, "", st);
	}

	guard(rcu)();
	while ((slot = irqspan_slot_next(slot))) {
		/* Pairs with smp_store_release() in close_span(). */
		if (smp_load_acquire(&slot->clear))
			continue;
		irqspan_stats_snapshot(st, &slot->stats);
		if (irqspan_stats_spans(st))
			report(m, "irq", slot->key - 1, slot->span.name, st);
	}
	kfree(st);
	return 0;
}

static void report_stats_row(struct seq_file *m, const char *type, unsigned int id,
			     const char *name, const struct irqspan_stats *st)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	u64 spans = irqspan_stats_spans(st);
	unsigned int i;

	seq_printf(m, "%s %u", type, id);
	put_word(m, name);
	seq_printf(m, " %llu %llu %llu", spans, st->total, spans ? st->min : 0);
	for (i = 0; i < ARRAY_SIZE(permille); i++)
		seq_printf(m, " %llu", irqspan_percentile(st->bucket, spans, st->max,
							  permille[i]));
	seq_printf(m, " %llu", st->max);
	put_symbol(m, st->worst_caller);
	put_word(m, st->worst_comm);
	seq_putc(m, '\n');
}

/**
 * irqspan_report_stats - print the table of counters
 * @m: where to
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_report_stats(struct seq_file *m)
{
	u64 recursion = 0;
	unsigned int cpu;
	int ret;

	seq_puts(m, "# type id name spans total min p50 p90 p99 p99.9 max caller comm\n");
	ret = report_all(m, report_stats_row);
	if (ret)
		return ret;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		if (READ_ONCE(ic->clear))
			continue;
		recursion += READ_ONCE(ic->recursion);
	}
	seq_printf(m, "# lost_lines %llu\n", irqspan_line_lost());
	seq_printf(m, "# recursion %llu\n", recursion);
	return 0;
}

static void report_hist_rows(struct seq_file *m, const char *type, unsigned int id,
			     const char *name, const struct irqspan_stats *st)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i++) {
		if (!st->bucket[i])
			continue;
		seq_printf(m, "%s %u", type, id);
		put_word(m, name);
		seq_printf(m, " %llu %llu %llu\n", irqspan_bucket_low(i),
			   irqspan_bucket_high(i), st->bucket[i]);
	}
}

/**
 * irqspan_report_hist - print the buckets that are not empty
 * @m: where to
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_report_hist(struct seq_file *m)
{
	seq_puts(m, "# type id name low high count\n");
	return report_all(m, report_hist_rows);
}

static const char * const context_names[] = {
	[IRQSPAN_CTX_TASK]	= "task",
	[IRQSPAN_CTX_SOFTIRQ]	= "softirq",
	[IRQSPAN_CTX_HARDIRQ]	= "hardirq",
	[IRQSPAN_CTX_NMI]	= "nmi",
	[IRQSPAN_CTX_IDLE]	= "idle",
};

static const char * const kind_names[] = {
	[IRQSPAN_KIND_DISABLE]	= "disable",
	[IRQSPAN_KIND_HARDIRQ]	= "hardirq",
	[IRQSPAN_KIND_ONESHOT]	= "oneshot",
	[IRQSPAN_KIND_SPURIOUS]	= "spurious",
	[IRQSPAN_KIND_SUSPEND]	= "suspend",
	[IRQSPAN_KIND_SHUTDOWN]	= "shutdown",
};

static void report_open_cpu(struct seq_file *m, unsigned int cpu)
{
	struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);
	char comm[TASK_COMM_LEN];
	struct irqspan_scale scale;
	enum irqspan_context context;
	struct irqflags_frame frame;
	unsigned long caller;
	u64 start, duration;
	pid_t pid;

	/*
	 * While a span is open its task cannot go away for good: that takes a
	 * context switch, which ends the span, and then a grace period.
	 */
	scoped_guard(rcu) {
		struct task_struct *task;

		/* Pairs with smp_store_release() in hook_off(). */
		start = smp_load_acquire(&ic->start);
		task = READ_ONCE(ic->task);
		/* The task is read before it is known to be that of this span. */
		smp_rmb();
		if (start <= IRQSPAN_LAST_MARK || READ_ONCE(ic->start) != start)
			return;
		strscpy(comm, task->comm);
		pid = task->pid;
		context = irqspan_context(READ_ONCE(ic->preempt_count), task);
	}
	caller = READ_ONCE(ic->caller);
	frame = ic->frame;
	caller = irqspan_caller(caller, irqflags_frame_parent(caller, &frame));
	scale = ic->scale;
	/* Still the same span, or all of the above belongs to another one */
	smp_rmb();
	if (READ_ONCE(ic->start) != start)
		return;

	/* Of one CPU, even if it is not that of the span. */
	scoped_guard(preempt_notrace)
		duration = irqspan_clock_ns(&scale, irqspan_clock(irqspan_cycles) - start);

	seq_printf(m, "cpu %u - %s - %llu %llu %d", cpu, context_names[context],
		   ktime_get_mono_fast_ns() - duration, duration, pid);
	put_symbol(m, caller);
	put_word(m, comm);
	seq_putc(m, '\n');
}

static void report_open_line(struct seq_file *m, struct irqspan_slot *slot)
{
	struct irqspan_line span;
	bool already;
	u64 start;

	/* Pairs with smp_store_release() in open_span(). */
	if (!smp_load_acquire(&slot->off) || !irqspan_line_measured(slot->key - 1))
		return;
	start = READ_ONCE(slot->start);
	already = READ_ONCE(slot->already);
	span = slot->span;
	/* As for a CPU: was it the same span all along? */
	smp_rmb();
	if (!READ_ONCE(slot->off) || READ_ONCE(slot->start) != start)
		return;

	seq_printf(m, "irq %u", span.irq);
	put_word(m, span.name);
	seq_printf(m, " %s %u %llu %llu", kind_names[span.kind], span.depth, start,
		   irqspan_since(ktime_get_mono_fast_ns(), start));
	if (already) {
		seq_puts(m, " 0 (already-off) -\n");
		return;
	}
	seq_printf(m, " %d", span.pid);
	put_symbol(m, span.caller);
	put_word(m, span.comm);
	seq_putc(m, '\n');
}

/**
 * irqspan_report_open - print the spans that are open now
 * @m: where to
 *
 * Return: 0.
 */
int irqspan_report_open(struct seq_file *m)
{
	struct irqspan_slot *slot = NULL;
	unsigned int cpu;

	seq_puts(m, "# type id name kind depth since duration pid caller comm\n");
	for_each_online_cpu(cpu)
		report_open_cpu(m, cpu);

	guard(rcu)();
	while ((slot = irqspan_slot_next(slot)))
		report_open_line(m, slot);
	return 0;
}

static const char * const ipi_kinds[IRQSPAN_IPI_KINDS] = {
	[IRQSPAN_IPI_RESCHEDULE]	= "reschedule",
	[IRQSPAN_IPI_CALL]		= "call-function",
	[IRQSPAN_IPI_IRQ_WORK]		= "irq_work",
	[IRQSPAN_IPI_OTHER]		= "other",
};

static const char *ipi_name(const struct irqspan_ipi_key *key)
{
	if (key->name)
		return key->name;
	/* That of another CPU comes with its function calls. */
	if (key->kind == IRQSPAN_IPI_IRQ_WORK && key->to != key->from)
		return irqspan_ipi_name(IRQSPAN_IPI_CALL) ?: "";
	return irqspan_ipi_name(key->kind) ?: "";
}

static void report_ipi(struct seq_file *m, const struct irqspan_ipi_row *row)
{
	unsigned long sent = local_read(&row->sent);
	unsigned long requests = local_read(&row->requests);

	seq_printf(m, "%u %u %s", row->key.to, row->key.from, ipi_kinds[row->key.kind]);
	put_word(m, ipi_name(&row->key));
	put_function(m, row->key.function);
	put_symbol(m, row->key.caller);
	/* The two counters were not read at once. */
	seq_printf(m, " %lu %lu", requests, requests > sent ? requests - sent : 0);
	if (row->key.kind != IRQSPAN_IPI_CALL) {
		seq_puts(m, " - - - - - - - -\n");
		return;
	}
	seq_printf(m, " %llu %llu %llu %llu %llu", row->handler_total, row->handler_max,
		   row->delay_total, row->delay_max, row->late);
	if (row->late)
		seq_printf(m, " %llu", row->past.duration);
	else
		seq_puts(m, " -");
	put_symbol(m, row->past.caller);
	put_word(m, row->past.comm);
	seq_putc(m, '\n');
}

/**
 * irqspan_report_ipis - print who interrupted whom
 * @m: where to
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_report_ipis(struct seq_file *m)
{
	struct irqspan_ipi_row *rows;
	u64 requests, sent, delays;
	int i, n;

	n = irqspan_ipi_rows(&rows);
	if (n < 0)
		return n;
	seq_puts(m, "# to_cpu from_cpu kind name function call_site count no_ipi handler_total handler_max delay_total delay_max late span_duration span_caller span_comm\n");
	for (i = 0; i < n; i++)
		report_ipi(m, &rows[i]);
	kvfree(rows);

	irqspan_ipi_lost(&requests, &sent, &delays);
	seq_printf(m, "# lost_ipis %llu\n", requests);
	seq_printf(m, "# lost_sent %llu\n", sent);
	seq_printf(m, "# lost_delays %llu\n", delays);
	return 0;
}

static const char * const timer_classes[] = {
	[IRQSPAN_TIMER_HRTIMER]	= "hrtimer",
	[IRQSPAN_TIMER_WHEEL]	= "wheel",
};

static void report_timer(struct seq_file *m, const struct irqspan_timer_row *row)
{
	seq_printf(m, "%u %u %s", row->key.armed, row->key.queued,
		   timer_classes[row->key.class]);
	put_function(m, row->key.function);
	put_word(m, row->key.comm);
	seq_printf(m, " %lld %lld %lld %lld\n", atomic64_read(&row->counts.migrations),
		   atomic64_read(&row->counts.expiries), atomic64_read(&row->counts.wakes),
		   atomic64_read(&row->counts.hotplug));
}

/**
 * irqspan_report_timers - print which timers left the CPU that armed them
 * @m: where to
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_report_timers(struct seq_file *m)
{
	const struct irqspan_timer_counts *lost;
	struct irqspan_timer_row *rows;
	u64 origins;
	int i, n;

	n = irqspan_timer_rows(&rows);
	if (n < 0)
		return n;
	seq_puts(m, "# armed_cpu queued_cpu class function comm migrations expiries wakes hotplug\n");
	for (i = 0; i < n; i++)
		report_timer(m, &rows[i]);
	kvfree(rows);

	lost = irqspan_timer_lost(&origins);
	seq_printf(m, "# lost_migrations %lld\n", atomic64_read(&lost->migrations));
	seq_printf(m, "# lost_expiries %lld\n", atomic64_read(&lost->expiries));
	seq_printf(m, "# lost_wakes %lld\n", atomic64_read(&lost->wakes));
	seq_printf(m, "# lost_hotplug %lld\n", atomic64_read(&lost->hotplug));
	seq_printf(m, "# lost_origins %llu\n", origins);
	return 0;
}
