// SPDX-License-Identifier: GPL-2.0
/* irqspan's tables: see table.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "utils.h"

static void add_word(char ***words, unsigned int *used, unsigned int *room, char *word)
{
	xgrow(*words, *used, *room);
	(*words)[(*used)++] = word;
}

/* Cut off the next word of a line, and set @rest to what is behind it; NULL: no word left. */
static char *next_word(char **rest)
{
	char *word = *rest, *end;

	while (*word == ' ' || *word == '\t')
		word++;
	if (!*word)
		return NULL;
	for (end = word; *end && *end != ' ' && *end != '\t'; end++)
		;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool parse_header(struct table *table, char *line)
{
	unsigned int room = 0;
	char *rest = line + 1, *word;

	while ((word = next_word(&rest)))
		add_word(&table->column, &table->nr_columns, &room, word);
	return table->nr_columns >= 2;
}

static void parse_note(struct table *table, char *line, unsigned int *room)
{
	static const char generation[] = "generation ";

	line += 1 + strspn(line + 1, " \t");
	if (!strncmp(line, generation, sizeof(generation) - 1)) {
		table->generation = strtoull(line + sizeof(generation) - 1, NULL, 10);
		table->has_generation = true;
	}
	add_word(&table->note, &table->nr_notes, room, line);
}

struct table *table_parse(const char *name, char *text, char **problem)
{
	unsigned int nr_words = 0, words_room = 0, notes_room = 0, nr = 1, n;
	struct table *table = xalloc(sizeof(*table));
	size_t length = strlen(text);
	char *line, *end, *word, *rest;

	table->name = xstrdup(name);
	table->text = text;
	if (text[0] != '#') {
		*problem = xprintf("%s is none of irqspan's tables: it has no header line", name);
		goto wrong;
	}
	if (text[length - 1] != '\n') {
		*problem = xprintf("%s is cut off: its last line has no end", name);
		goto wrong;
	}
	for (line = text; *line; line = end + 1, nr++) {
		end = strchr(line, '\n');
		*end = '\0';
		if (nr == 1) {
			if (parse_header(table, line))
				continue;
			*problem = xprintf("%s is none of irqspan's tables: its header has no columns",
					   name);
			goto wrong;
		}
		if (*line == '#') {
			parse_note(table, line, &notes_room);
			continue;
		}
		n = nr_words;
		rest = line;
		while ((word = next_word(&rest)))
			add_word(&table->word, &nr_words, &words_room, word);
		if (nr_words - n != table->nr_columns) {
			*problem = xprintf("%s is cut off or damaged: line %u has %u columns, not %u",
					   name, nr, nr_words - n, table->nr_columns);
			goto wrong;
		}
		table->nr_rows++;
	}
	return table;
wrong:
	table_free(table);
	return NULL;
}

struct table *table_read(const char *path)
{
	struct table *table;
	char *text, *problem;
	size_t size;

	text = try_read_file(path, &size);
	if (!text)
		return NULL;
	if (strlen(text) != size || !size)
		fail("%s is none of irqspan's tables: %s", path,
		     size ? "it is no text" : "it is empty");
	table = table_parse(path, text, &problem);
	if (!table)
		fail("%s", problem);
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	free(table->name);
	free(table->text);
	free(table->column);
	free(table->word);
	free(table->note);
	free(table);
}

int table_column(const struct table *table, const char *name)
{
	for (unsigned int i = 0; i < table->nr_columns; i++) {
		if (!strcmp(table->column[i], name))
			return i;
	}
	return -1;
}

char **table_row(const struct table *table, unsigned int row)
{
	return table->word + (size_t)row * table->nr_columns;
}

const char *table_word(const struct table *table, unsigned int row, const char *column)
{
	int i = table_column(table, column);

	return i < 0 ? "-" : table_row(table, row)[i];
}

bool table_to_number(const char *word, uint64_t *n)
{
	uint64_t value = 0;

	if (!*word)
		return false;
	for (; *word >= '0' && *word <= '9'; word++) {
		if (__builtin_mul_overflow(value, 10ULL, &value) ||
		    __builtin_add_overflow(value, *word - '0', &value))
			return false;
	}
	*n = value;
	return !*word;
}

uint64_t table_number(const struct table *table, unsigned int row, const char *column)
{
	uint64_t n;

	return table_to_number(table_word(table, row, column), &n) ? n : 0;
}

bool table_is_number(const struct table *table, unsigned int row, const char *column)
{
	uint64_t n;

	return table_to_number(table_word(table, row, column), &n);
}

bool table_cpu(const struct table *table, unsigned int row, const char *column, unsigned int *cpu)
{
	if (!table_is_number(table, row, column))
		return false;
	*cpu = table_number(table, row, column);
	return true;
}

uint64_t table_note(const struct table *table, const char *name)
{
	size_t length = strlen(name);

	for (unsigned int i = 0; i < table->nr_notes; i++) {
		const char *note = table->note[i];

		if (!strncmp(note, name, length) && note[length] == ' ')
			return strtoull(note + length, NULL, 10);
	}
	return 0;
}

uint64_t table_lost(const struct table *table)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < table->nr_notes; i++) {
		const char *blank = strchr(table->note[i], ' ');

		if (blank && !strncmp(table->note[i], "lost", 4))
			lost += strtoull(blank, NULL, 10);
	}
	return lost;
}

/*
 * The difference of two tables
 *
 * What each column is for the difference: rows are matched by KEY columns; a SUM is
 * subtracted; MAX, the longest of something, and OF_MAX, what belongs to it, are valid only
 * if they changed meanwhile; OF_ALL, as percentiles, only if nothing was counted before; LAST
 * columns have the later value.
 */
enum role { KEY, SUM, MAX, OF_MAX, OF_ALL, LAST };

struct column_role {
	const char	*column;
	enum role	role;
	const char	*max;		/* for OF_MAX: the MAX column that it belongs to */
};

static const struct column_role stats_roles[] = {
	{ "type", KEY }, { "id", KEY }, { "name", KEY },
	{ "spans", SUM }, { "total", SUM }, { "min", OF_ALL }, { "p50", OF_ALL },
	{ "p90", OF_ALL }, { "p99", OF_ALL }, { "p99.9", OF_ALL }, { "max", MAX },
	{ "caller", OF_MAX, "max" }, { "handler", OF_MAX, "max" },
	{ "handler_ns", OF_MAX, "max" }, { "waited", OF_MAX, "max" },
	{ "comm", OF_MAX, "max" }, { }
};

static const struct column_role hist_roles[] = {
	{ "type", KEY }, { "id", KEY }, { "name", KEY }, { "low", KEY }, { "high", KEY },
	{ "count", SUM }, { }
};

static const struct column_role ipis_roles[] = {
	{ "to_cpu", KEY }, { "from_cpu", KEY }, { "kind", KEY }, { "name", KEY },
	{ "function", KEY }, { "call_site", KEY }, { "path", KEY },
	{ "count", SUM }, { "no_ipi", SUM }, { "run_total", SUM }, { "run_max", MAX },
	{ "delay_total", SUM }, { "delay_max", MAX }, { "late", SUM },
	{ "duration", OF_MAX, "delay_max" }, { "caller", OF_MAX, "delay_max" },
	{ "handler", OF_MAX, "delay_max" }, { "span_comm", OF_MAX, "delay_max" }, { }
};

static const struct column_role timers_roles[] = {
	{ "armed_cpu", KEY }, { "queued_cpu", KEY }, { "kind", KEY }, { "function", KEY },
	{ "work", KEY }, { "comm", KEY }, { "migrations", SUM }, { "expiries", SUM },
	{ "wakes", SUM }, { "hotplug", SUM }, { }
};

static const struct column_role blame_roles[] = {
	{ "cpu", KEY }, { "victim", KEY }, { "function", KEY }, { "caller", KEY },
	{ "handler", KEY }, { "comm", KEY }, { "count", SUM }, { "late_total", SUM },
	{ "late_max", MAX }, { }
};

/* Find out which table it is, by a column that only that table has. */
static const struct column_role *find_roles(const struct table *table)
{
	static const struct {
		const char			*column;
		const struct column_role	*roles;
	} tables[] = {
		{ "low", hist_roles }, { "p50", stats_roles }, { "call_site", ipis_roles },
		{ "armed_cpu", timers_roles }, { "victim", blame_roles },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		if (table_column(table, tables[i].column) >= 0)
			return tables[i].roles;
	}
	return NULL;
}

struct keyed_row {
	char	*key;
	char	**word;
	bool	found;		/* the other table has this row, too */
};

struct plan {
	enum role	*role;		/* role of each column of the later table */
	int		*before;	/* index of that column in the earlier table, or -1 */
	int		*max;		/* for OF_MAX: index of its MAX column */
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct keyed_row *)a)->key, ((const struct keyed_row *)b)->key);
}

static int compare_rows(const void *a, const void *b)
{
	const struct keyed_row *x = a, *y = b;
	int order = compare_keys(x, y);

	return order ? order : (x->word > y->word) - (x->word < y->word);
}

/*
 * Find the row of that key. Two functions may have the same name, and so two rows the same key:
 * both tables have these in the same order, and each is found once.
 */
static struct keyed_row *find_row(struct keyed_row *rows, unsigned int nr, char *key)
{
	struct keyed_row wanted = { .key = key }, *row;

	row = bsearch(&wanted, rows, nr, sizeof(*rows), compare_keys);
	if (!row)
		return NULL;
	while (row > rows && !compare_keys(row - 1, &wanted))
		row--;
	for (; row < rows + nr && !compare_keys(row, &wanted); row++) {
		if (!row->found)
			return row;
	}
	return NULL;
}

static char *make_key(const struct table *table, char **word, const struct column_role *roles)
{
	size_t length = 1, used = 0;
	char *key;

	for (unsigned int i = 0; roles[i].column; i++) {
		int column = roles[i].role == KEY ? table_column(table, roles[i].column) : -1;

		length += column < 0 ? 0 : strlen(word[column]) + 1;
	}
	key = xalloc(length);
	for (unsigned int i = 0; roles[i].column; i++) {
		int column = roles[i].role == KEY ? table_column(table, roles[i].column) : -1;

		if (column < 0)
			continue;
		used += snprintf(key + used, length - used, "%s\n", word[column]);
	}
	return key;
}

static struct keyed_row *sort_rows(const struct table *table, const struct column_role *roles)
{
	struct keyed_row *rows = xalloc((table->nr_rows + 1) * sizeof(*rows));

	for (unsigned int i = 0; i < table->nr_rows; i++) {
		rows[i].word = table_row(table, i);
		rows[i].key = make_key(table, rows[i].word, roles);
	}
	qsort(rows, table->nr_rows, sizeof(*rows), compare_rows);
	return rows;
}

static void free_rows(struct keyed_row *rows, unsigned int n)
{
	while (n--)
		free(rows[n].key);
	free(rows);
}

static struct plan make_plan(const struct table *before, const struct table *after,
			     const struct column_role *roles)
{
	struct plan plan;

	plan.role = xalloc(after->nr_columns * sizeof(*plan.role));
	plan.before = xalloc(after->nr_columns * sizeof(*plan.before));
	plan.max = xalloc(after->nr_columns * sizeof(*plan.max));
	for (unsigned int i = 0; i < after->nr_columns; i++) {
		plan.role[i] = LAST;
		plan.max[i] = -1;
		plan.before[i] = table_column(before, after->column[i]);
		for (unsigned int k = 0; roles[k].column; k++) {
			if (strcmp(roles[k].column, after->column[i]))
				continue;
			plan.role[i] = roles[k].role;
			if (roles[k].max)
				plan.max[i] = table_column(after, roles[k].max);
		}
	}
	return plan;
}

static void free_plan(struct plan *plan)
{
	free(plan->role);
	free(plan->before);
	free(plan->max);
}

/* Did a row only grow? If a sum became less, the row was cleared meanwhile. */
static bool has_grown(const struct plan *plan, unsigned int nr_columns, char **before, char **after)
{
	for (unsigned int i = 0; i < nr_columns; i++) {
		uint64_t was, is;

		if (plan->role[i] != SUM || plan->before[i] < 0)
			continue;
		if (table_to_number(before[plan->before[i]], &was) &&
		    table_to_number(after[i], &is) && is < was)
			return false;
	}
	return true;
}

/* Is the longest one of the time between the two tables? */
static bool is_later(const struct plan *plan, int column, char **before, char **after)
{
	uint64_t was, is;

	if (column < 0 || plan->before[column] < 0)
		return false;
	return table_to_number(after[column], &is) &&
	       (!table_to_number(before[plan->before[column]], &was) || is > was);
}

static bool has_counted(const struct plan *plan, unsigned int nr_columns, char **row)
{
	uint64_t n;

	for (unsigned int i = 0; i < nr_columns; i++) {
		if (plan->role[i] == SUM && plan->before[i] >= 0 &&
		    table_to_number(row[plan->before[i]], &n) && n)
			return true;
	}
	return false;
}

/* Write the words of a row of the difference to @to. Returns whether anything was counted. */
static bool subtract_row(const struct plan *plan, unsigned int nr_columns, char **before,
			 char **after, char **to)
{
	bool counted = false;

	for (unsigned int i = 0; i < nr_columns; i++) {
		uint64_t was = 0, is;
		const char *word = after[i];

		if (plan->role[i] == SUM && table_to_number(after[i], &is)) {
			if (before && plan->before[i] >= 0 &&
			    !table_to_number(before[plan->before[i]], &was))
				was = 0;
			counted |= is != was;
			to[i] = xprintf("%llu", (unsigned long long)(is - was));
			continue;
		}
		if (before && plan->role[i] == MAX && !is_later(plan, i, before, after))
			word = "-";
		if (before && plan->role[i] == OF_MAX &&
		    !is_later(plan, plan->max[i], before, after))
			word = "-";
		if (before && plan->role[i] == OF_ALL && has_counted(plan, nr_columns, before))
			word = "-";
		to[i] = xstrdup(word);
	}
	return counted;
}

struct table *table_difference(const struct table *before, const struct table *after)
{
	const struct column_role *roles = find_roles(after);
	unsigned int used = 0, room = 0, nr_notes = 0, notes_room = 0;
	struct table *table = xalloc(sizeof(*table));
	struct keyed_row *rows, *found;
	size_t length = 0, at = 0;
	struct plan plan;
	char **word;

	if (!roles || find_roles(before) != roles)
		fail("%s and %s are not the same table", before->name, after->name);
	table->name = xstrdup(after->name);
	table->generation = after->generation;
	table->has_generation = after->has_generation;
	table->cleared = before->generation != after->generation;
	table->nr_columns = after->nr_columns;
	table->column = xalloc((after->nr_columns + 1) * sizeof(*table->column));

	rows = sort_rows(before, roles);
	plan = make_plan(before, after, roles);
	word = xalloc((after->nr_columns + 1) * sizeof(*word));
	for (unsigned int i = 0; i < after->nr_rows; i++) {
		char **now = table_row(after, i), *key = make_key(after, now, roles);

		found = table->cleared ? NULL : find_row(rows, before->nr_rows, key);
		free(key);
		if (found)
			found->found = true;
		/* A line that was requested anew counts from the beginning. */
		if (found && !has_grown(&plan, after->nr_columns, found->word, now))
			found = NULL;
		if (!subtract_row(&plan, after->nr_columns, found ? found->word : NULL, now,
				  word)) {
			for (unsigned int k = 0; k < after->nr_columns; k++)
				free(word[k]);
			continue;
		}
		for (unsigned int k = 0; k < after->nr_columns; k++) {
			add_word(&table->word, &used, &room, word[k]);
			length += strlen(word[k]) + 1;
		}
		table->nr_rows++;
	}
	free(word);
	free_plan(&plan);
	free_rows(rows, before->nr_rows);

	/* Subtract the notes that count, too. All words are put into one text, as of a file. */
	for (unsigned int i = 0; i < after->nr_notes; i++) {
		char *name = xstrdup(after->note[i]), *blank = strchr(name, ' ');
		uint64_t n;

		if (blank)
			*blank = '\0';
		n = table_note(after, name);
		if (!table->cleared && strcmp(name, "generation") && table_note(before, name) <= n)
			n -= table_note(before, name);
		add_word(&table->note, &nr_notes, &notes_room,
			 xprintf("%s %llu", name, (unsigned long long)n));
		length += strlen(table->note[i]) + 1;
		free(name);
	}
	table->nr_notes = nr_notes;
	for (unsigned int i = 0; i < after->nr_columns; i++)
		length += strlen(after->column[i]) + 1;

	table->text = xalloc(length + 1);
#define MOVE(to, from, release) do {			\
	char *old = (from);				\
	(to) = strcpy(table->text + at, old);		\
	at += strlen(old) + 1;				\
	if (release)					\
		free(old);				\
} while (0)
	for (unsigned int i = 0; i < used; i++)
		MOVE(table->word[i], table->word[i], true);
	for (unsigned int i = 0; i < nr_notes; i++)
		MOVE(table->note[i], table->note[i], true);
	for (unsigned int i = 0; i < after->nr_columns; i++)
		MOVE(table->column[i], after->column[i], false);
#undef MOVE
	return table;
}

/* Is there a CPU that counted less than before? Rows of a line vanish with its device. */
static bool has_shrunk(const struct table *before, const struct table *after)
{
	const struct column_role *roles = find_roles(before);
	int type = table_column(before, "type");
	struct keyed_row *rows;
	struct plan plan;
	bool shrunk = false;

	if (type < 0 || !roles)
		return false;
	rows = sort_rows(before, roles);
	plan = make_plan(before, after, roles);
	for (unsigned int i = 0; i < after->nr_rows; i++) {
		char **now = table_row(after, i), *key = make_key(after, now, roles);
		struct keyed_row *row = find_row(rows, before->nr_rows, key);

		free(key);
		if (row)
			row->found = has_grown(&plan, after->nr_columns, row->word, now);
	}
	for (unsigned int i = 0; i < before->nr_rows; i++)
		shrunk |= !rows[i].found && !strcmp(rows[i].word[type], "cpu");
	free_plan(&plan);
	free_rows(rows, before->nr_rows);
	return shrunk;
}

bool table_is_later(const struct table *before, const struct table *after)
{
	return after->generation > before->generation ||
	       (after->generation == before->generation && !has_shrunk(before, after));
}

bool table_warn_if_cleared(const struct table *difference)
{
	if (difference->cleared)
		warn("somebody cleared the counters meanwhile: what was counted before is missing");
	return difference->cleared;
}
