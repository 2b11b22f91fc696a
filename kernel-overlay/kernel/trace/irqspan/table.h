/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash table for hooks: no lock, no allocation, any context.
 *
 * The table has a fixed number of rows, in buckets of 16. What is needed to find a
 * row, or a free place, lies in one cache line for each bucket; a key has two
 * buckets to be in. A key that finds no place there is for the caller to count.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_TABLE_H
#define _KERNEL_TRACE_IRQSPAN_TABLE_H

#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define IRQSPAN_BUCKET_ROWS	16

/**
 * struct irqspan_bucket - where up to 16 rows are found
 * @tag: one for each row: 0 if it is free, odd while it is being written or read,
 *	else the hash of its key
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
 * @rows: all rows, in the order of the buckets
 * @bucket: the buckets
 */
struct irqspan_table {
	unsigned int		bits;
	unsigned int		row_size;
	unsigned int		key_size;
	u32			generation;
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
void *irqspan_table_add(struct irqspan_table *table, u32 hash, const void *key);
void *irqspan_table_hold(struct irqspan_table *table, u32 hash, const void *key);
void irqspan_table_publish(struct irqspan_table *table, void *row);
void irqspan_table_remove(struct irqspan_table *table, void *row);

int irqspan_table_sorted(struct irqspan_table __rcu *const *table, void **rows,
			 void (*copy)(void *to, const void *from),
			 int (*cmp)(const void *a, const void *b),
			 void (*merge)(void *to, const void *from));

static inline int irqspan_cmp(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

#endif /* _KERNEL_TRACE_IRQSPAN_TABLE_H */
