/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the irqspan tracer share.
 *
 * Dependencies run one way: hist.h, clock.h and record.c know nobody here, local.c and
 * line.c measure and hand finished spans to record.c, session.c starts and
 * stops them, tracefs.c and tracer.c are its users, report.c only reads.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_H
#define _KERNEL_TRACE_IRQSPAN_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/cpumask_types.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/trace_events.h>
#include <linux/types.h>

#include "clock.h"
#include "hist.h"

struct seq_file;
struct trace_array;
struct tracer;

/* What a CPU did when it turned its interrupts off */
enum irqspan_context {
	IRQSPAN_CTX_TASK,
	IRQSPAN_CTX_SOFTIRQ,
	IRQSPAN_CTX_HARDIRQ,
	IRQSPAN_CTX_NMI,
	IRQSPAN_CTX_IDLE,
};

/* Why a line was off */
enum irqspan_kind {
	IRQSPAN_KIND_DISABLE,
	IRQSPAN_KIND_HARDIRQ,
	IRQSPAN_KIND_ONESHOT,
	IRQSPAN_KIND_SPURIOUS,
	IRQSPAN_KIND_SUSPEND,
	IRQSPAN_KIND_SHUTDOWN,
};

#define IRQSPAN_NAME_LEN	32

/**
 * struct irqspan_local - a finished CPU-wide span
 * @duration: ns from the disable to the enable
 * @caller: code address that turned interrupts off, see irqspan_caller()
 * @parent: return address of the function that did, 0 if unknown
 * @end_caller: as @caller, for the enable
 * @end_parent: as @parent, for the enable
 * @task: task that ran at the disable; valid until the span is recorded
 * @context: &enum irqspan_context at the disable
 */
struct irqspan_local {
	u64			duration;
	unsigned long		caller;
	unsigned long		parent;
	unsigned long		end_caller;
	unsigned long		end_parent;
	struct task_struct	*task;
	u8			context;
};

/**
 * struct irqspan_line - a finished span of one interrupt line
 * @irq: Linux interrupt number
 * @name: name of the action, else of the chip
 * @duration: ns from the disable to the enable
 * @caller: function on whose behalf the line went off
 * @end_caller: function on whose behalf it came back
 * @comm: task that ran at the disable
 * @pid: likewise
 * @cpu_off: CPU of the disable
 * @depth: deepest nesting of disables reached, 0 if only masked
 * @kind: &enum irqspan_kind
 * @pending: an interrupt arrived while the line was off
 */
struct irqspan_line {
	unsigned int		irq;
	char			name[IRQSPAN_NAME_LEN];
	u64			duration;
	unsigned long		caller;
	unsigned long		end_caller;
	char			comm[TASK_COMM_LEN];
	pid_t			pid;
	unsigned int		cpu_off;
	unsigned int		depth;
	u8			kind;
	bool			pending;
};

/**
 * struct irqspan_stats - what is counted of one CPU or one line
 * @total: sum of all durations, ns
 * @min: shortest duration, ns; valid when there is a span
 * @max: longest duration, ns
 * @seq: guards @worst_caller and @worst_comm, which belong to @max
 * @worst_caller: caller of the longest span
 * @worst_comm: comm of the longest span
 * @bucket: the histogram; the number of spans is its sum
 *
 * One writer at a time: the CPU itself, or the holder of the line's desc->lock.
 * Readers take no lock.
 */
struct irqspan_stats {
	u64			total;
	u64			min;
	u64			max;
	seqcount_t		seq;
	unsigned long		worst_caller;
	char			worst_comm[TASK_COMM_LEN];
	u64			bucket[IRQSPAN_BUCKETS];
};

/* stats.c */
void irqspan_stats_reset(struct irqspan_stats *st);
void irqspan_stats_worst(struct irqspan_stats *st, u64 ns, unsigned long caller,
			 const char *comm);
void irqspan_stats_snapshot(struct irqspan_stats *to, const struct irqspan_stats *from);
u64 irqspan_stats_spans(const struct irqspan_stats *st);

/**
 * irqspan_stats_add - count a span
 * @st: the counters; the caller is their only writer
 * @ns: duration
 *
 * Return: true if it is the longest one yet; then irqspan_stats_worst() is due.
 */
static __always_inline bool irqspan_stats_add(struct irqspan_stats *st, u64 ns)
{
	unsigned int i = irqspan_bucket(ns);

	WRITE_ONCE(st->bucket[i], st->bucket[i] + 1);
	WRITE_ONCE(st->total, st->total + ns);
	if (unlikely(ns < st->min))
		WRITE_ONCE(st->min, ns);
	return unlikely(ns > st->max);
}

/*
 * What &irqspan_cpu.start is when it is not a reading of the clock. Any but the
 * first one keeps a span from being opened.
 */
enum irqspan_mark {
	IRQSPAN_ON,		/* interrupts are on, no span is open */
	IRQSPAN_BUSY,		/* a span is being recorded */
	IRQSPAN_UNKNOWN,	/* no enable was seen yet: are they off already? */
	IRQSPAN_LAST_MARK = IRQSPAN_UNKNOWN,
};

/**
 * struct irqspan_cpu - state of CPU-wide measuring on one CPU
 * @start: irqspan_clock() at the disable, or an &enum irqspan_mark
 * @caller: see &struct irqspan_local
 * @parent: likewise
 * @task: likewise
 * @preempt_count: preempt_count() at the disable, with the hard interrupt that
 *	the disable was for
 * @scale: scale of @start
 * @slow_diff: spans below this one, in the clock's unit, need only be counted:
 *	they are below the threshold and not the longest, and nothing else is due
 * @stats: counters, allocated when measuring first starts
 * @measured: this CPU is in the ``cpus`` mask
 * @clear: the reader asked this CPU to forget what it counted
 * @recursion: ends of a span while another one was being recorded
 *
 * Written by its own CPU with interrupts off, but @measured and @clear; and
 * @slow_diff is set to zero by others, see irqspan_local_recheck().
 */
struct irqspan_cpu {
	u64			start;
	unsigned long		caller;
	unsigned long		parent;
	struct task_struct	*task;
	unsigned int		preempt_count;
	struct irqspan_scale	scale;
	u64			slow_diff;
	struct irqspan_stats	*stats;
	bool			measured;
	bool			clear;
	u64			recursion;
};

DECLARE_PER_CPU_SHARED_ALIGNED(struct irqspan_cpu, irqspan_cpus);

/**
 * irqspan_caller - whom to name for turning interrupts off or on
 * @ip: code address that did it
 * @parent_ip: return address of the function that @ip is in, 0 if unknown
 *
 * Return: the one who took or released the lock if it was done for a lock.
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

/**
 * irqspan_local_off - interrupts went off: remember who did it
 * @ic: state of this CPU, in which @start is still to be set
 * @ip: code address of the disable
 * @parent_ip: return address of the function that @ip is in
 *
 * Context: interrupts off, any context. No span is open.
 */
static __always_inline void irqspan_local_off(struct irqspan_cpu *ic, unsigned long ip,
					      unsigned long parent_ip)
{
	ic->caller	  = ip;
	ic->parent	  = parent_ip;
	ic->task	  = current;
	ic->preempt_count = preempt_count();
	/* There it is the task that knows of softirqs. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		ic->preempt_count |= softirq_count();
}

/**
 * irqspan_local_count - interrupts are about to go on: count a short span
 * @ic: state of this CPU
 * @diff: irqspan_clock() of now less that of the start
 *
 * Context: interrupts off, any context. A span is open.
 * Return: false if it is for irqspan_local_end() to do; nothing was changed.
 */
static __always_inline bool irqspan_local_count(struct irqspan_cpu *ic, u64 diff)
{
	struct irqspan_stats *st;
	u64 ns;

	if (unlikely(diff >= READ_ONCE(ic->slow_diff)))
		return false;
	ns = irqspan_clock_short_ns(&ic->scale, diff);
	st = ic->stats;
	if (unlikely(ns < st->min))
		return false;

	/* One writer, and readers who may miss this one. */
	st->bucket[irqspan_short_bucket(ns)]++;
	st->total += ns;
	WRITE_ONCE(ic->start, IRQSPAN_ON);
	return true;
}

/* local.c */
void irqspan_local_hardirq(struct irqspan_cpu *ic);
void irqspan_local_mark(struct irqspan_cpu *ic);
bool irqspan_local_end(struct irqspan_cpu *ic, u64 diff, unsigned long ip,
		       unsigned long parent_ip, struct irqspan_local *span);
int irqspan_local_start(void);
void irqspan_local_stop(void);
int irqspan_local_init(void);
void irqspan_local_get_cpus(struct cpumask *mask);
void irqspan_local_set_cpus(const struct cpumask *mask);
void irqspan_local_clear(bool running);
void irqspan_local_recheck(void);

/**
 * struct irqspan_slot - state of measuring one interrupt line
 * @key: interrupt number + 1; 0: the slot is free. Set once, with cmpxchg
 * @busy: a hook is at work on this line
 * @torn: a hook was kept out, so that @off and @request may be wrong
 * @off: a span is open
 * @already: the line was off when measuring began: since when is not known
 * @clear: the reader asked to forget what was counted
 * @request: the ``enum irq_line_op`` announced for the coming change of state
 * @request_ip: who asked for it
 * @start: cross-CPU clock at the disable
 * @span: what is known of the open span; duration and end are filled in last
 * @stats: counters
 *
 * Written by the holder of @busy, and that mostly under the line's desc->lock;
 * but @clear.
 */
struct irqspan_slot {
	unsigned int		key;
	unsigned int		busy;
	bool			torn;
	bool			off;
	bool			already;
	bool			clear;
	u8			request;
	unsigned long		request_ip;
	u64			start;
	struct irqspan_line	span;
	struct irqspan_stats	stats;
};

/* line.c */
struct irqspan_slot *irqspan_slot_next(struct irqspan_slot *slot);
u64 irqspan_line_lost(void);
bool irqspan_line_measured(unsigned int irq);
int irqspan_line_start(void);
void irqspan_line_stop(void);
int irqspan_line_set_irqs(const unsigned long *mask, unsigned int bits);
void irqspan_line_show_irqs(struct seq_file *m);
void irqspan_line_clear(bool running);

/* record.c */

/* The parts of the tracer; each makes one trace event */
enum irqspan_part {
	IRQSPAN_PART_LOCAL,
	IRQSPAN_PART_LINES,
	IRQSPAN_PARTS,
};

/* Bits of the tracer's options: one for each part, then the others */
#define IRQSPAN_OPT_PART(part)	BIT(part)
#define IRQSPAN_OPT_STACK	BIT(16)

/**
 * struct irqspan_instance - a trace array whose tracer is irqspan
 * @list: on the list of all of them
 * @tr: the trace array
 * @file: its event files, by part: tells if the event is on there anyhow
 */
struct irqspan_instance {
	struct list_head	list;
	struct trace_array	*tr;
	struct trace_event_file	*file[IRQSPAN_PARTS];
};

void irqspan_record_set_reg(int (*reg)(struct trace_event_call *call,
				       enum trace_reg type, void *data));
enum irqspan_part irqspan_record_part(const struct trace_event_call *call);
void irqspan_record_add(struct irqspan_instance *inst);
void irqspan_record_del(struct irqspan_instance *inst);
struct irqspan_instance *irqspan_record_find(const struct trace_array *tr);
void irqspan_record_set_options(u32 options);
void irqspan_record_local(const struct irqspan_local *span);
void irqspan_record_line(const struct irqspan_line *span);

/* session.c */
extern u64 irqspan_local_thresh_ns;
extern u64 irqspan_line_thresh_ns;

int irqspan_session_attach(struct trace_array *tr);
void irqspan_session_detach(struct trace_array *tr);
int irqspan_session_set_options(u32 options);
void irqspan_session_clear(void);
int irqspan_session_init(u32 options);

/* report.c */
int irqspan_report_stats(struct seq_file *m);
int irqspan_report_hist(struct seq_file *m);
int irqspan_report_open(struct seq_file *m);

/* selftest.c */
int irqspan_selftest(struct tracer *trace, struct trace_array *tr);

#endif /* _KERNEL_TRACE_IRQSPAN_H */
