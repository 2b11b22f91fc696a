/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log-linear histogram of durations: pure arithmetic, no kernel state.
 *
 * Each power of two is cut into 16 buckets of one width, so a bucket is never
 * wider than 1/16 of its lower bound. Durations below 32 ns have buckets of
 * their own.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_HIST_H
#define _KERNEL_TRACE_IRQSPAN_HIST_H

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/types.h>

#define IRQSPAN_SUB_BITS	4
/* Durations from 2^37 ns (137 s) up share the last bucket. */
#define IRQSPAN_MAX_BITS	37
#define IRQSPAN_BUCKETS		((IRQSPAN_MAX_BITS - IRQSPAN_SUB_BITS + 1) << IRQSPAN_SUB_BITS)

/* Number of the highest bit that is set; @x is not 0 */
static __always_inline unsigned long irqspan_last_bit(u64 x)
{
#ifdef CONFIG_64BIT
	return __fls(x);
#else
	return fls64(x) - 1;
#endif
}

/**
 * irqspan_short_bucket - as irqspan_bucket(), for durations below 2^37 ns
 * @ns: duration in nanoseconds
 *
 * Return: the index, below %IRQSPAN_BUCKETS.
 */
static __always_inline unsigned long irqspan_short_bucket(u64 ns)
{
	unsigned long shift;

	/* With this bit set, the shift of all durations below 32 ns is 0. */
	shift = irqspan_last_bit(ns | BIT_ULL(IRQSPAN_SUB_BITS)) - IRQSPAN_SUB_BITS;
	return (shift << IRQSPAN_SUB_BITS) + (ns >> shift);
}

/**
 * irqspan_bucket - index of the bucket that holds a duration
 * @ns: duration in nanoseconds
 *
 * Return: the index, below %IRQSPAN_BUCKETS.
 */
static __always_inline unsigned int irqspan_bucket(u64 ns)
{
	if (unlikely(ns >> IRQSPAN_MAX_BITS))
		return IRQSPAN_BUCKETS - 1;
	return irqspan_short_bucket(ns);
}

/**
 * irqspan_bucket_low - smallest duration that a bucket holds
 * @bucket: index of the bucket, below %IRQSPAN_BUCKETS
 *
 * Return: the duration in ns.
 */
static inline u64 irqspan_bucket_low(unsigned int bucket)
{
	unsigned int shift = bucket >> IRQSPAN_SUB_BITS;

	if (shift)
		shift--;
	return (u64)(bucket - (shift << IRQSPAN_SUB_BITS)) << shift;
}

/**
 * irqspan_bucket_high - largest duration that a bucket holds
 * @bucket: index of the bucket, below %IRQSPAN_BUCKETS
 *
 * Return: the duration in ns, %U64_MAX for the last bucket.
 */
static inline u64 irqspan_bucket_high(unsigned int bucket)
{
	if (bucket == IRQSPAN_BUCKETS - 1)
		return U64_MAX;
	return irqspan_bucket_low(bucket + 1) - 1;
}

/**
 * irqspan_percentiles - durations that some shares of all spans do not exceed
 * @buckets: the histogram
 * @spans: sum of all buckets
 * @max: longest duration seen, the cap of the answers
 * @permille: the shares, in thousandths, the smallest one first
 * @nr: how many of them
 * @ns: set to the answers, in ns
 *
 * Each is the upper bound of the bucket in which the share is reached, so that it is
 * never too small, and at most 1/16 too large. 0 without spans.
 */
static inline void irqspan_percentiles(const u64 *buckets, u64 spans, u64 max,
				       const unsigned int *permille, unsigned int nr, u64 *ns)
{
	unsigned int n, i = 0;
	u64 seen = 0;

	for (n = 0; n < nr; n++) {
		u64 rank = DIV64_U64_ROUND_UP(spans * permille[n], 1000);

		/* Counting goes on while this reads: the walk may end past the sum. */
		while (i < IRQSPAN_BUCKETS && seen + buckets[i] < rank)
			seen += buckets[i++];
		ns[n] = i < IRQSPAN_BUCKETS ? min(irqspan_bucket_high(i), max) : max;
	}
}

#endif /* _KERNEL_TRACE_IRQSPAN_HIST_H */
