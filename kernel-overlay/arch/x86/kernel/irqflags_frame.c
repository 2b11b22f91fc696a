// SPDX-License-Identifier: GPL-2.0
/*
 * Who called the function that turned interrupts off, see asm/irqflags_frame.h.
 */
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rethook.h>
#include <linux/string.h>

#include <asm/irqflags_frame.h>
#include <asm/unwind.h>

u8 irqflags_slot_hint[IRQFLAGS_SLOT_HINTS];

/*
 * What the tables said, by address. An entry has all bits of the address but the
 * uppermost eight, which are ones all over the kernel, and below them the answer:
 * it changes at once.
 */
#define SLOTS		2048
#define SLOT_UNKNOWN	U8_MAX

static unsigned long slots[SLOTS];

/* How many words above @frame the return address is, as the tables say */
static unsigned int unwind_slot(unsigned long ip, unsigned long frame)
{
	struct pt_regs regs = {
		.ip = ip,
		.sp = frame,
		.cs = __KERNEL_CS,
	};
	struct unwind_state state;
	unsigned long slot;

	/* That is one step already: away from the frame that the registers are of. */
	unwind_start(&state, current, &regs, NULL);
	if (unwind_done(&state) || unwind_error(&state) || state.regs)
		return SLOT_UNKNOWN;
	slot = (state.sp - frame) / sizeof(long) - 1;
	return slot < SLOT_UNKNOWN ? slot : SLOT_UNKNOWN;
}

/*
 * The same, remembered. If @frame is not that of the function, the answer may be
 * SLOT_UNKNOWN only because the stack ends before.
 */
static unsigned int find_slot(unsigned long ip, unsigned long frame, bool live)
{
	unsigned long *entry = &slots[ip % SLOTS], found;

	found = READ_ONCE(*entry) ^ ip << BITS_PER_BYTE;
	if (likely(found <= SLOT_UNKNOWN))
		return found;
	/* Of the call itself: what follows it may have another frame. */
	found = unwind_slot(ip - 1, frame);
	if (live || found != SLOT_UNKNOWN)
		WRITE_ONCE(*entry, ip << BITS_PER_BYTE | found);
	return found;
}

static u8 *slot_hint(unsigned long ip)
{
	return &irqflags_slot_hint[ip & (IRQFLAGS_SLOT_HINTS - 1)];
}

/**
 * irqflags_learn_slot - find out which word at a place is the return address
 * @frame: the stack pointer in front of the call of the hook
 *
 * Context: any. Preserves all registers.
 * Return: the number of the word + 1. Where it is not known that is any word:
 * nobody will look at it.
 */
noinline unsigned long __no_caller_saved_registers irqflags_learn_slot(unsigned long frame)
{
	/* That is what the call pushed. */
	unsigned long ip = ((unsigned long *)frame)[-1];
	unsigned int slot = find_slot(ip, frame, true);
	u8 hint = slot == SLOT_UNKNOWN ? 1 : slot + 1;

	WRITE_ONCE(*slot_hint(ip), hint);
	return hint;
}

NOKPROBE_SYMBOL(irqflags_learn_slot);

/* A return address that a tracer of functions put there tells nothing. */
static unsigned long parent_or_0(unsigned long parent)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	if (parent == (unsigned long)return_to_handler)
		return 0;
#endif
	return is_rethook_trampoline(parent) ? 0 : parent;
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
	/* The answer does not depend on what is on the stack, so that this one will do. */
	unsigned int slot = find_slot(ip, (unsigned long)__builtin_frame_address(0), false);

	if (slot == SLOT_UNKNOWN)
		return 0;
	if (likely(saved->slot == slot + 1))
		return parent_or_0(saved->word);
	/* The hint was that of another place. The next time it is that of this one. */
	WRITE_ONCE(*slot_hint(ip), slot + 1);
	return 0;
}

NOKPROBE_SYMBOL(irqflags_frame_parent);

/**
 * irqflags_live_parent - the parent of who is turning interrupts on or off
 * @ip: address behind the call of the hook, which did not return yet
 * @frame: the stack pointer in front of that call
 *
 * Context: any.
 * Return: return address of the function that @ip is in, 0 if not known.
 */
unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame)
{
	unsigned int slot = find_slot(ip, frame, true);

	if (slot == SLOT_UNKNOWN)
		return 0;
	return parent_or_0(READ_ONCE_NOCHECK(((unsigned long *)frame)[slot]));
}

NOKPROBE_SYMBOL(irqflags_live_parent);

#ifdef CONFIG_MODULES
/* A new module may be where another one was. None of its code ran yet. */
static int module_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	if (state == MODULE_STATE_COMING) {
		for (unsigned int i = 0; i < SLOTS; i++)
			WRITE_ONCE(slots[i], 0);
		memset(irqflags_slot_hint, IRQFLAGS_SLOT_LEARN, sizeof(irqflags_slot_hint));
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
