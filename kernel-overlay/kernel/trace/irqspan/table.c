// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of counters: rows that are found by a key, claimed without a lock in
 * any context, and never given back. What finds no row is for the user to count.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <kunit/visibility.h>

#include "irqspan.h"

/* A row's tag is the hash of its key, but for these bits; 0: the row is free */
#define TAG_CLAIMED	BIT(0)
#define TAG_READY	BIT(1)
#define TAG_BITS	(TAG_CLAIMED | TAG_READY)

/*
 * A busy CPU is called for some tens of functions, by few of the others; and some
 * tens of kinds of timers leave it. So much is there at least, and at most.
 */
#define ROWS_MIN	1024U
#define ROWS_MAX	16384U
/* Who asks for more gets up to so many. */
#define ROWS_LIMIT	65536U

/* A key that finds no row in so many tries has none. */
#define ROW_TRIES	16U

/*
 * irqspan.table_rows= on the command line, or in /sys/module: for the next table,
 * on a machine that has more to tell than usual
 */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "irqspan."
static unsigned int table_rows;

static int table_rows_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, ROWS_LIMIT);
}

static const struct kernel_param_ops table_rows_ops = {
	.set	= table_rows_set,
	.get	= param_get_uint,
};

module_param_cb(table_rows, &table_rows_ops, &table_rows, 0644);

static struct irqspan_row *row_at(const struct irqspan_table *table, unsigned int i)
{
	return (void *)table->rows + i * table->row_size;
}

/**
 * irqspan_table_rows - how many rows to make room for
 *
 * Return: what the user asked for, else 64 rows for each CPU, as a power of two
 * within bounds.
 */
unsigned int irqspan_table_rows(void)
{
	unsigned int n = READ_ONCE(table_rows);

	n = n ? max(n, ROW_TRIES) : clamp(64 * nr_cpu_ids, ROWS_MIN, ROWS_MAX);
	return roundup_pow_of_two(n);
}

/**
 * irqspan_table_alloc - a table without rows in use
 * @rows: how many it has room for; a power of two
 * @row_size: of each, in bytes; begins with &struct irqspan_row and the key
 * @key_size: of the key, in bytes, a multiple of 4
 *
 * Context: sleeps.
 * Return: the table, to be freed with kvfree(), or NULL.
 */
struct irqspan_table *irqspan_table_alloc(unsigned int rows, unsigned int row_size,
					  unsigned int key_size)
{
	static u32 generation;
	struct irqspan_table *table;

	/* kvzalloc() would round it up to a power of two. */
	table = vzalloc(struct_size(table, rows, array_size(rows, row_size)));
	if (!table)
		return NULL;
	table->n = rows;
	table->row_size = row_size;
	table->key_size = key_size;
	/* Tables are allocated by one user at a time. */
	table->generation = ++generation;
	return table;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_alloc);

/**
 * irqspan_table_row - the row of a key, claimed if there is none
 * @table: the table
 * @key: the key, without uninitialized holes
 *
 * Who comes while another context fills in the key of the row gets one of his
 * own: irqspan_table_copy() lets them be merged.
 *
 * Context: any.
 * Return: the row, NULL if there is no room for it.
 */
void *irqspan_table_row(struct irqspan_table *table, const void *key)
{
	u32 hash = jhash2(key, table->key_size / sizeof(u32), 0);
	u32 tag = hash & ~TAG_BITS;
	unsigned int i;

	for (i = 0; i < ROW_TRIES; i++) {
		struct irqspan_row *row = row_at(table, (hash + i) & (table->n - 1));
		/* Pairs with smp_store_release() below: the key is complete. */
		u32 old = smp_load_acquire(&row->tag);

		if (!old) {
			old = cmpxchg(&row->tag, 0, tag | TAG_CLAIMED);
			if (!old) {
				memcpy(row + 1, key, table->key_size);
				/* Pairs with smp_load_acquire() above and below. */
				smp_store_release(&row->tag, tag | TAG_READY);
				return row;
			}
		}
		if (old == (tag | TAG_READY) && !memcmp(row + 1, key, table->key_size))
			return row;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_row);

/**
 * irqspan_table_copy - copy the rows that are in use
 * @to: room for all rows that there can be
 * @table: the table; its counters may change meanwhile
 * @copy: how to copy a row
 *
 * Context: any.
 * Return: number of rows copied.
 */
unsigned int irqspan_table_copy(void *to, const struct irqspan_table *table,
				void (*copy)(void *to, const void *from))
{
	unsigned int i, n = 0;

	for (i = 0; i < table->n; i++) {
		struct irqspan_row *row = row_at(table, i);

		/* Pairs with smp_store_release() in irqspan_table_row(). */
		if (!(smp_load_acquire(&row->tag) & TAG_READY))
			continue;
		copy(to + n * table->row_size, row);
		n++;
	}
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_copy);

/**
 * irqspan_table_sorted - copy the rows, sort them, and merge those of one key
 * @table: where the table is, if there is one
 * @rows: set to the copy, to be freed with kvfree()
 * @copy: how to copy a row
 * @cmp: order of two rows, 0 if they have the same key
 * @merge: add the second row to the first
 *
 * Context: sleeps.
 * Return: the number of rows, or -ENOMEM.
 */
int irqspan_table_sorted(struct irqspan_table __rcu *const *table, void **rows,
			 void (*copy)(void *to, const void *from),
			 int (*cmp)(const void *a, const void *b),
			 void (*merge)(void *to, const void *from))
{
	unsigned int i, n, size, out = 0;
	struct irqspan_table *t;

	*rows = NULL;
	scoped_guard(rcu) {
		t = rcu_dereference(*table);
		if (!t)
			return 0;
		size = t->row_size;
		n = t->n;
	}
	*rows = kvmalloc_array(n, size, GFP_KERNEL);
	if (!*rows)
		return -ENOMEM;
	scoped_guard(rcu) {
		t = rcu_dereference(*table);
		/* Replaced meanwhile by a larger one: nothing to tell of it yet. */
		n = t->n > n ? 0 : irqspan_table_copy(*rows, t, copy);
	}

	sort(*rows, n, size, cmp, NULL);
	for (i = 0; i < n; i++) {
		void *row = *rows + i * size, *next = *rows + out * size;

		if (out && !cmp(next - size, row)) {
			merge(next - size, row);
		} else {
			memmove(next, row, size);
			out++;
		}
	}
	return out;
}
