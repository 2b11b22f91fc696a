// SPDX-License-Identifier: GPL-2.0
/*
 * What ran inside the open CPU-wide span.
 *
 * The span of a hard interrupt begins in the entry code, which is the same for all
 * interrupts. So remember which functions ran inside the span: handlers of devices,
 * callbacks of hrtimers, functions called by IPI, and irq_works.
 *
 * These functions nest: where timers and IPIs are ordinary per-CPU interrupts, as on
 * arm64, one handler encloses all the callbacks. So only a function's own time counts,
 * without that of the functions nested in it. Thousands of timers may expire in one
 * interrupt, none of which takes long: consecutive runs of one function are added up.
 *
 * The hooks in local.c, which begin and end spans, do not clear this state. Each hook
 * here compares the start of the open span with the remembered one: if they differ, a
 * new span began, and the state of the old one is dropped. So a handler that turns
 * interrupts on ends the span, and is not known in the next one.
 *
 * Softirqs turn interrupts on, so what they run is never inside of a span.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/seqlock.h>
#include <linux/smp.h>

#include "clock.h"
#include "handler.h"
#include "local.h"
#include "probe.h"

#include <trace/events/csd.h>
#include <trace/events/irq.h>
#include <trace/events/irq_work.h>
#include <trace/events/lock.h>
#include <trace/events/sched.h>
#include <trace/events/timer.h>

/* A function that is nested deeper is taken for part of the one it is nested in. */
#define HANDLERS_NESTED		8

/* How often to read the state of a CPU that is changing it. */
#define READ_TRIES		10

/* An irq_work runs within this time after it was queued, once interrupts are on. */
#define IRQ_WORK_WITHIN_NS		(100 * NSEC_PER_USEC)
/* And its thread, which PREEMPT_RT leaves most of them to, within this one. */
#define IRQ_WORK_THREAD_WITHIN_NS	NSEC_PER_MSEC

/**
 * struct handler - a function that runs inside the open span
 * @object: what its entry and its exit have in common: the irqaction, timer, function or
 *	irq_work
 * @function: its address
 * @begin: irqspan_clock() when it was entered
 * @nested: time that the functions took which ran inside of it and have returned
 */
struct handler {
	const void		*object;
	unsigned long		function;
	u64			begin;
	u64			nested;
};

/**
 * struct handler_cpu - what ran inside the open span of one CPU
 * @seq: readers on other CPUs and in NMI use it to get a consistent copy
 * @span: &irqspan_cpu.start of the span that all this belongs to
 * @last: function that returned last, 0 if none did
 * @last_time: own time of @last, summed over its consecutive runs
 * @longest: the function with the greatest @last_time so far
 * @longest_time: that @last_time
 * @longest_end: irqspan_clock() when @longest returned from the last of these runs
 * @waited: time spent waiting for locks
 * @lock: the lock that the CPU waits for now, NULL if none
 * @wait_begin: irqspan_clock() when waiting for @lock began
 * @irq_work_within: if an irq_work ran, or its thread was woken up: how long after it was
 *	queued that may be, ns; else 0. Not read by other CPUs
 * @depth: how many functions are running, one inside the other
 * @handler: the running functions, the outermost one first
 *
 * Times are in the unit of irqspan_clock(). Written by its own CPU with interrupts
 * off, and not in NMI.
 */
struct handler_cpu {
	seqcount_t		seq;
	u64			span;
	unsigned long		last;
	u64			last_time;
	unsigned long		longest;
	u64			longest_time;
	u64			longest_end;
	u64			waited;
	const void		*lock;
	u64			wait_begin;
	unsigned int		irq_work_within;
	unsigned int		depth;
	struct handler		handler[HANDLERS_NESTED];
};

static DEFINE_PER_CPU(struct handler_cpu, handler_cpus);

/* With PREEMPT_RT, the thread that runs most irq_works of the CPU. NULL until it ran one. */
static DEFINE_PER_CPU(struct task_struct *, irq_work_thread);

/*
 * Begin to change what is known of the open span. Returns NULL if no span is open, or
 * in NMI, which may have interrupted an update of this state.
 */
static __always_inline struct handler_cpu *change_begin(void)
{
	struct handler_cpu *hc;
	u64 start;

	if (in_nmi())
		return NULL;
	/*
	 * A task may wait for a lock with interrupts on. Then no span is open on the CPU
	 * that this_cpu_read() reads, whichever that is. With interrupts off the task
	 * cannot leave its CPU.
	 */
	start = this_cpu_read(irqspan_cpus.start);
	if (start <= IRQSPAN_LAST_MARK)
		return NULL;

	hc = this_cpu_ptr(&handler_cpus);
	raw_write_seqcount_begin(&hc->seq);
	if (hc->span != start) {
		hc->span = start;
		hc->last = 0;
		hc->longest = 0;
		hc->longest_time = 0;
		hc->waited = 0;
		hc->lock = NULL;
		hc->irq_work_within = 0;
		hc->depth = 0;
	}
	return hc;
}

static __always_inline void change_end(struct handler_cpu *hc)
{
	raw_write_seqcount_end(&hc->seq);
}

static __always_inline void enter_handler(const void *object, unsigned long function)
{
	struct handler_cpu *hc = change_begin();

	if (!hc)
		return;
	if (hc->depth < HANDLERS_NESTED) {
		hc->handler[hc->depth] = (struct handler) {
			.object	  = object,
			.function = function,
			.begin	  = irqspan_clock(irqspan_clock_is_cycles),
		};
	}
	hc->depth++;
	change_end(hc);
}

static void count_longest(struct handler_cpu *hc, struct handler *handler)
{
	u64 now = irqspan_clock(irqspan_clock_is_cycles);
	u64 time = now - handler->begin;
	u64 own = time - handler->nested;

	hc->last_time = own + (hc->last == handler->function ? hc->last_time : 0);
	hc->last = handler->function;
	if (hc->last_time >= hc->longest_time) {
		hc->longest = hc->last;
		hc->longest_time = hc->last_time;
		hc->longest_end = now;
	}
	if (hc->depth)
		hc->handler[hc->depth - 1].nested += time;
}

NOKPROBE_SYMBOL(count_longest);

static __always_inline void exit_handler(const void *object)
{
	struct handler_cpu *hc = change_begin();

	if (!hc)
		return;
	if (hc->depth > HANDLERS_NESTED) {
		hc->depth--;
	} else if (hc->depth && hc->handler[hc->depth - 1].object == object) {
		hc->depth--;
		count_longest(hc, &hc->handler[hc->depth]);
	}
	/* Else the function was entered in an earlier span, and turned interrupts on. */
	change_end(hc);
}

/* All devices that only have a thread share a primary handler: name the thread's function. */
static __always_inline unsigned long device_function(const struct irqaction *action)
{
	if (action->handler == irq_default_primary_handler)
		return (unsigned long)action->thread_fn;
	return (unsigned long)action->handler;
}

static void hook_irq_handler_entry(void *data, int irq, struct irqaction *action)
{
	enter_handler(action, device_function(action));
}

NOKPROBE_SYMBOL(hook_irq_handler_entry);

static void hook_irq_handler_exit(void *data, int irq, struct irqaction *action, int ret)
{
	exit_handler(action);
}

NOKPROBE_SYMBOL(hook_irq_handler_exit);

static void hook_hrtimer_expire_entry(void *data, struct hrtimer *timer, ktime_t now)
{
	enter_handler(timer, (unsigned long)ACCESS_PRIVATE(timer, function));
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_entry);

/* The timer may have been freed by its function: only its address is of use. */
static void hook_hrtimer_expire_exit(void *data, struct hrtimer *timer)
{
	exit_handler(timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_exit);

#ifdef CONFIG_SMP
/* A call to the own CPU has no csd: match entry and exit by the function. */
static void hook_csd_function_entry(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	enter_handler(func, (unsigned long)func);
}

NOKPROBE_SYMBOL(hook_csd_function_entry);

static void hook_csd_function_exit(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	exit_handler(func);
}

NOKPROBE_SYMBOL(hook_csd_function_exit);
#endif

static void hook_irq_work_func_entry(void *data, struct irq_work *work)
{
	enter_handler(work, (unsigned long)work->func);
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !irqs_disabled())
		this_cpu_write(irq_work_thread, current);
	else
		this_cpu_write(handler_cpus.irq_work_within, IRQ_WORK_WITHIN_NS);
}

NOKPROBE_SYMBOL(hook_irq_work_func_entry);

static void hook_irq_work_func_exit(void *data, struct irq_work *work)
{
	exit_handler(work);
}

NOKPROBE_SYMBOL(hook_irq_work_func_exit);

#ifdef CONFIG_PREEMPT_RT
/* The interrupt of an irq_work that is left to the thread only wakes that up. */
static void hook_sched_waking(void *data, struct task_struct *task)
{
	struct handler_cpu *hc;

	if (task != this_cpu_read(irq_work_thread))
		return;
	hc = change_begin();
	if (!hc)
		return;
	hc->irq_work_within = IRQ_WORK_THREAD_WITHIN_NS;
	change_end(hc);
}

NOKPROBE_SYMBOL(hook_sched_waking);
#endif

/*
 * Count only spinning: with interrupts off a CPU cannot wait otherwise. Sleeping locks fire
 * the event as well, but turn interrupts on to sleep; their time before that is no wait.
 *
 * If a probe takes a second lock during the wait for the first one, that is part of the
 * wait.
 */
static void hook_contention_begin(void *data, void *lock, unsigned int flags)
{
	struct handler_cpu *hc;

	if ((flags & (LCB_F_SPIN | LCB_F_MUTEX)) != LCB_F_SPIN)
		return;
	hc = change_begin();
	if (!hc)
		return;
	if (!hc->lock) {
		hc->lock = lock;
		hc->wait_begin = irqspan_clock(irqspan_clock_is_cycles);
	}
	change_end(hc);
}

NOKPROBE_SYMBOL(hook_contention_begin);

static void hook_contention_end(void *data, void *lock, int ret)
{
	struct handler_cpu *hc = change_begin();

	if (!hc)
		return;
	if (hc->lock == lock) {
		hc->waited += irqspan_clock(irqspan_clock_is_cycles) - hc->wait_begin;
		hc->lock = NULL;
	}
	change_end(hc);
}

NOKPROBE_SYMBOL(hook_contention_end);

static const struct irqspan_probe probes[] = {
	/*
	 * Attach exits first: who is seen to enter is seen to leave, too. Entries
	 * have low priority, so that a function's own time begins after what other
	 * hooks of the tracer do on the same tracepoint.
	 */
	IRQSPAN_PROBE(irq_handler_exit),
	IRQSPAN_PROBE_LAST(irq_handler_entry),
	IRQSPAN_PROBE(hrtimer_expire_exit),
	IRQSPAN_PROBE_LAST(hrtimer_expire_entry),
#ifdef CONFIG_SMP
	IRQSPAN_PROBE(csd_function_exit),
	IRQSPAN_PROBE_LAST(csd_function_entry),
#endif
	IRQSPAN_PROBE(irq_work_func_exit),
	IRQSPAN_PROBE_LAST(irq_work_func_entry),
#ifdef CONFIG_PREEMPT_RT
	IRQSPAN_PROBE(sched_waking),
#endif
	IRQSPAN_PROBE(contention_end),
	IRQSPAN_PROBE(contention_begin),
};

/*
 * Fill in the longest function, when it ended, and the time waited. A wait that is not over
 * counts up to @now, and so do functions that are still running, if @running.
 */
static void read_handlers(const struct handler_cpu *hc, const struct irqspan_scale *scale,
			  u64 now, bool running, struct irqspan_culprit *culprit)
{
	unsigned int depth = running ? min(hc->depth, HANDLERS_NESTED) : 0;
	unsigned long longest = hc->longest;
	u64 longest_time = hc->longest_time;
	u64 longest_end = hc->longest_end;
	u64 waited = hc->waited;
	u64 end = now;

	/* Walk outwards: a function's own time ends where the one nested in it began. */
	while (depth--) {
		const struct handler *handler = &hc->handler[depth];
		u64 own = end - handler->begin - handler->nested;

		if (handler->function == hc->last)
			own += hc->last_time;
		if ((s64)own >= 0 && own >= longest_time) {
			longest = handler->function;
			longest_time = own;
			longest_end = now;
		}
		end = handler->begin;
	}
	if (hc->lock && (s64)(now - hc->wait_begin) > 0)
		waited += now - hc->wait_begin;

	culprit->handler = longest;
	culprit->handler_ns = irqspan_clock_ns(scale, longest_time);
	culprit->handler_ago = 0;
	if (longest && (s64)(now - longest_end) > 0)
		culprit->handler_ago = irqspan_clock_ns(scale, now - longest_end);
	culprit->waited = irqspan_clock_ns(scale, waited);
}

NOKPROBE_SYMBOL(read_handlers);

/**
 * irqspan_handler_read - what ran inside the span that is open on this CPU
 * @start: &irqspan_cpu.start of the span
 * @now: irqspan_clock() of now
 * @running: also what is still running
 * @culprit: where to fill in handler, handler_ns, handler_ago and waited; zero if nothing
 *	is known
 *
 * Context: interrupts off; not within a hook of this file.
 */
void irqspan_handler_read(u64 start, u64 now, bool running, struct irqspan_culprit *culprit)
{
	const struct handler_cpu *hc = raw_cpu_ptr(&handler_cpus);

	if (likely(hc->span != start)) {
		irqspan_name_no_handler(culprit);
		culprit->waited = 0;
		return;
	}
	read_handlers(hc, raw_cpu_ptr(&irqspan_cpus.scale), now, running, culprit);
}

NOKPROBE_SYMBOL(irqspan_handler_read);

/**
 * irqspan_handler_irq_work_within - is the span that is open on this CPU one of an irq_work?
 * @ic: the state of this CPU
 *
 * It is if an irq_work ran inside of it; with PREEMPT_RT also if the thread of irq_works was
 * woken up, or turned interrupts off, or was interrupted.
 *
 * Context: interrupts off; not within a hook of this file.
 * Return: how long ago the irq_work may have been queued, ns; 0 if it is none.
 */
unsigned int irqspan_handler_irq_work_within(const struct irqspan_cpu *ic)
{
	const struct handler_cpu *hc = raw_cpu_ptr(&handler_cpus);

	if (IS_ENABLED(CONFIG_PREEMPT_RT) && ic->task == raw_cpu_read(irq_work_thread))
		return IRQ_WORK_THREAD_WITHIN_NS;
	return hc->span == ic->start ? hc->irq_work_within : 0;
}

NOKPROBE_SYMBOL(irqspan_handler_irq_work_within);

/**
 * irqspan_handler_read_cpu - what ran inside the span that is open on any CPU
 * @cpu: the CPU
 * @start: &irqspan_cpu.start of the span
 * @now: irqspan_clock() of now
 * @culprit: where to fill in handler, handler_ns, handler_ago and waited; zero if nothing
 *	is known
 *
 * Context: any, NMI on that CPU included.
 */
void irqspan_handler_read_cpu(unsigned int cpu, u64 start, u64 now,
			      struct irqspan_culprit *culprit)
{
	const struct handler_cpu *hc = per_cpu_ptr(&handler_cpus, cpu);
	unsigned int tries, seq;

	for (tries = 0; tries < READ_TRIES; tries++) {
		seq = raw_read_seqcount(&hc->seq);
		if ((seq & 1) || hc->span != start)
			continue;
		read_handlers(hc, per_cpu_ptr(&irqspan_cpus.scale, cpu), now, true, culprit);
		if (!read_seqcount_retry(&hc->seq, seq))
			return;
	}
	irqspan_name_no_handler(culprit);
	culprit->waited = 0;
}

/**
 * irqspan_handlers_start - begin to remember what runs inside of spans
 *
 * Context: no CPU-wide span is measured; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int irqspan_handlers_start(void)
{
	unsigned int cpu;

	/* What was remembered when measuring ended belongs to no span any more. */
	for_each_possible_cpu(cpu)
		per_cpu(handler_cpus, cpu).span = IRQSPAN_NO_SPAN;
	return irqspan_probes_register(probes, ARRAY_SIZE(probes));
}

/**
 * irqspan_handlers_stop - end what irqspan_handlers_start() began
 *
 * Context: sleeps.
 */
void irqspan_handlers_stop(void)
{
	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
}
