/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls from the local_irq_*() macros, see asm/irqflags_thunk.h.
 *
 * All registers are preserved. That the compiler has none to save is what makes
 * the macros free while nobody traces.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/frame.h>
#include <asm/irqflags_thunk.h>
#include <asm/unwind_hints.h>

#ifdef CONFIG_X86_64

.macro TRACE_IRQFLAGS_THUNKS name, func
SYM_FUNC_START(\name)
#ifdef CONFIG_FRAME_POINTER
	ANNOTATE_NOENDBR
	FRAME_BEGIN
#else
	.set .Lword, 0
	.rept IRQFLAGS_THUNK_FRAME
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	pushq (8 + 8 * .Lword)(%rsp)
	jmp .Lcall_\func
	.set .Lword, .Lword + 1
	.org \name + IRQFLAGS_THUNK_SIZE * .Lword, 0xcc
	.endr

	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	pushq 8(%rbp)
	jmp .Lcall_\func
	.org \name + IRQFLAGS_THUNK_SIZE * IRQFLAGS_THUNK_NONE, 0xcc

	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	pushq $0
.Lcall_\func:
#endif
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11

	/* The return addresses of this and of the caller */
	movq (10 * 8)(%rsp), %rdi
	movq (9 * 8)(%rsp), %rsi
#ifdef CONFIG_FRAME_POINTER
	movq 8(%rsi), %rsi
#endif
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
#ifdef CONFIG_FRAME_POINTER
	FRAME_END
#else
	addq $8, %rsp
#endif
	RET
SYM_FUNC_END(\name)
_ASM_NOKPROBE(\name)
.endm

TRACE_IRQFLAGS_THUNKS trace_irqflags_on_thunks, __trace_irqflags_on
TRACE_IRQFLAGS_THUNKS trace_irqflags_off_thunks, __trace_irqflags_off

#endif /* CONFIG_X86_64 */
