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

/* A CPU that no hook knows of, with a clock in ns */
static struct irqspan_cpu *new_cpu(struct kunit *test)
{
	struct irqspan_cpu *ic = kunit_kzalloc(test, sizeof(*ic), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ic);
	ic->stats = new_stats(test);
	ic->scale.mult = 1;
	ic->measured = true;
	ic->start = IRQSPAN_ON;
	return ic;
}

/* As the hooks do it */
static void off(struct irqspan_cpu *ic, u64 now, unsigned long ip)
{
	irqspan_local_off(ic, ip);
	ic->start = now;
}

/* Was it a span? */
static bool on(struct irqspan_cpu *ic, u64 now, unsigned long ip, unsigned long parent_ip,
	       struct irqspan_local *span)
{
	u64 diff = now - ic->start;

	if (ic->start <= IRQSPAN_LAST_MARK) {
		irqspan_local_mark(ic);
		return false;
	}
	if (irqspan_local_count(ic, diff))
		return true;
	if (!irqspan_local_end(ic, diff, ip, parent_ip, span))
		return false;
	ic->start = IRQSPAN_ON;
	return true;
}

static void span_has_what_was_put_in(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 0x10);
	KUNIT_ASSERT_TRUE(test, on(ic, 4500, 0x20, 0x21, &span));

	KUNIT_EXPECT_EQ(test, span.duration, 3500);
	KUNIT_EXPECT_EQ(test, span.caller, 0x10);
	/* There is no such function. */
	KUNIT_EXPECT_EQ(test, span.parent, 0);
	KUNIT_EXPECT_EQ(test, span.end_caller, 0x20);
	KUNIT_EXPECT_EQ(test, span.end_parent, 0x21);
	KUNIT_EXPECT_PTR_EQ(test, span.task, current);
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_TASK);

	KUNIT_EXPECT_EQ(test, ic->stats->total, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->worst_caller, 0x10);
	KUNIT_EXPECT_STREQ(test, ic->stats->worst_comm, current->comm);
}

static void short_span_is_only_counted(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	/* The longest one, then one that is neither that nor the shortest */
	off(ic, 1000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 4000, 3, 4, &span));
	off(ic, 5000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 5100, 3, 4, &span));
	off(ic, 6000, 5);
	KUNIT_EXPECT_TRUE(test, irqspan_local_count(ic, 500));

	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_ON);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 3);
	KUNIT_EXPECT_EQ(test, ic->stats->total, 3600);
	KUNIT_EXPECT_EQ(test, ic->stats->min, 100);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 3000);
	KUNIT_EXPECT_EQ(test, ic->stats->worst_caller, 1);
}

static void longest_and_shortest_span_are_not_only_counted(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 4000, 3, 4, &span));
	off(ic, 5000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 5100, 3, 4, &span));

	off(ic, 6000, 5);
	KUNIT_EXPECT_FALSE(test, irqspan_local_count(ic, 3001));
	KUNIT_EXPECT_FALSE(test, irqspan_local_count(ic, 99));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 2);
}

static void recheck_reaches_the_next_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 4000, 3, 4, &span));
	off(ic, 5000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 5100, 3, 4, &span));

	/* As irqspan_local_recheck() does: even a span of no length */
	ic->slow_diff = 0;
	off(ic, 6000, 5);
	KUNIT_EXPECT_FALSE(test, irqspan_local_count(ic, 500));
	KUNIT_EXPECT_FALSE(test, irqspan_local_count(ic, 0));
}

static void end_without_start_is_no_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	KUNIT_EXPECT_FALSE(test, on(ic, 1000, 1, 2, &span));

	off(ic, 1000, 1);
	KUNIT_EXPECT_TRUE(test, on(ic, 2000, 1, 2, &span));
	KUNIT_EXPECT_FALSE(test, on(ic, 3000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 1);
}

static void first_enable_makes_the_state_known(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	ic->start = IRQSPAN_UNKNOWN;
	KUNIT_EXPECT_FALSE(test, on(ic, 1000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_ON);

	ic->start = IRQSPAN_UNKNOWN;
	ic->measured = false;
	KUNIT_EXPECT_FALSE(test, on(ic, 2000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_UNKNOWN);
}

static void end_inside_a_record_is_counted_apart(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	ic->start = IRQSPAN_BUSY;
	KUNIT_EXPECT_FALSE(test, on(ic, 1000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_BUSY);
	KUNIT_EXPECT_EQ(test, ic->recursion, 1);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 0);
}

static void context_is_that_of_the_disable(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	KUNIT_EXPECT_EQ(test, irqspan_context(0, current), IRQSPAN_CTX_TASK);
	/* Softirqs disabled is not a softirq. */
	KUNIT_EXPECT_EQ(test, irqspan_context(SOFTIRQ_DISABLE_OFFSET, current), IRQSPAN_CTX_TASK);
	KUNIT_EXPECT_EQ(test, irqspan_context(SOFTIRQ_OFFSET, current), IRQSPAN_CTX_SOFTIRQ);
	KUNIT_EXPECT_EQ(test, irqspan_context(SOFTIRQ_OFFSET | HARDIRQ_OFFSET, current),
			IRQSPAN_CTX_HARDIRQ);
	KUNIT_EXPECT_EQ(test, irqspan_context(NMI_OFFSET | HARDIRQ_OFFSET, current),
			IRQSPAN_CTX_NMI);

	off(ic, 1000, 1);
	irqspan_local_hardirq(ic);
	KUNIT_ASSERT_TRUE(test, on(ic, 1100, 3, 4, &span));
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_HARDIRQ);
}

static void clock_that_goes_back_is_no_duration(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 990, 3, 4, &span));
	KUNIT_EXPECT_EQ(test, span.duration, 0);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 0);
}

static void cpu_out_of_the_mask_is_not_counted(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	ic->measured = false;
	KUNIT_EXPECT_FALSE(test, on(ic, 2000, 3, 4, &span));
	/* The stale start must not live to see the CPU measured again. */
	ic->measured = true;
	KUNIT_EXPECT_FALSE(test, on(ic, 3000, 3, 4, &span));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 0);
}

static void clear_takes_effect_with_the_next_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	on(ic, 9000, 3, 4, &span);
	ic->clear = true;
	ic->slow_diff = 0;
	off(ic, 10000, 5);
	on(ic, 10700, 7, 8, &span);

	KUNIT_EXPECT_FALSE(test, ic->clear);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 1);
	KUNIT_EXPECT_EQ(test, ic->stats->total, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->min, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->max, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->worst_caller, 5);
}

/* From a clock of 1 GHz to one of 5 GHz, and one coarser than a ns */
static const struct irqspan_scale scales[] = {
	{ 1, 0 }, { 1U << 31, 31 }, { 429496730, 31 }, { 16 << 24, 24 }, { 699051, 21 },
};

static void short_times_are_as_the_long_ones(struct kunit *test)
{
	static const u64 diffs[] = { 0, 1, 2, 999, 12345678, IRQSPAN_SHORT_DIFF };

	for (unsigned int i = 0; i < ARRAY_SIZE(scales); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(diffs); j++)
			KUNIT_EXPECT_EQ(test, irqspan_clock_short_ns(&scales[i], diffs[j]),
					irqspan_clock_ns(&scales[i], diffs[j]));
	}
}

static void no_short_time_reaches_the_limit(struct kunit *test)
{
	static const u64 limits[] = { 0, 1, 2, 17, 1000, 10000, 1000000007, U32_MAX, U64_MAX };

	for (unsigned int i = 0; i < ARRAY_SIZE(scales); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(limits); j++) {
			u64 diff = irqspan_clock_short_diff(&scales[i], limits[j]);

			KUNIT_EXPECT_LE(test, diff, (u64)IRQSPAN_SHORT_DIFF);
			if (diff)
				KUNIT_EXPECT_LT(test, irqspan_clock_ns(&scales[i], diff - 1),
						limits[j]);
		}
	}
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
	KUNIT_CASE(short_span_is_only_counted),
	KUNIT_CASE(longest_and_shortest_span_are_not_only_counted),
	KUNIT_CASE(recheck_reaches_the_next_span),
	KUNIT_CASE(end_without_start_is_no_span),
	KUNIT_CASE(first_enable_makes_the_state_known),
	KUNIT_CASE(end_inside_a_record_is_counted_apart),
	KUNIT_CASE(context_is_that_of_the_disable),
	KUNIT_CASE(clock_that_goes_back_is_no_duration),
	KUNIT_CASE(cpu_out_of_the_mask_is_not_counted),
	KUNIT_CASE(clear_takes_effect_with_the_next_span),
	KUNIT_CASE(short_times_are_as_the_long_ones),
	KUNIT_CASE(no_short_time_reaches_the_limit),
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
