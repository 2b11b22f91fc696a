// SPDX-License-Identifier: GPL-2.0
/*
 * irqspan as a choice in current_tracer.
 */
#include <linux/init.h>

#include "../trace.h"
#include "irqspan.h"

static struct tracer_opt irqspan_opts[] = {
	{ .name = "irqspan-local", .bit = IRQSPAN_OPT_PART(IRQSPAN_PART_LOCAL) },
	{ .name = "irqspan-lines", .bit = IRQSPAN_OPT_PART(IRQSPAN_PART_LINES) },
	{ .name = "irqspan-ipis", .bit = IRQSPAN_OPT_PART(IRQSPAN_PART_IPIS) },
	{ .name = "irqspan-timers", .bit = IRQSPAN_OPT_PART(IRQSPAN_PART_TIMERS) },
	{ .name = "irqspan-stack", .bit = IRQSPAN_OPT_STACK },
	{ }
};

static struct tracer_flags irqspan_flags = {
	.val	= IRQSPAN_OPT_PART(IRQSPAN_PART_LOCAL) |
		  IRQSPAN_OPT_PART(IRQSPAN_PART_LINES) |
		  IRQSPAN_OPT_PART(IRQSPAN_PART_IPIS) |
		  IRQSPAN_OPT_PART(IRQSPAN_PART_TIMERS),
	.opts	= irqspan_opts,
};

static int irqspan_set_flag(struct trace_array *tr, u32 old_flags, u32 bit, int set)
{
	return irqspan_session_set_options(set ? old_flags | bit : old_flags & ~bit);
}

static struct tracer irqspan_tracer __read_mostly = {
	.name		 = "irqspan",
	.init		 = irqspan_session_attach,
	.reset		 = irqspan_session_detach,
	.set_flag	 = irqspan_set_flag,
	.flags		 = &irqspan_flags,
#ifdef CONFIG_FTRACE_STARTUP_TEST
	.selftest	 = irqspan_selftest,
#endif
	.allow_instances = true,
};

/* All that the tracer needs is there before ftrace=irqspan starts it; files follow. */
static int __init irqspan_init(void)
{
	int ret;

	ret = irqspan_session_init(irqspan_flags.val);
	if (ret)
		return ret;
	return register_tracer(&irqspan_tracer);
}
core_initcall(irqspan_init);
