/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of CPU-wide spans.
 *
 * Both ends of such a span are read on one CPU, and only their difference is needed.
 * Where the architecture offers the cycle counter that sched_clock() is made from, the
 * hooks read that, and convert only the difference to ns. Elsewhere they read
 * sched_clock() itself.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_CLOCK_H
#define _KERNEL_TRACE_IRQSPAN_CLOCK_H

#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/trace_clock.h>
#include <linux/types.h>

/**
 * struct irqspan_scale - what turns a difference of two readings to ns
 * @mult: factor
 * @shift: ns are (difference * @mult) >> @shift
 */
struct irqspan_scale {
	u32	mult;
	u32	shift;
};

/* For an architecture that offers no cycles */
#ifndef trace_clock_cycles
static __always_inline u64 trace_clock_cycles(void)
{
	return 0;
}

static inline bool trace_clock_cycles_scale(u32 *mult, u32 *shift)
{
	return false;
}
#endif

/* An architecture may have a cheaper way to read the clock where a span begins. */
#ifndef trace_clock_cycles_begin
#define trace_clock_cycles_begin	trace_clock_cycles
#endif

extern bool irqspan_clock_is_cycles;

/**
 * irqspan_clock_begin - read the clock of this CPU at the begin of a span
 * @cycles: &irqspan_clock_is_cycles; each hook exists twice, with either value as a constant
 *
 * Return: cycles or ns.
 */
static __always_inline u64 irqspan_clock_begin(bool cycles)
{
	return cycles ? trace_clock_cycles_begin() : sched_clock_noinstr();
}

/**
 * irqspan_clock - read the clock of this CPU at the end of a span
 * @cycles: as for irqspan_clock_begin()
 *
 * Return: cycles or ns.
 */
static __always_inline u64 irqspan_clock(bool cycles)
{
	return cycles ? trace_clock_cycles() : sched_clock_noinstr();
}

/**
 * irqspan_clock_scale - scale of the clock of this CPU at this time
 * @scale: the answer
 *
 * Context: on the CPU, in which preemption is off.
 */
static inline void irqspan_clock_scale(struct irqspan_scale *scale)
{
	if (irqspan_clock_is_cycles && trace_clock_cycles_scale(&scale->mult, &scale->shift))
		return;
	scale->mult = 1;
	scale->shift = 0;
}

/**
 * irqspan_clock_choose - set &irqspan_clock_is_cycles to what this machine can do
 * @scale: scale of the clock on some CPU
 *
 * Context: no hook runs.
 */
static inline void irqspan_clock_choose(struct irqspan_scale *scale)
{
	irqspan_clock_is_cycles = trace_clock_cycles_scale(&scale->mult, &scale->shift);
	irqspan_clock_scale(scale);
}

/**
 * irqspan_clock_ns - difference of two readings in ns
 * @scale: scale of the clock
 * @diff: the difference; below zero counts as zero, the clock may be set back
 *
 * Return: ns.
 */
static inline u64 irqspan_clock_ns(const struct irqspan_scale *scale, u64 diff)
{
	if ((s64)diff < 0)
		return 0;
	return mul_u64_u32_shr(diff, scale->mult, scale->shift);
}

/* Differences up to this one fit 64 bits when multiplied. */
#define IRQSPAN_SHORT_DIFF	U32_MAX

/**
 * irqspan_clock_short_ns - as irqspan_clock_ns(), for short times
 * @scale: scale of the clock
 * @diff: the difference, at most %IRQSPAN_SHORT_DIFF
 *
 * Return: ns.
 */
static __always_inline u64 irqspan_clock_short_ns(const struct irqspan_scale *scale, u64 diff)
{
	return (diff * scale->mult) >> scale->shift;
}

/**
 * irqspan_clock_short_diff - a difference of two readings from ns
 * @scale: scale of the clock
 * @ns: the time
 *
 * Return: a limit: each difference below it is less than @ns. It may be too low by
 * one, and is at most %IRQSPAN_SHORT_DIFF.
 */
static inline u64 irqspan_clock_short_diff(const struct irqspan_scale *scale, u64 ns)
{
	/* The product fits 64 bits, as a shift is below 32. */
	ns = min_t(u64, ns, U32_MAX);
	if (!ns || !scale->mult)
		return 0;
	return min_t(u64, div_u64((ns << scale->shift) - 1, scale->mult), IRQSPAN_SHORT_DIFF);
}

/**
 * irqspan_since - time between two readings of the fast monotonic clock
 * @now: ns of the later one
 * @then: ns of the earlier one
 *
 * Return: ns; 0 if @now is before @then: the clocks of two CPUs may differ a little.
 */
static inline u64 irqspan_since(u64 now, u64 then)
{
	return now > then ? now - then : 0;
}

#endif /* _KERNEL_TRACE_IRQSPAN_CLOCK_H */
