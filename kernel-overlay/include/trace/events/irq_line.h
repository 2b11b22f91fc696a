/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irq_line

#if !defined(_TRACE_IRQ_LINE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IRQ_LINE_H

#include <linux/tracepoint.h>

struct irq_desc;

#ifndef _TRACE_IRQ_LINE_OPS
#define _TRACE_IRQ_LINE_OPS
/**
 * enum irq_line_op - what is asked of an interrupt line
 * @IRQ_LINE_NONE: nothing; never traced
 * @IRQ_LINE_DISABLE: disable_irq() and its kin
 * @IRQ_LINE_ENABLE: enable_irq()
 * @IRQ_LINE_SPURIOUS: too many interrupts that nobody handled
 * @IRQ_LINE_SUSPEND: the system goes to sleep
 * @IRQ_LINE_RESUME: the system wakes up
 * @IRQ_LINE_FREE: a handler is about to be removed
 */
enum irq_line_op {
	IRQ_LINE_NONE,
	IRQ_LINE_DISABLE,
	IRQ_LINE_ENABLE,
	IRQ_LINE_SPURIOUS,
	IRQ_LINE_SUSPEND,
	IRQ_LINE_RESUME,
	IRQ_LINE_FREE,
};
#endif

TRACE_DEFINE_ENUM(IRQ_LINE_DISABLE);
TRACE_DEFINE_ENUM(IRQ_LINE_ENABLE);
TRACE_DEFINE_ENUM(IRQ_LINE_SPURIOUS);
TRACE_DEFINE_ENUM(IRQ_LINE_SUSPEND);
TRACE_DEFINE_ENUM(IRQ_LINE_RESUME);
TRACE_DEFINE_ENUM(IRQ_LINE_FREE);

#define show_irq_line_op(op)				\
	__print_symbolic(op,				\
		{ IRQ_LINE_DISABLE,	"disable" },	\
		{ IRQ_LINE_ENABLE,	"enable" },	\
		{ IRQ_LINE_SPURIOUS,	"spurious" },	\
		{ IRQ_LINE_SUSPEND,	"suspend" },	\
		{ IRQ_LINE_RESUME,	"resume" },	\
		{ IRQ_LINE_FREE,	"free" })

/**
 * irq_line_request - somebody is about to disable or to enable a line
 * @desc: descriptor of the line; desc->lock is held but for %IRQ_LINE_SPURIOUS
 * @op: what is asked for
 * @ip: code that asks, outside of the interrupt core, 0 if there is none
 * @pending: an interrupt is waiting for the line to be enabled
 *
 * Called before desc->depth changes. Whether the state of the line changes, too,
 * depends on that depth; irq_line_state tells.
 */
TRACE_EVENT(irq_line_request,
	    TP_PROTO(struct irq_desc *desc, enum irq_line_op op, unsigned long ip, bool pending),
	    TP_ARGS(desc, op, ip, pending),

	    TP_STRUCT__entry(__field(unsigned int,	irq)
			     __field(unsigned int,	depth)
			     __field(unsigned int,	op)
			     __field(unsigned long,	ip)
			     __field(bool,		pending)),

	    TP_fast_assign(__entry->irq		= desc->irq_data.irq;
			   __entry->depth	= desc->depth;
			   __entry->op		= op;
			   __entry->ip		= ip;
			   __entry->pending	= pending;),

	    TP_printk("irq=%u op=%s depth=%u caller=%pS pending=%d", __entry->irq,
		      show_irq_line_op(__entry->op), __entry->depth,
		      (void *)__entry->ip, __entry->pending)
);

/**
 * irq_line_state - a line became disabled, enabled, masked or unmasked
 * @desc: descriptor of the line; desc->lock is held but after %IRQ_LINE_SPURIOUS
 * @was_disabled: state before; the descriptor has the new one
 * @was_masked: likewise
 * @pending: an interrupt is waiting for the line to be enabled
 *
 * Called only if one of the two states did change.
 */
TRACE_EVENT(irq_line_state,
	    TP_PROTO(struct irq_desc *desc, bool was_disabled, bool was_masked, bool pending),
	    TP_ARGS(desc, was_disabled, was_masked, pending),

	    TP_STRUCT__entry(__field(unsigned int,	irq)
			     __field(bool,		was_disabled)
			     __field(bool,		was_masked)
			     __field(bool,		disabled)
			     __field(bool,		masked)
			     __field(bool,		pending)),

	    TP_fast_assign(__entry->irq		 = desc->irq_data.irq;
			   __entry->was_disabled = was_disabled;
			   __entry->was_masked	 = was_masked;
			   __entry->disabled	 = irqd_irq_disabled(&desc->irq_data);
			   __entry->masked	 = irqd_irq_masked(&desc->irq_data);
			   __entry->pending	 = pending;),

	    TP_printk("irq=%u disabled=%d->%d masked=%d->%d pending=%d", __entry->irq,
		      __entry->was_disabled, __entry->disabled,
		      __entry->was_masked, __entry->masked, __entry->pending)
);

#endif /* _TRACE_IRQ_LINE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
