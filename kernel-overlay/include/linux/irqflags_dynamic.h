/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracing of the irq flags that costs one no-op where nobody traces: the
 * local_irq_*() macros, and what the entry code expands to.
 *
 * Only to be included by linux/irqflags.h. The headers that define static keys and
 * atomics depend on that one, so a static branch is used as the architecture has it.
 */
#ifndef _LINUX_IRQFLAGS_DYNAMIC_H
#define _LINUX_IRQFLAGS_DYNAMIC_H

#include <linux/compiler.h>
#include <linux/instruction_pointer.h>

#if defined(CONFIG_IRQFLAGS_DYNAMIC_CALL) || defined(CONFIG_IRQFLAGS_DYNAMIC_STUB)

/*
 * The architecture has a no-op that becomes a call to what preserves all registers:
 * no branch, no arguments, and nothing that the compiler has to know of.
 */
#include <asm/irqflags_dynamic.h>

/* For entry and idle code, as with TRACE_IRQFLAGS */
#define trace_hardirqs_on_prepare()	arch_trace_irqflags(on)
#define trace_hardirqs_off_finish()	arch_trace_irqflags(entry)
#define trace_hardirqs_on()		arch_trace_irqflags(on)
#define trace_hardirqs_off()		arch_trace_irqflags(entry)

#define trace_irqflags_before_enable()	arch_trace_irqflags(on)

#ifdef arch_trace_irqflags_restore
#define trace_irqflags_before_restore(flags)	arch_trace_irqflags_restore(flags)
#else
/* raw_local_irq_restore() tests @flags as well: compilers do that once for both. */
#define trace_irqflags_before_restore(flags)				\
	do {								\
		if (!raw_irqs_disabled_flags(flags))			\
			arch_trace_irqflags(on);			\
	} while (0)
#endif

/* What is called looks whether interrupts are on, and turns them off itself. */
#define local_irq_disable()						\
	do {								\
		arch_trace_irqflags(off);				\
		raw_local_irq_disable();				\
	} while (0)

#ifndef arch_irq_disable_saved
#define arch_irq_disable_saved(flags)					\
	do {								\
		(void)(flags);						\
		raw_local_irq_disable();				\
	} while (0)
#endif

/*
 * @flags may be a variable that an interrupt handler also writes: it is written only when
 * interrupts are off.
 */
#define local_irq_save(flags)						\
	do {								\
		unsigned long __irq_saved;				\
									\
		typecheck(unsigned long, flags);			\
		raw_local_save_flags(__irq_saved);			\
		arch_trace_irqflags(off);				\
		arch_irq_disable_saved(__irq_saved);			\
		flags = __irq_saved;					\
	} while (0)

#else /* !CONFIG_IRQFLAGS_DYNAMIC_CALL && !CONFIG_IRQFLAGS_DYNAMIC_STUB */

struct static_key;
#include <asm/jump_label.h>

extern struct static_key_false trace_irqflags_key;

void trace_irqflags_on(unsigned long parent_ip);
void trace_irqflags_off(unsigned long parent_ip);
void trace_irqflags_entry(unsigned long parent_ip);

/*
 * The function called takes its return address for the place where this expands:
 * the address of a label here would keep compilers from inlining, or make them
 * take the label for a branch target. Behind a barrier() it is no tail call.
 */
#define __trace_irqflags(what, cond)					\
do {									\
	if (unlikely_notrace(arch_static_branch((struct static_key *)	\
						&trace_irqflags_key, false)) && \
	    (cond)) {							\
		trace_irqflags_##what(_RET_IP_);			\
		barrier();						\
	}								\
} while (0)

/* For entry and idle code, as with TRACE_IRQFLAGS */
#define trace_hardirqs_on_prepare()	__trace_irqflags(on, true)
#define trace_hardirqs_off_finish()	__trace_irqflags(entry, true)
#define trace_hardirqs_on()		__trace_irqflags(on, true)
#define trace_hardirqs_off()		__trace_irqflags(off, true)

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

#define trace_irqflags_before_enable()	__trace_irqflags(on, true)
#define trace_irqflags_before_restore(flags)				\
	__trace_irqflags(on, trace_irqflags_were_on(flags))

/* Whether they were on before is for trace_irqflags_off() to know. */
#define local_irq_disable()						\
	do {								\
		raw_local_irq_disable();				\
		__trace_irqflags(off, true);				\
	} while (0)

#define local_irq_save(flags)						\
	do {								\
		unsigned long __irq_saved;				\
									\
		typecheck(unsigned long, flags);			\
		raw_local_irq_save(__irq_saved);			\
		__trace_irqflags(off, trace_irqflags_were_on(__irq_saved)); \
		flags = __irq_saved;					\
	} while (0)

#endif /* !CONFIG_IRQFLAGS_DYNAMIC_CALL && !CONFIG_IRQFLAGS_DYNAMIC_STUB */

#define local_irq_enable()						\
	do {								\
		trace_irqflags_before_enable();				\
		raw_local_irq_enable();					\
	} while (0)

#define local_irq_restore(flags)					\
	do {								\
		unsigned long __irq_restored = (flags);			\
									\
		typecheck(unsigned long, flags);			\
		trace_irqflags_before_restore(__irq_restored);		\
		raw_local_irq_restore(__irq_restored);			\
	} while (0)

#endif /* _LINUX_IRQFLAGS_DYNAMIC_H */
