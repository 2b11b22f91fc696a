// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the histogram, of the state machine of CPU-wide spans, of tables,
 * and of who is to blame for a delay, with made-up times.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "irqspan.h"

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

static struct irqspan_stats *new_stats(struct kunit *test)
{
	struct irqspan_stats *st = kunit_kzalloc(test, sizeof(*st), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, st);
	st->min = U64_MAX;
	return st;
}

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

/* A CPU that no hook knows of */
static struct irqspan_cpu *new_cpu(struct kunit *test)
{
	struct irqspan_cpu *ic = kunit_kzalloc(test, sizeof(*ic), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ic);
	ic->stats = new_stats(test);
	ic->measured = true;
	return ic;
}

static void span_has_what_was_put_in(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 0x10, 0x11, IRQSPAN_CTX_SOFTIRQ);
	KUNIT_ASSERT_TRUE(test, irqspan_local_on(ic, 4500, 0x20, 0x21, false, &span));

	KUNIT_EXPECT_EQ(test, span.duration, 3500);
	KUNIT_EXPECT_EQ(test, span.caller, 0x10);
	KUNIT_EXPECT_EQ(test, span.parent, 0x11);
	KUNIT_EXPECT_EQ(test, span.end_caller, 0x20);
	KUNIT_EXPECT_EQ(test, span.end_parent, 0x21);
	KUNIT_EXPECT_PTR_EQ(test, span.task, current);
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_SOFTIRQ);

	KUNIT_EXPECT_EQ(test, ic->stats->total, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->worst_caller, 0x10);
	KUNIT_EXPECT_STREQ(test, ic->stats->worst_comm, current->comm);
}

static void end_without_start_is_no_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 1000, 1, 2, false, &span));

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_TASK);
	KUNIT_EXPECT_TRUE(test, irqspan_local_on(ic, 2000, 1, 2, false, &span));
	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 3000, 1, 2, false, &span));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 1);
}

static void start_without_end_is_replaced(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_TASK);
	irqspan_local_off(ic, 5000, 3, 4, IRQSPAN_CTX_TASK);
	KUNIT_ASSERT_TRUE(test, irqspan_local_on(ic, 5100, 5, 6, false, &span));
	KUNIT_EXPECT_EQ(test, span.duration, 100);
	KUNIT_EXPECT_EQ(test, span.caller, 3);
}

static void nmi_without_end_is_dropped(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_NMI);
	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 900000, 3, 4, false, &span));
	KUNIT_EXPECT_EQ(test, ic->unpaired, 1);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 0);

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_NMI);
	KUNIT_EXPECT_TRUE(test, irqspan_local_on(ic, 1100, 3, 4, true, &span));
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_NMI);
}

static void nmi_without_end_is_not_an_interrupt(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_NMI);
	/* Interrupts were on, or this could not come. */
	irqspan_local_hardirq(ic);
	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 900000, 3, 4, false, &span));
	KUNIT_EXPECT_EQ(test, ic->unpaired, 1);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 0);
}

static void hard_interrupt_gives_the_context(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_IDLE);
	irqspan_local_hardirq(ic);
	KUNIT_ASSERT_TRUE(test, irqspan_local_on(ic, 1100, 3, 4, false, &span));
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_HARDIRQ);
}

static void clock_that_goes_back_is_no_duration(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_TASK);
	KUNIT_ASSERT_TRUE(test, irqspan_local_on(ic, 990, 3, 4, false, &span));
	KUNIT_EXPECT_EQ(test, span.duration, 0);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 0);
}

static void cpu_out_of_the_mask_is_not_counted(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_TASK);
	ic->measured = false;
	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 2000, 3, 4, false, &span));
	/* The stale start must not live to see the CPU measured again. */
	ic->measured = true;
	KUNIT_EXPECT_FALSE(test, irqspan_local_on(ic, 3000, 3, 4, false, &span));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 0);
}

static void clear_takes_effect_with_the_next_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	irqspan_local_off(ic, 1000, 1, 2, IRQSPAN_CTX_TASK);
	irqspan_local_on(ic, 9000, 3, 4, false, &span);
	ic->clear = true;
	irqspan_local_off(ic, 10000, 5, 6, IRQSPAN_CTX_TASK);
	irqspan_local_on(ic, 10700, 7, 8, false, &span);

	KUNIT_EXPECT_FALSE(test, ic->clear);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 1);
	KUNIT_EXPECT_EQ(test, ic->stats->total, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->min, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->worst_caller, 5);
}

static void hook_is_not_entered_twice(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);

	KUNIT_ASSERT_TRUE(test, irqspan_local_enter(ic));
	/* An NMI, or what the hook calls */
	KUNIT_EXPECT_FALSE(test, irqspan_local_enter(ic));
	KUNIT_EXPECT_FALSE(test, irqspan_local_enter(ic));
	KUNIT_EXPECT_EQ(test, ic->recursion, 2);

	irqspan_local_exit(ic);
	KUNIT_EXPECT_TRUE(test, irqspan_local_enter(ic));
	KUNIT_EXPECT_EQ(test, ic->recursion, 2);
}

KUNIT_DEFINE_ACTION_WRAPPER(kvfree_action, kvfree, const void *);

struct test_key {
	u64 value;
};

struct test_row {
	struct irqspan_row head;
	struct test_key key;
	u64 count;
};

static struct irqspan_table *new_table(struct kunit *test, unsigned int rows)
{
	struct irqspan_table *table;

	table = irqspan_table_alloc(rows, sizeof(struct test_row), sizeof(struct test_key));
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, kvfree_action, table), 0);
	return table;
}

static void copy_test_row(void *to, const void *from)
{
	memcpy(to, from, sizeof(struct test_row));
}

static void row_is_found_by_its_key(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 1024);
	struct test_row *row;
	struct test_key key;

	for (key.value = 0; key.value < 300; key.value++) {
		row = irqspan_table_row(table, &key);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, row->count, 0);
		row->count = key.value + 1;
	}
	for (key.value = 0; key.value < 300; key.value++) {
		row = irqspan_table_row(table, &key);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, row->key.value, key.value);
		KUNIT_EXPECT_EQ(test, row->count, key.value + 1);
	}
}

static void full_table_loses_no_count(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	u64 sum = 0, lost = 0;
	struct test_row *rows;
	struct test_key key;
	unsigned int i, n;

	for (i = 0; i < 3; i++) {
		for (key.value = 0; key.value < 1000; key.value++) {
			struct test_row *row = irqspan_table_row(table, &key);

			if (row)
				row->count++;
			else
				lost++;
		}
	}
	rows = kunit_kcalloc(test, 64, sizeof(*rows), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rows);
	n = irqspan_table_copy(rows, table, copy_test_row);
	KUNIT_EXPECT_EQ(test, n, 64);
	for (i = 0; i < n; i++) {
		/* Who has a row has it each time. */
		KUNIT_EXPECT_EQ(test, rows[i].count, 3);
		sum += rows[i].count;
	}
	KUNIT_EXPECT_EQ(test, sum + lost, 3000);
}

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

static struct kunit_case irqspan_hist_cases[] = {
	KUNIT_CASE(bucket_holds_its_bounds),
	KUNIT_CASE(buckets_have_no_gap),
	KUNIT_CASE(bucket_error_is_bounded),
	KUNIT_CASE(bucket_of_edge_durations),
	KUNIT_CASE(percentiles_of_known_spans),
	KUNIT_CASE(percentile_of_one_span_is_that_span),
	{}
};

static struct kunit_case irqspan_local_cases[] = {
	KUNIT_CASE(span_has_what_was_put_in),
	KUNIT_CASE(end_without_start_is_no_span),
	KUNIT_CASE(start_without_end_is_replaced),
	KUNIT_CASE(nmi_without_end_is_dropped),
	KUNIT_CASE(nmi_without_end_is_not_an_interrupt),
	KUNIT_CASE(hard_interrupt_gives_the_context),
	KUNIT_CASE(clock_that_goes_back_is_no_duration),
	KUNIT_CASE(cpu_out_of_the_mask_is_not_counted),
	KUNIT_CASE(clear_takes_effect_with_the_next_span),
	KUNIT_CASE(hook_is_not_entered_twice),
	{}
};

static struct kunit_case irqspan_remote_cases[] = {
	KUNIT_CASE(row_is_found_by_its_key),
	KUNIT_CASE(full_table_loses_no_count),
	KUNIT_CASE(longest_part_of_the_wait_is_to_blame),
	KUNIT_CASE(span_of_less_than_half_the_wait_is_innocent),
	KUNIT_CASE(old_spans_give_way),
	{}
};

static struct kunit_suite irqspan_hist_suite = {
	.name		= "irqspan_hist",
	.test_cases	= irqspan_hist_cases,
};

static struct kunit_suite irqspan_local_suite = {
	.name		= "irqspan_local",
	.test_cases	= irqspan_local_cases,
};

static struct kunit_suite irqspan_remote_suite = {
	.name		= "irqspan_remote",
	.test_cases	= irqspan_remote_cases,
};

kunit_test_suites(&irqspan_hist_suite, &irqspan_local_suite, &irqspan_remote_suite);

MODULE_DESCRIPTION("KUnit tests of the irqspan tracer");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
