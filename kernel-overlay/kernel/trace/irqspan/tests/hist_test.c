// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the histogram: its buckets have no gap and are as narrow as they
 * are said to be, and a percentile is never too small.
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

static void short_bucket_is_the_same_one(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i++)
		KUNIT_EXPECT_EQ(test, irqspan_short_bucket(irqspan_bucket_low(i)), i);
}

static u64 *new_histogram(struct kunit *test)
{
	u64 *buckets = kunit_kcalloc(test, IRQSPAN_BUCKETS, sizeof(*buckets), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buckets);
	return buckets;
}

static u64 percentile(const u64 *buckets, u64 spans, u64 max, unsigned int permille)
{
	u64 ns;

	irqspan_percentiles(buckets, spans, max, &permille, 1, &ns);
	return ns;
}

static void percentiles_of_known_durations(struct kunit *test)
{
	u64 *buckets = new_histogram(test);
	unsigned int permille;
	u64 ns;

	/* 1 us to 1 ms in steps of 1 us: n permille of them are up to n us long. */
	for (ns = 1000; ns <= 1000 * 1000; ns += 1000)
		buckets[irqspan_bucket(ns)]++;

	for (permille = 1; permille <= 1000; permille++) {
		u64 exact = permille * 1000ULL;
		u64 got = percentile(buckets, 1000, 1000 * 1000, permille);

		KUNIT_EXPECT_GE(test, got, exact);
		KUNIT_EXPECT_LE(test, got, exact + exact / 16);
	}
}

static void percentiles_are_the_same_together(struct kunit *test)
{
	static const unsigned int permille[] = { 1, 1, 250, 500, 900, 999, 1000 };
	u64 *buckets = new_histogram(test), ns[ARRAY_SIZE(permille)];
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i += 3)
		buckets[i] = 1 + i % 7;
	irqspan_percentiles(buckets, 700, U64_MAX, permille, ARRAY_SIZE(permille), ns);
	for (i = 0; i < ARRAY_SIZE(permille); i++)
		KUNIT_EXPECT_EQ(test, ns[i], percentile(buckets, 700, U64_MAX, permille[i]));
}

static void percentile_is_at_most_the_maximum(struct kunit *test)
{
	u64 *buckets = new_histogram(test);

	/* The bucket goes on to 12799. */
	buckets[irqspan_bucket(12345)]++;
	KUNIT_EXPECT_EQ(test, percentile(buckets, 1, 12345, 1), 12345);
	KUNIT_EXPECT_EQ(test, percentile(buckets, 1, 12345, 999), 12345);
	/* A reader may have seen fewer spans in the buckets than there are. */
	KUNIT_EXPECT_EQ(test, percentile(buckets, 10, 12345, 999), 12345);
}

static void percentile_of_no_span_is_zero(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, percentile(new_histogram(test), 0, 0, 500), 0);
}

static struct kunit_case irqspan_hist_cases[] = {
	KUNIT_CASE(bucket_holds_its_bounds),
	KUNIT_CASE(buckets_have_no_gap),
	KUNIT_CASE(bucket_error_is_bounded),
	KUNIT_CASE(bucket_of_edge_durations),
	KUNIT_CASE(short_bucket_is_the_same_one),
	KUNIT_CASE(percentiles_of_known_durations),
	KUNIT_CASE(percentiles_are_the_same_together),
	KUNIT_CASE(percentile_is_at_most_the_maximum),
	KUNIT_CASE(percentile_of_no_span_is_zero),
	{}
};

static struct kunit_suite irqspan_hist_suite = {
	.name		= "irqspan_hist",
	.test_cases	= irqspan_hist_cases,
};

kunit_test_suite(irqspan_hist_suite);

/* Of the whole module, which always has this file in it */
MODULE_DESCRIPTION("KUnit tests of the irqspan tracer");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
