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
 * struct column - one of a view
 * @title: what stands above it
 * @type: words, and code, are left-aligned; numbers to the right, and times have a unit
 * @help: what it is, for who hovers or listens
 */
struct column {
	const char		*title;
	enum column_type	type;
	const char		*help;
};

/**
 * struct cell - what stands there
 * @words: of a column of words
 * @number: of others
 * @known: else there is nothing to tell
 */
struct cell {
	char		*words;
	uint64_t	number;
	bool		known;
};

/**
 * struct view - a table
 * @id: a word
 * @title: a headline
 * @note: a sentence that says what one sees
 * @columns: ended by one without a title
 * @nr_columns: how many
 * @sorted: its first column of times is in order, the most first
 * @cells: row by row
 * @nr_rows: how many
 * @nr_cells: how many cells, while it is filled
 * @room: how many fit before it has to grow
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
 * struct views - all of them
 * @headline: the longest span, in a sentence
 * @sentences: what else is to be known first
 * @nr_sentences: how many
 * @view: those with a row
 * @count: how many
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

/* What was measured of the machine while it was recorded: end minus begin; NULL if none */
struct table *recorded_difference(const struct recording *recording, const char *name);

#endif
