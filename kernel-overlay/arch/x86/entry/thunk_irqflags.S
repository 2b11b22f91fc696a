/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls from the cold side of the local_irq_*() macros, see asm/irqflags.h.
 *
 * All registers are preserved. That the compiler has none to save is what makes
 * the macros free while nobody traces.
 */
#include <linux/export.h>
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/frame.h>

#ifdef CONFIG_X86_64

/* The caller pushed the return address of the function that it is in. */
.macro TRACE_IRQFLAGS_THUNK name, func
SYM_FUNC_START(\name)
	ANNOTATE_NOENDBR
	FRAME_BEGIN
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11

	movq (9 * 8 + FRAME_OFFSET)(%rsp), %rdi
	movq (10 * 8 + FRAME_OFFSET)(%rsp), %rsi
	call \func

	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	FRAME_END
	RET
SYM_FUNC_END(\name)
_ASM_NOKPROBE(\name)
EXPORT_SYMBOL(\name)
.endm

TRACE_IRQFLAGS_THUNK trace_irqflags_on_thunk, __trace_irqflags_on
TRACE_IRQFLAGS_THUNK trace_irqflags_off_thunk, __trace_irqflags_off

#endif /* CONFIG_X86_64 */
