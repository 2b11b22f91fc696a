// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the state machine of CPU-wide spans, with made-up times: what no
 * running machine does, an end without a start or a clock that goes back.
 */
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../local.h"

/* A CPU that no hook knows of, with a clock in ns and interrupts on */
static struct irqspan_cpu *new_cpu(struct kunit *test)
{
	struct irqspan_cpu *ic = kunit_kzalloc(test, sizeof(*ic), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ic);
	ic->stats = kunit_kzalloc(test, sizeof(*ic->stats), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ic->stats);
	irqspan_stats_init(ic->stats);
	ic->scale.mult = 1;
	ic->measured = true;
	ic->start = IRQSPAN_NO_SPAN;
	return ic;
}

/* What the hooks do when interrupts go off */
static void off(struct irqspan_cpu *ic, u64 now, unsigned long ip)
{
	irqspan_local_open(ic, ip);
	ic->start = now;
}

/* What the hooks do when interrupts go on; returns true if that ends a span. */
static bool on(struct irqspan_cpu *ic, u64 now, unsigned long ip, unsigned long parent_ip,
	       struct irqspan_local *span)
{
	u64 diff = now - ic->start;

	if (ic->start <= IRQSPAN_LAST_MARK) {
		irqspan_local_enable_no_span(ic);
		return false;
	}
	if (irqspan_local_count_fast(ic, diff))
		return true;
	if (!irqspan_local_finish(ic, diff, ip, parent_ip, span))
		return false;
	ic->start = IRQSPAN_NO_SPAN;
	return true;
}

static void span_has_what_was_put_in(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 0x10);
	KUNIT_ASSERT_TRUE(test, on(ic, 4500, 0x20, 0x21, &span));

	KUNIT_EXPECT_EQ(test, span.culprit.duration, 3500);
	KUNIT_EXPECT_EQ(test, span.culprit.caller, 0x10);
	/* There is no code at that address, so its caller is not known. */
	KUNIT_EXPECT_EQ(test, span.parent, 0);
	KUNIT_EXPECT_EQ(test, span.end_caller, 0x20);
	KUNIT_EXPECT_EQ(test, span.end_parent, 0x21);
	KUNIT_EXPECT_EQ(test, span.culprit.pid, current->pid);
	KUNIT_EXPECT_STREQ(test, span.culprit.comm, current->comm);
	KUNIT_EXPECT_EQ(test, span.context, IRQSPAN_CTX_TASK);

	KUNIT_EXPECT_EQ(test, ic->stats->total, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.duration, 3500);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.caller, 0x10);
	KUNIT_EXPECT_STREQ(test, ic->stats->worst.comm, current->comm);
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
	KUNIT_EXPECT_TRUE(test, irqspan_local_count_fast(ic, 500));

	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_NO_SPAN);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 3);
	KUNIT_EXPECT_EQ(test, ic->stats->total, 3600);
	KUNIT_EXPECT_EQ(test, ic->stats->min, 100);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.duration, 3000);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.caller, 1);
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
	KUNIT_EXPECT_FALSE(test, irqspan_local_count_fast(ic, 3001));
	KUNIT_EXPECT_FALSE(test, irqspan_local_count_fast(ic, 99));
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 2);
}

static void change_of_settings_reaches_the_next_span(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	off(ic, 1000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 4000, 3, 4, &span));
	off(ic, 5000, 1);
	KUNIT_ASSERT_TRUE(test, on(ic, 5100, 3, 4, &span));

	/* As irqspan_force_slow_path() does: even a span of no length */
	ic->fast_limit = 0;
	off(ic, 6000, 5);
	KUNIT_EXPECT_FALSE(test, irqspan_local_count_fast(ic, 500));
	KUNIT_EXPECT_FALSE(test, irqspan_local_count_fast(ic, 0));
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
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_NO_SPAN);

	ic->start = IRQSPAN_UNKNOWN;
	ic->measured = false;
	KUNIT_EXPECT_FALSE(test, on(ic, 2000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_UNKNOWN);
}

static void end_inside_a_record_is_counted_apart(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);
	struct irqspan_local span;

	ic->start = IRQSPAN_RECORDING;
	KUNIT_EXPECT_FALSE(test, on(ic, 1000, 1, 2, &span));
	KUNIT_EXPECT_EQ(test, ic->start, (u64)IRQSPAN_RECORDING);
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
	/* The task that was interrupted is innocent; who only keeps softirqs off is not. */
	KUNIT_EXPECT_TRUE(test, irqspan_is_interrupt(SOFTIRQ_OFFSET));
	KUNIT_EXPECT_TRUE(test, irqspan_is_interrupt(HARDIRQ_OFFSET));
	KUNIT_EXPECT_FALSE(test, irqspan_is_interrupt(SOFTIRQ_DISABLE_OFFSET));

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
	KUNIT_EXPECT_EQ(test, span.culprit.duration, 0);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.duration, 0);
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
	ic->fast_limit = 0;
	off(ic, 10000, 5);
	on(ic, 10700, 7, 8, &span);

	KUNIT_EXPECT_FALSE(test, ic->clear);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(ic->stats), 1);
	KUNIT_EXPECT_EQ(test, ic->stats->total, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->min, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.duration, 700);
	KUNIT_EXPECT_EQ(test, ic->stats->worst.caller, 5);
}

static void span_just_after_the_record_of_an_irq_work_repeats_it(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);

	ic->start = 1000000;
	KUNIT_EXPECT_FALSE(test, irqspan_local_repeats_irq_work(ic, 5000));
	ic->irq_work_recorded = 1000000 - 4999;
	KUNIT_EXPECT_TRUE(test, irqspan_local_repeats_irq_work(ic, 5000));
	KUNIT_EXPECT_FALSE(test, irqspan_local_repeats_irq_work(ic, 0));
	ic->irq_work_recorded = 1000000 - 5000;
	KUNIT_EXPECT_FALSE(test, irqspan_local_repeats_irq_work(ic, 5000));
}

static void record_before_the_clock_began_anew_is_not_repeated(struct kunit *test)
{
	struct irqspan_cpu *ic = new_cpu(test);

	ic->irq_work_recorded = 1000000;
	ic->start = 2000;
	KUNIT_EXPECT_FALSE(test, irqspan_local_repeats_irq_work(ic, 5000));
}

static struct kunit_case irqspan_local_cases[] = {
	KUNIT_CASE(span_has_what_was_put_in),
	KUNIT_CASE(short_span_is_only_counted),
	KUNIT_CASE(longest_and_shortest_span_are_not_only_counted),
	KUNIT_CASE(change_of_settings_reaches_the_next_span),
	KUNIT_CASE(end_without_start_is_no_span),
	KUNIT_CASE(first_enable_makes_the_state_known),
	KUNIT_CASE(end_inside_a_record_is_counted_apart),
	KUNIT_CASE(context_is_that_of_the_disable),
	KUNIT_CASE(clock_that_goes_back_is_no_duration),
	KUNIT_CASE(cpu_out_of_the_mask_is_not_counted),
	KUNIT_CASE(clear_takes_effect_with_the_next_span),
	KUNIT_CASE(span_just_after_the_record_of_an_irq_work_repeats_it),
	KUNIT_CASE(record_before_the_clock_began_anew_is_not_repeated),
	{}
};

static struct kunit_suite irqspan_local_suite = {
	.name		= "irqspan_local",
	.test_cases	= irqspan_local_cases,
};

kunit_test_suite(irqspan_local_suite);
