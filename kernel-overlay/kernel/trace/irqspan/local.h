/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of each CPU for measuring CPU-wide spans, and what the hooks do with it each
 * time that interrupts go off and on.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_LOCAL_H
#define _KERNEL_TRACE_IRQSPAN_LOCAL_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "../trace_irqflags.h"
#include "clock.h"
#include "irqspan.h"
#include "stats.h"
#include "u64.h"

/* What a CPU did when it turned its interrupts off */
enum irqspan_context {
	IRQSPAN_CTX_TASK,
	IRQSPAN_CTX_SOFTIRQ,
	IRQSPAN_CTX_HARDIRQ,
	IRQSPAN_CTX_NMI,
	IRQSPAN_CTX_IDLE,
};

/**
 * struct irqspan_local - a finished CPU-wide span
 * @culprit: duration, the code that turned interrupts off, and what ran meanwhile
 * @parent: return address of the function that turned them off, 0 if unknown
 * @end_caller: code that turned them on
 * @end_parent: return address of the function that did, 0 if unknown
 * @context: &enum irqspan_context when they were turned off
 */
struct irqspan_local {
	struct irqspan_culprit	culprit;
	unsigned long		parent;
	unsigned long		end_caller;
	unsigned long		end_parent;
	u8			context;
};

/*
 * Values of &irqspan_cpu.start that are not clock readings. Only IRQSPAN_NO_SPAN lets a
 * disable open a span.
 */
enum irqspan_mark {
	IRQSPAN_NO_SPAN,	/* interrupts are on, no span is open */
	IRQSPAN_RECORDING,	/* a span is being recorded */
	IRQSPAN_UNKNOWN,	/* not known if interrupts are on: no enable was seen yet */
	IRQSPAN_LAST_MARK = IRQSPAN_UNKNOWN,
};

/**
 * struct irqspan_cpu - state of CPU-wide measuring on one CPU
 * @start: irqspan_clock() at the disable, or an &enum irqspan_mark
 * @caller: code address of the disable
 * @frame: from this irqflags_frame_parent() finds the return address of the function
 *	that @caller is in
 * @task: task that ran at the disable
 * @preempt_count: preempt_count() at the disable; if that was the entry of a hard
 *	interrupt, which is counted later, with %HARDIRQ_OFFSET
 * @scale: scale of @start
 * @fast_limit: spans shorter than this, in the clock's unit, need only be counted; 0:
 *	all spans take the slow path
 * @stats: counters, allocated before this CPU is first measured
 * @measured: this CPU is in the file cpus
 * @clear: this CPU is to forget, with its next span, what it counted
 * @recursion: how often interrupts were turned on while a span was being recorded: such
 *	spans are not measured
 * @irq_work_recorded: irqspan_clock() when the last record was made, if that was of a span
 *	of an irq_work; else 0
 * @irq_works_unrecorded: spans that are counted, but not recorded: see
 *	irqspan_local_repeats_irq_work()
 *
 * Written by its own CPU with interrupts off, except that other CPUs write @measured
 * and @clear, and set @fast_limit to zero: see irqspan_force_slow_path(). A short span needs
 * only the fields up to @stats, which are one cache line of 64 bytes.
 */
struct irqspan_cpu {
	aligned_u64		start;
	unsigned long		caller;
	struct irqflags_frame	frame;
	struct task_struct	*task;
	unsigned int		preempt_count;
	struct irqspan_scale	scale;
	u32			fast_limit;
	struct irqspan_stats	*stats;
	bool			measured;
	bool			clear;
	aligned_u64		recursion;
	u64			irq_work_recorded;
	aligned_u64		irq_works_unrecorded;
};

DECLARE_PER_CPU_SHARED_ALIGNED(struct irqspan_cpu, irqspan_cpus);

/**
 * irqspan_caller - choose the code to blame for turning interrupts off or on
 * @ip: code address that did it
 * @parent_ip: return address of the function that @ip is in, 0 if unknown
 *
 * Return: the caller of the lock function if @ip is in one, else @ip.
 */
static inline unsigned long irqspan_caller(unsigned long ip, unsigned long parent_ip)
{
	return parent_ip && in_lock_functions(ip) ? parent_ip : ip;
}

/**
 * irqspan_context - what a CPU did when it turned its interrupts off
 * @count: preempt_count() at that time
 * @task: task that ran
 *
 * Return: &enum irqspan_context.
 */
static inline enum irqspan_context irqspan_context(unsigned int count,
						   const struct task_struct *task)
{
	if (count & NMI_MASK)
		return IRQSPAN_CTX_NMI;
	if (count & HARDIRQ_MASK)
		return IRQSPAN_CTX_HARDIRQ;
	if (count & SOFTIRQ_OFFSET)
		return IRQSPAN_CTX_SOFTIRQ;
	return is_idle_task(task) ? IRQSPAN_CTX_IDLE : IRQSPAN_CTX_TASK;
}

/* Whether the code that turned interrupts off ran in an interrupt or a softirq */
static inline bool irqspan_is_interrupt(unsigned int count)
{
	return count & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);
}

/**
 * irqspan_local_open - interrupts went off: remember where, and in which task
 * @ic: state of this CPU, in which @start is still to be set
 * @ip: code address of the disable
 *
 * Context: interrupts off, any context. No span is open.
 */
static __always_inline void irqspan_local_open(struct irqspan_cpu *ic, unsigned long ip)
{
	ic->caller	  = ip;
	ic->task	  = current;
	ic->preempt_count = preempt_count();
	/* On PREEMPT_RT the task counts softirqs, not preempt_count(). */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		ic->preempt_count |= softirq_count();
}

/**
 * irqspan_local_count_fast - interrupts are about to go on: count a short span
 * @ic: state of this CPU
 * @diff: irqspan_clock() of now less that of the start
 *
 * Context: interrupts off, any context. A span is open.
 * Return: true if it was counted. Else nothing was changed, and irqspan_local_finish() has
 * to be called.
 */
static __always_inline bool irqspan_local_count_fast(struct irqspan_cpu *ic, u64 diff)
{
	struct irqspan_stats *st;
	u64 ns;

	/* Other CPUs may set the limit to 0. A plain access saves one instruction. */
	if (unlikely(diff >= data_race(ic->fast_limit)))
		return false;
	ns = irqspan_clock_short_ns(&ic->scale, diff);
	st = ic->stats;
	if (unlikely(ns < st->min))
		return false;

	/* This CPU is the only writer; a reader may miss this span. */
	irqspan_u64_add(&st->bucket[irqspan_short_bucket(ns)], 1);
	irqspan_u64_add(&st->total, ns);
	irqspan_u64_write(&ic->start, IRQSPAN_NO_SPAN);
	return true;
}

void irqspan_local_hardirq(struct irqspan_cpu *ic);
void irqspan_local_enable_no_span(struct irqspan_cpu *ic);
void irqspan_force_slow_path(void);
bool irqspan_local_finish(struct irqspan_cpu *ic, u64 diff, unsigned long ip,
			  unsigned long parent_ip, struct irqspan_local *span);

/**
 * irqspan_local_repeats_irq_work - is the open span the work of the last record?
 * @ic: the state of the CPU
 * @within: irqspan_handler_irq_work_within() of its open span
 *
 * Who gets a record may queue an irq_work for it: the ring buffer to wake up its readers, a
 * snapshot trigger, perf, a BPF program. The interrupt of that irq_work is a span, too. If its
 * record queued the next one, and so on, the CPU would do nothing else for good, not even run
 * its timers. So a span of an irq_work is not recorded if it begins just after the record of
 * another such span.
 *
 * Context: interrupts off.
 * Return: true if the span is not to be recorded.
 */
static __always_inline bool irqspan_local_repeats_irq_work(const struct irqspan_cpu *ic,
							   unsigned int within)
{
	/* The clock may have begun anew, with a suspend: then it was another record's. */
	return within && ic->irq_work_recorded && ic->start > ic->irq_work_recorded &&
	       irqspan_clock_ns(&ic->scale, ic->start - ic->irq_work_recorded) < within;
}

#endif /* _KERNEL_TRACE_IRQSPAN_LOCAL_H */
