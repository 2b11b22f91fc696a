/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the irqspan tracer share.
 *
 * Dependencies run one way: hist.h, clock.h, table.c, probe.c, blame.c and
 * record.c know nobody here; local.c, line.c, ipi.c and timers.c, the parts,
 * measure and hand what they find to record.c, and never call each other;
 * session.c starts and stops them, tracefs.c and tracer.c are its users, report.c
 * only reads.
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
#include <linux/tracepoint.h>
#include <linux/types.h>

#include <asm/local.h>

#include "../trace_irqflags.h"
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

/* What a CPU is interrupted for. */
enum irqspan_ipi_kind {
	IRQSPAN_IPI_NONE,
	IRQSPAN_IPI_RESCHEDULE,
	IRQSPAN_IPI_CALL,
	IRQSPAN_IPI_IRQ_WORK,
	IRQSPAN_IPI_OTHER,
	IRQSPAN_IPI_KINDS,
};

/* What kind of timer it is */
enum irqspan_timer_class {
	IRQSPAN_TIMER_HRTIMER,
	IRQSPAN_TIMER_WHEEL,
};

#define IRQSPAN_NAME_LEN	32

/* What interrupt_context_level() tells apart: task, softirq, hardirq, NMI */
#define IRQSPAN_LEVELS		4

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
 * @frame: what tells its parent, see irqflags_frame_parent()
 * @task: see &struct irqspan_local
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
	struct irqflags_frame	frame;
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
 *
 * Context: interrupts off, any context. No span is open.
 */
static __always_inline void irqspan_local_off(struct irqspan_cpu *ic, unsigned long ip)
{
	ic->caller	  = ip;
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
void irqspan_local_prepare_cpu(unsigned int cpu);
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
void irqspan_line_prepare_cpu(void);
int irqspan_line_start(void);
void irqspan_line_stop(void);
int irqspan_line_set_irqs(const unsigned long *mask, unsigned int bits);
void irqspan_line_find_off(void);
void irqspan_line_show_irqs(struct seq_file *m);
void irqspan_line_clear(bool running);

/* probe.c */

/**
 * struct irqspan_probe - a hook and where it belongs
 * @tp: the tracepoint
 * @hook: what it calls, see IRQSPAN_PROBE()
 */
struct irqspan_probe {
	struct tracepoint	*tp;
	void			*hook;
};

/*
 * The hook of an event is called hook_EVENT. What is not chosen is there to have
 * the compiler compare the types.
 */
#define IRQSPAN_PROBE(event) {							\
	.tp	= &__tracepoint_##event,					\
	.hook	= __builtin_choose_expr(1, hook_##event,			\
			check_trace_callback_type_##event(hook_##event)),	\
}

int irqspan_probes_register(const struct irqspan_probe *probes, unsigned int n);
void irqspan_probes_unregister(const struct irqspan_probe *probes, unsigned int n);

/* table.c */

/**
 * struct irqspan_row - what a row of a table begins with; the key follows
 * @tag: tells if the row is in use, and the hash of its key
 */
struct irqspan_row {
	u32			tag;
} __aligned(8);

/**
 * struct irqspan_table - rows that are found by a key
 * @n: how many rows there are, a power of two
 * @row_size: of each
 * @key_size: of its key
 * @generation: tells this table from those before it
 * @rows: the rows
 */
struct irqspan_table {
	unsigned int		n;
	unsigned int		row_size;
	unsigned int		key_size;
	u32			generation;
	char			rows[] ____cacheline_aligned;
};

unsigned int irqspan_table_rows(void);
struct irqspan_table *irqspan_table_alloc(unsigned int rows, unsigned int row_size,
					  unsigned int key_size);
void *irqspan_table_row(struct irqspan_table *table, const void *key);
unsigned int irqspan_table_copy(void *to, const struct irqspan_table *table,
				void (*copy)(void *to, const void *from));
int irqspan_table_sorted(struct irqspan_table __rcu *const *table, void **rows,
			 void (*copy)(void *to, const void *from),
			 int (*cmp)(const void *a, const void *b),
			 void (*merge)(void *to, const void *from));

static inline int irqspan_cmp(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

/* blame.c */

/* Shorter spans are never to blame, ns. */
#define IRQSPAN_BLAME_NS	1000
#define IRQSPAN_PASTS		4

/**
 * struct irqspan_past - a CPU-wide span that is over
 * @end: sched_clock() at the enable; 0: there was none
 * @duration: see &struct irqspan_local
 * @caller: likewise
 * @pid: of the task that ran at the disable
 * @comm: likewise
 */
struct irqspan_past {
	u64			end;
	u64			duration;
	unsigned long		caller;
	pid_t			pid;
	char			comm[TASK_COMM_LEN];
};

/**
 * struct irqspan_blame - the last spans of a CPU from %IRQSPAN_BLAME_NS up
 * @next: the one to be replaced next
 * @past: the spans
 *
 * Of its own CPU only, with interrupts off.
 */
struct irqspan_blame {
	unsigned int		next;
	struct irqspan_past	past[IRQSPAN_PASTS];
};

DECLARE_PER_CPU(struct irqspan_blame, irqspan_blame);

extern u64 irqspan_blame_ns;

void irqspan_blame_note(struct irqspan_blame *blame, const struct irqspan_local *span, u64 end);
const struct irqspan_past *irqspan_blame_find(const struct irqspan_blame *blame, u64 now, u64 wait);

/* ipi.c */

/**
 * struct irqspan_ipi_key - what is counted in one row
 * @to: target CPU
 * @from: CPU that sends
 * @kind: &enum irqspan_ipi_kind
 * @zero: no hole in the key
 * @function: that is called there; 0 if none is known
 * @caller: code that asked for it
 * @name: of an IPI that only the architecture knows, else NULL
 */
struct irqspan_ipi_key {
	unsigned int		to;
	unsigned int		from;
	unsigned int		kind;
	unsigned int		zero;
	unsigned long		function;
	unsigned long		caller;
	const char		*name;
};

/**
 * struct irqspan_ipi_row - counters of one kind of IPI between two CPUs
 * @head: of any row
 * @key: see there
 * @requests: how often it was asked for. Here and in the next, @key.from counts
 * @sent: how many IPIs were sent for that
 * @handler_total: time that the functions took, ns. From here on, @key.to counts
 * @handler_max: the longest
 * @delay_total: time from when it was queued to the entry of the function, ns
 * @delay_max: the longest
 * @late: how many were late since interrupts were off
 * @late_max: the longest delay of these
 * @seq: guards @past, which belongs to @late_max
 * @past: the span that was to blame
 */
struct irqspan_ipi_row {
	struct irqspan_row	head;
	struct irqspan_ipi_key	key;
	local_t			requests;
	local_t			sent;
	u64			handler_total ____cacheline_aligned_in_smp;
	u64			handler_max;
	u64			delay_total;
	u64			delay_max;
	u64			late;
	u64			late_max;
	seqcount_t		seq;
	struct irqspan_past	past;
};

/**
 * struct irqspan_late - a function call that interrupts being off made late
 * @key: who called what
 * @delay: ns from when it was queued to its entry
 * @past: the span that was to blame
 */
struct irqspan_late {
	const struct irqspan_ipi_key	*key;
	u64				delay;
	const struct irqspan_past	*past;
};

void irqspan_ipi_prepare_cpu(unsigned int cpu);
int irqspan_ipi_start(void);
void irqspan_ipi_stop(void);
int irqspan_ipi_clear(void);
void irqspan_ipi_lost(u64 *requests, u64 *sent, u64 *delays);
const char *irqspan_ipi_name(enum irqspan_ipi_kind kind);
int irqspan_ipi_rows(struct irqspan_ipi_row **copy);

/* timers.c */

/**
 * struct irqspan_timer_key - what is counted in one row
 * @armed: CPU that armed the timer
 * @queued: CPU that it was queued on, or expired on
 * @class: &enum irqspan_timer_class
 * @zero: no hole in the key
 * @function: the timer's
 * @comm: task that armed it, with zeros up to its end; empty if not known
 */
struct irqspan_timer_key {
	unsigned int		armed;
	unsigned int		queued;
	unsigned int		class;
	unsigned int		zero;
	unsigned long		function;
	char			comm[TASK_COMM_LEN];
};

/**
 * struct irqspan_timer_counts - what became of timers
 * @migrations: how often they were queued on, or pulled to, another CPU
 * @expiries: how often they expired there
 * @wakes: IPIs that were sent back while they did
 * @hotplug: how often they were moved there since their CPU went away, or for an
 *	     hrtimer, expired there
 */
struct irqspan_timer_counts {
	atomic64_t			migrations;
	atomic64_t			expiries;
	atomic64_t			wakes;
	atomic64_t			hotplug;
};

/**
 * struct irqspan_timer_row - counters of one kind of timer that left its CPU
 * @head: of any row
 * @key: see there
 * @counts: see there
 */
struct irqspan_timer_row {
	struct irqspan_row		head;
	struct irqspan_timer_key	key;
	struct irqspan_timer_counts	counts;
};

/**
 * struct irqspan_migrate - a timer leaves the CPU that armed it
 * @timer: its address
 * @function: its function
 * @class: &enum irqspan_timer_class
 * @from: CPU that armed it, or of the wheel: that it was queued on
 * @to: CPU that it is queued on, or of the wheel: that expires it
 * @comm: task that armed it
 * @pid: likewise
 */
struct irqspan_migrate {
	const void		*timer;
	unsigned long		function;
	u8			class;
	unsigned int		from;
	unsigned int		to;
	const char		*comm;
	pid_t			pid;
};

/**
 * struct irqspan_wake - a timer far from its CPU sends an IPI back
 * @function: its function
 * @armed: CPU that armed it, target of the IPI
 * @expired: CPU that runs its function
 * @pid: task that armed it
 * @comm: likewise
 */
struct irqspan_wake {
	unsigned long		function;
	unsigned int		armed;
	unsigned int		expired;
	pid_t			pid;
	char			comm[TASK_COMM_LEN];
};

int irqspan_timer_start(void);
void irqspan_timer_stop(void);
int irqspan_timer_clear(void);
const struct irqspan_timer_counts *irqspan_timer_lost(u64 *timers);
int irqspan_timer_rows(struct irqspan_timer_row **copy);

/* record.c */

/* The parts of the tracer, which start and stop on their own */
enum irqspan_part {
	IRQSPAN_PART_LOCAL,
	IRQSPAN_PART_LINES,
	IRQSPAN_PART_IPIS,
	IRQSPAN_PART_TIMERS,
	IRQSPAN_PARTS,
};

/* The trace events that they make */
enum irqspan_event {
	IRQSPAN_EVENT_LOCAL_SPAN,
	IRQSPAN_EVENT_LINE_SPAN,
	IRQSPAN_EVENT_IPI_LATE,
	IRQSPAN_EVENT_TIMER_MIGRATE,
	IRQSPAN_EVENT_REMOTE_WAKE,
	IRQSPAN_EVENTS,
};

/* Bits of the tracer's options: one for each part, then the others */
#define IRQSPAN_OPT_PART(part)	BIT(part)
#define IRQSPAN_OPT_STACK	BIT(16)

/**
 * struct irqspan_instance - a trace array whose tracer is irqspan
 * @list: on the list of all of them
 * @tr: the trace array
 * @file: its event files: tells if the event is on there anyhow
 */
struct irqspan_instance {
	struct list_head	list;
	struct trace_array	*tr;
	struct trace_event_file	*file[IRQSPAN_EVENTS];
};

void irqspan_record_set_reg(int (*reg)(struct trace_event_call *call,
				       enum trace_reg type, void *data));
unsigned int irqspan_record_needs(const struct trace_event_call *call);
void irqspan_record_add(struct irqspan_instance *inst);
void irqspan_record_del(struct irqspan_instance *inst);
struct irqspan_instance *irqspan_record_find(const struct trace_array *tr);
void irqspan_record_set_options(u32 options);
void irqspan_record_local(const struct irqspan_local *span);
void irqspan_record_line(const struct irqspan_line *span);
void irqspan_record_late(const struct irqspan_late *late);
void irqspan_record_migrate(const struct irqspan_migrate *migrate);
void irqspan_record_wake(const struct irqspan_wake *wake);

/* session.c */
extern u64 irqspan_local_thresh_ns;
extern u64 irqspan_line_thresh_ns;

int irqspan_session_attach(struct trace_array *tr);
void irqspan_session_detach(struct trace_array *tr);
int irqspan_session_set_options(u32 options);
int irqspan_session_set_irqs(const unsigned long *mask, unsigned int bits);
int irqspan_session_clear(unsigned int which);
int irqspan_session_init(u32 options);

/* report.c */
int irqspan_report_stats(struct seq_file *m);
int irqspan_report_hist(struct seq_file *m);
int irqspan_report_open(struct seq_file *m);
int irqspan_report_ipis(struct seq_file *m);
int irqspan_report_timers(struct seq_file *m);

/* selftest.c */
int irqspan_selftest(struct tracer *trace, struct trace_array *tr);

#endif /* _KERNEL_TRACE_IRQSPAN_H */
