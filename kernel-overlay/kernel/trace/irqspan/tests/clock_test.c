// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the conversion from the clock's unit to ns.
 */
#include <kunit/test.h>

#include <linux/limits.h>

#include "../clock.h"

/* From a clock of 1 GHz to one of 5 GHz, and one coarser than a ns */
static const struct irqspan_scale scales[] = {
	{ 1, 0 }, { 1U << 31, 31 }, { 429496730, 31 }, { 16 << 24, 24 }, { 699051, 21 },
};

static void short_times_are_as_the_long_ones(struct kunit *test)
{
	static const u64 diffs[] = { 0, 1, 2, 999, 12345678, IRQSPAN_SHORT_DIFF };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(scales); i++) {
		for (j = 0; j < ARRAY_SIZE(diffs); j++)
			KUNIT_EXPECT_EQ(test, irqspan_clock_short_ns(&scales[i], diffs[j]),
					irqspan_clock_ns(&scales[i], diffs[j]));
	}
}

static void no_short_time_reaches_the_limit(struct kunit *test)
{
	static const u64 limits[] = { 0, 1, 2, 17, 1000, 10000, 1000000007, U32_MAX, U64_MAX };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(scales); i++) {
		for (j = 0; j < ARRAY_SIZE(limits); j++) {
			u64 diff = irqspan_clock_short_diff(&scales[i], limits[j]);

			KUNIT_EXPECT_LE(test, diff, (u64)IRQSPAN_SHORT_DIFF);
			if (diff)
				KUNIT_EXPECT_LT(test, irqspan_clock_ns(&scales[i], diff - 1),
						limits[j]);
		}
	}
}

static void clock_that_was_set_back_gives_zero(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scales); i++)
		KUNIT_EXPECT_EQ(test, irqspan_clock_ns(&scales[i], (u64)-10), 0);
}

static struct kunit_case irqspan_clock_cases[] = {
	KUNIT_CASE(short_times_are_as_the_long_ones),
	KUNIT_CASE(no_short_time_reaches_the_limit),
	KUNIT_CASE(clock_that_was_set_back_gives_zero),
	{}
};

static struct kunit_suite irqspan_clock_suite = {
	.name		= "irqspan_clock",
	.test_cases	= irqspan_clock_cases,
};

kunit_test_suite(irqspan_clock_suite);
