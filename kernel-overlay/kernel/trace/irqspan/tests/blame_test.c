// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of finding the span that is to blame for a delay, with made-up times.
 */
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/string.h>

#include "../blame.h"

static struct irqspan_recent *new_recent(struct kunit *test)
{
	struct irqspan_recent *recent = kunit_kzalloc(test, sizeof(*recent), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, recent);
	return recent;
}

static void add(struct irqspan_recent *recent, u64 start, u64 end, unsigned long caller)
{
	struct irqspan_culprit span = {
		.duration	= end - start,
		.caller		= caller,
		.handler	= caller + 1,
		.comm		= "somebody",
	};

	irqspan_recent_add(recent, &span, end);
}

/* The caller that made something late which was due at @due and came at @now; 0: none */
static unsigned long find(const struct irqspan_recent *recent, u64 due, u64 now)
{
	struct irqspan_culprit culprit = { };
	u64 since_end;

	if (!irqspan_recent_find(recent, now, now - due, &culprit, &since_end))
		return 0;
	return culprit.caller;
}

static void nobody_is_to_blame_without_spans(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find(new_recent(test), 1000, 5000), 0);
	/* Not even soon after the boot */
	KUNIT_EXPECT_EQ(test, find(new_recent(test), 0, 5000), 0);
}

static void longest_span_of_the_wait_is_to_blame(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = { };
	u64 since_end;

	/* It began before the wait did. The short one is the interrupt's way in. */
	add(recent, 10000, 50000, 0x10);
	add(recent, 50100, 51200, 0x20);

	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 52000, 30000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.caller, 0x10);
	KUNIT_EXPECT_EQ(test, culprit.duration, 40000);
	KUNIT_EXPECT_EQ(test, culprit.handler, 0x11);
	KUNIT_EXPECT_STREQ(test, culprit.comm, "somebody");
	KUNIT_EXPECT_EQ(test, since_end, 2000);
}

static void span_of_less_than_half_the_wait_is_innocent(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);

	add(recent, 10000, 20000, 0x10);
	/* Interrupts were on for 11000 of the wait. */
	KUNIT_EXPECT_EQ(test, find(recent, 10000, 31000), 0);
	KUNIT_EXPECT_EQ(test, find(recent, 10000, 29000), 0x10);
	/* Only 4000 of the span belong to the wait, which is 9000 long. */
	KUNIT_EXPECT_EQ(test, find(recent, 16000, 25000), 0);
	KUNIT_EXPECT_EQ(test, find(recent, 16000, 24000), 0x10);
}

static void span_before_the_wait_is_innocent(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);

	add(recent, 10000, 20000, 0x10);
	KUNIT_EXPECT_EQ(test, find(recent, 20000, 31000), 0);
}

static void span_of_a_later_time_is_innocent(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);

	/* The clock was set back after it. */
	add(recent, 10000, 90000, 0x10);
	KUNIT_EXPECT_EQ(test, find(recent, 20000, 50000), 0);
}

static void open_span_is_to_blame(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = { .duration = 8000, .caller = 0x20 };
	u64 since_end = 1;

	add(recent, 10000, 15000, 0x10);
	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 24000, 12000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.caller, 0x20);
	KUNIT_EXPECT_EQ(test, culprit.duration, 8000);
	KUNIT_EXPECT_EQ(test, since_end, 0);
}

static void open_span_that_is_shorter_is_innocent(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = { .duration = 500, .caller = 0x20 };
	u64 since_end;

	add(recent, 10000, 23000, 0x10);
	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 24000, 12000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.caller, 0x10);

	culprit = (struct irqspan_culprit){ .duration = 500, .caller = 0x20 };
	KUNIT_EXPECT_FALSE(test, irqspan_recent_find(recent, 94000, 12000, &culprit, &since_end));
}

static void open_span_longer_than_the_wait_is_to_blame(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = { .duration = 90000, .caller = 0x20 };
	u64 since_end;

	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 94000, 12000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.duration, 90000);
}

/*
 * The handler that the answer names for an interrupt from 10000 to 50000, in which a function
 * ran for 8000 that ended at @end, if the victim was due at @due
 */
static unsigned long find_handler(struct kunit *test, u64 end, u64 due)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = { };
	struct irqspan_culprit span = {
		.duration	= 40000,
		.caller		= 0x10,
		.handler	= 0x11,
		.handler_ns	= 8000,
		.handler_ago	= 50000 - end,
	};
	u64 since_end;

	irqspan_recent_add(recent, &span, 50000);
	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 51000, 51000 - due, &culprit,
						    &since_end));
	KUNIT_EXPECT_EQ(test, culprit.caller, 0x10);
	KUNIT_EXPECT_EQ(test, culprit.handler_ns, culprit.handler ? 8000 : 0);
	return culprit.handler;
}

static void handler_before_the_wait_is_innocent(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find_handler(test, 30000, 20000), 0x11);
	/* All of it since then, then part of it, then nothing */
	KUNIT_EXPECT_EQ(test, find_handler(test, 30000, 22000), 0x11);
	KUNIT_EXPECT_EQ(test, find_handler(test, 30000, 24000), 0);
	KUNIT_EXPECT_EQ(test, find_handler(test, 30000, 35000), 0);
	/* Part of it, but for half of the wait */
	KUNIT_EXPECT_EQ(test, find_handler(test, 50000, 45000), 0x11);
	KUNIT_EXPECT_EQ(test, find_handler(test, 47000, 43000), 0x11);
	KUNIT_EXPECT_EQ(test, find_handler(test, 46000, 43000), 0);
}

static void handler_that_ran_before_in_an_open_span_is_innocent(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	struct irqspan_culprit culprit = {
		.duration	= 9000,
		.caller		= 0x20,
		.handler	= 0x21,
		.handler_ns	= 2000,
		.handler_ago	= 5000,
	};
	u64 since_end;

	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 24000, 8000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.handler, 0x21);
	KUNIT_ASSERT_TRUE(test, irqspan_recent_find(recent, 24000, 5000, &culprit, &since_end));
	KUNIT_EXPECT_EQ(test, culprit.handler, 0);
	KUNIT_EXPECT_EQ(test, culprit.caller, 0x20);
}

/* Many more short spans than there is room for: interrupts that waited for the long one */
static void short_spans_do_not_displace_a_long_one(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	unsigned int i;

	add(recent, 10000, 100000, 0x10);
	for (i = 0; i < 8 * IRQSPAN_RECENT_SPANS; i++)
		add(recent, 100000 + i * 1000, 100500 + i * 1000, 0x20);
	KUNIT_EXPECT_EQ(test, find(recent, 20000, 165000), 0x10);
}

/* The longest wait that the span can have taken half of is over. */
static void span_gives_way_when_it_cannot_be_to_blame(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	unsigned int i, k;

	add(recent, 10000, 20000, 0x10);
	for (i = 0; i < IRQSPAN_RECENT_SPANS; i++)
		add(recent, 30000 + i * 1000, 30500 + i * 1000, 0x20);
	for (k = 0; k < IRQSPAN_RECENT_SPANS; k++)
		KUNIT_EXPECT_NE(test, recent->span[k].caller, 0x10);
}

static void oldest_span_gives_way_if_all_may_be_to_blame(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	unsigned int i, k;

	for (i = 0; i <= IRQSPAN_RECENT_SPANS; i++)
		add(recent, 0, 100000 + i * 1000, 0x10 + i);
	for (k = 0; k < IRQSPAN_RECENT_SPANS; k++)
		KUNIT_EXPECT_NE(test, recent->span[k].caller, 0x10);
	KUNIT_EXPECT_EQ(test, recent->span[0].caller, 0x10 + IRQSPAN_RECENT_SPANS);
}

/* Those that were remembered before seem to be of a later time. */
static void spans_are_remembered_after_the_clock_was_set_back(struct kunit *test)
{
	struct irqspan_recent *recent = new_recent(test);
	unsigned int i;

	for (i = 0; i < IRQSPAN_RECENT_SPANS; i++)
		add(recent, 900000 + i * 1000, 900500 + i * 1000, 0x10);
	add(recent, 10000, 20000, 0x20);
	KUNIT_EXPECT_EQ(test, find(recent, 12000, 25000), 0x20);
}

static struct kunit_case irqspan_blame_cases[] = {
	KUNIT_CASE(nobody_is_to_blame_without_spans),
	KUNIT_CASE(longest_span_of_the_wait_is_to_blame),
	KUNIT_CASE(span_of_less_than_half_the_wait_is_innocent),
	KUNIT_CASE(span_before_the_wait_is_innocent),
	KUNIT_CASE(span_of_a_later_time_is_innocent),
	KUNIT_CASE(open_span_is_to_blame),
	KUNIT_CASE(open_span_that_is_shorter_is_innocent),
	KUNIT_CASE(open_span_longer_than_the_wait_is_to_blame),
	KUNIT_CASE(handler_before_the_wait_is_innocent),
	KUNIT_CASE(handler_that_ran_before_in_an_open_span_is_innocent),
	KUNIT_CASE(short_spans_do_not_displace_a_long_one),
	KUNIT_CASE(span_gives_way_when_it_cannot_be_to_blame),
	KUNIT_CASE(oldest_span_gives_way_if_all_may_be_to_blame),
	KUNIT_CASE(spans_are_remembered_after_the_clock_was_set_back),
	{}
};

static struct kunit_suite irqspan_blame_suite = {
	.name		= "irqspan_blame",
	.test_cases	= irqspan_blame_cases,
};

kunit_test_suite(irqspan_blame_suite);
