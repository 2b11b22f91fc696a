// SPDX-License-Identifier: GPL-2.0
/*
 * irqspan - who turns interrupts off, and what disturbs a CPU.
 *
 * Each command is in a file of its own, cmd_NAME.c, and in the table here.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "commands.h"
#include "utils.h"

#ifndef VERSION
#define VERSION "(not built in a kernel tree)"
#endif

static const struct command {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*help;
} commands[] = {
	{ "why", cmd_why, "say what disturbs CPUs, and what to do about it" },
	{ "top", cmd_top, "live: who has interrupts off, and for what share of the time" },
	{ "hist", cmd_hist, "percentiles and histograms of how long interrupts were off" },
	{ "record", cmd_record, "record spans, and what came late because of them" },
	{ "report", cmd_report, "show a recording, on the terminal or as a page with pictures" },
	{ "export", cmd_export, "metrics for a monitoring system, as OpenMetrics" },
	{ NULL }
};

static void print_usage(FILE *to)
{
	const struct command *c;

	fprintf(to, "Usage: irqspan COMMAND [OPTIONS]\n\n"
		"Tells who turns interrupts off, and what disturbs a CPU.\n\n");
	for (c = commands; c->name; c++)
		fprintf(to, "  %-8s %s\n", c->name, c->help);
	fprintf(to, "\nirqspan COMMAND --help lists the options of a command, irqspan --version tells\n"
		"which one this is. See also: man irqspan\n");
}

/*
 * If this was started without stdin, stdout or stderr, files that are opened later must not get
 * their numbers: messages would be written into them. Reading and writing fail with these.
 */
static void open_missing(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
		if (!fd) {
			close(fd);
			fd = open("/dev/null", O_WRONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct command *c;

	open_missing();
	child_init();

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_ERROR;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_usage(stdout);
		finish_output(stdout, "the commands");
		return EXIT_FINE;
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		printf("irqspan %s\n", VERSION);
		finish_output(stdout, "the version");
		return EXIT_FINE;
	}
	/* One line says what is wrong: not getopt's and ours. */
	opterr = 0;
	/* Whoever started this may ignore it, and then no child could be waited for. */
	signal(SIGCHLD, SIG_DFL);
	for (c = commands; c->name; c++) {
		if (!strcmp(argv[1], c->name))
			return c->run(argc - 1, argv + 1);
	}
	fail("there is no command '%s': irqspan --help lists them", argv[1]);
}
