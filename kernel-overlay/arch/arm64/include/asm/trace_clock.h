/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_TRACE_CLOCK_H
#define __ASM_TRACE_CLOCK_H

#include <linux/types.h>

#include <asm/alternative.h>
#include <asm/sysreg.h>

#include <asm-generic/trace_clock.h>

/*
 * The virtual counter, to measure short times on one CPU. The kernel's own clock may be the
 * physical one; the offset between the two does not matter for a difference, as long as
 * nobody changes it: see trace_clock_cycles_init().
 *
 * It ticks at some 20 to 60 MHz before Armv8.6, and at 1 GHz from there on: no time
 * is known more precisely than to one such tick.
 */

/**
 * trace_clock_cycles - read the counter where a time ends
 *
 * Not before what comes before it is done: a read from a device may take long, and
 * is part of the time. As asm/io.h makes such a read a condition of all that
 * follows, an isb is enough to wait for it.
 *
 * Return: the counter.
 */
#define trace_clock_cycles trace_clock_cycles
static __always_inline u64 trace_clock_cycles(void)
{
	u64 cycles;

	asm volatile(ALTERNATIVE("isb\n mrs %0, cntvct_el0",
				 "nop\n" __mrs_s("%0", SYS_CNTVCTSS_EL0),
				 ARM64_HAS_ECV)
		     : "=r" (cycles) : : "memory");
	return cycles;
}

/**
 * trace_clock_cycles_begin - read the counter where a time begins
 *
 * It may be read a few instructions early, while what comes before it is still
 * going on: that is cheap, and makes the time longer, not shorter.
 *
 * Return: the counter.
 */
#define trace_clock_cycles_begin trace_clock_cycles_begin
static __always_inline u64 trace_clock_cycles_begin(void)
{
	u64 cycles;

	asm volatile("mrs %0, cntvct_el0" : "=r" (cycles) : : "memory");
	return cycles;
}

bool trace_clock_cycles_scale(u32 *mult, u32 *shift);

#endif /* __ASM_TRACE_CLOCK_H */
