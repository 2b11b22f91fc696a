// SPDX-License-Identifier: GPL-2.0
/*
 * A hash table for hooks. See table.h.
 *
 * The tag of a row says which context may touch it. It is zero while the row is free. The
 * context that sets its lowest bit with cmpxchg() holds the row, alone, until it publishes
 * or removes it. A row whose tag is neither zero nor has that bit can be found.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <kunit/visibility.h>

#include "table.h"

/* The row is held: it is being written or read by one context. */
#define TAG_HELD	IRQSPAN_TAG_HELD
/* IRQSPAN_TAG_USED is set in the tag of each row in use: the other bits may all be 0. */

/*
 * Rows of a table of counters: a few CPUs call a busy CPU for some tens of functions, and
 * some tens of kinds of timers leave it.
 */
#define ROWS_MIN	1024U
#define ROWS_MAX	16384U
/* The most that a user can ask for. */
#define ROWS_LIMIT	65536U

/*
 * irqspan.table_rows= on the kernel command line, or in /sys/module: how many rows
 * the tables of counters have that are allocated from then on. 0: the default.
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

/**
 * irqspan_table_rows - how many rows a table of counters should have
 *
 * Return: what the user asked for, else 64 rows for each CPU, within bounds.
 */
unsigned int irqspan_table_rows(void)
{
	return READ_ONCE(table_rows) ?: clamp(64 * nr_cpu_ids, ROWS_MIN, ROWS_MAX);
}

/**
 * irqspan_table_alloc - allocate an empty table
 * @rows: how many rows it has at least
 * @row_size: bytes of a row, a multiple of 8; a row begins with its key
 * @key_size: bytes of a key
 *
 * Context: sleeps.
 * Return: the table, to be freed with irqspan_table_free(), or NULL.
 */
struct irqspan_table *irqspan_table_alloc(unsigned int rows, size_t row_size, size_t key_size)
{
	static atomic_t last_generation;
	struct irqspan_table *table;
	unsigned int buckets;
	size_t size;

	buckets = roundup_pow_of_two(DIV_ROUND_UP(rows, IRQSPAN_BUCKET_ROWS));
	size = struct_size(table, bucket, buckets);
	/* kvzalloc() would round it up to a power of two. */
	table = vzalloc(size_add(size, array3_size(buckets, IRQSPAN_BUCKET_ROWS, row_size)));
	if (!table)
		return NULL;
	table->bits = ilog2(buckets);
	table->row_size = row_size;
	table->key_size = key_size;
	table->generation = atomic_inc_return(&last_generation);
	table->rows = (void *)table + size;
	return table;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_alloc);

/**
 * irqspan_table_free - free a table that is not in use
 * @table: the table, may be NULL
 */
void irqspan_table_free(struct irqspan_table *table)
{
	vfree(table);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_free);

/**
 * irqspan_table_replace - put a new and empty table in the place of another one
 * @table: where hooks and readers find the table; may hold NULL
 * @rows: see irqspan_table_alloc()
 * @row_size: likewise
 * @key_size: likewise
 *
 * Hooks that have the old table may go on using it until they are done.
 *
 * Context: one caller at a time for a table; sleeps.
 * Return: 0, or -ENOMEM and nothing changed.
 */
int irqspan_table_replace(struct irqspan_table __rcu **table, unsigned int rows,
			  size_t row_size, size_t key_size)
{
	struct irqspan_table *new, *old;

	new = irqspan_table_alloc(rows, row_size, key_size);
	if (!new)
		return -ENOMEM;
	old = rcu_replace_pointer(*table, new, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	return 0;
}

static void *row_at(const struct irqspan_table *table, unsigned int bucket, unsigned int i)
{
	return table->rows + (size_t)(bucket * IRQSPAN_BUCKET_ROWS + i) * table->row_size;
}

/*
 * The slots where a key may be: those of its bucket, then those of the bucket beside it.
 * Which slot is the first one depends on the key, so that most keys are in their first.
 */
#define SLOTS		(2 * IRQSPAN_BUCKET_ROWS)

struct slot {
	unsigned int		bucket;
	unsigned int		i;
};

static struct slot nth_slot(const struct irqspan_table *table, u32 hash, unsigned int n)
{
	struct slot slot = {
		.bucket	= irqspan_hash_to_bucket(table, hash),
		.i	= (hash + n) % IRQSPAN_BUCKET_ROWS,
	};

	/* A table of one bucket has no other: visiting its slots again does no harm. */
	if (n >= IRQSPAN_BUCKET_ROWS && table->bits)
		slot.bucket ^= 1;
	return slot;
}

/**
 * irqspan_table_find - find the row of a key
 * @table: the table
 * @hash: hash of the key
 * @key: the key, without uninitialized holes
 *
 * Context: any.
 * Return: the row, NULL if there is none, or if a context holds it.
 */
void *irqspan_table_find(const struct irqspan_table *table, u32 hash, const void *key)
{
	u32 tag = irqspan_hash_to_tag(hash);
	unsigned int n;

	for (n = 0; n < SLOTS; n++) {
		struct slot s = nth_slot(table, hash, n);
		void *row;

		/* Pairs with smp_store_release() in irqspan_table_publish(). */
		if (smp_load_acquire(&table->bucket[s.bucket].tag[s.i]) != tag)
			continue;
		row = row_at(table, s.bucket, s.i);
		if (!memcmp(row, key, table->key_size))
			return row;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_find);

/**
 * irqspan_table_find_or_add - find the row of a key, add one if there is none
 * @table: a table from which nothing is ever removed
 * @hash: hash of the key
 * @key: the key, without uninitialized holes
 *
 * A new row is zero but for its key. If two contexts add the same key at the same
 * time, both may get a row of their own: irqspan_table_sorted() merges them.
 *
 * Context: any.
 * Return: the row, NULL if there is no room for it.
 */
void *irqspan_table_find_or_add(struct irqspan_table *table, u32 hash, const void *key)
{
	u32 tag = irqspan_hash_to_tag(hash);
	unsigned int n;

	for (n = 0; n < SLOTS; n++) {
		struct slot s = nth_slot(table, hash, n);
		u32 *slot = &table->bucket[s.bucket].tag[s.i];
		void *row = row_at(table, s.bucket, s.i);
		/* Pairs with smp_store_release() in irqspan_table_publish(). */
		u32 old = smp_load_acquire(slot);

		/* A key is added in its first free slot, so it is in none of the later ones. */
		if (!old) {
			old = cmpxchg(slot, 0, tag | TAG_HELD);
			if (!old) {
				atomic_inc(&table->used);
				memcpy(row, key, table->key_size);
				irqspan_table_publish(table, row);
				return row;
			}
		}
		if (old == tag && !memcmp(row, key, table->key_size))
			return row;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_find_or_add);

/**
 * irqspan_table_find_or_add_within - find the row of a key, add one if there is room
 * @table: a table to which nothing else adds, and from which nothing is ever removed
 * @key: the key, without uninitialized holes, of a multiple of 4 bytes
 * @limit: add none if the table has as many rows as this
 *
 * Some may be added beyond the limit when several contexts add rows at the same time.
 *
 * Context: any.
 * Return: the row, NULL if there is none and no room for it.
 */
void *irqspan_table_find_or_add_within(struct irqspan_table *table, const void *key,
				       unsigned int limit)
{
	u32 hash = jhash2(key, table->key_size / sizeof(u32), 0);
	void *row = irqspan_table_find(table, hash, key);

	if (row || atomic_read(&table->used) >= limit)
		return row;
	return irqspan_table_find_or_add(table, hash, key);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_find_or_add_within);

/**
 * irqspan_table_add - add a row, even if there is one with this key
 * @table: the table
 * @hash: hash of the key
 * @key: the key, without uninitialized holes
 *
 * No other context finds the row before it is published. What it holds besides its key is
 * undefined.
 *
 * Context: any.
 * Return: the row, to be given to irqspan_table_publish(); NULL if there is no room.
 */
void *irqspan_table_add(struct irqspan_table *table, u32 hash, const void *key)
{
	u32 tag = irqspan_hash_to_tag(hash);
	unsigned int n;

	for (n = 0; n < SLOTS; n++) {
		struct slot s = nth_slot(table, hash, n);
		u32 *slot = &table->bucket[s.bucket].tag[s.i];

		/* Pairs with smp_store_release() in irqspan_table_remove(). */
		if (!READ_ONCE(*slot) && !cmpxchg(slot, 0, tag | TAG_HELD)) {
			void *row = row_at(table, s.bucket, s.i);

			memcpy(row, key, table->key_size);
			return row;
		}
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_add);

/**
 * irqspan_table_hold - find the row of a key and keep other contexts from it
 * @table: the table
 * @hash: hash of the key
 * @key: the key, without uninitialized holes
 *
 * Context: any.
 * Return: the row, to be given to irqspan_table_publish() or irqspan_table_remove();
 * NULL if there is none, or another context holds it.
 */
void *irqspan_table_hold(struct irqspan_table *table, u32 hash, const void *key)
{
	u32 tag = irqspan_hash_to_tag(hash);
	unsigned int n;

	for (n = 0; n < SLOTS; n++) {
		struct slot s = nth_slot(table, hash, n);
		u32 *slot = &table->bucket[s.bucket].tag[s.i];
		void *row;

		/* Pairs with smp_store_release() in irqspan_table_publish(). */
		if (READ_ONCE(*slot) != tag || cmpxchg(slot, tag, tag | TAG_HELD) != tag)
			continue;
		row = row_at(table, s.bucket, s.i);
		if (!memcmp(row, key, table->key_size))
			return row;
		irqspan_table_publish(table, row);
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_hold);

/**
 * irqspan_table_publish - let others find a row that this context holds
 * @table: the table
 * @row: the row
 *
 * Context: any.
 */
void irqspan_table_publish(struct irqspan_table *table, void *row)
{
	u32 *tag = irqspan_table_tag(table, row, table->row_size);

	/*
	 * A context that sees the tag sees what was written to the row. Pairs with
	 * smp_load_acquire() in irqspan_table_find() and irqspan_table_find_or_add(),
	 * and with cmpxchg() in irqspan_table_hold().
	 */
	smp_store_release(tag, *tag & ~TAG_HELD);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_publish);

/**
 * irqspan_table_remove - free a row that this context holds
 * @table: the table
 * @row: the row
 *
 * Context: any.
 */
void irqspan_table_remove(struct irqspan_table *table, void *row)
{
	/* Read the row before another context can reuse it: see irqspan_table_add(). */
	smp_store_release(irqspan_table_tag(table, row, table->row_size), 0);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_remove);

static unsigned int count_slots(const struct irqspan_table *table)
{
	return BIT(table->bits) * IRQSPAN_BUCKET_ROWS;
}

/**
 * irqspan_table_next - walk over the rows that can be found
 * @table: the table
 * @row: the last one, NULL to begin
 *
 * Context: any.
 * Return: the next row, NULL at the end.
 */
void *irqspan_table_next(const struct irqspan_table *table, const void *row)
{
	unsigned int i = row ? (row - table->rows) / table->row_size + 1 : 0;

	for (; i < count_slots(table); i++) {
		unsigned int bucket = i / IRQSPAN_BUCKET_ROWS, slot = i % IRQSPAN_BUCKET_ROWS;
		/* Pairs with smp_store_release() in irqspan_table_publish(). */
		u32 tag = smp_load_acquire(&table->bucket[bucket].tag[slot]);

		if (tag && !(tag & TAG_HELD))
			return row_at(table, bucket, slot);
	}
	return NULL;
}

static unsigned int copy_rows(void *to, const struct irqspan_table *table,
			      void (*copy)(void *to, const void *from))
{
	unsigned int n = 0;
	void *row = NULL;

	while ((row = irqspan_table_next(table, row))) {
		copy(to + (size_t)n++ * table->row_size, row);
		cond_resched();
	}
	return n;
}

/* Merge neighbours that have the same key. Returns how many rows are left. */
static unsigned int merge_rows(void *rows, unsigned int n, size_t size,
			       int (*cmp)(const void *a, const void *b),
			       void (*merge)(void *to, const void *from))
{
	unsigned int i, left = 0;

	for (i = 0; i < n; i++) {
		void *row = rows + i * size, *last = rows + (left - 1) * size;

		if (left && !cmp(last, row)) {
			merge(last, row);
		} else {
			if (i != left)
				memcpy(rows + left * size, row, size);
			left++;
		}
	}
	return left;
}

/**
 * irqspan_table_sorted - copy all rows, sorted, and merge those that have one key
 * @table: where the table is, if there is one
 * @rows: set to the copy, to be freed with kvfree()
 * @copy: copies a row whose counters may be changing
 * @cmp: order of two rows, 0 if they have the same key
 * @merge: adds the counters of the second row to those of the first
 *
 * Context: the session is locked, so that nobody replaces the table; sleeps.
 * Return: the number of rows, or -ENOMEM.
 */
int irqspan_table_sorted(struct irqspan_table __rcu *const *table, void **rows,
			 void (*copy)(void *to, const void *from),
			 int (*cmp)(const void *a, const void *b),
			 void (*merge)(void *to, const void *from))
{
	const struct irqspan_table *t;
	unsigned int n;
	size_t size;

	*rows = NULL;
	t = rcu_dereference_protected(*table, true);
	if (!t)
		return 0;
	size = t->row_size;
	*rows = kvmalloc_array(count_slots(t), size, GFP_KERNEL);
	if (!*rows)
		return -ENOMEM;
	n = copy_rows(*rows, t, copy);
	sort(*rows, n, size, cmp, NULL);
	return merge_rows(*rows, n, size, cmp, merge);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_table_sorted);
