/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace the irq flags where somebody listens, and cost one no-op where nobody
 * does: what the local_irq_*() macros and the entry code expand to.
 *
 * Only to be included by linux/irqflags.h, on which the headers that define
 * static keys and atomics depend: the branch is used as the architecture has it.
 */
#ifndef _LINUX_IRQFLAGS_TOGGLE_H
#define _LINUX_IRQFLAGS_TOGGLE_H

#include <linux/compiler.h>
#include <linux/instruction_pointer.h>
#include <asm/jump_label.h>

extern struct static_key_false trace_irqflags_key;

/* For an architecture's own way to call */
void __trace_irqflags_on(unsigned long ip, unsigned long parent_ip);
void __trace_irqflags_off(unsigned long ip, unsigned long parent_ip);

void trace_irqflags_on(unsigned long parent_ip);
void trace_irqflags_off(unsigned long parent_ip);
void trace_irqflags_off_entry(unsigned long parent_ip);

/* An architecture may have a way to call that leaves the registers alone. */
#ifndef arch_trace_irqflags
#define arch_trace_irqflags(how, parent_ip)	trace_irqflags_##how(parent_ip)
#endif

/*
 * The function called takes its return address for the place where this expands:
 * the address of a label here would keep compilers from inlining, or make them
 * take the label for a branch target.
 */
#define __trace_irqflags(call, how, cond)				\
do {									\
	if (unlikely_notrace(arch_static_branch((struct static_key *)	\
						&trace_irqflags_key, false)) && \
	    (cond))							\
		call(how, _RET_IP_);					\
} while (0)

/*
 * Only looked at behind the branch: the compiler must not compute in front of it
 * what a local_irq_restore() will look at as well.
 */
#define trace_irqflags_were_on(flags)					\
({									\
	unsigned long __behind = (flags);				\
									\
	OPTIMIZER_HIDE_VAR(__behind);					\
	!raw_irqs_disabled_flags(__behind);				\
})

/* At each of the local_irq_*() */
#define trace_irqflags_site(how, cond)	__trace_irqflags(arch_trace_irqflags, how, cond)

#define __trace_irqflags_call(how, parent_ip)	trace_irqflags_##how(parent_ip)

/* For entry and idle code, as with TRACE_IRQFLAGS */
#define trace_hardirqs_on_prepare()	__trace_irqflags(__trace_irqflags_call, on, true)
#define trace_hardirqs_off_finish()	__trace_irqflags(__trace_irqflags_call, off_entry, true)
#define trace_hardirqs_on()		__trace_irqflags(__trace_irqflags_call, on, true)
#define trace_hardirqs_off()		__trace_irqflags(__trace_irqflags_call, off, true)

#endif /* _LINUX_IRQFLAGS_TOGGLE_H */
