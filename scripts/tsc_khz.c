// SPDX-License-Identifier: GPL-2.0
/*
 * Prints how many times in a millisecond this machine's time stamp counter counts, which
 * is that of its emulated guests. A guest that finds out for itself, by timers that are
 * emulated in other threads, is wrong by a factor of ten when the machine is busy.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Both at the same time, to within 10 us */
static uint64_t read_both(uint64_t *ns)
{
	uint64_t before, tsc;

	do {
		before = now_ns();
		tsc = __rdtsc();
		*ns = now_ns();
	} while (*ns - before > 10000);
	return tsc;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 300000000 };
	uint64_t ns[2], tsc[2];

	tsc[0] = read_both(&ns[0]);
	nanosleep(&pause, NULL);
	tsc[1] = read_both(&ns[1]);
	printf("%.0f\n", 1e6 * (tsc[1] - tsc[0]) / (ns[1] - ns[0]));
	return 0;
}
