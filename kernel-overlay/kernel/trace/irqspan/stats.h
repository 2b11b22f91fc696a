/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of one CPU or of one interrupt line: how many spans of which length, and
 * the longest one.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_STATS_H
#define _KERNEL_TRACE_IRQSPAN_STATS_H

#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/seqlock.h>
#include <linux/types.h>

#include "hist.h"
#include "irqspan.h"
#include "u64.h"

#define IRQSPAN_NAME_LEN	32

/**
 * struct irqspan_stats - what is counted of one CPU or one line
 * @seq: a reader that sees it unchanged has a consistent copy of all but the newest
 *	spans that are neither the longest nor the shortest one
 * @total: sum of all durations, ns
 * @min: shortest duration, ns; valid if there is a span
 * @worst: the longest span; its duration is the maximum
 * @bucket: the histogram; the number of spans is its sum
 *
 * There is one writer at a time: of a CPU's counters that CPU, with interrupts off; of a
 * line's counters the hook that has the line to itself. Readers take no lock.
 */
struct irqspan_stats {
	seqcount_t		seq;
	aligned_u64		total;
	u64			min;
	struct irqspan_culprit	worst;
	aligned_u64		bucket[IRQSPAN_BUCKETS];
};

/**
 * struct irqspan_counters - one row of stats or hist
 * @type: "cpu" or "irq"
 * @id: number of the CPU or of the line
 * @name: name of the line, empty for a CPU
 * @stats: a copy of the counters
 */
struct irqspan_counters {
	const char		*type;
	unsigned int		id;
	char			name[IRQSPAN_NAME_LEN];
	struct irqspan_stats	stats;
};

/* How often a reader that cannot wait tries to get a consistent copy */
#define IRQSPAN_COPY_TRIES	100

/**
 * irqspan_copy_again - does a copy have to be made again, because a writer changed the data?
 * @seq: the seqcount of the data
 * @begin: what raw_read_seqcount() returned before the copy was made
 * @tries: how often the data was copied, counted here; 0 at first
 *
 * A task copies until no writer has interfered, which is soon: a writer waits for nothing.
 * But a report of trouble, in an interrupt or an oops, may have interrupted the writer, or
 * find it stopped for good. So it gives up after some tries and takes a copy that may be
 * torn.
 *
 * Context: any, if no task can preempt a writer: it would copy again and again.
 * Return: true if the data has to be copied again.
 */
static inline bool irqspan_copy_again(const seqcount_t *seq, unsigned int begin,
				      unsigned int *tries)
{
	if (!(begin & 1) && !read_seqcount_retry(seq, begin))
		return false;
	return (in_task() && !oops_in_progress) || ++*tries < IRQSPAN_COPY_TRIES;
}

void irqspan_stats_init(struct irqspan_stats *st);
void irqspan_stats_count(struct irqspan_stats *st, const struct irqspan_culprit *span,
			 bool clear);
void irqspan_stats_snapshot(struct irqspan_stats *to, const struct irqspan_stats *from);
u64 irqspan_stats_spans(const struct irqspan_stats *st);

#endif /* _KERNEL_TRACE_IRQSPAN_STATS_H */
