// SPDX-License-Identifier: GPL-2.0
/*
 * What one CPU does to another: function calls, wake-ups, and timers that leave
 * the CPU which armed them. A row of truth has the CPU that does it.
 *
 * As in spans_local.c, what disturbs the other CPU, and what runs there, is
 * noinline and called irqspan_spans_*.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "spans.h"

/*
 * Between spans_a, on CPU, and its partner spans_b, on the other CPU: what each
 * of them is to do next, or has done.
 */
static struct {
	struct task_struct	*b;
	bool			turn_b;		/* for a to set, for b to clear */
	bool			irqs_off;	/* b has turned interrupts off */
	bool			requested;	/* a is about to request the call */
} spans_pair;

/* Start the partner first, for it has to be there when it is disturbed. */
static int spans_start_pair(struct spans_job *job)
{
	struct spans_job job_b = *job;
	struct task_struct *task;

	spans_pair.turn_b = false;
	spans_pair.irqs_off = false;
	spans_pair.requested = false;
	job_b.run = job->cmd->partner;
	job_b.cpu = job->other;

	return spans_run_pair(job, &job_b, &task, &spans_pair.b);
}

/* Function calls */

/* How long the function ran, and when it was entered, by its own clock */
static u64 spans_called_ns;
static u64 spans_called_at;

static noinline void irqspan_spans_called(void *info)
{
	const struct spans_job *job = info;

	WRITE_ONCE(spans_called_at, ktime_get_mono_fast_ns());
	spans_called_ns = spans_spin(spans_job_ns(job));
}

static noinline int irqspan_spans_call_single(struct spans_job *job, bool wait)
{
	int ret = smp_call_function_single(job->other, irqspan_spans_called, job, wait);

	/* No tail call */
	barrier();
	return ret;
}

static noinline void irqspan_spans_call_many(struct spans_job *job)
{
	preempt_disable();
	smp_call_function_many(cpu_online_mask, irqspan_spans_called, job, true);
	preempt_enable();
	/* No tail call */
	barrier();
}

static int spans_run_call_single(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_truth_begin(&job->truth);
		ret = irqspan_spans_call_single(job, true);
		spans_truth_add(job, -1, spans_called_ns);
	}

	return ret;
}

static int spans_run_call_many(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_truth_begin(&job->truth);
		irqspan_spans_call_many(job);
		spans_truth_add(job, -1, spans_called_ns);
	}

	return 0;
}

/*
 * Late function calls: they are requested while the other CPU has its interrupts
 * off, and run when it turns them on.
 */
static noinline void irqspan_spans_hold_off(u64 ns)
{
	u64 start;

	local_irq_disable();
	WRITE_ONCE(spans_pair.irqs_off, true);
	/*
	 * The CPU that is to request it may be waiting for this one to answer another
	 * call, with preemption off. Give up then, or both wait for ever.
	 */
	start = sched_clock();
	while (!READ_ONCE(spans_pair.requested) && sched_clock() - start < NSEC_PER_SEC)
		cpu_relax();
	spans_spin(ns);
	local_irq_enable();
}

static int spans_run_hold_off(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		while (!READ_ONCE(spans_pair.turn_b))
			cond_resched();
		WRITE_ONCE(spans_pair.turn_b, false);
		irqspan_spans_hold_off(spans_job_ns(job));
		while (READ_ONCE(spans_pair.requested))
			cond_resched();
	}

	return 0;
}

/* Another CPU than these two. Without one it is @a. */
static unsigned int spans_third_cpu(unsigned int a, unsigned int b)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu != a && cpu != b)
			return cpu;
	}
	return a;
}

static void spans_call_nothing(void *info)
{
}

static int spans_call_late(struct spans_job *job, bool busy)
{
	unsigned int third = spans_third_cpu(job->cpu, job->other);
	struct spans_job call = { .us = 1, .other = job->other };
	u64 before, after;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n; i++) {
		WRITE_ONCE(spans_pair.turn_b, true);
		while (!READ_ONCE(spans_pair.irqs_off))
			cond_resched();
		WRITE_ONCE(spans_pair.irqs_off, false);

		/* The other CPU's time runs from here on. */
		preempt_disable();
		spans_truth_begin(&job->truth);
		WRITE_ONCE(spans_called_at, 0);
		WRITE_ONCE(spans_pair.requested, true);
		before = ktime_get_mono_fast_ns();
		ret = irqspan_spans_call_single(&call, false) ?: ret;
		after = ktime_get_mono_fast_ns();
		preempt_enable();
		while (!ret && !READ_ONCE(spans_called_at)) {
			if (busy)
				smp_call_function_single(third, spans_call_nothing, NULL, true);
			cond_resched();
		}

		/* The request was made at some time between these two. */
		job->truth.kind = "call_late_most";
		spans_truth_add(job, -1, spans_called_at - before);
		job->truth.kind = "call_late_least";
		spans_truth_add(job, -1, spans_called_at - after);
		WRITE_ONCE(spans_pair.requested, false);
	}

	return ret;
}

static int spans_run_call_late(struct spans_job *job)
{
	return spans_call_late(job, false);
}

/* The CPU goes on to call others while the call is on its way. */
static int spans_run_call_busy(struct spans_job *job)
{
	return spans_call_late(job, true);
}

/* Wake-ups */

static int spans_run_sleeper(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		while (!READ_ONCE(spans_pair.turn_b)) {
			schedule();
			set_current_state(TASK_UNINTERRUPTIBLE);
		}
		__set_current_state(TASK_RUNNING);
		WRITE_ONCE(spans_pair.turn_b, false);
	}

	return 0;
}

static noinline void irqspan_spans_wake(void)
{
	wake_up_process(spans_pair.b);
	/* No tail call */
	barrier();
}

static int spans_run_wake(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_truth_begin(&job->truth);
		spans_sleep(job->us);
		WRITE_ONCE(spans_pair.turn_b, true);
		irqspan_spans_wake();
		spans_truth_add(job, -1, 0);
		while (READ_ONCE(spans_pair.turn_b))
			cond_resched();
	}

	return 0;
}

/*
 * Timers. One whose function just now runs on the other CPU stays there when this
 * CPU starts it anew: the only way to have it migrate that does not depend on
 * what the CPUs do otherwise. So its function is first called on the other CPU,
 * and waits there until this CPU has started the timer.
 */
static struct hrtimer spans_timer;
static bool spans_timer_waits, spans_timer_started;
static unsigned int spans_timer_restarts;
static DECLARE_COMPLETION(spans_timer_done);

static ktime_t spans_ktime(unsigned int us)
{
	return ns_to_ktime((u64)us * NSEC_PER_USEC);
}

static enum hrtimer_restart irqspan_spans_timer(struct hrtimer *timer)
{
	if (!READ_ONCE(spans_timer_started)) {
		u64 start = sched_clock();

		WRITE_ONCE(spans_timer_waits, true);
		while (!READ_ONCE(spans_timer_started) && sched_clock() - start < NSEC_PER_SEC)
			cpu_relax();
		return HRTIMER_NORESTART;
	}
	if (spans_timer_restarts) {
		spans_timer_restarts--;
		hrtimer_forward_now(timer, spans_ktime(200));
		return HRTIMER_RESTART;
	}
	complete(&spans_timer_done);

	return HRTIMER_NORESTART;
}

static void spans_timer_setup(enum hrtimer_mode mode)
{
	hrtimer_setup(&spans_timer, irqspan_spans_timer, CLOCK_MONOTONIC, mode);
}

static void spans_timer_start_pinned(void *info)
{
	hrtimer_start(&spans_timer, spans_ktime(50), HRTIMER_MODE_REL_PINNED_HARD);
}

/* Start the timer on this CPU so that it expires on the other one. */
static int spans_timer_start_remote(struct spans_job *job)
{
	u64 start = sched_clock();
	unsigned long flags;
	int ret;

	WRITE_ONCE(spans_timer_waits, false);
	WRITE_ONCE(spans_timer_started, false);
	reinit_completion(&spans_timer_done);
	ret = smp_call_function_single(job->other, spans_timer_start_pinned, NULL, 1);
	if (ret)
		return ret;
	while (!READ_ONCE(spans_timer_waits)) {
		if (sched_clock() - start > NSEC_PER_SEC)
			return -ETIMEDOUT;
		cpu_relax();
	}
	spans_truth_begin(&job->truth);
	/* The timer may expire at once, and must find spans_timer_started set. */
	local_irq_save(flags);
	hrtimer_start(&spans_timer, spans_ktime(job->us), HRTIMER_MODE_REL_HARD);
	WRITE_ONCE(spans_timer_started, true);
	local_irq_restore(flags);

	return 0;
}

static int spans_timer_wait(void)
{
	if (wait_for_completion_timeout(&spans_timer_done, 10 * HZ))
		return 0;
	hrtimer_cancel(&spans_timer);

	return -ETIMEDOUT;
}

static int spans_run_timer(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		ret = spans_timer_start_remote(job);
		if (!ret)
			ret = spans_timer_wait();
		spans_truth_add(job, -1, 0);
	}

	return ret;
}

/* After its first expiry the other CPU restarts it: then it is that CPU's own. */
static int spans_run_timer_again(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_timer_restarts = 3;
		ret = spans_timer_start_remote(job);
		if (!ret)
			ret = spans_timer_wait();
		spans_truth_add(job, -1, 0);
	}
	spans_timer_restarts = 0;

	return ret;
}

/*
 * Before it expires, the other CPU starts it anew, every other time after it was
 * cancelled: then it is that CPU's own, and never expires for this one.
 */
static int spans_run_timer_cancel(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		ret = spans_timer_start_remote(job);
		if (ret)
			break;
		if (i % 2)
			hrtimer_cancel(&spans_timer);
		ret = smp_call_function_single(job->other, spans_timer_start_pinned, NULL, 1);
		if (!ret)
			ret = spans_timer_wait();
		spans_truth_add(job, -1, 0);
	}

	return ret;
}

/* Each time under another name, as if by another task */
static int spans_run_timer_names(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		/* Nobody else changes the name of this thread. */
		scnprintf(current->comm, sizeof(current->comm), "spans_%u", i);
		ret = spans_timer_start_remote(job);
		if (!ret)
			ret = spans_timer_wait();
	}

	return ret;
}

/* Timers that stay on this CPU */
static int spans_run_timer_here(struct spans_job *job, enum hrtimer_mode mode)
{
	unsigned int i;
	int ret = 0;

	WRITE_ONCE(spans_timer_started, true);
	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_timer_done);
		spans_truth_begin(&job->truth);
		hrtimer_start(&spans_timer, spans_ktime(job->us), mode);
		ret = spans_timer_wait();
		spans_truth_add(job, -1, 0);
	}

	return ret;
}

static int spans_run_timer_pinned(struct spans_job *job)
{
	return spans_run_timer_here(job, HRTIMER_MODE_REL_PINNED_HARD);
}

static int spans_run_timer_soft(struct spans_job *job)
{
	int ret;

	hrtimer_cancel(&spans_timer);
	spans_timer_setup(HRTIMER_MODE_REL_SOFT);
	ret = spans_run_timer_here(job, HRTIMER_MODE_REL_PINNED_SOFT);
	hrtimer_cancel(&spans_timer);
	spans_timer_setup(HRTIMER_MODE_REL_HARD);

	return ret;
}

/* What a start and a cancellation cost: truth has the time of all of them. */
static int spans_run_timer_load(struct spans_job *job)
{
	unsigned int i;
	u64 start;

	spans_truth_begin(&job->truth);
	start = sched_clock();
	for (i = 0; i < job->n; i++) {
		hrtimer_start(&spans_timer, spans_ktime(job->us), HRTIMER_MODE_REL_PINNED_HARD);
		hrtimer_cancel(&spans_timer);
	}
	spans_truth_add(job, -1, sched_clock() - start);

	return 0;
}

/* Timers of the wheel, which another CPU may pull when this one is idle */
static int spans_run_sleep(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_truth_begin(&job->truth);
		schedule_timeout_uninterruptible(usecs_to_jiffies(job->us));
		spans_truth_add(job, -1, 0);
	}

	return 0;
}

/* CPU does something to the CPU OTHER. */
#define SPANS_OTHER(what, whom, fn, us, ...) {		\
	.name		= #what,			\
	.usage		= "CPU US TIMES OTHER",		\
	.caller		= whom,				\
	.run		= fn,				\
	.max_us		= us,				\
	.max_n		= SPANS_MAX_COUNT,		\
	.other		= true,				\
	__VA_ARGS__					\
}

/* As SPANS_OTHER, with a partner that waits for it there */
#define SPANS_PAIR(what, whom, fn, fn_b, us)		\
	SPANS_OTHER(what, whom, fn, us, .start = spans_start_pair, .partner = fn_b)

/* It happens on CPU, as far as timers stay there. */
#define SPANS_HERE(what, fn, us) {			\
	.name		= #what,			\
	.usage		= "CPU US TIMES",		\
	.caller		= "-",				\
	.run		= fn,				\
	.max_us		= us,				\
	.max_n		= SPANS_MAX_COUNT,		\
}

static const struct spans_command spans_remote_commands[] = {
	SPANS_OTHER(call_single, "irqspan_spans_call_single", spans_run_call_single,
		    SPANS_MAX_LOCAL_US),
	SPANS_OTHER(call_many, "irqspan_spans_call_many", spans_run_call_many,
		    SPANS_MAX_LOCAL_US),
	SPANS_PAIR(call_late, "irqspan_spans_call_single", spans_run_call_late,
		   spans_run_hold_off, SPANS_MAX_LOCAL_US),
	SPANS_PAIR(call_busy, "irqspan_spans_call_single", spans_run_call_busy,
		   spans_run_hold_off, SPANS_MAX_LOCAL_US),
	SPANS_PAIR(wake, "irqspan_spans_wake", spans_run_wake, spans_run_sleeper,
		   SPANS_MAX_LINE_US),
	SPANS_OTHER(timer, "-", spans_run_timer, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_again, "-", spans_run_timer_again, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_cancel, "-", spans_run_timer_cancel, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_names, "-", spans_run_timer_names, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_pinned, spans_run_timer_pinned, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_soft, spans_run_timer_soft, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_load, spans_run_timer_load, SPANS_MAX_LINE_US),
	SPANS_HERE(sleep, spans_run_sleep, SPANS_MAX_LOCAL_US),
};

static int spans_remote_init(struct dentry *dir)
{
	spans_timer_setup(HRTIMER_MODE_REL_HARD);

	return 0;
}

const struct spans_group spans_remote_group = {
	.commands	= spans_remote_commands,
	.nr_commands	= ARRAY_SIZE(spans_remote_commands),
	.init		= spans_remote_init,
};
