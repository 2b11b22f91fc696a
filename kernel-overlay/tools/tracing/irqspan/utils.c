// SPDX-License-Identifier: GPL-2.0
/* What all files need: see utils.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"
#include "utils.h"

/* Print a message in one line: what it names may come from a file, whoever has made that. */
static void say(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	fflush(stdout);
	fprintf(stderr, "irqspan: %s\n", text ? utf8_clean(text) : "out of memory");
	free(text);
}

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(EXIT_ERROR);
}

void fail_option(char **argv)
{
	char letter[] = { '-', (char)optopt, '\0' };

	/* optopt is the letter; or 0, or the number in the list, of an option without one. */
	fail("option '%s' is not known, or not complete: irqspan %s --help tells the options",
	     optopt > 0 && optopt <= CHAR_MAX ? letter : argv[optind - 1], argv[0]);
}

void show_help(const char *text)
{
	fputs(text, stdout);
	finish_output(stdout, "the help");
	exit(EXIT_FINE);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void *xalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		fail("out of memory");
	return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		fail("out of memory");
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		fail("out of memory");
	return p;
}

char *xprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		fail("out of memory");
	va_end(args);
	return text;
}

char *try_read_file(const char *path, size_t *size)
{
	size_t used = 0, room = 65536;
	char *text;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = xrealloc(NULL, room, 1);
	for (;;) {
		n = read(fd, text + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += n;
		if (used == room - 1) {
			room *= 2;
			text = xrealloc(text, room, 1);
		}
	}
	if (n < 0) {
		int err = errno;

		close(fd);
		free(text);
		errno = err;
		return NULL;
	}
	close(fd);
	text[used] = '\0';
	if (size)
		*size = used;
	return text;
}

char *read_file(const char *path, size_t *size)
{
	char *text = try_read_file(path, size);

	if (!text)
		fail("cannot read %s: %s", path, strerror(errno));
	return text;
}

void finish_output(FILE *file, const char *name)
{
	if (fflush(file) || ferror(file))
		fail("cannot write all of %s: %s", name, strerror(errno));
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}
