// SPDX-License-Identifier: GPL-2.0
/*
 * As many interrupt lines as a large machine has, to see what that costs a tracer
 * in time and memory. They belong to an irq_sim domain and are all requested; each
 * of them can be turned off once.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_sim.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "spans.h"

#define SPANS_MAX_MANY		10000

static struct {
	struct fwnode_handle	*fwnode;
	struct irq_domain	*domain;
	unsigned int		*irq;
	unsigned int		nr;		/* lines that are requested */
} spans_many;

static irqreturn_t irqspan_spans_many_handled(int irq, void *dev_id)
{
	return IRQ_HANDLED;
}

static noinline u64 irqspan_spans_many_disable(unsigned int irq)
{
	disable_irq(irq);

	return ktime_get_mono_fast_ns();
}

static noinline u64 irqspan_spans_many_enable(unsigned int irq)
{
	u64 now = ktime_get_mono_fast_ns();

	enable_irq(irq);

	return now;
}

static void spans_many_remove(void)
{
	if (!spans_many.irq)
		return;

	while (spans_many.nr) {
		unsigned int irq = spans_many.irq[--spans_many.nr];

		free_irq(irq, &spans_many);
		irq_dispose_mapping(irq);
		cond_resched();
	}
	irq_domain_remove_sim(spans_many.domain);
	irq_domain_free_fwnode(spans_many.fwnode);
	kvfree(spans_many.irq);
	spans_many.irq = NULL;
}

static int spans_many_add(unsigned int irq)
{
	int ret;

	irq_set_handler(irq, handle_simple_irq);
	ret = request_irq(irq, irqspan_spans_many_handled, IRQF_NO_THREAD, "spans_many",
			  &spans_many);
	if (ret)
		irq_dispose_mapping(irq);
	else
		spans_many.irq[spans_many.nr++] = irq;

	return ret;
}

static int spans_run_many_create(struct spans_job *job)
{
	unsigned int i;
	int ret;

	if (spans_many.irq)
		return -EBUSY;

	spans_many.irq = kvcalloc(job->n, sizeof(*spans_many.irq), GFP_KERNEL);
	if (!spans_many.irq)
		return -ENOMEM;

	ret = -ENOMEM;
	spans_many.fwnode = irq_domain_alloc_named_fwnode("irqspan_spans_many");
	if (!spans_many.fwnode)
		goto free_irqs;

	spans_many.domain = irq_domain_create_sim(spans_many.fwnode, job->n);
	if (IS_ERR(spans_many.domain)) {
		ret = PTR_ERR(spans_many.domain);
		goto free_fwnode;
	}

	for (i = 0, ret = 0; i < job->n && !ret; i++) {
		unsigned int irq = irq_create_mapping(spans_many.domain, i);

		ret = irq ? spans_many_add(irq) : -ENOSPC;
		cond_resched();
	}
	if (ret)
		spans_many_remove();

	return ret;

free_fwnode:
	irq_domain_free_fwnode(spans_many.fwnode);
free_irqs:
	kvfree(spans_many.irq);
	spans_many.irq = NULL;

	return ret;
}

/*
 * Beginning with the last one: the higher its number, the less likely was it that of
 * a line which a tracer has seen before.
 */
static int spans_run_many_disable(struct spans_job *job)
{
	unsigned int i;

	if (job->n > spans_many.nr)
		return -ENODEV;

	for (i = 0; i < job->n; i++) {
		unsigned int irq = spans_many.irq[spans_many.nr - 1 - i];
		u64 start;

		spans_truth_begin(&job->truth);
		start = irqspan_spans_many_disable(irq);
		spans_sleep(job->us);
		spans_truth_add(job, irq, irqspan_spans_many_enable(irq) - start);
	}

	return 0;
}

static noinline void irqspan_spans_many_disable_nosync(unsigned int irq)
{
	disable_irq_nosync(irq);
}

/* All at once: a tracer has no time to do anything between one and the next. */
static int spans_run_many_burst(struct spans_job *job)
{
	unsigned int i;

	if (job->n > spans_many.nr)
		return -ENODEV;

	local_irq_disable();
	for (i = 0; i < job->n; i++)
		irqspan_spans_many_disable_nosync(spans_many.irq[spans_many.nr - 1 - i]);
	local_irq_enable();

	spans_sleep(job->us);
	for (i = 0; i < job->n; i++)
		irqspan_spans_many_enable(spans_many.irq[spans_many.nr - 1 - i]);

	return 0;
}

static int spans_run_many_remove(struct spans_job *job)
{
	spans_many_remove();

	return 0;
}

#define SPANS_MANY(what, with, who, fn) {		\
	.name		= #what,			\
	.usage		= with,				\
	.caller		= who,				\
	.run		= fn,				\
	.max_us		= SPANS_MAX_LINE_US,		\
	.max_n		= SPANS_MAX_MANY,		\
}

static const struct spans_command spans_many_commands[] = {
	SPANS_MANY(many_create, "CPU 1 LINES", "-", spans_run_many_create),
	SPANS_MANY(many_disable, "CPU US LINES", "irqspan_spans_many_disable",
		   spans_run_many_disable),
	SPANS_MANY(many_burst, "CPU US LINES", "irqspan_spans_many_disable_nosync",
		   spans_run_many_burst),
	SPANS_MANY(many_remove, "CPU", "-", spans_run_many_remove),
};

const struct spans_group spans_many_group = {
	.commands	= spans_many_commands,
	.nr_commands	= ARRAY_SIZE(spans_many_commands),
	.exit		= spans_many_remove,
};
