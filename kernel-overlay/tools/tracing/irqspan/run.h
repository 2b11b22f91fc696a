/* SPDX-License-Identifier: GPL-2.0 */
/* For how long to measure: for a time, until a signal, or while a command runs. */
#ifndef IRQSPAN_RUN_H
#define IRQSPAN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cpus.h"

/*
 * Keep this program off the CPUs that it measures, if there are others. A command that
 * it starts may run anywhere.
 */
void run_elsewhere(const struct set *cpus);

struct run;

/* @command: NULL, or as for execvp(). Fails with a message if it cannot be started. */
struct run *run_begin(uint64_t duration, char **command);
/*
 * Wait for @step ns at most. False if it is over: the time is up, the command has ended,
 * or a signal came.
 */
bool run_wait(struct run *run, uint64_t step);
/* Ends a command that still runs. */
void run_end(struct run *run);

#endif
