// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans: interrupts are turned off by each primitive that the kernel
 * has for it, in each context.
 *
 * Every function that begins or ends a span is noinline and called
 * irqspan_spans_*, and none ends in a tail call: the addresses that a tracer
 * takes must lie in it.
 */
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "spans.h"

static noinline u64 irqspan_spans_irq_disable(u64 ns)
{
	local_irq_disable();
	ns = spans_spin(ns);
	local_irq_enable();

	return ns;
}

static noinline u64 irqspan_spans_irq_save(u64 ns)
{
	unsigned long flags;

	local_irq_save(flags);
	ns = spans_spin(ns);
	local_irq_restore(flags);

	return ns;
}

static DEFINE_SPINLOCK(spans_spinlock);
static DEFINE_RAW_SPINLOCK(spans_raw_spinlock);

static noinline u64 irqspan_spans_spin_irqsave(u64 ns)
{
	unsigned long flags;

	spin_lock_irqsave(&spans_spinlock, flags);
	ns = spans_spin(ns);
	spin_unlock_irqrestore(&spans_spinlock, flags);

	return ns;
}

static noinline u64 irqspan_spans_spin_irq(u64 ns)
{
	spin_lock_irq(&spans_spinlock);
	ns = spans_spin(ns);
	spin_unlock_irq(&spans_spinlock);

	return ns;
}

static noinline u64 irqspan_spans_raw_irqsave(u64 ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spans_raw_spinlock, flags);
	ns = spans_spin(ns);
	raw_spin_unlock_irqrestore(&spans_raw_spinlock, flags);

	return ns;
}

static noinline u64 irqspan_spans_raw_irq(u64 ns)
{
	raw_spin_lock_irq(&spans_raw_spinlock);
	ns = spans_spin(ns);
	raw_spin_unlock_irq(&spans_raw_spinlock);

	return ns;
}

/* One span, for only the outer pair turns interrupts off and on. */
static noinline u64 irqspan_spans_nested(u64 ns)
{
	unsigned long outer, inner;
	u64 start, now;

	local_irq_save(outer);
	start = sched_clock();

	local_irq_save(inner);
	spans_spin(ns / 2);
	local_irq_restore(inner);

	raw_spin_lock_irqsave(&spans_raw_spinlock, inner);
	spans_spin(ns / 2);
	raw_spin_unlock_irqrestore(&spans_raw_spinlock, inner);

	now = sched_clock();
	local_irq_restore(outer);

	return now - start;
}

static int spans_run_local(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		u64 ns = job->cmd->make(spans_job_ns(job));

		spans_truth_begin(&job->truth);
		spans_truth_add(job, -1, ns);
		cond_resched();
	}

	return 0;
}

/*
 * A page fault, of a read that may fail, with interrupts on or off. They are turned off in a
 * way that no tracer sees, as they are just before they are turned on. The exception then has
 * nothing to tell tracers, for it does not turn interrupts off.
 */
static noinline int irqspan_spans_fault(bool off)
{
	/* Behind what was allocated there is never a page. */
	void *page = vmalloc(PAGE_SIZE);
	unsigned long flags = 0, word;
	int ret;

	if (!page)
		return -ENOMEM;
	if (off)
		raw_local_irq_save(flags);
	ret = copy_from_kernel_nofault(&word, page + PAGE_SIZE, sizeof(word));
	if (off) {
		raw_local_irq_restore(flags);
		/* For lockdep, too, interrupts are off since the exception. */
		local_irq_disable();
		local_irq_enable();
	}
	vfree(page);

	return ret ? 0 : -EINVAL;
}

static int spans_run_faults(struct spans_job *job, bool off)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		ret = irqspan_spans_fault(off);
		cond_resched();
	}

	return ret;
}

static int spans_run_fault(struct spans_job *job)
{
	return spans_run_faults(job, false);
}

static int spans_run_fault_off(struct spans_job *job)
{
	return spans_run_faults(job, true);
}

/*
 * Spans that a handler makes. Before it is raised, spans_handler_ns has how long
 * its span shall be; after spans_handler_done, how long it was.
 */
static struct spans_job *spans_handler_job;
static u64 spans_handler_ns;
static DECLARE_COMPLETION(spans_handler_done);

static noinline void irqspan_spans_softirq(struct tasklet_struct *unused)
{
	spans_truth_begin(&spans_handler_job->truth);
	local_irq_disable();
	spans_handler_ns = spans_spin(spans_handler_ns);
	local_irq_enable();
	complete(&spans_handler_done);
}

static DECLARE_TASKLET(spans_tasklet, irqspan_spans_softirq);

/*
 * Interrupts have been off from the moment when the CPU entered the interrupt, so this
 * measures less than the whole span.
 */
static noinline void irqspan_spans_hardirq(struct irq_work *unused)
{
	spans_handler_ns = spans_spin(spans_handler_ns);
	spans_truth_begin(&spans_handler_job->truth);
	complete(&spans_handler_done);
}

static struct irq_work spans_hardirq_work = IRQ_WORK_INIT_HARD(irqspan_spans_hardirq);

static void spans_handler_prepare(struct spans_job *job)
{
	spans_handler_job = job;
	spans_handler_ns = spans_job_ns(job);
	reinit_completion(&spans_handler_done);
}

static void spans_handler_wait(struct spans_job *job)
{
	wait_for_completion(&spans_handler_done);
	spans_truth_add(job, -1, spans_handler_ns);
}

static int spans_run_softirq(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_handler_prepare(job);
		/* The softirq runs here when they are enabled, not in ksoftirqd. */
		local_bh_disable();
		tasklet_schedule(&spans_tasklet);
		local_bh_enable();
		spans_handler_wait(job);
	}
	tasklet_kill(&spans_tasklet);

	return 0;
}

static int spans_run_hardirq(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_handler_prepare(job);
		irq_work_queue(&spans_hardirq_work);
		spans_handler_wait(job);
	}
	irq_work_sync(&spans_hardirq_work);

	return 0;
}

/*
 * A span with a context switch inside: spans_a disables interrupts, and
 * spans_b, which follows on the same CPU, enables them on its way out of the
 * scheduler.
 */
static struct {
	struct task_struct	*a, *b;
	bool			turn_b;
	bool			stop;
} spans_switch;

static noinline u64 irqspan_spans_switch(u64 ns)
{
	u64 start, now;

	local_irq_disable();
	start = sched_clock();
	spans_spin(ns);

	/*
	 * spans_b can't run, and thus not wake this task, before this task has
	 * left the CPU: the wake-up can't be lost.
	 */
	WRITE_ONCE(spans_switch.turn_b, true);
	set_current_state(TASK_UNINTERRUPTIBLE);
	wake_up_process(spans_switch.b);

	/* __schedule() disables interrupts anyway, and comes back with them on. */
	now = sched_clock();
	schedule();

	while (READ_ONCE(spans_switch.turn_b)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(spans_switch.turn_b))
			schedule();
	}
	__set_current_state(TASK_RUNNING);

	return now - start;
}

static int spans_run_switch_a(struct spans_job *job)
{
	int ret = spans_run_local(job);

	WRITE_ONCE(spans_switch.stop, true);
	wake_up_process(spans_switch.b);

	return ret;
}

static int spans_run_switch_b(struct spans_job *job)
{
	while (!READ_ONCE(spans_switch.stop)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (!READ_ONCE(spans_switch.turn_b) && !READ_ONCE(spans_switch.stop))
			schedule();
		__set_current_state(TASK_RUNNING);

		if (READ_ONCE(spans_switch.turn_b)) {
			WRITE_ONCE(spans_switch.turn_b, false);
			wake_up_process(spans_switch.a);
		}
	}

	return 0;
}

static int spans_start_switch(struct spans_job *job)
{
	struct spans_job job_b = *job;

	spans_switch.turn_b = false;
	spans_switch.stop = false;
	job_b.run = spans_run_switch_b;

	return spans_run_pair(job, &job_b, &spans_switch.a, &spans_switch.b);
}

#define SPANS_LOCAL(what, ...) {			\
	.name		= #what,			\
	.usage		= "CPU US TIMES",		\
	.caller		= "irqspan_spans_" #what,	\
	.run		= spans_run_local,		\
	.make		= irqspan_spans_##what,		\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
	__VA_ARGS__					\
}

/* As SPANS_LOCAL, but with functions of its own */
#define SPANS_LOCAL_IN(what, who, ...) {		\
	.name		= #what,			\
	.usage		= "CPU US TIMES",		\
	.caller		= who,				\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
	__VA_ARGS__					\
}

static const struct spans_command spans_local_commands[] = {
	SPANS_LOCAL(irq_disable),
	SPANS_LOCAL(irq_save),
	SPANS_LOCAL(spin_irqsave, .not_rt = true),
	SPANS_LOCAL(spin_irq, .not_rt = true),
	SPANS_LOCAL(raw_irqsave),
	SPANS_LOCAL(raw_irq),
	SPANS_LOCAL(nested),
	SPANS_LOCAL_IN(fault, "-", .run = spans_run_fault),
	SPANS_LOCAL_IN(fault_off, "-", .run = spans_run_fault_off),
	SPANS_LOCAL_IN(softirq, "irqspan_spans_softirq", .run = spans_run_softirq),
	SPANS_LOCAL_IN(hardirq, "-", .run = spans_run_hardirq),
	SPANS_LOCAL_IN(switch, "irqspan_spans_switch", .start = spans_start_switch,
		       .run = spans_run_switch_a, .make = irqspan_spans_switch),
};

const struct spans_group spans_local_group = {
	.commands	= spans_local_commands,
	.nr_commands	= ARRAY_SIZE(spans_local_commands),
};
