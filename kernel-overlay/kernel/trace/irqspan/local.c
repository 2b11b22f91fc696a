// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans: from irq_disable to irq_enable on the same CPU.
 *
 * Nothing that the hooks call allocates, takes a lock or is itself traced. They
 * run a thousand times for each span that is worth a record: such a short one
 * costs two readings of the clock and a few counters, see irqspan_local_count().
 *
 * The hooks need no guard against an NMI. They run with interrupts off, and an
 * NMI that finds them off calls none.
 */
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "../trace.h"
#include "irqspan.h"

#include <trace/events/irq.h>
#include <trace/events/preemptirq.h>

DEFINE_PER_CPU_SHARED_ALIGNED(struct irqspan_cpu, irqspan_cpus);

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
 * irqspan_local_mark - interrupts are about to go on: there is no span to end
 * @ic: state of this CPU
 *
 * Context: interrupts off, any context. @ic->start is an &enum irqspan_mark.
 */
void irqspan_local_mark(struct irqspan_cpu *ic)
{
	switch (ic->start) {
	case IRQSPAN_UNKNOWN:
		if (READ_ONCE(ic->measured))
			ic->start = IRQSPAN_ON;
		break;
	case IRQSPAN_BUSY:
		ic->recursion++;
		break;
	}
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_mark);

/* From this duration up, counting a span is not enough. */
static u64 slow_ns(const struct irqspan_cpu *ic)
{
	return min3(READ_ONCE(irqspan_local_thresh_ns), READ_ONCE(irqspan_blame_ns),
		    ic->stats->max + 1);
}

static void set_slow_diff(struct irqspan_cpu *ic)
{
	u64 ns = slow_ns(ic);

	WRITE_ONCE(ic->slow_diff, irqspan_clock_short_diff(&ic->scale, ns));
	/*
	 * Pairs with smp_mb() in irqspan_local_recheck(): either this sees
	 * what was changed there, or the zero that is written there stays.
	 */
	smp_mb();
	if (slow_ns(ic) != ns || READ_ONCE(ic->clear) || !READ_ONCE(ic->measured))
		WRITE_ONCE(ic->slow_diff, 0);
}

/**
 * irqspan_local_recheck - have all CPUs see that something was changed
 *
 * That is the threshold, @measured, @clear or whether IPIs look for whom to blame.
 * They do so with their next span.
 */
void irqspan_local_recheck(void)
{
	unsigned int cpu;

	/* Pairs with smp_mb() in set_slow_diff(). */
	smp_mb();
	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(irqspan_cpus, cpu).slow_diff, 0);
}

/**
 * irqspan_local_end - interrupts are about to go on: count any span
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
bool irqspan_local_end(struct irqspan_cpu *ic, u64 diff, unsigned long ip,
		       unsigned long parent_ip, struct irqspan_local *span)
{
	/* The CPU was taken out of the mask while its interrupts were off. */
	if (unlikely(!READ_ONCE(ic->measured))) {
		WRITE_ONCE(ic->start, IRQSPAN_UNKNOWN);
		return false;
	}

	if (unlikely(READ_ONCE(ic->clear))) {
		irqspan_stats_reset(ic->stats);
		ic->recursion = 0;
		/*
		 * Pairs with smp_load_acquire() in report_all(): who sees
		 * the request gone sees the counters empty.
		 */
		smp_store_release(&ic->clear, false);
	}

	span->duration	 = irqspan_clock_ns(&ic->scale, diff);
	span->parent	 = irqflags_frame_parent(ic->caller, &ic->frame);
	span->caller	 = irqspan_caller(ic->caller, span->parent);
	span->end_caller = irqspan_caller(ip, parent_ip);
	span->end_parent = parent_ip;
	/*
	 * If not current, it is the task that this CPU switched away from:
	 * finish_task_switch() turns interrupts on before it drops it.
	 */
	span->task	 = ic->task;
	span->context	 = irqspan_context(ic->preempt_count, ic->task);

	if (irqspan_stats_add(ic->stats, span->duration))
		irqspan_stats_worst(ic->stats, span->duration, span->caller,
				    span->task->comm);
	set_slow_diff(ic);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_end);

/* What the clock counts: cycles, or ns. Set while no hook runs. */
bool irqspan_cycles;

/*
 * The way of a span for which counting is not enough, if there is a span at all.
 * Preserves all registers, so that the short way need not save them.
 */
static noinline __no_caller_saved_registers
void end_span(u64 diff, unsigned long ip, unsigned long frame)
{
	struct irqspan_cpu *ic;
	struct irqspan_local span;

	/* They were on already: nothing ends, and this may have become another CPU. */
	if (!raw_irqs_disabled())
		return;
	ic = this_cpu_ptr(&irqspan_cpus);
	if (ic->start <= IRQSPAN_LAST_MARK) {
		irqspan_local_mark(ic);
		return;
	}
	irqspan_clock_scale(&ic->scale);
	if (!irqspan_local_end(ic, diff, ip, irqflags_live_parent(ip, frame), &span))
		return;
	if (span.duration >= READ_ONCE(irqspan_blame_ns))
		irqspan_blame_note(this_cpu_ptr(&irqspan_blame), &span, sched_clock_noinstr());
	if (span.duration >= READ_ONCE(irqspan_local_thresh_ns) &&
	    span.duration >= READ_ONCE(tracing_thresh)) {
		/* What a probe does with interrupts is no span. */
		WRITE_ONCE(ic->start, IRQSPAN_BUSY);
		barrier();
		irqspan_record_local(&span);
		barrier();
	}
	WRITE_ONCE(ic->start, IRQSPAN_ON);
}

NOKPROBE_SYMBOL(end_span);

static __always_inline void hook_off(unsigned long ip, unsigned long frame, bool cycles)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);

	/* Have the compiler keep it in one register. */
	OPTIMIZER_HIDE_VAR(ic);
	if (ic->start == IRQSPAN_ON) {
		/* Pairs with smp_rmb() in report_open_cpu(): the old span is seen closed. */
		smp_wmb();
		irqspan_local_off(ic, ip);
		irqflags_frame_save(&ic->frame, ip, frame);
		/*
		 * Publish last: pairs with smp_load_acquire() in
		 * report_open_cpu(), which reads all this from another CPU.
		 */
		smp_store_release(&ic->start, irqspan_clock(cycles));
	}
}

/* Counts a short span. Returns false, and @diff, if end_span() has to do the rest. */
static __always_inline bool hook_on(u64 *diff, bool cycles)
{
	u64 start = this_cpu_read(irqspan_cpus.start);
	struct irqspan_cpu *ic;

	if (unlikely(start <= IRQSPAN_LAST_MARK))
		return false;
	ic = this_cpu_ptr(&irqspan_cpus);
	OPTIMIZER_HIDE_VAR(ic);
	*diff = irqspan_clock(cycles) - start;
	return irqspan_local_count(ic, *diff);
}

/* Two of each, so that the choice of the clock costs nothing. */
enum {
	CLOCK_ns	= false,
	CLOCK_cycles	= true,
};

#define DEFINE_HOOKS(clock)							\
static void hook_off_##clock(unsigned long ip, unsigned long frame)		\
{										\
	hook_off(ip, frame, CLOCK_##clock);					\
}										\
NOKPROBE_SYMBOL(hook_off_##clock);						\
										\
static void hook_on_##clock(unsigned long ip, unsigned long frame)		\
{										\
	u64 diff = 0;								\
										\
	if (!hook_on(&diff, CLOCK_##clock))					\
		end_span(diff, ip, frame);					\
}										\
NOKPROBE_SYMBOL(hook_on_##clock)

DEFINE_HOOKS(ns);
DEFINE_HOOKS(cycles);

#ifdef IRQFLAGS_DIRECT_CALLS

/*
 * The same once more, to be called where a no-op was. They preserve all registers,
 * and so save only those that they use.
 */
#define DEFINE_CALLS(clock)							\
static __no_caller_saved_registers void call_off_##clock(unsigned long parent_ip)	\
{										\
	/* As all through an NMI, which may have hit a hook */			\
	if (raw_irqs_disabled())						\
		return;								\
	raw_local_irq_disable();						\
	hook_off(_RET_IP_, irqflags_call_frame(parent_ip), CLOCK_##clock);	\
}										\
NOKPROBE_SYMBOL(call_off_##clock);						\
										\
static __no_caller_saved_registers void call_entry_##clock(unsigned long parent_ip)	\
{										\
	hook_off(_RET_IP_, irqflags_call_frame(parent_ip), CLOCK_##clock);	\
}										\
NOKPROBE_SYMBOL(call_entry_##clock);						\
										\
static __no_caller_saved_registers void call_on_##clock(unsigned long parent_ip)	\
{										\
	u64 diff = 0;								\
										\
	if (!hook_on(&diff, CLOCK_##clock))					\
		end_span(diff, _RET_IP_, irqflags_call_frame(parent_ip));	\
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

static void probe_irq_disable(void *data, unsigned long ip, unsigned long parent_ip)
{
	attached->off(ip, parent_ip);
}

NOKPROBE_SYMBOL(probe_irq_disable);

static void probe_irq_enable(void *data, unsigned long ip, unsigned long parent_ip)
{
	attached->on(ip, parent_ip);
}

NOKPROBE_SYMBOL(probe_irq_enable);

static int attach_hooks(const struct trace_irqflags_hook *hook)
{
	int ret;

	attached = hook;
	ret = register_trace_irq_enable(probe_irq_enable, NULL);
	if (ret)
		return ret;
	ret = register_trace_irq_disable(probe_irq_disable, NULL);
	if (ret)
		unregister_trace_irq_enable(probe_irq_enable, NULL);
	return ret;
}

static void detach_hooks(void)
{
	unregister_trace_irq_disable(probe_irq_disable, NULL);
	unregister_trace_irq_enable(probe_irq_enable, NULL);
	tracepoint_synchronize_unregister();
}

#endif

/* The entry code turned interrupts off before anybody could tell what for. */
static void probe_hardirq_entry(void *data, unsigned int nesting)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);

	if (ic->start > IRQSPAN_LAST_MARK)
		irqspan_local_hardirq(ic);
}

NOKPROBE_SYMBOL(probe_hardirq_entry);

/**
 * irqspan_local_prepare_cpu - a CPU is about to come online
 * @cpu: the CPU
 *
 * It left with interrupts off; its next life must not end that span.
 */
void irqspan_local_prepare_cpu(unsigned int cpu)
{
	struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

	ic->start = IRQSPAN_UNKNOWN;
}

/**
 * irqspan_local_get_cpus - which CPUs are measured
 * @mask: the answer
 */
void irqspan_local_get_cpus(struct cpumask *mask)
{
	unsigned int cpu;

	cpumask_clear(mask);
	for_each_possible_cpu(cpu) {
		if (READ_ONCE(per_cpu(irqspan_cpus, cpu).measured))
			cpumask_set_cpu(cpu, mask);
	}
}

/**
 * irqspan_local_set_cpus - choose the CPUs that are measured
 * @mask: the CPUs; a span that is open on another one is dropped
 */
void irqspan_local_set_cpus(const struct cpumask *mask)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu(irqspan_cpus, cpu).measured,
			   cpumask_test_cpu(cpu, mask));
	irqspan_local_recheck();
}

static void clear_cpu(struct irqspan_cpu *ic)
{
	if (ic->stats)
		irqspan_stats_reset(ic->stats);
	ic->recursion = 0;
	ic->clear = false;
}

/**
 * irqspan_local_clear - forget what was counted
 * @running: the hooks are active, each CPU has to do it by itself
 *
 * Context: start and stop are excluded.
 */
void irqspan_local_clear(bool running)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		/* No IPI: a CPU that runs undisturbed is to stay so. */
		if (running)
			WRITE_ONCE(ic->clear, true);
		else
			clear_cpu(ic);
	}
	irqspan_local_recheck();
}

static int alloc_stats(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = &per_cpu(irqspan_cpus, cpu);
		struct irqspan_stats *stats;

		if (ic->stats)
			continue;
		stats = kzalloc_node(sizeof(*stats), GFP_KERNEL, cpu_to_node(cpu));
		if (!stats)
			return -ENOMEM;
		/* Pairs with smp_load_acquire() in report_all(): zeroes, then the address. */
		smp_store_release(&ic->stats, stats);
	}
	return 0;
}

/**
 * irqspan_local_start - begin to measure
 *
 * Counters are allocated the first time and kept, to be read after the end.
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int irqspan_local_start(void)
{
	struct irqspan_scale scale;
	unsigned int cpu;
	int ret;

	ret = alloc_stats();
	if (ret)
		return ret;
	irqspan_local_clear(false);
	irqspan_clock_choose(&scale);
	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		ic->start = IRQSPAN_UNKNOWN;
		/* Until it has one of its own */
		ic->scale = scale;
	}

	ret = register_trace_hardirq_entry(probe_hardirq_entry, NULL);
	if (ret)
		return ret;
	ret = attach_hooks(&hooks[irqspan_cycles]);
	if (ret)
		unregister_trace_hardirq_entry(probe_hardirq_entry, NULL);
	return ret;
}

/**
 * irqspan_local_stop - end what irqspan_local_start() began
 *
 * Spans that are open are dropped. The counters stay.
 *
 * Context: start and stop are excluded; sleeps.
 */
void irqspan_local_stop(void)
{
	unsigned int cpu;

	unregister_trace_hardirq_entry(probe_hardirq_entry, NULL);
	/* Waits for all of them. */
	detach_hooks();

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		ic->start = IRQSPAN_UNKNOWN;
		if (ic->clear)
			clear_cpu(ic);
	}
}
