/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of durations, from the table "hist". */
#ifndef IRQSPAN_HIST_H
#define IRQSPAN_HIST_H

#include <stdint.h>

#include "cpus.h"
#include "table.h"

/**
 * struct bucket - a bucket of a histogram
 * @low: shortest duration that it takes, ns
 * @high: longest duration that it takes, ns
 * @count: how many spans it has
 */
struct bucket {
	uint64_t	low;
	uint64_t	high;
	uint64_t	count;
};

/**
 * struct hist - the histogram of a CPU, of a line, or of several
 * @type: "cpu" or "irq"
 * @id: number of the CPU or the line; -1: of several
 * @name: name of the line, "-" if it has none
 * @bucket: the buckets that have a span, the one with the shortest first
 * @nr: how many buckets
 * @room: how many fit before it has to grow
 * @count: how many spans
 */
struct hist {
	char		*type;
	int		id;
	char		*name;
	struct bucket	*bucket;
	unsigned int	nr;
	unsigned int	room;
	uint64_t	count;
};

/**
 * struct hists - those of a table, in the order of the table
 * @list: the histograms
 * @nr: how many
 * @room: how many fit before it has to grow
 */
struct hists {
	struct hist	*list;
	unsigned int	nr;
	unsigned int	room;
};

/* Read the histograms of a table. A set that is NULL means all; an empty one means none. */
void hists_read(struct hists *hists, const struct table *table, const struct set *cpus,
		const struct set *irqs);
void hists_free(struct hists *hists);
struct hist *hists_find(const struct hists *hists, const char *type, int id);
/* Add up all histograms of a type, "cpu" or "irq"; to be freed with hist_free(). */
struct hist hists_sum(const struct hists *hists, const char *type);
void hist_free(struct hist *hist);

/*
 * The duration that so many of a thousand spans do not exceed, as in the tracer's file stats:
 * the upper bound of a bucket; 0 if there are no spans. 1000 gives the longest one.
 */
uint64_t hist_percentile(const struct hist *hist, unsigned int permille);

#endif
