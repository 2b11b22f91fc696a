// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans: from irq_disable to irq_enable on the same CPU.
 *
 * Nothing that the hooks call allocates, takes a lock or is itself traced.
 *
 * The clock is sched_clock(), as it is for the "local" trace clock: local_clock()
 * stands still with interrupts off for longer than a tick where it is unstable.
 */
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "../trace.h"
#include "irqspan.h"

#include <trace/events/irq.h>
#include <trace/events/preemptirq.h>

DEFINE_PER_CPU_SHARED_ALIGNED(struct irqspan_cpu, irqspan_cpus);

/**
 * irqspan_local_off - interrupts went off: open a span
 * @ic: state of this CPU
 * @now: sched_clock(), ns
 * @ip: code address of the disable
 * @parent_ip: return address of the function that @ip is in
 * @context: &enum irqspan_context
 *
 * Context: interrupts off, any context. The caller holds @ic->busy.
 */
void irqspan_local_off(struct irqspan_cpu *ic, u64 now, unsigned long ip,
		       unsigned long parent_ip, u8 context)
{
	ic->caller	= ip;
	ic->parent	= parent_ip;
	ic->task	= current;
	ic->context	= context;
	/*
	 * Publish last: pairs with smp_load_acquire() in
	 * report_open_cpu(), which reads this from another CPU.
	 */
	smp_store_release(&ic->start, now);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_off);

/**
 * irqspan_local_hardirq - the open span is that of a hard interrupt
 * @ic: state of this CPU
 *
 * Context: interrupts off, hard interrupt. The caller holds @ic->busy.
 */
void irqspan_local_hardirq(struct irqspan_cpu *ic)
{
	/* An NMI whose end was not announced: interrupts have been on since. */
	if (unlikely(ic->context == IRQSPAN_CTX_NMI)) {
		WRITE_ONCE(ic->start, 0);
		ic->unpaired++;
		return;
	}
	ic->context = IRQSPAN_CTX_HARDIRQ;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_hardirq);

/**
 * irqspan_local_on - interrupts are about to go on: close and count the span
 * @ic: state of this CPU
 * @now: sched_clock(), ns
 * @ip: code address of the enable
 * @parent_ip: return address of the function that @ip is in
 * @nmi: this is an NMI
 * @span: filled in when the answer is true
 *
 * Context: interrupts off, any context. The caller holds @ic->busy.
 * Return: true if there was a span, and it was counted.
 */
bool irqspan_local_on(struct irqspan_cpu *ic, u64 now, unsigned long ip,
		      unsigned long parent_ip, bool nmi,
		      struct irqspan_local *span)
{
	u64 start = ic->start;

	if (!start)
		return false;
	WRITE_ONCE(ic->start, 0);

	/*
	 * Without lockdep the entry code announces the disable of an NMI, and
	 * not its end. What comes next is the end of something later.
	 */
	if (unlikely(ic->context == IRQSPAN_CTX_NMI && !nmi)) {
		ic->unpaired++;
		return false;
	}

	/* The CPU was taken out of the mask while its interrupts were off. */
	if (unlikely(!READ_ONCE(ic->measured)))
		return false;

	if (unlikely(READ_ONCE(ic->clear))) {
		irqspan_stats_reset(ic->stats);
		ic->recursion = 0;
		ic->unpaired = 0;
		/*
		 * Pairs with smp_load_acquire() in report_all(): who sees
		 * the request gone sees the counters empty.
		 */
		smp_store_release(&ic->clear, false);
	}

	/* Recalibration may take the clock back a little. */
	span->duration	 = now > start ? now - start : 0;
	span->caller	 = irqspan_caller(ic->caller, ic->parent);
	span->parent	 = ic->parent;
	span->end_caller = irqspan_caller(ip, parent_ip);
	span->end_parent = parent_ip;
	/*
	 * If not current, it is the task that this CPU switched away from:
	 * finish_task_switch() turns interrupts on before it drops it.
	 */
	span->task	 = ic->task;
	span->context	 = ic->context;

	if (irqspan_stats_add(ic->stats, span->duration))
		irqspan_stats_worst(ic->stats, span->duration, span->caller,
				    span->task->comm);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_local_on);

static __always_inline u8 this_context(void)
{
	if (in_nmi())
		return IRQSPAN_CTX_NMI;
	if (in_hardirq())
		return IRQSPAN_CTX_HARDIRQ;
	if (in_serving_softirq())
		return IRQSPAN_CTX_SOFTIRQ;
	return is_idle_task(current) ? IRQSPAN_CTX_IDLE : IRQSPAN_CTX_TASK;
}

static void hook_irq_disable(void *data, unsigned long ip, unsigned long parent_ip)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);

	if (!READ_ONCE(ic->measured) || !irqspan_local_enter(ic))
		return;
	irqspan_local_off(ic, sched_clock_noinstr(), ip, parent_ip, this_context());
	irqspan_local_exit(ic);
}

NOKPROBE_SYMBOL(hook_irq_disable);

static void hook_irq_enable(void *data, unsigned long ip, unsigned long parent_ip)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);
	struct irqspan_local span;
	u64 now;

	if (!ic->start)
		return;
	now = sched_clock_noinstr();
	if (!irqspan_local_enter(ic))
		return;
	if (irqspan_local_on(ic, now, ip, parent_ip, in_nmi(), &span)) {
		if (span.duration >= IRQSPAN_BLAME_NS)
			irqspan_blame_note(this_cpu_ptr(&irqspan_blame), &span, now);
		if (span.duration >= READ_ONCE(irqspan_local_thresh_ns) &&
		    span.duration >= READ_ONCE(tracing_thresh))
			irqspan_record_local(&span);
	}
	irqspan_local_exit(ic);
}

NOKPROBE_SYMBOL(hook_irq_enable);

/* The entry code turned interrupts off before anybody could tell what for. */
static void hook_hardirq_entry(void *data, unsigned int nesting)
{
	struct irqspan_cpu *ic = this_cpu_ptr(&irqspan_cpus);

	if (!ic->start || !irqspan_local_enter(ic))
		return;
	irqspan_local_hardirq(ic);
	irqspan_local_exit(ic);
}

NOKPROBE_SYMBOL(hook_hardirq_entry);

/* A dead CPU left with interrupts off; its next life must not end that span. */
static int irqspan_local_prepare_cpu(unsigned int cpu)
{
	struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

	ic->start = 0;
	ic->busy = false;
	return 0;
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
}

static void clear_cpu(struct irqspan_cpu *ic)
{
	if (ic->stats)
		irqspan_stats_reset(ic->stats);
	ic->recursion = 0;
	ic->unpaired = 0;
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
}

static int alloc_stats(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct irqspan_stats **stats = &per_cpu(irqspan_cpus, cpu).stats;

		if (*stats)
			continue;
		*stats = kzalloc_node(sizeof(**stats), GFP_KERNEL, cpu_to_node(cpu));
		if (!*stats)
			return -ENOMEM;
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
	int ret;

	ret = alloc_stats();
	if (ret)
		return ret;
	irqspan_local_clear(false);

	ret = register_trace_hardirq_entry(hook_hardirq_entry, NULL);
	if (ret)
		return ret;
	ret = register_trace_irq_enable(hook_irq_enable, NULL);
	if (ret)
		goto out_hardirq;
	/* What opens spans comes last. */
	ret = register_trace_irq_disable(hook_irq_disable, NULL);
	if (ret)
		goto out_enable;
	return 0;

out_enable:
	unregister_trace_irq_enable(hook_irq_enable, NULL);
out_hardirq:
	unregister_trace_hardirq_entry(hook_hardirq_entry, NULL);
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

	unregister_trace_irq_disable(hook_irq_disable, NULL);
	unregister_trace_irq_enable(hook_irq_enable, NULL);
	unregister_trace_hardirq_entry(hook_hardirq_entry, NULL);
	tracepoint_synchronize_unregister();

	for_each_possible_cpu(cpu) {
		struct irqspan_cpu *ic = per_cpu_ptr(&irqspan_cpus, cpu);

		ic->start = 0;
		if (ic->clear)
			clear_cpu(ic);
	}
}

/**
 * irqspan_local_init - make ready for the first start
 *
 * Return: 0 or a negative errno.
 */
int __init irqspan_local_init(void)
{
	int ret;

	ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "trace/irqspan:prepare",
					irqspan_local_prepare_cpu, NULL);
	return ret < 0 ? ret : 0;
}
