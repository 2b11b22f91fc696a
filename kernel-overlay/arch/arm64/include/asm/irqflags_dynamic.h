/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls in the local_irq_*() macros and in the entry code that tell who traces
 * the irq flags.
 *
 * Each of them is a no-op while nobody traces, and a branch while somebody does: to
 * a few instructions behind the functions of the file, which call a stub that
 * preserves all registers, see irqflags-stubs.S. So the compiler has nothing to
 * save, and a function that calls no other one remains such a leaf: x30 is saved
 * on the stack before the call, and x16 and x17 belong to calls anyway, because a
 * call that is too far gets a veneer from the linker or from the module loader.
 * Within 4 GB that one uses x16 alone, so that x17 arrives as it was.
 */
#ifndef __ASM_IRQFLAGS_DYNAMIC_H
#define __ASM_IRQFLAGS_DYNAMIC_H

#include <linux/compiler.h>

struct static_key_false;
extern struct static_key_false trace_irqflags_key;

/* Called in assembly only, with arguments in x17 and on the stack */
void trace_irqflags_stub_off(void);
void trace_irqflags_stub_entry(void);
void trace_irqflags_stub_on(void);
void trace_irqflags_stub_restore(void);

/*
 * An entry of the jump table as asm/jump_label.h makes it, but that no C code is
 * what the branch leads to. x17 is what a stub takes for the address of this place.
 * The stack traces have that one too, and never an address in the subsection, of
 * which the symbol table does not know the function.
 */
#define __arch_trace_irqflags(what, save, ...)				\
({									\
	asm_inline __volatile__(					\
		"1:	nop\n"						\
		"2:\n"							\
		"	.subsection 1\n"				\
		"3:	" save "\n"					\
		"	adr	x17, 2b\n"				\
		"	bl	trace_irqflags_stub_" #what "\n"	\
		"	b	2b\n"					\
		"	.previous\n"					\
		"	.pushsection __jump_table, \"aw\"\n"		\
		"	.align	3\n"					\
		"	.long	1b - ., 3b - .\n"			\
		"	.quad	%c[key] - .\n"				\
		"	.popsection\n"					\
		: : [key] "i" (&trace_irqflags_key), ##__VA_ARGS__	\
		: "x16", "x17", "cc", "memory");			\
})

/*
 * off: interrupts are about to be turned off, and the stub does so if they are on.
 * entry: the processor turned them off. on: they are about to be turned on.
 */
#define arch_trace_irqflags(what)					\
	__arch_trace_irqflags(what, "str	x30, [sp, #-16]!")

/* They are about to be turned on if @flags say so, which is for the stub to see. */
#define arch_trace_irqflags_restore(flags)				\
	__arch_trace_irqflags(restore, "stp	x30, %x[irqflags], [sp, #-16]!", \
			      [irqflags] "rZ" (flags))

/*
 * As arch_local_irq_save() has it: where interrupts are masked by their priority, there is
 * more than one state in which they are off, and the one that @flags tell of is kept.
 */
#define arch_irq_disable_saved(flags)					\
	do {								\
		if (!system_uses_irq_prio_masking())			\
			__daif_local_irq_disable();			\
		else if (!__pmr_irqs_disabled_flags(flags))		\
			__pmr_local_irq_disable();			\
	} while (0)

#endif /* __ASM_IRQFLAGS_DYNAMIC_H */
