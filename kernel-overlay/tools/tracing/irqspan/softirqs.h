/* SPDX-License-Identifier: GPL-2.0 */
/* Softirqs: work that interrupts leave for later, when interrupts are on. */
#ifndef IRQSPAN_SOFTIRQS_H
#define IRQSPAN_SOFTIRQS_H

#include "cpus.h"

/*
 * Which softirqs ran on these CPUs between two readings of /proc/softirqs, most often first:
 * "NET_RX 130 times, TIMER 1 time"; NULL if none did. To be freed.
 */
char *softirqs_between(const struct set *cpus, const char *before, const char *after);

#endif
