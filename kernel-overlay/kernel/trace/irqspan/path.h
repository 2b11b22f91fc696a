/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who asked: the functions that led to an event, from the stack.
 *
 * To unwind a stack costs thousands of instructions. So each CPU remembers some of
 * its walks, and checks whether the same return addresses are at the same places of
 * the stack again, which costs six for each of them.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_PATH_H
#define _KERNEL_TRACE_IRQSPAN_PATH_H

#include <linux/compiler.h>
#include <linux/seq_file.h>
#include <linux/thread_info.h>
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

/**
 * struct irqspan_path - a row of the table of paths
 * @address: return addresses, the innermost one first; zeros behind the last one. The
 *	key
 * @functions: the row with the functions that they lie in. That one has in @address
 *	where these begin, and itself in @functions
 * @call_site: which of the addresses tells best who asked
 */
struct irqspan_path {
	unsigned long			address[IRQSPAN_PATH_LEN];
	const struct irqspan_path	*functions;
	unsigned long			call_site;
};

/**
 * struct irqspan_walk - a walk over the stack, remembered
 * @id: what it was for, see irqspan_walk_is_for()
 * @site: likewise
 * @function: likewise
 * @nr: how many return addresses prove that the path is the same again; 0: none do
 * @address: the return addresses, the innermost one first
 * @word: where they were: words from the frame of the hook
 * @path: the path that was found; NULL if the table had no room for it
 */
struct irqspan_walk {
	u64				id;
	unsigned long			site;
	unsigned long			function;
	unsigned int			nr;
	unsigned long			address[IRQSPAN_WALK_LEN];
	u16				word[IRQSPAN_WALK_LEN];
	const struct irqspan_path	*path;
};

/* Changes when code may have come to the address of other code. */
extern u32 irqspan_code_generation;

/**
 * irqspan_walk_id - what a walk is valid for
 * @paths: the table of paths
 *
 * Return: never 0.
 */
static __always_inline u64 irqspan_walk_id(const struct irqspan_table *paths)
{
	return (u64)READ_ONCE(irqspan_code_generation) << 32 | paths->generation;
}

/**
 * irqspan_walk_is_for - was this walk made for such an event?
 * @walk: the walk
 * @id: irqspan_walk_id()
 * @site: call site, as the event tells it
 * @function: what was asked for
 *
 * Return: true if it was; then irqspan_walk_holds() tells if it is valid.
 */
static __always_inline bool irqspan_walk_is_for(const struct irqspan_walk *walk, u64 id,
						unsigned long site, unsigned long function)
{
	return walk->id == id && walk->site == site && walk->function == function;
}

/* Frames that begin with the address of the caller's frame and the return address */
#if !defined(CONFIG_UNWINDER_ORC) && defined(CONFIG_FRAME_POINTER) && \
	(defined(CONFIG_X86) || defined(CONFIG_ARM64))
#define IRQSPAN_FRAME_RECORDS
#endif

#ifdef IRQSPAN_FRAME_RECORDS

#ifndef ptrauth_strip_kernel_insn_pac
#define ptrauth_strip_kernel_insn_pac(address)	(address)
#endif

static __always_inline unsigned long irqspan_frame_return(unsigned long frame)
{
	return ptrauth_strip_kernel_insn_pac(READ_ONCE_NOCHECK(((unsigned long *)frame)[1]));
}

/* Returns 0 if there is no caller on this stack; each lies within so much memory. */
static __always_inline unsigned long irqspan_frame_next(unsigned long frame)
{
	unsigned long next = READ_ONCE_NOCHECK(((unsigned long *)frame)[0]);

	if (next <= frame || next % sizeof(long) || (next ^ frame) >= THREAD_SIZE)
		return 0;
	return next;
}

static __always_inline bool irqspan_walk_holds(const struct irqspan_walk *walk,
					       unsigned long frame)
{
	unsigned int i;

	for (i = 0; i < walk->nr; i++) {
		if (!frame || irqspan_frame_return(frame) != walk->address[i])
			return false;
		frame = irqspan_frame_next(frame);
	}
	return i;
}

#else

/**
 * irqspan_walk_holds - are all return addresses where they were?
 * @walk: the walk
 * @frame: frame of the hook
 *
 * The first address is read from where the hook will return to. How large the frame
 * of that function is depends on nothing but the address, else the walk is not
 * remembered: so the second one is read from the right place if the first one is the
 * same, and so on.
 *
 * Context: any.
 * Return: true if so; then the path is the same.
 */
static __always_inline bool irqspan_walk_holds(const struct irqspan_walk *walk,
					       unsigned long frame)
{
	const unsigned long *stack = (const unsigned long *)frame;
	unsigned int i;

	for (i = 0; i < walk->nr; i++) {
		if (READ_ONCE(stack[walk->word[i]]) != walk->address[i])
			return false;
	}
	return i;
}

#endif

void irqspan_walk_stack(struct irqspan_walk *walk, u64 id, unsigned long site,
			unsigned long function, unsigned long frame,
			struct irqspan_table *paths);
void irqspan_path_find_relays(void);
void irqspan_print_path(struct seq_file *m, const unsigned long *address);

#endif /* _KERNEL_TRACE_IRQSPAN_PATH_H */
