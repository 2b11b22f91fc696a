/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KERNEL_TRACE_TRACE_IRQFLAGS_H
#define _KERNEL_TRACE_TRACE_IRQFLAGS_H

/**
 * struct trace_irqflags_hook - who measures how long interrupts are off
 * @off: called after they went off, or although they were off
 * @on: called before they go on, or although they are on
 *
 * Both get the code address and the return address of the function it is in.
 * They run with interrupts off, in any context, but for an @on that has nothing
 * to do, as interrupts are on; @off may be called by the entry code of an NMI,
 * and @on by its end, but by nothing in between. They must not allocate, lock or
 * sleep.
 */
struct trace_irqflags_hook {
	void (*off)(unsigned long ip, unsigned long parent_ip);
	void (*on)(unsigned long ip, unsigned long parent_ip);
};

int trace_irqflags_attach(const struct trace_irqflags_hook *hook);
void trace_irqflags_detach(void);

#endif /* _KERNEL_TRACE_TRACE_IRQFLAGS_H */
