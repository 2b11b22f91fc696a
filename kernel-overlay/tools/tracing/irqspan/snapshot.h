/* SPDX-License-Identifier: GPL-2.0 */
/* All tables of the tracer, as they were at one time. */
#ifndef IRQSPAN_SNAPSHOT_H
#define IRQSPAN_SNAPSHOT_H

#include <stdint.h>

#include "table.h"

/**
 * struct snapshot - the tables at one time
 * @time: when it was taken, CLOCK_MONOTONIC, ns; of a difference: how long that was
 * @stats: the table of that name. This and all others: NULL if there is no such file,
 *	because the kernel lacks that part of the tracer
 * @hist: the table of that name
 * @open: the table of that name; NULL in a difference
 * @ipis: the table of that name
 * @timers: the table of that name
 * @blame: the table of that name
 */
struct snapshot {
	uint64_t	time;
	struct table	*stats;
	struct table	*hist;
	struct table	*open;
	struct table	*ipis;
	struct table	*timers;
	struct table	*blame;
};

/*
 * Read the tables in a directory: that of the tracer, or one with copies of its files.
 * snapshot_read() fails with a message if one cannot be read; snapshot_try() returns NULL then, and
 * @problem says why, to be freed.
 */
struct snapshot *snapshot_read(const char *dir);
struct snapshot *snapshot_try(const char *dir, char **problem);
struct snapshot *snapshot_difference(const struct snapshot *before,
				     const struct snapshot *after);
void snapshot_free(struct snapshot *snapshot);

#endif
