// SPDX-License-Identifier: GPL-2.0
/* irqspan export: the tables as metrics, for a monitoring system. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commands.h"
#include "http.h"
#include "metrics.h"
#include "output.h"
#include "run.h"
#include "session.h"
#include "snapshot.h"
#include "units.h"
#include "utils.h"

static const char usage[] =
"Usage: irqspan export [OPTIONS]\n\n"
"Prints what was counted as metrics (OpenMetrics): once, or for each HTTP request.\n\n"
"  -c, --cpus CPUS     only these CPUs, for example 1-3,8 (default: all)\n"
"  -o, --output FILE   write to FILE, replaced as a whole (for node_exporter's textfile\n"
"                      collector: with --format prometheus)\n"
"      --listen [ADDR]:PORT  measure, and serve HTTP there; without ADDR, only for\n"
"                      this machine. [::1]:9100 for IPv6\n"
"      --format FORMAT openmetrics, or prometheus, its older text format; over HTTP,\n"
"                      what the client accepts\n"
"      --tables DIR    read copies of the tracer's files in DIR, not this machine's\n"
"  -d, --duration TIME with --listen: how long to serve (default: until ^C)\n"
"  -q, --quiet         do not print the address of --listen\n"
"  -h, --help\n\n"
"Without --listen it prints what others have measured, and starts nothing.\n";

struct options {
	struct set	cpus;
	bool		all_cpus;
	const char	*output;
	const char	*listen;
	const char	*tables;
	bool		openmetrics;
	uint64_t	duration;
	bool		quiet;
};

static void parse_options(struct options *o, int argc, char **argv)
{
	enum { LISTEN = 256, FORMAT, TABLES };
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "listen", required_argument, NULL, LISTEN },
		{ "format", required_argument, NULL, FORMAT },
		{ "tables", required_argument, NULL, TABLES },
		{ "duration", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL }
	};
	const char *cpus = NULL;
	int c;

	*o = (struct options){ .openmetrics = true };
	while ((c = getopt_long(argc, argv, "c:o:d:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			cpus = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case LISTEN:
			o->listen = optarg;
			break;
		case FORMAT:
			o->openmetrics = !strcmp(optarg, "openmetrics");
			if (!o->openmetrics && strcmp(optarg, "prometheus"))
				fail("--format %s is not known: it is openmetrics or prometheus",
				     optarg);
			break;
		case TABLES:
			o->tables = optarg;
			break;
		case 'd':
			o->duration = parse_duration("-d", optarg);
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
		fail("what is '%s'? irqspan export --help tells the options", argv[optind]);
	if (o->listen && (o->output || o->tables))
		fail("--listen goes with neither --output nor --tables");
	if (o->duration && !o->listen)
		fail("-d is for --listen: without it, nothing is measured");
	o->all_cpus = !cpus || !strcmp(cpus, "all");
	if (!o->tables)
		cpus_parse(&o->cpus, "-c", cpus ? cpus : "all");
	else if (!o->all_cpus)
		cpus_parse_any(&o->cpus, "-c", cpus);
}

/* Open a socket that listens; fails with a message. */
static int listen_at(const char *where)
{
	struct addrinfo hints = {
		.ai_flags	= AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype	= SOCK_STREAM,
	}, *address;
	char *copy = xstrdup(where), *host = copy, *port = strrchr(copy, ':');
	int fd, on = 1, err;

	if (!port || !port[1])
		fail("--listen %s: write it as 127.0.0.1:9100, [::1]:9100 or :9100", where);
	*port++ = '\0';
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	parse_number("--listen: port", port, 65535);
	err = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &address);
	if (err)
		fail("--listen %s: %s is no address: write it as 127.0.0.1:9100, [::1]:9100 or :9100",
		     where, host);
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		fail("cannot make a socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, 16))
		fail("cannot listen at %s: %s", where, strerror(errno));
	freeaddrinfo(address);
	free(copy);
	return fd;
}

/* Read the tables; false if that cannot be done now, and @problem says why, to be freed. */
static bool update(struct metrics *metrics, const char *dir, char **problem)
{
	struct snapshot *snapshot = snapshot_try(dir, problem);

	if (snapshot && snapshot->stats)
		metrics_update(metrics, snapshot);
	else if (snapshot)
		*problem = xprintf("%s lacks stats: it takes all files of the tracer's directory",
				   dir);
	snapshot_free(snapshot);
	return !*problem;
}

static void answer_in_words(struct http_answer *answer, const char *status, char *words)
{
	answer->status = status;
	answer->body = words;
	answer->size = strlen(words);
}

static void answer(struct http_answer *answer, const char *request, const char *path, void *data)
{
	bool openmetrics = strcasestr(request, "application/openmetrics-text");
	struct metrics *metrics = data;
	char *problem;
	FILE *to;

	if (strncmp(path, "/metrics", 8) || !strchr(" ?", path[8])) {
		answer_in_words(answer, "404 Not Found",
				xstrdup("The metrics are at /metrics.\n"));
		return;
	}
	/* The machine may be short of memory or files: that passes, and who asked asks again. */
	if (!update(metrics, session_dir(), &problem)) {
		warn("%s", problem);
		answer_in_words(answer, "503 Service Unavailable", xprintf("%s\n", problem));
		free(problem);
		return;
	}
	to = open_memstream(&answer->body, &answer->size);
	if (!to)
		fail("out of memory");
	metrics_print(metrics, to, openmetrics);
	if (fclose(to))
		fail("out of memory");
	answer->status = "200 OK";
	answer->type = openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" :
				     "text/plain; version=0.0.4; charset=utf-8";
}

static void listen_and_serve(const struct options *o, struct metrics *metrics)
{
	const struct session_needs needs = {
		.cpus			= o->all_cpus ? NULL : &o->cpus,
		.local_thresh_ns	= ANY_THRESHOLD,
		.line_thresh_ns		= ANY_THRESHOLD,
	};
	int fd = listen_at(o->listen);
	uint64_t end = o->duration ? now_ns() + o->duration : UINT64_MAX;
	struct session *session;

	run_elsewhere(&o->cpus);
	session = session_begin(&needs);
	if (!o->quiet) {
		printf("irqspan: metrics at %s/metrics\n", o->listen);
		finish_output(stdout, "stdout");
	}
	http_serve(fd, end, answer, metrics);
	close(fd);
	session_end(session);
}

int cmd_export(int argc, char **argv)
{
	struct metrics *metrics;
	struct options o;

	parse_options(&o, argc, argv);
	metrics = metrics_new(o.all_cpus && o.tables ? NULL : &o.cpus);
	/* A CPU may come, or have gone and still have what it counted. */
	if (o.all_cpus)
		metrics_add_others(metrics);
	if (o.listen) {
		listen_and_serve(&o, metrics);
	} else {
		struct output *output;
		char *problem;

		if (!o.tables)
			session_check();
		output = output_open(o.output ? o.output : "-");
		/* Counters are no secret, and a collector is not root. */
		output_for_all(output);
		if (!update(metrics, o.tables ? o.tables : session_dir(), &problem))
			fail("%s", problem);
		metrics_print(metrics, output_stream(output), o.openmetrics);
		output_commit();
	}
	metrics_free(metrics);
	set_free(&o.cpus);
	return EXIT_FINE;
}
