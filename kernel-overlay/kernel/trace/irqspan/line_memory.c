// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for interrupt lines. See line.h for how a line is found.
 *
 * Most lines of a machine are never off. So a line gets memory only when it is first seen
 * off. Hooks take the memory from a pool, which a work fills again.
 */
#include <linux/init.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
#include <linux/mutex.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "line.h"
#include "stats.h"

/* Lines that hooks can take before the pool is filled again */
#define POOL_LINES	32

struct line_chunk *irqspan_line_chunks[MAX_CHUNKS];
static struct line *pool[POOL_LINES];
static struct kmem_cache *line_cache;
/* Held to add lines or chunks; hooks, which add lines too, do not take it. */
static DEFINE_MUTEX(memory_mutex);
/* A line or a chunk is wanted. */
static unsigned int memory_wanted;

static struct line *alloc_line(void)
{
	struct line *line = kmem_cache_zalloc(line_cache, GFP_KERNEL);

	if (line) {
		seqcount_init(&line->seq);
		irqspan_stats_init(&line->stats);
	}
	return line;
}

static struct line_chunk *add_chunk(unsigned int irq)
{
	struct line_chunk **chunk = &irqspan_line_chunks[irq / CHUNK_LINES];
	struct line_chunk *new;

	lockdep_assert_held(&memory_mutex);

	if (*chunk)
		return *chunk;
	new = kzalloc_obj(*new);
	/* Pairs with smp_load_acquire() in find_place(). */
	smp_store_release(chunk, new);
	return new;
}

/* Have memory for a line. Returns 0 or -ENOMEM. */
static int add_line(unsigned int irq)
{
	struct line_chunk *chunk;
	struct line **place, *line, *old;

	lockdep_assert_held(&memory_mutex);

	if (irq >= MAX_LINES)
		return -ENOMEM;
	chunk = add_chunk(irq);
	if (!chunk)
		return -ENOMEM;
	place = &chunk->place[irq % CHUNK_LINES];
	if (is_line(READ_ONCE(*place)))
		return 0;
	line = alloc_line();
	if (!line)
		return -ENOMEM;

	/* A hook may be adding the same line: wait for it, it does not sleep. */
	do {
		old = READ_ONCE(*place);
		if (is_line(old)) {
			kmem_cache_free(line_cache, line);
			return 0;
		}
		cpu_relax();
	} while (old == LINE_COMING || cmpxchg(place, old, line) != old);
	return 0;
}

/**
 * irqspan_irq_exists - whether an interrupt number has a descriptor now
 * @irq: the number
 *
 * Context: any.
 * Return: true if it has one, which may be freed at any time.
 */
bool irqspan_irq_exists(unsigned int irq)
{
	/* Linux 6.1 looks it up in a radix tree, whose nodes are freed by RCU. */
	guard(rcu)();
	return irq_to_desc(irq);
}

static int add_chunks(void)
{
	unsigned int irq;

	for_each_irq_nr(irq) {
		if (irq >= MAX_LINES)
			break;
		if (!irqspan_line_chunks[irq / CHUNK_LINES] && irqspan_irq_exists(irq) &&
		    !add_chunk(irq))
			return -ENOMEM;
	}
	return 0;
}

static int add_wanted_lines(void)
{
	unsigned int irq;

	for (irq = 0; irq < MAX_LINES; irq++) {
		struct line **place = find_place(irq);

		if (!place)
			irq |= CHUNK_LINES - 1;
		else if (READ_ONCE(*place) == LINE_WANTED && add_line(irq))
			return -ENOMEM;
	}
	return 0;
}

/* Allocate all that the hooks may need next. Returns 0 or -ENOMEM. */
static int fill_memory(void)
{
	unsigned int i;

	guard(mutex)(&memory_mutex);

	for (i = 0; i < POOL_LINES; i++) {
		struct line *line;

		if (READ_ONCE(pool[i]))
			continue;
		line = alloc_line();
		if (!line)
			return -ENOMEM;
		/* Pairs with xchg() in take_from_pool(). */
		smp_store_release(&pool[i], line);
	}
	/* Pairs with smp_store_release() in irqspan_want_line_memory(): no call is missed. */
	if (!xchg(&memory_wanted, 0))
		return 0;
	return add_chunks() ?: add_wanted_lines();
}

static void fill_memory_fn(struct work_struct *work)
{
	fill_memory();
}

static DECLARE_WORK(fill_memory_work, fill_memory_fn);

static void queue_fill_memory(struct irq_work *unused)
{
	/* Not on this CPU, which may be isolated. */
	queue_work(system_dfl_wq, &fill_memory_work);
}

/* A hook cannot queue a work itself: it may hold locks that this takes. */
static struct irq_work fill_memory_irq_work = IRQ_WORK_INIT(queue_fill_memory);

/**
 * irqspan_want_line_memory - have lines and chunks allocated outside of the hooks
 *
 * Context: any.
 */
void irqspan_want_line_memory(void)
{
	/* Pairs with xchg() in fill_memory(). */
	smp_store_release(&memory_wanted, 1);
	irq_work_queue(&fill_memory_irq_work);
}

/**
 * irqspan_fill_line_memory - allocate all that the hooks may need first
 *
 * Context: no hook is attached; sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_fill_line_memory(void)
{
	memory_wanted = 1;
	return fill_memory();
}

/**
 * irqspan_add_line - have memory for a line
 * @irq: its number
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int irqspan_add_line(unsigned int irq)
{
	guard(mutex)(&memory_mutex);
	return add_line(irq);
}

/**
 * irqspan_empty_line_pool - free the lines that no hook has taken
 *
 * Context: no hook is attached; sleeps.
 */
void irqspan_empty_line_pool(void)
{
	unsigned int i;

	irq_work_sync(&fill_memory_irq_work);
	cancel_work_sync(&fill_memory_work);
	for (i = 0; i < POOL_LINES; i++) {
		if (pool[i])
			kmem_cache_free(line_cache, pool[i]);
		pool[i] = NULL;
	}
}

static struct line *take_from_pool(void)
{
	struct line *line;
	unsigned int i;

	for (i = 0; i < POOL_LINES; i++) {
		if (!READ_ONCE(pool[i]))
			continue;
		line = xchg(&pool[i], NULL);
		if (line) {
			irq_work_queue(&fill_memory_irq_work);
			return line;
		}
	}
	return NULL;
}

/**
 * irqspan_find_or_add_line - get memory for a line that is about to go off
 * @irq: its number
 *
 * Context: any.
 * Return: the line, NULL if there is no memory for it yet.
 */
struct line *irqspan_find_or_add_line(unsigned int irq)
{
	struct line **place = find_place(irq);
	struct line *line;

	if (!place) {
		if (irq < MAX_LINES)
			irqspan_want_line_memory();
		return NULL;
	}
	/* Pairs with the release store below and cmpxchg() in add_line(). */
	line = smp_load_acquire(place);
	if (!line && !cmpxchg(place, NULL, LINE_COMING)) {
		line = take_from_pool() ?: LINE_WANTED;
		/* Pairs with smp_load_acquire() in find_line(). */
		smp_store_release(place, line);
	}
	if (line == LINE_WANTED)
		irqspan_want_line_memory();
	return is_line(line) ? line : NULL;
}

/**
 * irqspan_init_line_memory - prepare for irqspan_fill_line_memory()
 *
 * Context: at boot.
 * Return: 0 or -ENOMEM.
 */
int __init irqspan_init_line_memory(void)
{
	line_cache = kmem_cache_create("irqspan_line", sizeof(struct line), 0, 0, NULL);
	return line_cache ? 0 : -ENOMEM;
}
