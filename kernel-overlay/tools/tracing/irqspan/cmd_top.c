// SPDX-License-Identifier: GPL-2.0
/* irqspan top: who has interrupts off now, and for what share of the time. */
#include <getopt.h>
#include <string.h>

#include "actions.h"
#include "advice.h"
#include "cause.h"
#include "commands.h"
#include "hist.h"
#include "run.h"
#include "screen.h"
#include "session.h"
#include "snapshot.h"
#include "units.h"
#include "utils.h"

static const char usage[] =
"Usage: irqspan top [OPTIONS]\n\n"
"Shows, again and again, a row for each CPU and each interrupt line.\n\n"
"  -c, --cpus CPUS     only these CPUs, for example 1-3,8 (default: all)\n"
"  -d, --duration TIME stop after this time (default: never)\n"
"  -i, --interval TIME how often to show new numbers: 1s, 500ms (default 1s)\n"
"      --limit TIME    what lasts this long or longer is too long (default 50us);\n"
"                      whose span it was is named from a fifth of that up\n"
"  -s, --sort KEY      id, spans, share, p50, p99, max, ipis or late (default share)\n"
"  -q, --quiet         no headers, if stdout is not a terminal\n"
ACTIONS_HELP
"  -h, --help\n\n"
"Keys: q quit, space pause, s next sort key, r reverse, up and down choose a row, enter\n"
"shows its details and back, h help. Without a terminal it prints plain lines.\n";

/**
 * struct entry - a row: a CPU or a line
 * @is_cpu: it is a CPU, not a line
 * @id: its number
 * @name: name of the line
 * @spans: how many spans ended in the interval
 * @total: for how long interrupts, or the line, were off in the interval, ns
 * @p50: half of them were no longer, ns
 * @p99: all but one of a hundred were no longer, ns
 * @max: the longest one, ns
 * @ipis: IPIs that hit the CPU
 * @late: timers and calls that were late there
 * @holder: who has interrupts, or the line, off now, and since when; "" if nobody
 * @culprit: who made the longest recorded span of the interval
 * @culprit_ns: how long that span was
 */
struct entry {
	bool		is_cpu;
	unsigned int	id;
	char		name[48];
	uint64_t	spans;
	uint64_t	total;
	uint64_t	p50;
	uint64_t	p99;
	uint64_t	max;
	uint64_t	ipis;
	uint64_t	late;
	char		holder[96];
	char		culprit[96];
	uint64_t	culprit_ns;
};

enum sort { BY_ID, BY_SPANS, BY_SHARE, BY_P50, BY_P99, BY_MAX, BY_IPIS, BY_LATE, NR_SORTS };

static const char *const sort_names[NR_SORTS] = {
	"id", "spans", "share", "p50", "p99", "max", "ipis", "late",
};

struct top {
	/* Options */
	struct set		cpus;
	uint64_t		duration;
	uint64_t		interval;
	uint64_t		limit;
	enum sort		sort;
	bool			reverse;
	bool			quiet;
	struct actions		*actions;

	/* What is shown */
	struct entry		*entry;
	unsigned int		nr;
	unsigned int		room;
	struct causes		lines;
	struct causes		*of_cpu;	/* by its number */
	struct snapshot		*difference;
	bool			paused;
	bool			detail;
	bool			help;
	bool			cleared;
	unsigned int		chosen;
	bool			chosen_is_cpu;
	unsigned int		chosen_id;

	struct records		*records;
	bool			hit;
};

/* The page that is being sorted: qsort() passes nothing to the function that compares. */
static const struct top *sorting;

static void parse_options(struct top *top, int argc, char **argv)
{
	enum { LIMIT = 256, ON_THRESHOLD, DEBOUNCE };
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "duration", required_argument, NULL, 'd' },
		{ "interval", required_argument, NULL, 'i' },
		{ "limit", required_argument, NULL, LIMIT },
		{ "sort", required_argument, NULL, 's' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "on-threshold", required_argument, NULL, ON_THRESHOLD },
		{ "debounce", required_argument, NULL, DEBOUNCE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	const char *cpus = "all";
	int c;

	top->interval = NSEC_PER_SEC;
	top->limit = 50 * NSEC_PER_USEC;
	top->sort = BY_SHARE;
	top->actions = actions_new();
	while ((c = getopt_long(argc, argv, "c:d:i:s:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			cpus = optarg;
			break;
		case 'd':
			top->duration = parse_duration("-d", optarg);
			break;
		case 'i':
			top->interval = parse_duration("-i", optarg);
			break;
		case LIMIT:
			top->limit = parse_time("--limit", optarg);
			if (!top->limit)
				fail("--limit has to be longer than nothing: write it as 50us");
			break;
		case 's':
			for (top->sort = 0; top->sort < NR_SORTS; top->sort++) {
				if (!strcmp(optarg, sort_names[top->sort]))
					break;
			}
			if (top->sort == NR_SORTS)
				fail("-s %s is no key: it is id, spans, share, p50, p99, max, ipis or late",
				     optarg);
			break;
		case 'q':
			top->quiet = true;
			break;
		case ON_THRESHOLD:
			actions_add(top->actions, optarg);
			break;
		case DEBOUNCE:
			actions_set_debounce(top->actions, parse_duration("--debounce", optarg));
			break;
		case 'h':
			show_help(usage);
		default:
			fail_option(argv);
		}
	}
	if (optind < argc)
		fail("what is '%s'? irqspan top --help tells the options", argv[optind]);
	cpus_parse(&top->cpus, "-c", cpus);
	advice_load(NULL);
}

static struct entry *find_entry(const struct top *top, bool is_cpu, unsigned int id)
{
	for (unsigned int i = 0; i < top->nr; i++) {
		if (top->entry[i].is_cpu == is_cpu && top->entry[i].id == id)
			return &top->entry[i];
	}
	return NULL;
}

static struct entry *get_entry(struct top *top, bool is_cpu, unsigned int id, const char *name)
{
	struct entry *entry = find_entry(top, is_cpu, id);

	if (entry)
		return entry;
	xgrow(top->entry, top->nr, top->room);
	entry = &top->entry[top->nr++];
	*entry = (struct entry){ .is_cpu = is_cpu, .id = id };
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	/* From a table, it may have escapes. */
	name_show(entry->name);
	return entry;
}

static void fill_spans(struct top *top, const struct snapshot *difference)
{
	struct hists hists;

	hists_read(&hists, difference->hist, &top->cpus, NULL);
	for (unsigned int i = 0; i < hists.nr; i++) {
		const struct hist *hist = &hists.list[i];
		struct entry *entry = get_entry(top, !strcmp(hist->type, "cpu"), hist->id,
						hist->name);

		entry->spans = hist->count;
		entry->p50 = hist_percentile(hist, 500);
		entry->p99 = hist_percentile(hist, 990);
		entry->max = hist_percentile(hist, 1000);
	}
	hists_free(&hists);
	for (unsigned int i = 0; i < difference->stats->nr_rows; i++) {
		const struct table *stats = difference->stats;
		bool is_cpu = !strcmp(table_word(stats, i, "type"), "cpu");
		unsigned int id = table_number(stats, i, "id");
		struct entry *entry;

		if (is_cpu && !set_has(&top->cpus, id))
			continue;
		entry = get_entry(top, is_cpu, id, table_word(stats, i, "name"));
		entry->total = table_number(stats, i, "total");
		/* If the maximum is of this interval, it is exact; the histogram's is not. */
		if (table_number(stats, i, "max"))
			entry->max = table_number(stats, i, "max");
		/* As in stats: no percentile is longer than the longest span. */
		if (entry->p50 > entry->max)
			entry->p50 = entry->max;
		if (entry->p99 > entry->max)
			entry->p99 = entry->max;
	}
}

static void fill_others(struct top *top, const struct snapshot *difference)
{
	for (unsigned int i = 0; difference->ipis && i < difference->ipis->nr_rows; i++) {
		const struct table *ipis = difference->ipis;
		uint64_t count = table_number(ipis, i, "count");
		uint64_t no_ipi = table_number(ipis, i, "no_ipi");
		unsigned int cpu = table_number(ipis, i, "to_cpu");

		if (set_has(&top->cpus, cpu))
			get_entry(top, true, cpu, "-")->ipis += count > no_ipi ? count - no_ipi : 0;
	}
	for (unsigned int i = 0; difference->blame && i < difference->blame->nr_rows; i++) {
		unsigned int cpu = table_number(difference->blame, i, "cpu");

		if (set_has(&top->cpus, cpu))
			get_entry(top, true, cpu, "-")->late +=
				table_number(difference->blame, i, "count");
	}
}

static void fill_holders(struct top *top, const struct table *open)
{
	for (unsigned int i = 0; open && i < open->nr_rows; i++) {
		bool is_cpu = !strcmp(table_word(open, i, "type"), "cpu");
		unsigned int id = table_number(open, i, "id");
		char *comm = name_show(xstrdup(table_word(open, i, "comm")));
		struct symbol caller;
		struct entry *entry;

		if (is_cpu && !set_has(&top->cpus, id)) {
			free(comm);
			continue;
		}
		symbol_parse(&caller, table_word(open, i, "caller"));
		entry = get_entry(top, is_cpu, id, table_word(open, i, "name"));
		snprintf(entry->holder, sizeof(entry->holder), "%s %s (%s)",
			 show_time(table_number(open, i, "duration")), symbol_show(&caller), comm);
		/* It is counted when it is over: see fit_to_interval(). */
		entry->total += table_number(open, i, "duration");
		free(comm);
	}
}

/*
 * A span may be longer than the interval. What was off when the interval began was off before
 * that, too: @open tells for how long. This, and what the last one has added, may be a bit
 * wrong, because the tables are not read at once.
 */
static void fit_to_interval(struct top *top, const struct table *open)
{
	for (unsigned int i = 0; open && i < open->nr_rows; i++) {
		uint64_t duration = table_number(open, i, "duration");
		struct entry *entry = find_entry(top, !strcmp(table_word(open, i, "type"), "cpu"),
						 table_number(open, i, "id"));

		if (entry)
			entry->total -= duration < entry->total ? duration : entry->total;
	}
	for (unsigned int i = 0; i < top->nr; i++) {
		if (top->entry[i].total > top->difference->time)
			top->entry[i].total = top->difference->time;
	}
}

static void note_record(const struct record *record, void *data)
{
	bool is_cpu = record->type == RECORD_LOCAL_SPAN;
	struct top *top = data;
	struct culprit culprit;
	struct entry *entry;

	if (record->type != RECORD_LOCAL_SPAN && record->type != RECORD_LINE_SPAN)
		return;
	if (is_cpu && !set_has(&top->cpus, record->cpu))
		return;
	if (is_cpu || record->pending)
		top->hit |= record->duration >= top->limit;
	causes_add_record(is_cpu ? &top->of_cpu[record->cpu] : &top->lines, record);
	if (top->paused)
		return;
	entry = get_entry(top, is_cpu, is_cpu ? record->cpu : record->irq,
			  is_cpu ? "-" : record->name);
	if (record->duration < entry->culprit_ns)
		return;
	entry->culprit_ns = record->duration;
	if (is_cpu) {
		culprit_of_span(&culprit, record);
	} else {
		culprit = (struct culprit){ 0 };
		symbol_find(&culprit.code, record->caller);
		snprintf(culprit.task, sizeof(culprit.task), "%s", record->comm);
	}
	snprintf(entry->culprit, sizeof(entry->culprit), "%s%s%s%s%s", symbol_show(&culprit.code),
		 strcmp(culprit.task, "-") ? " (" : "",
		 strcmp(culprit.task, "-") ? culprit.task : "",
		 strcmp(culprit.task, "-") ? ")" : "", culprit.waited ? ", waited" : "");
}

static uint64_t sort_value(const struct entry *entry, enum sort by)
{
	switch (by) {
	case BY_SPANS:
		return entry->spans;
	case BY_SHARE:
		return entry->total;
	case BY_P50:
		return entry->p50;
	case BY_P99:
		return entry->p99;
	case BY_MAX:
		return entry->max;
	case BY_IPIS:
		return entry->ipis;
	case BY_LATE:
		return entry->late;
	default:
		return 0;
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	uint64_t vx = sort_value(x, sorting->sort), vy = sort_value(y, sorting->sort);
	int order;

	/* CPUs first: they are what users look for. */
	if (x->is_cpu != y->is_cpu)
		return x->is_cpu ? -1 : 1;
	order = vx != vy ? (vx < vy ? 1 : -1) : (x->id > y->id) - (x->id < y->id);
	return sorting->reverse ? -order : order;
}

static void sort_entries(struct top *top)
{
	sorting = top;
	if (top->nr)
		qsort(top->entry, top->nr, sizeof(*top->entry), compare_entries);
	for (unsigned int i = 0; i < top->nr; i++) {
		if (top->entry[i].is_cpu == top->chosen_is_cpu &&
		    top->entry[i].id == top->chosen_id)
			top->chosen = i;
	}
	if (top->chosen >= top->nr)
		top->chosen = top->nr ? top->nr - 1 : 0;
}

static char *entry_label(const struct entry *entry)
{
	if (entry->is_cpu)
		return xprintf("cpu %u", entry->id);
	return strcmp(entry->name, "-") ? xprintf("irq %u %s", entry->id, entry->name) :
					  xprintf("irq %u", entry->id);
}

/* Widths of the columns that have words */
struct widths {
	int	label;
	int	holder;
};

/* Lines that follow each other have the same columns. */
static const struct widths plain_widths = { .label = 16, .holder = 32 };

/* On a page, columns are as narrow as their words: the screen may be narrow. */
static struct widths page_widths(const struct top *top)
{
	struct widths widths = { .holder = strlen("off now") };

	for (unsigned int i = 0; i < top->nr; i++) {
		char *label = entry_label(&top->entry[i]);
		int length = strlen(label), holder = strlen(top->entry[i].holder);

		free(label);
		if (length > widths.label)
			widths.label = length;
		if (holder > widths.holder)
			widths.holder = holder;
	}
	if (widths.label > plain_widths.label)
		widths.label = plain_widths.label;
	if (widths.holder > plain_widths.holder)
		widths.holder = plain_widths.holder;
	return widths;
}

static void print_head(FILE *to, const struct widths *widths)
{
	fprintf(to, "%-*s %9s %7s %9s %9s %9s %8s %7s  %-*s %s\n", widths->label, "", "spans/s",
		"off%", "p50", "p99", "max", "IPIs/s", "late/s", widths->holder, "off now",
		"longest by");
}

static void print_entry(FILE *to, const struct top *top, const struct entry *entry,
			const struct widths *widths)
{
	double seconds = top->difference->time / 1e9;
	char *label = entry_label(entry);
	bool any = entry->spans;

	fprintf(to, "%-*.*s %9.0f %7.3f %9s %9s %9s", widths->label, widths->label, label,
		entry->spans / seconds, 100.0 * entry->total / top->difference->time,
		any ? show_time(entry->p50) : "-", any ? show_time(entry->p99) : "-",
		any ? show_time(entry->max) : "-");
	free(label);
	if (entry->is_cpu)
		fprintf(to, " %8.0f %7.0f", entry->ipis / seconds, entry->late / seconds);
	else
		fprintf(to, " %8s %7s", "-", "-");
	fprintf(to, "  %-*.60s %s", widths->holder, *entry->holder ? entry->holder : "-",
		*entry->culprit ? entry->culprit : "-");
	fprintf(to, "\n");
}

/* Say how many more rows there are, for which the page has no room. */
static void print_more(FILE *to, unsigned int nr)
{
	if (nr)
		fprintf(to, "  and %u more\n", nr);
}

static void print_spans_behind(FILE *to, struct top *top, const struct entry *entry,
			       unsigned int room)
{
	struct causes *causes = entry->is_cpu ? &top->of_cpu[entry->id] : &top->lines;
	unsigned int nr = 0;

	fprintf(to, "\nSpans from %s up, since the start, worst first:\n",
		show_time(top->limit / 5));
	causes_rank(causes);
	for (unsigned int i = 0; i < causes->nr; i++) {
		const struct cause *cause = causes->list[i];
		char *text;

		if (!entry->is_cpu && strtoul(cause->field[FIELD_IRQ], NULL, 10) != entry->id)
			continue;
		if (nr++ >= room)
			continue;
		text = cause_show(cause);
		fprintf(to, "  %6llu times %9s in all %9s at most  %s\n",
			(unsigned long long)cause->count, show_time(cause->total),
			show_time(cause->longest), text);
		free(text);
	}
	print_more(to, nr > room ? nr - room : 0);
}

static void print_ipis_behind(FILE *to, const struct table *ipis, const struct entry *entry,
			      unsigned int room)
{
	unsigned int nr = 0;

	fprintf(to, "\nIPIs in the last interval:\n");
	for (unsigned int i = 0; i < ipis->nr_rows; i++) {
		struct symbol function, site;

		if (table_number(ipis, i, "to_cpu") != entry->id ||
		    !table_number(ipis, i, "count") || nr++ >= room)
			continue;
		symbol_parse(&function, table_word(ipis, i, "function"));
		symbol_parse(&site, table_word(ipis, i, "call_site"));
		fprintf(to, "  %6llu from CPU %s, %s %s, asked for by %s\n",
			(unsigned long long)table_number(ipis, i, "count"),
			table_word(ipis, i, "from_cpu"), table_word(ipis, i, "kind"),
			symbol_show(&function), symbol_show(&site));
	}
	print_more(to, nr > room ? nr - room : 0);
}

/* Print the details of the chosen CPU or line on a page of so many rows. */
static void print_detail(FILE *to, struct top *top, unsigned int rows)
{
	const struct entry *entry = top->nr ? &top->entry[top->chosen] : NULL;
	bool has_ipis = entry && entry->is_cpu && top->difference->ipis;
	/* Rows for headers, blank lines, and "so many more" */
	unsigned int others = has_ipis ? 9 : 6, room = rows > others + 2 ? rows - others : 2;
	char *label;

	if (!entry)
		return;
	label = entry_label(entry);
	fprintf(to, "\n%s: off now: %s\n", label, *entry->holder ? entry->holder : "no");
	free(label);
	print_spans_behind(to, top, entry, has_ipis ? room / 2 : room);
	if (has_ipis)
		print_ipis_behind(to, top->difference->ipis, entry, room - room / 2);
}

static void print_page(struct top *top)
{
	FILE *to = screen_page();
	unsigned int rows, columns, first;
	struct widths widths;

	screen_size(&rows, &columns);
	fprintf(to, "irqspan top, of %s, by %s%s%s%s   q quit  space pause  s sort  enter detail  h help\n",
		show_time(top->difference->time), sort_names[top->sort],
		top->reverse ? ", reversed" : "", top->paused ? ", PAUSED" : "",
		top->cleared ? ", counters were cleared by somebody" : "");
	if (top->help) {
		fprintf(to, "\n%s", usage);
	} else if (top->detail) {
		print_detail(to, top, rows);
	} else {
		widths = page_widths(top);
		fprintf(to, "\033[7m");
		print_head(to, &widths);
		/* Scroll so that the chosen cause is on the page. */
		first = rows > 3 && top->chosen >= rows - 3 ? top->chosen - (rows - 3) + 1 : 0;
		for (unsigned int i = first; i < top->nr; i++) {
			if (i == top->chosen)
				fprintf(to, "\033[1m");
			print_entry(to, top, &top->entry[i], &widths);
		}
	}
	screen_show();
}

static void print_plain(struct top *top)
{
	if (!top->quiet)
		print_head(stdout, &plain_widths);
	for (unsigned int i = 0; i < top->nr; i++)
		print_entry(stdout, top, &top->entry[i], &plain_widths);
	if (top->cleared)
		printf("(counters were cleared by somebody)\n");
	if (!top->quiet)
		printf("\n");
	finish_output(stdout, "the rows");
}

static void choose(struct top *top, int by)
{
	if (!top->nr)
		return;
	if (by > 0 && top->chosen + 1 < top->nr)
		top->chosen++;
	if (by < 0 && top->chosen)
		top->chosen--;
	top->chosen_is_cpu = top->entry[top->chosen].is_cpu;
	top->chosen_id = top->entry[top->chosen].id;
}

/* Do what a key asks for. False: end the program. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
		return false;
	case ' ':
	case 'p':
		top->paused = !top->paused;
		break;
	case 's':
		top->sort = (top->sort + 1) % NR_SORTS;
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case 'h':
	case '?':
		top->help = !top->help;
		break;
	case KEY_UP:
	case 'k':
		choose(top, -1);
		break;
	case KEY_DOWN:
	case 'j':
		choose(top, 1);
		break;
	case KEY_ENTER:
		top->detail = !top->detail;
		break;
	case KEY_ESCAPE:
		top->detail = false;
		top->help = false;
		break;
	case KEY_RESIZE:
		break;
	default:
		return true;
	}
	sort_entries(top);
	print_page(top);
	return true;
}

/* Take over what was counted between two snapshots. False: an action ends measuring. */
static bool update(struct top *top, const struct snapshot *before, const struct snapshot *after,
		   bool on_screen)
{
	bool go_on = true;

	/* While paused, keep the rows: keys may still show them in other ways. */
	if (!top->paused)
		top->nr = 0;
	records_read(top->records, note_record, top);
	if (top->hit && actions_any(top->actions))
		go_on = actions_run(top->actions, records_print, top->records);
	top->hit = false;
	if (top->paused)
		return go_on;
	snapshot_free(top->difference);
	top->difference = snapshot_difference(before, after);
	if (!top->difference->hist || !top->difference->stats)
		fail("the tracer has no tables: was its kernel built without CPU-wide spans?");
	top->cleared = top->difference->hist->cleared;
	fill_spans(top, top->difference);
	fill_others(top, top->difference);
	fill_holders(top, after->open);
	fit_to_interval(top, before->open);
	sort_entries(top);
	if (on_screen)
		print_page(top);
	else
		print_plain(top);
	return go_on;
}

/* Wait until @until and obey keys meanwhile. False: end the program. */
static bool wait_for_next(struct top *top, uint64_t until, bool on_screen)
{
	uint64_t now;

	while ((now = now_ns()) < until) {
		if (!on_screen) {
			if (!session_sleep(until - now))
				return false;
			continue;
		}
		if (!obey(top, screen_key(until - now)) || session_interrupted())
			return false;
	}
	return !session_interrupted();
}

static void begin_causes(struct top *top)
{
	causes_init(&top->lines, &top->cpus, top->limit);
	top->of_cpu = xalloc(top->cpus.size * sizeof(*top->of_cpu));
	for (unsigned int cpu = 0; cpu < top->cpus.size; cpu++) {
		struct set one = { 0 };

		if (!set_has(&top->cpus, cpu))
			continue;
		set_add(&one, cpu);
		causes_init(&top->of_cpu[cpu], &one, top->limit);
		set_free(&one);
	}
}

static void end_causes(struct top *top)
{
	causes_free(&top->lines);
	for (unsigned int cpu = 0; cpu < top->cpus.size; cpu++) {
		if (set_has(&top->cpus, cpu))
			causes_free(&top->of_cpu[cpu]);
	}
	free(top->of_cpu);
}

int cmd_top(int argc, char **argv)
{
	struct top top = { 0 };
	char *local, *line;
	struct session_event events[] = {
		{ "irqspan", "local_span" },
		{ "irqspan", "line_span" },
		{ NULL }
	};
	struct session_needs needs = { .events = events };
	struct snapshot *before, *after;
	struct session *session;
	bool on_screen = screen_exists(), go_on = true;
	uint64_t end, next;

	parse_options(&top, argc, argv);
	local = records_span_filter(top.limit / 5, &top.cpus);
	line = xprintf("duration >= %llu", (unsigned long long)top.limit / 5);
	events[0].filter = local;
	events[1].filter = line;
	needs.cpus = &top.cpus;
	needs.local_thresh_ns = top.limit / 5;
	needs.line_thresh_ns = top.limit / 5;
	begin_causes(&top);

	run_elsewhere(&top.cpus);
	session = session_begin(&needs);
	top.records = records_open(session_instance(session));
	if (actions_trace(top.actions))
		records_keep(top.records, 10000);
	if (on_screen)
		screen_begin();
	before = snapshot_read(session_dir());
	/* Drop what was recorded before measuring begins. */
	records_drop(top.records);
	end = top.duration ? now_ns() + top.duration : UINT64_MAX;
	next = now_ns() + top.interval;
	/* An empty difference, for keys that come before the first interval is over */
	top.difference = snapshot_difference(before, before);
	while (go_on && wait_for_next(&top, next < end ? next : end, on_screen)) {
		after = snapshot_read(session_dir());
		go_on = update(&top, before, after, on_screen);
		snapshot_free(before);
		before = after;
		next += top.interval;
		/* If this took longer than an interval, do not hurry to catch up. */
		if (next < now_ns())
			next = now_ns() + top.interval;
		go_on &= now_ns() < end;
	}
	snapshot_free(before);
	screen_end();
	session_end(session);
	records_close(top.records);
	snapshot_free(top.difference);
	end_causes(&top);
	actions_free(top.actions);
	free(top.entry);
	free(local);
	free(line);
	set_free(&top.cpus);
	return EXIT_FINE;
}
