/* SPDX-License-Identifier: GPL-2.0 */
/* For how long to measure: for a time, until a signal, or while a command runs. */
#ifndef IRQSPAN_RUN_H
#define IRQSPAN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cpus.h"

/*
 * Move this program off the CPUs that it measures, if there are others. A command that it
 * starts may run where the program ran before.
 */
void run_elsewhere(const struct set *cpus);

struct run;

/*
 * Begin, and start @command, if not NULL, as execvp() would. Fails with a message. exit() ends
 * the command, too.
 */
struct run *run_begin(uint64_t duration, char **command);
/*
 * Wait for @step ns at most. False if measuring is over: the time is up, the command has
 * ended, or a signal came.
 */
bool run_wait(struct run *run, uint64_t step);
/* Clean up; ends the command if it still runs, and kills it if it does not end. */
void run_end(struct run *run);

#endif
