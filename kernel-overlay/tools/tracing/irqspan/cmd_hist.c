// SPDX-License-Identifier: GPL-2.0
/* irqspan hist: percentiles and histograms of how long interrupts were off. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "hist.h"
#include "output.h"
#include "run.h"
#include "session.h"
#include "snapshot.h"
#include "units.h"
#include "utf8.h"
#include "utils.h"

static const char usage[] =
"Usage: irqspan hist [OPTIONS] [-- COMMAND [ARGUMENT...]]\n"
"       irqspan hist [OPTIONS] --diff BEFORE AFTER\n\n"
"Shows how long interrupts were off: of each CPU, of each line, and of all.\n\n"
"  -c, --cpus CPUS     only these CPUs, for example 1-3,8 (default: all)\n"
"  -i, --irqs IRQS     only these interrupt lines, \"all\" or \"none\" (default: all)\n"
"  -d, --duration TIME how long to measure: 10s, 5m (default 10s, or until COMMAND ends)\n"
"      --save FILE     also save what was counted, in the form of the file hist; with -,\n"
"                      print that and nothing else\n"
"      --diff BEFORE AFTER  do not measure: show what was counted between two copies of\n"
"                      the tracer's file hist, or of directories that have one\n"
"      --fine          show all of the tracer's buckets, not one for each power of two\n"
"  -q, --quiet         print only the percentiles\n"
"  -h, --help\n";

struct options {
	struct set	cpus;
	struct set	irqs;
	bool		all_cpus;
	bool		all_irqs;
	uint64_t	duration;
	const char	*save;
	bool		diff;
	bool		fine;
	bool		quiet;
	char		**rest;
};

static void parse_irqs(struct options *o, const char *list)
{
	o->all_irqs = !strcmp(list, "all");
	if (o->all_irqs || !strcmp(list, "none"))
		return;
	if (!set_parse(&o->irqs, list) || set_is_empty(&o->irqs))
		fail("-i '%s' is no list of interrupts: write it as 16,20-23, all or none", list);
	for (unsigned int irq = 0; !o->diff && irq < o->irqs.size; irq++) {
		char *path = xprintf("/proc/irq/%u", irq);
		struct stat is;

		if (set_has(&o->irqs, irq) && stat(path, &is))
			fail("-i %s: there is no interrupt %u: see /proc/interrupts", list, irq);
		free(path);
	}
}

static void parse_options(struct options *o, int argc, char **argv)
{
	enum { SAVE = 256, DIFF, FINE };
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "irqs", required_argument, NULL, 'i' },
		{ "duration", required_argument, NULL, 'd' },
		{ "save", required_argument, NULL, SAVE },
		{ "diff", no_argument, NULL, DIFF },
		{ "fine", no_argument, NULL, FINE },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	const char *cpus = NULL, *irqs = "all";
	int c;

	*o = (struct options){ 0 };
	while ((c = getopt_long(argc, argv, "+c:i:d:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			cpus = optarg;
			break;
		case 'i':
			irqs = optarg;
			break;
		case 'd':
			o->duration = parse_duration("-d", optarg);
			break;
		case SAVE:
			o->save = optarg;
			break;
		case DIFF:
			o->diff = true;
			break;
		case FINE:
			o->fine = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'h':
			show_help(usage);
		default:
			fail_option(argv);
		}
	}
	o->rest = argv + optind;
	if (o->diff && (argc - optind != 2 || o->duration || o->save))
		fail("--diff takes two files, and does not measure: irqspan hist --diff BEFORE AFTER");
	if (!*o->rest && !o->duration)
		o->duration = 10 * NSEC_PER_SEC;
	o->all_cpus = !cpus || !strcmp(cpus, "all");
	if (o->diff && !o->all_cpus) {
		/* Saved tables may be of another machine, with other CPUs. */
		cpus_parse_any(&o->cpus, "-c", cpus);
	} else if (!o->diff) {
		cpus_parse(&o->cpus, "-c", cpus ? cpus : "all");
	}
	parse_irqs(o, irqs);
}

/* Read a saved table: @path is the file, or the directory that it is in. */
static struct table *read_saved(const char *path)
{
	struct table *table;
	struct stat is;
	char *file;

	if (!stat(path, &is) && S_ISDIR(is.st_mode))
		file = xprintf("%s/hist", path);
	else
		file = xstrdup(path);
	table = table_read(file);
	if (!table)
		fail("cannot read %s: %s", file, strerror(errno));
	if (table_column(table, "low") < 0)
		fail("%s is none of irqspan's files hist: it has no column 'low'", file);
	free(file);
	return table;
}

static bool is_wanted(const struct options *o, const struct table *table, unsigned int row)
{
	uint64_t id = table_number(table, row, "id");

	if (!strcmp(table_word(table, row, "type"), "cpu"))
		return o->all_cpus || set_has(&o->cpus, id);
	return o->all_irqs || set_has(&o->irqs, id);
}

static void save_table(const struct options *o, const struct table *table, FILE *file)
{
	fputc('#', file);
	for (unsigned int i = 0; i < table->nr_columns; i++)
		fprintf(file, " %s", table->column[i]);
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		char **word = table_row(table, i);

		for (unsigned int k = 0; is_wanted(o, table, i) && k < table->nr_columns; k++)
			fprintf(file, "%s%s", k ? " " : "\n", word[k]);
	}
	fprintf(file, "\n# generation %llu\n", (unsigned long long)table->generation);
}

static struct table *measure(const struct options *o)
{
	const struct session_needs needs = {
		.cpus			= &o->cpus,
		.irqs			= o->all_irqs ? NULL : &o->irqs,
		.local_thresh_ns	= ANY_THRESHOLD,
		.line_thresh_ns		= ANY_THRESHOLD,
	};
	struct table *before, *after, *difference;
	struct session *session;
	struct run *run;
	char *path;

	run_elsewhere(&o->cpus);
	session = session_begin(&needs);
	path = xprintf("%s/hist", session_dir());
	before = table_read(path);
	run = run_begin(o->duration, o->rest);
	while (run_wait(run, NSEC_PER_SEC))
		;
	after = table_read(path);
	if (!before || !after)
		fail("cannot read %s: %s", path, strerror(errno));
	run_end(run);
	session_end(session);
	difference = table_difference(before, after);
	table_warn_if_cleared(difference);
	table_free(before);
	table_free(after);
	free(path);
	return difference;
}

static char *label(const struct hist *hist)
{
	bool has_name = strcmp(hist->name, "-");

	if (hist->id < 0)
		return xstrdup(strcmp(hist->type, "cpu") ? "all lines" : "all CPUs");
	/* In a saved table there may be anything. */
	return utf8_clean(xprintf("%s %d%s%s", hist->type, hist->id, has_name ? " " : "",
				  has_name ? hist->name : ""));
}

static void print_percentiles(const struct hist *hist)
{
	static const unsigned int permille[] = { 500, 900, 990, 999, 1000 };
	char *name = label(hist);

	printf("%-20s %12llu", name, (unsigned long long)hist->count);
	free(name);
	/* The shortest span is in the first bucket. */
	printf(" %10s", hist->nr ? show_time(hist->bucket[0].low) : "-");
	for (unsigned int i = 0; i < ARRAY_SIZE(permille); i++)
		printf(" %10s", hist->nr ? show_time(hist_percentile(hist, permille[i])) : "-");
	printf("\n");
}

/* Buckets of the same group are shown as one: a power of two, or if @fine, each alone. */
static uint64_t group_of(const struct bucket *bucket, bool fine)
{
	return fine ? bucket->low : bucket->low ? 1ULL << (63 - __builtin_clzll(bucket->low)) : 0;
}

static void print_histogram(const struct hist *hist, bool fine)
{
	static const char bar[] = "########################################";
	uint64_t most = 0, count;
	char *name = label(hist);

	printf("\n%s\n", name);
	free(name);
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0, k; i < hist->nr; i = k) {
			count = 0;
			for (k = i; k < hist->nr && group_of(&hist->bucket[k], fine) ==
				     group_of(&hist->bucket[i], fine); k++)
				count += hist->bucket[k].count;
			if (!pass) {
				most = count > most ? count : most;
				continue;
			}
			printf("  %10s - %-10s %12llu  %.*s\n",
			       show_time(group_of(&hist->bucket[i], fine)),
			       show_time(hist->bucket[k - 1].high), (unsigned long long)count,
			       (int)((count * (sizeof(bar) - 1) + most - 1) / most), bar);
		}
	}
}

static void print_hists(const struct options *o, const struct table *table)
{
	struct hist cpus, lines;
	struct hists hists;

	hists_read(&hists, table, o->all_cpus ? NULL : &o->cpus, o->all_irqs ? NULL : &o->irqs);
	cpus = hists_sum(&hists, "cpu");
	lines = hists_sum(&hists, "irq");

	printf("%-20s %12s %10s %10s %10s %10s %10s %10s\n", "", "spans", "min", "p50", "p90",
	       "p99", "p99.9", "max");
	for (unsigned int i = 0; i < hists.nr; i++)
		print_percentiles(&hists.list[i]);
	print_percentiles(&cpus);
	if (lines.count)
		print_percentiles(&lines);
	if (!o->quiet) {
		for (unsigned int i = 0; i < hists.nr; i++)
			print_histogram(&hists.list[i], o->fine);
		print_histogram(&cpus, o->fine);
		if (lines.count)
			print_histogram(&lines, o->fine);
	}
	finish_output(stdout, "the histograms");
	hist_free(&cpus);
	hist_free(&lines);
	hists_free(&hists);
}

int cmd_hist(int argc, char **argv)
{
	struct table *before, *after, *table;
	struct options o;

	parse_options(&o, argc, argv);
	if (o.diff) {
		before = read_saved(o.rest[0]);
		after = read_saved(o.rest[1]);
		if (!table_is_later(before, after))
			fail("%s counts less than %s: name the earlier one first; if the machine was booted between them, nothing can be subtracted",
			     after->name, before->name);
		table = table_difference(before, after);
		if (table->cleared)
			warn("the counters were cleared between %s and %s: this is what was counted since",
			     before->name, after->name);
		table_free(before);
		table_free(after);
	} else {
		/* Before, so that nothing is measured in vain. */
		struct output *save = o.save ? output_open(o.save) : NULL;

		table = measure(&o);
		if (save) {
			save_table(&o, table, output_stream(save));
			output_commit();
		}
	}
	/* What is saved to stdout is for a program, which would stumble over anything else. */
	if (!o.save || strcmp(o.save, "-"))
		print_hists(&o, table);
	table_free(table);
	set_free(&o.cpus);
	set_free(&o.irqs);
	return EXIT_FINE;
}
