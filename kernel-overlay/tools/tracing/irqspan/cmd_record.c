// SPDX-License-Identifier: GPL-2.0
/*
 * irqspan record: write to one file everything that lasts long enough, and the tables at
 * the beginning and at the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "machine.h"
#include "names.h"
#include "output.h"
#include "run.h"
#include "session.h"
#include "trace_dat.h"
#include "units.h"
#include "utils.h"

/* How often the buffers are emptied */
#define STEP		(50 * NSEC_PER_MSEC)

static const char usage[] =
"Usage: irqspan record [OPTIONS] [-- COMMAND [ARGUMENT...]]\n\n"
"Records spans, and what came late because of them, for 'irqspan report'.\n\n"
"  -c, --cpus CPUS     only these CPUs, for example 1-3,8 (default: all)\n"
"  -d, --duration TIME how long to record: 10s, 5m (default: until COMMAND ends, or ^C)\n"
"  -o, --output FILE   write to FILE (default irqspan.dat)\n"
"      --threshold TIME  record spans of CPUs from this duration up (default 10us)\n"
"      --line-threshold TIME  likewise for interrupt lines (default 0: record all)\n"
"  -t, --timers        also record timers that leave the CPU that armed them\n"
"  -s, --stack         also record the call stack at the end of each span\n"
"  -b, --buffer-size KB  size of the buffer for each CPU (default 2048)\n"
"  -q, --quiet         print only warnings and errors\n"
"  -h, --help\n";

struct options {
	struct set	cpus;
	bool		all_cpus;
	uint64_t	duration;
	uint64_t	threshold;
	uint64_t	line_threshold;
	unsigned int	buffer_kb;
	const char	*file;
	bool		timers, stack, quiet;
	char		**command;
};

static void parse_options(struct options *o, int argc, char **argv)
{
	enum { THRESHOLD = 256, LINE_THRESHOLD };
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "duration", required_argument, NULL, 'd' },
		{ "output", required_argument, NULL, 'o' },
		{ "threshold", required_argument, NULL, THRESHOLD },
		{ "line-threshold", required_argument, NULL, LINE_THRESHOLD },
		{ "timers", no_argument, NULL, 't' },
		{ "stack", no_argument, NULL, 's' },
		{ "buffer-size", required_argument, NULL, 'b' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	const char *cpus = NULL;
	int c;

	*o = (struct options){
		.threshold = 10 * NSEC_PER_USEC, .buffer_kb = 2048, .file = "irqspan.dat",
	};
	while ((c = getopt_long(argc, argv, "+c:d:o:tsb:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			cpus = optarg;
			break;
		case 'd':
			o->duration = parse_duration("-d", optarg);
			break;
		case 'o':
			o->file = optarg;
			break;
		case THRESHOLD:
			o->threshold = parse_time("--threshold", optarg);
			break;
		case LINE_THRESHOLD:
			o->line_threshold = parse_time("--line-threshold", optarg);
			break;
		case 't':
			o->timers = true;
			break;
		case 's':
			o->stack = true;
			break;
		case 'b':
			o->buffer_kb = parse_number("-b", optarg, 1 << 22);
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
	if (optind < argc)
		o->command = argv + optind;
	o->all_cpus = !cpus;
	cpus_parse(&o->cpus, "-c", cpus ? cpus : "all");
}

/* The tables that go into the file */
struct tables {
	struct trace_dat_table	*table;
	size_t			count, room;
};

/* Add a table, which takes over @name and @text. */
static void add_table(struct tables *tables, char *name, char *text, size_t size)
{
	struct trace_dat_table *table;

	xgrow(tables->table, tables->count, tables->room);
	table = &tables->table[tables->count++];
	table->name = name;
	table->text = text;
	table->size = size;
}

static void free_tables(struct tables *tables)
{
	while (tables->count) {
		tables->count--;
		free(tables->table[tables->count].name);
		free(tables->table[tables->count].text);
	}
	free(tables->table);
}

/* Add all tables of the tracer as they are now. Kernels without some part have fewer. */
static void read_tables_now(struct tables *tables, const char *when)
{
	static const char *const names[] = { "stats", "hist", "open", "ipis", "timers", "blame" };
	size_t i, size;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xprintf("%s/%s", session_dir(), names[i]);
		char *text = try_read_file(path, &size);

		if (!text && errno != ENOENT)
			fail("cannot read %s: %s", path, strerror(errno));
		if (text)
			add_table(tables, xprintf("%s/%s", when, names[i]), text, size);
		free(path);
	}
}

/*
 * The addresses of each module's functions, from /proc/kallsyms: a trace.dat has the names
 * of functions, but libtracecmd does not tell which module they belong to.
 */
struct module {
	char		name[64];
	uint64_t	begin, end;
};

static struct module *find_module(struct module **modules, size_t *count, size_t *room,
				  const char *name)
{
	size_t i;

	/* Functions of one module follow each other: search from the end. */
	for (i = *count; i-- > 0;) {
		if (!strcmp((*modules)[i].name, name))
			return &(*modules)[i];
	}
	xgrow(*modules, *count, *room);
	snprintf((*modules)[*count].name, sizeof((*modules)[*count].name), "%s", name);
	(*modules)[*count].begin = UINT64_MAX;
	(*modules)[*count].end = 0;
	return &(*modules)[(*count)++];
}

static void add_modules(struct tables *tables, const char *symbols)
{
	const char *line, *end;
	char *text;
	size_t count = 0, room = 0, size = 0, i;
	struct module *modules = NULL, *module;
	uint64_t address;
	char type, name[64];
	FILE *to = open_memstream(&text, &size);

	if (!to)
		fail("out of memory");
	for (line = symbols; (end = strchr(line, '\n')); line = end + 1) {
		const char *bracket = memchr(line, '[', end - line);

		if (!bracket || sscanf(line, "%" SCNx64 " %c", &address, &type) != 2 ||
		    !strchr("tTwW", type) || sscanf(bracket, "[%63[^]]", name) != 1 || !address)
			continue;
		module = find_module(&modules, &count, &room, name);
		if (address < module->begin)
			module->begin = address;
		if (address > module->end)
			module->end = address;
	}
	for (i = 0; i < count; i++) {
		uint64_t last = modules[i].end | (LEAST_PAGE_SIZE - 1);
		size_t k;

		/* The end of a module's last function: its page ends, or another module begins. */
		for (k = 0; k < count; k++) {
			if (modules[k].begin > modules[i].end && modules[k].begin <= last)
				last = modules[k].begin - 1;
		}
		fprintf(to, "%" PRIx64 " %" PRIx64 " %s\n", modules[i].begin, last,
			modules[i].name);
	}
	if (fclose(to))
		fail("out of memory");
	add_table(tables, xstrdup("modules"), text, size);
	free(modules);
}

static char *join(char **words)
{
	char *all = xstrdup(words[0]), *more;

	while (*++words) {
		more = xprintf("%s %s", all, *words);
		free(all);
		all = more;
	}
	for (more = all; *more; more++) {
		if (*more == '\n')
			*more = ' ';
	}
	return all;
}

static void add_settings(struct tables *tables, const struct options *o, uint64_t lost)
{
	char *cpus = o->all_cpus ? xstrdup("all") : set_format(&o->cpus), *text, *command;
	char *hypervisor = machine_hypervisor();
	time_t now = time(NULL);
	struct utsname machine;
	char date[32];
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		fail("out of memory");
	uname(&machine);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", gmtime(&now));
	fprintf(to, "host %s\nrelease %s\narchitecture %s\ndate %s\n", machine.nodename,
		machine.release, machine.machine, date);
	fprintf(to, "cpus %s\nirqs all\n", cpus);
	fprintf(to, "local_thresh %s\nlocal_thresh_ns %" PRIu64 "\n", show_time(o->threshold),
		o->threshold);
	fprintf(to, "line_thresh %s\nline_thresh_ns %" PRIu64 "\n", show_time(o->line_threshold),
		o->line_threshold);
	fprintf(to, "lost_records %" PRIu64 "\n", lost);
	if (hypervisor)
		fprintf(to, "hypervisor %s\n", hypervisor);
	if (o->command) {
		command = join(o->command);
		fprintf(to, "command %s\n", command);
		free(command);
	}
	if (fclose(to))
		fail("out of memory");
	add_table(tables, xstrdup("settings"), text, size);
	free(hypervisor);
	free(cpus);
}

/* Copies the buffers of the CPUs to files. An open buffer keeps its instance from removal. */
struct recorder {
	struct tracefs_instance	*instance;
	const char		*file;
	unsigned int		cpus;
	struct tracefs_cpu	**cpu;
	int			*spool;
};

/* The recorder of this process, to be closed by whatever ends the process */
static struct recorder *open_recorder;

static void recorder_close(struct recorder *recorder)
{
	unsigned int cpu;

	for (cpu = 0; cpu < recorder->cpus; cpu++) {
		if (recorder->cpu[cpu])
			tracefs_cpu_close(recorder->cpu[cpu]);
		if (recorder->spool[cpu])
			close(recorder->spool[cpu]);
	}
	free(recorder->cpu);
	free(recorder->spool);
	open_recorder = NULL;
}

static void close_at_exit(void)
{
	if (open_recorder)
		recorder_close(open_recorder);
}

/* Count the folders in per_cpu: each possible CPU has one, whether it is online or not. */
static unsigned int count_cpus(struct tracefs_instance *instance)
{
	char *path = tracefs_instance_get_file(instance, "per_cpu");
	unsigned int count = 0, cpu;
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir)
		fail("cannot read %s: %s", path, strerror(errno));
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, "cpu%u", &cpu) == 1 && cpu >= count)
			count = cpu + 1;
	}
	closedir(dir);
	tracefs_put_tracing_file(path);
	return count;
}

static void recorder_open(struct recorder *recorder, struct session *session, const char *file)
{
	unsigned int cpu;

	recorder->instance = session_instance(session);
	recorder->file = file;
	recorder->cpus = count_cpus(recorder->instance);
	recorder->cpu = xalloc(recorder->cpus * sizeof(*recorder->cpu));
	recorder->spool = xalloc(recorder->cpus * sizeof(*recorder->spool));
	open_recorder = recorder;
	/* exit() calls this before what the session has registered. */
	atexit(close_at_exit);
	for (cpu = 0; cpu < recorder->cpus; cpu++) {
		recorder->spool[cpu] = output_spool(file);
		recorder->cpu[cpu] = tracefs_cpu_open(recorder->instance, cpu, true);
		/* There may be gaps in the numbers of the CPUs that are possible. */
		if (!recorder->cpu[cpu] && errno != ENOENT)
			fail("cannot open the buffer of CPU %u: %s", cpu, strerror(errno));
	}
}

static void check_written(const struct recorder *recorder, int size)
{
	if (size < 0 && errno != EAGAIN && errno != EINTR)
		fail("cannot write all of %s: %s", recorder->file, strerror(errno));
}

/* Copy whole pages of the buffers; with @rest also the pages that are not full. */
static void recorder_read(const struct recorder *recorder, bool rest)
{
	unsigned int cpu;
	int size;

	for (cpu = 0; cpu < recorder->cpus; cpu++) {
		if (!recorder->cpu[cpu])
			continue;
		while ((size = tracefs_cpu_write(recorder->cpu[cpu], recorder->spool[cpu],
						 true)) > 0)
			;
		check_written(recorder, size);
		if (!rest)
			continue;
		check_written(recorder, tracefs_cpu_flush_write(recorder->cpu[cpu],
								recorder->spool[cpu]));
	}
}

/* How many records did not fit into the buffers, or were overwritten */
static uint64_t recorder_lost(const struct recorder *recorder)
{
	static const char *const names[] = { "overrun: ", "dropped events: " };
	uint64_t lost = 0;
	unsigned int cpu, i;

	for (cpu = 0; cpu < recorder->cpus; cpu++) {
		char *name = xprintf("per_cpu/cpu%u/stats", cpu);
		char *stats = tracefs_instance_file_read(recorder->instance, name, NULL), *at;

		for (i = 0; stats && i < ARRAY_SIZE(names); i++) {
			at = strstr(stats, names[i]);
			lost += at ? strtoull(at + strlen(names[i]), NULL, 10) : 0;
		}
		free(stats);
		free(name);
	}
	return lost;
}

static void write_file(const struct recorder *recorder, struct output *output,
		       const struct tables *tables, const char *symbols)
{
	char *instance = tracefs_instance_get_dir(recorder->instance);
	const struct trace_dat_source source = {
		.tracing	= tracefs_tracing_dir(),
		.instance	= instance,
		.symbols	= symbols,
		.spools		= recorder->spool,
		.cpus		= recorder->cpus,
		.page_size	= getpagesize(),
	};

	trace_dat_write(output_stream(output), recorder->file, &source, tables->table,
			tables->count);
	tracefs_put_tracing_file(instance);
}

static void set(struct tracefs_instance *instance, const char *file, const char *value)
{
	if (tracefs_instance_file_write(instance, file, value) < 0)
		fail("cannot set %s to %s: %s", file, value, strerror(errno));
}

static uint64_t record(const struct options *o, struct output *output)
{
	char *on_cpus = cpus_filter(&o->cpus);
	/* Filter: another session may have made the tracer record shorter spans, or more CPUs. */
	char *local = xprintf("duration >= %" PRIu64 " && (%s)", o->threshold, on_cpus);
	char *line = xprintf("duration >= %" PRIu64, o->line_threshold);
	const struct session_event events[] = {
		{ "irqspan", "local_span", local },
		{ "irqspan", "line_span", line },
		{ "irqspan", "ipi_late", on_cpus },
		{ "irqspan", "timer_late", on_cpus },
		/* Only on request: on an ordinary machine these two events would fill the file. */
		{ "irqspan", o->timers ? "timer_migrate" : NULL, NULL },
		{ "irqspan", "remote_wake", NULL },
		{ NULL }
	};
	const struct session_needs needs = {
		.cpus			= &o->cpus,
		.local_thresh_ns	= o->threshold,
		.line_thresh_ns		= o->line_threshold,
		.events			= events,
		.buffer_kb		= o->buffer_kb,
	};
	struct tables tables = {};
	struct recorder recorder;
	struct session *session;
	struct run *run;
	char *symbols;
	uint64_t lost;
	bool going;

	run_elsewhere(&o->cpus);
	session = session_begin(&needs);
	/* A clock for all CPUs: a line may be enabled on another one. This empties the buffers. */
	set(session_instance(session), "trace_clock", "mono");
	if (o->stack)
		set(session_instance(session), "options/stacktrace", "1");
	recorder_open(&recorder, session, o->file);
	read_tables_now(&tables, "begin");
	run = run_begin(o->duration, o->command);
	do {
		going = run_wait(run, STEP);
		recorder_read(&recorder, false);
	} while (going);
	/* Do not record what this program does from here on. */
	tracefs_trace_off(session_instance(session));
	read_tables_now(&tables, "end");
	run_end(run);
	recorder_read(&recorder, true);
	lost = recorder_lost(&recorder);
	add_settings(&tables, o, lost);
	symbols = read_file("/proc/kallsyms", NULL);
	add_modules(&tables, symbols);
	write_file(&recorder, output, &tables, symbols);
	free(symbols);
	recorder_close(&recorder);
	session_end(session);
	output_commit();
	free_tables(&tables);
	free(on_cpus);
	free(local);
	free(line);
	return lost;
}

int cmd_record(int argc, char **argv)
{
	struct output *output;
	struct options o;
	uint64_t lost;
	bool is_file;

	parse_options(&o, argc, argv);
	output = output_open(o.file);
	is_file = output_is_file(output);
	lost = record(&o, output);
	if (lost)
		warn("%" PRIu64 " records were lost, because the buffer was full: take a larger one with -b, or a longer --threshold",
		     lost);
	/* Nothing may follow in what is written to stdout. */
	if (!o.quiet && is_file)
		printf("Written: %s. To see what it says: irqspan report %s\n", o.file, o.file);
	set_free(&o.cpus);
	return EXIT_FINE;
}
