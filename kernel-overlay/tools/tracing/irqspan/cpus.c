// SPDX-License-Identifier: GPL-2.0
/* Sets of small numbers: see cpus.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "utils.h"

#define BITS	(8 * sizeof(unsigned long))
/* Limit of the numbers in a set: no machine has as many CPUs or interrupt lines */
#define MOST	(1U << 24)

void set_add(struct set *set, unsigned int n)
{
	if (n >= set->size) {
		unsigned int words = set->size / BITS, wanted = n / BITS + 1;

		if (wanted < 2 * words)
			wanted = 2 * words;
		set->bits = xrealloc(set->bits, wanted, sizeof(*set->bits));
		memset(set->bits + words, 0, (wanted - words) * sizeof(*set->bits));
		set->size = wanted * BITS;
	}
	set->bits[n / BITS] |= 1UL << n % BITS;
}

bool set_has(const struct set *set, unsigned int n)
{
	return n < set->size && set->bits[n / BITS] >> n % BITS & 1;
}

static bool read_one(const char **p, unsigned int *n)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	errno = 0;
	value = strtoul(*p, &end, 10);
	if (errno || value >= MOST)
		return false;
	*p = end;
	*n = value;
	return true;
}

bool set_parse(struct set *set, const char *list)
{
	const char *p = list;

	*set = (struct set){ 0 };
	while (isspace((unsigned char)*p))
		p++;
	while (*p) {
		unsigned int first, last;

		if (!read_one(&p, &first))
			goto wrong;
		last = first;
		if (*p == '-') {
			p++;
			if (!read_one(&p, &last) || last < first)
				goto wrong;
		}
		/* Add the largest number first: so the set grows only once. */
		for (unsigned int n = last + 1; n-- > first; )
			set_add(set, n);
		if (*p == ',' && isdigit((unsigned char)p[1])) {
			p++;
			continue;
		}
		while (isspace((unsigned char)*p))
			p++;
		if (*p)
			goto wrong;
	}
	return true;
wrong:
	set_free(set);
	return false;
}

void set_free(struct set *set)
{
	free(set->bits);
	*set = (struct set){ 0 };
}

bool set_next_range(const struct set *set, unsigned int *first, unsigned int *last)
{
	while (*first < set->size && !set_has(set, *first))
		(*first)++;
	if (*first >= set->size)
		return false;
	for (*last = *first; set_has(set, *last + 1); (*last)++)
		;
	return true;
}

char *set_format(const struct set *set)
{
	char *text = xstrdup("");

	for (unsigned int n = 0, last; set_next_range(set, &n, &last); n = last + 1) {
		char *longer;

		longer = last > n ? xprintf("%s%s%u-%u", text, *text ? "," : "", n, last) :
				    xprintf("%s%s%u", text, *text ? "," : "", n);
		free(text);
		text = longer;
	}
	return text;
}

unsigned int set_count(const struct set *set)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < set->size / BITS; i++)
		count += __builtin_popcountl(set->bits[i]);
	return count;
}

bool set_is_empty(const struct set *set)
{
	return !set_count(set);
}

bool set_is_subset(const struct set *of, const struct set *set)
{
	for (unsigned int n = 0; n < set->size; n++) {
		if (set_has(set, n) && !set_has(of, n))
			return false;
	}
	return true;
}

void set_union(struct set *set, const struct set *other)
{
	for (unsigned int n = other->size; n-- > 0; ) {
		if (set_has(other, n))
			set_add(set, n);
	}
}

void set_intersect(struct set *set, const struct set *other)
{
	for (unsigned int n = 0; n < set->size; n++) {
		if (!set_has(other, n))
			set->bits[n / BITS] &= ~(1UL << n % BITS);
	}
}

void set_subtract(struct set *set, const struct set *other)
{
	for (unsigned int n = 0; n < set->size; n++) {
		if (set_has(other, n))
			set->bits[n / BITS] &= ~(1UL << n % BITS);
	}
}

void set_read(struct set *set, const char *path)
{
	char *text = try_read_file(path, NULL);

	*set = (struct set){ 0 };
	if (text)
		set_parse(set, text);
	free(text);
}

void cpus_online(struct set *cpus)
{
	set_read(cpus, "/sys/devices/system/cpu/online");
	if (set_is_empty(cpus))
		fail("cannot tell which CPUs are online: is sysfs mounted at /sys?");
}

void cpus_parse_any(struct set *cpus, const char *option, const char *list)
{
	if (!set_parse(cpus, list) || set_is_empty(cpus))
		fail("%s '%s' is no list of CPUs: write it as 0-3,8", option, list);
}

void cpus_parse(struct set *cpus, const char *option, const char *list)
{
	struct set online;

	cpus_online(&online);
	if (!strcmp(list, "all")) {
		*cpus = online;
		return;
	}
	cpus_parse_any(cpus, option, list);
	if (!set_is_subset(&online, cpus))
		fail("%s %s: not all of these CPUs are online, but %s", option, list,
		     set_format(&online));
	set_free(&online);
}

void cpus_nohz_full(struct set *cpus)
{
	/* The file says "(null)" without nohz_full=: that is no list, and read as an empty set. */
	set_read(cpus, "/sys/devices/system/cpu/nohz_full");
}

void cpus_isolated(struct set *cpus)
{
	/* The last two are of cgroup v2, alone or beside v1, and tell of isolated partitions. */
	static const char * const files[] = {
		"/sys/devices/system/cpu/isolated",
		"/sys/fs/cgroup/cpuset.cpus.isolated",
		"/sys/fs/cgroup/unified/cpuset.cpus.isolated",
	};
	struct set more;

	cpus_nohz_full(cpus);
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		set_read(&more, files[i]);
		set_union(cpus, &more);
		set_free(&more);
	}
}

/* A filter of more ranges would be too long: it takes all CPUs from first to last instead. */
#define MOST_RANGES	64

char *cpus_filter(const struct set *cpus)
{
	unsigned int ranges = 0, least = 0, most = 0;
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		fail("out of memory");
	for (unsigned int n = 0, last; set_next_range(cpus, &n, &last); n = last + 1) {
		if (!ranges)
			least = n;
		most = last;
		fputs(ranges++ ? " || " : "", to);
		if (last > n)
			fprintf(to, "(CPU >= %u && CPU <= %u)", n, last);
		else
			fprintf(to, "CPU == %u", n);
	}
	fclose(to);
	if (ranges > MOST_RANGES) {
		free(text);
		text = xprintf("(CPU >= %u && CPU <= %u)", least, most);
	}
	return text;
}
