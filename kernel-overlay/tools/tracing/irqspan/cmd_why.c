// SPDX-License-Identifier: GPL-2.0
/* irqspan why: measure, then say what disturbed some CPUs, and what to do about it. */
#include <getopt.h>
#include <string.h>

#include "actions.h"
#include "advice.h"
#include "cause.h"
#include "commands.h"
#include "expiries.h"
#include "output.h"
#include "run.h"
#include "session.h"
#include "softirqs.h"
#include "steal.h"
#include "units.h"
#include "utils.h"
#include "why.h"

static const char usage[] =
"Usage: irqspan why [OPTIONS] [-- COMMAND [ARGUMENT...]]\n\n"
"Measures, says whether the CPUs were disturbed, and lists the causes, the worst first.\n\n"
"  -c, --cpus CPUS     only these CPUs, for example 1-3,8 (default: all)\n"
"  -d, --duration TIME how long to measure: 10s, 5m (default 10s, or until COMMAND ends)\n"
"      --limit TIME    report what lasts this long or longer: 50us, 1ms (default 50us)\n"
"      --isolated CPUS should not be interrupted at all, as those that the kernel isolates\n"
"  -n, --causes N      list at most N causes (default 10)\n"
"      --advice FILE   read known causes from FILE instead of the built-in list\n"
"      --json OUT      also write all that to OUT as JSON; with -, print only that\n"
"  -q, --quiet         print only whether the CPUs were disturbed\n"
ACTIONS_HELP
"  -h, --help\n\n"
"Exits with 0 if they were not disturbed, 2 if they were, 1 after an error.\n";

struct options {
	struct set	cpus;
	struct set	isolated;
	uint64_t	duration;
	uint64_t	limit;
	unsigned int	most;
	bool		quiet;
	const char	*json;
	char		**command;
	struct actions	*actions;
};

/**
 * struct watch - what is noted while measuring
 * @causes: the causes
 * @records: where records are read from
 * @expiries: timers that expire on isolated CPUs
 * @spans_over: how many CPU-wide spans were too long
 * @longest_span: the longest one that was recorded
 * @hit: something lasted too long since this was cleared
 * @softirqs: which softirqs ran on isolated CPUs; NULL if none
 * @stolen: how long the host took these CPUs away, ns
 */
struct watch {
	struct causes	causes;
	struct records	*records;
	struct expiries	*expiries;
	uint64_t	spans_over;
	uint64_t	longest_span;
	bool		hit;
	char		*softirqs;
	uint64_t	stolen;
};

static void parse_options(struct options *o, int argc, char **argv)
{
	enum { LIMIT = 256, ISOLATED, ADVICE, JSON, ON_THRESHOLD, DEBOUNCE };
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "duration", required_argument, NULL, 'd' },
		{ "limit", required_argument, NULL, LIMIT },
		{ "isolated", required_argument, NULL, ISOLATED },
		{ "causes", required_argument, NULL, 'n' },
		{ "advice", required_argument, NULL, ADVICE },
		{ "json", required_argument, NULL, JSON },
		{ "quiet", no_argument, NULL, 'q' },
		{ "on-threshold", required_argument, NULL, ON_THRESHOLD },
		{ "debounce", required_argument, NULL, DEBOUNCE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	const char *cpus = NULL, *advice = NULL, *isolated = NULL;
	int c;

	*o = (struct options){ .limit = 50 * NSEC_PER_USEC, .most = 10 };
	o->actions = actions_new();
	while ((c = getopt_long(argc, argv, "+c:d:n:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			cpus = optarg;
			break;
		case 'd':
			o->duration = parse_duration("-d", optarg);
			break;
		case LIMIT:
			o->limit = parse_time("--limit", optarg);
			if (!o->limit)
				fail("--limit has to be longer than nothing: write it as 50us");
			break;
		case ISOLATED:
			isolated = optarg;
			break;
		case 'n':
			o->most = parse_number("-n", optarg, 1000000);
			break;
		case ADVICE:
			advice = optarg;
			break;
		case JSON:
			o->json = optarg;
			break;
		case 'q':
			o->quiet = true;
			break;
		case ON_THRESHOLD:
			actions_add(o->actions, optarg);
			break;
		case DEBOUNCE:
			actions_set_debounce(o->actions, parse_duration("--debounce", optarg));
			break;
		case 'h':
			show_help(usage);
		default:
			fail_option(argv);
		}
	}
	if (optind < argc)
		o->command = argv + optind;
	else if (!o->duration)
		o->duration = 10 * NSEC_PER_SEC;
	cpus_parse(&o->cpus, "-c", cpus ? cpus : "all");
	if (isolated)
		cpus_parse(&o->isolated, "--isolated", isolated);
	advice_load(advice);
}

static void note_record(const struct record *record, void *data)
{
	struct watch *watch = data;
	bool ours = set_has(&watch->causes.cpus, record->cpu);

	causes_add_record(&watch->causes, record);
	expiries_add_record(watch->expiries, record, records_lost(watch->records));
	if (record->type == RECORD_LOCAL_SPAN && ours) {
		if (record->duration >= watch->causes.limit) {
			watch->spans_over++;
			watch->hit = true;
		}
		if (record->duration > watch->longest_span)
			watch->longest_span = record->duration;
	}
	if (record->type == RECORD_LINE_SPAN && record->pending &&
	    record->duration >= watch->causes.limit)
		watch->hit = true;
}

static void note_expiry(const struct expiry *expiry, void *data)
{
	struct watch *watch = data;

	causes_add_expiry(&watch->causes, expiry);
}

/* Join @these events and a list that an event without a name ends; to be freed */
static struct session_event *all_events(const struct session_event *these, unsigned int n,
					const struct session_event *others)
{
	struct session_event *events;
	unsigned int more = 0;

	while (others[more].name)
		more++;
	events = xalloc((n + more + 1) * sizeof(*events));
	memcpy(events, these, n * sizeof(*events));
	memcpy(events + n, others, more * sizeof(*events));
	return events;
}

static void measure(const struct options *o, struct watch *watch, struct snapshot **difference)
{
	/* Record shorter spans too: they show what a cause mostly does. */
	uint64_t from = o->limit / 5;
	char *filter = xprintf("duration >= %llu", (unsigned long long)from);
	char *local = records_span_filter(from, &o->cpus);
	const struct session_event spans[] = {
		{ "irqspan", "local_span", local },
		{ "irqspan", "line_span", filter },
	};
	struct session_event *events = all_events(spans, ARRAY_SIZE(spans),
						  expiries_events(watch->expiries));
	const struct session_needs needs = {
		.cpus			= &o->cpus,
		.local_thresh_ns	= from,
		.line_thresh_ns		= from,
		.events			= events,
	};
	uint64_t step = (actions_any(o->actions) ? 50 : 250) * NSEC_PER_MSEC;
	struct snapshot *before, *after;
	struct session *session;
	char *interrupts, *softirqs, *stat, *later;
	struct run *run;
	bool going;

	run_elsewhere(&o->cpus);
	session = session_begin(&needs);
	watch->records = records_open(session_instance(session));
	if (actions_trace(o->actions))
		records_keep(watch->records, 10000);

	/* Read often: a task that a timer woke up has to be looked up in /proc before it ends. */
	if (!set_is_empty(&watch->causes.isolated))
		symbols_read();
	interrupts = read_file("/proc/interrupts", NULL);
	softirqs = read_file("/proc/softirqs", NULL);
	stat = read_file("/proc/stat", NULL);
	before = snapshot_read(session_dir());
	/* Drop what was recorded before measuring begins. */
	records_drop(watch->records);
	run = run_begin(o->duration, o->command);
	do {
		going = run_wait(run, step);
		records_read(watch->records, note_record, watch);
		if (watch->hit && actions_any(o->actions) &&
		    !actions_run(o->actions, records_print, watch->records))
			going = false;
		watch->hit = false;
	} while (going);
	/* Do not record what this program does from here on. */
	tracefs_trace_off(session_instance(session));
	after = snapshot_read(session_dir());
	later = read_file("/proc/softirqs", NULL);
	watch->softirqs = softirqs_between(&o->cpus, softirqs, later);
	free(softirqs);
	free(later);
	later = read_file("/proc/stat", NULL);
	watch->stolen = steal_between(&o->cpus, stat, later);
	free(stat);
	free(later);
	later = read_file("/proc/interrupts", NULL);
	records_read(watch->records, note_record, watch);
	expiries_end(watch->expiries);
	if (watch->hit && actions_any(o->actions))
		actions_run(o->actions, records_print, watch->records);
	run_end(run);
	session_end(session);

	*difference = snapshot_difference(before, after);
	causes_add_tables(&watch->causes, *difference);
	causes_add_open(&watch->causes, after->open, (*difference)->time);
	watch->spans_over += watch->causes.open_spans;
	if (watch->causes.open_longest > watch->longest_span)
		watch->longest_span = watch->causes.open_longest;
	causes_add_interrupts(&watch->causes, interrupts, later, (*difference)->time);
	causes_merge(&watch->causes);
	causes_rank(&watch->causes);
	snapshot_free(before);
	snapshot_free(after);
	free(interrupts);
	free(later);
	free(filter);
	free(local);
	free(events);
}

/*
 * Records were lost: go by what was counted, which is all. The shortest span of a bucket tells
 * whether all in it were too long.
 */
static void count_lost(struct watch *watch, const struct options *o, const struct table *hist)
{
	uint64_t over = 0;

	for (unsigned int i = 0; hist && i < hist->nr_rows; i++) {
		uint64_t low = table_number(hist, i, "low");

		if (strcmp(table_word(hist, i, "type"), "cpu") || low < o->limit ||
		    !set_has(&o->cpus, table_number(hist, i, "id")))
			continue;
		over += table_number(hist, i, "count");
		if (low > watch->longest_span)
			watch->longest_span = table_number(hist, i, "high");
	}
	if (over > watch->spans_over)
		watch->spans_over = over;
}

/* CPUs of which it is not known what they would have done until the end: are there any? */
static bool warn_if_offline(const struct set *cpus)
{
	struct set online, gone = { 0 };
	bool any;

	cpus_online(&online);
	set_union(&gone, cpus);
	set_subtract(&gone, &online);
	any = !set_is_empty(&gone);
	if (any) {
		char *list = set_format(&gone);

		warn("CPU%s %s went offline: measure again, and leave all CPUs as they are meanwhile",
		     set_count(&gone) == 1 ? "" : "s", list);
		free(list);
	}
	set_free(&gone);
	set_free(&online);
	return any;
}

/* Warn here, for the case that only the verdict is printed, and not what note_table() says. */
static void warn_if_cleared(const struct snapshot *difference)
{
	const struct table *tables[] = {
		difference->stats, difference->ipis, difference->timers, difference->blame,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i] && table_warn_if_cleared(tables[i]))
			return;
	}
}

/* Sum up what was noted. */
static void sum_up(struct finding *finding, const struct options *o, const struct watch *watch,
		   const struct snapshot *difference)
{
	const struct causes *causes = &watch->causes;

	*finding = (struct finding){
		.cpus		= &o->cpus,
		.limit		= o->limit,
		.measured	= difference->time,
		.causes		= causes,
		.difference	= difference,
		.disturbed	= watch->spans_over,
		.spans_over	= watch->spans_over,
		.longest_span	= watch->longest_span,
		.stolen		= watch->stolen,
		.lost		= records_lost(watch->records),
		.softirqs	= watch->softirqs,
		.own		= expiries_own(watch->expiries),
	};
	for (unsigned int i = 0; i < causes->nr; i++) {
		const struct cause *cause = causes->list[i];

		finding->disturbed |= cause->over || cause->interruptions;
		finding->interruptions += cause->interruptions;
		if (cause->kind == CAUSE_LATE && cause->over) {
			finding->late += cause->count;
			if (cause->longest > finding->late_longest)
				finding->late_longest = cause->longest;
		}
		if (cause->kind == CAUSE_LINE && cause->over) {
			finding->pending += cause->pending;
			if (cause->longest > finding->pending_longest)
				finding->pending_longest = cause->longest;
		}
	}
}

/* Tell what was found, in the ways that were asked for. */
static void tell(const struct finding *finding, const struct options *o, struct output *json)
{
	/* Then only JSON is printed. */
	bool silent = o->json && !strcmp(o->json, "-");

	if (!silent)
		why_print_verdict(finding);
	if (!silent && !o->quiet) {
		why_print_causes(finding, o->most);
		why_print_unknown(finding);
	} else {
		warn_if_cleared(finding->difference);
		if (finding->lost)
			warn("records were lost because the buffer was full: of interrupt lines and timers, not all are known");
	}
	if (json) {
		why_write_json(output_stream(json), finding);
		output_commit();
	}
	finish_output(stdout, "what was found");
}

int cmd_why(int argc, char **argv)
{
	struct watch watch = { 0 };
	struct output *json = NULL;
	struct snapshot *difference;
	struct finding finding;
	struct options o;
	bool gone;

	parse_options(&o, argc, argv);
	/* Fail now if it cannot be written, and not after having measured for hours. */
	if (o.json)
		json = output_open(o.json);
	causes_init(&watch.causes, &o.cpus, o.limit);
	causes_isolate(&watch.causes, &o.isolated);
	watch.expiries = expiries_new(&watch.causes.isolated, note_expiry, &watch, task_read);
	measure(&o, &watch, &difference);
	gone = warn_if_offline(&o.cpus);
	if (records_lost(watch.records))
		count_lost(&watch, &o, difference->hist);
	sum_up(&finding, &o, &watch, difference);
	tell(&finding, &o, json);
	free(finding.own);
	records_close(watch.records);
	expiries_free(watch.expiries);
	snapshot_free(difference);
	causes_free(&watch.causes);
	actions_free(o.actions);
	free(watch.softirqs);
	set_free(&o.cpus);
	set_free(&o.isolated);
	if (finding.disturbed)
		return EXIT_LIMIT;
	return gone ? EXIT_ERROR : EXIT_FINE;
}
