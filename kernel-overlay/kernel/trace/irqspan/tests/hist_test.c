// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the histogram: its buckets have no gap, and are as narrow as promised.
 */
#include <kunit/test.h>

#include <linux/limits.h>
#include <linux/module.h>

#include "../hist.h"

static void bucket_holds_its_bounds(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i++) {
		KUNIT_EXPECT_EQ(test, irqspan_bucket(irqspan_bucket_low(i)), i);
		KUNIT_EXPECT_EQ(test, irqspan_bucket(irqspan_bucket_high(i)), i);
	}
}

static void buckets_have_no_gap(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, irqspan_bucket_low(0), 0);
	for (i = 1; i < IRQSPAN_BUCKETS; i++)
		KUNIT_EXPECT_EQ(test, irqspan_bucket_low(i), irqspan_bucket_high(i - 1) + 1);
	KUNIT_EXPECT_EQ(test, irqspan_bucket_high(IRQSPAN_BUCKETS - 1), U64_MAX);
}

static void bucket_error_is_bounded(struct kunit *test)
{
	unsigned int i;

	/* The last one is open-ended. */
	for (i = 0; i < IRQSPAN_BUCKETS - 1; i++) {
		u64 low = irqspan_bucket_low(i);

		KUNIT_EXPECT_LE(test, (irqspan_bucket_high(i) - low) * 16, low);
	}
}

static void bucket_of_edge_durations(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, irqspan_bucket(0), 0);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(31), 31);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(32), 32);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(33), 32);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(BIT_ULL(IRQSPAN_MAX_BITS) - 1), IRQSPAN_BUCKETS - 1);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(BIT_ULL(IRQSPAN_MAX_BITS)), IRQSPAN_BUCKETS - 1);
	KUNIT_EXPECT_EQ(test, irqspan_bucket(U64_MAX), IRQSPAN_BUCKETS - 1);
}

static struct kunit_case irqspan_hist_cases[] = {
	KUNIT_CASE(bucket_holds_its_bounds),
	KUNIT_CASE(buckets_have_no_gap),
	KUNIT_CASE(bucket_error_is_bounded),
	KUNIT_CASE(bucket_of_edge_durations),
	{}
};

static struct kunit_suite irqspan_hist_suite = {
	.name		= "irqspan_hist",
	.test_cases	= irqspan_hist_cases,
};

kunit_test_suite(irqspan_hist_suite);

/* For the whole module, of which this file is always a part */
MODULE_DESCRIPTION("KUnit tests of the irqspan tracer");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
