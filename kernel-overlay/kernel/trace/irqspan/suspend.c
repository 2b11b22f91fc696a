// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans and the sleep of the whole machine.
 *
 * Suspend to RAM, hibernation and a kexec that comes back all stop the machine in
 * the middle of a span: the last CPU turns interrupts off before it, and on after.
 * Meanwhile the counter of cycles continues or restarts. Either way the difference is no
 * time in which an interrupt had to wait. So the span is dropped.
 *
 * Suspend to idle needs nothing of that: there the CPUs are idle.
 */
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/syscore_ops.h>

#include "local.h"

/*
 * The other CPUs are offline, and will begin anew by themselves. The span that is
 * dropped is that of the suspend, or one that the way out of the sleep began.
 */
static void drop_span(void *unused)
{
	this_cpu_write(irqspan_cpus.start, IRQSPAN_UNKNOWN);
}

static const struct syscore_ops irqspan_syscore_ops = {
	.resume = drop_span,
};

static struct syscore irqspan_syscore = {
	.ops = &irqspan_syscore_ops,
};

static int __init irqspan_suspend_init(void)
{
	register_syscore(&irqspan_syscore);
	return 0;
}
core_initcall(irqspan_suspend_init);
