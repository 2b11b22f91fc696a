/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who called the function that turned interrupts off.
 *
 * A hook that is called in place of a no-op gets no arguments. It knows its own
 * return address, and where the stack pointer was in front of the call. With ORC
 * the tables tell how many words above that the return address of the calling
 * function is, always as many at the same place; or that the function has a frame
 * pointer. Looking into the tables takes hundreds of instructions, and must not wait
 * until the span ends: by then the function may have returned. So remember for each
 * place where its return address is, and copy that word when interrupts go off.
 * irqflags_hints[] is indexed by the address of the place, and two places may share
 * an entry; so when the parent is asked for, the tables say if it was the right
 * word. If not, the parent is not known.
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

/*
 * What the register for the frame pointer was in front of the call: 0 if not known.
 * A hook that is called directly is compiled by gcc so that it leaves the register
 * alone; clang gives it a frame, and so saves the register below the return address,
 * as does the thunk.
 */
static __always_inline unsigned long irqflags_frame_pointer(unsigned long frame, bool direct)
{
	unsigned long pointer = 0;

	if (!direct || IS_ENABLED(CONFIG_CC_IS_CLANG))
		return ((unsigned long *)frame)[-2];
#ifdef IRQFLAGS_FIXED_RBP
	asm volatile("movq %%rbp, %0" : "=r" (pointer));
#endif
	return pointer;
}

/* Entries of irqflags_hints[], a power of two */
#define IRQFLAGS_HINTS		32768

/* Where the return address is. From %IRQFLAGS_HINT_STACK on: how many words up + that */
enum irqflags_hint {
	IRQFLAGS_HINT_LEARN,		/* not looked up yet */
	IRQFLAGS_HINT_POINTER,		/* one word above the frame pointer */
	IRQFLAGS_HINT_STACK,
	IRQFLAGS_HINT_UNKNOWN = U8_MAX,
};

extern u8 irqflags_hints[IRQFLAGS_HINTS];

unsigned int __no_caller_saved_registers irqflags_learn_hint(unsigned long frame);

/**
 * struct irqflags_frame - what is kept of a frame
 * @word: the word that should be the return address
 * @hint: where it was, &enum irqflags_hint
 */
struct irqflags_frame {
	unsigned long	word;
	unsigned int	hint;
};

void __no_caller_saved_registers irqflags_read_parent(struct irqflags_frame *to,
						      unsigned long frame);

/**
 * irqflags_frame_save - keep what tells who called the function
 * @to: where to
 * @ip: address behind the call of the hook
 * @frame: the stack pointer in front of that call
 * @direct: there is no thunk in between
 *
 * Context: interrupts off.
 */
static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame, bool direct)
{
	unsigned int hint = READ_ONCE(irqflags_hints[ip & (IRQFLAGS_HINTS - 1)]);
	unsigned long word;

	if (unlikely(hint < IRQFLAGS_HINT_STACK)) {
		if (hint == IRQFLAGS_HINT_LEARN)
			hint = irqflags_learn_hint(frame);
		if (hint == IRQFLAGS_HINT_POINTER) {
			to->word = irqflags_frame_pointer(frame, direct);
			to->hint = hint;
			irqflags_read_parent(to, frame);
			return;
		}
	}

	/*
	 * The hint of another place may lead beyond the end of the stack. Then it is
	 * any value, and will not be taken for the right one.
	 */
	asm volatile("1: movq %[from], %[word]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [word] "=r" (word)
		     : [from] "m" (((unsigned long *)frame)[(long)hint - IRQFLAGS_HINT_STACK]));
	to->word = word;
	to->hint = hint;
}

unsigned long irqflags_frame_parent(unsigned long ip, const struct irqflags_frame *saved);
unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame, unsigned long pointer);

#else /* !CONFIG_UNWINDER_ORC */

#include <linux/irqflags_parent.h>
#include <linux/spinlock.h>

/* The frame is the return address itself. */
struct irqflags_frame {
	unsigned long	parent;
};

static __always_inline unsigned long irqflags_frame_pointer(unsigned long frame, bool direct)
{
	return 0;
}

static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame, bool direct)
{
	to->parent = frame;
}

static inline unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame,
						 unsigned long pointer)
{
	/* Nobody else passes it. */
	if (IS_ENABLED(CONFIG_UNWINDER_GUESS) && !in_lock_functions(ip))
		return 0;
	return irqflags_real_parent(frame);
}

static inline unsigned long irqflags_frame_parent(unsigned long ip,
						  const struct irqflags_frame *saved)
{
	return irqflags_live_parent(ip, saved->parent, 0);
}

#endif /* CONFIG_UNWINDER_ORC */

#endif /* _ASM_X86_IRQFLAGS_FRAME_H */
