// SPDX-License-Identifier: GPL-2.0
/*
 * Function calls that come by known functions, in tasks and in interrupts.
 *
 * Who is on the stack and has nothing to do with a call is called
 * irqspan_spans_innocent. All these functions are noinline, none ends in a tail call,
 * and no two of them have the same instructions, of which the compiler would make one.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/smp.h>

#include "spans.h"

static unsigned int spans_path_other;
static bool spans_path_done;

static noinline void irqspan_spans_path_called(void *info)
{
	WRITE_ONCE(spans_path_done, true);
}

/* By one or by two, which look alike on the stack but for where they return to */

static noinline int irqspan_spans_path_inner(unsigned int cpu)
{
	int ret = smp_call_function_single(cpu, irqspan_spans_path_called, NULL, true);

	barrier();
	return ret;
}

static noinline int irqspan_spans_path_middle(unsigned int cpu, int plus)
{
	int ret = irqspan_spans_path_inner(cpu);

	barrier();
	return ret ? ret + plus : 0;
}

static noinline int irqspan_spans_path_one(unsigned int cpu)
{
	int ret = irqspan_spans_path_middle(cpu, 1);

	barrier();
	return ret;
}

static noinline int irqspan_spans_path_two(unsigned int cpu)
{
	int ret = irqspan_spans_path_middle(cpu, 2);

	barrier();
	return ret;
}

static int spans_run_path(struct spans_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < job->n && !ret; i++) {
		spans_truth_begin(&job->truth);
		ret = irqspan_spans_path_one(job->other) ?: irqspan_spans_path_two(job->other);
		spans_truth_add(job, -1, 0);
	}

	return ret ? -EIO : 0;
}

/* By an interrupt, or by a softirq, while the task does something else */

static call_single_data_t spans_path_csd = CSD_INIT(irqspan_spans_path_called, NULL);

static noinline void irqspan_spans_path_hardirq(struct irq_work *unused)
{
	smp_call_function_single_async(spans_path_other, &spans_path_csd);
	barrier();
}

static struct irq_work spans_path_work = IRQ_WORK_INIT_HARD(irqspan_spans_path_hardirq);

static noinline void irqspan_spans_path_softirq(struct tasklet_struct *unused)
{
	smp_call_function_single_async(spans_path_other, &spans_path_csd);
	WRITE_ONCE(spans_path_other, spans_path_other);
}

static DECLARE_TASKLET(spans_path_tasklet, irqspan_spans_path_softirq);

static noinline void irqspan_spans_innocent(bool hard)
{
	if (hard) {
		irq_work_queue(&spans_path_work);
	} else {
		local_bh_disable();
		tasklet_schedule(&spans_path_tasklet);
		/* Here it runs. */
		local_bh_enable();
	}
	while (!READ_ONCE(spans_path_done))
		cpu_relax();
}

static int spans_run_path_interrupt(struct spans_job *job, bool hard)
{
	unsigned int i;

	spans_path_other = job->other;
	for (i = 0; i < job->n; i++) {
		WRITE_ONCE(spans_path_done, false);
		spans_truth_begin(&job->truth);
		irqspan_spans_innocent(hard);
		spans_truth_add(job, -1, 0);
		/* Of the next one, the data has to be free. */
		cond_resched();
	}
	irq_work_sync(&spans_path_work);
	tasklet_kill(&spans_path_tasklet);

	return 0;
}

static int spans_run_path_hardirq(struct spans_job *job)
{
	return spans_run_path_interrupt(job, true);
}

static int spans_run_path_softirq(struct spans_job *job)
{
	return spans_run_path_interrupt(job, false);
}

#define SPANS_PATH(what, whom, fn) {			\
	.name		= #what,			\
	.usage		= "CPU US TIMES OTHER",		\
	.caller		= whom,				\
	.run		= fn,				\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= SPANS_MAX_COUNT,		\
	.other		= true,				\
}

static const struct spans_command spans_path_commands[] = {
	SPANS_PATH(path, "irqspan_spans_path_inner", spans_run_path),
	SPANS_PATH(path_hardirq, "irqspan_spans_path_hardirq", spans_run_path_hardirq),
	SPANS_PATH(path_softirq, "irqspan_spans_path_softirq", spans_run_path_softirq),
};

const struct spans_group spans_path_group = {
	.commands	= spans_path_commands,
	.nr_commands	= ARRAY_SIZE(spans_path_commands),
};
