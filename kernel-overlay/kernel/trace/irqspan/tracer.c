// SPDX-License-Identifier: GPL-2.0
/*
 * irqspan as a choice in current_tracer.
 */
#include <linux/init.h>
#include <linux/slab.h>

#include "../trace.h"
#include "irqspan.h"

/* The options that a new instance has; each instance changes a copy of its own. */
static struct tracer_flags irqspan_flags;

static int init_instance(struct trace_array *tr)
{
	return irqspan_session_attach(tr, tr->current_trace_flags->val);
}

static int set_option(struct trace_array *tr, u32 old_flags, u32 bit, int set)
{
	return irqspan_session_set_options(tr, set ? old_flags | bit : old_flags & ~bit);
}

static struct tracer irqspan_tracer __read_mostly = {
	.name		 = "irqspan",
	.init		 = init_instance,
	.reset		 = irqspan_session_detach,
	.set_flag	 = set_option,
	.default_flags	 = &irqspan_flags,
#ifdef CONFIG_FTRACE_STARTUP_TEST
	.selftest	 = irqspan_selftest,
#endif
	.allow_instances = true,
};

/* Make an option for each part, all of them on. An empty option ends the array. */
static int __init make_options(void)
{
	struct irqspan_part *part;
	struct tracer_opt *opt;
	unsigned int n = 0;

	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->option)
			n++;
	}
	opt = kzalloc_objs(*opt, n + 1);
	if (!opt)
		return -ENOMEM;
	irqspan_flags.opts = opt;
	list_for_each_entry(part, &irqspan_parts, list) {
		if (!part->option)
			continue;
		opt->name = part->option;
		opt->bit = part->flag;
		opt++;
		irqspan_flags.val |= part->flag;
	}
	return 0;
}

/*
 * The parts have registered themselves before: their files come first in the Makefile.
 * With ftrace=irqspan on the kernel command line this starts them.
 */
static int __init register_irqspan_tracer(void)
{
	int ret;

	ret = make_options();
	if (ret)
		return ret;
	return register_tracer(&irqspan_tracer);
}
core_initcall(register_irqspan_tracer);
