/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of durations, from the table "hist". */
#ifndef IRQSPAN_HIST_H
#define IRQSPAN_HIST_H

#include <stdint.h>

#include "cpus.h"
#include "table.h"

/**
 * struct bucket - how many spans were so long
 * @low: at least, ns
 * @high: at most, ns
 * @count: how many
 */
struct bucket {
	uint64_t	low;
	uint64_t	high;
	uint64_t	count;
};

/**
 * struct hist - the histogram of a CPU, of a line, or of several
 * @type: "cpu" or "irq"
 * @id: its number; -1: of several
 * @name: of the line, "-" if it has none
 * @bucket: from the shortest to the longest, only those that have a span
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

/* NULL: all CPUs, or all lines; an empty set: none */
void hists_read(struct hists *hists, const struct table *table, const struct set *cpus,
		const struct set *irqs);
void hists_free(struct hists *hists);
struct hist *hists_find(const struct hists *hists, const char *type, int id);
/* All of a type together, to be given to hist_free(); has no spans if there are none. */
struct hist hists_sum(const struct hists *hists, const char *type);
void hist_free(struct hist *hist);

/*
 * A duration that so many in a thousand do not exceed: the upper bound of its bucket, as in
 * the tracer's file stats; 0 if there are no spans. 1000 has the longest one.
 */
uint64_t hist_percentile(const struct hist *hist, unsigned int permille);

#endif
