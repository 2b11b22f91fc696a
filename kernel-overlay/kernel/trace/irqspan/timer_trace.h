/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irqspan

#if !defined(_IRQSPAN_TIMER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IRQSPAN_TIMER_TRACE_H

#include <linux/tracepoint.h>

struct irqspan_timer_late;
struct irqspan_timer_migrate;
struct irqspan_remote_wake;

#ifndef _IRQSPAN_TIMER_TRACE_REG
#define _IRQSPAN_TIMER_TRACE_REG
int irqspan_timer_late_reg(void);
void irqspan_timer_late_unreg(void);
int irqspan_timer_migrate_reg(void);
void irqspan_timer_migrate_unreg(void);
int irqspan_remote_wake_reg(void);
void irqspan_remote_wake_unreg(void);
#endif

TRACE_DEFINE_ENUM(IRQSPAN_TIMER_HRTIMER);
TRACE_DEFINE_ENUM(IRQSPAN_TIMER_WHEEL);

#define show_irqspan_timer_kind(kind)				\
	__print_symbolic(kind,					\
		{ IRQSPAN_TIMER_HRTIMER,	"hrtimer" },	\
		{ IRQSPAN_TIMER_WHEEL,		"wheel" })

/*
 * timer_late - a timer's function is entered late because interrupts were off
 * @late: the timer, and the span that is to blame
 *
 * Called on the CPU that is about to enter the function.
 */
TRACE_EVENT_FN(timer_late,
	       TP_PROTO(const struct irqspan_timer_late *late),
	       TP_ARGS(late),

	       TP_STRUCT__entry(__field(unsigned int,	kind)
				__field(unsigned long,	function)
				__field(u64,		late)
				__field(u64,		duration)
				__field(unsigned long,	caller)
				__field(unsigned long,	handler)
				__field(u64,		waited)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(fill_timer_late(__entry, late);),

	       TP_printk("kind=%s function=%ps late=%llu duration=%llu caller=%pS handler=%ps waited=%llu comm=%s pid=%d",
			 show_irqspan_timer_kind(__entry->kind), (void *)__entry->function,
			 __entry->late, __entry->duration, (void *)__entry->caller,
			 (void *)__entry->handler, __entry->waited, __entry->comm,
			 __entry->pid),

	       irqspan_timer_late_reg, irqspan_timer_late_unreg
);

/*
 * timer_migrate - a timer leaves the CPU that armed it
 * @migrate: the timer, and the task that armed it
 *
 * Called when it is queued on another CPU, or when another CPU is about to
 * expire it.
 */
TRACE_EVENT_FN(timer_migrate,
	       TP_PROTO(const struct irqspan_timer_migrate *migrate),
	       TP_ARGS(migrate),

	       TP_STRUCT__entry(__field(const void *,	timer)
				__field(unsigned long,	function)
				__field(unsigned int,	kind)
				__field(unsigned int,	from_cpu)
				__field(unsigned int,	to_cpu)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(fill_timer_migrate(__entry, migrate);),

	       TP_printk("timer=%p function=%ps kind=%s from_cpu=%u to_cpu=%u comm=%s pid=%d",
			 __entry->timer, (void *)__entry->function,
			 show_irqspan_timer_kind(__entry->kind), __entry->from_cpu,
			 __entry->to_cpu, __entry->comm, __entry->pid),

	       irqspan_timer_migrate_reg, irqspan_timer_migrate_unreg
);

/*
 * remote_wake - a timer that another CPU armed expires, and sends an IPI back to that CPU
 * @wake: the timer, and the task that armed it
 *
 * Called on the CPU that runs the timer's function, before it sends.
 */
TRACE_EVENT_FN(remote_wake,
	       TP_PROTO(const struct irqspan_remote_wake *wake),
	       TP_ARGS(wake),

	       TP_STRUCT__entry(__field(unsigned long,	function)
				__field(unsigned int,	armed_cpu)
				__field(unsigned int,	expired_cpu)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(fill_remote_wake(__entry, wake);),

	       TP_printk("function=%ps armed_cpu=%u expired_cpu=%u comm=%s pid=%d",
			 (void *)__entry->function, __entry->armed_cpu,
			 __entry->expired_cpu, __entry->comm, __entry->pid),

	       irqspan_remote_wake_reg, irqspan_remote_wake_unreg
);

#ifdef CONFIG_PERF_EVENTS
IRQSPAN_EVENT_PERM(timer_late)
IRQSPAN_EVENT_PERM(timer_migrate)
IRQSPAN_EVENT_PERM(remote_wake)
#endif

#endif /* _IRQSPAN_TIMER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE timer_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
