// SPDX-License-Identifier: GPL-2.0
/*
 * Who called the function that turned interrupts off: see asm/irqflags_frame.h.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/irqflags_parent.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include <asm/compiler.h>
#include <asm/insn.h>
#include <asm/irqflags_frame.h>

/* Which of the two addresses is the return address */
enum irqflags_verdict {
	IRQFLAGS_NOT_CERTAIN,
	IRQFLAGS_LR,		/* what x30 was */
	IRQFLAGS_RECORD_LR,	/* the one in the frame record */
};

/**
 * struct irqflags_known - a verdict that was found before
 * @ip: address of the place; 0 while the others are written
 * @lr: what x30 was; nothing else is needed to find the verdict
 * @generation: &known_generation when it was found
 * @verdict: the verdict
 */
struct irqflags_known {
	unsigned long		ip;
	unsigned long		lr;
	unsigned int		generation;
	enum irqflags_verdict	verdict;
};

/*
 * To find one takes hundreds of instructions, and most spans are of the same few
 * functions.
 */
#define KNOWN_BITS	8
#define KNOWN_SIZE	BIT(KNOWN_BITS)

static DEFINE_PER_CPU(struct irqflags_known[KNOWN_SIZE], irqflags_known);

/*
 * Where in the table a verdict is. The callers of a function for locks differ in @lr alone,
 * those in one function only in its low bits. Both are multiples of 4.
 */
static __always_inline unsigned int known_index(unsigned long ip, unsigned long lr)
{
	return (ip ^ lr ^ lr >> KNOWN_BITS) >> 2 & (KNOWN_SIZE - 1);
}

/* Changes when there may be another function at the same address. */
static unsigned int known_generation;

/* The instruction in front of @addr; 0, which is no call, if there is none */
static notrace u32 insn_before(unsigned long addr)
{
	/* The module that it is in may not go away meanwhile. */
	guard(preempt_notrace)();
	if (!IS_ALIGNED(addr, AARCH64_INSN_SIZE) ||
	    !kernel_text_address(addr - AARCH64_INSN_SIZE))
		return 0;
	return le32_to_cpu(READ_ONCE(*(__le32 *)(addr - AARCH64_INSN_SIZE)));
}

static noinline notrace enum irqflags_verdict find_verdict(unsigned long ip, unsigned long lr)
{
	unsigned long size, offset;
	u32 insn;

	if (!irqflags_real_parent(lr))
		return IRQFLAGS_NOT_CERTAIN;
	insn = insn_before(lr);
	/* That of a kprobe, perhaps in the place of a call */
	if (aarch64_insn_is_brk(insn))
		return IRQFLAGS_NOT_CERTAIN;
	/* x30 is used for something else; with clang perhaps without a frame record. */
	if (!aarch64_insn_is_bl(insn) && !aarch64_insn_is_blr(insn))
		return IS_ENABLED(CONFIG_CC_IS_GCC) ? IRQFLAGS_RECORD_LR : IRQFLAGS_NOT_CERTAIN;

	/* None of the functions for locks calls another one of them. */
	if (in_lock_functions(ip))
		return in_lock_functions(lr) ? IRQFLAGS_RECORD_LR : IRQFLAGS_LR;

	if (!kallsyms_lookup_size_offset(ip, &size, &offset))
		return IRQFLAGS_NOT_CERTAIN;
	/* Where the function ends with a call that does not return, it may point there. */
	return lr - (ip - offset) - 1 < size ? IRQFLAGS_RECORD_LR : IRQFLAGS_LR;
}

static __always_inline unsigned long pick_parent(enum irqflags_verdict verdict, unsigned long lr,
						 unsigned long record_lr)
{
	switch (verdict) {
	case IRQFLAGS_LR:
		return lr;
	case IRQFLAGS_RECORD_LR:
		return irqflags_real_parent(ptrauth_strip_kernel_insn_pac(record_lr));
	default:
		return 0;
	}
}

static noinline notrace unsigned long find_parent(unsigned long ip, unsigned long lr,
						  unsigned long record_lr,
						  struct irqflags_known *known)
{
	unsigned int generation = READ_ONCE(known_generation);
	enum irqflags_verdict verdict = find_verdict(ip, lr);

	/*
	 * What is known belongs to this CPU, with interrupts off. An NMI, which may have
	 * hit this, only reads it, and sees all of it or nothing. What is not certain may
	 * be so later, when a kprobe has gone.
	 */
	if (verdict != IRQFLAGS_NOT_CERTAIN && raw_irqs_disabled() && !in_nmi()) {
		WRITE_ONCE(known->ip, 0);
		barrier();
		known->lr = lr;
		known->generation = generation;
		known->verdict = verdict;
		barrier();
		WRITE_ONCE(known->ip, ip);
	}
	return pick_parent(verdict, lr, record_lr);
}

/**
 * irqflags_frame_parent - who called the function that turned interrupts off
 * @ip: address of the place
 * @saved: what irqflags_frame_save() kept there
 *
 * Context: any in which RCU is watching.
 * Return: the return address, 0 if it is not certain.
 */
unsigned long notrace irqflags_frame_parent(unsigned long ip, const struct irqflags_frame *saved)
{
	unsigned long lr = ptrauth_strip_kernel_insn_pac(saved->lr);
	struct irqflags_known *known;

	known = raw_cpu_ptr(&irqflags_known[known_index(ip, lr)]);
	if (raw_irqs_disabled() && READ_ONCE(known->ip) == ip && known->lr == lr &&
	    known->generation == READ_ONCE(known_generation))
		return pick_parent(known->verdict, lr, saved->record_lr);

	return find_parent(ip, lr, saved->record_lr, known);
}

NOKPROBE_SYMBOL(irqflags_frame_parent);

#ifdef CONFIG_MODULES
static int forget_known(struct notifier_block *nb, unsigned long state, void *module)
{
	if (state == MODULE_STATE_COMING || state == MODULE_STATE_GOING)
		WRITE_ONCE(known_generation, known_generation + 1);
	return NOTIFY_OK;
}

static struct notifier_block forget_known_nb = {
	.notifier_call = forget_known,
};

static int __init irqflags_known_init(void)
{
	return register_module_notifier(&forget_known_nb);
}
core_initcall(irqflags_known_init);
#endif
