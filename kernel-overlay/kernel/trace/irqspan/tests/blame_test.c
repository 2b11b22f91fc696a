// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of who is to blame for a delay, with made-up times.
 */
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/sched.h>
#include <linux/string.h>

#include "../irqspan.h"

static void note_span(struct irqspan_blame *blame, u64 start, u64 end, unsigned long caller)
{
	struct irqspan_local span = {
		.duration	= end - start,
		.caller		= caller,
		.task		= current,
	};

	irqspan_blame_note(blame, &span, end);
}

static struct irqspan_blame *new_blame(struct kunit *test)
{
	struct irqspan_blame *blame = kunit_kzalloc(test, sizeof(*blame), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blame);
	return blame;
}

static void longest_part_of_the_wait_is_to_blame(struct kunit *test)
{
	struct irqspan_blame *blame = new_blame(test);
	const struct irqspan_past *past;

	KUNIT_EXPECT_NULL(test, irqspan_blame_find(blame, 5000, 4000));

	/* Began before the wait did; the short one is the interrupt's way in. */
	note_span(blame, 10000, 50000, 0x10);
	note_span(blame, 50100, 51200, 0x20);
	past = irqspan_blame_find(blame, 52000, 30000);
	KUNIT_ASSERT_NOT_NULL(test, past);
	KUNIT_EXPECT_EQ(test, past->caller, 0x10);
	KUNIT_EXPECT_EQ(test, past->duration, 40000);
	KUNIT_EXPECT_STREQ(test, past->comm, current->comm);
}

static void span_of_less_than_half_the_wait_is_innocent(struct kunit *test)
{
	struct irqspan_blame *blame = new_blame(test);

	note_span(blame, 10000, 20000, 0x10);
	/* It was on for 11000 then, or had nothing to do with it. */
	KUNIT_EXPECT_NULL(test, irqspan_blame_find(blame, 31000, 21000));
	KUNIT_EXPECT_NULL(test, irqspan_blame_find(blame, 31000, 11000));
	KUNIT_EXPECT_NOT_NULL(test, irqspan_blame_find(blame, 21000, 11000));
}

static void old_spans_give_way(struct kunit *test)
{
	struct irqspan_blame *blame = new_blame(test);
	const struct irqspan_past *past;
	unsigned int i;

	note_span(blame, 0, 90000, 0x10);
	for (i = 1; i < IRQSPAN_PASTS; i++)
		note_span(blame, 90000 + i * 10, 90005 + i * 10, 0x20);
	past = irqspan_blame_find(blame, 91000, 90500);
	KUNIT_ASSERT_NOT_NULL(test, past);
	KUNIT_EXPECT_EQ(test, past->caller, 0x10);
	note_span(blame, 90500, 90600, 0x30);
	KUNIT_EXPECT_NULL(test, irqspan_blame_find(blame, 91000, 90500));
}

static struct kunit_case irqspan_blame_cases[] = {
	KUNIT_CASE(longest_part_of_the_wait_is_to_blame),
	KUNIT_CASE(span_of_less_than_half_the_wait_is_innocent),
	KUNIT_CASE(old_spans_give_way),
	{}
};

static struct kunit_suite irqspan_blame_suite = {
	.name		= "irqspan_blame",
	.test_cases	= irqspan_blame_cases,
};

kunit_test_suite(irqspan_blame_suite);
