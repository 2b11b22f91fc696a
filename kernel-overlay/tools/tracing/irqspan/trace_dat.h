/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording: a trace.dat (version 6, see trace-cmd.dat.v6(5)), and behind what that
 * says is its end, where other readers do not look:
 *
 *	irqspan-table NAME SIZE\n	for each table, and then its SIZE bytes and \n
 *	irqspan-end OFFSET CHECKSUM\n	both in 16 hex digits: where the first table begins,
 *					and a sum of all that is before this line
 *
 * libtracecmd reads such files, but its functions that write them are not public.
 */
#ifndef IRQSPAN_TRACE_DAT_H
#define IRQSPAN_TRACE_DAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct recording;

/* FNV-1a, 64 bits */
#define CHECKSUM_INIT	0xcbf29ce484222325ULL

static inline uint64_t checksum_add(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--)
		sum = (sum ^ *byte++) * 0x100000001b3ULL;
	return sum;
}

/**
 * struct trace_dat_source - where a recording comes from
 * @tracing: directory of tracefs
 * @instance: directory of the instance that recorded
 * @symbols: /proc/kallsyms, which takes long to read
 * @spools: for each CPU, a file that has the pages of its buffer
 * @cpus: how many
 * @page_size: their size
 */
struct trace_dat_source {
	const char	*tracing;
	const char	*instance;
	const char	*symbols;
	const int	*spools;
	unsigned int	cpus;
	size_t		page_size;
};

/**
 * struct trace_dat_table - a table to put behind it
 * @name: unique, without a blank
 * @text: what it holds
 * @size: of @text
 */
struct trace_dat_table {
	char		*name;
	char		*text;
	size_t		size;
};

/* Fails with a message that names @path. */
void trace_dat_write(FILE *stream, const char *path, const struct trace_dat_source *source,
		     const struct trace_dat_table *tables, size_t nr_tables);

/*
 * Fill in the tables of @recording: none if the file is not of irqspan. Fails with a
 * message if it cannot be read, or was one and is damaged.
 */
void read_tables(struct recording *recording);

#endif
