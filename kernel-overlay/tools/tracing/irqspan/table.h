/* SPDX-License-Identifier: GPL-2.0 */
/*
 * irqspan's tables: a "#" header line with the names of the columns, rows of words, and
 * further "#" lines at the end, of which the last is "# generation N".
 *
 * Columns are found by their names, never by where they stand: later kernels may have
 * more of them.
 */
#ifndef IRQSPAN_TABLE_H
#define IRQSPAN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct table - a table that was read, or the difference of two
 * @name: name of the file, for messages
 * @text: the file, cut into words
 * @column: the names of the columns
 * @nr_columns: how many
 * @word: all words, row by row
 * @nr_rows: how many rows
 * @note: the lines at the end, without "# "
 * @nr_notes: how many
 * @generation: how often the table was cleared
 * @has_generation: the table tells its generation
 * @cleared: of a difference: somebody cleared it in between, so that it has only what was
 *	counted after that
 */
struct table {
	char		*name;
	char		*text;
	char		**column;
	unsigned int	nr_columns;
	char		**word;
	unsigned int	nr_rows;
	char		**note;
	unsigned int	nr_notes;
	uint64_t	generation;
	bool		has_generation;
	bool		cleared;
};

/*
 * Make a table of the text of a file; the table takes over the text. NULL if the text is no
 * table: then @problem says why, to be freed.
 */
struct table *table_parse(const char *name, char *text, char **problem);
/* Read a file; NULL and errno if it cannot be read, and a message if it is no table. */
struct table *table_read(const char *path);
void table_free(struct table *table);

/* The number of a column, or -1 if the table has none of that name */
int table_column(const struct table *table, const char *name);
/* For tables with very many rows: the words of a row, and a word as a number */
char **table_row(const struct table *table, unsigned int row);
bool table_to_number(const char *word, uint64_t *n);
/* The word in a column of a row; "-" if there is no such column */
const char *table_word(const struct table *table, unsigned int row, const char *column);
/* The same as a number; 0 if it is "-" or none */
uint64_t table_number(const struct table *table, unsigned int row, const char *column);
bool table_is_number(const struct table *table, unsigned int row, const char *column);
/* The CPU in a column; false if it has none, as in a row for what did not fit */
bool table_cpu(const struct table *table, unsigned int row, const char *column,
	       unsigned int *cpu);
/* The number in a line at the end, as "# folded 3"; 0 if there is none */
uint64_t table_note(const struct table *table, const char *name);
/* The sum of all lines at the end that begin with "lost", as "# lost_delays 3" */
uint64_t table_lost(const struct table *table);

/*
 * What was counted between two readings of a table. Rows that did not grow are left out.
 * Columns that count or sum up have the difference. Maxima (*_max), and the columns that
 * belong to them, have the later value if it is of the time between, else "-"; so have
 * percentiles, if nothing was counted before.
 */
struct table *table_difference(const struct table *before, const struct table *after);
/*
 * Can this be the later one of two readings of the files stats or hist? It cannot if it counts
 * less, or was cleared fewer times: that is of an earlier time, or after the machine was booted.
 */
bool table_is_later(const struct table *before, const struct table *after);
/* Warn if this difference lacks what somebody cleared. Returns whether it does. */
bool table_warn_if_cleared(const struct table *difference);

#endif
