/* SPDX-License-Identifier: GPL-2.0 */
/* Steal: time in which the host of a virtual machine ran something else than its CPUs. */
#ifndef IRQSPAN_STEAL_H
#define IRQSPAN_STEAL_H

#include <stdint.h>

#include "cpus.h"

/*
 * How long these CPUs were taken away, ns, between two readings of /proc/stat; 0 if they were
 * not, or if the host does not tell.
 */
uint64_t steal_between(const struct set *cpus, const char *before, const char *after);

#endif
