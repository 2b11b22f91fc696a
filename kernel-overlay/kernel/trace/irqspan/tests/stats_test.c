// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the counters of one CPU or line.
 */
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/preempt.h>
#include <linux/sched/task.h>
#include <linux/seqlock.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "../stats.h"
#include "../u64.h"

static struct irqspan_stats *new_stats(struct kunit *test)
{
	struct irqspan_stats *st = kunit_kzalloc(test, sizeof(*st), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, st);
	irqspan_stats_init(st);
	return st;
}

static void count(struct irqspan_stats *st, u64 duration, unsigned long caller, bool clear)
{
	struct irqspan_culprit span = {
		.duration	= duration,
		.caller		= caller,
		.handler	= caller + 1,
		.handler_ns	= duration / 2,
		.waited		= duration / 4,
		.pid		= 42,
		.comm		= "somebody",
	};

	irqspan_stats_count(st, &span, clear);
}

static void no_span_is_counted_at_first(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);

	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(st), 0);
	KUNIT_EXPECT_EQ(test, st->total, 0);
	KUNIT_EXPECT_EQ(test, st->worst.duration, 0);
	/* So that any span is shorter */
	KUNIT_EXPECT_EQ(test, st->min, U64_MAX);
}

static void spans_are_counted_by_length(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);
	u64 ns;

	for (ns = 1000; ns <= 1000 * 1000; ns += 1000)
		count(st, ns, 0x10, false);

	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(st), 1000);
	KUNIT_EXPECT_EQ(test, st->min, 1000);
	KUNIT_EXPECT_EQ(test, st->worst.duration, 1000 * 1000);
	KUNIT_EXPECT_EQ(test, st->total, 1000ULL * 1000 * 1001 / 2);
	for (ns = 1000; ns <= 1000 * 1000; ns += 1000)
		KUNIT_EXPECT_GT(test, st->bucket[irqspan_bucket(ns)], 0);
}

static void worst_is_the_longest_span(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);

	count(st, 500, 0x10, false);
	count(st, 3000, 0x20, false);
	count(st, 1000, 0x30, false);

	KUNIT_EXPECT_EQ(test, st->worst.duration, 3000);
	KUNIT_EXPECT_EQ(test, st->worst.caller, 0x20);
	KUNIT_EXPECT_EQ(test, st->worst.handler, 0x21);
	KUNIT_EXPECT_EQ(test, st->worst.handler_ns, 1500);
	KUNIT_EXPECT_EQ(test, st->worst.waited, 750);
	KUNIT_EXPECT_EQ(test, st->worst.pid, 42);
	KUNIT_EXPECT_STREQ(test, st->worst.comm, "somebody");
}

static void span_of_no_length_is_a_span(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);

	count(st, 0, 0x10, false);
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(st), 1);
	KUNIT_EXPECT_EQ(test, st->min, 0);
	KUNIT_EXPECT_EQ(test, st->worst.caller, 0x10);
}

static void clear_forgets_what_was_before(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);

	count(st, 10, 0x10, false);
	count(st, 90000, 0x20, false);
	count(st, 700, 0x30, true);

	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(st), 1);
	KUNIT_EXPECT_EQ(test, st->total, 700);
	KUNIT_EXPECT_EQ(test, st->min, 700);
	KUNIT_EXPECT_EQ(test, st->worst.duration, 700);
	KUNIT_EXPECT_EQ(test, st->worst.caller, 0x30);
}

static void snapshot_is_the_same(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test), *copy = new_stats(test);

	count(st, 500, 0x10, false);
	count(st, 3000, 0x20, false);
	irqspan_stats_snapshot(copy, st);

	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(copy), 2);
	KUNIT_EXPECT_EQ(test, copy->total, 3500);
	KUNIT_EXPECT_EQ(test, copy->min, 500);
	KUNIT_EXPECT_EQ(test, copy->worst.duration, 3000);
	KUNIT_EXPECT_EQ(test, copy->worst.caller, 0x20);
}

/* A reader that finds a writer at work waits for it: it must not see half of a span. */
struct test_reader {
	struct task_struct	*task;
	struct irqspan_stats	*from, *to;
	struct completion	done;
};

static int read_stats(void *data)
{
	struct test_reader *reader = data;

	irqspan_stats_snapshot(reader->to, reader->from);
	complete(&reader->done);
	return 0;
}

static void reader_waits_for_the_writer(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);
	struct test_reader reader = { .from = st, .to = new_stats(test) };
	unsigned int cpu;

	init_completion(&reader.done);
	reader.task = kthread_create(read_stats, &reader, "irqspan_stats");
	KUNIT_ASSERT_FALSE(test, IS_ERR(reader.task));
	get_task_struct(reader.task);

	/* It does not sleep while it waits: the writer needs another CPU. */
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	if (cpu < nr_cpu_ids)
		kthread_bind(reader.task, cpu);
	else
		complete(&reader.done);

	/* As irqspan_stats_count() does, and very slowly */
	raw_write_seqcount_begin(&st->seq);
	st->bucket[irqspan_bucket(5000)]++;
	if (cpu < nr_cpu_ids) {
		wake_up_process(reader.task);
		KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&reader.done, HZ / 10), 0);
	}
	st->total = 5000;
	st->min = 5000;
	st->worst.duration = 5000;
	raw_write_seqcount_end(&st->seq);
	migrate_enable();

	wait_for_completion(&reader.done);
	kthread_stop(reader.task);
	put_task_struct(reader.task);
	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "needs two CPUs");
	KUNIT_EXPECT_EQ(test, irqspan_stats_spans(reader.to), 1);
	KUNIT_EXPECT_EQ(test, reader.to->total, 5000);
	KUNIT_EXPECT_EQ(test, reader.to->min, 5000);
	KUNIT_EXPECT_EQ(test, reader.to->worst.duration, 5000);
}

/* A report of trouble that comes in an interrupt must not wait for what it interrupted. */
struct test_report {
	struct irq_work		work;
	struct irqspan_stats	*from, *to;
};

static void report_stats(struct irq_work *work)
{
	struct test_report *report = container_of(work, struct test_report, work);

	irqspan_stats_snapshot(report->to, report->from);
}

static void interrupt_waits_for_no_writer(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);
	struct test_report report = {
		.work	= IRQ_WORK_INIT_HARD(report_stats),
		.from	= st,
		.to	= new_stats(test),
	};

	count(st, 500, 0x10, false);
	raw_write_seqcount_begin(&st->seq);
	st->total = 700;
	irq_work_queue(&report.work);
	irq_work_sync(&report.work);
	raw_write_seqcount_end(&st->seq);
	KUNIT_EXPECT_EQ(test, report.to->total, 700);
	KUNIT_EXPECT_EQ(test, report.to->worst.duration, 500);
}

static void readers_know_of_every_count(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test);
	unsigned int seq;

	seq = raw_read_seqcount_begin(&st->seq);
	KUNIT_EXPECT_FALSE(test, read_seqcount_retry(&st->seq, seq));
	count(st, 500, 0x10, false);
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&st->seq, seq));

	seq = raw_read_seqcount_begin(&st->seq);
	count(st, 700, 0x10, true);
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&st->seq, seq));

	seq = raw_read_seqcount_begin(&st->seq);
	irqspan_stats_init(st);
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&st->seq, seq));
}

/* The sum changes in both of its halves, which add up to U32_MAX each time. */
static int add_to_total(void *stats)
{
	struct irqspan_stats *st = stats;

	while (!kthread_should_stop()) {
		irqspan_u64_add(&st->total, U32_MAX);
		cond_resched();
	}
	return 0;
}

/* On a 32-bit machine, too */
static void total_is_read_whole(struct kunit *test)
{
	struct irqspan_stats *st = new_stats(test), *copy = new_stats(test);
	unsigned long until = jiffies + 5 * HZ;
	unsigned int changed = 0, torn = 0;
	struct task_struct *task;
	u64 last = 0;

	task = kthread_run(add_to_total, st, "irqspan_total");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (changed < 10000 && time_before(jiffies, until)) {
		irqspan_stats_snapshot(copy, st);
		if (copy->total &&
		    (u64)upper_32_bits(copy->total) + lower_32_bits(copy->total) != U32_MAX)
			torn++;
		changed += copy->total != last;
		last = copy->total;
		cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_GT(test, changed, 0);
	KUNIT_EXPECT_EQ(test, torn, 0);
}

static struct kunit_case irqspan_stats_cases[] = {
	KUNIT_CASE(no_span_is_counted_at_first),
	KUNIT_CASE(spans_are_counted_by_length),
	KUNIT_CASE(worst_is_the_longest_span),
	KUNIT_CASE(span_of_no_length_is_a_span),
	KUNIT_CASE(clear_forgets_what_was_before),
	KUNIT_CASE(snapshot_is_the_same),
	KUNIT_CASE(reader_waits_for_the_writer),
	KUNIT_CASE(interrupt_waits_for_no_writer),
	KUNIT_CASE(readers_know_of_every_count),
	KUNIT_CASE(total_is_read_whole),
	{}
};

static struct kunit_suite irqspan_stats_suite = {
	.name		= "irqspan_stats",
	.test_cases	= irqspan_stats_cases,
};

kunit_test_suite(irqspan_stats_suite);
