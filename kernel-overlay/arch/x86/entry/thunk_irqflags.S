/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the static calls of asm/irqflags_dynamic.h call, unless a hook preserves all
 * registers by itself. These do it for functions in C, which get the address behind
 * the call and what is known of the frame of the function that it is in.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>

.macro TRACE_IRQFLAGS_THUNK name, func
SYM_FUNC_START(\name)
	/* Begins a frame, if there are any; else irqflags_frame_pointer() reads rbp from here. */
	pushq %rbp
#ifdef CONFIG_FRAME_POINTER
	movq %rsp, %rbp
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

#if defined(CONFIG_FRAME_POINTER)
	/* The caller has a frame of its own, with its return address. */
	movq (%rbp), %rsi
	movq 8(%rsi), %rsi
#elif defined(CONFIG_UNWINDER_ORC)
	/* The stack pointer in front of the call */
	leaq (11 * 8)(%rsp), %rsi
#else
	/* The return address of the caller; only the lock functions pass it. */
	movq %rdi, %rsi
#endif
	movq (10 * 8)(%rsp), %rdi
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
	popq %rbp
	RET
SYM_FUNC_END(\name)
_ASM_NOKPROBE(\name)
.endm

TRACE_IRQFLAGS_THUNK trace_irqflags_off_thunk, trace_irqflags_report_off
TRACE_IRQFLAGS_THUNK trace_irqflags_entry_thunk, trace_irqflags_report_entry
TRACE_IRQFLAGS_THUNK trace_irqflags_on_thunk, trace_irqflags_report_on
