// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that led to an event. See path.h.
 *
 * A path ends where the rest of the stack has nothing to do with the event: at the
 * registers of what was interrupted, at the end of this stack, and at the entry code.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/thread_info.h>

#include <asm/sections.h>

#ifdef CONFIG_UNWINDER_ORC
#include <asm/unwind.h>
#endif

#include "irqspan.h"
#include "path.h"
#include "print.h"

atomic_t irqspan_walk_generation = ATOMIC_INIT(1);

/*
 * Functions that forward the requests of their callers: the call site is in the caller of
 * the last one of them. The path does not depend on this list: a function that is missing
 * here becomes the call site, and the path still shows its callers.
 */
static const char * const forwarders[] = {
	"__smp_call_single_queue",
	"generic_exec_single",
	"__smp_call_function_single",
	"smp_call_function_single",
	"smp_call_function_single_async",
	"smp_call_function_any",
	"smp_call_function_many",
	"smp_call_function_many_cond",
	"smp_call_function",
	"on_each_cpu_cond_mask",
	"irq_work_queue",
	"irq_work_queue_on",
	"__irq_work_queue_local",
	"__ttwu_queue_wakelist",
	"ttwu_queue_wakelist",
	"try_to_wake_up",
	"wake_up_process",
	"wake_up_state",
	"wake_up_q",
	"default_wake_function",
	"autoremove_wake_function",
	"woken_wake_function",
	"__wake_up_common",
	"__wake_up_common_lock",
	"__wake_up",
	"__wake_up_sync_key",
	"swake_up_locked",
	"swake_up_one",
	"complete_with_flags",
	"complete",
	"complete_all",
};

/* The addresses of the forwarders. The compiler may have made more than one copy of each. */
static unsigned long forwarder_address[2 * ARRAY_SIZE(forwarders)];
static unsigned int nr_forwarders;

/* Look for the call site in so many frames: code further away had another purpose. */
#define CALL_SITE_DISTANCE	10

static int add_forwarder(void *unused, const char *name, unsigned long address)
{
	size_t length = strcspn(name, ".");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forwarders); i++) {
		if (name[0] != forwarders[i][0] || strncmp(name, forwarders[i], length) ||
		    forwarders[i][length])
			continue;
		if (nr_forwarders == ARRAY_SIZE(forwarder_address))
			return -ENOSPC;
		forwarder_address[nr_forwarders++] = address;
		break;
	}
	return 0;
}

/**
 * irqspan_path_find_forwarders - find the functions that only pass on requests
 *
 * Context: sleeps; before the first walk, one caller at a time.
 */
void irqspan_path_find_forwarders(void)
{
	if (!nr_forwarders)
		kallsyms_on_each_symbol(add_forwarder, NULL);
}

static bool is_forwarder(unsigned long function)
{
	unsigned int i;

	for (i = 0; i < nr_forwarders; i++) {
		if (forwarder_address[i] == function)
			return true;
	}
	return false;
}

/* The address of the function that a return address lies in */
static unsigned long begin_of_function(unsigned long address)
{
	unsigned long size, offset;

	/* A call that does not return may be the last instruction of its function. */
	if (!kallsyms_lookup_size_offset(address - 1, &size, &offset))
		return address;
	return address - 1 - offset;
}

static unsigned long choose_call_site(const unsigned long *address, const unsigned long *function)
{
	bool forwarded = false;
	unsigned int i;

	for (i = 0; i < CALL_SITE_DISTANCE && address[i]; i++) {
		if (is_forwarder(function[i]))
			forwarded = true;
		else if (forwarded)
			return address[i];
	}
	return address[0];
}

/* Returns the row, a new one not yet published if @added was set; NULL: no room. */
static struct irqspan_path *find_or_add_path(struct irqspan_table *paths,
					     const unsigned long *address, bool *added)
{
	u32 hash = jhash2((const u32 *)address, IRQSPAN_PATH_LEN * sizeof(*address) / sizeof(u32),
			  0);
	struct irqspan_path *path = irqspan_table_find(paths, hash, address);

	*added = !path;
	return path ?: irqspan_table_add(paths, hash, address);
}

/*
 * Paths through the same functions share a row of these functions, which is all that is
 * shown of them beside the call site. A hook that interrupts this one may add the same
 * path: readers compare the addresses.
 */
static const struct irqspan_path *find_path(struct irqspan_table *paths,
					    const unsigned long *address)
{
	unsigned long function[IRQSPAN_PATH_LEN] = { };
	struct irqspan_path *path, *functions;
	unsigned int i;
	bool added;

	path = find_or_add_path(paths, address, &added);
	if (!path || !added)
		return path;

	for (i = 0; i < IRQSPAN_PATH_LEN && address[i]; i++)
		function[i] = begin_of_function(address[i]);
	functions = find_or_add_path(paths, function, &added);
	if (!functions) {
		irqspan_table_remove(paths, path);
		return NULL;
	}
	if (added) {
		functions->functions = functions;
		functions->call_site = 0;
		irqspan_table_publish(paths, functions);
	}
	path->functions = functions;
	path->call_site = choose_call_site(address, function);
	irqspan_table_publish(paths, path);
	return path;
}

/* Frames that begin with the address of the caller's frame and the return address */
#if !defined(CONFIG_UNWINDER_ORC) && defined(CONFIG_FRAME_POINTER) && \
	(defined(CONFIG_X86) || defined(CONFIG_ARM64))
#define FRAME_RECORDS
#endif

#ifdef FRAME_RECORDS

#ifndef ptrauth_strip_kernel_insn_pac
#define ptrauth_strip_kernel_insn_pac(address)	(address)
#endif

static __always_inline unsigned long frame_return(unsigned long frame)
{
	return ptrauth_strip_kernel_insn_pac(READ_ONCE_NOCHECK(((unsigned long *)frame)[1]));
}

/* Are both words of @other on the stack of @frame, which lies within THREAD_SIZE? */
static __always_inline bool on_same_stack(unsigned long frame, unsigned long other)
{
	/* Frames are aligned to their size there: one word is not on a stack without the other. */
	if (IS_ENABLED(CONFIG_ARM64))
		return !((frame ^ other) & (~(THREAD_SIZE - 1) | (2 * sizeof(long) - 1)));
	return other % sizeof(long) == 0 && (frame ^ other) < THREAD_SIZE &&
	       (frame ^ (other + sizeof(long))) < THREAD_SIZE;
}

/* The address of the caller's frame, not checked: what is there may be any value */
static __always_inline unsigned long frame_next(unsigned long frame)
{
	return READ_ONCE_NOCHECK(((unsigned long *)frame)[0]);
}

static __always_inline bool walk_holds(const struct irqspan_walk *walk, unsigned long frame)
{
	const unsigned long *address = walk->address;
	const unsigned long *end = address + walk->nr;

	if (unlikely(address == end))
		return false;
	for (;;) {
		unsigned long next = frame_next(frame);

		if (frame_return(frame) != *address)
			return false;
		if (++address == end)
			return true;
		if (!on_same_stack(frame, next))
			return false;
		frame = next;
	}
}

#else

static __always_inline bool walk_holds(const struct irqspan_walk *walk, unsigned long frame)
{
	const unsigned long *stack = (const unsigned long *)frame;
	const unsigned long *address = walk->address;
	const u16 *word = walk->word;
	unsigned int n = walk->nr_frames;
	const typeof(*walk->frame) *f = walk->frame;

	BUILD_BUG_ON(IRQSPAN_WALK_STEP != 4);
	if (unlikely(!n))
		return false;
	for (;;) {
		const unsigned long *end = walk->address + f->end;
		unsigned long next;

		do {
			if (stack[word[0]] != address[0] || stack[word[1]] != address[1] ||
			    stack[word[2]] != address[2] || stack[word[3]] != address[3])
				return false;
			address += IRQSPAN_WALK_STEP;
			word += IRQSPAN_WALK_STEP;
		} while (address < end);
		if (!--n)
			return true;
		/* The next frame is further up on this stack. */
		next = stack[f->word];
		if (next - (unsigned long)stack - 1 >= (~(unsigned long)stack & (THREAD_SIZE - 1)))
			return false;
		stack = (const unsigned long *)next;
		f++;
	}
}

#endif

/**
 * irqspan_walk_holds - are all return addresses where they were?
 * @walk: the walk
 * @frame: frame of the hook
 *
 * If all addresses are equal, each was read from the right place. The first one is the
 * hook's return address. An address tells how large the frame of its function is, and
 * that tells where the next address is. Where a function finds it by its frame pointer
 * instead, the addresses so far tell where that pointer was saved. Walks for which this
 * does not hold are not remembered.
 *
 * Context: any.
 * Return: true if so; then the path is the same.
 */
bool irqspan_walk_holds(const struct irqspan_walk *walk, unsigned long frame)
{
	return walk_holds(walk, frame);
}

NOKPROBE_SYMBOL(irqspan_walk_holds);

#if defined(CONFIG_UNWINDER_ORC) || defined(FRAME_RECORDS)
static bool is_entry_code(unsigned long address)
{
	return address >= (unsigned long)__entry_text_start &&
	       address < (unsigned long)__entry_text_end;
}
#else
static bool is_entry_code(unsigned long address)
{
	return false;
}
#endif

#ifdef CONFIG_UNWINDER_ORC

/* Is this core code, which stays, or a module's, which module_changed() is told of? */
static bool is_known_code(unsigned long address)
{
	return core_kernel_text(address) || is_module_text_address(address);
}

/* Find the only place between two addresses, both on one stack, that holds a value, or NULL */
static unsigned long *find_only(unsigned long *from, unsigned long *to, unsigned long value)
{
	unsigned long *place = NULL;

	for (; from < to; from++) {
		if (READ_ONCE_NOCHECK(*from) != value)
			continue;
		if (place)
			return NULL;
		place = from;
	}
	return place;
}

static void add_check(struct irqspan_walk *walk, unsigned long address, unsigned int word)
{
	walk->address[walk->nr] = address;
	walk->word[walk->nr++] = word;
}

/* The places of the next addresses are counted from another frame, whose address is at @word. */
static void end_frame(struct irqspan_walk *walk, unsigned int word)
{
	/* Pad the group to four by repeating the last check. */
	while (walk->nr % IRQSPAN_WALK_STEP)
		add_check(walk, walk->address[walk->nr - 1], walk->word[walk->nr - 1]);
	walk->frame[walk->nr_frames].end = walk->nr;
	walk->frame[walk->nr_frames++].word = word;
}

/*
 * Each frame is unwound twice, the second time with bp shifted by this. If sp moves along,
 * the frame was found through bp; if bp does not, it was reloaded from the stack.
 */
#define BP_SHIFT	(2 * sizeof(long))

/**
 * struct walk_validity - what is known of a walk so far
 * @holds: equal addresses prove that a walk is the same
 * @base: the frame that places are counted from
 * @bp_place: where the frame pointer of the function was saved, NULL if not known
 */
struct walk_validity {
	bool			holds;
	unsigned long		*base;
	unsigned long		*bp_place;
};

/* One more frame: @state was unwound from @old, @shifted from @old with bp shifted. */
static void check_step(struct walk_validity *validity, struct irqspan_walk *walk,
		       const struct unwind_state *old, const struct unwind_state *state,
		       const struct unwind_state *shifted)
{
	unsigned long *sp = (unsigned long *)old->sp, *bp = (unsigned long *)old->bp;

	if (shifted->sp == state->sp) {
		/* Either the frame pointer was left alone, or saved in this frame. */
		if (shifted->bp != state->bp + BP_SHIFT)
			validity->bp_place = find_only(sp, (unsigned long *)state->sp - 1,
						       state->bp);
		return;
	}

	/* The next frame was found through bp: count the places from there on. */
	if (shifted->sp != state->sp + BP_SHIFT || !validity->bp_place || bp <= validity->base ||
	    walk->nr_frames == IRQSPAN_WALK_FRAMES - 1 ||
	    validity->bp_place - validity->base > U16_MAX) {
		validity->holds = false;
		return;
	}
	end_frame(walk, validity->bp_place - validity->base);
	validity->base = bp;
	/* By convention the caller's frame pointer is saved at bp. Else its place is not known. */
	validity->bp_place = READ_ONCE_NOCHECK(*bp) == state->bp ? bp : NULL;
}

/*
 * Each variant of walk_frames() sets @addresses to the return addresses, @site to the index
 * of the one that is the call site of the event, and in @walk what irqspan_walk_holds()
 * compares, if a walk can be remembered. Returns how many addresses were found.
 */
static unsigned int walk_frames(struct irqspan_walk *walk, unsigned long frame,
				unsigned long *addresses, unsigned int *site)
{
	struct walk_validity validity = {
		.holds		= true,
		.base		= (unsigned long *)frame,
		/* Where the hook has saved its caller's frame pointer */
		.bp_place	= (unsigned long *)frame,
	};
	struct unwind_state state, old, shifted;
	enum stack_type stack;
	unsigned int n = 0;

	/* The hook's return address is right behind its frame. */
	unwind_start(&state, current, NULL, (unsigned long *)frame + 1);
	if (unwind_error(&state))
		return 0;
	stack = state.stack_info.type;
	while (n < IRQSPAN_WALK_LEN && n < *site + IRQSPAN_PATH_LEN && !unwind_done(&state) &&
	       !state.regs && state.stack_info.type == stack) {
		unsigned long address = unwind_get_return_address(&state);
		unsigned long *place = unwind_get_return_address_ptr(&state);
		unsigned long found;

		if (!address || !place)
			break;
		found = READ_ONCE_NOCHECK(*place);
		/* Another tracer may have changed what is on the stack. */
		if (place - validity.base > U16_MAX || found != address || !is_known_code(address))
			validity.holds = false;
		if (found == walk->site)
			*site = min(*site, n);
		addresses[n++] = address;
		add_check(walk, address, place - validity.base);
		if (is_entry_code(address))
			break;

		old = state;
		shifted = state;
		shifted.bp += BP_SHIFT;
		/* Suppress the ORC warning: the shifted bp need not lead anywhere. */
		shifted.error = true;
		state.error = false;
		unwind_next_frame(&state);
		/* Without ORC data the unwinder guesses, which is right in BPF code only. */
		if (state.error && !is_bpf_text_address(address))
			break;
		/*
		 * Nothing to check if that was the last frame on this stack. What lies between
		 * two stacks must not be read: with VMAP_STACK nothing is mapped there.
		 */
		if (validity.holds && state.stack_info.type == stack) {
			unwind_next_frame(&shifted);
			check_step(&validity, walk, &old, &state, &shifted);
		}
	}
	end_frame(walk, 0);
	if (!validity.holds)
		walk->nr_frames = 0;
	return n;
}

#elif defined(FRAME_RECORDS)

static unsigned int walk_frames(struct irqspan_walk *walk, unsigned long frame,
				unsigned long *addresses, unsigned int *site)
{
	int graph_index = 0;
	unsigned int n = 0;

	while (n < IRQSPAN_WALK_LEN && n < *site + IRQSPAN_PATH_LEN) {
		unsigned long found = frame_return(frame), next = frame_next(frame);
		unsigned long *place = (unsigned long *)frame + IS_ENABLED(CONFIG_X86);
		unsigned long address;

		/* The graph tracer may have changed what is on the stack. */
		address = ftrace_graph_ret_addr(current, &graph_index, found, place);
		if (!__kernel_text_address(address))
			break;
		if (found == walk->site)
			*site = min(*site, n);
		walk->address[n] = address;
		addresses[n++] = address;
		if (is_entry_code(address) || next <= frame || !on_same_stack(frame, next))
			break;
		frame = next;
	}
	walk->nr = n;
	return n;
}

#elif defined(CONFIG_ARCH_STACKWALK) && !defined(CONFIG_UNWINDER_GUESS)

struct walk_cookie {
	unsigned long		*addresses;
	unsigned int		n;
};

static bool walk_frame(void *data, unsigned long address)
{
	struct walk_cookie *cookie = data;

	cookie->addresses[cookie->n++] = address;
	return cookie->n < IRQSPAN_WALK_LEN;
}

/* In an interrupt, arch_stack_walk() does not tell where the interrupted code begins. */
static unsigned int walk_frames(struct irqspan_walk *walk, unsigned long frame,
				unsigned long *addresses, unsigned int *site)
{
	struct walk_cookie cookie = { .addresses = addresses };
	unsigned int i;

	if (interrupt_context_level())
		return 0;
	arch_stack_walk(walk_frame, &cookie, current, NULL);
	for (i = cookie.n; i--; ) {
		if (addresses[i] == walk->site)
			*site = i;
	}
	return cookie.n;
}

#else

static unsigned int walk_frames(struct irqspan_walk *walk, unsigned long frame,
				unsigned long *addresses, unsigned int *site)
{
	return 0;
}

#endif

/**
 * irqspan_walk_stack - find the functions that led to an event, and remember them
 * @walk: where to remember them
 * @generation: &irqspan_walk_generation, which was read before @paths was found
 * @site: call site, as the event tells it, with which the path begins
 * @function: what was asked for
 * @frame: frame of the hook, which is called from the event
 * @paths: the table of paths
 *
 * Context: any; preemption is off.
 */
noinline void irqspan_walk_stack(struct irqspan_walk *walk, u32 generation, unsigned long site,
				 unsigned long function, unsigned long frame,
				 struct irqspan_table *paths)
{
	unsigned long path[IRQSPAN_PATH_LEN] = { site };
	unsigned long addresses[IRQSPAN_WALK_LEN];
	unsigned int first = IRQSPAN_WALK_LEN, n;
	struct irqspan_walk new = {
		.generation	= generation,
		.site		= site,
		.function	= function,
	};

	n = walk_frames(&new, frame, addresses, &first);
	if (first >= n) {
		/* The walk did not reach the call site: only what the event tells is known. */
		new.nr = 0;
		new.nr_frames = 0;
	} else {
		n = min(n - first, IRQSPAN_PATH_LEN);
		memcpy(path, addresses + first, n * sizeof(*path));
		/* The entry code is not a caller. */
		if (n > 1 && is_entry_code(path[n - 1]))
			path[n - 1] = 0;
	}
	new.path = find_path(paths, path);
	/* Assign the finished walk at once: a nested hook may have used *walk meanwhile. */
	*walk = new;
}

NOKPROBE_SYMBOL(irqspan_walk_stack);

/**
 * irqspan_print_path - print a path as one column
 * @m: where to
 * @address: &irqspan_path.address
 */
void irqspan_print_path(struct seq_file *m, const unsigned long *address)
{
	char symbol[IRQSPAN_SYMBOL_LEN];
	unsigned int i;

	seq_puts(m, address[0] ? " " : " -");
	for (i = 0; i < IRQSPAN_PATH_LEN && address[i]; i++) {
		if (i)
			seq_putc(m, '<');
		irqspan_format_function(symbol, address[i]);
		seq_puts(m, symbol);
	}
}

/* Other code may soon be where a module's code, or its code for initialization, was. */
static int module_changed(struct notifier_block *nb, unsigned long state, void *module)
{
	irqspan_walks_forget();
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = { .notifier_call = module_changed };

static int __init irqspan_path_init(void)
{
	return register_module_notifier(&module_notifier);
}
core_initcall(irqspan_path_init);
