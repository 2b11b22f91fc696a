/* SPDX-License-Identifier: GPL-2.0 */
/* What all files need: messages, memory, text. */
#ifndef IRQSPAN_UTILS_H
#define IRQSPAN_UTILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What the program exits with, as rtla does */
enum {
	EXIT_FINE	= 0,
	EXIT_ERROR	= 1,
	EXIT_LIMIT	= 2,	/* the limit was exceeded */
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_USEC	1000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/*
 * fail() says in one line what is wrong and what to do, and exits, which runs the functions
 * that were given to atexit(). warn() only says it.
 */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* getopt_long() did not know an option, or what follows is missing: fail() says which. */
void fail_option(char **argv) __attribute__((noreturn));
/* Option --help: print a text, and exit. */
void show_help(const char *text) __attribute__((noreturn));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* These functions exit with a message if there is no memory. */
void *xalloc(size_t size);			/* zeroed */
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Make room for one more element in an array that grows. */
#define xgrow(array, used, room) do {						\
	if ((used) == (room)) {							\
		(room) = (room) ? 2 * (room) : 16;				\
		(array) = xrealloc(array, room, sizeof(*(array)));		\
	}									\
} while (0)

/*
 * Read a whole file, and put a NUL behind it that @size does not count. If the file cannot be
 * read, try_read_file() returns NULL and sets errno, and read_file() fails with a message.
 */
char *try_read_file(const char *path, size_t *size);
char *read_file(const char *path, size_t *size);

/* Flush stdout, and fail if something could not be written, as to a full disk. */
void finish_output(FILE *file, const char *name);

/* FNV-1a, 64 bits */
#define CHECKSUM_INIT	0xcbf29ce484222325ULL

static inline uint64_t checksum_add(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--)
		sum = (sum ^ *byte++) * 0x100000001b3ULL;
	return sum;
}

uint64_t now_ns(void);				/* CLOCK_MONOTONIC */

#endif
