/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who called the function that turned interrupts off.
 *
 * A hook that is called in place of a no-op gets no arguments. It knows its own
 * return address, and where the stack pointer was in front of the call. With ORC
 * the tables tell how many words above that the return address of the calling
 * function is: always as many at the same place. Looking into the tables takes
 * hundreds of instructions, and must not wait until the span ends: by then the
 * function may have returned. So remember for each place which word it is, and copy
 * that one when interrupts go off. irqflags_slot_hint[] is indexed by the address of
 * the place, and two places may share an entry; so when the parent is asked for, the
 * tables say if it was the right word. If not, the parent is not known.
 */
#ifndef _ASM_X86_IRQFLAGS_FRAME_H
#define _ASM_X86_IRQFLAGS_FRAME_H

#include <linux/compiler.h>
#include <linux/types.h>

#include <asm/asm.h>
#include <asm/irqflags_dynamic.h>

/* Compilers that have the attribute make hooks that need no thunk. */
#if __has_attribute(__no_caller_saved_registers__)
#define IRQFLAGS_DIRECT_CALLS
#endif

/*
 * What a function of type irqflags_call_fn() gives the hooks as the frame. It is
 * to be used in that function, not in one that it calls.
 */
#if defined(CONFIG_FRAME_POINTER)
#define irqflags_call_frame(parent_ip)					\
	((void)(parent_ip), (unsigned long)__builtin_return_address(1))
#elif defined(CONFIG_UNWINDER_ORC) && !defined(__CHECKER__)
/* The stack pointer in front of the call. __builtin_frame_address() takes a frame. */
#define irqflags_call_frame(parent_ip)					\
	((void)(parent_ip), (unsigned long)__builtin_dwarf_cfa())
#else
#define irqflags_call_frame(parent_ip)	(parent_ip)
#endif

#ifdef CONFIG_UNWINDER_ORC

/* Entries of irqflags_slot_hint[], a power of two */
#define IRQFLAGS_SLOT_HINTS	32768

/* What stands for "not known yet"; others are the number of a word + 1. */
#define IRQFLAGS_SLOT_LEARN	0
#define IRQFLAGS_SLOT_MAX	U8_MAX

extern u8 irqflags_slot_hint[IRQFLAGS_SLOT_HINTS];

unsigned long __no_caller_saved_registers irqflags_learn_slot(unsigned long frame);

/**
 * struct irqflags_frame - what is kept of a frame
 * @word: the word that should be the return address
 * @slot: which one that is, + 1
 */
struct irqflags_frame {
	unsigned long	word;
	u8		slot;
};

/**
 * irqflags_frame_save - keep what tells who called the function
 * @to: where to
 * @ip: address behind the call of the hook
 * @frame: the stack pointer in front of that call
 *
 * Context: interrupts off.
 */
static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame)
{
	unsigned long slot = irqflags_slot_hint[ip & (IRQFLAGS_SLOT_HINTS - 1)];
	unsigned long word;

	if (unlikely(slot == IRQFLAGS_SLOT_LEARN))
		slot = irqflags_learn_slot(frame);

	/*
	 * The hint of another place may lead beyond the end of the stack. Then it is
	 * any value, and will not be taken for the right one.
	 */
	asm volatile("1: movq %[from], %[word]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [word] "=r" (word)
		     : [from] "m" (((unsigned long *)frame)[(long)slot - 1]));
	to->word = word;
	to->slot = slot;
}

unsigned long irqflags_frame_parent(unsigned long ip, const struct irqflags_frame *saved);
unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame);

#else /* !CONFIG_UNWINDER_ORC */

#include <linux/spinlock.h>

/* The frame is the return address itself. */
struct irqflags_frame {
	unsigned long	parent;
};

static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame)
{
	to->parent = frame;
}

static inline unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame)
{
	/* Nobody else passes it. */
	if (IS_ENABLED(CONFIG_UNWINDER_GUESS) && !in_lock_functions(ip))
		return 0;
	return frame;
}

static inline unsigned long irqflags_frame_parent(unsigned long ip,
						  const struct irqflags_frame *saved)
{
	return irqflags_live_parent(ip, saved->parent);
}

#endif /* CONFIG_UNWINDER_ORC */

#endif /* _ASM_X86_IRQFLAGS_FRAME_H */
