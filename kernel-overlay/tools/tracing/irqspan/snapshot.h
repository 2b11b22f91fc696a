/* SPDX-License-Identifier: GPL-2.0 */
/* All tables of the tracer, as they were at one time. */
#ifndef IRQSPAN_SNAPSHOT_H
#define IRQSPAN_SNAPSHOT_H

#include <stdint.h>

#include "table.h"

/**
 * struct snapshot - the tables at one time
 * @time: when, CLOCK_MONOTONIC, ns; of a difference: how long
 * @stats: NULL if there is no such file, as where a part of the tracer was left out.
 *	So are the others
 * @hist: likewise
 * @open: likewise; NULL in a difference
 * @ipis: likewise
 * @timers: likewise
 * @blame: likewise
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

/* From a directory: that of the tracer, or one that snapshot_save() made */
struct snapshot *snapshot_read(const char *dir);
/* Copies the files of @from, as they are, to the directory @to, which must exist */
void snapshot_save(const char *from, const char *to);
struct snapshot *snapshot_difference(const struct snapshot *before,
				     const struct snapshot *after);
void snapshot_free(struct snapshot *snapshot);

#endif
