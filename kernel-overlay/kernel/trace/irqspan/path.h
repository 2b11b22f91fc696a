/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that led to an event, from the stack.
 *
 * To unwind a stack costs thousands of instructions. So each CPU remembers some of
 * its walks, and checks whether the same return addresses are at the same places of
 * the stack again, which costs six instructions for each address.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_PATH_H
#define _KERNEL_TRACE_IRQSPAN_PATH_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#include "table.h"

/* Functions that a path has at most */
#define IRQSPAN_PATH_LEN	16

/*
 * Return addresses that are looked at: those of the hook, of what calls the hooks of a
 * tracepoint, of the function that has the tracepoint, then those of the path, and
 * one in the entry code behind it.
 */
#define IRQSPAN_WALK_LEN	(IRQSPAN_PATH_LEN + 5)

/* Frames that places are counted from: a walk over more frame pointers is not remembered. */
#define IRQSPAN_WALK_FRAMES	4

/* Return addresses are compared four at a time. */
#define IRQSPAN_WALK_STEP	4
#define IRQSPAN_WALK_CHECKS	(IRQSPAN_WALK_LEN + IRQSPAN_WALK_FRAMES * IRQSPAN_WALK_STEP)

/**
 * struct irqspan_path - a row of the table of paths
 * @address: return addresses, the innermost one first; zeros behind the last one. The
 *	key
 * @functions: the row of the functions that these addresses lie in: its @address are
 *	the begins of these functions, its @functions is that row itself
 * @call_site: the address that tells best which code asked
 */
struct irqspan_path {
	unsigned long			address[IRQSPAN_PATH_LEN];
	const struct irqspan_path	*functions;
	unsigned long			call_site;
};

/**
 * struct irqspan_walk - a walk over the stack, remembered
 * @generation: &irqspan_walk_generation when it was made
 * @nr: how many return addresses there are to check
 * @nr_frames: how many of @frame are in use; 0: the addresses do not prove the path
 * @site: call site, as the event tells it
 * @function: what was asked for
 * @path: the path that was found; NULL if the table had no room for it
 * @frame: the frames from which places on the stack are counted, that of the hook first
 * @frame.end: index of the first return address that is counted from the next frame, a
 *	multiple of %IRQSPAN_WALK_STEP
 * @frame.word: where the address of the next frame was: words from this frame
 * @address: the return addresses, the innermost one first
 * @word: where they were: words from the frame
 */
struct irqspan_walk {
	u32				generation;
	u16				nr;
	u16				nr_frames;
	unsigned long			site;
	unsigned long			function;
	const struct irqspan_path	*path;
	struct {
		u16			end;
		u16			word;
	} frame[IRQSPAN_WALK_FRAMES];
	unsigned long			address[IRQSPAN_WALK_CHECKS];
	u16				word[IRQSPAN_WALK_CHECKS];
};

/*
 * Changes when a module comes or goes, whose code may be where other code was, and when
 * the table of paths is replaced.
 */
extern atomic_t irqspan_walk_generation;

/**
 * irqspan_walk_is_for - was this walk made for such an event?
 * @walk: the walk
 * @generation: &irqspan_walk_generation, which was read before the table of paths was
 * @site: call site, as the event tells it
 * @function: what was asked for
 *
 * Return: true if it was; then irqspan_walk_holds() tells if it is valid.
 */
static __always_inline bool irqspan_walk_is_for(const struct irqspan_walk *walk, u32 generation,
						unsigned long site, unsigned long function)
{
	return walk->generation == generation && walk->site == site &&
	       walk->function == function;
}

/**
 * irqspan_walks_forget - make all walks invalid
 *
 * To be called after the table of paths was replaced, and before waiting for the hooks that
 * may still use the old one.
 */
static inline void irqspan_walks_forget(void)
{
	/* Pairs with smp_rmb() in update_request(), which then finds the table. */
	smp_wmb();
	atomic_inc(&irqspan_walk_generation);
}

bool irqspan_walk_holds(const struct irqspan_walk *walk, unsigned long frame);
void irqspan_walk_stack(struct irqspan_walk *walk, u32 generation, unsigned long site,
			unsigned long function, unsigned long frame,
			struct irqspan_table *paths);
void irqspan_path_find_forwarders(void);
void irqspan_print_path(struct seq_file *m, const unsigned long *address);

#endif /* _KERNEL_TRACE_IRQSPAN_PATH_H */
