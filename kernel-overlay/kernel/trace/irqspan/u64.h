/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers of 64 bits that one context writes while others read them.
 *
 * A 64-bit machine does that with one plain access. A 32-bit machine would need two,
 * and a reader in between would see half of the old value and half of the new one. There
 * the number is accessed as an atomic64_t, for which the architecture has instructions:
 * see Kconfig. A number that is accessed in this way is an aligned_u64.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_U64_H
#define _KERNEL_TRACE_IRQSPAN_U64_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include <asm/barrier.h>

/**
 * irqspan_u64_read - read a number that another context may be writing
 * @from: the number
 *
 * Return: its value, old or new.
 */
static __always_inline u64 irqspan_u64_read(const u64 *from)
{
#ifdef CONFIG_64BIT
	return READ_ONCE(*from);
#else
	return atomic64_read((const atomic64_t *)from);
#endif
}

/* As irqspan_u64_read(), with acquire semantics: see smp_load_acquire(). */
static __always_inline u64 irqspan_u64_read_acquire(const u64 *from)
{
#ifdef CONFIG_64BIT
	/* Pairs with irqspan_u64_write_release(), or as the caller says. */
	return smp_load_acquire(from);
#else
	return atomic64_read_acquire((const atomic64_t *)from);
#endif
}

/**
 * irqspan_u64_write - write a number that other contexts may be reading
 * @to: the number, which no other context writes
 * @value: its new value
 */
static __always_inline void irqspan_u64_write(u64 *to, u64 value)
{
#ifdef CONFIG_64BIT
	WRITE_ONCE(*to, value);
#else
	atomic64_set((atomic64_t *)to, value);
#endif
}

/* As irqspan_u64_write(), with release semantics: see smp_store_release(). */
static __always_inline void irqspan_u64_write_release(u64 *to, u64 value)
{
#ifdef CONFIG_64BIT
	/* Pairs with irqspan_u64_read_acquire(), or as the caller says. */
	smp_store_release(to, value);
#else
	atomic64_set_release((atomic64_t *)to, value);
#endif
}

/**
 * irqspan_u64_add - add to a number that other contexts may be reading
 * @to: the number, which no other context writes
 * @n: what to add
 *
 * On a 64-bit machine this is one instruction, if the processor has it.
 */
static __always_inline void irqspan_u64_add(u64 *to, u64 n)
{
#ifdef CONFIG_64BIT
	*to += n;
#else
	atomic64_add(n, (atomic64_t *)to);
#endif
}

/**
 * irqspan_u64_copy_again - copy numbers that memcpy() may have copied in halves
 * @to: the copy
 * @from: the numbers, which another context may be writing
 * @n: how many
 *
 * To be called after a memcpy() of the struct that they are in. A 64-bit machine has
 * nothing to do here.
 */
static __always_inline void irqspan_u64_copy_again(u64 *to, const u64 *from,
						   unsigned int n)
{
#ifndef CONFIG_64BIT
	while (n--)
		*to++ = irqspan_u64_read(from++);
#endif
}

#endif /* _KERNEL_TRACE_IRQSPAN_U64_H */
