/* SPDX-License-Identifier: GPL-2.0 */
/* What a recording says, in sentences and tables for people: on the terminal and in HTML. */
#ifndef IRQSPAN_VIEWS_H
#define IRQSPAN_VIEWS_H

#include "recording.h"

enum column_type { WORDS, CODE, COUNT, TIME };

static inline bool has_words(enum column_type type)
{
	return type == WORDS || type == CODE;
}

/**
 * struct column - a column of a view
 * @title: its title
 * @type: words and code are left-aligned, numbers right-aligned, and times have a unit
 * @help: what it shows, for a tooltip and for screen readers
 */
struct column {
	const char		*title;
	enum column_type	type;
	const char		*help;
};

/**
 * struct cell - a cell of a view
 * @words: its words, in a column of words or code
 * @number: its number, in other columns
 * @known: the number is known
 */
struct cell {
	char		*words;
	uint64_t	number;
	bool		known;
};

/**
 * struct view - a table
 * @id: a word that identifies it
 * @title: its headline
 * @note: a sentence that says what it shows
 * @columns: its columns, ended by one without a title
 * @nr_columns: how many columns
 * @sorted: rows are in the order of the first column of times, the greatest first
 * @cells: the cells, row by row
 * @nr_rows: how many rows
 * @nr_cells: how many cells, while it is filled
 * @room: how many cells fit before it has to grow
 */
struct view {
	const char		*id;
	const char		*title;
	const char		*note;
	const struct column	*columns;
	size_t			nr_columns;
	bool			sorted;
	struct cell		*cells;
	size_t			nr_rows;
	size_t			nr_cells, room;
};

/**
 * struct views - all views of a recording
 * @headline: the longest span, in a sentence
 * @sentences: what else to know first
 * @nr_sentences: how many sentences
 * @view: the views that have a row
 * @count: how many views
 */
struct views {
	char		*headline;
	char		*sentences[8];
	size_t		nr_sentences;
	struct view	view[12];
	size_t		count;
};

void views_make(struct views *views, const struct recording *recording);
void views_free(struct views *views);

/* The tables of a recording that are shown as what was counted in it */
enum {
	RECORDED_STATS,
	RECORDED_HIST,
	RECORDED_IPIS,
	RECORDED_TIMERS,
	RECORDED_BLAME,
	NR_RECORDED_TABLES
};

extern const char *const recorded_tables[NR_RECORDED_TABLES];

/* A table's difference between the end and the begin of the recording; NULL if it has none */
struct table *recorded_difference(const struct recording *recording, const char *name);

#endif
