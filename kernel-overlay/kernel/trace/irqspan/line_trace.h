/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irqspan

#if !defined(_IRQSPAN_LINE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IRQSPAN_LINE_TRACE_H

#include <linux/tracepoint.h>

struct line_span;

#ifndef _IRQSPAN_LINE_TRACE_REG
#define _IRQSPAN_LINE_TRACE_REG
/* See IRQSPAN_EVENT_REGISTRATION(). */
int irqspan_line_span_reg(void);
void irqspan_line_span_unreg(void);
#endif

TRACE_DEFINE_ENUM(IRQSPAN_KIND_DISABLE);
TRACE_DEFINE_ENUM(IRQSPAN_KIND_HARDIRQ);
TRACE_DEFINE_ENUM(IRQSPAN_KIND_ONESHOT);
TRACE_DEFINE_ENUM(IRQSPAN_KIND_SPURIOUS);
TRACE_DEFINE_ENUM(IRQSPAN_KIND_SUSPEND);
TRACE_DEFINE_ENUM(IRQSPAN_KIND_SHUTDOWN);

#define show_irqspan_kind(kind)					\
	__print_symbolic(kind,					\
		{ IRQSPAN_KIND_DISABLE,		"disable" },	\
		{ IRQSPAN_KIND_HARDIRQ,		"hardirq" },	\
		{ IRQSPAN_KIND_ONESHOT,		"oneshot" },	\
		{ IRQSPAN_KIND_SPURIOUS,	"spurious" },	\
		{ IRQSPAN_KIND_SUSPEND,		"suspend" },	\
		{ IRQSPAN_KIND_SHUTDOWN,	"shutdown" })

/*
 * line_span - an interrupt line is on again
 * @span: what is known of the time it was off
 *
 * Called with interrupts off, and with the line's desc->lock held, except where a spurious
 * interrupt has disabled the line.
 */
TRACE_EVENT_FN(line_span,
	       TP_PROTO(const struct line_span *span),
	       TP_ARGS(span),

	       TP_STRUCT__entry(__field(unsigned int,	irq)
				__array(char,		name,	IRQSPAN_NAME_LEN)
				__field(u64,		duration)
				__field(unsigned long,	caller)
				__field(unsigned long,	end_caller)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)
				__field(unsigned int,	cpu_off)
				__field(unsigned int,	depth)
				__field(unsigned int,	kind)
				__field(bool,		pending)
				__field(unsigned long,	last_caller)),

	       TP_fast_assign(fill_line_span(__entry, span);),

	       TP_printk("irq=%u name=%s duration=%llu caller=%pS end_caller=%pS comm=%s pid=%d cpu_off=%u depth=%u kind=%s pending=%d last_caller=%pS",
			 __entry->irq, __entry->name, __entry->duration,
			 (void *)__entry->caller, (void *)__entry->end_caller,
			 __entry->comm, __entry->pid, __entry->cpu_off, __entry->depth,
			 show_irqspan_kind(__entry->kind), __entry->pending,
			 (void *)__entry->last_caller),

	       irqspan_line_span_reg, irqspan_line_span_unreg
);

#ifdef CONFIG_PERF_EVENTS
IRQSPAN_EVENT_PERM(line_span)
#endif

#endif /* _IRQSPAN_LINE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE line_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
