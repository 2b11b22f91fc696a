// SPDX-License-Identifier: GPL-2.0
/*
 * Who called the function that turned interrupts off, see asm/irqflags_frame.h.
 */
#include <linux/bitmap.h>
#include <linux/init.h>
#include <linux/irqflags_parent.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/irqflags_frame.h>
#include <asm/unwind.h>

u8 irqflags_hints[IRQFLAGS_HINTS];

/*
 * What the tables said, by address. An entry has all bits of the address but the
 * uppermost eight, which are ones all over the kernel, and below them the answer, an
 * enum irqflags_hint: one write changes both.
 */
#define ANSWERS		2048

static unsigned long answers[ANSWERS];

/* The stack pointer behind the return of the function, or 0 */
static unsigned long unwind_once(unsigned long ip, unsigned long *sp, unsigned long *bp)
{
	struct pt_regs regs = {
		.ip = ip,
		.sp = (unsigned long)sp,
		.bp = (unsigned long)bp,
		.cs = __KERNEL_CS,
	};
	struct unwind_state state;

	/* That is one step already: away from the frame that the registers are of. */
	unwind_start(&state, current, &regs, NULL);
	if (unwind_done(&state) || unwind_error(&state) || state.regs)
		return 0;
	return state.sp;
}

/*
 * Ask the tables, by pretending that the function's frame is on this stack: what
 * it holds does not matter. Ask once more with another frame pointer: if the answer
 * changes, it is the frame pointer that the tables go by, else the stack pointer.
 */
static noinline unsigned int unwind_hint(unsigned long ip)
{
	unsigned long fake[4] = { 0 };
	unsigned long first = unwind_once(ip, &fake[0], &fake[1]);
	unsigned long second = unwind_once(ip, &fake[0], &fake[2]);
	unsigned long up;

	if (!first || !second)
		return IRQFLAGS_HINT_UNKNOWN;
	if (first == second) {
		up = (first - (unsigned long)&fake[0]) / sizeof(long) - 1 + IRQFLAGS_HINT_STACK;
		return min(up, IRQFLAGS_HINT_UNKNOWN);
	}
	if (first == (unsigned long)&fake[3] && second == first + sizeof(long))
		return IRQFLAGS_HINT_POINTER;
	return IRQFLAGS_HINT_UNKNOWN;
}

/* The same, remembered. If it is not, the answer is %IRQFLAGS_HINT_LEARN or too large. */
static __always_inline unsigned long remembered_hint(unsigned long ip)
{
	return READ_ONCE(answers[ip % ANSWERS]) ^ ip << BITS_PER_BYTE;
}

/*
 * Remembered or not. Without @live the function may have returned: then the unwinder may
 * find no answer only because the stack has become too short for the frame that is
 * pretended, and that is not remembered.
 */
static noinline unsigned int find_hint(unsigned long ip, bool live)
{
	unsigned long found = remembered_hint(ip);

	if (found <= IRQFLAGS_HINT_UNKNOWN && found != IRQFLAGS_HINT_LEARN)
		return found;
	/* Of the call itself: what follows it may have another frame. */
	found = unwind_hint(ip - 1);
	if (live || found != IRQFLAGS_HINT_UNKNOWN)
		WRITE_ONCE(answers[ip % ANSWERS], ip << BITS_PER_BYTE | found);
	return found;
}

/* Which of irqflags_hints[] are those of lock functions */
static DECLARE_BITMAP(lock_hints, IRQFLAGS_HINTS);

/*
 * Two places may share an entry. If one is in a lock function, the entry is its own: without
 * its caller nobody knows who took the lock. Without that of any other function, only how it
 * came about is not known.
 */
static void set_hint(unsigned long ip, unsigned int hint)
{
	unsigned long entry = ip & (IRQFLAGS_HINTS - 1);

	if (in_lock_functions(ip))
		set_bit(entry, lock_hints);
	else if (test_bit(entry, lock_hints))
		return;
	WRITE_ONCE(irqflags_hints[entry], hint);
}

/**
 * irqflags_learn_hint - find out where at a place the return address is
 * @frame: the stack pointer in front of the call of the hook
 *
 * Context: any. Preserves all registers.
 * Return: &enum irqflags_hint. Where it is not known that is any word: nobody will
 * look at it.
 */
noinline unsigned int __no_caller_saved_registers irqflags_learn_hint(unsigned long frame)
{
	/* The return address that the call to the hook has pushed */
	unsigned long ip = ((unsigned long *)frame)[-1];
	unsigned int hint = find_hint(ip, true);

	if (hint == IRQFLAGS_HINT_UNKNOWN)
		hint = IRQFLAGS_HINT_STACK;
	set_hint(ip, hint);
	return hint;
}

NOKPROBE_SYMBOL(irqflags_learn_hint);

/* The return address of a function that has a frame pointer, 0 if that is none */
static unsigned long read_parent(unsigned long frame, unsigned long pointer)
{
	unsigned long parent;

	/* The hint may have been that of another place. */
	if (pointer < frame || pointer - frame >= THREAD_SIZE || pointer % sizeof(long) ||
	    get_kernel_nofault(parent, (unsigned long *)pointer + 1))
		return 0;
	return parent;
}

/**
 * irqflags_read_parent - the way of irqflags_frame_save() with a frame pointer
 * @to: has the pointer in @word, and gets the return address
 * @frame: the stack pointer in front of the call of the hook
 *
 * Context: interrupts off. Preserves all registers.
 */
noinline void __no_caller_saved_registers irqflags_read_parent(struct irqflags_frame *to,
							       unsigned long frame)
{
	to->word = read_parent(frame, to->word);
}

NOKPROBE_SYMBOL(irqflags_read_parent);

static noinline unsigned long find_frame_parent(unsigned long ip,
						const struct irqflags_frame *saved)
{
	unsigned int hint = find_hint(ip, false);

	if (hint == IRQFLAGS_HINT_UNKNOWN)
		return 0;
	if (saved->hint == hint)
		return irqflags_real_parent(saved->word);
	/* The hint was that of another place. The next time it is that of this one, if it can. */
	set_hint(ip, hint);
	return 0;
}

/**
 * irqflags_frame_parent - the parent of who turned interrupts off
 * @ip: address behind the call of the hook
 * @saved: what irqflags_frame_save() kept
 *
 * Context: any.
 * Return: return address of the function that @ip is in, 0 if not known.
 */
unsigned long irqflags_frame_parent(unsigned long ip, const struct irqflags_frame *saved)
{
	unsigned long hint = remembered_hint(ip);

	/* A hint that was saved is not one that is to be learned. */
	if (likely(hint == saved->hint && hint != IRQFLAGS_HINT_UNKNOWN))
		return irqflags_real_parent(saved->word);
	return find_frame_parent(ip, saved);
}

NOKPROBE_SYMBOL(irqflags_frame_parent);

/* The return address where the hint says so, which is not that of a frame pointer */
static __always_inline unsigned long read_stack_parent(unsigned long frame, unsigned long hint)
{
	const unsigned long *stack = (const unsigned long *)frame;

	return irqflags_real_parent(READ_ONCE_NOCHECK(stack[hint - IRQFLAGS_HINT_STACK]));
}

static noinline unsigned long find_live_parent(unsigned long ip, unsigned long frame,
					       unsigned long pointer)
{
	unsigned int hint = find_hint(ip, true);

	if (hint == IRQFLAGS_HINT_UNKNOWN)
		return 0;
	if (hint == IRQFLAGS_HINT_POINTER)
		return irqflags_real_parent(read_parent(frame, pointer));
	return read_stack_parent(frame, hint);
}

/**
 * irqflags_live_parent - the parent of who is turning interrupts on or off
 * @ip: address behind the call of the hook, which did not return yet
 * @frame: the stack pointer in front of that call
 * @pointer: irqflags_frame_pointer()
 *
 * Context: any.
 * Return: return address of the function that @ip is in, 0 if not known.
 */
unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame, unsigned long pointer)
{
	unsigned long hint = remembered_hint(ip);

	if (unlikely(hint < IRQFLAGS_HINT_STACK || hint >= IRQFLAGS_HINT_UNKNOWN))
		return find_live_parent(ip, frame, pointer);
	return read_stack_parent(frame, hint);
}

NOKPROBE_SYMBOL(irqflags_live_parent);

#ifdef CONFIG_MODULES
/* A new module may be where another one was. None of its code ran yet. */
static int module_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	if (state == MODULE_STATE_COMING) {
		for (unsigned int i = 0; i < ANSWERS; i++)
			WRITE_ONCE(answers[i], 0);
		memset(irqflags_hints, IRQFLAGS_HINT_LEARN, sizeof(irqflags_hints));
		bitmap_zero(lock_hints, IRQFLAGS_HINTS);
	}
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_notify,
};

static int __init irqflags_frame_init(void)
{
	return register_module_notifier(&module_notifier);
}
early_initcall(irqflags_frame_init);
#endif /* CONFIG_MODULES */
