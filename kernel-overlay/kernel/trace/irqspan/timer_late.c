// SPDX-License-Identifier: GPL-2.0
/*
 * Timers that are late because interrupts were off when they were due.
 *
 * The function of an hrtimer is called by the timer's interrupt, so the span that held up
 * the interrupt is to blame. Timers of the wheel wait for the tick, and their functions are
 * called after it, in a softirq: so late ticks are remembered until then.
 */
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "blame.h"
#include "clock.h"
#include "irqspan.h"
#include "record.h"
#include "timer.h"
#include "timer_trace.h"
#include "u64.h"

/**
 * struct late_tick - a tick that was late because interrupts were off
 * @first: jiffies when it was due
 * @last: jiffies when it came
 * @came: ktime_get_mono_fast_ns() when it came
 * @late: how late it was, ns
 * @since_end: time from the end of the span to blame until the tick came, ns
 * @culprit: that span
 *
 * Timers of the wheel that were to expire between @first and @last waited for this tick.
 */
struct late_tick {
	unsigned long		first;
	unsigned long		last;
	u64			came;
	u64			late;
	u64			since_end;
	struct irqspan_culprit	culprit;
};

/*
 * Another tick can be late before the timers that waited for an earlier one are called: so
 * remember some late ticks.
 */
#define LATE_TICKS	4

/**
 * struct late_ticks - the last late ticks of a CPU
 * @running: the last hrtimer that a hard interrupt found late: a tick, if it proves to be one
 *	while its function runs
 * @next: index of the oldest one, which the next one replaces
 * @tick: the ticks
 */
struct late_ticks {
	struct late_tick	running;
	unsigned int		next;
	struct late_tick	tick[LATE_TICKS];
};

static DEFINE_PER_CPU(struct late_ticks, late_ticks);

static void record_late(enum irqspan_timer_kind kind, unsigned long function, u64 late_ns,
			const struct irqspan_culprit *culprit)
{
	struct irqspan_timer_late late = {
		.kind		= kind,
		.function	= function,
		.late		= late_ns,
		.culprit	= culprit,
	};

	if (!irqspan_above_threshold(culprit->duration, irqspan_u64_read(&irqspan_local_thresh_ns)))
		return;
	trace_timer_late(&late);
	irqspan_record(&irqspan_timer_events[IRQSPAN_EVENT_TIMER_LATE], &late);
}

/**
 * irqspan_blame_for_hrtimer - an hrtimer is late: find out why, count and record it
 * @function: its function, which is about to be called
 * @late: how late it is, ns
 *
 * Context: preemption is off; between irqspan_blame_get() and irqspan_blame_put().
 * Return: true if a span is to blame.
 */
bool irqspan_blame_for_hrtimer(unsigned long function, u64 late)
{
	struct late_tick tick = { .late = late };
	unsigned long flags;
	bool blamed;

	raw_local_irq_save(flags);
	blamed = irqspan_blame_find(late, &tick.culprit, &tick.since_end);
	if (blamed) {
		irqspan_blame_count(IRQSPAN_VICTIM_HRTIMER, function, late, &tick.culprit);
		tick.came = ktime_get_mono_fast_ns();
		if (in_hardirq())
			this_cpu_ptr(&late_ticks)->running = tick;
	}
	raw_local_irq_restore(flags);
	if (blamed)
		record_late(IRQSPAN_TIMER_HRTIMER, function, late, &tick.culprit);
	return blamed;
}

/**
 * irqspan_note_late_tick - the hrtimer that this CPU runs is the tick, and came late
 *
 * Timers of the wheel that were held up with it are called later on. What held it up was found
 * before its function was entered: from then on it is the function that takes the time.
 *
 * Context: hard interrupt, after irqspan_blame_for_hrtimer() has returned true for this
 * hrtimer.
 */
void irqspan_note_late_tick(void)
{
	struct late_ticks *ticks = this_cpu_ptr(&late_ticks);
	struct late_tick *tick = &ticks->tick[ticks->next];

	ticks->next = (ticks->next + 1) % LATE_TICKS;
	*tick = ticks->running;
	tick->last = jiffies;
	tick->first = tick->last - div_u64(tick->late, TICK_NSEC);
}

NOKPROBE_SYMBOL(irqspan_note_late_tick);

/*
 * How late the tick was for a timer that was to expire when jiffies were @expiry, and was armed
 * at @armed_at, ns. 0 if the span took less than half of that time: it may be to blame for the
 * timers that waited longest and not for those that were due later.
 */
static u64 get_wheel_late(const struct late_tick *tick, unsigned long expiry, u64 armed_at)
{
	unsigned long ticks = expiry - tick->first;
	u64 late, span_end, span_start;

	if (ticks > tick->last - tick->first)
		return 0;
	late = min(tick->late - (u64)ticks * TICK_NSEC, irqspan_since(tick->came, armed_at));
	if (late < IRQSPAN_MIN_LATE_NS)
		return 0;
	/* The part of the span in which the timer waited, counted back from the tick */
	span_end = min(late, tick->since_end);
	span_start = min(late, tick->since_end + tick->culprit.duration);
	return span_start - span_end >= late - late / 2 ? late : 0;
}

/**
 * irqspan_blame_for_wheel_timer - count and record a timer of the wheel if its tick was late
 * @function: its function, which is about to be called
 * @expiry: jiffies when it was to expire
 * @armed_at: ktime_get_mono_fast_ns() when it was armed, 0 if that is not known
 *
 * Context: preemption is off; between irqspan_blame_get() and irqspan_blame_put().
 */
void irqspan_blame_for_wheel_timer(unsigned long function, unsigned long expiry, u64 armed_at)
{
	struct irqspan_culprit culprit;
	const struct late_tick *tick;
	unsigned long flags;
	unsigned int i;
	u64 late = 0;

	raw_local_irq_save(flags);
	tick = this_cpu_ptr(&late_ticks)->tick;
	for (i = 0; i < LATE_TICKS && !late; i++, tick++) {
		late = get_wheel_late(tick, expiry, armed_at);
		if (late) {
			culprit = tick->culprit;
			irqspan_drop_earlier_handler(&culprit, late - tick->since_end);
			irqspan_blame_count(IRQSPAN_VICTIM_WHEEL, function, late, &culprit);
		}
	}
	raw_local_irq_restore(flags);
	if (late)
		record_late(IRQSPAN_TIMER_WHEEL, function, late, &culprit);
}

/**
 * irqspan_forget_late_ticks - forget the late ticks of a CPU
 * @cpu: the CPU
 *
 * Context: no hook runs.
 */
void irqspan_forget_late_ticks(unsigned int cpu)
{
	memset(per_cpu_ptr(&late_ticks, cpu), 0, sizeof(late_ticks));
}
