/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irqspan

#if !defined(_IRQSPAN_IPI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IRQSPAN_IPI_TRACE_H

#include <linux/tracepoint.h>

struct irqspan_late_call;

#ifndef _IRQSPAN_IPI_TRACE_REG
#define _IRQSPAN_IPI_TRACE_REG
/* See IRQSPAN_EVENT_REGISTRATION(). */
int irqspan_ipi_late_reg(void);
void irqspan_ipi_late_unreg(void);
#endif

/*
 * ipi_late - a function was called late because interrupts were off
 * @late: the call, and the span that is to blame
 *
 * Called on the CPU that runs the function, right before it does.
 */
TRACE_EVENT_FN(ipi_late,
	       TP_PROTO(const struct irqspan_late_call *late),
	       TP_ARGS(late),

	       TP_STRUCT__entry(__field(unsigned int,	from_cpu)
				__field(unsigned long,	function)
				__field(unsigned long,	call_site)
				__field(u64,		delay)
				__field(u64,		duration)
				__field(unsigned long,	caller)
				__field(unsigned long,	handler)
				__field(u64,		waited)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(fill_ipi_late(__entry, late);),

	       TP_printk("from_cpu=%u function=%ps call_site=%pS delay=%llu duration=%llu caller=%pS handler=%ps waited=%llu comm=%s pid=%d",
			 __entry->from_cpu, (void *)__entry->function,
			 (void *)__entry->call_site, __entry->delay, __entry->duration,
			 (void *)__entry->caller, (void *)__entry->handler,
			 __entry->waited, __entry->comm, __entry->pid),

	       irqspan_ipi_late_reg, irqspan_ipi_late_unreg
);

#ifdef CONFIG_PERF_EVENTS
IRQSPAN_EVENT_PERM(ipi_late)
#endif

#endif /* _IRQSPAN_IPI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ipi_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
