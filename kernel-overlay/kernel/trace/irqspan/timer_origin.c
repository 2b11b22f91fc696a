// SPDX-License-Identifier: GPL-2.0
/*
 * Where, when and by which task each timer was armed, from its start until it expires or is
 * cancelled.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "table.h"
#include "timer.h"

/*
 * How many timers to have room for: 1024 for each CPU, within these bounds. All pending
 * timers need room: a sleeping task may have one, an open connection two or three.
 */
#define ORIGINS_MIN	4096U
#define ORIGINS_MAX	65536U

/* Replaced by an empty one at each start */
struct irqspan_table __rcu *irqspan_origins __read_mostly;

/* Timers for which there was no room */
atomic64_t irqspan_lost_origins;

/* There was such a timer since measuring began. Not cleared with the counter. */
bool irqspan_origins_are_missing __read_mostly;

/**
 * irqspan_remember_origin - remember how a timer was armed
 * @origin: its origin
 * @was_armed: it has an origin already, which is replaced
 *
 * Context: the lock of the timer's base is held, so that no other CPU starts or cancels the
 * timer; but the event of its expiry may come at any time.
 */
void irqspan_remember_origin(const struct irqspan_origin *origin, bool was_armed)
{
	struct irqspan_table *table = rcu_dereference_sched(irqspan_origins);
	u32 hash = irqspan_hash_timer((void *)origin->timer);
	struct irqspan_origin *row = NULL;

	if (was_armed)
		row = irqspan_table_hold(table, hash, &origin->timer);
	if (!row)
		row = irqspan_table_add(table, hash, &origin->timer);
	if (unlikely(!row)) {
		atomic64_inc(&irqspan_lost_origins);
		if (!READ_ONCE(irqspan_origins_are_missing))
			WRITE_ONCE(irqspan_origins_are_missing, true);
		return;
	}
	*row = *origin;
	irqspan_table_publish(table, row);
}

/**
 * irqspan_take_origin - get the origin of a timer, and forget it
 * @timer: the timer, which is not queued any more
 * @origin: filled in if the answer is true
 *
 * If the timer was started anew before the event of its expiry, it has two origins: this
 * takes either, and the other one stays.
 *
 * Context: any; preemption is off.
 * Return: true if it has an origin.
 */
bool irqspan_take_origin(const void *timer, struct irqspan_origin *origin)
{
	struct irqspan_table *table = rcu_dereference_sched(irqspan_origins);
	struct irqspan_origin *row;

	row = irqspan_table_hold(table, irqspan_hash_timer(timer), &timer);
	if (!row)
		return false;
	*origin = *row;
	irqspan_table_remove(table, row);
	return true;
}

/**
 * irqspan_make_origin - the origin of a timer that this CPU is arming
 * @origin: filled in
 * @timer: the timer
 * @kind: its kind
 * @queued_cpu: CPU whose base it is queued on
 *
 * Context: any; preemption is off.
 */
void irqspan_make_origin(struct irqspan_origin *origin, const void *timer,
			 enum irqspan_timer_kind kind, unsigned int queued_cpu)
{
	origin->timer		= (unsigned long)timer;
	origin->kind		= kind;
	origin->armed_at	= ktime_get_mono_fast_ns();
	origin->armed_cpu	= raw_smp_processor_id();
	origin->queued_cpu	= queued_cpu;
	if (in_task()) {
		origin->pid	= current->pid;
		memcpy(origin->comm, current->comm, TASK_COMM_LEN);
	} else {
		/* The interrupted task has nothing to do with the timer. */
		origin->pid	= 0;
		memset(origin->comm, 0, TASK_COMM_LEN);
	}
}

/**
 * irqspan_drop_origins_of - forget the hrtimers that a CPU cancelled on its way out
 * @cpu: the CPU, which is offline
 *
 * That is the tick, for one. No event tells of it, because no tracepoint is called on a CPU
 * that is offline. These timers are per-CPU variables, which stay: so they can be asked if
 * they are still queued, on another CPU.
 *
 * Context: any.
 */
void irqspan_drop_origins_of(unsigned int cpu)
{
	struct irqspan_origin *row = NULL, *held;
	struct irqspan_table *table;

	guard(rcu)();
	table = rcu_dereference(irqspan_origins);
	if (!table)
		return;
	while ((row = irqspan_table_next(table, row))) {
		const unsigned long timer = READ_ONCE(row->timer);

		if (READ_ONCE(row->queued_cpu) != cpu ||
		    READ_ONCE(row->kind) != IRQSPAN_TIMER_HRTIMER ||
		    !is_kernel_percpu_address(timer) ||
		    hrtimer_is_queued((struct hrtimer *)timer))
			continue;
		while ((held = irqspan_table_hold(table, irqspan_hash_timer((void *)timer),
						  &timer)))
			irqspan_table_remove(table, held);
	}
}

/**
 * irqspan_forget_origins - begin with an empty table of origins
 *
 * Context: one caller at a time; sleeps.
 * Return: 0, or -ENOMEM and nothing changed.
 */
int irqspan_forget_origins(void)
{
	irqspan_origins_are_missing = false;
	return irqspan_table_replace(&irqspan_origins,
				     clamp(1024 * nr_cpu_ids, ORIGINS_MIN, ORIGINS_MAX),
				     sizeof(struct irqspan_origin), sizeof(unsigned long));
}
