// SPDX-License-Identifier: GPL-2.0
/* What a recording says, in sentences and tables for people: see views.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "groups.h"
#include "hist.h"
#include "names.h"
#include "table.h"
#include "units.h"
#include "utils.h"
#include "views.h"

static struct cell *new_cell(struct view *view)
{
	struct cell *cell;

	xgrow(view->cells, view->nr_cells, view->room);
	cell = &view->cells[view->nr_cells++];
	memset(cell, 0, sizeof(*cell));
	view->nr_rows = view->nr_cells / view->nr_columns;
	return cell;
}

/* Add a cell of words; the view takes over @words. */
static void add_words(struct view *view, char *words)
{
	new_cell(view)->words = words;
}

static void add_number(struct view *view, uint64_t number, bool known)
{
	struct cell *cell = new_cell(view);

	cell->number = number;
	cell->known = known;
}

static struct view *begin_view(struct views *views, const char *id, const char *title,
			       const char *note, const struct column *columns)
{
	struct view *view = &views->view[views->count];

	memset(view, 0, sizeof(*view));
	view->id = id;
	view->title = title;
	view->note = note;
	view->columns = columns;
	while (columns[view->nr_columns].title)
		view->nr_columns++;
	return view;
}

static void end_view(struct views *views)
{
	if (views->view[views->count].nr_rows)
		views->count++;
}

/* Add a cell for each part of a group's key, of words or of a number. */
static void add_key(struct view *view, const char *key)
{
	const char *end;

	for (; *key; key = *end ? end + 1 : end) {
		const struct column *column = &view->columns[view->nr_cells % view->nr_columns];

		end = strchrnul(key, '\n');
		if (has_words(column->type))
			add_words(view, xprintf("%.*s", (int)(end - key), key));
		else
			add_number(view, strtoull(key, NULL, 10), true);
	}
}

/* Add the three cells that every view of groups has: total, count and longest. */
static void add_times(struct view *view, const struct group *group)
{
	add_number(view, group->total, true);
	add_number(view, group->count, true);
	add_number(view, group->longest, true);
}

static const struct column culprit_columns[] = {
	{ "total",	TIME,	"time with interrupts off, all together" },
	{ "times",	COUNT,	"spans recorded" },
	{ "longest",	TIME,	"the longest span" },
	{ "made late",	COUNT,	"calls and timers that these spans held up" },
	{ "by up to",	TIME,	"how late the latest of these was" },
	{ "function",	CODE,	"the code to blame, and who called it" },
	{ "what it did", WORDS,	"what took most of the longest span" },
	{ "cpu",	COUNT,	"where the longest span was" },
	{ "context",	WORDS,	"what that CPU did" },
	{ "task",	WORDS,	"the task that ran" },
	{ }
};

static void view_culprits(struct views *views, const struct recording *recording)
{
	struct view *view = begin_view(views, "culprits", "Who had interrupts off",
		"Recorded spans by the code to blame, those with most time in all first.",
		culprit_columns);
	struct groups groups;
	size_t i;

	view->sorted = true;
	groups_make(&groups, recording, BY_CULPRIT, NULL);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];

		add_times(view, group);
		add_number(view, group->late, group->late);
		add_number(view, group->late_longest, group->late);
		add_key(view, group->key);
		add_number(view, group->worst->cpu, true);
		add_words(view, xstrdup(group->worst->kind));
		add_words(view, xstrdup(group->worst->comm));
	}
	groups_free(&groups);
	end_view(views);
}

static const struct column driver_columns[] = {
	{ "total",	TIME,	"time with interrupts off, all together" },
	{ "times",	COUNT,	"spans recorded" },
	{ "longest",	TIME,	"the longest span" },
	{ "waited",	TIME,	"how much of the total went by waiting for locks" },
	{ "made late",	COUNT,	"calls and timers that these spans held up" },
	{ "module",	WORDS,	"the module that has the code to blame" },
	{ "its longest is by", CODE, "the code to blame for its longest span" },
	{ }
};

static void view_drivers(struct views *views, const struct recording *recording)
{
	struct view *view = begin_view(views, "drivers", "Which driver",
		"The same by the module that has the code.", driver_columns);
	enum culprit_kind kind;
	struct groups groups;
	size_t i;

	view->sorted = true;
	groups_make(&groups, recording, BY_DRIVER, NULL);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];

		add_times(view, group);
		add_number(view, group->waited, group->waited);
		add_number(view, group->late, group->late);
		add_key(view, group->key);
		add_words(view, show_place(culprit_of(group->worst, &kind)));
	}
	groups_free(&groups);
	end_view(views);
}

static const struct column task_columns[] = {
	{ "total",	TIME,	"time with interrupts off, all together" },
	{ "times",	COUNT,	"spans recorded" },
	{ "longest",	TIME,	"the longest span" },
	{ "made late",	COUNT,	"calls and timers that these spans held up" },
	{ "task",	WORDS,	"the task that ran when interrupts were turned off" },
	{ "its longest is by", CODE, "the code to blame for its longest span" },
	{ }
};

static void view_tasks(struct views *views, const struct recording *recording)
{
	struct view *view = begin_view(views, "tasks", "Which task ran",
		"The same by the task that ran when interrupts were turned off.", task_columns);
	enum culprit_kind kind;
	struct groups groups;
	size_t i;

	view->sorted = true;
	groups_make(&groups, recording, BY_TASK, NULL);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];

		add_times(view, group);
		add_number(view, group->late, group->late);
		add_key(view, group->key);
		add_words(view, show_place(culprit_of(group->worst, &kind)));
	}
	groups_free(&groups);
	end_view(views);
}

static const struct column line_columns[] = {
	{ "irq",	COUNT,	"number of the line" },
	{ "device",	WORDS,	"name of the line" },
	{ "kind",	WORDS,	"how it was turned off" },
	{ "turned off by", CODE, "the code that disabled it" },
	{ "total",	TIME,	"time that it was off, all together" },
	{ "times",	COUNT,	"spans recorded" },
	{ "longest",	TIME,	"the longest span" },
	{ "held off",	COUNT,	"spans in which an interrupt arrived that had to wait" },
	{ "turned on by", CODE, "the code that enabled it after the longest span" },
	{ }
};

static void view_lines(struct views *views, const struct recording *recording)
{
	struct view *view = begin_view(views, "lines", "Which interrupt lines were off",
		"Recorded spans of single interrupt lines.", line_columns);
	struct groups groups;
	size_t i;

	view->sorted = true;
	groups_make(&groups, recording, BY_LINE, NULL);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];

		add_key(view, group->key);
		add_times(view, group);
		add_number(view, group->pending, group->pending);
		add_words(view, show_place(group->worst->end_caller));
	}
	groups_free(&groups);
	end_view(views);
}

static const struct column late_columns[] = {
	{ "what",	WORDS,	"a call from another CPU, or a kind of timer" },
	{ "function",	CODE,	"what was to run" },
	{ "held up by",	CODE,	"the code to blame" },
	{ "late in all", TIME,	"how late, all together" },
	{ "times",	COUNT,	"how often" },
	{ "latest",	TIME,	"how late the latest was" },
	{ "cpu",	COUNT,	"where the latest was to run" },
	{ "task",	WORDS,	"the task that ran there" },
	{ }
};

static void view_late(struct views *views, const struct recording *recording)
{
	struct view *view = begin_view(views, "late", "What came late because of it",
		"Calls from other CPUs and timers that had to wait until interrupts were on.",
		late_columns);
	struct groups groups;
	size_t i;

	view->sorted = true;
	groups_make(&groups, recording, BY_VICTIM, NULL);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];

		add_key(view, group->key);
		add_times(view, group);
		add_number(view, group->worst->cpu, true);
		add_words(view, xstrdup(group->worst->comm));
	}
	groups_free(&groups);
	end_view(views);
}

struct table *recorded_difference(const struct recording *recording, const char *name)
{
	struct table *table[2], *difference;
	static const char *const when[2] = { "begin", "end" };
	char *problem, *path;
	const char *text;
	int i;

	for (i = 0; i < 2; i++) {
		path = xprintf("%s/%s", when[i], name);
		text = recording_table(recording, path);
		table[i] = text ? table_parse(path, xstrdup(text), &problem) : NULL;
		if (text && !table[i])
			fail("%s: %s", recording->path, problem);
		free(path);
	}
	if (!table[0] || !table[1]) {
		table_free(table[0]);
		table_free(table[1]);
		return NULL;
	}
	difference = table_difference(table[0], table[1]);
	table_free(table[0]);
	table_free(table[1]);
	return difference;
}

const char *const recorded_tables[NR_RECORDED_TABLES] = {
	[RECORDED_STATS]	= "stats",
	[RECORDED_HIST]		= "hist",
	[RECORDED_IPIS]		= "ipis",
	[RECORDED_TIMERS]	= "timers",
	[RECORDED_BLAME]	= "blame",
};

/* The column that by_column() compares. */
static size_t sort_column;

static int by_column(const void *a, const void *b)
{
	uint64_t x = ((const struct cell *)a)[sort_column].number;
	uint64_t y = ((const struct cell *)b)[sort_column].number;

	return x > y ? -1 : x < y;
}

/* The number in a column of a row; of a name as "a-b", what a has more than b */
static uint64_t number_of(const struct table *table, unsigned int row, const char *name)
{
	const char *less = strchr(name, '-');
	uint64_t n, taken_off;
	char *column;

	if (!less)
		return table_number(table, row, name);
	column = xprintf("%.*s", (int)(less - name), name);
	n = table_number(table, row, column);
	taken_off = table_number(table, row, less + 1);
	free(column);
	return n > taken_off ? n - taken_off : 0;
}

/*
 * Make a view of some columns of one of irqspan's tables, which are found by their names
 * there. The rows with the most in the column @most come first.
 */
static void view_table(struct views *views, const struct table *table, const char *id,
		       const char *title, const char *note, const struct column *columns,
		       const char *const *names, size_t most)
{
	struct view *view = begin_view(views, id, title, note, columns);
	unsigned int row;
	size_t i;

	for (row = 0; table && row < table->nr_rows; row++) {
		for (i = 0; i < view->nr_columns; i++) {
			char *words = xstrdup(table_word(table, row, names[i]));
			struct symbol symbol;

			if (!has_words(columns[i].type)) {
				add_number(view, number_of(table, row, names[i]),
					   strchr(names[i], '-') ||
					   table_is_number(table, row, names[i]));
				free(words);
			} else if (strchr(words, '+') && strstr(words, "0x")) {
				symbol_parse(&symbol, words);
				free(words);
				add_words(view, xstrdup(symbol_show(&symbol)));
			} else {
				add_words(view, name_unescape(words));
			}
		}
	}
	sort_column = most;
	if (view->nr_rows)
		qsort(view->cells, view->nr_rows, view->nr_columns * sizeof(*view->cells),
		      by_column);
	end_view(views);
}

static const struct column ipi_columns[] = {
	{ "to cpu",	COUNT,	"the CPU that was interrupted" },
	{ "from cpu",	COUNT,	"the CPU that asked for it" },
	{ "kind",	WORDS,	"kind of interrupt" },
	{ "function",	CODE,	"what was called" },
	{ "asked for by", CODE, "the code that asked for it" },
	{ "last for",	WORDS,	"the task that asked last" },
	{ "times",	COUNT,	"how often it was: an interrupt may be for several calls" },
	{ "longest run", TIME,	"how long the function ran at most" },
	{ "longest delay", TIME, "from the request until it ran, at most" },
	{ "late",	COUNT,	"how often interrupts were off there" },
	{ }
};

static const char *const ipi_names[] = {
	"to_cpu", "from_cpu", "kind", "function", "call_site", "comm", "count-no_ipi", "run_max",
	"delay_max", "late",
};

static const struct column timer_columns[] = {
	{ "armed on",	COUNT,	"the CPU that armed it" },
	{ "expired on",	COUNT,	"the CPU where it was queued" },
	{ "kind",	WORDS,	"kind of timer" },
	{ "function",	CODE,	"the timer's function" },
	{ "task",	WORDS,	"who armed it" },
	{ "migrations",	COUNT,	"how often it left" },
	{ "expiries",	COUNT,	"how often it expired there" },
	{ "IPIs back",	COUNT,	"how often that woke a task on the CPU that armed it" },
	{ }
};

static const char *const timer_names[] = {
	"armed_cpu", "queued_cpu", "kind", "function", "comm", "migrations", "expiries", "wakes",
};

static const struct column percentile_columns[] = {
	{ "",		WORDS,	"CPU or interrupt line" },
	{ "spans",	COUNT,	"all spans, recorded or not" },
	{ "total",	TIME,	"time off, all together" },
	{ "p50",	TIME,	"half of them were no longer than this" },
	{ "p99",	TIME,	"of a hundred, one was longer" },
	{ "p99.9",	TIME,	"of a thousand, one was longer" },
	{ "longest",	TIME,	"none was longer" },
	{ }
};

/* The longest recorded span. The table's maximum may be from before the recording. */
static uint64_t longest_recorded(const struct recording *recording, bool cpu, int id)
{
	uint64_t longest = 0;
	size_t i;

	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];

		if (record->event == (cpu ? LOCAL_SPAN : LINE_SPAN) &&
		    (cpu ? record->cpu : record->irq) == id && record->duration > longest)
			longest = record->duration;
	}
	return longest;
}

/* Make a view of the percentiles of each histogram. */
static void view_percentiles(struct views *views, const struct recording *recording,
			     const struct table *stats, const struct table *hist)
{
	struct view *view = begin_view(views, "percentiles", "All spans, recorded or not",
		"What was counted on each CPU and line. Percentiles are at most 1/16 too large.",
		percentile_columns);
	static const unsigned int permille[] = { 500, 990, 999 };
	struct hists hists = { NULL };
	unsigned int row, i;

	if (hist)
		hists_read(&hists, hist, NULL, NULL);
	for (row = 0; stats && row < stats->nr_rows; row++) {
		const char *type = table_word(stats, row, "type");
		int id = table_number(stats, row, "id");
		char *name = name_unescape(xstrdup(table_word(stats, row, "name")));
		const struct hist *spans = hists_find(&hists, type, id);
		bool cpu = !strcmp(type, "cpu");
		uint64_t longest;

		add_words(view, cpu ? xprintf("CPU %d", id) : xprintf("irq %d %s", id, name));
		add_number(view, table_number(stats, row, "spans"), true);
		add_number(view, table_number(stats, row, "total"), true);
		longest = table_is_number(stats, row, "max") ? table_number(stats, row, "max") :
			longest_recorded(recording, cpu, id);
		/* The record of the longest is not there: by the last bucket */
		if (spans && longest < spans->bucket[spans->nr - 1].low)
			longest = spans->bucket[spans->nr - 1].high;
		for (i = 0; i < ARRAY_SIZE(permille); i++) {
			uint64_t bound = spans ? hist_percentile(spans, permille[i]) : 0;

			add_number(view, longest && longest < bound ? longest : bound, spans);
		}
		add_number(view, longest, longest);
		free(name);
	}
	hists_free(&hists);
	end_view(views);
}

static void add_sentence(struct views *views, char *sentence)
{
	if (views->nr_sentences < ARRAY_SIZE(views->sentences))
		views->sentences[views->nr_sentences++] = sentence;
	else
		free(sentence);
}

static const struct recorded *longest_of(const struct recording *recording,
					 enum record_event event)
{
	const struct recorded *longest = NULL;
	size_t i;

	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];
		uint64_t time = is_span(record) ? record->duration : record->late;

		if (record->event == event &&
		    (!longest || time > (is_span(longest) ? longest->duration : longest->late)))
			longest = record;
	}
	return longest;
}

static char *who(const struct recorded *record)
{
	enum culprit_kind kind;
	const struct place *place = culprit_of(record, &kind);
	char *code = show_place(place), *text;

	switch (kind) {
	case RAN:
		text = xprintf("%s ran that long", code);
		break;
	case WAITED:
		text = xprintf("%s waited for a lock", code);
		break;
	default:
		text = xprintf("turned off by %s", code);
	}
	free(code);
	return text;
}

/* The task that the span belongs to: in an interrupt, the interrupted task is not it. */
static char *whose(const struct recorded *span)
{
	char *by = who(span), *text;
	enum culprit_kind kind;

	culprit_of(span, &kind);
	if (!strcmp(span->kind, "task"))
		text = xprintf("That was in task %s: %s.", span->comm, by);
	else if (!strcmp(span->kind, "idle"))
		text = xprintf("That was while the CPU was idle: %s.", by);
	else if (!strcmp(span->kind, "hardirq") && kind == TURNED_OFF && span->parent)
		text = xprintf("That was an interrupt, %s, which came while %s ran.",
			       span->parent->function, span->comm);
	else
		text = xprintf("That was in a %s, while %s ran: %s.", span->kind, span->comm, by);
	free(by);
	return text;
}

static void say_cleared(struct views *views, struct table *const *tables)
{
	char *cleared = xstrdup("");

	for (size_t i = 0; i < NR_RECORDED_TABLES; i++) {
		char *before = cleared;

		if (!tables[i] || !tables[i]->cleared)
			continue;
		cleared = xprintf("%s%s%s", before, *before ? ", " : "", recorded_tables[i]);
		free(before);
	}
	if (*cleared)
		add_sentence(views, xprintf("Somebody cleared %s meanwhile: what was counted before is missing.",
					    cleared));
	free(cleared);
}

static void say_first(struct views *views, const struct recording *recording,
		      struct table *const *tables)
{
	const struct recorded *local = longest_of(recording, LOCAL_SPAN);
	const struct recorded *line = longest_of(recording, LINE_SPAN);
	static const char virtual[] =
		"This is a virtual machine (%s): spans include time in which it did not run.";
	static const char emulated[] =
		"An emulator (%s) ran its CPUs in turns: times are far longer than on hardware.";
	uint64_t count[RECORD_EVENTS] = {}, late_longest = 0;
	char value[64];
	size_t i;

	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];

		count[record->event]++;
		if (is_late(record) && record->late > late_longest)
			late_longest = record->late;
	}
	if (local) {
		views->headline = xprintf("Interrupts were off for up to %s on CPU %d",
					  show_time(local->duration), local->cpu);
		add_sentence(views, whose(local));
	} else {
		views->headline = xstrdup("No CPU had its interrupts off for long enough to be recorded");
	}
	if (line)
		add_sentence(views, xprintf("The interrupt line %d (%s) was off for up to %s, by %s.",
					    line->irq, line->name, show_time(line->duration),
					    line->caller ? line->caller->function :
					    "somebody unknown"));
	if (late_longest)
		add_sentence(views, xprintf("%" PRIu64 " calls and %" PRIu64
					    " timers came late because of it, by up to %s.",
					    count[IPI_LATE], count[TIMER_LATE],
					    show_time(late_longest)));
	if (recording_setting(recording, "lost_records", value, sizeof(value)) &&
	    strcmp(value, "0"))
		add_sentence(views, xprintf("%s records were lost, because the buffer was full: what is recorded is not all.",
					    value));
	else if (recording->lost)
		add_sentence(views, xprintf("Records were lost in %lu places, because the buffer was full: what is recorded is not all.",
					    recording->lost));
	say_cleared(views, tables);
	if (recording_setting(recording, "hypervisor", value, sizeof(value)))
		add_sentence(views, xprintf(strcmp(value, "TCG") ? virtual : emulated, value));
}

void views_make(struct views *views, const struct recording *recording)
{
	struct table *tables[NR_RECORDED_TABLES];
	size_t i;

	memset(views, 0, sizeof(*views));
	for (i = 0; i < NR_RECORDED_TABLES; i++)
		tables[i] = recorded_difference(recording, recorded_tables[i]);
	say_first(views, recording, tables);
	view_culprits(views, recording);
	view_lines(views, recording);
	view_late(views, recording);
	view_drivers(views, recording);
	view_tasks(views, recording);
	view_percentiles(views, recording, tables[RECORDED_STATS], tables[RECORDED_HIST]);
	view_table(views, tables[RECORDED_IPIS], "ipis", "Which CPUs interrupted which",
		   "Inter-processor interrupts, and who asked for them.", ipi_columns, ipi_names,
		   6);
	view_table(views, tables[RECORDED_TIMERS], "timers", "Which timers left their CPU",
		   "Timers that expired on another CPU than the one that armed them.",
		   timer_columns, timer_names, 5);
	for (i = 0; i < NR_RECORDED_TABLES; i++)
		table_free(tables[i]);
}

void views_free(struct views *views)
{
	size_t i, k;

	free(views->headline);
	for (i = 0; i < views->nr_sentences; i++)
		free(views->sentences[i]);
	for (i = 0; i < views->count; i++) {
		for (k = 0; k < views->view[i].nr_cells; k++)
			free(views->view[i].cells[k].words);
		free(views->view[i].cells);
	}
}
