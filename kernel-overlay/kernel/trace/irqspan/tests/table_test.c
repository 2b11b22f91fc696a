// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the tables: no row is lost, and none is there twice.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/vmalloc.h>

#include "../irqspan.h"

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

static struct kunit_case irqspan_table_cases[] = {
	KUNIT_CASE(row_is_found_by_its_key),
	KUNIT_CASE(full_table_loses_no_count),
	{}
};

static struct kunit_suite irqspan_table_suite = {
	.name		= "irqspan_table",
	.test_cases	= irqspan_table_cases,
};

kunit_test_suite(irqspan_table_suite);
