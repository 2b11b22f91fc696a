/* SPDX-License-Identifier: GPL-2.0 */
/* Records that have the same cause, taken together. */
#ifndef IRQSPAN_GROUPS_H
#define IRQSPAN_GROUPS_H

#include "recording.h"

/* What made most of a span */
enum culprit_kind {
	RAN,		/* a handler or a callback that ran inside it */
	WAITED,		/* waiting for a lock that somebody else held */
	TURNED_OFF,	/* the code that turned interrupts off, and what it called */
	NR_CULPRIT_KINDS
};

extern const char *const culprit_kind_names[NR_CULPRIT_KINDS];

/* The culprit of a span, or of the span that a late record blames; NULL if not known */
const struct place *culprit_of(const struct recorded *record, enum culprit_kind *kind);

/* "function [module]" or "-"; to be freed */
char *show_place(const struct place *place);

enum grouping {
	BY_CULPRIT,	/* CPU-wide spans, by the code that is to blame, and its kind */
	BY_DRIVER,	/* CPU-wide spans, by the module that has this code */
	BY_TASK,	/* CPU-wide spans, by the task that ran */
	BY_LINE,	/* line spans, by line, kind and who disabled it */
	BY_VICTIM,	/* late calls and timers, by function and culprit */
	BY_WORDS,	/* spans, late calls and timers, by all of their words */
};

/**
 * struct group - records with the same cause
 * @key: tells groups apart: words in the order of the columns that show them
 * @count: how many
 * @total: sum of their durations, or of how late they were, ns
 * @longest: the longest of these times, ns
 * @waited: sum of the time waiting for locks, ns
 * @pending: spans of lines in which an interrupt arrived
 * @late: calls and timers that these spans made late
 * @late_longest: the latest of these, ns
 * @worst: the record with the longest time
 * @number: in the order in which the groups were found
 */
struct group {
	char			*key;
	uint64_t		count;
	uint64_t		total;
	uint64_t		longest;
	uint64_t		waited;
	uint64_t		pending;
	uint64_t		late;
	uint64_t		late_longest;
	const struct recorded	*worst;
	size_t			number;
};

/**
 * struct groups - all of them
 * @group: those with the largest total first
 * @count: how many
 */
struct groups {
	struct group		*group;
	size_t			count;
};

/* Make the groups. @numbers: room for the number of each record's group, or NULL */
void groups_make(struct groups *groups, const struct recording *recording,
		 enum grouping grouping, size_t *numbers);
void groups_free(struct groups *groups);

#endif
