/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of small numbers: CPUs, and interrupt lines. */
#ifndef IRQSPAN_CPUS_H
#define IRQSPAN_CPUS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct set - a set of numbers
 * @bits: a bit for each number
 * @size: how many bits there is room for
 */
struct set {
	unsigned long	*bits;
	unsigned int	size;
};

/* Parse a list like "0-3,8"; false if it is none. An empty list is the empty set. */
bool set_parse(struct set *set, const char *list);
char *set_format(const struct set *set);	/* to be freed */
/* Find the next range of numbers, from @first on; false if there is none */
bool set_next_range(const struct set *set, unsigned int *first, unsigned int *last);
void set_free(struct set *set);
void set_add(struct set *set, unsigned int n);
bool set_has(const struct set *set, unsigned int n);
bool set_is_empty(const struct set *set);
unsigned int set_count(const struct set *set);
bool set_is_subset(const struct set *of, const struct set *set);	/* @set is within @of */
void set_union(struct set *set, const struct set *other);
void set_intersect(struct set *set, const struct set *other);
void set_subtract(struct set *set, const struct set *other);

/* Read the list in a file of sysfs or tracefs; empty if there is no such file. */
void set_read(struct set *set, const char *path);

/* Option -c: a list of online CPUs, or "all" for all of them. Fails with a message. */
void cpus_parse(struct set *cpus, const char *option, const char *list);
/* As cpus_parse(), for CPUs of any machine: they need not be online here. */
void cpus_parse_any(struct set *cpus, const char *option, const char *list);
void cpus_online(struct set *cpus);
/* CPUs that are isolated by nohz_full= or isolcpus= */
void cpus_isolated(struct set *cpus);
void cpus_nohz_full(struct set *cpus);
/* CPUs as a filter of events: "(CPU >= 1 && CPU <= 3) || CPU == 5"; to be freed */
char *cpus_filter(const struct set *cpus);

#endif
