// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of one CPU or one line. One writer, any number of readers without a lock.
 */
#include <linux/string.h>

#include <kunit/visibility.h>

#include "stats.h"

static void forget_all(struct irqspan_stats *st)
{
	st->total = 0;
	st->min = U64_MAX;
	memset(&st->worst, 0, sizeof(st->worst));
	memset(st->bucket, 0, sizeof(st->bucket));
}

/**
 * irqspan_stats_init - begin with empty counters
 * @st: the counters
 *
 * Context: while there is no writer.
 */
void irqspan_stats_init(struct irqspan_stats *st)
{
	/* A reader that preempted this would spin, perhaps for good: see irqspan_copy_again(). */
	guard(preempt_notrace)();
	raw_write_seqcount_begin(&st->seq);
	forget_all(st);
	raw_write_seqcount_end(&st->seq);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_stats_init);

/**
 * irqspan_stats_count - count a span
 * @st: the counters
 * @span: the span
 * @clear: forget what was counted before it
 *
 * A reader sees the whole change or nothing of it.
 *
 * Context: by the only writer, interrupts off.
 */
void irqspan_stats_count(struct irqspan_stats *st, const struct irqspan_culprit *span,
			 bool clear)
{
	raw_write_seqcount_begin(&st->seq);
	if (clear)
		forget_all(st);
	st->bucket[irqspan_bucket(span->duration)]++;
	st->total += span->duration;
	if (span->duration < st->min)
		st->min = span->duration;
	if (span->duration >= st->worst.duration)
		st->worst = *span;
	raw_write_seqcount_end(&st->seq);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_stats_count);

/**
 * irqspan_stats_snapshot - copy counters that may be changing
 * @to: the copy
 * @from: the counters
 *
 * A span that is neither the longest nor the shortest one, and that ends meanwhile,
 * may be in the histogram of the copy and not yet in its total.
 *
 * Context: any. In an interrupt or an oops the copy may be torn, see irqspan_copy_again().
 */
void irqspan_stats_snapshot(struct irqspan_stats *to, const struct irqspan_stats *from)
{
	unsigned int seq, tries = 0;

	do {
		seq = raw_read_seqcount(&from->seq);
		memcpy(to, from, sizeof(*to));
		irqspan_u64_copy_again(&to->total, &from->total, 1);
		irqspan_u64_copy_again(to->bucket, from->bucket, IRQSPAN_BUCKETS);
	} while (irqspan_copy_again(&from->seq, seq, &tries));
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_stats_snapshot);

/**
 * irqspan_stats_spans - number of spans counted
 * @st: the counters, a copy for a consistent answer
 *
 * Return: the sum of the histogram.
 */
u64 irqspan_stats_spans(const struct irqspan_stats *st)
{
	u64 spans = 0;
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i++)
		spans += st->bucket[i];
	return spans;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_stats_spans);
