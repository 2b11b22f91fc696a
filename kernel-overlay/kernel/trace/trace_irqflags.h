/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KERNEL_TRACE_TRACE_IRQFLAGS_H
#define _KERNEL_TRACE_TRACE_IRQFLAGS_H

#include <linux/compiler.h>

#if defined(CONFIG_IRQFLAGS_DYNAMIC_CALL) || defined(CONFIG_IRQFLAGS_DYNAMIC_STUB)

#include <asm/irqflags_frame.h>

#else

#include <linux/irqflags_parent.h>

/* Here @frame is the return address of the calling function, or 0 if it is not known. */
struct irqflags_frame {
	unsigned long	parent;
};

static __always_inline unsigned long irqflags_frame_pointer(unsigned long frame, bool direct)
{
	return 0;
}

static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame, bool direct)
{
	to->parent = frame;
}

static inline unsigned long irqflags_frame_parent(unsigned long ip,
						  const struct irqflags_frame *saved)
{
	return irqflags_real_parent(saved->parent);
}

static inline unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame,
						 unsigned long pointer)
{
	return irqflags_real_parent(frame);
}

#endif

/*
 * How a hook calls what may use more registers than the hook does: a stub that calls
 * the hook may have saved no others.
 */
#ifndef irqflags_call_long
#define irqflags_call_long(function, ...)	function(__VA_ARGS__)
#define irqflags_call_long_value(function)	function()
#endif

typedef void (irqflags_hook_fn)(unsigned long ip, unsigned long frame);

/**
 * struct trace_irqflags_hook - what is called when interrupts go off and on
 * @off: called after they went off, or although they were off
 * @on: called before they go on, or although they are on
 * @call_off: the same as @off, to be called in place of a no-op where the
 *	architecture has such calls: it preserves all registers, and turns
 *	interrupts off by itself, if they are on. These three are all there, or none.
 * @call_entry: as @call_off, where the entry code found them turned off
 * @call_on: the same as @on
 *
 * @off and @on get the code address, and an opaque word for the frame of the function
 * that it is in: from that comes the return address of that function, by
 * irqflags_live_parent(), or by irqflags_frame_parent() later.
 *
 * They run with interrupts off, in any context, but for an @on that has nothing
 * to do, as interrupts are on; @off may be called by the entry code of an NMI,
 * and @on by its end, but by nothing in between. They must not allocate, lock or
 * sleep.
 */
struct trace_irqflags_hook {
	irqflags_hook_fn *off;
	irqflags_hook_fn *on;
#ifdef CONFIG_IRQFLAGS_DYNAMIC_CALL
	irqflags_call_fn *call_off;
	irqflags_call_fn *call_entry;
	irqflags_call_fn *call_on;
#endif
};

#ifdef CONFIG_IRQFLAGS_DYNAMIC_CALL
/* Assembly that preserves all registers, and then calls the functions below */
extern irqflags_call_fn trace_irqflags_off_thunk;
extern irqflags_call_fn trace_irqflags_entry_thunk;
extern irqflags_call_fn trace_irqflags_on_thunk;

void trace_irqflags_report_off(unsigned long ip, unsigned long frame);
void trace_irqflags_report_entry(unsigned long ip, unsigned long frame);
void trace_irqflags_report_on(unsigned long ip, unsigned long frame);
#endif

int trace_irqflags_attach(const struct trace_irqflags_hook *hook);
void trace_irqflags_detach(void);

#endif /* _KERNEL_TRACE_TRACE_IRQFLAGS_H */
