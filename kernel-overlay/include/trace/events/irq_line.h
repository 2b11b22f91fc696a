/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irq_line

#if !defined(_TRACE_IRQ_LINE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IRQ_LINE_H

#include <linux/irq.h>
#include <linux/tracepoint.h>

#ifndef _TRACE_IRQ_LINE_OPS
#define _TRACE_IRQ_LINE_OPS
/**
 * enum irq_line_op - what is asked of an interrupt line
 * @IRQ_LINE_DISABLE: disable_irq() and its variants
 * @IRQ_LINE_ENABLE: enable_irq()
 * @IRQ_LINE_SPURIOUS: disable it, after too many interrupts that nobody handled
 * @IRQ_LINE_SUSPEND: disable it, because the system is suspended
 * @IRQ_LINE_RESUME: enable it, because the system is resumed
 * @IRQ_LINE_SETUP: its first handler was installed
 * @IRQ_LINE_FREE: its last handler is about to be removed
 */
enum irq_line_op {
	IRQ_LINE_DISABLE,
	IRQ_LINE_ENABLE,
	IRQ_LINE_SPURIOUS,
	IRQ_LINE_SUSPEND,
	IRQ_LINE_RESUME,
	IRQ_LINE_SETUP,
	IRQ_LINE_FREE,
};
#endif

TRACE_DEFINE_ENUM(IRQ_LINE_DISABLE);
TRACE_DEFINE_ENUM(IRQ_LINE_ENABLE);
TRACE_DEFINE_ENUM(IRQ_LINE_SPURIOUS);
TRACE_DEFINE_ENUM(IRQ_LINE_SUSPEND);
TRACE_DEFINE_ENUM(IRQ_LINE_RESUME);
TRACE_DEFINE_ENUM(IRQ_LINE_SETUP);
TRACE_DEFINE_ENUM(IRQ_LINE_FREE);

#define show_irq_line_op(op)				\
	__print_symbolic(op,				\
		{ IRQ_LINE_DISABLE,	"disable" },	\
		{ IRQ_LINE_ENABLE,	"enable" },	\
		{ IRQ_LINE_SPURIOUS,	"spurious" },	\
		{ IRQ_LINE_SUSPEND,	"suspend" },	\
		{ IRQ_LINE_RESUME,	"resume" },	\
		{ IRQ_LINE_SETUP,	"setup" },	\
		{ IRQ_LINE_FREE,	"free" })

TRACE_DEFINE_ENUM(IRQD_IRQ_DISABLED);
TRACE_DEFINE_ENUM(IRQD_IRQ_MASKED);

#define show_irq_line_state(state)					\
	__print_symbolic(state,						\
		{ 0,				"enabled" },		\
		{ IRQD_IRQ_DISABLED,		"disabled" },		\
		{ IRQD_IRQ_MASKED,		"masked" },		\
		{ IRQD_IRQ_DISABLED | IRQD_IRQ_MASKED, "disabled|masked" })

/**
 * irq_line_request - a request to disable or enable a line
 * @irq: interrupt number
 * @name: of the line's first handler, else of its chip
 * @op: what is asked for
 * @depth: how many disables are in force; called before @op changes it
 * @caller: code that called the exported function; 0 if the core itself asks. For what
 *	 devres frees it is in devm_irq_release(), for NMIs in enable_nmi() or
 *	 disable_nmi_nosync()
 * @pending: an interrupt is waiting for the line to be enabled
 *
 * Whether the state of the line changes depends on @depth: irq_line_state tells. An
 * %IRQ_LINE_ENABLE without a disable has a @depth of 0, and no effect.
 *
 * desc->lock is held, but for %IRQ_LINE_SPURIOUS.
 *
 * Per-CPU interrupts are not covered, which are disabled on each CPU by itself.
 */
TRACE_EVENT(irq_line_request,
	    TP_PROTO(unsigned int irq, const char *name, enum irq_line_op op,
		     unsigned int depth, unsigned long caller, bool pending),
	    TP_ARGS(irq, name, op, depth, caller, pending),

	    TP_STRUCT__entry(__field(unsigned int,	irq)
			     __string(name,		name)
			     __field(unsigned int,	op)
			     __field(unsigned int,	depth)
			     __field(unsigned long,	caller)
			     __field(bool,		pending)),

	    TP_fast_assign(__entry->irq		= irq;
			   __assign_str(name);
			   __entry->op		= op;
			   __entry->depth	= depth;
			   __entry->caller	= caller;
			   __entry->pending	= pending;),

	    TP_printk("irq=%u name=%s op=%s depth=%u caller=%pS pending=%d", __entry->irq,
		      __get_str(name), show_irq_line_op(__entry->op), __entry->depth,
		      (void *)__entry->caller, __entry->pending)
);

/**
 * irq_line_state - a line becomes disabled, enabled, masked or unmasked
 * @irq: interrupt number
 * @name: of the line's first handler, else of its chip
 * @old_state: %IRQD_IRQ_DISABLED and %IRQD_IRQ_MASKED as they were
 * @state: as they will be; called right before they change, and only if they do
 * @depth: how many disables are in force
 * @pending: an interrupt is waiting for the line to be enabled
 * @flags: IRQF_* of the line's first handler
 * @handler: function that the first handler's driver has for hard interrupt context.
 *	  0 if it only has a thread function, or if its interrupts are forced into a
 *	  thread; then @thread_fn is the driver's
 * @thread_fn: function that the first handler's thread calls; 0 if it has none
 *
 * Where both @handler and @thread_fn are 0, no driver has requested the line, or the
 * handler of an interrupt controller is chained to it: no device waits for it.
 *
 * desc->lock is held, but after %IRQ_LINE_SPURIOUS.
 *
 * Not seen are what a chip's functions are called for without the core keeping the
 * state, such as for chained and per-CPU interrupts and while an interrupt moves to
 * another CPU; and a managed interrupt that is shut down when the last of its CPUs
 * goes offline, which no tracepoint is called on any more. Masking is the work of the
 * flow handlers: these have no caller to report.
 */
TRACE_EVENT(irq_line_state,
	    TP_PROTO(unsigned int irq, const char *name, unsigned int old_state,
		     unsigned int state, unsigned int depth, bool pending,
		     unsigned long flags, unsigned long handler, unsigned long thread_fn),
	    TP_ARGS(irq, name, old_state, state, depth, pending, flags, handler, thread_fn),

	    TP_STRUCT__entry(__field(unsigned int,	irq)
			     __string(name,		name)
			     __field(unsigned int,	old_state)
			     __field(unsigned int,	state)
			     __field(unsigned int,	depth)
			     __field(bool,		pending)
			     __field(unsigned long,	flags)
			     __field(unsigned long,	handler)
			     __field(unsigned long,	thread_fn)),

	    TP_fast_assign(__entry->irq		= irq;
			   __assign_str(name);
			   __entry->old_state	= old_state;
			   __entry->state	= state;
			   __entry->depth	= depth;
			   __entry->pending	= pending;
			   __entry->flags	= flags;
			   __entry->handler	= handler;
			   __entry->thread_fn	= thread_fn;),

	    TP_printk("irq=%u name=%s old_state=%s state=%s depth=%u pending=%d flags=0x%lx handler=%ps thread_fn=%ps",
		      __entry->irq, __get_str(name), show_irq_line_state(__entry->old_state),
		      show_irq_line_state(__entry->state), __entry->depth,
		      __entry->pending, __entry->flags, (void *)__entry->handler,
		      (void *)__entry->thread_fn)
);

#endif /* _TRACE_IRQ_LINE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
