/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the local_irq_*() macros call while interrupt flags are traced.
 *
 * The call is patched into the function that disables or enables interrupts, and
 * has no room for arguments. Who called that function is found where the unwind
 * tables say, when the call is patched: there is one thunk for each distance of
 * the return address from the stack pointer.
 */
#ifndef _ASM_X86_IRQFLAGS_THUNK_H
#define _ASM_X86_IRQFLAGS_THUNK_H

/*
 * The distances are less than this, in words. One more thunk is for functions that
 * have a frame pointer, and one for those where it is not known.
 */
#define IRQFLAGS_THUNK_FRAME	64
#define IRQFLAGS_THUNK_NONE	65
/* Bytes from one thunk to the next */
#define IRQFLAGS_THUNK_SIZE	16

#ifndef __ASSEMBLER__

/* Preserve all registers; the second one returns with interrupts off. */
extern const char trace_irqflags_on_thunks[];
extern const char trace_irqflags_off_thunks[];

#endif /* __ASSEMBLER__ */

#endif /* _ASM_X86_IRQFLAGS_THUNK_H */
