// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the hash table: when a context may find, change and remove a row.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "../table.h"

struct test_key {
	u64			value;
};

struct test_row {
	struct test_key		key;
	u64			count;
};

static u32 hash_of(u64 value)
{
	return hash_64(value, 32);
}

KUNIT_DEFINE_ACTION_WRAPPER(free_table, irqspan_table_free, struct irqspan_table *);
KUNIT_DEFINE_ACTION_WRAPPER(free_copy, kvfree, const void *);

static struct irqspan_table *new_table(struct kunit *test, unsigned int rows)
{
	struct irqspan_table *table;

	table = irqspan_table_alloc(rows, sizeof(struct test_row), sizeof(struct test_key));
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_table, table), 0);
	return table;
}

/* The four ways to a row, by the key's value */

static struct test_row *find(struct irqspan_table *table, u64 value)
{
	struct test_key key = { value };

	return irqspan_table_find(table, hash_of(value), &key);
}

static struct test_row *find_or_add(struct irqspan_table *table, u64 value)
{
	struct test_key key = { value };

	return irqspan_table_find_or_add(table, hash_of(value), &key);
}

static struct test_row *add(struct irqspan_table *table, u64 value)
{
	struct test_key key = { value };

	return irqspan_table_add(table, hash_of(value), &key);
}

static struct test_row *hold(struct irqspan_table *table, u64 value)
{
	struct test_key key = { value };

	return irqspan_table_hold(table, hash_of(value), &key);
}

/* Counters: rows that are never removed */

static void row_is_found_by_its_key(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 1024);
	struct test_row *row;
	u64 value;

	for (value = 0; value < 300; value++) {
		KUNIT_EXPECT_NULL(test, find(table, value));
		row = find_or_add(table, value);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, row->key.value, value);
		KUNIT_EXPECT_EQ(test, row->count, 0);
		row->count = value + 1;
	}
	for (value = 0; value < 300; value++) {
		row = find(table, value);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, row->count, value + 1);
		KUNIT_EXPECT_PTR_EQ(test, find_or_add(table, value), row);
	}
}

/* A key that finds no room may come again and again: it must not take that of others. */
static void row_that_was_not_added_is_not_counted(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, IRQSPAN_BUCKET_ROWS);
	unsigned int rows = IRQSPAN_BUCKET_ROWS << table->bits;
	unsigned int n, added = 0;

	for (n = 0; n < 100 * rows; n++) {
		struct test_key key = { n };

		added += !!irqspan_table_find_or_add_within(table, &key, 50 * rows);
	}
	KUNIT_EXPECT_EQ(test, added, rows);
	KUNIT_EXPECT_EQ(test, atomic_read(&table->used), rows);
}

static void keys_of_one_hash_have_rows_of_their_own(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_key one = { 1 }, two = { 2 };
	struct test_row *row;

	row = irqspan_table_find_or_add(table, 0, &one);
	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_NULL(test, irqspan_table_find(table, 0, &two));
	KUNIT_EXPECT_NULL(test, irqspan_table_hold(table, 0, &two));
	KUNIT_EXPECT_PTR_NE(test, irqspan_table_find_or_add(table, 0, &two), (void *)row);
	/* Nobody holds the row of the other key now. */
	KUNIT_EXPECT_PTR_EQ(test, irqspan_table_hold(table, 0, &one), (void *)row);
}

static int cmp_test_rows(const void *a, const void *b)
{
	const struct test_row *x = a, *y = b;

	return irqspan_cmp(x->key.value, y->key.value);
}

static void copy_test_row(void *to, const void *from)
{
	memcpy(to, from, sizeof(struct test_row));
}

static void merge_test_rows(void *to, const void *from)
{
	const struct test_row *y = from;
	struct test_row *x = to;

	x->count += y->count;
}

/* A sorted copy of all rows; returns their number. */
static int sorted(struct kunit *test, struct irqspan_table *table, struct test_row **rows)
{
	struct irqspan_table __rcu *pointer = RCU_INITIALIZER(table);
	void *copy;
	int n;

	n = irqspan_table_sorted(&pointer, &copy, copy_test_row, cmp_test_rows, merge_test_rows);
	KUNIT_ASSERT_GE(test, n, 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_copy, copy), 0);
	*rows = copy;
	return n;
}

static void full_table_loses_no_count(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	u64 value, sum = 0, lost = 0;
	struct test_row *row, *rows;
	int i, n;

	for (i = 0; i < 3; i++) {
		for (value = 0; value < 1000; value++) {
			row = find_or_add(table, value);
			if (row)
				row->count++;
			else
				lost++;
		}
	}
	n = sorted(test, table, &rows);
	KUNIT_EXPECT_EQ(test, n, 64);
	for (i = 0; i < n; i++) {
		/* Who has a row has it each time. */
		KUNIT_EXPECT_EQ(test, rows[i].count, 3);
		sum += rows[i].count;
	}
	KUNIT_EXPECT_EQ(test, sum + lost, 3000);
}

static void sorted_copy_has_every_row_once(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 256);
	struct test_row *rows;
	u64 value;
	int i, n;

	for (value = 100; value > 0; value--)
		find_or_add(table, value)->count = value;
	n = sorted(test, table, &rows);
	KUNIT_ASSERT_EQ(test, n, 100);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, rows[i].key.value, i + 1);
		KUNIT_EXPECT_EQ(test, rows[i].count, i + 1);
	}
}

static void sorted_copy_merges_rows_of_one_key(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row, *rows;
	int i, n;

	/* As two contexts leave them that add the same key at the same time */
	for (i = 0; i < 5; i++) {
		row = add(table, i / 2);
		KUNIT_ASSERT_NOT_NULL(test, row);
		row->count = BIT(i);
		irqspan_table_publish(table, row);
	}
	n = sorted(test, table, &rows);
	KUNIT_ASSERT_EQ(test, n, 3);
	KUNIT_EXPECT_EQ(test, rows[0].count, BIT(0) | BIT(1));
	KUNIT_EXPECT_EQ(test, rows[1].count, BIT(2) | BIT(3));
	KUNIT_EXPECT_EQ(test, rows[2].count, BIT(4));
}

static void no_table_has_no_rows(struct kunit *test)
{
	struct test_row *rows;

	KUNIT_EXPECT_EQ(test, sorted(test, NULL, &rows), 0);
	KUNIT_EXPECT_EQ(test, sorted(test, new_table(test, 64), &rows), 0);
}

/* Entries that come and go */

static void row_is_not_found_before_it_is_published(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row = add(table, 7), *rows;

	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_EQ(test, row->key.value, 7);
	KUNIT_EXPECT_NULL(test, find(table, 7));
	KUNIT_EXPECT_NULL(test, hold(table, 7));
	KUNIT_EXPECT_EQ(test, sorted(test, table, &rows), 0);

	irqspan_table_publish(table, row);
	KUNIT_EXPECT_PTR_EQ(test, find(table, 7), row);
	KUNIT_EXPECT_EQ(test, sorted(test, table, &rows), 1);
}

static void row_that_is_held_is_nobody_elses(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row = find_or_add(table, 7);

	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_ASSERT_PTR_EQ(test, hold(table, 7), row);
	KUNIT_EXPECT_NULL(test, hold(table, 7));
	KUNIT_EXPECT_NULL(test, find(table, 7));

	irqspan_table_publish(table, row);
	KUNIT_EXPECT_PTR_EQ(test, hold(table, 7), row);
}

static void key_that_is_held_gets_another_row(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row = find_or_add(table, 7), *other;

	KUNIT_ASSERT_PTR_EQ(test, hold(table, 7), row);
	other = find_or_add(table, 7);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_NE(test, other, row);
	KUNIT_EXPECT_EQ(test, other->count, 0);
}

static void rows_of_one_key_are_held_one_by_one(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *one = add(table, 7), *two = add(table, 7), *row;

	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_ASSERT_NOT_NULL(test, two);
	KUNIT_ASSERT_PTR_NE(test, one, two);
	irqspan_table_publish(table, one);
	irqspan_table_publish(table, two);

	row = hold(table, 7);
	KUNIT_EXPECT_TRUE(test, row == one || row == two);
	KUNIT_EXPECT_PTR_EQ(test, hold(table, 7), row == one ? two : one);
	KUNIT_EXPECT_NULL(test, hold(table, 7));
}

static void row_that_is_removed_is_gone(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row = find_or_add(table, 7), *rows;

	KUNIT_ASSERT_PTR_EQ(test, hold(table, 7), row);
	irqspan_table_remove(table, row);
	KUNIT_EXPECT_NULL(test, find(table, 7));
	KUNIT_EXPECT_NULL(test, hold(table, 7));
	KUNIT_EXPECT_EQ(test, sorted(test, table, &rows), 0);
}

static void place_of_a_removed_row_is_used_again(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_row *row;
	unsigned int n;
	u64 value;

	/* As many as there is room for, twice */
	for (n = 0, value = 0; value < 1000; value++) {
		row = add(table, value);
		if (row) {
			irqspan_table_publish(table, row);
			n++;
		}
	}
	KUNIT_EXPECT_EQ(test, n, 64);
	for (value = 0; value < 1000; value++) {
		row = hold(table, value);
		if (row) {
			irqspan_table_remove(table, row);
			n--;
		}
	}
	KUNIT_EXPECT_EQ(test, n, 0);
	for (value = 1000; value < 2000; value++) {
		row = add(table, value);
		if (row) {
			KUNIT_EXPECT_EQ(test, row->key.value, value);
			n++;
		}
	}
	KUNIT_EXPECT_EQ(test, n, 64);
}

static void removal_hides_no_other_row(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 16);
	struct test_row *row;
	u64 value;

	for (value = 0; value < 8; value++) {
		row = add(table, value);
		KUNIT_ASSERT_NOT_NULL(test, row);
		row->count = value;
		irqspan_table_publish(table, row);
	}
	for (value = 0; value < 8; value += 2) {
		row = hold(table, value);
		KUNIT_ASSERT_NOT_NULL(test, row);
		irqspan_table_remove(table, row);
	}
	for (value = 1; value < 8; value += 2) {
		row = hold(table, value);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, row->count, value);
	}
}

static void tables_differ_in_their_generation(struct kunit *test)
{
	struct irqspan_table *one = new_table(test, 64), *two = new_table(test, 64);

	KUNIT_EXPECT_NE(test, one->generation, two->generation);
}

/*
 * Many threads count in the same rows, each while it holds the row. If two threads
 * ever held one row at the same time, some of what they count would be lost.
 */
#define TEST_THREADS	8
#define TEST_ROUNDS	20000
#define TEST_KEYS	4

struct test_thread {
	struct task_struct	*task;
	struct irqspan_table	*table;
	u64			counted;
	struct completion	done;
};

static int count_in_held_rows(void *data)
{
	struct test_thread *thread = data;
	unsigned int i;

	for (i = 0; i < TEST_ROUNDS; i++) {
		struct test_row *row = hold(thread->table, i % TEST_KEYS);

		if (row) {
			row->count++;
			thread->counted++;
			irqspan_table_publish(thread->table, row);
		}
		if (!(i % 1000))
			cond_resched();
	}
	complete(&thread->done);
	return 0;
}

static void row_is_held_by_one_thread_at_a_time(struct kunit *test)
{
	struct irqspan_table *table = new_table(test, 64);
	struct test_thread *threads;
	u64 sum = 0, counted = 0;
	struct test_row *rows;
	int i, n;

	threads = kunit_kcalloc(test, TEST_THREADS, sizeof(*threads), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	for (i = 0; i < TEST_KEYS; i++)
		KUNIT_ASSERT_NOT_NULL(test, find_or_add(table, i));

	for (n = 0; n < TEST_THREADS; n++) {
		struct test_thread *thread = &threads[n];

		thread->table = table;
		init_completion(&thread->done);
		thread->task = kthread_create(count_in_held_rows, thread, "irqspan_table/%d", n);
		if (IS_ERR(thread->task))
			break;
		/* So that one can wait until it is gone, whenever it ends. */
		get_task_struct(thread->task);
		wake_up_process(thread->task);
	}
	for (i = 0; i < n; i++) {
		wait_for_completion(&threads[i].done);
		kthread_stop(threads[i].task);
		put_task_struct(threads[i].task);
		counted += threads[i].counted;
	}
	KUNIT_EXPECT_EQ(test, n, TEST_THREADS);
	KUNIT_EXPECT_GT(test, counted, TEST_ROUNDS);

	KUNIT_EXPECT_EQ(test, sorted(test, table, &rows), TEST_KEYS);
	for (i = 0; i < TEST_KEYS; i++)
		sum += rows[i].count;
	KUNIT_EXPECT_EQ(test, sum, counted);
}

static struct kunit_case irqspan_table_cases[] = {
	KUNIT_CASE(row_is_found_by_its_key),
	KUNIT_CASE(row_that_was_not_added_is_not_counted),
	KUNIT_CASE(keys_of_one_hash_have_rows_of_their_own),
	KUNIT_CASE(full_table_loses_no_count),
	KUNIT_CASE(sorted_copy_has_every_row_once),
	KUNIT_CASE(sorted_copy_merges_rows_of_one_key),
	KUNIT_CASE(no_table_has_no_rows),
	KUNIT_CASE(row_is_not_found_before_it_is_published),
	KUNIT_CASE(row_that_is_held_is_nobody_elses),
	KUNIT_CASE(key_that_is_held_gets_another_row),
	KUNIT_CASE(rows_of_one_key_are_held_one_by_one),
	KUNIT_CASE(row_that_is_removed_is_gone),
	KUNIT_CASE(place_of_a_removed_row_is_used_again),
	KUNIT_CASE(removal_hides_no_other_row),
	KUNIT_CASE(tables_differ_in_their_generation),
	KUNIT_CASE(row_is_held_by_one_thread_at_a_time),
	{}
};

static struct kunit_suite irqspan_table_suite = {
	.name		= "irqspan_table",
	.test_cases	= irqspan_table_cases,
};

kunit_test_suite(irqspan_table_suite);
