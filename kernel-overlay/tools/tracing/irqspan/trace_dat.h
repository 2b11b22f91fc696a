/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording is a trace.dat (version 6, see trace-cmd.dat.v6(5)), and behind its end, where
 * other readers do not look:
 *
 *	irqspan-table NAME SIZE\n	for each table, and then its SIZE bytes and \n
 *	irqspan-end OFFSET CHECKSUM\n	both in 16 hex digits: where the first table begins,
 *					and a checksum of all that is before this line
 *
 * libtracecmd reads such files, but its functions that write them are not public.
 */
#ifndef IRQSPAN_TRACE_DAT_H
#define IRQSPAN_TRACE_DAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct recording;

/**
 * struct trace_dat_source - what a recording is made from
 * @tracing: directory of tracefs
 * @instance: directory of the instance that recorded
 * @symbols: text of /proc/kallsyms, which takes long to read
 * @spools: for each CPU, a file that has the pages of its buffer
 * @cpus: how many CPUs
 * @page_size: size of the pages
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
 * struct trace_dat_table - a table to put behind the trace
 * @name: its name, unique and without a blank
 * @text: its text
 * @size: size of @text
 */
struct trace_dat_table {
	char		*name;
	char		*text;
	size_t		size;
};

/* Write a recording to @stream; fails with a message that names @path. */
void trace_dat_write(FILE *stream, const char *path, const struct trace_dat_source *source,
		     const struct trace_dat_table *tables, size_t nr_tables);

/*
 * Fill in the tables of @recording: none if irqspan did not write the file. Fails with a
 * message if the file cannot be read, or is a recording of irqspan that is damaged.
 */
void read_tables(struct recording *recording);

#endif
