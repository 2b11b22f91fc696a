// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: inject_faults
 *
 * Has the kernel's allocator fail in the middle of whatever irqspan does for a user, at
 * every place in turn: the first allocation of an operation, then the second, until the
 * operation needs no more; and then each k-th one, for several k. What fails has to fail
 * with a clean error and to change nothing; after each operation what is counted has to
 * be exact. At last a CPU goes away and comes back while measuring starts and stops.
 *
 * Prints a line for each operation, then "pass" or "fail" lines and the totals. Needs
 * CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC, and the module irqspan_spans.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/perf_event.h>

#define TRACING		"/sys/kernel/tracing/"
#define SPANS		"/sys/kernel/debug/irqspan_spans/run"
#define CPU		1
#define SPANS_MADE	5
#define ALL_FAULTS	250
#define MAX_FAULTS	100000
#define HOTPLUG_ROUNDS	10

static int fail_nth_fd, fail_task_fd;
static unsigned long operations, faults, failures;
static bool failed;

static void complain(const char *what, const char *why, unsigned int n)
{
	printf("fail %s, at allocation %u: %s\n", what, n, why);
	failed = true;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void must_write(const char *path, const char *text)
{
	int ret = write_file(path, text);

	if (ret)
		errx(1, "cannot write '%s' to %s: %s", text, path, strerror(-ret));
}

/* All of it if there is no room for more */
static int read_file(const char *path, char *to, size_t size)
{
	char part[4096];
	size_t len = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY), ret = 0;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, part, sizeof(part))) > 0) {
		if (to && len + n < size) {
			memcpy(to + len, part, n);
			len += n;
		}
	}
	if (n < 0)
		ret = -errno;
	if (to)
		to[len] = '\0';
	close(fd);
	return ret;
}

static int open_perf(const char *event)
{
	struct perf_event_attr attr = {
		.type		= PERF_TYPE_TRACEPOINT,
		.size		= sizeof(attr),
		.sample_period	= 1,
	};
	char path[256], id[32];
	int fd, ret;

	snprintf(path, sizeof(path), TRACING "events/irqspan/%s/id", event);
	ret = read_file(path, id, sizeof(id));
	if (ret)
		return ret;
	attr.config = atoi(id);
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * Steps are "write PATH TEXT", "read PATH", "mkdir PATH", "rmdir PATH", "perf EVENT", with
 * ";" between them. Paths are in tracefs, unless they begin with "/". Returns the first
 * error, and goes on behind it if it is told to.
 */
static int run_steps(const char *steps, bool go_on)
{
	char copy[512], *rest = copy, *step;
	int first = 0;

	snprintf(copy, sizeof(copy), "%s", steps);
	while ((step = strsep(&rest, ";"))) {
		char *what = strsep(&step, " "), *name = strsep(&step, " "), path[300];
		int ret = 0;

		if (!name)
			continue;
		snprintf(path, sizeof(path), "%s%s", name[0] == '/' ? "" : TRACING, name);
		if (!strcmp(what, "write"))
			ret = write_file(path, step ?: "\n");
		else if (!strcmp(what, "read"))
			ret = read_file(path, NULL, 0);
		else if (!strcmp(what, "mkdir"))
			ret = mkdir(path, 0755) ? -errno : 0;
		else if (!strcmp(what, "rmdir"))
			ret = rmdir(path) ? -errno : 0;
		else if (!strcmp(what, "perf"))
			ret = open_perf(name);
		else
			errx(1, "what is '%s'?", what);
		first = first ?: ret;
		if (ret && !go_on)
			break;
	}
	return first;
}

static unsigned int count_lines(const char *text, const char *event, const char *caller)
{
	unsigned int n = 0;
	char line[1024];
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		n += strstr(line, event) && strstr(line, caller);
	}
	return n;
}

/* What is made is what is recorded, neither more nor less. */
static void check_exact(const char *after)
{
	static char trace[1 << 22];
	char command[64];
	unsigned int local, lines;

	must_write(TRACING "current_tracer", "nop");
	must_write(TRACING "irqspan/local_thresh_ns", "50000");
	must_write(TRACING "trace", "\n");
	must_write(TRACING "current_tracer", "irqspan");
	snprintf(command, sizeof(command), "irq_disable %u 100 %u", CPU, SPANS_MADE);
	must_write(SPANS, command);
	snprintf(command, sizeof(command), "disable_irq %u 100 %u", CPU, SPANS_MADE);
	must_write(SPANS, command);
	must_write(TRACING "tracing_on", "0");
	if (read_file(TRACING "trace", trace, sizeof(trace)))
		errx(1, "cannot read the trace");
	must_write(TRACING "current_tracer", "nop");
	must_write(TRACING "tracing_on", "1");
	local = count_lines(trace, "local_span:", " caller=irqspan_spans_irq_disable+");
	lines = count_lines(trace, "line_span:", " caller=irqspan_spans_disable_irq+");
	if (local == SPANS_MADE && lines == SPANS_MADE)
		return;
	printf("%u CPU-wide spans and %u of lines after %s, not %u each\n%s", local, lines, after,
	       SPANS_MADE, trace);
	complain(after, "what is counted afterwards is not exact", 0);
}

/**
 * struct operation - something that a user does
 * @name: for the output
 * @before: steps that make it possible, with no fault
 * @steps: steps that may fail
 * @after: steps that put things back, with no fault; errors are ignored
 * @same: a file that has to read the same if @steps failed
 * @absent: a folder that must not be there if @steps failed
 */
struct operation {
	const char	*name;
	const char	*before;
	const char	*steps;
	const char	*after;
	const char	*same;
	const char	*absent;
};

static void set_fail_nth(unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	if (pwrite(fail_nth_fd, text, strlen(text), 0) < 0)
		err(1, "fail-nth");
}

/* Whether the fault has come */
static bool end_fail_nth(void)
{
	char text[16] = "";

	if (pread(fail_nth_fd, text, sizeof(text) - 1, 0) < 0)
		err(1, "fail-nth");
	set_fail_nth(0);
	return !atoi(text);
}

static void set_fail_task(bool on)
{
	if (pwrite(fail_task_fd, on ? "1" : "0", 1, 0) < 0)
		err(1, "make-it-fail");
}

static void set_interval(unsigned int interval)
{
	static const char * const dirs[] = { "failslab", "fail_page_alloc" };
	unsigned int i;
	char path[128], text[16];

	snprintf(text, sizeof(text), "%u", interval);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/interval", dirs[i]);
		must_write(path, text);
	}
}

static int attempt(const struct operation *op, bool (*end)(void), bool *came, unsigned int n)
{
	char old[4096] = "", new[4096] = "", path[300];
	int ret;

	if (op->before && run_steps(op->before, false))
		complain(op->name, "what comes before it does not work any more", n);
	snprintf(path, sizeof(path), TRACING "%s", op->same ?: "");
	if (op->same && read_file(path, old, sizeof(old)))
		complain(op->name, "it cannot be read what it is to change", n);
	if (end)
		set_fail_nth(n);
	else
		set_fail_task(true);
	ret = run_steps(op->steps, false);
	if (end)
		*came = end();
	else
		set_fail_task(false);
	operations++;
	failures += !!ret;
	/* Making an instance is not irqspan's, and at one place says EINVAL for no memory. */
	if (ret && ret != -ENOMEM && !(ret == -EINVAL && op->absent))
		complain(op->name, strerror(-ret), n);
	if (ret && op->same) {
		if (read_file(path, new, sizeof(new)) || strcmp(old, new))
			complain(op->name, "it fails, and changes something", n);
	}
	snprintf(path, sizeof(path), TRACING "%s", op->absent ?: "");
	if (ret && op->absent && !access(path, F_OK))
		complain(op->name, "it fails, and leaves something", n);
	if (op->after)
		run_steps(op->after, true);
	return ret;
}

/* Each allocation in turn, and then many of them at once */
static void sweep(const struct operation *op)
{
	static const unsigned int intervals[] = { 1, 2, 3, 7, 17, 53 };
	unsigned int n, i, tried = 0, bad = 0, many = 0;
	bool came;
	int ret;

	/* Of very many, as an instance with its files needs, not each of the later ones */
	for (n = 1; n <= MAX_FAULTS; n += n < ALL_FAULTS ? 1 : n / 16) {
		ret = attempt(op, end_fail_nth, &came, n);
		if (!came)
			break;
		faults++;
		tried++;
		bad += !!ret;
	}
	if (n > MAX_FAULTS)
		complain(op->name, "there is no end to its allocations", n);
	else if (ret)
		complain(op->name, strerror(-ret), 0);
	for (i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		set_interval(intervals[i]);
		many += !!attempt(op, NULL, &came, intervals[i]);
	}
	check_exact(op->name);
	printf("%-40s %6u %6u %6u\n", op->name, tried, bad, many);
	fflush(stdout);
}

#define TRACER(on)	"write current_tracer " on

static const struct operation fixed_operations[] = {
	{ "start", NULL, TRACER("irqspan"), TRACER("nop"), "current_tracer" },
	{ "stop", TRACER("irqspan"), TRACER("nop"), TRACER("nop") },
	{ "set cpus", TRACER("irqspan"), "write irqspan/cpus 0", "write irqspan/cpus 0-3;"
	  TRACER("nop"), "irqspan/cpus" },
	{ "set irqs", TRACER("irqspan"), "write irqspan/irqs 4", "write irqspan/irqs all;"
	  TRACER("nop"), "irqspan/irqs" },
	{ "set irqs to all", TRACER("irqspan") ";write irqspan/irqs 4", "write irqspan/irqs all",
	  "write irqspan/irqs all;" TRACER("nop"), "irqspan/irqs" },
	{ "set local_thresh_ns", TRACER("irqspan"), "write irqspan/local_thresh_ns 77777",
	  "write irqspan/local_thresh_ns 50000;" TRACER("nop"), "irqspan/local_thresh_ns" },
	{ "set line_thresh_ns", TRACER("irqspan"), "write irqspan/line_thresh_ns 77",
	  "write irqspan/line_thresh_ns 0;" TRACER("nop"), "irqspan/line_thresh_ns" },
	{ "bring a CPU", "write /sys/devices/system/cpu/cpu3/online 0;" TRACER("irqspan"),
	  "write /sys/devices/system/cpu/cpu3/online 1",
	  "write /sys/devices/system/cpu/cpu3/online 1;" TRACER("nop") },
};

/* These take long. */
static const struct operation instance_operations[] = {
	{ "make an instance", NULL, "mkdir instances/faults", "rmdir instances/faults", NULL,
	  "instances/faults" },
	{ "start in an instance", "mkdir instances/faults",
	  "write instances/faults/current_tracer irqspan",
	  "write instances/faults/current_tracer nop;rmdir instances/faults" },
	{ "remove an instance that measures",
	  "mkdir instances/faults;write instances/faults/current_tracer irqspan",
	  "rmdir instances/faults", "rmdir instances/faults" },
};

/* One operation for each entry of a folder: %s is its name. */
static void sweep_each(const char *dir, const char *prefix, const struct operation *op)
{
	char text[5][512];
	const char *from[5] = { op->name, op->before, op->steps, op->after, op->same };
	struct dirent *entry;
	struct operation one;
	DIR *d = opendir(dir);
	unsigned int i;

	if (!d)
		err(1, "%s", dir);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) ||
		    !strcmp(entry->d_name, "enable") || !strcmp(entry->d_name, "filter"))
			continue;
		for (i = 0; i < 5; i++)
			snprintf(text[i], sizeof(text[i]), from[i] ?: "", entry->d_name);
		one = (struct operation){ text[0], op->before ? text[1] : NULL, text[2],
					  op->after ? text[3] : NULL, op->same ? text[4] : NULL };
		/* Nothing can be written to it. */
		if (!strcmp(one.steps, "write irqspan/open"))
			continue;
		sweep(&one);
	}
	closedir(d);
}

static const struct operation read_one = { "read %s", TRACER("irqspan"), "read irqspan/%s",
					   TRACER("nop") };
static const struct operation clear_one = { "clear %s", TRACER("irqspan"), "write irqspan/%s",
					    TRACER("nop") };
static const struct operation option_off = { "stop by options/%s", TRACER("irqspan"),
	"write options/%s 0", "write options/%s 1;" TRACER("nop"), "options/%s" };
static const struct operation option_on = { "start by options/%s",
	TRACER("irqspan") ";write options/%s 0", "write options/%s 1",
	"write options/%s 1;" TRACER("nop"), "options/%s" };
static const struct operation enable_one = { "start by events/irqspan/%s", NULL,
	"write events/irqspan/%s/enable 1", "write events/irqspan/%s/enable 0",
	"events/irqspan/%s/enable" };
static const struct operation disable_one = { "stop by events/irqspan/%s",
	"write events/irqspan/%s/enable 1", "write events/irqspan/%s/enable 0",
	"write events/irqspan/%s/enable 0" };
static const struct operation perf_one = { "open and close %s by perf", NULL, "perf %s", NULL };

/* A CPU goes away and comes back while measuring starts and stops. */
static void go_away(void)
{
	/* Shared: how often it did, and whether that is enough */
	volatile unsigned int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int starts = 0;
	char text[32] = "";
	int status;
	pid_t pid;

	if (shared == MAP_FAILED)
		err(1, "no memory");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	while (!pid) {
		must_write("/sys/devices/system/cpu/cpu3/online", "0");
		must_write("/sys/devices/system/cpu/cpu3/online", "1");
		shared[0]++;
		if (shared[1])
			_exit(0);
		/* Or a start would never get its turn. */
		usleep(50000);
	}
	while (starts < 2 * HOTPLUG_ROUNDS || shared[0] < HOTPLUG_ROUNDS) {
		must_write(TRACING "current_tracer", starts % 2 ? "nop" : "irqspan");
		must_write(TRACING "events/irqspan/enable", starts % 3 ? "1" : "0");
		starts++;
	}
	shared[1] = 1;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		complain("a CPU that goes away", "it does not come back", 0);
	must_write(TRACING "events/irqspan/enable", "0");
	read_file("/sys/devices/system/cpu/online", text, sizeof(text));
	check_exact("a CPU that went away");
	operations += starts;
	printf("a CPU went away and came back %u times during %u starts and stops, online: %s",
	       shared[0], starts, text);
}

/*
 * A ring buffer that gets no memory for a CPU says so with a warning, which is meant: have
 * no allocation fail there. Sets both ends of the function to addresses as text.
 */
static void find_function(const char *name, char begin[32], char end[32])
{
	unsigned long long at, from = 0, to = ~0ULL;
	FILE *f = fopen("/proc/kallsyms", "r");
	char symbol[256];

	for (int pass = 0; f && pass < 2; pass++) {
		rewind(f);
		while (fscanf(f, "%llx %*c %255s%*[^\n]", &at, symbol) == 2) {
			if (!pass && !strcmp(symbol, name))
				from = at;
			if (pass && at > from && at < to)
				to = at;
		}
	}
	if (!from)
		errx(1, "no function %s", name);
	fclose(f);
	snprintf(begin, 32, "%#llx", from);
	snprintf(end, 32, "%#llx", to);
}

static void set_up(void)
{
	char begin[32], end[32];
	const char * const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "failslab/task-filter", "Y" },
		{ "fail_page_alloc/task-filter", "Y" },
		{ "failslab/times", "-1" },
		{ "fail_page_alloc/times", "-1" },
		{ "failslab/probability", "100" },
		{ "fail_page_alloc/probability", "100" },
		{ "failslab/reject-start", begin },
		{ "failslab/reject-end", end },
		{ "fail_page_alloc/reject-start", begin },
		{ "fail_page_alloc/reject-end", end },
	};
	char path[128];
	unsigned int i;

	find_function("trace_rb_cpu_prepare", begin, end);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i][0]);
		must_write(path, settings[i][1]);
	}
	fail_nth_fd = open("/proc/self/fail-nth", O_RDWR);
	fail_task_fd = open("/proc/self/make-it-fail", O_RDWR);
	if (fail_nth_fd < 0 || fail_task_fd < 0)
		err(1, "the kernel injects no faults");
}

int main(void)
{
	unsigned int i;

	set_up();
	printf("# operation, allocations that failed, how many made it fail; and of 6 with many at once\n");
	for (i = 0; i < sizeof(fixed_operations) / sizeof(fixed_operations[0]); i++)
		sweep(&fixed_operations[i]);
	sweep_each(TRACING "irqspan", "", &read_one);
	sweep_each(TRACING "irqspan", "stats", &clear_one);
	sweep_each(TRACING "irqspan", "hist", &clear_one);
	sweep_each(TRACING "irqspan", "ipis", &clear_one);
	sweep_each(TRACING "irqspan", "timers", &clear_one);
	sweep_each(TRACING "irqspan", "blame", &clear_one);
	sweep_each(TRACING "options", "irqspan-", &option_off);
	sweep_each(TRACING "options", "irqspan-", &option_on);
	sweep_each(TRACING "events/irqspan", "", &enable_one);
	sweep_each(TRACING "events/irqspan", "", &disable_one);
	sweep_each(TRACING "events/irqspan", "", &perf_one);
	for (i = 0; i < sizeof(instance_operations) / sizeof(instance_operations[0]); i++)
		sweep(&instance_operations[i]);
	go_away();
	printf("%lu operations, %lu faults one at a time, %lu operations failed\n", operations, faults,
	       failures);
	if (!faults || !failures)
		complain("all", "nothing has failed", 0);
	if (!failed)
		printf("pass every fault is a clean error that changes nothing\n");
	return failed;
}
