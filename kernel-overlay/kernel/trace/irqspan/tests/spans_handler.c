// SPDX-License-Identifier: GPL-2.0
/*
 * What runs inside of CPU-wide spans: each kind of handler that a hard interrupt
 * may be for, the probes on the way out of idle, and the wait for a lock.
 *
 * As in spans_local.c, what runs long is noinline and called irqspan_spans_*.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_sim.h>
#include <linux/irq_work.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "spans.h"

/* What the handler that runs next is to do, and what it measured */
static struct {
	struct spans_job	*job;
	u64			ns;
	struct completion	done;
} spans_run;

static void spans_run_begin(struct spans_job *job)
{
	spans_run.job = job;
	spans_run.ns = spans_job_ns(job);
	reinit_completion(&spans_run.done);
}

static void spans_run_end(struct spans_job *job, int irq)
{
	wait_for_completion(&spans_run.done);
	spans_truth_add(job, irq, spans_run.ns);
}

/* To be inlined: a function of its own would be the one that runs long. */
static __always_inline void spans_run_now(void)
{
	spans_run.ns = spans_spin(spans_run.ns);
	spans_truth_begin(&spans_run.job->truth);
	complete(&spans_run.done);
}

/* The callback of a timer that expires in hard interrupt context, where it was armed */

static noinline enum hrtimer_restart irqspan_spans_hard_timer(struct hrtimer *timer)
{
	spans_run_now();
	return HRTIMER_NORESTART;
}

static struct hrtimer spans_hard_timer;

static int spans_run_hard_timer(struct spans_job *job)
{
	unsigned int i;

	hrtimer_setup(&spans_hard_timer, irqspan_spans_hard_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	for (i = 0; i < job->n; i++) {
		spans_run_begin(job);
		hrtimer_start(&spans_hard_timer, ns_to_ktime(100 * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_PINNED_HARD);
		spans_run_end(job, -1);
	}
	hrtimer_cancel(&spans_hard_timer);

	return 0;
}

/*
 * Many such timers that are due at the same time. None of them takes long; the truth is
 * the time of all together.
 */
#define SPANS_TIMERS_AT_ONCE	32

static struct hrtimer spans_timers_at_once[SPANS_TIMERS_AT_ONCE];
static unsigned int spans_timers_left;
static u64 spans_timers_ns;

static noinline enum hrtimer_restart irqspan_spans_timers_at_once(struct hrtimer *timer)
{
	spans_timers_ns += spans_spin(spans_run.ns / SPANS_TIMERS_AT_ONCE);
	if (--spans_timers_left)
		return HRTIMER_NORESTART;
	spans_run.ns = spans_timers_ns;
	spans_truth_begin(&spans_run.job->truth);
	complete(&spans_run.done);
	return HRTIMER_NORESTART;
}

static int spans_run_timers_at_once(struct spans_job *job)
{
	unsigned int i, k;
	ktime_t due;

	for (k = 0; k < SPANS_TIMERS_AT_ONCE; k++)
		hrtimer_setup(&spans_timers_at_once[k], irqspan_spans_timers_at_once,
			      CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
	for (i = 0; i < job->n; i++) {
		spans_run_begin(job);
		spans_timers_left = SPANS_TIMERS_AT_ONCE;
		spans_timers_ns = 0;
		/* None may expire before all are started. */
		due = ktime_add_ms(ktime_get(), 1);
		local_irq_disable();
		for (k = 0; k < SPANS_TIMERS_AT_ONCE; k++)
			hrtimer_start(&spans_timers_at_once[k], due,
				      HRTIMER_MODE_ABS_PINNED_HARD);
		local_irq_enable();
		spans_run_end(job, -1);
	}
	for (k = 0; k < SPANS_TIMERS_AT_ONCE; k++)
		hrtimer_cancel(&spans_timers_at_once[k]);

	return 0;
}

/*
 * The handler of a device. It is a simulated line, whose interrupts come from an
 * irq_work: that one encloses the handler, but is not the one that takes long.
 */

static struct fwnode_handle *spans_device_fwnode;
static struct irq_domain *spans_device_domain;
static unsigned int spans_device_irq;

static noinline irqreturn_t irqspan_spans_device(int irq, void *dev)
{
	spans_run_now();
	return IRQ_HANDLED;
}

static int spans_run_device(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_run_begin(job);
		ret = irq_set_irqchip_state(spans_device_irq, IRQCHIP_STATE_PENDING, true);
		if (!ret)
			spans_run_end(job, spans_device_irq);
	}

	return ret;
}

/*
 * The other way round: an irq_work takes long, and then has the handler of a device
 * run inside for an eighth of that. The truth is the time of the irq_work alone.
 */
static noinline void irqspan_spans_outer(struct irq_work *work)
{
	u64 outer = spans_spin(spans_run.ns);

	spans_run.ns /= 8;
	generic_handle_irq(spans_device_irq);
	spans_run.ns = outer;
}

static struct irq_work spans_outer_work = IRQ_WORK_INIT_HARD(irqspan_spans_outer);

static int spans_run_outer(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_run_begin(job);
		irq_work_queue(&spans_outer_work);
		irq_work_sync(&spans_outer_work);
		spans_run_end(job, -1);
	}

	return 0;
}

/*
 * The way out of idle. A probe on the event cpu_idle runs there before interrupts
 * are enabled. What it measures is kept until the command is done: the idle task may
 * not sleep.
 */
static struct {
	unsigned int	cpu;
	unsigned int	n;
	unsigned int	made;
	u64		ns;
	u64		made_ns[SPANS_MAX_COUNT];
} spans_idle;

static noinline void irqspan_spans_idle_exit(void *data, unsigned int state, unsigned int cpu)
{
	if (state != (unsigned int)-1 || cpu != spans_idle.cpu || !irqs_disabled() ||
	    spans_idle.made >= READ_ONCE(spans_idle.n))
		return;
	spans_idle.made_ns[spans_idle.made] = spans_spin(spans_idle.ns);
	WRITE_ONCE(spans_idle.made, spans_idle.made + 1);
}

static void spans_find_cpu_idle(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "cpu_idle"))
		*(struct tracepoint **)found = tp;
}

static struct tracepoint *spans_cpu_idle;

static int spans_attach_idle_exit(const struct spans_job *job)
{
	for_each_kernel_tracepoint(spans_find_cpu_idle, &spans_cpu_idle);
	if (!spans_cpu_idle)
		return -EOPNOTSUPP;

	spans_idle.cpu = job->cpu;
	spans_idle.n = 0;
	spans_idle.made = 0;
	spans_idle.ns = spans_job_ns(job);

	return tracepoint_probe_register(spans_cpu_idle, irqspan_spans_idle_exit, NULL);
}

static void spans_detach_idle_exit(void)
{
	tracepoint_probe_unregister(spans_cpu_idle, irqspan_spans_idle_exit, NULL);
	tracepoint_synchronize_unregister();
}

static int spans_run_idle_exit(struct spans_job *job)
{
	unsigned int i, tries;

	WRITE_ONCE(spans_idle.n, job->n);
	/* Whenever this sleeps the CPU can be idle. */
	for (tries = 0; tries < 100 * job->n; tries++) {
		if (READ_ONCE(spans_idle.made) == job->n)
			break;
		spans_sleep(1000);
	}
	WRITE_ONCE(spans_idle.n, 0);

	spans_truth_begin(&job->truth);
	for (i = 0; i < spans_idle.made; i++)
		spans_truth_add(job, -1, spans_idle.made_ns[i]);

	return spans_idle.made == job->n ? 0 : -EBUSY;
}

/*
 * A lock that one CPU holds, and all other CPUs want. Each round begins when the
 * lock is taken, and is over when everybody had it.
 */
static DEFINE_RAW_SPINLOCK(spans_contended_lock);
static unsigned int spans_lock_round;
static atomic_t spans_lock_done;

static noinline u64 irqspan_spans_lock_hold(u64 ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spans_contended_lock, flags);
	WRITE_ONCE(spans_lock_round, spans_lock_round + 1);
	ns = spans_spin(ns);
	raw_spin_unlock_irqrestore(&spans_contended_lock, flags);

	return ns;
}

static noinline void irqspan_spans_lock_wait(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spans_contended_lock, flags);
	raw_spin_unlock_irqrestore(&spans_contended_lock, flags);
}

static int spans_run_lock_wait(struct spans_job *job)
{
	unsigned int i;

	for (i = 1; i <= job->n; i++) {
		while (READ_ONCE(spans_lock_round) < i)
			cond_resched();
		irqspan_spans_lock_wait();
		atomic_inc(&spans_lock_done);
	}

	return 0;
}

static int spans_run_lock_hold(struct spans_job *job)
{
	unsigned int waiters = num_online_cpus() - 1;
	unsigned int i;

	for (i = 1; i <= job->n; i++) {
		u64 ns = irqspan_spans_lock_hold(spans_job_ns(job));

		spans_truth_begin(&job->truth);
		spans_truth_add(job, -1, ns);
		while (atomic_read(&spans_lock_done) < i * waiters)
			cond_resched();
	}

	return 0;
}

struct spans_waiter {
	struct spans_job	job;
	struct task_struct	*task;
};

/* The file "run" keeps CPUs from going away meanwhile. */
static int spans_start_lock(struct spans_job *job)
{
	struct spans_waiter *waiters;
	struct task_struct *task;
	unsigned int cpu;
	int ret = 0;

	waiters = kcalloc(nr_cpu_ids, sizeof(*waiters), GFP_KERNEL);
	if (!waiters)
		return -ENOMEM;
	/* A task that is being killed cannot create a thread: begin when all are there. */
	task = spans_create_thread(job, "spans_a");
	if (IS_ERR(task)) {
		kfree(waiters);
		return PTR_ERR(task);
	}

	spans_lock_round = 0;
	atomic_set(&spans_lock_done, 0);
	for_each_online_cpu(cpu) {
		struct spans_waiter *waiter = &waiters[cpu];

		if (cpu == job->cpu)
			continue;
		waiter->job = *job;
		waiter->job.run = spans_run_lock_wait;
		waiter->job.cpu = cpu;
		waiter->task = spans_create_thread(&waiter->job, "spans_b");
		if (IS_ERR(waiter->task)) {
			ret = PTR_ERR(waiter->task);
			waiter->task = NULL;
			break;
		}
	}

	for_each_online_cpu(cpu) {
		if (waiters[cpu].task && !ret)
			wake_up_process(waiters[cpu].task);
		else if (waiters[cpu].task)
			kthread_stop(waiters[cpu].task);
	}
	if (ret) {
		kthread_stop(task);
	} else {
		wake_up_process(task);
		ret = spans_finish_thread(job, task);
		for_each_online_cpu(cpu) {
			if (waiters[cpu].task)
				spans_finish_thread(&waiters[cpu].job, waiters[cpu].task);
		}
	}
	kfree(waiters);

	return ret;
}

#define SPANS_HANDLER(what, who, ...) {			\
	.name		= #what,			\
	.usage		= "CPU US TIMES",		\
	.caller		= who,				\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
	__VA_ARGS__					\
}

static const struct spans_command spans_handler_commands[] = {
	SPANS_HANDLER(hard_timer, "-", .run = spans_run_hard_timer),
	SPANS_HANDLER(timers_at_once, "-", .run = spans_run_timers_at_once),
	SPANS_HANDLER(device, "-", .run = spans_run_device),
	SPANS_HANDLER(outer, "-", .run = spans_run_outer),
	SPANS_HANDLER(idle_exit, "-", .prepare = spans_attach_idle_exit,
		      .finish = spans_detach_idle_exit, .run = spans_run_idle_exit),
	SPANS_HANDLER(lock, "irqspan_spans_lock_hold", .start = spans_start_lock,
		      .run = spans_run_lock_hold),
};

static void spans_handler_exit(void)
{
	if (spans_device_irq) {
		free_irq(spans_device_irq, &spans_device_irq);
		irq_dispose_mapping(spans_device_irq);
		spans_device_irq = 0;
	}
	irq_domain_remove_sim(spans_device_domain);
	irq_domain_free_fwnode(spans_device_fwnode);
}

static int spans_handler_init(struct dentry *dir)
{
	unsigned int irq;
	int ret;

	init_completion(&spans_run.done);
	spans_device_fwnode = irq_domain_alloc_named_fwnode("irqspan_spans_device");
	if (!spans_device_fwnode)
		return -ENOMEM;

	spans_device_domain = irq_domain_create_sim(spans_device_fwnode, 1);
	if (IS_ERR(spans_device_domain)) {
		irq_domain_free_fwnode(spans_device_fwnode);
		return PTR_ERR(spans_device_domain);
	}

	irq = irq_create_mapping(spans_device_domain, 0);
	ret = irq ? request_irq(irq, irqspan_spans_device, IRQF_NO_THREAD, "spans_device",
				&spans_device_irq) : -ENOSPC;
	if (ret) {
		if (irq)
			irq_dispose_mapping(irq);
		spans_handler_exit();
		return ret;
	}
	spans_device_irq = irq;

	return 0;
}

const struct spans_group spans_handler_group = {
	.commands	= spans_handler_commands,
	.nr_commands	= ARRAY_SIZE(spans_handler_commands),
	.init		= spans_handler_init,
	.exit		= spans_handler_exit,
};
