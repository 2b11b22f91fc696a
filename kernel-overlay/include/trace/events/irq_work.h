/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irq_work

#if !defined(_TRACE_IRQ_WORK_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IRQ_WORK_H

#include <linux/irq_work.h>
#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(irq_work_func,
		    TP_PROTO(struct irq_work *work),
		    TP_ARGS(work),
		    TP_STRUCT__entry(__field(void *, work)
				     __field(void *, func)),
		    TP_fast_assign(__entry->work = work;
				   __entry->func = work->func;),
		    TP_printk("work=%p func=%ps", __entry->work, __entry->func)
);

/**
 * irq_work_func_entry - called immediately before the function of an irq_work
 * @work: the irq_work
 *
 * Together with irq_work_func_exit this tells how long the function took. On
 * most architectures it runs in an interrupt, with interrupts disabled.
 */
DEFINE_EVENT(irq_work_func, irq_work_func_entry,
	     TP_PROTO(struct irq_work *work),
	     TP_ARGS(work));

/**
 * irq_work_func_exit - called immediately after the function of an irq_work
 * @work: the irq_work
 */
DEFINE_EVENT(irq_work_func, irq_work_func_exit,
	     TP_PROTO(struct irq_work *work),
	     TP_ARGS(work));

#ifdef CONFIG_PERF_EVENTS
/* A sample queues an irq_work, which would be the next sample. */
TRACE_EVENT_PERF_PERM(irq_work_func_entry, is_sampling_event(p_event) ? -EPERM : 0);
TRACE_EVENT_PERF_PERM(irq_work_func_exit, is_sampling_event(p_event) ? -EPERM : 0);
#endif

#endif /* _TRACE_IRQ_WORK_H */

#include <trace/define_trace.h>
