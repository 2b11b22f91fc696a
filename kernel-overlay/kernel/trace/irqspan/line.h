/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that watch interrupt lines share: line.c has the hooks and the spans,
 * line_memory.c the memory for lines.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_LINE_H
#define _KERNEL_TRACE_IRQSPAN_LINE_H

#include <linux/mm.h>
#include <linux/seqlock.h>
#include <linux/types.h>

#include <trace/events/irq_line.h>

#include "irqspan.h"
#include "stats.h"

/**
 * struct line_span - a span of one interrupt line
 * @irq: interrupt number
 * @name: name of the device; if several share the line, their names joined by commas
 * @culprit: how long it was off, and what turned it off: the code that disabled it first,
 *	or the handler that it was masked for
 * @end_caller: code that enabled it, or the handler that it was masked for
 * @last_caller: code that disabled it last; 0 if it was only masked
 * @cpu_off: CPU on which it went off
 * @depth: most disables that were in force at once, 0 if it was only masked
 * @kind: &enum irqspan_kind
 * @pending: an interrupt arrived while it was off
 */
struct line_span {
	unsigned int		irq;
	char			name[IRQSPAN_NAME_LEN];
	struct irqspan_culprit	culprit;
	unsigned long		end_caller;
	unsigned long		last_caller;
	unsigned int		cpu_off;
	unsigned int		depth;
	u8			kind;
	bool			pending;
};

/**
 * struct call_site - where a line is disabled or enabled
 * @address: the return address of the call
 * @balance: how often it disabled the line, less how often it enabled it
 */
struct call_site {
	unsigned long		address;
	int			balance;
};

#define CALL_SITES	8u

/**
 * struct open_span - what is known of the open span of a line
 * @off: the line is off: a span is open
 * @start_unknown: the line was off when measuring began: when and by which code it
 *	went off is not known
 * @start: when it began, ns of the fast monotonic clock
 * @depth: how many disables are in force
 * @nr_sites: how many of @site are in use
 * @sites_lost: there were more call sites than @site has room for
 * @site: where it was disabled and enabled while it was off, the latest one last
 * @span: what is known of the span so far, to be completed at its end
 */
struct open_span {
	bool			off;
	bool			start_unknown;
	u64			start;
	unsigned int		depth;
	unsigned int		nr_sites;
	bool			sites_lost;
	struct call_site	site[CALL_SITES];
	struct line_span	span;
};

/**
 * struct line - an interrupt line that was seen off
 * @claimed: a hook is changing the line, see claim_line()
 * @missed: another hook came meanwhile and gave up: @open and @request may be wrong
 * @seq: a reader that sees it unchanged has a consistent copy of @open
 * @open: the open span; while the line is on, what is left of the last one
 * @requested: @request is about to change the state of the line
 * @request: the last request
 * @request_caller: code that asked; 0: the interrupt core
 * @suspended: the suspend of the system has disabled it
 * @device_known: @device_name is known
 * @device_name: name of its first handler
 * @clear: forget the counters with the next span
 * @stats: counters
 *
 * Written by the hook that has the line claimed, except for @missed and @clear.
 */
struct line {
	unsigned int		claimed;
	bool			missed;
	seqcount_t		seq;
	struct open_span	open;
	bool			requested;
	enum irq_line_op	request;
	unsigned long		request_caller;
	bool			suspended;
	bool			device_known;
	char			device_name[IRQSPAN_NAME_LEN];
	bool			clear;
	struct irqspan_stats	stats;
};

/*
 * Lines are found by their interrupt numbers: a table of chunks, a chunk of places.
 * Chunks exist for all numbers that are in use, lines where they are needed. A line
 * that has memory keeps it; a start begins with empty counters.
 */
#define CHUNK_LINES	(PAGE_SIZE / sizeof(struct line *))
#define MAX_CHUNKS	1024
#define MAX_LINES	(MAX_CHUNKS * CHUNK_LINES)

struct line_chunk {
	struct line		*place[CHUNK_LINES];
};

/* In the slot of a line: reserved by a hook that is about to put the line there */
#define LINE_COMING	((struct line *)1)
/* Likewise: the pool was empty, and fill_memory() is to put a line there. */
#define LINE_WANTED	((struct line *)2)

extern struct line_chunk *irqspan_line_chunks[MAX_CHUNKS];

static inline bool is_line(const struct line *line)
{
	return line > LINE_WANTED;
}

/* NULL if there is no chunk for this number. */
static inline struct line **find_place(unsigned int irq)
{
	struct line_chunk *chunk = NULL;

	if (irq < MAX_LINES)
		/* Pairs with smp_store_release() in add_chunk(): the places are empty. */
		chunk = smp_load_acquire(&irqspan_line_chunks[irq / CHUNK_LINES]);
	return chunk ? &chunk->place[irq % CHUNK_LINES] : NULL;
}

/* NULL if the line was never seen off. */
static inline struct line *find_line(unsigned int irq)
{
	struct line **place = find_place(irq);
	/* Pairs with cmpxchg() in add_line() and smp_store_release() in line_memory.c. */
	struct line *line = place ? smp_load_acquire(place) : NULL;

	return is_line(line) ? line : NULL;
}

bool irqspan_irq_exists(unsigned int irq);
int irqspan_init_line_memory(void);
int irqspan_fill_line_memory(void);
void irqspan_empty_line_pool(void);
void irqspan_want_line_memory(void);
int irqspan_add_line(unsigned int irq);
struct line *irqspan_find_or_add_line(unsigned int irq);

#endif /* _KERNEL_TRACE_IRQSPAN_LINE_H */
