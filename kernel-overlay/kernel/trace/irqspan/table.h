/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash table for hooks: no lock, no allocation, any context.
 *
 * The table has a fixed number of rows, in buckets of 16. The row of a key is in one of
 * two buckets. Rows and free slots are found by tags; those of a bucket are one cache
 * line. If both buckets are full no row is added, and the caller has to count that.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_TABLE_H
#define _KERNEL_TRACE_IRQSPAN_TABLE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/types.h>

#define IRQSPAN_BUCKET_ROWS	16

/**
 * struct irqspan_bucket - where up to 16 rows are found
 * @tag: one for each row: 0 if the row is free, odd while one context holds it, else
 *	the hash of its key
 */
struct irqspan_bucket {
	u32			tag[IRQSPAN_BUCKET_ROWS];
} ____cacheline_aligned;

/**
 * struct irqspan_table - rows that are found by a key
 * @bits: log2 of the number of buckets
 * @row_size: bytes of a row, which begins with its key
 * @key_size: bytes of a key
 * @generation: differs from that of every other table
 * @used: how many rows irqspan_table_find_or_add() added
 * @rows: all rows, in the order of the buckets
 * @bucket: the buckets
 */
struct irqspan_table {
	unsigned int		bits;
	unsigned int		row_size;
	unsigned int		key_size;
	u32			generation;
	atomic_t		used;
	void			*rows;
	struct irqspan_bucket	bucket[];
};

struct irqspan_table *irqspan_table_alloc(unsigned int rows, size_t row_size, size_t key_size);
int irqspan_table_replace(struct irqspan_table __rcu **table, unsigned int rows,
			  size_t row_size, size_t key_size);
void irqspan_table_free(struct irqspan_table *table);
unsigned int irqspan_table_rows(void);

void *irqspan_table_find(const struct irqspan_table *table, u32 hash, const void *key);
void *irqspan_table_find_or_add(struct irqspan_table *table, u32 hash, const void *key);
void *irqspan_table_find_or_add_within(struct irqspan_table *table, const void *key,
				       unsigned int limit);
void *irqspan_table_add(struct irqspan_table *table, u32 hash, const void *key);
void *irqspan_table_hold(struct irqspan_table *table, u32 hash, const void *key);
void irqspan_table_publish(struct irqspan_table *table, void *row);
void irqspan_table_remove(struct irqspan_table *table, void *row);

/* What a tag says: see table.c. */
#define IRQSPAN_TAG_HELD	BIT(0)
#define IRQSPAN_TAG_USED	BIT(1)

static __always_inline u32 irqspan_hash_to_tag(u32 hash)
{
	return (hash & ~IRQSPAN_TAG_HELD) | IRQSPAN_TAG_USED;
}

/* The bucket comes from bits 16 up, the first slot in it from bits 0 to 3. */
static __always_inline unsigned int irqspan_hash_to_bucket(const struct irqspan_table *table,
							   u32 hash)
{
	return hash >> 16 & (BIT(table->bits) - 1);
}

static __always_inline u32 *irqspan_table_tag(struct irqspan_table *table, const void *row,
					      size_t row_size)
{
	return &table->bucket[0].tag[0] + (unsigned long)(row - table->rows) / row_size;
}

/*
 * Fast path: the functions named _first look only at the key's first slot. The callers
 * pass a constant as @row_size.
 */
static __always_inline void *irqspan_table_first(const struct irqspan_table *table, u32 hash,
						 size_t row_size)
{
	unsigned int i = irqspan_hash_to_bucket(table, hash) * IRQSPAN_BUCKET_ROWS +
			 hash % IRQSPAN_BUCKET_ROWS;

	return table->rows + i * row_size;
}

/* As irqspan_table_add(), but the caller fills in the key. If NULL, call irqspan_table_add(). */
static __always_inline void *irqspan_table_add_first(struct irqspan_table *table, u32 hash,
						     size_t row_size)
{
	void *row = irqspan_table_first(table, hash, row_size);
	u32 *tag = irqspan_table_tag(table, row, row_size);

	/* Pairs with smp_store_release() in irqspan_table_remove_first(). */
	if (unlikely(READ_ONCE(*tag) ||
		     cmpxchg(tag, 0, irqspan_hash_to_tag(hash) | IRQSPAN_TAG_HELD)))
		return NULL;
	return row;
}

/* As irqspan_table_hold(), but the caller compares the key. NULL: call irqspan_table_hold(). */
static __always_inline void *irqspan_table_hold_first(struct irqspan_table *table, u32 hash,
						      size_t row_size)
{
	void *row = irqspan_table_first(table, hash, row_size);
	u32 *slot = irqspan_table_tag(table, row, row_size);
	u32 tag = irqspan_hash_to_tag(hash);

	/* Pairs with smp_store_release() in irqspan_table_publish_first(). */
	if (unlikely(READ_ONCE(*slot) != tag ||
		     cmpxchg(slot, tag, tag | IRQSPAN_TAG_HELD) != tag))
		return NULL;
	return row;
}

static __always_inline void irqspan_table_publish_first(struct irqspan_table *table, void *row,
							u32 hash, size_t row_size)
{
	/* Pairs with cmpxchg() in irqspan_table_hold() and irqspan_table_hold_first(). */
	smp_store_release(irqspan_table_tag(table, row, row_size), irqspan_hash_to_tag(hash));
}

static __always_inline void irqspan_table_remove_first(struct irqspan_table *table, void *row,
						       size_t row_size)
{
	/* Read the row before another context can reuse it: see irqspan_table_add_first(). */
	smp_store_release(irqspan_table_tag(table, row, row_size), 0);
}

void *irqspan_table_next(const struct irqspan_table *table, const void *row);
int irqspan_table_sorted(struct irqspan_table __rcu *const *table, void **rows,
			 void (*copy)(void *to, const void *from),
			 int (*cmp)(const void *a, const void *b),
			 void (*merge)(void *to, const void *from));

static inline int irqspan_cmp(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

#endif /* _KERNEL_TRACE_IRQSPAN_TABLE_H */
