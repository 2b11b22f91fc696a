/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM irqspan

#if !defined(_TRACE_IRQSPAN_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IRQSPAN_H

#include <linux/tracepoint.h>

struct irqspan_late;
struct irqspan_line;
struct irqspan_local;
struct irqspan_migrate;
struct irqspan_wake;

#ifndef _TRACE_IRQSPAN_REG
#define _TRACE_IRQSPAN_REG
/* A user of an event starts the measuring that feeds it. */
int irqspan_local_span_reg(void);
void irqspan_local_span_unreg(void);
int irqspan_line_span_reg(void);
void irqspan_line_span_unreg(void);
int irqspan_ipi_late_reg(void);
void irqspan_ipi_late_unreg(void);
int irqspan_timers_reg(void);
void irqspan_timers_unreg(void);
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

TRACE_DEFINE_ENUM(IRQSPAN_TIMER_HRTIMER);
TRACE_DEFINE_ENUM(IRQSPAN_TIMER_WHEEL);

#define show_irqspan_timer_class(class)				\
	__print_symbolic(class,					\
		{ IRQSPAN_TIMER_HRTIMER,	"hrtimer" },	\
		{ IRQSPAN_TIMER_WHEEL,		"wheel" })

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
				__field(unsigned int,	context)),

	       TP_fast_assign(irqspan_local_fill(__entry, span);),

	       TP_printk("duration=%llu caller=%pS parent=%pS end_caller=%pS end_parent=%pS comm=%s pid=%d context=%s",
			 __entry->duration, (void *)__entry->caller,
			 (void *)__entry->parent, (void *)__entry->end_caller,
			 (void *)__entry->end_parent, __entry->comm, __entry->pid,
			 show_irqspan_context(__entry->context)),

	       irqspan_local_span_reg, irqspan_local_span_unreg
);

/*
 * line_span - an interrupt line is on again
 * @span: what is known of the time it was off
 *
 * Called with the line's desc->lock held, but for a spurious interrupt, and with
 * interrupts off.
 */
TRACE_EVENT_FN(line_span,
	       TP_PROTO(const struct irqspan_line *span),
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
				__field(bool,		pending)),

	       TP_fast_assign(irqspan_line_fill(__entry, span);),

	       TP_printk("irq=%u name=%s duration=%llu caller=%pS end_caller=%pS comm=%s pid=%d cpu_off=%u depth=%u kind=%s pending=%d",
			 __entry->irq, __entry->name, __entry->duration,
			 (void *)__entry->caller, (void *)__entry->end_caller,
			 __entry->comm, __entry->pid, __entry->cpu_off, __entry->depth,
			 show_irqspan_kind(__entry->kind), __entry->pending),

	       irqspan_line_span_reg, irqspan_line_span_unreg
);

/*
 * ipi_late - a function was called late since interrupts were off
 * @late: the call, and the span that is to blame
 *
 * Called on the CPU that runs the function, right before it does.
 */
TRACE_EVENT_FN(ipi_late,
	       TP_PROTO(const struct irqspan_late *late),
	       TP_ARGS(late),

	       TP_STRUCT__entry(__field(unsigned int,	from_cpu)
				__field(unsigned long,	function)
				__field(unsigned long,	call_site)
				__field(u64,		delay)
				__field(u64,		duration)
				__field(unsigned long,	caller)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(irqspan_late_fill(__entry, late);),

	       TP_printk("from_cpu=%u function=%ps call_site=%pS delay=%llu duration=%llu caller=%pS comm=%s pid=%d",
			 __entry->from_cpu, (void *)__entry->function,
			 (void *)__entry->call_site, __entry->delay, __entry->duration,
			 (void *)__entry->caller, __entry->comm, __entry->pid),

	       irqspan_ipi_late_reg, irqspan_ipi_late_unreg
);

/*
 * timer_migrate - a timer leaves the CPU that armed it
 * @migrate: the timer, and who armed it
 *
 * Called when it is queued on another CPU, or when another CPU is about to
 * expire it.
 */
TRACE_EVENT_FN(timer_migrate,
	       TP_PROTO(const struct irqspan_migrate *migrate),
	       TP_ARGS(migrate),

	       TP_STRUCT__entry(__field(const void *,	timer)
				__field(unsigned long,	function)
				__field(unsigned int,	class)
				__field(unsigned int,	from_cpu)
				__field(unsigned int,	to_cpu)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(irqspan_migrate_fill(__entry, migrate);),

	       TP_printk("timer=%p function=%ps class=%s from_cpu=%u to_cpu=%u comm=%s pid=%d",
			 __entry->timer, (void *)__entry->function,
			 show_irqspan_timer_class(__entry->class), __entry->from_cpu,
			 __entry->to_cpu, __entry->comm, __entry->pid),

	       irqspan_timers_reg, irqspan_timers_unreg
);

/*
 * remote_wake - a timer that expires far from its CPU sends an IPI back
 * @wake: the timer, and who armed it
 *
 * Called on the CPU that runs the timer's function, before it sends.
 */
TRACE_EVENT_FN(remote_wake,
	       TP_PROTO(const struct irqspan_wake *wake),
	       TP_ARGS(wake),

	       TP_STRUCT__entry(__field(unsigned long,	function)
				__field(unsigned int,	armed_cpu)
				__field(unsigned int,	expired_cpu)
				__array(char,		comm,	TASK_COMM_LEN)
				__field(pid_t,		pid)),

	       TP_fast_assign(irqspan_wake_fill(__entry, wake);),

	       TP_printk("function=%ps armed_cpu=%u expired_cpu=%u comm=%s pid=%d",
			 (void *)__entry->function, __entry->armed_cpu,
			 __entry->expired_cpu, __entry->comm, __entry->pid),

	       irqspan_timers_reg, irqspan_timers_unreg
);

#endif /* _TRACE_IRQSPAN_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
