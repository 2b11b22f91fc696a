// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of one CPU or one line. One writer, any number of lockless readers.
 */
#include <linux/string.h>

#include <kunit/visibility.h>

#include "irqspan.h"

/**
 * irqspan_stats_reset - forget all that was counted
 * @st: the counters
 *
 * Context: by their only writer, or while there is none.
 */
void irqspan_stats_reset(struct irqspan_stats *st)
{
	/* Nobody who preempts it may wait for it. */
	guard(preempt_notrace)();
	raw_write_seqcount_begin(&st->seq);
	st->total = 0;
	st->min = U64_MAX;
	st->max = 0;
	st->worst_caller = 0;
	memset(st->worst_comm, 0, sizeof(st->worst_comm));
	memset(st->bucket, 0, sizeof(st->bucket));
	raw_write_seqcount_end(&st->seq);
}

/**
 * irqspan_stats_worst - remember the longest span
 * @st: the counters
 * @ns: its duration
 * @caller: who began it
 * @comm: task that did, %TASK_COMM_LEN bytes
 *
 * Context: by the only writer; may be an NMI.
 */
void irqspan_stats_worst(struct irqspan_stats *st, u64 ns, unsigned long caller,
			 const char *comm)
{
	raw_write_seqcount_begin(&st->seq);
	st->max = ns;
	st->worst_caller = caller;
	memcpy(st->worst_comm, comm, sizeof(st->worst_comm));
	raw_write_seqcount_end(&st->seq);
}

/**
 * irqspan_stats_snapshot - copy counters that may be changing
 * @to: the copy
 * @from: the counters
 *
 * The worst span is copied as one; a span that ends meanwhile may be counted
 * in the histogram of the copy and not yet in its total.
 */
void irqspan_stats_snapshot(struct irqspan_stats *to, const struct irqspan_stats *from)
{
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&from->seq);
		memcpy(to, from, sizeof(*to));
	} while (read_seqcount_retry(&from->seq, seq));
}

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
