/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Targets of the call sites in asm/irqflags_dynamic.h while the irq flags are traced.
 *
 * All registers are preserved but x16 and x17. The hooks in C are compiled with
 * CC_FLAGS_IRQFLAGS_HOOK, so that they leave alone all but x0 to x8, and those that
 * a function has to preserve anyway. What they call in turn goes through
 * trace_irqflags_call_long().
 */
#include <linux/export.h>
#include <linux/linkage.h>
#include <linux/const.h>

#include <asm/alternative.h>
#include <asm/assembler.h>
#include <asm/cpucaps.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

/* As struct irqflags_stub_frame has it, up to what the place has pushed */
#define FRAME_SIZE	96

/* PSR_I_BIT is bit number: */
#define PSR_I_BIT_NR	7

/* From a module that is far away it is an indirect branch that leads here. */
#ifdef CONFIG_ARM64_BTI_KERNEL
#define STUB_START(name) SYM_CODE_START(name) bti c ;
#else
#define STUB_START(name) SYM_CODE_START(name)
#endif

	.pushsection .noinstr.text, "ax"

/*
 * x30: where to return to. x17: the address of the place. On the stack is x30 as it
 * was, and the flags that are to be restored.
 */
	.macro	call_hook hook
	stp	x29, x17, [sp, #-FRAME_SIZE]!
	mov	x29, sp
	stp	x30, x8, [sp, #16]
	stp	x0, x1, [sp, #32]
	stp	x2, x3, [sp, #48]
	stp	x4, x5, [sp, #64]
	stp	x6, x7, [sp, #80]
	mov	x0, x17
	mov	x1, sp
	ldr_l	x8, \hook, x8
	blr	x8
	ldp	x6, x7, [sp, #80]
	ldp	x4, x5, [sp, #64]
	ldp	x2, x3, [sp, #48]
	ldp	x0, x1, [sp, #32]
	ldp	x16, x8, [sp, #16]
	ldp	x29, x17, [sp], #FRAME_SIZE
	ldr	x30, [sp], #16
	ret	x16
	.endm

	/* Where interrupts are masked by their priority */
	.macro	if_prio_masking label
#ifdef CONFIG_ARM64_PSEUDO_NMI
alternative_if ARM64_HAS_GIC_PRIO_MASKING
	b	\label
alternative_else_nop_endif
#endif
	.endm

/* Interrupts are about to be turned off: do so, and tell who traces them. */
STUB_START(trace_irqflags_stub_off)
	if_prio_masking .Lprio_off
	/* They are off all through an NMI, which may have hit a hook. */
	mrs	x16, daif
	tbnz	x16, #PSR_I_BIT_NR, .Lreturn
	msr	daifset, #3
.Lcall_off:
	call_hook trace_irqflags_hook_off

#ifdef CONFIG_ARM64_PSEUDO_NMI
.Lprio_off:
	mrs_s	x16, SYS_ICC_PMR_EL1
	cmp	x16, #GIC_PRIO_IRQON
	b.ne	.Lreturn
	mov	x16, #GIC_PRIO_IRQOFF
	msr_s	SYS_ICC_PMR_EL1, x16
	b	.Lcall_off
#endif
SYM_CODE_END(trace_irqflags_stub_off)
EXPORT_SYMBOL(trace_irqflags_stub_off)

/* The processor turned them off. */
STUB_START(trace_irqflags_stub_entry)
	call_hook trace_irqflags_hook_off
SYM_CODE_END(trace_irqflags_stub_entry)
EXPORT_SYMBOL(trace_irqflags_stub_entry)

/* They are about to be turned on. If they are on, there is nothing to tell. */
STUB_START(trace_irqflags_stub_on)
.Lon:
	if_prio_masking .Lprio_on
	mrs	x16, daif
	tbz	x16, #PSR_I_BIT_NR, .Lreturn
.Lcall_on:
	call_hook trace_irqflags_hook_on

#ifdef CONFIG_ARM64_PSEUDO_NMI
.Lprio_on:
	mrs_s	x16, SYS_ICC_PMR_EL1
	cmp	x16, #GIC_PRIO_IRQON
	b.ne	.Lcall_on
	b	.Lreturn
#endif
SYM_CODE_END(trace_irqflags_stub_on)
EXPORT_SYMBOL(trace_irqflags_stub_on)

/* As stub_on, if the flags that the call site has pushed have interrupts enabled. */
STUB_START(trace_irqflags_stub_restore)
	ldr	x16, [sp, #8]
	if_prio_masking .Lprio_restore
	tbz	x16, #PSR_I_BIT_NR, .Lon
.Lreturn:
	mov	x16, x30
	ldr	x30, [sp], #16
	ret	x16

#ifdef CONFIG_ARM64_PSEUDO_NMI
.Lprio_restore:
	cmp	x16, #GIC_PRIO_IRQON
	b.eq	.Lon
	b	.Lreturn
#endif
SYM_CODE_END(trace_irqflags_stub_restore)
EXPORT_SYMBOL(trace_irqflags_stub_restore)

/*
 * unsigned long trace_irqflags_call_long(unsigned long a, unsigned long b,
 *					  unsigned long c, unsigned long d,
 *					  void *function)
 *
 * Calls what may use the registers that the stubs have not saved.
 */
SYM_FUNC_START(trace_irqflags_call_long)
	stp	x29, x30, [sp, #-80]!
	mov	x29, sp
	stp	x9, x10, [sp, #16]
	stp	x11, x12, [sp, #32]
	stp	x13, x14, [sp, #48]
#ifdef CONFIG_SHADOW_CALL_STACK
	/* x18 points to the shadow stack: nobody saves it where it could be read. */
	str	x15, [sp, #64]
#else
	stp	x15, x18, [sp, #64]
#endif
	blr	x4
#ifdef CONFIG_SHADOW_CALL_STACK
	ldr	x15, [sp, #64]
#else
	ldp	x15, x18, [sp, #64]
#endif
	ldp	x13, x14, [sp, #48]
	ldp	x11, x12, [sp, #32]
	ldp	x9, x10, [sp, #16]
	ldp	x29, x30, [sp], #80
	ret
SYM_FUNC_END(trace_irqflags_call_long)

	.popsection
