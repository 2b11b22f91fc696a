// SPDX-License-Identifier: GPL-2.0
/* The tables as metrics: see metrics.h. */
#include <string.h>

#include "metrics.h"
#include "names.h"
#include "utils.h"

/* Upper bounds of buckets: one for each power of two, from 64 ns to 137 s */
#define FIRST_BIT	6
#define LAST_BIT	37
#define NR_BOUNDS	(LAST_BIT - FIRST_BIT + 1)

enum unit { COUNT, SECONDS };

/* Counters, one number for each set of labels */
enum family {
	IPIS, IPIS_LATE, IPI_RUN, IPI_DELAY,
	TIMERS_LEFT, TIMER_WAKES,
	LATE, LATE_TIME,
	LOST,
	NR_FAMILIES,
};

/* Tables that tell what they lost, by when they were cleared */
enum { LOST_SPANS, LOST_IPIS, LOST_TIMERS, LOST_BLAME, NR_LOST };

static const struct {
	const char	*name;
	const char	*help;
	enum unit	unit;
} families[NR_FAMILIES] = {
	[IPIS]		= { "irqspan_ipis", "IPIs that hit the CPU.", COUNT },
	[IPIS_LATE]	= { "irqspan_ipis_late",
			    "Calls by IPI that were late because interrupts were off.", COUNT },
	[IPI_RUN]	= { "irqspan_ipi_run_seconds",
			    "Time that called functions took.", SECONDS },
	[IPI_DELAY]	= { "irqspan_ipi_delay_seconds",
			    "Time from when calls were queued until they began.", SECONDS },
	[TIMERS_LEFT]	= { "irqspan_timers_left",
			    "Timers that left the CPU that armed them.", COUNT },
	[TIMER_WAKES]	= { "irqspan_timer_wakes",
			    "IPIs that came back to the CPU from timers that had left it.", COUNT },
	[LATE]		= { "irqspan_late",
			    "Timers and calls that were late because of a span on the CPU.",
			    COUNT },
	[LATE_TIME]	= { "irqspan_late_seconds", "By how much, taken together.", SECONDS },
	[LOST]		= { "irqspan_lost", "Events that found no room in a table.", COUNT },
};

/**
 * struct counter - a number that only rises
 * @before: sum of what was counted before the table was cleared last
 * @now: what the table has now
 */
struct counter {
	uint64_t	before;
	uint64_t	now;
};

struct series {
	enum family	family;
	char		*labels;
	struct counter	value;
};

/**
 * struct spans - the histogram of a CPU or of a line
 * @labels: the labels of its series
 * @id: number of the CPU or line
 * @is_cpu: it is a CPU
 * @name: name of the line
 * @bound: number of spans in the bucket that ends at each bound, a power of two
 * @total: sum of all durations, ns
 */
struct spans {
	char		*labels;
	unsigned int	id;
	bool		is_cpu;
	char		name[64];
	struct counter	bound[NR_BOUNDS];
	struct counter	total;
};

struct open_span {
	char		*labels;
	uint64_t	ns;
};

struct metrics {
	struct set		cpus;
	bool			all_cpus;
	bool			others;
	struct series		*series;
	unsigned int		nr_series, series_room;
	unsigned int		last_series;
	struct spans		*spans;
	unsigned int		nr_spans, spans_room;
	struct open_span	*open;
	unsigned int		nr_open, open_room;
	uint64_t		generation[NR_FAMILIES];
	uint64_t		lost_generation[NR_LOST];
	uint64_t		spans_generation, totals_generation;
	unsigned int		last_spans;
	bool			updated;
};

void metrics_add_others(struct metrics *metrics)
{
	metrics->others = true;
}

struct metrics *metrics_new(const struct set *cpus)
{
	struct metrics *metrics = xalloc(sizeof(*metrics));

	metrics->all_cpus = !cpus;
	if (cpus)
		set_union(&metrics->cpus, cpus);
	return metrics;
}

static bool is_wanted(const struct metrics *metrics, const char *cpu)
{
	return metrics->all_cpus || metrics->others ||
	       set_has(&metrics->cpus, strtoul(cpu, NULL, 10));
}

/* The table has a row for each CPU that there could be: skip those that never were there. */
static bool is_absent(const struct metrics *metrics, const char *cpu, uint64_t spans)
{
	return !metrics->all_cpus && metrics->others && !spans &&
	       !set_has(&metrics->cpus, strtoul(cpu, NULL, 10));
}

/* A label's value as it is written between quotes */
static char *escape(const char *value)
{
	char *text = xalloc(2 * strlen(value) + 1), *to = text;

	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			*to++ = '\\';
		/* A newline would end the line, and not every reader knows more than ASCII. */
		*to++ = *value < ' ' || *value > '~' ? '?' : *value;
	}
	return text;
}

/* A label with the word of a table as its value. With --tables that may be any word. */
static char *make_label(const char *name, const char *word)
{
	char *plain = name_unescape(xstrdup(word)), *good = escape(plain), *label;

	label = xprintf("%s=\"%s\"", name, good);
	free(plain);
	free(good);
	return label;
}

static char *make_labels(const char *name, const char *word, const char *other_name,
			 const char *other_word)
{
	char *label = make_label(name, word), *other = make_label(other_name, other_word);
	char *labels = xprintf("%s,%s", label, other);

	free(label);
	free(other);
	return labels;
}

/* Begin a new reading. If the table was cleared, keep what it had counted until then. */
static void begin_reading(struct counter *counter, bool cleared)
{
	if (cleared)
		counter->before += counter->now;
	counter->now = 0;
}

static uint64_t value_of(const struct counter *counter)
{
	return counter->before + counter->now;
}

/* Series by series */

#define NEAR	4U

static struct counter *get_counter(struct metrics *metrics, enum family family,
				   const char *labels)
{
	unsigned int at = metrics->last_series > NEAR ? metrics->last_series - NEAR : 0;
	struct series *series;

	/* Begin near the series that was found last: mostly it is one of the next. */
	for (unsigned int i = 0; i < metrics->nr_series; i++) {
		at %= metrics->nr_series;
		series = &metrics->series[at];
		if (series->family == family && !strcmp(series->labels, labels)) {
			metrics->last_series = at;
			return &series->value;
		}
		at++;
	}
	metrics->last_series = metrics->nr_series;
	xgrow(metrics->series, metrics->nr_series, metrics->series_room);
	series = &metrics->series[metrics->nr_series++];
	*series = (struct series){ .family = family, .labels = xstrdup(labels) };
	return &series->value;
}

static void add_value(struct metrics *metrics, enum family family, const char *labels, uint64_t n)
{
	get_counter(metrics, family, labels)->now += n;
}

static void begin_families(struct metrics *metrics, const struct table *table, enum family first,
			   enum family last)
{
	bool cleared = metrics->updated && metrics->generation[first] != table->generation;

	for (unsigned int i = 0; i < metrics->nr_series; i++) {
		if (metrics->series[i].family >= first && metrics->series[i].family <= last)
			begin_reading(&metrics->series[i].value, cleared);
	}
	metrics->generation[first] = table->generation;
}

/* Make the labels of a row, to be freed; NULL if it is of a CPU that is not wanted. */
static char *row_labels(const struct metrics *metrics, const struct table *table, unsigned int row,
			const char *cpu_column, const char *kind_column)
{
	const char *cpu = table_word(table, row, cpu_column);

	if (!is_wanted(metrics, cpu))
		return NULL;
	return make_labels("cpu", cpu, "kind", table_word(table, row, kind_column));
}

static void update_ipis(struct metrics *metrics, const struct table *table)
{
	begin_families(metrics, table, IPIS, IPI_DELAY);
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		uint64_t count = table_number(table, i, "count");
		uint64_t no_ipi = table_number(table, i, "no_ipi");
		char *labels = row_labels(metrics, table, i, "to_cpu", "kind");

		if (!labels)
			continue;
		add_value(metrics, IPIS, labels, count > no_ipi ? count - no_ipi : 0);
		if (table_is_number(table, i, "run_total")) {
			add_value(metrics, IPIS_LATE, labels, table_number(table, i, "late"));
			add_value(metrics, IPI_RUN, labels, table_number(table, i, "run_total"));
			add_value(metrics, IPI_DELAY, labels,
				  table_number(table, i, "delay_total"));
		}
		free(labels);
	}
}

static void update_timers(struct metrics *metrics, const struct table *table)
{
	begin_families(metrics, table, TIMERS_LEFT, TIMER_WAKES);
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		char *labels = row_labels(metrics, table, i, "armed_cpu", "kind");

		if (!labels)
			continue;
		add_value(metrics, TIMERS_LEFT, labels, table_number(table, i, "migrations"));
		add_value(metrics, TIMER_WAKES, labels, table_number(table, i, "wakes"));
		free(labels);
	}
}

static void update_blame(struct metrics *metrics, const struct table *table)
{
	begin_families(metrics, table, LATE, LATE_TIME);
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		char *labels = row_labels(metrics, table, i, "cpu", "victim");

		if (!labels)
			continue;
		add_value(metrics, LATE, labels, table_number(table, i, "count"));
		add_value(metrics, LATE_TIME, labels, table_number(table, i, "late_total"));
		free(labels);
	}
}

/* Count the lines "lost..." at the end of each table. */
static void update_lost(struct metrics *metrics, const struct snapshot *snapshot)
{
	const struct {
		const char		*name;
		const struct table	*table;
	} tables[NR_LOST] = {
		[LOST_SPANS]	= { "stats", snapshot->stats },
		[LOST_IPIS]	= { "ipis", snapshot->ipis },
		[LOST_TIMERS]	= { "timers", snapshot->timers },
		[LOST_BLAME]	= { "blame", snapshot->blame },
	};

	for (unsigned int i = 0; i < NR_LOST; i++) {
		const struct table *table = tables[i].table;
		struct counter *counter;
		char labels[64];

		if (!table)
			continue;
		snprintf(labels, sizeof(labels), "kind=\"%s\"", tables[i].name);
		counter = get_counter(metrics, LOST, labels);
		begin_reading(counter, metrics->updated &&
			      metrics->lost_generation[i] != table->generation);
		metrics->lost_generation[i] = table->generation;
		counter->now = table_lost(table);
	}
}

/* Histograms */

static struct spans *get_spans(struct metrics *metrics, const char *type, unsigned int id,
			       const char *name)
{
	bool is_cpu = !strcmp(type, "cpu");
	struct spans *spans;
	char number[16];

	/* Rows come in order: mostly it is the one that was found last, or the next. */
	for (unsigned int i = 0; i < metrics->nr_spans; i++) {
		unsigned int at = (metrics->last_spans + i) % metrics->nr_spans;

		spans = &metrics->spans[at];
		if (spans->id == id && spans->is_cpu == is_cpu &&
		    (is_cpu || !strncmp(spans->name, name, sizeof(spans->name) - 1))) {
			metrics->last_spans = at;
			return spans;
		}
	}
	metrics->last_spans = metrics->nr_spans;
	xgrow(metrics->spans, metrics->nr_spans, metrics->spans_room);
	spans = &metrics->spans[metrics->nr_spans++];
	*spans = (struct spans){ .id = id, .is_cpu = is_cpu };
	snprintf(spans->name, sizeof(spans->name), "%s", name);
	snprintf(number, sizeof(number), "%u", id);
	spans->labels = is_cpu ? make_label("cpu", number) :
				 make_labels("irq", number, "name", name);
	return spans;
}

/* The index of the bound of a bucket; NR_BOUNDS if no bound is so high */
static unsigned int bound_of(uint64_t ns)
{
	unsigned int bit = ns ? 64 - __builtin_clzll(ns) : 0;

	return bit <= FIRST_BIT ? 0 : bit > LAST_BIT ? NR_BOUNDS - 1 : bit - FIRST_BIT;
}

static void update_spans(struct metrics *metrics, const struct table *hist,
			 const struct table *stats)
{
	int type, id, name, high, count;
	/* They are cleared together, but that may be after one was read and before the other. */
	bool cleared = metrics->updated && metrics->spans_generation != hist->generation;
	bool totals_cleared = metrics->updated && metrics->totals_generation != stats->generation;

	metrics->spans_generation = hist->generation;
	metrics->totals_generation = stats->generation;
	for (unsigned int i = 0; i < metrics->nr_spans; i++) {
		for (unsigned int k = 0; k < NR_BOUNDS; k++)
			begin_reading(&metrics->spans[i].bound[k], cleared);
		begin_reading(&metrics->spans[i].total, totals_cleared);
	}
	/* Look up the columns once: a large machine has some ten thousand rows. */
	type = table_column(hist, "type");
	id = table_column(hist, "id");
	name = table_column(hist, "name");
	high = table_column(hist, "high");
	count = table_column(hist, "count");
	if (type < 0 || id < 0 || name < 0 || high < 0 || count < 0)
		fail("%s lacks a column that is needed", hist->name);
	for (unsigned int i = 0; i < hist->nr_rows; i++) {
		char **word = table_row(hist, i);
		uint64_t number, longest, n;
		struct spans *spans;

		if (!table_to_number(word[id], &number) || !table_to_number(word[high], &longest) ||
		    !table_to_number(word[count], &n))
			fail("%s is damaged: row %u has no number where there has to be one",
			     hist->name, i + 1);
		if (!strcmp(word[type], "cpu") && !is_wanted(metrics, word[id]))
			continue;
		spans = get_spans(metrics, word[type], number, word[name]);
		spans->bound[bound_of(longest)].now += n;
	}
	for (unsigned int i = 0; i < stats->nr_rows; i++) {
		const char *of = table_word(stats, i, "type"), *number = table_word(stats, i, "id");

		if (!strcmp(of, "cpu") && (!is_wanted(metrics, number) ||
					   is_absent(metrics, number,
						     table_number(stats, i, "spans"))))
			continue;
		get_spans(metrics, of, strtoul(number, NULL, 10), table_word(stats, i, "name"))
			->total.now += table_number(stats, i, "total");
	}
}

static void update_open(struct metrics *metrics, const struct table *table)
{
	while (metrics->nr_open)
		free(metrics->open[--metrics->nr_open].labels);
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		const char *type = table_word(table, i, "type"), *id = table_word(table, i, "id");
		char *which, *kind;

		if (!strcmp(type, "cpu") && !is_wanted(metrics, id))
			continue;
		which = strcmp(type, "cpu") ?
			make_labels("irq", id, "name", table_word(table, i, "name")) :
			make_label("cpu", id);
		kind = make_label("kind", table_word(table, i, "kind"));
		xgrow(metrics->open, metrics->nr_open, metrics->open_room);
		metrics->open[metrics->nr_open++] = (struct open_span){
			.labels	= xprintf("%s,%s", which, kind),
			.ns	= table_number(table, i, "duration"),
		};
		free(which);
		free(kind);
	}
}

void metrics_update(struct metrics *metrics, const struct snapshot *snapshot)
{
	if (snapshot->hist && snapshot->stats)
		update_spans(metrics, snapshot->hist, snapshot->stats);
	if (snapshot->open)
		update_open(metrics, snapshot->open);
	if (snapshot->ipis)
		update_ipis(metrics, snapshot->ipis);
	if (snapshot->timers)
		update_timers(metrics, snapshot->timers);
	if (snapshot->blame)
		update_blame(metrics, snapshot->blame);
	update_lost(metrics, snapshot);
	metrics->updated = true;
}

/* Print ns as seconds: exactly, and without zeros at the end. */
static void print_seconds(FILE *to, uint64_t ns)
{
	char text[32];
	size_t length;

	length = snprintf(text, sizeof(text), "%llu.%09llu",
			  (unsigned long long)(ns / NSEC_PER_SEC),
			  (unsigned long long)(ns % NSEC_PER_SEC));
	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	fputs(text, to);
}

/* Print the head of a family. In OpenMetrics its name lacks the _total of its counters. */
static void print_head(FILE *to, bool openmetrics, const char *name, const char *type,
		       const char *unit, const char *help)
{
	const char *suffix = !openmetrics && !strcmp(type, "counter") ? "_total" : "";

	fprintf(to, "# TYPE %s%s %s\n", name, suffix, type);
	if (openmetrics && *unit)
		fprintf(to, "# UNIT %s %s\n", name, unit);
	fprintf(to, "# HELP %s%s %s\n", name, suffix, help);
}

static void print_spans(const struct metrics *metrics, FILE *to, bool openmetrics)
{
	static const char name[] = "irqspan_span_seconds";

	print_head(to, openmetrics, name, "histogram", "seconds",
		   "How long interrupts were off, of a CPU or of a line.");
	for (unsigned int i = 0; i < metrics->nr_spans; i++) {
		const struct spans *spans = &metrics->spans[i];
		uint64_t count = 0;

		/* The last bucket has all longer spans, too: it is printed as +Inf. */
		for (unsigned int k = 0; k < NR_BOUNDS - 1; k++) {
			count += value_of(&spans->bound[k]);
			fprintf(to, "%s_bucket{%s,le=\"", name, spans->labels);
			print_seconds(to, (1ULL << (k + FIRST_BIT)) - 1);
			fprintf(to, "\"} %llu\n", (unsigned long long)count);
		}
		count += value_of(&spans->bound[NR_BOUNDS - 1]);
		fprintf(to, "%s_bucket{%s,le=\"+Inf\"} %llu\n", name, spans->labels,
			(unsigned long long)count);
		fprintf(to, "%s_count{%s} %llu\n", name, spans->labels, (unsigned long long)count);
		fprintf(to, "%s_sum{%s} ", name, spans->labels);
		print_seconds(to, value_of(&spans->total));
		fputc('\n', to);
	}
}

static void print_family(const struct metrics *metrics, FILE *to, bool openmetrics,
			 enum family family)
{
	bool any = false;

	for (unsigned int i = 0; i < metrics->nr_series; i++) {
		const struct series *series = &metrics->series[i];

		if (series->family != family)
			continue;
		if (!any)
			print_head(to, openmetrics, families[family].name, "counter",
				   families[family].unit == SECONDS ? "seconds" : "",
				   families[family].help);
		any = true;
		fprintf(to, "%s_total{%s} ", families[family].name, series->labels);
		if (families[family].unit == SECONDS)
			print_seconds(to, value_of(&series->value));
		else
			fprintf(to, "%llu", (unsigned long long)value_of(&series->value));
		fputc('\n', to);
	}
}

void metrics_print(const struct metrics *metrics, FILE *to, bool openmetrics)
{
	if (metrics->nr_spans)
		print_spans(metrics, to, openmetrics);
	if (metrics->nr_open)
		print_head(to, openmetrics, "irqspan_open_seconds", "gauge", "seconds",
			   "For how long interrupts have been off that are off now.");
	for (unsigned int i = 0; i < metrics->nr_open; i++) {
		fprintf(to, "irqspan_open_seconds{%s} ", metrics->open[i].labels);
		print_seconds(to, metrics->open[i].ns);
		fputc('\n', to);
	}
	for (unsigned int family = 0; family < NR_FAMILIES; family++)
		print_family(metrics, to, openmetrics, family);
	if (openmetrics)
		fputs("# EOF\n", to);
}

void metrics_free(struct metrics *metrics)
{
	for (unsigned int i = 0; i < metrics->nr_series; i++)
		free(metrics->series[i].labels);
	for (unsigned int i = 0; i < metrics->nr_spans; i++)
		free(metrics->spans[i].labels);
	for (unsigned int i = 0; i < metrics->nr_open; i++)
		free(metrics->open[i].labels);
	free(metrics->series);
	free(metrics->spans);
	free(metrics->open);
	set_free(&metrics->cpus);
	free(metrics);
}
