/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who called the function that turned interrupts off.
 *
 * The stubs in irqflags-stubs.S know two addresses: what x30 was, and the return
 * address in the frame record that x29 points to. One of them is the right one:
 *
 *  - A function that calls no other one may do without a frame record, and may not
 *    write to x30 then: its return address is in x30, and what is in the frame
 *    record is that of its caller.
 *  - Any other function has a frame record from its first call on. As the kernel
 *    is built with frame pointers, so has one that uses x30 for something else.
 *
 * So if x30 is an address behind a call, and not in the function itself, nothing has
 * been written to x30 yet, and it is the return address. If it is an address in the
 * function itself, it is where the last call returned to, and the frame record is
 * that of the function. All this need not be looked at before somebody asks for the
 * answer: till then both are kept.
 */
#ifndef __ASM_IRQFLAGS_FRAME_H
#define __ASM_IRQFLAGS_FRAME_H

#include <linux/kconfig.h>
#include <linux/types.h>

#include <asm/memory.h>

/**
 * struct irqflags_stub_frame - what a stub in irqflags-stubs.S leaves on the stack
 * @record: frame record: x29, and the address of the place
 * @registers: x30 and x8, x0 to x7; for the stub to restore
 * @lr: what x30 was
 * @flags: flags that are to be restored, for a stub that has such
 */
struct irqflags_stub_frame {
	unsigned long	record[2];
	unsigned long	registers[10];
	unsigned long	lr;
	unsigned long	flags;
};

/**
 * struct irqflags_frame - what is kept of a frame
 * @lr: what x30 was
 * @record_lr: the return address in the frame record that x29 pointed to
 */
struct irqflags_frame {
	unsigned long	lr;
	unsigned long	record_lr;
};

/* The stub's frame has all that there is to know. */
static __always_inline unsigned long irqflags_frame_pointer(unsigned long frame, bool direct)
{
	return 0;
}

/* Whether @record, 16 bytes, is on the stack of @frame: stacks are aligned to their size. */
static __always_inline bool irqflags_is_record(unsigned long frame, unsigned long record)
{
	return !((frame ^ record) & (~(THREAD_SIZE - 1) | (2 * sizeof(long) - 1)));
}

/**
 * irqflags_frame_save - keep what tells who called the function
 * @to: where to
 * @ip: address of the place
 * @frame: &struct irqflags_stub_frame
 * @direct: never; there is a stub in between
 *
 * Context: interrupts off.
 */
static __always_inline void irqflags_frame_save(struct irqflags_frame *to, unsigned long ip,
						unsigned long frame, bool direct)
{
	const struct irqflags_stub_frame *stub = (const struct irqflags_stub_frame *)frame;

	unsigned long lr = stub->lr;
	unsigned long record_lr = 0;

	/*
	 * gcc keeps nothing else in x29. In a function that calls no other one, clang may (14
	 * does): what it holds then need not be an address.
	 */
	if (!IS_ENABLED(CONFIG_CC_IS_CLANG) || irqflags_is_record(frame, stub->record[0]))
		record_lr = ((unsigned long *)stub->record[0])[1];

	to->lr = lr;
	to->record_lr = record_lr;
}

unsigned long irqflags_frame_parent(unsigned long ip, const struct irqflags_frame *saved);

/**
 * irqflags_live_parent - who called the function that a hook was called from
 * @ip: address of the place
 * @frame: &struct irqflags_stub_frame
 * @pointer: not needed here
 *
 * Context: the hook has not returned.
 * Return: the return address, 0 if it is not certain.
 */
static inline unsigned long irqflags_live_parent(unsigned long ip, unsigned long frame,
						 unsigned long pointer)
{
	struct irqflags_frame saved;

	irqflags_frame_save(&saved, ip, frame, false);
	return irqflags_frame_parent(ip, &saved);
}

/*
 * How a hook calls any other function: with up to four arguments, or for a value. The
 * plain call is never made, and has the compiler compare the types.
 */
#define irqflags_call_long(function, ...)				\
do {									\
	typeof(function) *__function = (function);			\
									\
	__irqflags_call_long(__function, __VA_ARGS__, 0, 0, 0);		\
	if (0)								\
		__function(__VA_ARGS__);				\
} while (0)

#define irqflags_call_long_value(function)				\
	((typeof((function)()))__irqflags_call_long(function, 0, 0, 0, 0))

#define __irqflags_call_long(function, a, b, c, d, ...)			\
	trace_irqflags_call_long((unsigned long)(a), (unsigned long)(b), \
				 (unsigned long)(c), (unsigned long)(d), function)

unsigned long trace_irqflags_call_long(unsigned long a, unsigned long b, unsigned long c,
				       unsigned long d, void *function);

#endif /* __ASM_IRQFLAGS_FRAME_H */
