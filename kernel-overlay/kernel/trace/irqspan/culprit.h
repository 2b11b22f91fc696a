/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of each span with interrupts off: the fields that all events share */
#ifndef _KERNEL_TRACE_IRQSPAN_CULPRIT_H
#define _KERNEL_TRACE_IRQSPAN_CULPRIT_H

#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct irqspan_culprit - a span with interrupts off, and what caused it
 * @duration: how long interrupts were off, ns
 * @caller: code that turned them off
 * @handler: function that ran longest inside the span: a device's interrupt
 *	handler, an hrtimer callback, a function called by IPI or an irq_work; 0 if
 *	there was none
 * @handler_ns: how long @handler ran, without what interrupted it, ns
 * @handler_ago: how long before the end of the span @handler ended, ns; 0 if it had not
 * @waited: how much of @duration went by waiting for a lock, ns
 * @pid: task that ran when interrupts were turned off
 * @comm: its name
 * @interrupted: that task was interrupted, by an interrupt or a softirq, which turned them off
 */
struct irqspan_culprit {
	u64			duration;
	unsigned long		caller;
	unsigned long		handler;
	u64			handler_ns;
	u64			handler_ago;
	u64			waited;
	pid_t			pid;
	char			comm[TASK_COMM_LEN];
	bool			interrupted;
};

/* Copy what every event tells of a span to the entry of an event. */
#define irqspan_fill_culprit(entry, span) do {				\
	typeof(entry) __entry = (entry);				\
	const struct irqspan_culprit *__span = (span);			\
									\
	__entry->duration	= __span->duration;			\
	__entry->caller		= __span->caller;			\
	__entry->handler	= __span->handler;			\
	__entry->waited		= __span->waited;			\
	__entry->pid		= __span->pid;				\
	memcpy(__entry->comm, __span->comm, TASK_COMM_LEN);		\
} while (0)

/**
 * irqspan_name_no_handler - say that no function is known to be to blame
 * @culprit: the span that it would have been named for
 *
 * Context: any.
 */
static __always_inline void irqspan_name_no_handler(struct irqspan_culprit *culprit)
{
	culprit->handler = 0;
	culprit->handler_ns = 0;
	culprit->handler_ago = 0;
}

#endif /* _KERNEL_TRACE_IRQSPAN_CULPRIT_H */
