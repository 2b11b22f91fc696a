// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is counted of spans, and of the percentiles that follow from it.
 */
#include <kunit/test.h>
#include <kunit/visibility.h>

#include "irqspan_test.h"

static void percentiles_of_known_spans(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);
	u64 ns, max = 0;

	KUNIT_EXPECT_EQ(test, irqspan_percentile(st->bucket, 0, 0, 500), 0);

	/* 1 us to 1 ms in steps of 1 us: the n-th permille is n us. */
	for (ns = 1000; ns <= 1000 * 1000; ns += 1000) {
		if (irqspan_stats_add(st, ns))
			st->max = ns;
		max = ns;
	}

	KUNIT_EXPECT_EQ(test, st->min, 1000);
	KUNIT_EXPECT_EQ(test, st->max, max);
	KUNIT_EXPECT_EQ(test, st->total, 1000ULL * 1000 * 1001 / 2);

	for (unsigned int permille = 1; permille <= 1000; permille++) {
		u64 exact = permille * 1000ULL;
		u64 got = irqspan_percentile(st->bucket, 1000, max, permille);

		KUNIT_EXPECT_GE(test, got, exact);
		KUNIT_EXPECT_LE(test, got, exact + exact / 16);
	}
}

static void percentile_of_one_span_is_that_span(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);

	KUNIT_EXPECT_TRUE(test, irqspan_stats_add(st, 12345));
	KUNIT_EXPECT_EQ(test, irqspan_percentile(st->bucket, 1, 12345, 1), 12345);
	KUNIT_EXPECT_EQ(test, irqspan_percentile(st->bucket, 1, 12345, 999), 12345);
}

static struct kunit_case irqspan_stats_cases[] = {
	KUNIT_CASE(percentiles_of_known_spans),
	KUNIT_CASE(percentile_of_one_span_is_that_span),
	{}
};

static struct kunit_suite irqspan_stats_suite = {
	.name		= "irqspan_stats",
	.test_cases	= irqspan_stats_cases,
};

kunit_test_suite(irqspan_stats_suite);
