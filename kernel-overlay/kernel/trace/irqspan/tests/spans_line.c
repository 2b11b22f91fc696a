// SPDX-License-Identifier: GPL-2.0
/*
 * Spans of interrupt lines. The lines are those of an irq_sim domain, one for
 * each way to turn a line off, so that their histories don't mix.
 *
 * As in spans_local.c, what disables or enables a line is noinline and called
 * irqspan_spans_*.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_sim.h>
#include <linux/irq_work.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>

#include "spans.h"

#define SPANS_MAX_DEPTH		16

/*
 * genirq gives a line up after 99,900 unhandled of 100,000 interrupts, and begins
 * anew when one of them came a tenth of a second late.
 */
#define SPANS_SPURIOUS_ROUNDS	410
#define SPANS_SPURIOUS_BATCH	1000

struct spans_line {
	const char		*name;
	irq_handler_t		handler;
	irq_handler_t		thread;
	irq_flow_handler_t	flow;
	unsigned long		flags;
	unsigned int		irq;
	bool			requested;
	void			*dev_id;
};

/* Functions that do the same are not to be merged: they are told by their names. */
#define SPANS_NOT_MERGED()	({ asm volatile("" : : "i" (__LINE__)); })

/* Those that disable return when it was done, those that enable when it began. */

static noinline u64 irqspan_spans_disable_irq(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_irq_nosync(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq_nosync(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_hardirq(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_hardirq(irq);

	return ktime_get_mono_fast_ns();
}

/* The second and later ones of nested disables, which the span is not by */
static noinline u64 irqspan_spans_disable_again(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_enable_irq(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	SPANS_NOT_MERGED();
	enable_irq(irq);

	return now;
}

/* Two drivers, as it were, of which one may forget to enable the line again */

static noinline u64 irqspan_spans_disable_a(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_disable_b(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_enable_a(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	SPANS_NOT_MERGED();
	enable_irq(irq);

	return now;
}

static noinline u64 irqspan_spans_enable_b(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	SPANS_NOT_MERGED();
	enable_irq(irq);

	return now;
}

/* Disables the line and enables it again, as a short critical section would. */
static noinline u64 irqspan_spans_section_b(unsigned int irq)
{
	SPANS_NOT_MERGED();
	disable_irq(irq);
	enable_irq(irq);

	return ktime_get_mono_fast_ns();
}

/* One enable too many */
static noinline u64 irqspan_spans_enable_unmatched(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	SPANS_NOT_MERGED();
	enable_irq(irq);

	return now;
}

static noinline u64 irqspan_spans_free_irq(struct spans_line *line)
{
	u64 now = ktime_get_mono_fast_ns();

	free_irq(line->irq, line->dev_id);
	line->requested = false;

	return now;
}

static int spans_request_as(struct spans_line *line, const char *name, void *dev_id)
{
	int ret;

	ret = request_threaded_irq(line->irq, line->handler, line->thread,
				   line->flags, name, dev_id);
	line->requested = !ret;
	line->dev_id = dev_id;

	return ret;
}

static int spans_request_line(struct spans_line *line)
{
	return spans_request_as(line, line->name, line);
}

/* Interrupts of the simulated lines, raised in hard context on this CPU */
static unsigned int spans_raise_irq;
static unsigned int spans_raise_count;

static void spans_raise_in_hardirq(struct irq_work *unused)
{
	unsigned int i;

	for (i = 0; i < spans_raise_count; i++)
		generic_handle_irq(spans_raise_irq);
}

static struct irq_work spans_raise_work = IRQ_WORK_INIT_HARD(spans_raise_in_hardirq);

static void spans_raise(struct spans_line *line, unsigned int count)
{
	spans_raise_irq = line->irq;
	spans_raise_count = count;
	irq_work_queue(&spans_raise_work);
	irq_work_sync(&spans_raise_work);
}

/*
 * Handlers. Before an interrupt is raised, spans_handler_ns has how long the
 * handler shall take; after spans_handler_done, how long it took.
 */
static struct spans_job *spans_handler_job;
static u64 spans_handler_ns;
static DECLARE_COMPLETION(spans_handler_done);

static irqreturn_t irqspan_spans_handled(int irq, void *dev_id)
{
	return IRQ_HANDLED;
}

static irqreturn_t irqspan_spans_unhandled(int irq, void *dev_id)
{
	return IRQ_NONE;
}

static irqreturn_t irqspan_spans_thread_unhandled(int irq, void *dev_id)
{
	return IRQ_NONE;
}

/* genirq masks a level-triggered line while its handler runs. */
static irqreturn_t irqspan_spans_slow(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();
	u64 ns = spans_handler_ns;

	do {
		cpu_relax();
		spans_handler_ns = ktime_get_mono_fast_ns() - start;
	} while (spans_handler_ns < ns);

	spans_truth_begin(&spans_handler_job->truth);
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

/* genirq masks an IRQF_ONESHOT line until its thread is done. */
static irqreturn_t irqspan_spans_thread(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();

	spans_truth_begin(&spans_handler_job->truth);
	spans_sleep(spans_handler_job->us);
	spans_handler_ns = ktime_get_mono_fast_ns() - start;
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

/* Disables the line, which is masked until this thread is done, as well. */
static irqreturn_t irqspan_spans_thread_off(int irq, void *dev_id)
{
	u64 start = ktime_get_mono_fast_ns();

	spans_sleep(spans_handler_job->us);
	spans_handler_ns = ktime_get_mono_fast_ns() - start;
	/* The CPU in the row of truth is that of the disable. */
	migrate_disable();
	spans_truth_begin(&spans_handler_job->truth);
	spans_handler_job->disabled_at = irqspan_spans_disable_irq_nosync(irq);
	migrate_enable();
	complete(&spans_handler_done);

	return IRQ_HANDLED;
}

#define SPANS_SIMPLE_LINE(what)				\
static struct spans_line spans_line_##what = {		\
	.name		= "spans_" #what,		\
	.handler	= irqspan_spans_handled,	\
	.flow		= handle_simple_irq,		\
	.flags		= IRQF_NO_THREAD,		\
}

SPANS_SIMPLE_LINE(disable);
SPANS_SIMPLE_LINE(nested);
SPANS_SIMPLE_LINE(cross);
SPANS_SIMPLE_LINE(pending);
SPANS_SIMPLE_LINE(shutdown);
SPANS_SIMPLE_LINE(hold);
SPANS_SIMPLE_LINE(ab);
SPANS_SIMPLE_LINE(reuse);
/* No command uses it: it is there to be suspended with the system. */
SPANS_SIMPLE_LINE(suspend);

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

/* With PREEMPT_RT, or threadirqs, this one is forced into a thread. */
static struct spans_line spans_line_spurious = {
	.name		= "spans_spurious",
	.handler	= irqspan_spans_unhandled,
	.flow		= handle_simple_irq,
};

static struct spans_line spans_line_thread = {
	.name		= "spans_thread",
	.thread		= irqspan_spans_thread_unhandled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_ONESHOT,
};

static struct spans_line spans_line_shared = {
	.name		= "spans_shared",
	.handler	= irqspan_spans_handled,
	.flow		= handle_simple_irq,
	.flags		= IRQF_NO_THREAD | IRQF_SHARED,
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
	&spans_line_thread,
	&spans_line_shared,
	&spans_line_ab,
	&spans_line_reuse,
	&spans_line_shutdown,
	&spans_line_hold,
	&spans_line_suspend,
};

/* Commands */

static int spans_run_disable(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	unsigned int i;
	u64 start;

	for (i = 0; i < job->n; i++) {
		spans_truth_begin(&job->truth);
		start = job->cmd->disable(irq);
		spans_sleep(job->us);
		spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - start);
	}

	return 0;
}

/* An interrupt arrives while the line is off. */
static int spans_run_pending(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	u64 start;

	spans_truth_begin(&job->truth);
	start = job->cmd->disable(irq);
	spans_raise(job->cmd->line, 1);
	spans_sleep(job->us);
	spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - start);

	return 0;
}

static int spans_run_nested(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	unsigned int i;
	u64 start;

	spans_truth_begin(&job->truth);
	start = job->cmd->disable(irq);
	for (i = 1; i < job->n; i++)
		irqspan_spans_disable_again(irq);
	spans_sleep(job->us);
	for (i = 1; i < job->n; i++)
		irqspan_spans_enable_irq(irq);
	spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - start);

	return 0;
}

/* Free the line while it is off, which ends the span. */
static int spans_run_shutdown(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	u64 start;

	spans_truth_begin(&job->truth);
	start = job->cmd->disable(line->irq);
	spans_sleep(job->us);
	spans_truth_add(job, line->irq, irqspan_spans_free_irq(line) - start);

	return spans_request_line(line);
}

/* Leave the line off: spans_run_enable() or spans_run_release() enables it. */
static int spans_run_leave_off(struct spans_job *job)
{
	spans_truth_begin(&job->truth);
	job->disabled_at = job->cmd->disable(job->cmd->line->irq);

	return 0;
}

static int spans_run_enable(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;

	spans_sleep(job->us);
	spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - job->disabled_at);

	return 0;
}

static u64 spans_held_since;	/* 0: it is not */

static int spans_run_hold(struct spans_job *job)
{
	if (spans_held_since)
		return -EBUSY;

	spans_run_leave_off(job);
	spans_held_since = job->disabled_at;

	return 0;
}

static int spans_run_release(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;

	if (!spans_held_since)
		return -ENODATA;

	spans_truth_begin(&job->truth);
	spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - spans_held_since);
	spans_held_since = 0;

	return 0;
}

/* genirq masks the line, and unmasks it when its handler or thread is done. */
static int spans_run_masked(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	unsigned int i;

	spans_handler_job = job;

	for (i = 0; i < job->n; i++) {
		spans_handler_ns = spans_job_ns(job);
		reinit_completion(&spans_handler_done);
		spans_raise(line, 1);
		wait_for_completion(&spans_handler_done);

		/* The handler is done, but the line may still be masked. */
		synchronize_irq(line->irq);
		spans_truth_add(job, line->irq, spans_handler_ns);
	}

	return 0;
}

/* One span while the line is masked, and one more for which it was disabled */
static int spans_run_masked_off(struct spans_job *job)
{
	unsigned int irq = job->cmd->line->irq;
	int ret;

	job->n = 1;
	ret = spans_run_masked(job);
	spans_sleep(job->us);
	job->truth.kind = "disable_masked";
	job->truth.caller = "irqspan_spans_disable_irq_nosync";
	spans_truth_add(job, irq, irqspan_spans_enable_irq(irq) - job->disabled_at);

	return ret;
}

static int spans_run_spurious(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	struct irq_data *data = irq_get_irq_data(line->irq);
	unsigned int i;
	u64 start;

	for (i = 0; i < SPANS_SPURIOUS_ROUNDS && !irqd_irq_disabled(data); i++)
		spans_raise(line, SPANS_SPURIOUS_BATCH);

	/* noirqdebug, or this machine is so slow that genirq always began anew. */
	if (!irqd_irq_disabled(data))
		return -EOPNOTSUPP;

	start = ktime_get_mono_fast_ns();
	spans_truth_begin(&job->truth);
	spans_sleep(job->us);
	spans_truth_add(job, line->irq, irqspan_spans_enable_irq(line->irq) - start);

	/* Only a new request makes genirq forget that the line was bad. */
	irqspan_spans_free_irq(line);

	return spans_request_line(line);
}

/* Other devices that use the line as well, TIMES of them */
#define SPANS_MAX_SHARERS	4

static int spans_run_shared(struct spans_job *job)
{
	static char dev_ids[SPANS_MAX_SHARERS];
	struct spans_line *line = job->cmd->line;
	unsigned int sharers;
	u64 start;
	int ret = 0;

	for (sharers = 0; sharers < job->n; sharers++) {
		ret = request_irq(line->irq, line->handler, line->flags, "spans_sharer",
				  &dev_ids[sharers]);
		if (ret)
			goto free_sharers;
	}

	spans_truth_begin(&job->truth);
	start = job->cmd->disable(line->irq);
	spans_sleep(job->us);
	spans_truth_add(job, line->irq, irqspan_spans_enable_irq(line->irq) - start);

free_sharers:
	while (sharers--)
		free_irq(line->irq, &dev_ids[sharers]);

	return ret;
}

/* How often spans_line_ab was disabled, less how often it was enabled */
static unsigned int spans_ab_depth;

static int spans_run_disable_ab(struct spans_job *job)
{
	if (spans_ab_depth == SPANS_MAX_DEPTH)
		return -EBUSY;

	job->cmd->disable(job->cmd->line->irq);
	spans_ab_depth++;

	return 0;
}

static int spans_run_enable_ab(struct spans_job *job)
{
	if (!spans_ab_depth)
		return -ENODATA;

	job->cmd->disable(job->cmd->line->irq);
	spans_ab_depth--;

	return 0;
}

static int spans_run_section_ab(struct spans_job *job)
{
	unsigned int i;

	for (i = 0; i < job->n; i++)
		job->cmd->disable(job->cmd->line->irq);

	return 0;
}

#ifdef CONFIG_KPROBES

static noinline void spans_no_warning(void)
{
}

static int spans_skip_warning(struct kprobe *unused, struct pt_regs *regs)
{
	instruction_pointer_set(regs, (unsigned long)spans_no_warning);

	/* Go on there. */
	return 1;
}

/* genirq warns of it, and a warning is not what the test is about. */
static int spans_run_unmatched(struct spans_job *job)
{
	struct kprobe probe = {
		.symbol_name	= "__warn",
		.pre_handler	= spans_skip_warning,
	};
	unsigned int i;
	int ret;

	ret = register_kprobe(&probe);
	if (ret)
		return ret;

	for (i = 0; i < job->n; i++)
		job->cmd->disable(job->cmd->line->irq);
	unregister_kprobe(&probe);

	return 0;
}

#else

static int spans_run_unmatched(struct spans_job *job)
{
	return -EOPNOTSUPP;
}

#endif

/* Free the line and request it again: for the same device, or for another one. */

static int spans_run_reuse_same(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;

	irqspan_spans_free_irq(line);

	return spans_request_line(line);
}

static int spans_run_reuse_name(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;

	irqspan_spans_free_irq(line);

	return spans_request_as(line, "spans_reused", line);
}

static int spans_run_reuse_device(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;

	irqspan_spans_free_irq(line);

	return spans_request_as(line, line->name, &line->dev_id);
}

/* A request that failed in spans_run_shutdown() or the like leaves it without. */
static int spans_start_line(struct spans_job *job)
{
	return job->cmd->line->requested ? spans_start_thread(job) : -ENODEV;
}

/* spans_a disables the line on CPU, spans_b enables it on CPU N. */
static int spans_start_cross(struct spans_job *job)
{
	struct spans_line *line = job->cmd->line;
	int ret;

	if (!line->requested)
		return -ENODEV;
	if (job->n >= nr_cpu_ids)
		return -ERANGE;
	if (!cpu_online(job->n))
		return -ENXIO;

	ret = spans_run_thread(job, "spans_a");
	if (ret)
		return ret;

	job->run = spans_run_enable;
	job->cpu = job->n;
	ret = spans_run_thread(job, "spans_b");
	/* Without spans_b, don't leave the line off. */
	if (ret)
		irqspan_spans_enable_irq(line->irq);

	return ret;
}

/* The last argument is what N means, unless it has to be 1. */
#define SPANS_LINE(what, how, which, fn, n, ...) {	\
	.name		= #what,			\
	.usage		= "CPU US" __VA_ARGS__,		\
	.caller		= "irqspan_spans_" #how,	\
	.start		= spans_start_line,		\
	.run		= fn,				\
	.disable	= irqspan_spans_##how,		\
	.line		= &spans_line_##which,		\
	.max_us		= SPANS_MAX_LINE_US,		\
	.max_n		= n,				\
}

/* Here genirq turns the line off, on behalf of the handler or by itself. */
#define SPANS_GENIRQ(what, whom, which, fn, us, n, ...) {	\
	.name		= #what,				\
	.usage		= "CPU US" __VA_ARGS__,			\
	.caller		= whom,					\
	.start		= spans_start_line,			\
	.run		= fn,					\
	.line		= &spans_line_##which,			\
	.max_us		= us,					\
	.max_n		= n,					\
}

static const struct spans_command spans_line_commands[] = {
	SPANS_LINE(disable_irq, disable_irq, disable, spans_run_disable, SPANS_MAX_COUNT,
		   " TIMES"),
	SPANS_LINE(disable_irq_nosync, disable_irq_nosync, disable, spans_run_disable,
		   SPANS_MAX_COUNT, " TIMES"),
	SPANS_LINE(disable_hardirq, disable_hardirq, disable, spans_run_disable,
		   SPANS_MAX_COUNT, " TIMES"),
	SPANS_LINE(disable_pending, disable_irq, pending, spans_run_pending, 1),
	SPANS_LINE(disable_level, disable_irq, level, spans_run_pending, 1),
	SPANS_LINE(shutdown, disable_irq, shutdown, spans_run_shutdown, 1),
	SPANS_LINE(disable_shared, disable_irq, shared, spans_run_shared, SPANS_MAX_SHARERS,
		   " SHARERS"),
	SPANS_LINE(disable_a, disable_a, ab, spans_run_disable_ab, 1),
	SPANS_LINE(disable_b, disable_b, ab, spans_run_disable_ab, 1),
	SPANS_LINE(enable_a, enable_a, ab, spans_run_enable_ab, 1),
	SPANS_LINE(enable_b, enable_b, ab, spans_run_enable_ab, 1),
	SPANS_LINE(section_b, section_b, ab, spans_run_section_ab, SPANS_MAX_COUNT,
		   " TIMES"),
	SPANS_LINE(enable_unmatched, enable_unmatched, ab, spans_run_unmatched,
		   SPANS_MAX_COUNT, " TIMES"),
	SPANS_LINE(disable_reuse, disable_irq, reuse, spans_run_disable, SPANS_MAX_COUNT,
		   " TIMES"),
	SPANS_LINE(reuse_same, disable_irq, reuse, spans_run_reuse_same, 1),
	SPANS_LINE(reuse_name, disable_irq, reuse, spans_run_reuse_name, 1),
	SPANS_LINE(reuse_device, disable_irq, reuse, spans_run_reuse_device, 1),
	SPANS_LINE(hold, disable_irq, hold, spans_run_hold, 1),
	SPANS_LINE(release, disable_irq, hold, spans_run_release, 1),
	{
		.name		= "disable_nested",
		.usage		= "CPU US DEPTH",
		.caller		= "irqspan_spans_disable_irq",
		.start		= spans_start_line,
		.run		= spans_run_nested,
		.disable	= irqspan_spans_disable_irq,
		.line		= &spans_line_nested,
		.max_us		= SPANS_MAX_LINE_US,
		.max_n		= SPANS_MAX_DEPTH,
		.n_is		= SPANS_N_DEPTH,
	}, {
		.name		= "disable_cross",
		.usage		= "CPU US ENABLING_CPU",
		.caller		= "irqspan_spans_disable_irq",
		.start		= spans_start_cross,
		.run		= spans_run_leave_off,
		.disable	= irqspan_spans_disable_irq,
		.line		= &spans_line_cross,
		.max_us		= SPANS_MAX_LINE_US,
		.max_n		= UINT_MAX,
		.n_is		= SPANS_N_CPU,
	},
	SPANS_GENIRQ(mask_hardirq, "irqspan_spans_slow", hardirq, spans_run_masked,
		     SPANS_MAX_LOCAL_US, SPANS_MAX_COUNT, " TIMES"),
	SPANS_GENIRQ(mask_oneshot, "irqspan_spans_thread", oneshot, spans_run_masked,
		     SPANS_MAX_LINE_US, SPANS_MAX_COUNT, " TIMES"),
	SPANS_GENIRQ(mask_disable, "irqspan_spans_thread_off", masked, spans_run_masked_off,
		     SPANS_MAX_LINE_US, 1),
	SPANS_GENIRQ(spurious, "irqspan_spans_unhandled", spurious, spans_run_spurious,
		     SPANS_MAX_LINE_US, 1),
	SPANS_GENIRQ(spurious_thread, "irqspan_spans_thread_unhandled", thread,
		     spans_run_spurious, SPANS_MAX_LINE_US, 1),
};

/* The file "lines", and the simulated lines themselves */

static struct fwnode_handle *spans_fwnode;
static struct irq_domain *spans_domain;

static int spans_lines_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "# irq name\n");
	for (i = 0; i < ARRAY_SIZE(spans_lines); i++)
		seq_printf(m, "%u %s\n", spans_lines[i]->irq, spans_lines[i]->name);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spans_lines);

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

static int spans_line_create(struct spans_line *line, irq_hw_number_t hwirq)
{
	line->irq = irq_create_mapping(spans_domain, hwirq);
	if (!line->irq)
		return -ENOSPC;

	irq_set_handler(line->irq, line->flow);

	return spans_request_line(line);
}

static int spans_lines_create(struct dentry *dir)
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
		ret = spans_line_create(spans_lines[i], i);
		if (ret) {
			spans_lines_remove();
			return ret;
		}
	}
	debugfs_create_file("lines", 0400, dir, NULL, &spans_lines_fops);

	return 0;
}

const struct spans_group spans_line_group = {
	.commands	= spans_line_commands,
	.nr_commands	= ARRAY_SIZE(spans_line_commands),
	.init		= spans_lines_create,
	.exit		= spans_lines_remove,
};
