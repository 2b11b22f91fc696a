// SPDX-License-Identifier: GPL-2.0
/*
 * irqspan report: what a recording says, on the terminal or in a file.
 *
 * The file may come from anywhere, and the libraries that read it believe what it says.
 * So a child process reads it: if that dies, but for a pipe that nobody reads any more, the
 * file is called damaged, and nothing is left behind.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"
#include "recording.h"
#include "report.h"
#include "units.h"
#include "utils.h"

#define ROWS	15

static const struct form {
	const char	*option;
	void		(*write)(FILE *to, const struct recording *recording);
} forms[] = {
	{ "html",	report_html },
	{ "perfetto",	report_perfetto },
	{ "folded",	report_folded },
	{ "json",	report_json },
};

enum { OPTION_ALL = ARRAY_SIZE(forms), OPTION_HELP };

static volatile sig_atomic_t reader;
static volatile sig_atomic_t interrupted;

static const char usage[] =
"Usage: irqspan report [OPTIONS] [FILE]\n\n"
"Shows what 'irqspan record' or trace-cmd wrote to FILE (default irqspan.dat):\n"
"on the terminal, or in one of these forms:\n\n"
"  --html OUT      one page with pictures, for any browser, without network\n"
"  --perfetto OUT  a trace for ui.perfetto.dev\n"
"  --folded OUT    stacks and ns, for flame graphs\n"
"  --json OUT      all records and tables\n"
"  --all           show all rows of each table, not just the first ones\n"
"  -h, --help      print this help\n\n"
"OUT may be -, for stdout.\n";

static void stop_reader(int signal)
{
	interrupted = signal;
	if (reader > 0)
		kill(reader, SIGKILL);
}

/* What is ignored stays so: after nohup it goes on when its terminal is gone. */
static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop_reader }, before;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!sigaction(ends[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
	}
}

static void write_forms(const char *path, struct output **outputs, unsigned int rows)
{
	struct recording recording;
	bool any = false;
	size_t i;

	recording_load(&recording, path);
	if (!recording.count)
		warn("%s has no records of irqspan: nothing lasted as long as the threshold, or its events were not enabled",
		     path);
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!outputs[i])
			continue;
		any = true;
		forms[i].write(output_stream(outputs[i]), &recording);
	}
	if (!any) {
		report_text(stdout, &recording, rows);
		finish_output(stdout, "the report");
	}
	output_commit();
	recording_free(&recording);
}

static int wait_for_reader(const char *path)
{
	int status;

	while (waitpid(reader, &status, 0) < 0) {
		if (errno != EINTR)
			fail("cannot wait for the reader: %s", strerror(errno));
	}
	if (interrupted)
		return EXIT_ERROR;
	/* Who reads the output has enough, as head has: the file is not to blame. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return EXIT_ERROR;
	if (WIFSIGNALED(status))
		fail("%s is damaged, or no trace file: copy it again, or record it anew", path);
	return WEXITSTATUS(status);
}

int cmd_report(int argc, char **argv)
{
	static struct option options[ARRAY_SIZE(forms) + 3];
	struct output *outputs[ARRAY_SIZE(forms)] = {};
	const char *path = "irqspan.dat";
	unsigned int rows = ROWS;
	size_t i;
	int c;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		options[i] = (struct option){ forms[i].option, required_argument, NULL, 256 + i };
	options[i++] = (struct option){ "all", no_argument, NULL, 256 + OPTION_ALL };
	options[i] = (struct option){ "help", no_argument, NULL, 'h' };

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			show_help(usage);
		case 256 + OPTION_ALL:
			rows = 0;
			break;
		case '?':
			fail_option(argv);
		default:
			if (outputs[c - 256])
				fail("--%s is given twice: once is enough", forms[c - 256].option);
			outputs[c - 256] = output_open(optarg);
		}
	}
	if (argc - optind > 1)
		fail("one file at a time: '%s' is one too many", argv[optind + 1]);
	if (optind < argc)
		path = argv[optind];

	catch_signals();
	fflush(NULL);
	reader = fork();
	if (reader < 0)
		fail("cannot start a process to read %s: %s", path, strerror(errno));
	if (!reader) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		write_forms(path, outputs, rows);
		exit(EXIT_FINE);
	}
	return wait_for_reader(path);
}
