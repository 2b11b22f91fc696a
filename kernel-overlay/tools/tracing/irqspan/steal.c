// SPDX-License-Identifier: GPL-2.0
/* Steal: see steal.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steal.h"
#include "utils.h"

/* What a line of one CPU has before its steal: user, nice, system, idle, iowait, irq, softirq */
#define COLUMNS_BEFORE	7

/* The sum over these CPUs, in ticks of the clock that /proc shows */
static unsigned long long steal_of(const struct set *cpus, const char *text)
{
	unsigned long long sum = 0, ticks;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *number;
		char *end;
		unsigned int cpu, n;

		line += *line == '\n';
		if (sscanf(line, "cpu%u ", &cpu) != 1 || !set_has(cpus, cpu))
			continue;
		number = line + strcspn(line, " ");
		for (n = 0; n <= COLUMNS_BEFORE; n++) {
			ticks = strtoull(number, &end, 10);
			if (end == number)
				break;
			number = end;
		}
		if (n > COLUMNS_BEFORE)
			sum += ticks;
	}
	return sum;
}

uint64_t steal_between(const struct set *cpus, const char *before, const char *after)
{
	unsigned long long was = steal_of(cpus, before), is = steal_of(cpus, after);
	long per_second = sysconf(_SC_CLK_TCK);

	return is > was && per_second > 0 ? (is - was) * NSEC_PER_SEC / per_second : 0;
}
