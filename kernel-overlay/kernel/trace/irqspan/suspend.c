// SPDX-License-Identifier: GPL-2.0
/*
 * CPU-wide spans and the sleep of the whole machine.
 *
 * Suspend to RAM, hibernation and a kexec that comes back all stop the machine in
 * the middle of a span: the last CPU turns interrupts off before it sleeps, and on when it
 * is awake again. No interrupt had to wait for that time, and the cycle counter may have
 * restarted meanwhile. So the span is dropped.
 *
 * Suspend to idle needs nothing of this: there the CPUs are just idle.
 */
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/syscore_ops.h>

#include "local.h"

/*
 * Drop the span of the suspend, or one that began on the way out of it. The other CPUs are
 * offline: reset_cpu() in local.c takes care of them.
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
