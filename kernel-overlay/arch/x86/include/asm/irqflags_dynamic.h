/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls in the local_irq_*() macros and in the entry code that tell who
 * traces the irq flags.
 *
 * Each of them is a static call, which is a no-op while nobody traces. It is made
 * in assembly and clobbers nothing, so that the compiler has no registers to save
 * for it: what is called preserves all of them.
 */
#ifndef _ASM_X86_IRQFLAGS_DYNAMIC_H
#define _ASM_X86_IRQFLAGS_DYNAMIC_H

#include <linux/instruction_pointer.h>
#include <linux/static_call_types.h>

#include <asm/asm.h>

/*
 * @parent_ip is only passed where nothing else tells it, see below. Functions of
 * this type preserve all registers, which for clang is a matter of the type.
 */
typedef void irqflags_call_fn(unsigned long parent_ip) __no_caller_saved_registers;

/* Interrupts are about to be turned off. What is called turns them off, too. */
DECLARE_STATIC_CALL(trace_irqflags_off, irqflags_call_fn);
/* The processor turned them off. */
DECLARE_STATIC_CALL(trace_irqflags_entry, irqflags_call_fn);
/* They are about to be turned on. */
DECLARE_STATIC_CALL(trace_irqflags_on, irqflags_call_fn);

/*
 * Who called the function that turns interrupts off is found by its frame. Without
 * frame pointers and without unwind tables nothing tells where that begins; so at
 * least the functions for locks, in kernel/locking/spinlock.c, pass the address.
 */
#if defined(CONFIG_UNWINDER_GUESS) && defined(IRQFLAGS_PASS_PARENT)
#define IRQFLAGS_CALL_INPUT	"D" (_RET_IP_)
#else
#define IRQFLAGS_CALL_INPUT
#endif

#define arch_trace_irqflags(what)					\
do {									\
	__STATIC_CALL_MOD_ADDRESSABLE(trace_irqflags_##what);		\
	asm volatile("call " STATIC_CALL_TRAMP_STR(trace_irqflags_##what) \
		     : ASM_CALL_CONSTRAINT				\
		     : IRQFLAGS_CALL_INPUT : "memory", "cc");		\
} while (0)

#endif /* _ASM_X86_IRQFLAGS_DYNAMIC_H */
