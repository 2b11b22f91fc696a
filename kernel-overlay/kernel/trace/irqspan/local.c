// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans: from irq_disable to irq_enable on the same CPU.
 *
 * The hooks allocate nothing, take no lock and are not traced. There are a thousand
 * short spans for each one that is worth a record. A short span costs two readings of
 * the clock and a few counters, see irqspan_local_count_fast().
 *
 * The hooks need no guard against an NMI: they run with interrupts off, and an NMI that
 * arrives while interrupts are off calls no hook.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "../trace.h"
#include "blame.h"
#include "handler.h"
#include "local.h"
#include "print.h"
#include "record.h"

#include <trace/events/irq.h>
#include <trace/events/preemptirq.h>

static void irqspan_local_fill(void *entry, const void *from);

#define CREATE_TRACE_POINTS
#include "local_trace.h"

DEFINE_PER_CPU_SHARED_ALIGNED(struct irqspan_cpu, irqspan_cpus);

static struct irqspan_part local_part;

static void irqspan_local_fill(void *entry, const void *from)
{
	struct trace_event_raw_local_span *to = entry;
	const struct irqspan_local *span = from;

	irqspan_fill_culprit(to, &span->culprit);
	to->handler_ns	= span->culprit.handler_ns;
	to->parent	= span->parent;
	to->end_caller	= span->end_caller;
	to->end_parent	= span->end_parent;
	to->context	= span->context;
}

static struct irqspan_event local_span_event = {
	.call		= &event_local_span,
	.part		= &local_part,
	.size		= sizeof(struct trace_event_raw_local_span),
	.fill		= irqspan_local_fill,
	.to_instances	= true,
};

IRQSPAN_EVENT_REGISTRATION(local_span, &local_span_event)

/**
 * irqspan_local_hardirq - the open span is that of a hard interrupt
 * @ic: state of this CPU
 *
 * Context: interrupts off, hard interrupt. A span is open.
 */
void irqspan_local_hardirq(struct irqspan_cpu *ic)
{
	ic->preempt_count |= HARDIRQ_OFFSET;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_hardirq);

/**
 * irqspan_local_enable_no_span - interrupts are about to go on, and no span is open
 * @ic: state of this CPU
 *
 * Context: interrupts off, any context. @ic->start is an &enum irqspan_mark.
 */
void irqspan_local_enable_no_span(struct irqspan_cpu *ic)
{
	switch (ic->start) {
	case IRQSPAN_UNKNOWN:
		if (READ_ONCE(ic->measured) && ic->stats)
			ic->start = IRQSPAN_NO_SPAN;
		break;
	case IRQSPAN_RECORDING:
		irqspan_u64_add(&ic->recursion, 1);
		break;
	}
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_enable_no_span);

/* From this duration up, a span takes the slow path: counting it is not enough. */
static u64 fast_limit_ns(const struct irqspan_cpu *ic)
{
	u64 ns = min(irqspan_u64_read(&irqspan_local_thresh_ns), ic->stats->worst.duration + 1);

	ns = min(ns, irqspan_u64_read(&irqspan_note_from_ns));
	return ns;
}

static void set_fast_limit(struct irqspan_cpu *ic)
{
	u64 ns = fast_limit_ns(ic);

	/* All spans take the slow path. A change meanwhile sets the limit to 0, too. */
	if (!ns) {
		WRITE_ONCE(ic->fast_limit, 0);
		return;
	}
	WRITE_ONCE(ic->fast_limit, irqspan_clock_short_diff(&ic->scale, ns));
	/*
	 * Pairs with smp_mb() in irqspan_force_slow_path(): either this CPU sees what was
	 * changed before that barrier, or the 0 that is written after that barrier stays.
	 */
	smp_mb();
	if (fast_limit_ns(ic) != ns || READ_ONCE(ic->clear) || !READ_ONCE(ic->measured))
		WRITE_ONCE(ic->fast_limit, 0);
}

/**
 * irqspan_force_slow_path - have each CPU take the slow path with its next span
 *
 * To be called after a change of anything that set_fast_limit() looks at.
 */
void irqspan_force_slow_path(void)
{
	unsigned int cpu;

	/* Pairs with smp_mb() in set_fast_limit(). */
	smp_mb();
	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(irqspan_cpus, cpu).fast_limit, 0);
}

/**
 * irqspan_local_finish - interrupts are about to go on: count any span
 * @ic: state of this CPU
 * @diff: irqspan_clock() of now less that of the start
 * @ip: code address of the enable
 * @parent_ip: return address of the function that @ip is in
 * @span: filled in when the answer is true
 *
 * Context: interrupts off, any context. A span is open, and stays open if the
 * answer is true: the caller closes it when it is done with @span.
 * Return: true if it was counted.
 */
bool irqspan_local_finish(struct irqspan_cpu *ic, u64 diff, unsigned long ip,
			  unsigned long parent_ip, struct irqspan_local *span)
{
	u64 worst;
	bool clear;

	/* The CPU was taken out of the mask while its interrupts were off. */
	if (unlikely(!READ_ONCE(ic->measured))) {
		irqspan_u64_write(&ic->start, IRQSPAN_UNKNOWN);
		return false;
	}

	span->parent		 = irqflags_frame_parent(ic->caller, &ic->frame);
	span->culprit.duration	 = irqspan_clock_ns(&ic->scale, diff);
	span->culprit.caller	 = irqspan_caller(ic->caller, span->parent);
	irqspan_handler_read(ic->start, ic->start + diff, true, &span->culprit);
	/*
	 * If ic->task is not current, this CPU is switching away from it, and it still
	 * exists: finish_task_switch() turns interrupts on before it drops the task.
	 */
	span->culprit.pid	 = ic->task->pid;
	memcpy(span->culprit.comm, ic->task->comm, TASK_COMM_LEN);
	span->culprit.interrupted = irqspan_is_interrupt(ic->preempt_count);
	span->end_caller	 = irqspan_caller(ip, parent_ip);
	span->end_parent	 = parent_ip;
	span->context		 = irqspan_context(ic->preempt_count, ic->task);

	worst = ic->stats->worst.duration;
	clear = READ_ONCE(ic->clear);
	irqspan_stats_count(ic->stats, &span->culprit, clear);
	if (unlikely(clear)) {
		ic->recursion = 0;
		ic->irq_works_unrecorded = 0;
		/*
		 * Pairs with smp_load_acquire() in read_row(): a reader that sees @clear
		 * false sees the counters without what was counted before.
		 */
		smp_store_release(&ic->clear, false);
	}
	/* Otherwise the limit is valid: whatever changes its other inputs sets it to 0. */
	if (clear || !READ_ONCE(ic->fast_limit) || ic->stats->worst.duration != worst)
		set_fast_limit(ic);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_finish);

/* The clock counts cycles, else ns. Set while no hook runs. */
bool irqspan_clock_is_cycles;

/*
 * The slow path of an enable: end a span that hook_on() could not count, if one is open.
 * Preserves all registers, so that the fast path need not save them.
 */
static noinline __no_caller_saved_registers
void end_span(u64 diff, unsigned long ip, unsigned long frame, unsigned long pointer)
{
	struct irqspan_scale scale;
	struct irqspan_cpu *ic;
	/* Not initialized, to save time: every field is filled in before it is used. */
	struct irqspan_local span __uninitialized;
	unsigned long parent = 0;
	unsigned int irq_work_within;
	bool recorded, unrecorded;

	/* Interrupts were already on, so no span ends; the task may have migrated. */
	if (!raw_irqs_disabled())
		return;
	ic = this_cpu_ptr(&irqspan_cpus);
	if (ic->start <= IRQSPAN_LAST_MARK) {
		irqspan_local_enable_no_span(ic);
		return;
	}
	scale = ic->scale;
	irqspan_clock_scale(&ic->scale);
	if (unlikely(scale.mult != ic->scale.mult || scale.shift != ic->scale.shift))
		WRITE_ONCE(ic->fast_limit, 0);
	recorded = irqspan_above_threshold(irqspan_clock_ns(&ic->scale, diff),
					   irqspan_u64_read(&irqspan_local_thresh_ns));
	irq_work_within = recorded ? irqspan_handler_irq_work_within(ic) : 0;
	unrecorded = irqspan_local_repeats_irq_work(ic, irq_work_within);
	recorded &= !unrecorded;
	/* Only the record names the parent. */
	if (recorded)
		parent = irqflags_live_parent(ip, frame, pointer);
	if (!irqspan_local_finish(ic, diff, ip, parent, &span))
		return;
	if (span.culprit.duration >= irqspan_u64_read(&irqspan_note_from_ns))
		irqspan_blame_note(&span.culprit, sched_clock_noinstr());
	if (unlikely(unrecorded))
		irqspan_u64_add(&ic->irq_works_unrecorded, 1);
	if (recorded) {
		/* Keep probes of the event, which may turn interrupts off, from opening a span. */
		irqspan_u64_write(&ic->start, IRQSPAN_RECORDING);
		barrier();
		trace_local_span(&span);
		irqspan_record(&local_span_event, &span);
		barrier();
		ic->irq_work_recorded = irq_work_within ?
					irqspan_clock(irqspan_clock_is_cycles) : 0;
	}
	irqspan_u64_write(&ic->start, IRQSPAN_NO_SPAN);
}

NOKPROBE_SYMBOL(end_span);

/* Read irqspan_clock() or irqspan_clock_begin(); calls are made as hooks have to make them. */
static __always_inline u64 hook_clock(bool begin, bool cycles)
{
	if (!cycles)
		return irqflags_call_long_value(sched_clock_noinstr);
	return begin ? irqspan_clock_begin(true) : irqspan_clock(true);
}

static __always_inline void hook_off(unsigned long ip, unsigned long frame, bool direct,
				     bool cycles)
{
	struct irqspan_cpu *ic = raw_cpu_ptr(&irqspan_cpus);

	/* Have the compiler keep it in one register. */
	OPTIMIZER_HIDE_VAR(ic);
	if (ic->start == IRQSPAN_NO_SPAN) {
		/* Pairs with smp_rmb() in read_open_span_of(): the old span is seen closed. */
		smp_wmb();
		/*
		 * This may fault. Where an exception calls hooks although interrupts are off, as on
		 * arm v7, it opens a span of its own, which the writes below replace by this one.
		 */
		irqflags_frame_save(&ic->frame, ip, frame, direct);
		irqspan_local_open(ic, ip);
		/*
		 * Publish last: pairs with irqspan_u64_read_acquire() in
		 * read_open_span_of(), which reads all this from another CPU.
		 */
		irqspan_u64_write_release(&ic->start, hook_clock(true, cycles));
	}
}

/* Counts a short span. Returns false, and @diff, if end_span() has to do the rest. */
static __always_inline bool hook_on(u64 *diff, bool cycles)
{
	struct irqspan_cpu *ic;
	u64 start;

	/* A stub has checked that interrupts are off. Without one the task may migrate. */
	if (IS_ENABLED(CONFIG_IRQFLAGS_DYNAMIC_STUB))
		start = raw_cpu_read(irqspan_cpus.start);
	else
		start = this_cpu_read(irqspan_cpus.start);
	if (unlikely(start <= IRQSPAN_LAST_MARK))
		return false;
	ic = raw_cpu_ptr(&irqspan_cpus);
	OPTIMIZER_HIDE_VAR(ic);
	*diff = hook_clock(false, cycles) - start;
	return irqspan_local_count_fast(ic, *diff);
}

/* Each hook exists twice, once for each clock, so that the choice costs nothing. */
enum {
	CLOCK_ns	= false,
	CLOCK_cycles	= true,
};

#define DEFINE_HOOKS(clock)							\
static void hook_off_##clock(unsigned long ip, unsigned long frame)		\
{										\
	hook_off(ip, frame, false, CLOCK_##clock);				\
}										\
NOKPROBE_SYMBOL(hook_off_##clock);						\
										\
static void hook_on_##clock(unsigned long ip, unsigned long frame)		\
{										\
	u64 diff = 0;								\
										\
	if (!hook_on(&diff, CLOCK_##clock))					\
		irqflags_call_long(end_span, diff, ip, frame,			\
				   irqflags_frame_pointer(frame, false));	\
}										\
NOKPROBE_SYMBOL(hook_on_##clock)

DEFINE_HOOKS(ns);
DEFINE_HOOKS(cycles);

#ifdef IRQFLAGS_DIRECT_CALLS

/*
 * The same hooks once more, to be called in place of a no-op. They preserve all
 * registers, and so save only those that they use.
 */
#define DEFINE_CALLS(clock)							\
static __no_caller_saved_registers void call_off_##clock(unsigned long parent_ip)	\
{										\
	/* Interrupts are off all through an NMI, which may have hit a hook. */	\
	if (raw_irqs_disabled())						\
		return;								\
	raw_local_irq_disable();						\
	hook_off(_RET_IP_, irqflags_call_frame(parent_ip), true, CLOCK_##clock); \
}										\
NOKPROBE_SYMBOL(call_off_##clock);						\
										\
static __no_caller_saved_registers void call_entry_##clock(unsigned long parent_ip)	\
{										\
	hook_off(_RET_IP_, irqflags_call_frame(parent_ip), true, CLOCK_##clock); \
}										\
NOKPROBE_SYMBOL(call_entry_##clock);						\
										\
static __no_caller_saved_registers void call_on_##clock(unsigned long parent_ip)	\
{										\
	u64 diff = 0;								\
										\
	if (!hook_on(&diff, CLOCK_##clock))					\
		end_span(diff, _RET_IP_, irqflags_call_frame(parent_ip),	\
			 irqflags_frame_pointer(irqflags_call_frame(parent_ip), true)); \
}										\
NOKPROBE_SYMBOL(call_on_##clock)

DEFINE_CALLS(ns);
DEFINE_CALLS(cycles);

#define HOOKS(clock) {								\
	.off		= hook_off_##clock,					\
	.on		= hook_on_##clock,					\
	.call_off	= call_off_##clock,					\
	.call_entry	= call_entry_##clock,					\
	.call_on	= call_on_##clock,					\
}

#else

#define HOOKS(clock) {								\
	.off		= hook_off_##clock,					\
	.on		= hook_on_##clock,					\
}

#endif

static const struct trace_irqflags_hook hooks[] = { HOOKS(ns), HOOKS(cycles) };

#ifdef CONFIG_TRACE_IRQFLAGS_DYNAMIC

static int attach_hooks(const struct trace_irqflags_hook *hook)
{
	return trace_irqflags_attach(hook);
}

static void detach_hooks(void)
{
	trace_irqflags_detach();
}

#else

static const struct trace_irqflags_hook *attached;

static void hook_irq_disable(void *data, unsigned long ip, unsigned long parent_ip)
{
	attached->off(ip, parent_ip);
}

NOKPROBE_SYMBOL(hook_irq_disable);

static void hook_irq_enable(void *data, unsigned long ip, unsigned long parent_ip)
{
	attached->on(ip, parent_ip);
}

NOKPROBE_SYMBOL(hook_irq_enable);

static int attach_hooks(const struct trace_irqflags_hook *hook)
{
	int ret;

	attached = hook;
	ret = register_trace_irq_enable(hook_irq_enable, NULL);
	if (ret)
		return ret;
	ret = register_trace_irq_disable(hook_irq_disable, NULL);
	if (ret)
		unregister_trace_irq_enable(hook_irq_enable, NULL);
	return ret;
}

static void detach_hooks(void)
{
	unregister_trace_irq_disable(hook_irq_disable, NULL);
	unregister_trace_irq_enable(hook_irq_enable, NULL);
	tracepoint_synchronize_unregister();
}

#endif

/* The entry code opened the span before it was known to be that of a hard interrupt. */
static void hook_hardirq_entry(void *data, unsigned int nesting)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);

	if (ic->start > IRQSPAN_LAST_MARK)
		irqspan_local_hardirq(ic);
}

NOKPROBE_SYMBOL(hook_hardirq_entry);

/*
 * Called through irqspan_read_open_span: describe the span open on this CPU if it has
 * lasted at least span->duration.
 */
static bool read_open_span(struct irqspan_culprit *span)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);
	u64 start = ic->start, now, duration;
	unsigned long parent = 0;

	if (start <= IRQSPAN_LAST_MARK)
		return false;
	now = irqspan_clock(irqspan_clock_is_cycles);
	duration = irqspan_clock_ns(&ic->scale, now - start);
	if (duration < span->duration)
		return false;
	span->duration	 = duration;
	if (in_lock_functions(ic->caller))
		parent = irqflags_frame_parent(ic->caller, &ic->frame);
	span->caller	 = irqspan_caller(ic->caller, parent);
	span->pid	 = ic->task->pid;
	/*
	 * What runs now is about to call the function that is late: on arm64 the handler of
	 * the timer or of the IPI is around it.
	 */
	irqspan_handler_read(start, now, false, span);
	/*
	 * This is the hardirq the caller itself runs in. Without a handler or a wait for
	 * a lock it delayed nothing.
	 */
	if ((ic->preempt_count & HARDIRQ_MASK) && !span->handler && !span->waited)
		return false;
	memcpy(span->comm, ic->task->comm, TASK_COMM_LEN);
	span->interrupted = irqspan_is_interrupt(ic->preempt_count);
	return true;
}

static int alloc_stats(unsigned int cpu)
{
	struct irqspan_cpu *ic = &per_cpu(irqspan_cpus, cpu);
	struct irqspan_stats *stats;

	if (ic->stats)
		return 0;
	stats = kzalloc_node(sizeof(*stats), GFP_KERNEL, cpu_to_node(cpu));
	if (!stats)
		return -ENOMEM;
	irqspan_stats_init(stats);
	/* Pairs with smp_load_acquire() in read_row(): the counters are empty. */
	smp_store_release(&ic->stats, stats);
	return 0;
}

/* Set at the first start: from then on reset_cpu() allocates counters for new CPUs. */
static bool stats_wanted;

/*
 * A CPU goes offline with interrupts off: drop that span, which would last until the CPU
 * is back. A CPU that comes gets counters; without memory for them it is not measured.
 */
static void reset_cpu(unsigned int cpu)
{
	if (READ_ONCE(stats_wanted))
		alloc_stats(cpu);
	irqspan_u64_write(&per_cpu(irqspan_cpus, cpu).start, IRQSPAN_UNKNOWN);
}

static void settings_changed(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(irqspan_cpus, cpu).measured, irqspan_cpu_measured(cpu));
	irqspan_force_slow_path();
}

static void clear_cpu(struct irqspan_cpu *ic)
{
	if (ic->stats)
		irqspan_stats_init(ic->stats);
	ic->recursion = 0;
	ic->irq_works_unrecorded = 0;
	WRITE_ONCE(ic->clear, false);
}

/* While the hooks run, each CPU clears its own counters, with its next span. */
static void clear_spans(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		if (local_part.running)
			WRITE_ONCE(ic->clear, true);
		else
			clear_cpu(ic);
	}
	irqspan_force_slow_path();
}

static int start_spans(void)
{
	struct irqspan_scale scale;
	unsigned int cpu;
	int ret = 0;

	/* From here on reset_cpu() allocates the counters of CPUs that come. */
	WRITE_ONCE(stats_wanted, true);
	scoped_guard(cpus_read_lock) {
		for_each_online_cpu(cpu)
			ret = alloc_stats(cpu) ?: ret;
	}
	if (ret)
		return ret;
	clear_spans();
	irqspan_clock_choose(&scale);
	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		ic->start = IRQSPAN_UNKNOWN;
		ic->irq_work_recorded = 0;
		ic->measured = irqspan_cpu_measured(cpu);
		/* The first span of the CPU, on the slow path, sets the CPU's own scale. */
		ic->scale = scale;
	}

	ret = irqspan_handlers_start();
	if (ret)
		return ret;
	ret = register_trace_hardirq_entry(hook_hardirq_entry, NULL);
	if (ret)
		goto err_handlers;
	ret = attach_hooks(&hooks[irqspan_clock_is_cycles]);
	if (ret)
		goto err_hardirq;
	irqspan_read_open_span = read_open_span;
	return 0;

err_hardirq:
	unregister_trace_hardirq_entry(hook_hardirq_entry, NULL);
err_handlers:
	irqspan_handlers_stop();
	return ret;
}

/* Spans that are open are dropped. The counters stay to be read. */
static void stop_spans(void)
{
	unsigned int cpu;

	irqspan_read_open_span = NULL;
	unregister_trace_hardirq_entry(hook_hardirq_entry, NULL);
	/* This waits until no hook runs any more, hook_hardirq_entry() included. */
	detach_hooks();
	irqspan_handlers_stop();

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		irqspan_u64_write(&ic->start, IRQSPAN_UNKNOWN);
		if (ic->clear)
			clear_cpu(ic);
	}
}

/* The next CPU that is measured and has counters */
static bool next_row(unsigned int *pos)
{
	unsigned int cpu = *pos;

	for (; cpu < nr_cpu_ids; cpu++) {
		const struct irqspan_cpu *ic;

		if (!cpu_possible(cpu))
			continue;
		ic = per_cpu_ptr(&irqspan_cpus, cpu);
		if (READ_ONCE(ic->stats) && irqspan_cpu_measured(cpu)) {
			*pos = cpu;
			return true;
		}
	}
	return false;
}

static bool read_row(unsigned int cpu, struct irqspan_counters *copy)
{
	struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);
	/* Pairs with smp_store_release() in alloc_stats(). */
	const struct irqspan_stats *stats = smp_load_acquire(&ic->stats);

	copy->type = "cpu";
	copy->id = cpu;
	copy->name[0] = '\0';
	/* Pairs with smp_store_release() in irqspan_local_finish(). */
	if (smp_load_acquire(&ic->clear))
		irqspan_stats_init(&copy->stats);
	else
		irqspan_stats_snapshot(&copy->stats, stats);
	return true;
}

static void show_totals(struct seq_file *m)
{
	u64 recursion = 0, irq_works = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		if (READ_ONCE(ic->clear))
			continue;
		recursion += irqspan_u64_read(&ic->recursion);
		irq_works += irqspan_u64_read(&ic->irq_works_unrecorded);
	}
	seq_printf(m, "# recursion %llu\n", recursion);
	seq_printf(m, "# unrecorded_irq_works %llu\n", irq_works);
}

static const char * const context_names[] = {
	[IRQSPAN_CTX_TASK]	= "task",
	[IRQSPAN_CTX_SOFTIRQ]	= "softirq",
	[IRQSPAN_CTX_HARDIRQ]	= "hardirq",
	[IRQSPAN_CTX_NMI]	= "nmi",
	[IRQSPAN_CTX_IDLE]	= "idle",
};

/**
 * struct open_span - a span that is open, as another CPU sees it
 * @start: &irqspan_cpu.start, which tells it from others
 * @context: what the CPU did when it turned its interrupts off
 * @culprit: what is known of it so far
 */
struct open_span {
	u64			start;
	enum irqspan_context	context;
	struct irqspan_culprit	culprit;
};

/* Returns false if interrupts are on, or were turned on or off meanwhile. */
static bool read_open_span_of(unsigned int cpu, struct open_span *open)
{
	struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);
	struct irqspan_culprit *culprit = &open->culprit;
	struct irqspan_scale scale;
	struct irqflags_frame frame;
	u64 start, now;

	/* A hook that still ran when the others stopped may have left a start behind. */
	if (!READ_ONCE(local_part.running))
		return false;

	/*
	 * While a span is open its task cannot go away for good: that takes a context
	 * switch, which ends the span, and then a grace period.
	 */
	scoped_guard(rcu) {
		struct task_struct *task;

		/* Pairs with irqspan_u64_write_release() in hook_off(). */
		start = irqspan_u64_read_acquire(&ic->start);
		task = READ_ONCE(ic->task);
		/* @task is that of this span if @start is still the same after it was read. */
		smp_rmb();
		if (start <= IRQSPAN_LAST_MARK || irqspan_u64_read(&ic->start) != start)
			return false;
		strscpy(culprit->comm, task->comm);
		culprit->pid = task->pid;
		open->context = irqspan_context(READ_ONCE(ic->preempt_count), task);
	}
	culprit->caller = READ_ONCE(ic->caller);
	frame = ic->frame;
	scale = ic->scale;
	/* If the start has changed, what was read above belongs to more than one span. */
	smp_rmb();
	if (irqspan_u64_read(&ic->start) != start)
		return false;

	open->start = start;
	culprit->caller = irqspan_caller(culprit->caller,
					 irqflags_frame_parent(culprit->caller, &frame));
	/* The clock must be read on one CPU, even if it is not that of the span. */
	scoped_guard(preempt_notrace)
		now = irqspan_clock(irqspan_clock_is_cycles);
	culprit->duration = irqspan_clock_ns(&scale, now - start);
	irqspan_handler_read_cpu(cpu, start, now, culprit);
	return true;
}

static void show_open(struct seq_file *m, unsigned int cpu)
{
	struct open_span open;

	if (!read_open_span_of(cpu, &open))
		return;
	seq_printf(m, "cpu %u - %s - %llu %llu %d", cpu, context_names[open.context],
		   ktime_get_mono_fast_ns() - open.culprit.duration, open.culprit.duration,
		   open.culprit.pid);
	irqspan_print_address(m, open.culprit.caller);
	irqspan_print_word(m, open.culprit.comm);
	seq_puts(m, " - -\n");
}

/* Start of the span that was printed last. Only one caller at a time prints a CPU. */
static DEFINE_PER_CPU(u64, printed_start);

static bool print_cpu_off(struct seq_file *m, unsigned int cpu, u64 min_ns)
{
	struct open_span open;
	u32 ns;
	u64 s;

	if (!read_open_span_of(cpu, &open) || open.culprit.duration < min_ns ||
	    per_cpu(printed_start, cpu) == open.start)
		return false;
	per_cpu(printed_start, cpu) = open.start;
	s = div_u64_rem(open.culprit.duration, NSEC_PER_SEC, &ns);
	seq_printf(m, "CPU %u: interrupts off for %llu.%03lu s by %pS (%s/%d)", cpu, s,
		   ns / NSEC_PER_MSEC,
		   (void *)open.culprit.caller, open.culprit.comm, open.culprit.pid);
	if (open.culprit.handler)
		seq_printf(m, ", of which %ps took %llu us", (void *)open.culprit.handler,
			   div_u64(open.culprit.handler_ns, NSEC_PER_USEC));
	return true;
}

static struct irqspan_part local_part = {
	.option			= "irqspan-local",
	.measures_spans		= true,
	.start			= start_spans,
	.stop			= stop_spans,
	.clear			= clear_spans,
	.reset_cpu		= reset_cpu,
	.settings_changed	= settings_changed,
	.next_row		= next_row,
	.read_row		= read_row,
	.show_totals		= show_totals,
	.show_open		= show_open,
	.print_cpu_off		= print_cpu_off,
	.events			= &local_span_event,
	.nr_events		= 1,
};

static int __init register_local_part(void)
{
	return irqspan_register_part(&local_part);
}
core_initcall(register_local_part);
