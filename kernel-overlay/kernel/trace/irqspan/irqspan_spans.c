// SPDX-License-Identifier: GPL-2.0
/*
 * Makes interrupt-off spans whose place, length and culprit are known.
 *
 * A tracer is judged by what it says about spans that were measured without
 * it, so nothing of irqspan is included here. debugfs irqspan_spans/ has
 *
 *   run    takes one command, "WHAT CPU [US [N [OTHER]]]": N times WHAT on CPU,
 *          US microseconds long. disable_nested: N is the depth.
 *          disable_cross: N is the CPU that enables again.
 *          call_*, wake and most of timer*: what CPU does to the CPU OTHER.
 *   truth  a row for each span made. ns is read inside the span, first thing
 *          after it began and last thing before it ends: what a tracer
 *          reports can't be shorter. Any write clears.
 *   lines  the simulated interrupts by number and name.
 *   storm  takes a number: so many times off and on, as fast as it goes, on
 *          each CPU that is online, all at once.
 *   disables
 *          how often the irq_disable tracepoint was met on each CPU since 1
 *          was written, until 0 is: a count that a tracer has no part in.
 *
 * Every function that opens or closes a span is noinline and called
 * irqspan_spans_*, and none ends in a tail call: the addresses that a tracer
 * takes must lie in it.
 */

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_sim.h>
#include <linux/irq_work.h>
#include <linux/irqdomain.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

/* Nobody shall hang a machine with this. */
#define SPANS_MAX_LOCAL_US	50000
#define SPANS_MAX_LINE_US	1000000
#define SPANS_MAX_TOTAL_US	5000000
#define SPANS_MAX_COUNT		1000
#define SPANS_MAX_DEPTH		16
#define SPANS_MAX_ROWS		4096
#define SPANS_MAX_COMMAND	128
#define SPANS_MAX_STORM		100000000
#define SPANS_STORM_BATCH	1000u

/*
 * genirq gives a line up after 99,900 unhandled of 100,000 interrupts, and begins
 * anew where one of them came a tenth of a second late.
 */
#define SPANS_SPURIOUS_ROUNDS	410
#define SPANS_SPURIOUS_BATCH	1000

struct spans_line;
struct spans_job;

struct spans_row {
	const char	*kind;
	const char	*caller;
	unsigned int	cpu;
	int		irq;
	u64		ns;
	pid_t		pid;
	char		comm[TASK_COMM_LEN];
};

struct spans_command {
	const char		*name;
	const char		*caller;
	int			(*run)(struct spans_job *job);
	u64			(*make)(u64 ns);
	u64			(*disable)(unsigned int irq);
	struct spans_line	*line;
	unsigned int		max_us;
	unsigned int		max_n;
	bool			other;
};

struct spans_job {
	const struct spans_command	*cmd;
	int				(*fn)(struct spans_job *job);
	unsigned int			cpu;
	unsigned int			us;
	unsigned int			n;
	unsigned int			other;
	u64				start;
	struct spans_row		row;
	struct completion		done;
	int				ret;
};

/* One command at a time; protects all below but the rows. */
static DEFINE_MUTEX(spans_run_mutex);

static DEFINE_MUTEX(spans_rows_mutex);
static struct spans_row *spans_rows;
static unsigned int spans_nr_rows;
static unsigned long spans_dropped;

/* The rows */

static void spans_row_start(struct spans_row *row)
{
	row->cpu = raw_smp_processor_id();
	row->pid = current->pid;
	strscpy(row->comm, current->comm, sizeof(row->comm));
}

static void spans_row_add(const struct spans_job *job, int irq, u64 ns)
{
	struct spans_row *row;

	mutex_lock(&spans_rows_mutex);
	if (spans_nr_rows < SPANS_MAX_ROWS) {
		row = &spans_rows[spans_nr_rows++];
		*row = job->row;
		row->irq = irq;
		row->ns = ns;
	} else {
		spans_dropped++;
	}
	mutex_unlock(&spans_rows_mutex);
}

/* CPU-wide spans */

static __always_inline u64 spans_spin(u64 ns)
{
	u64 start = sched_clock();
	u64 now;

	do {
		cpu_relax();
		now = sched_clock();
	} while (now - start < ns);

	return now - start;
}

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
		u64 ns = job->cmd->make((u64)job->us * NSEC_PER_USEC);

		spans_row_start(&job->row);
		spans_row_add(job, -1, ns);
		cond_resched();
	}

	return 0;
}

/* A span that a handler makes: what is asked of it, and what it measured. */
static struct spans_job *spans_handler_job;
static u64 spans_handler_ns;
static DECLARE_COMPLETION(spans_handler_done);

static noinline void irqspan_spans_softirq(struct tasklet_struct *unused)
{
	spans_row_start(&spans_handler_job->row);
	local_irq_disable();
	spans_handler_ns = spans_spin(spans_handler_ns);
	local_irq_enable();
	complete(&spans_handler_done);
}

static DECLARE_TASKLET(spans_tasklet, irqspan_spans_softirq);

/* Interrupts are off since hard entry, so here too the truth is shorter. */
static noinline void irqspan_spans_hardirq(struct irq_work *unused)
{
	spans_handler_ns = spans_spin(spans_handler_ns);
	spans_row_start(&spans_handler_job->row);
	complete(&spans_handler_done);
}

static struct irq_work spans_hardirq_work = IRQ_WORK_INIT_HARD(irqspan_spans_hardirq);

static int spans_run_handler(struct spans_job *job, bool hard)
{
	unsigned int i;

	spans_handler_job = job;

	for (i = 0; i < job->n; i++) {
		spans_handler_ns = (u64)job->us * NSEC_PER_USEC;
		reinit_completion(&spans_handler_done);

		if (hard) {
			irq_work_queue(&spans_hardirq_work);
		} else {
			/* Let it run here rather than in ksoftirqd. */
			local_bh_disable();
			tasklet_schedule(&spans_tasklet);
			local_bh_enable();
		}

		wait_for_completion(&spans_handler_done);
		spans_row_add(job, -1, spans_handler_ns);
	}

	if (hard)
		irq_work_sync(&spans_hardirq_work);
	else
		tasklet_kill(&spans_tasklet);

	return 0;
}

static int spans_run_softirq(struct spans_job *job)
{
	return spans_run_handler(job, false);
}

static int spans_run_hardirq(struct spans_job *job)
{
	return spans_run_handler(job, true);
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
	 * spans_b can't run, and thus not wake us, before we are off this CPU:
	 * the wake-up can't be lost.
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

static int spans_run_switch_a(struct spans_job *job)
{
	int ret = spans_run_local(job);

	WRITE_ONCE(spans_switch.stop, true);
	wake_up_process(spans_switch.b);

	return ret;
}

/* Lines */

struct spans_line {
	const char		*name;
	irq_handler_t		handler;
	irq_handler_t		thread;
	irq_flow_handler_t	flow;
	unsigned long		flags;
	unsigned int		irq;
	bool			requested;
};

static noinline u64 irqspan_spans_disable_irq(unsigned int irq)
{
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_irq_nosync(unsigned int irq)
{
	disable_irq_nosync(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_hardirq(unsigned int irq)
{
	disable_hardirq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_again(unsigned int irq)
{
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_enable_irq(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	enable_irq(irq);

	return now;
}

static noinline u64 irqspan_spans_free_irq(struct spans_line *line)
{
	u64 now = ktime_get_mono_fast_ns();

	free_irq(line->irq, line);
	line->requested = false;

	return now;
}

static int spans_request(struct spans_line *line)
{
	int ret;

	ret = request_threaded_irq(line->irq, line->handler, line->thread,
				   line->flags, line->name, line);
	line->requested = !ret;

	return ret;
}

static void spans_sleep(unsigned int us)
{
	if (us < 50)
		udelay(us);
	else
		usleep_range(us, us + 50);
}

/* Interrupts of the simulated lines, raised in hard context on this CPU. */
static unsigned int spans_fire_irq;
static unsigned int spans_fire_count;

static void spans_fire_fn(struct irq_work *unused)
{
	unsigned int i;

	for (i = 0; i < spans_fire_count; i++)
		generic_handle_irq(spans_fire_irq);
}

static struct irq_work spans_fire_work = IRQ_WORK_INIT_HARD(spans_fire_fn);

static void spans_fire(struct spans_line *line, unsigned int count)
{
	spans_fire_irq = line->irq;
	spans_fire_count = count;
	irq_work_queue(&spans_fire_work);
	irq_work_sync(&spans_fire_work);
}

static irqreturn_t irqspan_spans_handled(int irq, void *dev_id)
{
	return IRQ_HANDLED;
}

static irqreturn_t irqspan_spans_unhandled(int irq, void *dev_id)
{
	return IRQ_NONE;
}

static irqreturn_t irqspan_spans_slow(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();
	u64 ns = spans_handler_ns;

	do {
		cpu_relax();
		spans_handler_ns = ktime_get_mono_fast_ns() - start;
	} while (spans_handler_ns < ns);

	spans_row_start(&spans_handler_job->row);
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

static irqreturn_t irqspan_spans_thread(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();

	spans_row_start(&spans_handler_job->row);
	spans_sleep(spans_handler_job->us);
	spans_handler_ns = ktime_get_mono_fast_ns() - start;
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

/* Leaves the line, masked until this thread is done, disabled as well. */
static irqreturn_t irqspan_spans_thread_off(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();

	spans_sleep(spans_handler_job->us);
	spans_handler_ns = ktime_get_mono_fast_ns() - start;
	/* Stay on the CPU that is written down. */
	migrate_disable();
	spans_row_start(&spans_handler_job->row);
	spans_handler_job->start = irqspan_spans_disable_irq_nosync(irq);
	migrate_enable();
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

static struct spans_line spans_line_disable = {
	.name		= "spans_disable",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_nested = {
	.name		= "spans_nested",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_cross = {
	.name		= "spans_cross",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_pending = {
	.name		= "spans_pending",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

/* Gets masked too when an interrupt comes while it is disabled. */
static struct spans_line spans_line_level = {
	.name		= "spans_level",
	.handler	= irqspan_spans_handled,
	.flow		= handle_level_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_hardirq = {
	.name		= "spans_hardirq",
	.handler	= irqspan_spans_slow,
	.flow		= handle_level_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_oneshot = {
	.name		= "spans_oneshot",
	.thread		= irqspan_spans_thread,
	.flow		= handle_level_irq,
	.flags		= IRQF_ONESHOT,
};

static struct spans_line spans_line_masked = {
	.name		= "spans_masked",
	.thread		= irqspan_spans_thread_off,
	.flow		= handle_level_irq,
	.flags		= IRQF_ONESHOT,
};

static struct spans_line spans_line_spurious = {
	.name		= "spans_spurious",
	.handler	= irqspan_spans_unhandled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_shutdown = {
	.name		= "spans_shutdown",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line spans_line_hold = {
	.name		= "spans_hold",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

/* Only here to be suspended with the system. */
static struct spans_line spans_line_suspend = {
	.name		= "spans_suspend",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD,
};

static struct spans_line *const spans_lines[] = {
	&spans_line_disable,
	&spans_line_nested,
	&spans_line_cross,
	&spans_line_pending,
	&spans_line_level,
	&spans_line_hardirq,
	&spans_line_oneshot,
	&spans_line_masked,
	&spans_line_spurious,
	&spans_line_shutdown,
	&spans_line_hold,
	&spans_line_suspend,
};

static int spans_run_disable(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	unsigned int i;
	u64 start;

	for (i = 0; i < job->n; i++) {
		spans_row_start(&job->row);
		start = job->cmd->disable(irq);
		spans_sleep(job->us);
		spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - start);
	}

	return 0;
}

static int spans_run_pending(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	u64 start;

	spans_row_start(&job->row);
	start = job->cmd->disable(irq);
	spans_fire(job->cmd->line, 1);
	spans_sleep(job->us);
	spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - start);

	return 0;
}

static int spans_run_nested(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	unsigned int i;
	u64 start;

	spans_row_start(&job->row);
	start = job->cmd->disable(irq);
	for (i = 1; i < job->n; i++)
		irqspan_spans_disable_again(irq);
	spans_sleep(job->us);
	for (i = 1; i < job->n; i++)
		irqspan_spans_enable_irq(irq);
	spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - start);

	return 0;
}

static int spans_run_off(struct spans_job *job)
{
	spans_row_start(&job->row);
	job->start = job->cmd->disable(job->cmd->line->irq);

	return 0;
}

static int spans_run_on(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;

	spans_sleep(job->us);
	spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - job->start);

	return 0;
}

static int spans_run_shutdown(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	u64 start;

	spans_row_start(&job->row);
	start = job->cmd->disable(line->irq);
	spans_sleep(job->us);
	spans_row_add(job, line->irq, irqspan_spans_free_irq(line) - start);

	return spans_request(line);
}

static int spans_run_masked(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	unsigned int i;

	spans_handler_job = job;

	for (i = 0; i < job->n; i++) {
		spans_handler_ns = (u64)job->us * NSEC_PER_USEC;
		reinit_completion(&spans_handler_done);
		spans_fire(line, 1);
		wait_for_completion(&spans_handler_done);

		/* The thread has yet to unmask. */
		synchronize_irq(line->irq);
		spans_row_add(job, line->irq, spans_handler_ns);
	}

	return 0;
}

static int spans_run_masked_off(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	int ret;

	job->n = 1;
	ret = spans_run_masked(job);
	spans_sleep(job->us);
	job->row.kind = "disable_masked";
	job->row.caller = "irqspan_spans_disable_irq_nosync";
	spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - job->start);

	return ret;
}

static int spans_run_spurious(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	struct irq_data *data = irq_get_irq_data(line->irq);
	unsigned int i;
	u64 start;

	for (i = 0; i < SPANS_SPURIOUS_ROUNDS && !irqd_irq_disabled(data); i++)
		spans_fire(line, SPANS_SPURIOUS_BATCH);

	/* noirqdebug, or so slow that genirq takes it for the odd one. */
	if (!irqd_irq_disabled(data))
		return -EOPNOTSUPP;

	start = ktime_get_mono_fast_ns();
	spans_row_start(&job->row);
	spans_sleep(job->us);
	spans_row_add(job, line->irq, irqspan_spans_enable_irq(line->irq) - start);

	/* A fresh request is what forgets that the line was bad. */
	irqspan_spans_free_irq(line);

	return spans_request(line);
}

/* What one CPU does to another: a row of truth has the CPU that does it. */

/* How long the function ran, and when it was entered, by its own clock */
static u64 spans_called_ns;
static u64 spans_called_at;

static noinline void irqspan_spans_called(void *info)
{
	const struct spans_job *job = info;

	WRITE_ONCE(spans_called_at, ktime_get_mono_fast_ns());
	spans_called_ns = spans_spin((u64)job->us * NSEC_PER_USEC);
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
	barrier();
}

static int spans_run_call_single(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_row_start(&job->row);
		ret = irqspan_spans_call_single(job, true);
		spans_row_add(job, -1, spans_called_ns);
	}

	return ret;
}

static int spans_run_call_many(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_row_start(&job->row);
		irqspan_spans_call_many(job);
		spans_row_add(job, -1, spans_called_ns);
	}

	return 0;
}

/* The function is to be called while the other CPU has its interrupts off. */
static bool spans_turn_b, spans_off, spans_asked;

static noinline void irqspan_spans_hold_off(u64 ns)
{
	local_irq_disable();
	WRITE_ONCE(spans_off, true);
	while (!READ_ONCE(spans_asked))
		cpu_relax();
	spans_spin(ns);
	local_irq_enable();
}

static int spans_run_call_late_b(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		while (!READ_ONCE(spans_turn_b))
			cond_resched();
		WRITE_ONCE(spans_turn_b, false);
		irqspan_spans_hold_off((u64)job->us * NSEC_PER_USEC);
		while (READ_ONCE(spans_asked))
			cond_resched();
	}

	return 0;
}

static int spans_run_call_late(struct spans_job *job)
{
	struct spans_job call = { .us = 1, .other = job->other };
	u64 asked, queued;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n; i++) {
		WRITE_ONCE(spans_turn_b, true);
		while (!READ_ONCE(spans_off))
			cond_resched();
		WRITE_ONCE(spans_off, false);

		/* From the store on, the other CPU counts the time. */
		preempt_disable();
		spans_row_start(&job->row);
		WRITE_ONCE(spans_called_at, 0);
		WRITE_ONCE(spans_asked, true);
		asked = ktime_get_mono_fast_ns();
		ret = irqspan_spans_call_single(&call, false) ?: ret;
		queued = ktime_get_mono_fast_ns();
		preempt_enable();
		while (!ret && !READ_ONCE(spans_called_at))
			cond_resched();

		/* It was queued somewhere in between. */
		job->row.kind = "call_late_most";
		spans_row_add(job, -1, spans_called_at - asked);
		job->row.kind = "call_late_least";
		spans_row_add(job, -1, spans_called_at - queued);
		WRITE_ONCE(spans_asked, false);
	}

	return ret;
}

static struct task_struct *spans_sleeper;

static int spans_run_wake_b(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		while (!READ_ONCE(spans_turn_b)) {
			schedule();
			set_current_state(TASK_UNINTERRUPTIBLE);
		}
		__set_current_state(TASK_RUNNING);
		WRITE_ONCE(spans_turn_b, false);
	}

	return 0;
}

static noinline void irqspan_spans_wake(void)
{
	wake_up_process(spans_sleeper);
	barrier();
}

static int spans_run_wake(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_row_start(&job->row);
		spans_sleep(job->us);
		WRITE_ONCE(spans_turn_b, true);
		irqspan_spans_wake();
		spans_row_add(job, -1, 0);
		while (READ_ONCE(spans_turn_b))
			cond_resched();
	}

	return 0;
}

/*
 * A timer whose function runs on the other CPU just now stays there when this one
 * starts it anew: the only way to have it migrate that does not depend on what
 * the CPUs do otherwise.
 */
static struct hrtimer spans_timer;
static bool spans_timer_runs, spans_timer_go;
static unsigned int spans_timer_again;
static DECLARE_COMPLETION(spans_timer_done);

static ktime_t spans_ktime(unsigned int us)
{
	return ns_to_ktime((u64)us * NSEC_PER_USEC);
}

static enum hrtimer_restart irqspan_spans_timer(struct hrtimer *timer)
{
	if (!READ_ONCE(spans_timer_go)) {
		u64 start = sched_clock();

		WRITE_ONCE(spans_timer_runs, true);
		while (!READ_ONCE(spans_timer_go) && sched_clock() - start < NSEC_PER_SEC)
			cpu_relax();
		return HRTIMER_NORESTART;
	}
	if (spans_timer_again) {
		spans_timer_again--;
		hrtimer_forward_now(timer, spans_ktime(200));
		return HRTIMER_RESTART;
	}
	complete(&spans_timer_done);

	return HRTIMER_NORESTART;
}

static void spans_timer_start(void *info)
{
	hrtimer_start(&spans_timer, spans_ktime(50), HRTIMER_MODE_REL_PINNED_HARD);
}

/* Start it on this CPU, and leave it to the other one. */
static int spans_timer_move(struct spans_job *job)
{
	u64 start = sched_clock();
	unsigned long flags;
	int ret;

	WRITE_ONCE(spans_timer_runs, false);
	WRITE_ONCE(spans_timer_go, false);
	reinit_completion(&spans_timer_done);
	ret = smp_call_function_single(job->other, spans_timer_start, NULL, 1);
	if (ret)
		return ret;
	while (!READ_ONCE(spans_timer_runs)) {
		if (sched_clock() - start > NSEC_PER_SEC)
			return -ETIMEDOUT;
		cpu_relax();
	}
	spans_row_start(&job->row);
	/* It may expire at once, and must find this set. */
	local_irq_save(flags);
	hrtimer_start(&spans_timer, spans_ktime(job->us), HRTIMER_MODE_REL_HARD);
	WRITE_ONCE(spans_timer_go, true);
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
		ret = spans_timer_move(job);
		if (!ret)
			ret = spans_timer_wait();
		spans_row_add(job, -1, 0);
	}

	return ret;
}

/* Each time it is the other CPU's own timer from when it has expired here. */
static int spans_run_timer_again(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_timer_again = 3;
		ret = spans_timer_move(job);
		if (!ret)
			ret = spans_timer_wait();
		spans_row_add(job, -1, 0);
	}
	spans_timer_again = 0;

	return ret;
}

/*
 * It never expires for who started it, but right after for the other CPU, which
 * starts it anew; every other time without that it was cancelled.
 */
static int spans_run_timer_cancel(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		ret = spans_timer_move(job);
		if (ret)
			break;
		if (i % 2)
			hrtimer_cancel(&spans_timer);
		ret = smp_call_function_single(job->other, spans_timer_start, NULL, 1);
		if (!ret)
			ret = spans_timer_wait();
		spans_row_add(job, -1, 0);
	}

	return ret;
}

/* By many tasks, as far as one can tell */
static int spans_run_timer_names(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		/* Nobody else changes the name of this thread. */
		scnprintf(current->comm, sizeof(current->comm), "spans_%u", i);
		ret = spans_timer_move(job);
		if (!ret)
			ret = spans_timer_wait();
	}

	return ret;
}

static int spans_run_timer_here(struct spans_job *job, enum hrtimer_mode mode)
{
	unsigned int i;
	int ret = 0;

	WRITE_ONCE(spans_timer_go, true);
	for (i = 0; i < job->n && !ret; i++) {
		reinit_completion(&spans_timer_done);
		spans_row_start(&job->row);
		hrtimer_start(&spans_timer, spans_ktime(job->us), mode);
		ret = spans_timer_wait();
		spans_row_add(job, -1, 0);
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
	hrtimer_setup(&spans_timer, irqspan_spans_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	ret = spans_run_timer_here(job, HRTIMER_MODE_REL_PINNED_SOFT);
	hrtimer_cancel(&spans_timer);
	hrtimer_setup(&spans_timer, irqspan_spans_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);

	return ret;
}

/* What a start and a cancellation take: truth has the time of all of them. */
static int spans_run_timer_load(struct spans_job *job)
{
	unsigned int i;
	u64 start;

	spans_row_start(&job->row);
	start = sched_clock();
	for (i = 0; i < job->n; i++) {
		hrtimer_start(&spans_timer, spans_ktime(job->us), HRTIMER_MODE_REL_PINNED_HARD);
		hrtimer_cancel(&spans_timer);
	}
	spans_row_add(job, -1, sched_clock() - start);

	return 0;
}

/* Timers of the wheel, which another CPU may pull when this one is idle */
static int spans_run_sleep(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++) {
		spans_row_start(&job->row);
		schedule_timeout_uninterruptible(usecs_to_jiffies(job->us));
		spans_row_add(job, -1, 0);
	}

	return 0;
}

/* Commands */

static bool spans_held;
static u64 spans_held_start;

static int spans_run_hold(struct spans_job *job)
{
	if (spans_held)
		return -EBUSY;

	spans_run_off(job);
	spans_held_start = job->start;
	spans_held = true;

	return 0;
}

static int spans_run_release(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;

	if (!spans_held)
		return -ENODATA;

	spans_row_start(&job->row);
	spans_row_add(job, irq, irqspan_spans_enable_irq(irq) - spans_held_start);
	spans_held = false;

	return 0;
}

#define SPANS_LOCAL(what) {				\
	.name		= #what,			\
	.caller		= "irqspan_spans_" #what,	\
	.run		= spans_run_local,		\
	.make		= irqspan_spans_##what,		\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
}

#define SPANS_LINE(what, how, which, fn, n) {		\
	.name		= #what,			\
	.caller		= "irqspan_spans_" #how,	\
	.run		= fn,				\
	.disable	= irqspan_spans_##how,		\
	.line		= &spans_line_##which,		\
	.max_us		= SPANS_MAX_LINE_US,		\
	.max_n		= n,				\
}

/* What CPU does to the other one; its function is who did it. */
#define SPANS_OTHER(what, whom, fn, us) {		\
	.name		= #what,			\
	.caller		= whom,				\
	.run		= fn,				\
	.max_us		= us,				\
	.max_n		= SPANS_MAX_COUNT,		\
	.other		= true,				\
}

/* As far as timers stay on their CPU */
#define SPANS_HERE(what, fn, us) {			\
	.name		= #what,			\
	.caller		= "-",				\
	.run		= fn,				\
	.max_us		= us,				\
	.max_n		= SPANS_MAX_COUNT,		\
}

/* Here genirq does it, on behalf of the handler, or of nobody. */
#define SPANS_GENIRQ(what, whom, which, fn, us, n) {	\
	.name		= #what,			\
	.caller		= whom,				\
	.run		= fn,				\
	.line		= &spans_line_##which,		\
	.max_us		= us,				\
	.max_n		= n,				\
}

static const struct spans_command spans_commands[] = {
	SPANS_LOCAL(irq_disable),
	SPANS_LOCAL(irq_save),
	SPANS_LOCAL(spin_irqsave),
	SPANS_LOCAL(spin_irq),
	SPANS_LOCAL(raw_irqsave),
	SPANS_LOCAL(raw_irq),
	SPANS_LOCAL(nested),
	{
		.name	= "softirq",
		.caller	= "irqspan_spans_softirq",
		.run	= spans_run_softirq,
		.max_us	= SPANS_MAX_LOCAL_US,
		.max_n	= SPANS_MAX_COUNT,
	}, {
		.name	= "hardirq",
		.caller	= "-",
		.run	= spans_run_hardirq,
		.max_us	= SPANS_MAX_LOCAL_US,
		.max_n	= SPANS_MAX_COUNT,
	}, {
		.name	= "switch",
		.caller	= "irqspan_spans_switch",
		.run	= spans_run_switch_a,
		.make	= irqspan_spans_switch,
		.max_us	= SPANS_MAX_LOCAL_US,
		.max_n	= SPANS_MAX_COUNT,
	},
	SPANS_LINE(disable_irq, disable_irq, disable, spans_run_disable, SPANS_MAX_COUNT),
	SPANS_LINE(disable_irq_nosync, disable_irq_nosync, disable, spans_run_disable,
		   SPANS_MAX_COUNT),
	SPANS_LINE(disable_hardirq, disable_hardirq, disable, spans_run_disable,
		   SPANS_MAX_COUNT),
	SPANS_LINE(disable_nested, disable_irq, nested, spans_run_nested, SPANS_MAX_DEPTH),
	SPANS_LINE(disable_cross, disable_irq, cross, spans_run_off, UINT_MAX),
	SPANS_LINE(disable_pending, disable_irq, pending, spans_run_pending, 1),
	SPANS_LINE(disable_level, disable_irq, level, spans_run_pending, 1),
	SPANS_LINE(shutdown, disable_irq, shutdown, spans_run_shutdown, 1),
	SPANS_LINE(hold, disable_irq, hold, spans_run_hold, 1),
	SPANS_LINE(release, disable_irq, hold, spans_run_release, 1),
	SPANS_GENIRQ(mask_hardirq, "irqspan_spans_slow", hardirq, spans_run_masked,
		     SPANS_MAX_LOCAL_US, SPANS_MAX_COUNT),
	SPANS_GENIRQ(mask_oneshot, "irqspan_spans_thread", oneshot, spans_run_masked,
		     SPANS_MAX_LINE_US, SPANS_MAX_COUNT),
	SPANS_GENIRQ(mask_disable, "irqspan_spans_thread_off", masked, spans_run_masked_off,
		     SPANS_MAX_LINE_US, 1),
	SPANS_GENIRQ(spurious, "-", spurious, spans_run_spurious, SPANS_MAX_LINE_US, 1),
	SPANS_OTHER(call_single, "irqspan_spans_call_single", spans_run_call_single,
		    SPANS_MAX_LOCAL_US),
	SPANS_OTHER(call_many, "irqspan_spans_call_many", spans_run_call_many,
		    SPANS_MAX_LOCAL_US),
	SPANS_OTHER(call_late, "irqspan_spans_call_single", spans_run_call_late,
		    SPANS_MAX_LOCAL_US),
	SPANS_OTHER(wake, "irqspan_spans_wake", spans_run_wake, SPANS_MAX_LINE_US),
	SPANS_OTHER(timer, "-", spans_run_timer, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_again, "-", spans_run_timer_again, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_cancel, "-", spans_run_timer_cancel, SPANS_MAX_LOCAL_US),
	SPANS_OTHER(timer_names, "-", spans_run_timer_names, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_pinned, spans_run_timer_pinned, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_soft, spans_run_timer_soft, SPANS_MAX_LOCAL_US),
	SPANS_HERE(timer_load, spans_run_timer_load, SPANS_MAX_LINE_US),
	SPANS_HERE(sleep, spans_run_sleep, SPANS_MAX_LOCAL_US),
};

static int spans_thread(void *data)
{
	struct spans_job *job = data;

	job->ret = job->fn(job);
	complete(&job->done);

	/* Not gone before kthread_stop(), so that it never outlives the module. */
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);

	return 0;
}

static struct task_struct *spans_create(struct spans_job *job, const char *comm)
{
	struct task_struct *task;

	init_completion(&job->done);
	job->row.kind = job->cmd->name;
	job->row.caller = job->cmd->caller;

	task = kthread_create(spans_thread, job, "%s", comm);
	if (!IS_ERR(task))
		kthread_bind(task, job->cpu);

	return task;
}

static int spans_finish(struct spans_job *job, struct task_struct *task)
{
	wait_for_completion(&job->done);
	kthread_stop(task);

	return job->ret;
}

static int spans_run_one(struct spans_job *job, const char *comm)
{
	struct task_struct *task = spans_create(job, comm);

	if (IS_ERR(task))
		return PTR_ERR(task);

	wake_up_process(task);

	return spans_finish(job, task);
}

static int spans_run_two(struct spans_job *job)
{
	struct spans_job other = *job;
	int ret;

	spans_switch.turn_b = false;
	spans_switch.stop = false;
	other.fn = spans_run_switch_b;

	spans_switch.a = spans_create(job, "spans_a");
	if (IS_ERR(spans_switch.a))
		return PTR_ERR(spans_switch.a);

	spans_switch.b = spans_create(&other, "spans_b");
	if (IS_ERR(spans_switch.b)) {
		kthread_stop(spans_switch.a);
		return PTR_ERR(spans_switch.b);
	}

	wake_up_process(spans_switch.b);
	wake_up_process(spans_switch.a);
	ret = spans_finish(job, spans_switch.a);
	spans_finish(&other, spans_switch.b);

	return ret;
}

/* The other CPU does its part first. */
static int spans_run_with(struct spans_job *job, int (*fn)(struct spans_job *job))
{
	struct spans_job other = *job;
	struct task_struct *task;
	int ret;

	spans_off = false;
	spans_asked = false;
	spans_turn_b = false;
	other.fn = fn;
	other.cpu = job->other;
	task = spans_create(&other, "spans_b");
	if (IS_ERR(task))
		return PTR_ERR(task);
	spans_sleeper = task;
	wake_up_process(task);

	ret = spans_run_one(job, "spans_a");
	spans_finish(&other, task);

	return ret;
}

static int spans_run_cross(struct spans_job *job)
{
	int ret;

	if (job->n >= nr_cpu_ids)
		return -ERANGE;
	if (!cpu_online(job->n))
		return -ENXIO;

	ret = spans_run_one(job, "spans_a");
	if (ret)
		return ret;

	/* A line that is off must come on again, wherever. */
	job->fn = spans_run_on;
	job->cpu = job->n;
	ret = spans_run_one(job, "spans_b");
	if (ret)
		irqspan_spans_enable_irq(job->cmd->line->irq);

	return ret;
}

static int spans_check(const struct spans_job *job)
{
	if (job->cpu >= nr_cpu_ids || job->us > job->cmd->max_us || job->n > job->cmd->max_n)
		return -ERANGE;
	if (job->cmd->other && (job->other >= nr_cpu_ids || job->other == job->cpu))
		return -ERANGE;
	if (job->fn != spans_run_off) {
		if (!job->us || !job->n)
			return -ERANGE;
		if (job->fn != spans_run_nested &&
		    (u64)job->us * job->n > SPANS_MAX_TOTAL_US)
			return -ERANGE;
	}
	/* A spinlock_t leaves interrupts on there. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    (job->cmd->make == irqspan_spans_spin_irqsave ||
	     job->cmd->make == irqspan_spans_spin_irq))
		return -EOPNOTSUPP;

	return 0;
}

static int spans_run(struct spans_job *job)
{
	int ret;

	ret = spans_check(job);
	if (ret)
		return ret;

	ret = mutex_lock_interruptible(&spans_run_mutex);
	if (ret)
		return ret;
	cpus_read_lock();

	if (!cpu_online(job->cpu))
		ret = -ENXIO;
	else if (job->cmd->line && !job->cmd->line->requested)
		ret = -ENODEV;
	else if (job->cmd->other && !cpu_online(job->other))
		ret = -ENXIO;
	else if (job->fn == spans_run_switch_a)
		ret = spans_run_two(job);
	else if (job->fn == spans_run_call_late)
		ret = spans_run_with(job, spans_run_call_late_b);
	else if (job->fn == spans_run_wake)
		ret = spans_run_with(job, spans_run_wake_b);
	else if (job->fn == spans_run_off)
		ret = spans_run_cross(job);
	else
		ret = spans_run_one(job, "spans_a");

	cpus_read_unlock();
	mutex_unlock(&spans_run_mutex);

	return ret;
}

static int spans_parse(char **argv, int argc, struct spans_job *job)
{
	unsigned int *const values[] = { &job->cpu, &job->us, &job->n, &job->other };
	unsigned int i;
	int arg, ret;

	if (argc < 2 || argc > 1 + (int)ARRAY_SIZE(values))
		return -EINVAL;

	for (i = 0; i < ARRAY_SIZE(spans_commands); i++) {
		if (!strcmp(argv[0], spans_commands[i].name))
			break;
	}
	if (i == ARRAY_SIZE(spans_commands))
		return -EINVAL;

	job->cmd = &spans_commands[i];
	job->fn = job->cmd->run;
	job->us = 1;
	job->n = 1;
	job->other = UINT_MAX;
	if (argc - 1 > (job->cmd->other ? 4 : 3))
		return -EINVAL;

	for (arg = 1; arg < argc; arg++) {
		ret = kstrtouint(argv[arg], 10, values[arg - 1]);
		if (ret)
			return ret;
	}

	return 0;
}

static ssize_t spans_run_write(struct file *file, const char __user *ubuf,
			       size_t count, loff_t *ppos)
{
	struct spans_job job = { };
	char *buf, **argv;
	int argc, ret;

	if (count > SPANS_MAX_COMMAND)
		return -EINVAL;

	buf = memdup_user_nul(ubuf, count);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	ret = -EINVAL;
	if (strlen(buf) != count)
		goto free_buf;

	ret = -ENOMEM;
	argv = argv_split(GFP_KERNEL, buf, &argc);
	if (!argv)
		goto free_buf;

	ret = spans_parse(argv, argc, &job);
	if (!ret)
		ret = spans_run(&job);

	argv_free(argv);
free_buf:
	kfree(buf);

	return ret ?: count;
}

/* A storm of spans */

static noinline void irqspan_spans_storm(unsigned int n)
{
	while (n--) {
		local_irq_disable();
		local_irq_enable();
	}
}

static int spans_run_storm(struct spans_job *job)
{
	while (job->n) {
		unsigned int n = min(job->n, SPANS_STORM_BATCH);

		irqspan_spans_storm(n);
		job->n -= n;
		cond_resched();
	}

	return 0;
}

static const struct spans_command spans_command_storm = {
	.name	= "storm",
	.caller	= "irqspan_spans_storm",
};

struct spans_storm {
	struct spans_job	job;
	struct task_struct	*task;
};

static int spans_storm(unsigned int n)
{
	struct spans_storm *storms;
	unsigned int cpu;
	int ret = 0;

	storms = kcalloc(nr_cpu_ids, sizeof(*storms), GFP_KERNEL);
	if (!storms)
		return -ENOMEM;

	for_each_online_cpu(cpu) {
		struct spans_storm *storm = &storms[cpu];

		storm->job.cmd = &spans_command_storm;
		storm->job.fn = spans_run_storm;
		storm->job.cpu = cpu;
		storm->job.n = n;
		storm->task = spans_create(&storm->job, "spans_storm");
		if (IS_ERR(storm->task)) {
			ret = PTR_ERR(storm->task);
			storm->task = NULL;
			break;
		}
	}
	for_each_online_cpu(cpu) {
		if (!ret)
			wake_up_process(storms[cpu].task);
		else if (storms[cpu].task)
			kthread_stop(storms[cpu].task);
	}
	for_each_online_cpu(cpu) {
		if (!ret)
			spans_finish(&storms[cpu].job, storms[cpu].task);
	}
	kfree(storms);

	return ret;
}

static ssize_t spans_storm_write(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	unsigned int n;
	int ret;

	ret = kstrtouint_from_user(ubuf, count, 10, &n);
	if (ret)
		return ret;
	if (n > SPANS_MAX_STORM)
		return -ERANGE;

	ret = mutex_lock_interruptible(&spans_run_mutex);
	if (ret)
		return ret;
	cpus_read_lock();
	ret = spans_storm(n);
	cpus_read_unlock();
	mutex_unlock(&spans_run_mutex);

	return ret ?: count;
}

static const struct file_operations spans_storm_fops = {
	.owner	= THIS_MODULE,
	.open	= nonseekable_open,
	.write	= spans_storm_write,
};

static DEFINE_PER_CPU(unsigned long, spans_disables);
static struct tracepoint *spans_tracepoint;

static notrace void spans_probe_disable(void *unused, unsigned long ip, unsigned long parent_ip)
{
	this_cpu_inc(spans_disables);
}

static void spans_find_disable(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "irq_disable"))
		*(struct tracepoint **)found = tp;
}

static int spans_count_start(void)
{
	struct tracepoint *tp = NULL;
	unsigned int cpu;
	int ret;

	if (spans_tracepoint)
		return -EBUSY;

	for_each_kernel_tracepoint(spans_find_disable, &tp);
	if (!tp)
		return -EOPNOTSUPP;

	for_each_possible_cpu(cpu)
		per_cpu(spans_disables, cpu) = 0;

	ret = tracepoint_probe_register(tp, spans_probe_disable, NULL);
	if (!ret)
		spans_tracepoint = tp;

	return ret;
}

static int spans_count_stop(void)
{
	if (!spans_tracepoint)
		return -ENODATA;

	tracepoint_probe_unregister(spans_tracepoint, spans_probe_disable, NULL);
	tracepoint_synchronize_unregister();
	spans_tracepoint = NULL;

	return 0;
}

static int spans_disables_show(struct seq_file *m, void *unused)
{
	unsigned int cpu;

	seq_puts(m, "# cpu disables\n");
	for_each_possible_cpu(cpu)
		seq_printf(m, "%u %lu\n", cpu, READ_ONCE(per_cpu(spans_disables, cpu)));

	return 0;
}

static int spans_disables_open(struct inode *inode, struct file *file)
{
	return single_open(file, spans_disables_show, NULL);
}

static ssize_t spans_disables_write(struct file *file, const char __user *ubuf,
				    size_t count, loff_t *ppos)
{
	bool on;
	int ret;

	ret = kstrtobool_from_user(ubuf, count, &on);
	if (ret)
		return ret;

	mutex_lock(&spans_run_mutex);
	ret = on ? spans_count_start() : spans_count_stop();
	mutex_unlock(&spans_run_mutex);

	return ret ?: count;
}

static const struct file_operations spans_disables_fops = {
	.owner		= THIS_MODULE,
	.open		= spans_disables_open,
	.read		= seq_read,
	.write		= spans_disables_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static const struct file_operations spans_run_fops = {
	.owner	= THIS_MODULE,
	.open	= nonseekable_open,
	.write	= spans_run_write,
};

static int spans_truth_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	mutex_lock(&spans_rows_mutex);
	seq_puts(m, "# kind cpu irq ns caller comm pid\n");
	for (i = 0; i < spans_nr_rows; i++) {
		const struct spans_row *row = &spans_rows[i];

		seq_printf(m, "%s %u ", row->kind, row->cpu);
		if (row->irq < 0)
			seq_puts(m, "- ");
		else
			seq_printf(m, "%d ", row->irq);
		seq_printf(m, "%llu %s ", row->ns, row->caller);
		seq_escape(m, row->comm, " \t\n\\");
		seq_printf(m, " %d\n", row->pid);
	}
	if (spans_dropped)
		seq_printf(m, "# dropped %lu\n", spans_dropped);
	mutex_unlock(&spans_rows_mutex);

	return 0;
}

static int spans_truth_open(struct inode *inode, struct file *file)
{
	return single_open(file, spans_truth_show, NULL);
}

static ssize_t spans_truth_write(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	mutex_lock(&spans_rows_mutex);
	spans_nr_rows = 0;
	spans_dropped = 0;
	mutex_unlock(&spans_rows_mutex);

	return count;
}

static const struct file_operations spans_truth_fops = {
	.owner		= THIS_MODULE,
	.open		= spans_truth_open,
	.read		= seq_read,
	.write		= spans_truth_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int spans_lines_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "# irq name\n");
	for (i = 0; i < ARRAY_SIZE(spans_lines); i++)
		seq_printf(m, "%u %s\n", spans_lines[i]->irq, spans_lines[i]->name);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spans_lines);

static struct fwnode_handle *spans_fwnode;
static struct irq_domain *spans_domain;
static struct dentry *spans_dir;

static void spans_lines_remove(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spans_lines); i++) {
		struct spans_line *line = spans_lines[i];

		if (line->requested)
			irqspan_spans_free_irq(line);
		if (line->irq)
			irq_dispose_mapping(line->irq);
	}
	irq_domain_remove_sim(spans_domain);
	irq_domain_free_fwnode(spans_fwnode);
}

static int spans_lines_create(void)
{
	unsigned int i;
	int ret;

	spans_fwnode = irq_domain_alloc_named_fwnode("irqspan_spans");
	if (!spans_fwnode)
		return -ENOMEM;

	spans_domain = irq_domain_create_sim(spans_fwnode, ARRAY_SIZE(spans_lines));
	if (IS_ERR(spans_domain)) {
		irq_domain_free_fwnode(spans_fwnode);
		return PTR_ERR(spans_domain);
	}

	for (i = 0; i < ARRAY_SIZE(spans_lines); i++) {
		struct spans_line *line = spans_lines[i];

		ret = -ENOSPC;
		line->irq = irq_create_mapping(spans_domain, i);
		if (!line->irq)
			goto remove;

		irq_set_handler(line->irq, line->flow);
		ret = spans_request(line);
		if (ret)
			goto remove;
	}

	return 0;

remove:
	spans_lines_remove();

	return ret;
}

static int __init irqspan_spans_init(void)
{
	int ret;

	spans_rows = kvcalloc(SPANS_MAX_ROWS, sizeof(*spans_rows), GFP_KERNEL);
	if (!spans_rows)
		return -ENOMEM;

	hrtimer_setup(&spans_timer, irqspan_spans_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	ret = spans_lines_create();
	if (ret) {
		kvfree(spans_rows);
		return ret;
	}

	spans_dir = debugfs_create_dir("irqspan_spans", NULL);
	debugfs_create_file("run", 0200, spans_dir, NULL, &spans_run_fops);
	debugfs_create_file("truth", 0600, spans_dir, NULL, &spans_truth_fops);
	debugfs_create_file("lines", 0400, spans_dir, NULL, &spans_lines_fops);
	debugfs_create_file("storm", 0200, spans_dir, NULL, &spans_storm_fops);
	debugfs_create_file("disables", 0600, spans_dir, NULL, &spans_disables_fops);

	return 0;
}
module_init(irqspan_spans_init);

static void __exit irqspan_spans_exit(void)
{
	debugfs_remove(spans_dir);
	spans_count_stop();
	spans_lines_remove();
	kvfree(spans_rows);
}
module_exit(irqspan_spans_exit);

MODULE_DESCRIPTION("Makes interrupt-off spans of known length");
MODULE_LICENSE("GPL");
