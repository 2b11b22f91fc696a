/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irqspan

#if !defined(_IRQSPAN_LOCAL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IRQSPAN_LOCAL_TRACE_H

#include <linux/tracepoint.h>

struct irqspan_local;

#ifndef _IRQSPAN_LOCAL_TRACE_REG
#define _IRQSPAN_LOCAL_TRACE_REG
/* See IRQSPAN_EVENT_REGISTRATION(). */
int irqspan_local_span_reg(void);
void irqspan_local_span_unreg(void);
#endif

TRACE_DEFINE_ENUM(IRQSPAN_CTX_TASK);
TRACE_DEFINE_ENUM(IRQSPAN_CTX_SOFTIRQ);
TRACE_DEFINE_ENUM(IRQSPAN_CTX_HARDIRQ);
TRACE_DEFINE_ENUM(IRQSPAN_CTX_NMI);
TRACE_DEFINE_ENUM(IRQSPAN_CTX_IDLE);

#define show_irqspan_context(context)				\
	__print_symbolic(context,				\
		{ IRQSPAN_CTX_TASK,		"task" },	\
		{ IRQSPAN_CTX_SOFTIRQ,		"softirq" },	\
		{ IRQSPAN_CTX_HARDIRQ,		"hardirq" },	\
		{ IRQSPAN_CTX_NMI,		"nmi" },	\
		{ IRQSPAN_CTX_IDLE,		"idle" })

/*
 * local_span - a CPU turned its interrupts on again
 * @span: what is known of the time they were off
 *
 * Called with interrupts off, right before they go on; in NMI, too.
 */
TRACE_EVENT_FN(local_span,
	       TP_PROTO(const struct irqspan_local *span),
	       TP_ARGS(span),

	       TP_STRUCT__entry(__field(u64,		duration)
				__field(unsigned long,	caller)
				__field(unsigned long,	parent)
				__field(unsigned long,	end_caller)
				__field(unsigned long,	end_parent)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)
				__field(unsigned int,	context)
				__field(unsigned long,	handler)
				__field(u64,		handler_ns)
				__field(u64,		waited)),

	       TP_fast_assign(irqspan_local_fill(__entry, span);),

	       TP_printk("duration=%llu caller=%pS parent=%pS end_caller=%pS end_parent=%pS comm=%s pid=%d context=%s handler=%ps handler_ns=%llu waited=%llu",
			 __entry->duration, (void *)__entry->caller,
			 (void *)__entry->parent, (void *)__entry->end_caller,
			 (void *)__entry->end_parent, __entry->comm, __entry->pid,
			 show_irqspan_context(__entry->context), (void *)__entry->handler,
			 __entry->handler_ns, __entry->waited),

	       irqspan_local_span_reg, irqspan_local_span_unreg
);

#ifdef CONFIG_PERF_EVENTS
IRQSPAN_EVENT_PERM(local_span)
#endif

#endif /* _IRQSPAN_LOCAL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE local_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
