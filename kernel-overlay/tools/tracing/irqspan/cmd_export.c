// SPDX-License-Identifier: GPL-2.0
/* irqspan export: the tables as metrics, for a monitoring system. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commands.h"
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

/* A request has one line and some headers. A client that is too slow is dropped. */
#define REQUEST_MAX	8192
#define PATIENCE_MS	2000

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
			fputs(usage, stdout);
			exit(EXIT_FINE);
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

/* Read the head of a request; false if none comes. */
static bool read_request(int fd, char *request)
{
	uint64_t until = now_ns() + PATIENCE_MS * NSEC_PER_MSEC;
	size_t used = 0;

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		uint64_t now = now_ns();
		ssize_t n;

		if (now >= until || session_interrupted() ||
		    poll(&wait, 1, (until - now) / NSEC_PER_MSEC + 1) <= 0)
			return false;
		n = recv(fd, request + used, REQUEST_MAX - 1 - used, MSG_DONTWAIT);
		if (n <= 0)
			return false;
		used += n;
		request[used] = '\0';
		if (strstr(request, "\r\n\r\n") || strstr(request, "\n\n"))
			return true;
		if (used == REQUEST_MAX - 1)
			return false;
	}
}

static void send_all(int fd, const char *data, size_t size)
{
	uint64_t until = now_ns() + PATIENCE_MS * NSEC_PER_MSEC;

	while (size) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		uint64_t now = now_ns();
		ssize_t n;

		if (now >= until || poll(&wait, 1, (until - now) / NSEC_PER_MSEC + 1) <= 0)
			return;
		n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n <= 0)
			return;
		data += n;
		size -= n;
	}
}

static void answer(int fd, const char *status, const char *type, const char *body, size_t size,
		   bool head_only)
{
	char *head = xprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
			     "Connection: close\r\n\r\n", status, type, size);

	send_all(fd, head, strlen(head));
	if (!head_only)
		send_all(fd, body, size);
	free(head);
}

static void update(struct metrics *metrics, const char *dir)
{
	struct snapshot *snapshot = snapshot_read(dir);

	if (!snapshot->stats)
		fail("%s has no file stats: it takes all files of the tracer's directory", dir);
	metrics_update(metrics, snapshot);
	snapshot_free(snapshot);
}

static void serve(int fd, struct metrics *metrics)
{
	static const char hint[] = "The metrics are at /metrics.\n";
	char request[REQUEST_MAX];
	bool openmetrics, head_only;
	const char *path;
	size_t size;
	char *body;
	FILE *to;

	if (!read_request(fd, request))
		return;
	head_only = !strncmp(request, "HEAD ", 5);
	if (!head_only && strncmp(request, "GET ", 4)) {
		answer(fd, "405 Method Not Allowed", "text/plain", hint, sizeof(hint) - 1, false);
		return;
	}
	path = strchr(request, ' ') + 1;
	if (strncmp(path, "/metrics", 8) || !strchr(" ?", path[8])) {
		answer(fd, "404 Not Found", "text/plain", hint, sizeof(hint) - 1, head_only);
		return;
	}
	openmetrics = strcasestr(request, "application/openmetrics-text");
	update(metrics, session_dir());
	to = open_memstream(&body, &size);
	if (!to)
		fail("out of memory");
	metrics_print(metrics, to, openmetrics);
	if (fclose(to))
		fail("out of memory");
	answer(fd, "200 OK", openmetrics ?
	       "application/openmetrics-text; version=1.0.0; charset=utf-8" :
	       "text/plain; version=0.0.4; charset=utf-8", body, size, head_only);
	free(body);
}

static void listen_and_serve(const struct options *o, struct metrics *metrics)
{
	const struct session_needs needs = {
		.cpus			= o->all_cpus ? NULL : &o->cpus,
		.local_thresh_ns	= ANY_THRESHOLD,
		.line_thresh_ns		= ANY_THRESHOLD,
	};
	int fd = listen_at(o->listen), client;
	uint64_t end = o->duration ? now_ns() + o->duration : UINT64_MAX;
	struct session *session;

	session = session_begin(&needs);
	if (!o->quiet) {
		printf("irqspan: metrics at %s/metrics\n", o->listen);
		finish_output(stdout, "stdout");
	}
	while (!session_interrupted()) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		uint64_t now = now_ns();

		if (now >= end)
			break;
		if (poll(&wait, 1, end - now > 60 * NSEC_PER_SEC ? 60000 :
			 (end - now) / NSEC_PER_MSEC + 1) <= 0)
			continue;
		client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		serve(client, metrics);
		close(client);
	}
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

		if (!o.tables)
			session_check();
		output = output_open(o.output ? o.output : "-");
		/* Counters are no secret, and a collector is not root. */
		output_for_all(output);
		update(metrics, o.tables ? o.tables : session_dir());
		metrics_print(metrics, output_stream(output), o.openmetrics);
		output_commit();
	}
	metrics_free(metrics);
	set_free(&o.cpus);
	return EXIT_FINE;
}
