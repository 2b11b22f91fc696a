/* SPDX-License-Identifier: GPL-2.0 */
/* Softirqs: what interrupts have done later, with interrupts on. */
#ifndef IRQSPAN_SOFTIRQS_H
#define IRQSPAN_SOFTIRQS_H

#include "cpus.h"

/*
 * What ran on these CPUs between two looks at /proc/softirqs, most often first, as
 * "NET_RX 130 times, TIMER 1 time"; NULL if nothing did. To be freed.
 */
char *softirqs_between(const struct set *cpus, const char *before, const char *after);

#endif
