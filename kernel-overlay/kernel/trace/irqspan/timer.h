/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that watch timers share: timer.c has the hooks, timer_origin.c remembers
 * how timers were armed, timer_late.c finds out why they are late.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_TIMER_H
#define _KERNEL_TRACE_IRQSPAN_TIMER_H

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

#include "irqspan.h"
#include "table.h"

enum irqspan_timer_kind {
	IRQSPAN_TIMER_HRTIMER,
	IRQSPAN_TIMER_WHEEL,
};

/* timer.c */

/* Indices of irqspan_timer_events */
enum {
	IRQSPAN_EVENT_TIMER_LATE,
	IRQSPAN_EVENT_TIMER_MIGRATE,
	IRQSPAN_EVENT_REMOTE_WAKE,
	IRQSPAN_NR_TIMER_EVENTS,
};

extern struct irqspan_event irqspan_timer_events[IRQSPAN_NR_TIMER_EVENTS];

/* timer_late.c */

/**
 * struct irqspan_timer_late - a timer that is late because interrupts were off
 * @kind: &enum irqspan_timer_kind
 * @function: its function
 * @late: how late it is, ns
 * @culprit: the span that is to blame
 */
struct irqspan_timer_late {
	enum irqspan_timer_kind		kind;
	unsigned long			function;
	u64				late;
	const struct irqspan_culprit	*culprit;
};

void irqspan_note_late_tick(void);
bool irqspan_blame_for_hrtimer(unsigned long function, u64 late);
void irqspan_blame_for_wheel_timer(unsigned long function, unsigned long expiry, u64 armed_at);
void irqspan_forget_late_ticks(unsigned int cpu);

/* timer_origin.c */

/**
 * struct irqspan_origin - how a timer was armed; a row of the table of origins
 * @timer: the timer, by which the row is found
 * @armed_at: ktime_get_mono_fast_ns() when it was armed
 * @armed_cpu: CPU that armed it
 * @queued_cpu: CPU whose base it is queued on
 * @pid: task that armed it; 0 if an interrupt did
 * @comm: name of that task; empty if an interrupt did
 * @kind: &enum irqspan_timer_kind
 */
struct irqspan_origin {
	unsigned long		timer;
	u64			armed_at;
	unsigned int		armed_cpu;
	unsigned int		queued_cpu;
	pid_t			pid;
	char			comm[TASK_COMM_LEN];
	unsigned int		kind;
} __aligned(8);

extern struct irqspan_table __rcu *irqspan_origins;
extern atomic64_t irqspan_lost_origins;
extern bool irqspan_origins_are_missing;

int irqspan_forget_origins(void);
void irqspan_drop_origins_of(unsigned int cpu);
void irqspan_remember_origin(const struct irqspan_origin *origin, bool was_armed);
bool irqspan_take_origin(const void *timer, struct irqspan_origin *origin);
void irqspan_make_origin(struct irqspan_origin *origin, const void *timer,
			 enum irqspan_timer_kind kind, unsigned int queued_cpu);

static inline u32 irqspan_hash_timer(const void *timer)
{
	/* hash_ptr() would leave the lower bits of a 32-bit address as they are. */
	return hash_64((unsigned long)timer, 32);
}

/* Forget the origin of a timer that was cancelled. */
static __always_inline void irqspan_forget_origin(const void *timer)
{
	struct irqspan_table *table = rcu_dereference_sched(irqspan_origins);
	struct irqspan_origin *row;

	row = irqspan_table_hold(table, irqspan_hash_timer(timer), &timer);
	if (row)
		irqspan_table_remove(table, row);
}

/* For a timer that was armed before measuring began, or that found no room */
static inline void irqspan_make_unknown_origin(struct irqspan_origin *origin,
					       unsigned int queued_cpu)
{
	memset(origin, 0, sizeof(*origin));
	origin->armed_cpu = queued_cpu;
	origin->queued_cpu = queued_cpu;
}

#endif /* _KERNEL_TRACE_IRQSPAN_TIMER_H */
