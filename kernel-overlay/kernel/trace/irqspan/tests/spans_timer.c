// SPDX-License-Identifier: GPL-2.0
/*
 * Timers of the wheel that are queued on a CPU of their user's choice, and timers
 * that are late, for a reason that a tracer should find or for one that has nothing
 * to do with interrupts being off. A row of truth has the CPU that arms the timer.
 *
 * The functions of timers and works, and what holds them up, are noinline and
 * called irqspan_spans_*.
 */
#include <linux/bottom_half.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "spans.h"

/* The function of the timer, or of the work, has been called. */
static DECLARE_COMPLETION(spans_expired);

static int spans_wait_expired(void)
{
	return wait_for_completion_timeout(&spans_expired, 10 * HZ) ? 0 : -ETIMEDOUT;
}

/* Timers of the wheel on a CPU of choice */

static noinline void irqspan_spans_wheel(struct timer_list *timer)
{
	complete(&spans_expired);
	/* No tail call */
	barrier();
}

static struct timer_list spans_wheel_timer;

static int spans_run_timer_on(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	timer_setup(&spans_wheel_timer, irqspan_spans_wheel, 0);
	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_expired);
		spans_truth_begin(&job->truth);
		spans_wheel_timer.expires = jiffies + usecs_to_jiffies(job->us);
		add_timer_on(&spans_wheel_timer, job->other);
		ret = spans_wait_expired();
		spans_truth_add(job, -1, 0);
	}
	timer_delete_sync(&spans_wheel_timer);

	return ret;
}

/* Delayed work, which the kernel gives to a CPU by a timer of the wheel */

static noinline void irqspan_spans_work(struct work_struct *work)
{
	complete(&spans_expired);
	/* No tail call */
	barrier();
}

static DECLARE_DELAYED_WORK(spans_delayed_work, irqspan_spans_work);

static int spans_queue_work(struct spans_job *job, unsigned int cpu)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_expired);
		spans_truth_begin(&job->truth);
		/* Not at once, which would take no timer */
		queue_delayed_work_on(cpu, system_percpu_wq, &spans_delayed_work,
				      max(usecs_to_jiffies(job->us), 1UL));
		ret = spans_wait_expired();
		spans_truth_add(job, -1, 0);
	}
	cancel_delayed_work_sync(&spans_delayed_work);

	return ret;
}

static int spans_run_delayed_work(struct spans_job *job)
{
	return spans_queue_work(job, job->other);
}

static int spans_run_delayed_work_here(struct spans_job *job)
{
	return spans_queue_work(job, job->cpu);
}

/*
 * Late hrtimers. By its own clock its function is late by spans_late_ns.
 */
#define SPANS_TIMER_US	50

static struct hrtimer spans_late_timer, spans_slow_timer;
static u64 spans_late_ns, spans_slow_ns;

static noinline enum hrtimer_restart irqspan_spans_late(struct hrtimer *timer)
{
	spans_late_ns = max(ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer))), 0LL);
	complete(&spans_expired);

	return HRTIMER_NORESTART;
}

/* Holds up its CPU as a driver would that takes too long in an interrupt. */
static noinline enum hrtimer_restart irqspan_spans_slow(struct hrtimer *timer)
{
	spans_spin(spans_slow_ns);
	complete(&spans_expired);

	return HRTIMER_NORESTART;
}

static void spans_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
			enum hrtimer_mode mode)
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
}

static void spans_arm(struct hrtimer *timer, unsigned int us, enum hrtimer_mode mode)
{
	hrtimer_start(timer, ns_to_ktime((u64)us * NSEC_PER_USEC), mode);
}

/* Interrupts are off when the timer is due, and remain so for a while. */
static noinline void irqspan_spans_hold_timer(u64 ns)
{
	local_irq_disable();
	spans_arm(&spans_late_timer, SPANS_TIMER_US, HRTIMER_MODE_REL_PINNED_HARD);
	spans_spin(ns);
	local_irq_enable();
}

/* Two timers are due by then, so that the second one waits for the first. */
static noinline void irqspan_spans_hold_timers(void)
{
	local_irq_disable();
	spans_arm(&spans_slow_timer, SPANS_TIMER_US, HRTIMER_MODE_REL_PINNED_HARD);
	spans_arm(&spans_late_timer, SPANS_TIMER_US * 2, HRTIMER_MODE_REL_PINNED_HARD);
	spans_spin(SPANS_TIMER_US * 3 * NSEC_PER_USEC);
	local_irq_enable();
}

/* Only softirqs are held up. */
static noinline void irqspan_spans_hold_softirqs(u64 ns)
{
	local_bh_disable();
	spans_arm(&spans_late_timer, SPANS_TIMER_US, HRTIMER_MODE_REL_PINNED_SOFT);
	spans_spin(ns);
	local_bh_enable();
}

/* Neither interrupts nor softirqs are, only other tasks. */
static noinline void irqspan_spans_hold_tasks(u64 ns)
{
	preempt_disable();
	spans_arm(&spans_late_timer, SPANS_TIMER_US, HRTIMER_MODE_REL_PINNED_HARD);
	spans_spin(ns);
	preempt_enable();
}

/*
 * The timer may expire while interrupts are off, and need not before they are on. Its
 * interrupt comes then. More than half of the time since it might have expired is that of
 * the span, and a host that stops the CPU for a while does not make it late.
 */
static noinline void irqspan_spans_hold_range(u64 ns)
{
	local_irq_disable();
	hrtimer_start_range_ns(&spans_late_timer, ns_to_ktime(SPANS_TIMER_US * NSEC_PER_USEC),
			       ns * 7 / 4, HRTIMER_MODE_REL_PINNED_HARD);
	spans_spin(ns);
	local_irq_enable();
}

/* Interrupts were off when the timer should have expired, had it been armed then. */
static noinline void irqspan_spans_hold_past(u64 ns)
{
	ktime_t expires = ktime_add_us(ktime_get(), SPANS_TIMER_US);

	local_irq_disable();
	spans_spin(ns);
	local_irq_enable();
	hrtimer_start(&spans_late_timer, expires, HRTIMER_MODE_ABS_PINNED_HARD);
}

/* Hold up a timer, which @hold arms, and take down how late it was. */
static int spans_hold(struct spans_job *job, void (*hold)(u64 ns))
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_expired);
		spans_truth_begin(&job->truth);
		hold(spans_job_ns(job));
		ret = spans_wait_expired();
		spans_truth_add(job, -1, spans_late_ns);
		cond_resched();
	}

	return ret;
}

static int spans_late(struct spans_job *job, enum hrtimer_mode mode, void (*hold)(u64 ns))
{
	int ret;

	spans_setup(&spans_late_timer, irqspan_spans_late, mode);
	ret = spans_hold(job, hold);
	hrtimer_cancel(&spans_late_timer);

	return ret;
}

static int spans_run_timer_late(struct spans_job *job)
{
	return spans_late(job, HRTIMER_MODE_REL_HARD, irqspan_spans_hold_timer);
}

static int spans_run_timer_softirq(struct spans_job *job)
{
	return spans_late(job, HRTIMER_MODE_REL_SOFT, irqspan_spans_hold_softirqs);
}

static int spans_run_timer_preempt(struct spans_job *job)
{
	return spans_late(job, HRTIMER_MODE_REL_HARD, irqspan_spans_hold_tasks);
}

static int spans_run_timer_range(struct spans_job *job)
{
	return spans_late(job, HRTIMER_MODE_REL_HARD, irqspan_spans_hold_range);
}

static int spans_run_timer_past(struct spans_job *job)
{
	return spans_late(job, HRTIMER_MODE_ABS_HARD, irqspan_spans_hold_past);
}

static int spans_run_timer_behind(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	spans_setup(&spans_late_timer, irqspan_spans_late, HRTIMER_MODE_REL_HARD);
	spans_setup(&spans_slow_timer, irqspan_spans_slow, HRTIMER_MODE_REL_HARD);
	spans_slow_ns = spans_job_ns(job);
	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_expired);
		spans_truth_begin(&job->truth);
		irqspan_spans_hold_timers();
		ret = spans_wait_expired() ?: spans_wait_expired();
		spans_truth_add(job, -1, spans_late_ns);
		cond_resched();
	}
	hrtimer_cancel(&spans_slow_timer);
	hrtimer_cancel(&spans_late_timer);

	return ret;
}

/* Hold up all other timers of this CPU, which sleeps as long in between. */
static int spans_run_timer_slow(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	spans_setup(&spans_slow_timer, irqspan_spans_slow, HRTIMER_MODE_REL_HARD);
	spans_slow_ns = spans_job_ns(job);
	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_expired);
		spans_truth_begin(&job->truth);
		spans_arm(&spans_slow_timer, job->us, HRTIMER_MODE_REL_PINNED_HARD);
		ret = spans_wait_expired();
		spans_truth_add(job, -1, spans_slow_ns);
	}
	hrtimer_cancel(&spans_slow_timer);

	return ret;
}

/*
 * Late timers of the wheel. They wait for a tick, so that all the module knows is how
 * long it took from when the timer was armed: longer than it was late.
 */
static u64 spans_armed_at;

static noinline void irqspan_spans_late_wheel(struct timer_list *timer)
{
	spans_late_ns = sched_clock() - spans_armed_at;
	complete(&spans_expired);
}

static void spans_arm_wheel(void)
{
	spans_armed_at = sched_clock();
	mod_timer(&spans_wheel_timer, jiffies + 1);
}

static noinline void irqspan_spans_hold_wheel(u64 ns)
{
	local_irq_disable();
	spans_arm_wheel();
	spans_spin(ns);
	local_irq_enable();
}

static noinline void irqspan_spans_hold_wheel_softirqs(u64 ns)
{
	local_bh_disable();
	spans_arm_wheel();
	spans_spin(ns);
	local_bh_enable();
}

static int spans_late_wheel(struct spans_job *job, unsigned int flags,
			    void (*hold)(u64 ns))
{
	int ret;

	timer_setup(&spans_wheel_timer, irqspan_spans_late_wheel, flags);
	ret = spans_hold(job, hold);
	timer_delete_sync(&spans_wheel_timer);

	return ret;
}

static int spans_run_wheel_late(struct spans_job *job)
{
	return spans_late_wheel(job, TIMER_PINNED, irqspan_spans_hold_wheel);
}

static int spans_run_wheel_deferrable(struct spans_job *job)
{
	return spans_late_wheel(job, TIMER_PINNED | TIMER_DEFERRABLE, irqspan_spans_hold_wheel);
}

static int spans_run_wheel_softirq(struct spans_job *job)
{
	return spans_late_wheel(job, TIMER_PINNED, irqspan_spans_hold_wheel_softirqs);
}

/* Interrupts were off when the timer should have expired, had it been armed then. */
static noinline void irqspan_spans_hold_wheel_past(u64 ns)
{
	local_irq_disable();
	spans_spin(ns);
	spans_armed_at = sched_clock();
	mod_timer(&spans_wheel_timer, jiffies);
	local_irq_enable();
}

static int spans_run_wheel_past(struct spans_job *job)
{
	return spans_late_wheel(job, TIMER_PINNED, irqspan_spans_hold_wheel_past);
}

/*
 * Two timers hold up the tick, in one interrupt. The first takes longer, but it has ended when
 * the timer of the wheel is due.
 */
static noinline enum hrtimer_restart irqspan_spans_before(struct hrtimer *timer)
{
	spans_spin(spans_slow_ns);

	return HRTIMER_NORESTART;
}

static noinline enum hrtimer_restart irqspan_spans_after(struct hrtimer *timer)
{
	spans_spin(spans_slow_ns / 4 * 3);

	return HRTIMER_NORESTART;
}

static noinline void irqspan_spans_hold_wheel_behind(u64 ns)
{
	spans_slow_ns = ns;
	local_irq_disable();
	spans_arm(&spans_slow_timer, SPANS_TIMER_US, HRTIMER_MODE_REL_PINNED_HARD);
	spans_arm(&spans_late_timer, SPANS_TIMER_US * 2, HRTIMER_MODE_REL_PINNED_HARD);
	spans_armed_at = sched_clock();
	mod_timer(&spans_wheel_timer, jiffies + nsecs_to_jiffies(ns) + 2);
	spans_spin(SPANS_TIMER_US * 3 * NSEC_PER_USEC);
	local_irq_enable();
}

static int spans_run_wheel_behind(struct spans_job *job)
{
	int ret;

	spans_setup(&spans_slow_timer, irqspan_spans_before, HRTIMER_MODE_REL_HARD);
	spans_setup(&spans_late_timer, irqspan_spans_after, HRTIMER_MODE_REL_HARD);
	ret = spans_late_wheel(job, TIMER_PINNED, irqspan_spans_hold_wheel_behind);
	hrtimer_cancel(&spans_slow_timer);
	hrtimer_cancel(&spans_late_timer);

	return ret;
}

/*
 * The tick itself takes long before it comes to the timers of the wheel. A probe on the event
 * softirq_raise has it do so, once each time that interrupts were off.
 */
static struct tracepoint *spans_softirq_raise;
static unsigned int spans_slow_tick_cpu;
static u64 spans_slow_tick_ns;

static noinline void irqspan_spans_slow_tick(void *data, unsigned int vec_nr)
{
	u64 ns = READ_ONCE(spans_slow_tick_ns);

	if (vec_nr != TIMER_SOFTIRQ || !in_hardirq() || !ns ||
	    raw_smp_processor_id() != spans_slow_tick_cpu)
		return;
	WRITE_ONCE(spans_slow_tick_ns, 0);
	spans_spin(ns);
}

static void spans_find_softirq_raise(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "softirq_raise"))
		*(struct tracepoint **)found = tp;
}

static int spans_attach_slow_tick(const struct spans_job *job)
{
	for_each_kernel_tracepoint(spans_find_softirq_raise, &spans_softirq_raise);
	if (!spans_softirq_raise)
		return -EOPNOTSUPP;

	spans_slow_tick_cpu = job->cpu;
	spans_slow_tick_ns = 0;

	/* Before the tracer's own probe */
	return tracepoint_probe_register_prio(spans_softirq_raise, irqspan_spans_slow_tick, NULL,
					      TRACEPOINT_DEFAULT_PRIO + 1);
}

static void spans_detach_slow_tick(void)
{
	tracepoint_probe_unregister(spans_softirq_raise, irqspan_spans_slow_tick, NULL);
	tracepoint_synchronize_unregister();
}

static noinline void irqspan_spans_hold_wheel_tick(u64 ns)
{
	local_irq_disable();
	spans_arm_wheel();
	WRITE_ONCE(spans_slow_tick_ns, ns * 3 / 2);
	spans_spin(ns);
	local_irq_enable();
}

static int spans_run_wheel_tick(struct spans_job *job)
{
	return spans_late_wheel(job, TIMER_PINNED, irqspan_spans_hold_wheel_tick);
}

#define SPANS_TIMER(what, whom, fn, us, ...) {		\
	.name		= #what,			\
	.usage		= "CPU US TIMES",		\
	.caller		= whom,				\
	.run		= fn,				\
	.max_us		= us,				\
	.max_n		= SPANS_MAX_COUNT,		\
	__VA_ARGS__					\
}

/* As SPANS_TIMER, for another CPU */
#define SPANS_TIMER_OTHER(what, fn) {			\
	.name		= #what,			\
	.usage		= "CPU US TIMES OTHER",		\
	.caller		= "-",				\
	.run		= fn,				\
	.max_us		= SPANS_MAX_LINE_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
	.other		= true,				\
}

static const struct spans_command spans_timer_commands[] = {
	SPANS_TIMER_OTHER(timer_on, spans_run_timer_on),
	SPANS_TIMER_OTHER(delayed_work, spans_run_delayed_work),
	SPANS_TIMER(delayed_work_here, "-", spans_run_delayed_work_here, SPANS_MAX_LINE_US),
	SPANS_TIMER(timer_late, "irqspan_spans_hold_timer", spans_run_timer_late,
		    SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_behind, "irqspan_spans_slow", spans_run_timer_behind,
		    SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_slow, "irqspan_spans_slow", spans_run_timer_slow, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_softirq, "-", spans_run_timer_softirq, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_preempt, "-", spans_run_timer_preempt, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_range, "-", spans_run_timer_range, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(timer_past, "-", spans_run_timer_past, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_late, "irqspan_spans_hold_wheel", spans_run_wheel_late,
		    SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_deferrable, "-", spans_run_wheel_deferrable, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_softirq, "-", spans_run_wheel_softirq, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_past, "-", spans_run_wheel_past, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_behind, "-", spans_run_wheel_behind, SPANS_MAX_LOCAL_US),
	SPANS_TIMER(wheel_tick, "irqspan_spans_hold_wheel_tick", spans_run_wheel_tick,
		    SPANS_MAX_LOCAL_US, .prepare = spans_attach_slow_tick,
		    .finish = spans_detach_slow_tick),
};

const struct spans_group spans_timer_group = {
	.commands	= spans_timer_commands,
	.nr_commands	= ARRAY_SIZE(spans_timer_commands),
};
