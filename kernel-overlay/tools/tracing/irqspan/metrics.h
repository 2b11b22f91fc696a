/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables as metrics: OpenMetrics 1.0, or the older text format of Prometheus.
 *
 * Counters never fall, even when somebody clears a table: what was counted until then is
 * kept, and added.
 */
#ifndef IRQSPAN_METRICS_H
#define IRQSPAN_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "cpus.h"
#include "snapshot.h"

struct metrics;

/* @cpus: export only these CPUs; NULL: all */
struct metrics *metrics_new(const struct set *cpus);
/* Export others, too, once they have counted a span. */
void metrics_add_others(struct metrics *metrics);
/* Update the metrics from what the tables say now. */
void metrics_update(struct metrics *metrics, const struct snapshot *snapshot);
void metrics_print(const struct metrics *metrics, FILE *to, bool openmetrics);
void metrics_free(struct metrics *metrics);

#endif
