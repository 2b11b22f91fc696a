// SPDX-License-Identifier: GPL-2.0
/*
 * A module that is loaded and unloaded inside spans of its own: what a tracer noted of
 * it still has to be printed, and a line that it disabled still has to be enabled, when
 * its code is gone.
 *
 * Parameters:
 *   irq	a line to disable when the module is loaded, which is left so
 *   enable	enable that line instead, which an earlier load has disabled
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/smp.h>

#define BRIEF_US	50

static unsigned int irq;
module_param(irq, uint, 0400);
MODULE_PARM_DESC(irq, "Line to disable");

static bool enable;
module_param(enable, bool, 0400);
MODULE_PARM_DESC(enable, "Enable the line, which was disabled by an earlier load");

static noinline void irqspan_brief_span(void)
{
	unsigned long flags;

	local_irq_save(flags);
	udelay(BRIEF_US);
	local_irq_restore(flags);
}

static void irqspan_brief_called(void *unused)
{
	udelay(BRIEF_US);
}

static int __init irqspan_brief_init(void)
{
	irqspan_brief_span();
	on_each_cpu(irqspan_brief_called, NULL, true);
	if (irq && enable)
		enable_irq(irq);
	else if (irq)
		disable_irq(irq);
	return 0;
}
module_init(irqspan_brief_init);

static void __exit irqspan_brief_exit(void)
{
	on_each_cpu(irqspan_brief_called, NULL, true);
	irqspan_brief_span();
}
module_exit(irqspan_brief_exit);

MODULE_DESCRIPTION("Comes and goes inside interrupt-off spans of its own");
MODULE_LICENSE("GPL");
