// SPDX-License-Identifier: GPL-2.0
/*
 * The scale of the counter that asm/trace_clock.h reads.
 */
#include <linux/cache.h>
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/time64.h>

#include <asm/trace_clock.h>
#include <asm/virt.h>

#include <clocksource/arm_arch_timer.h>

static u32 cycles_mult __ro_after_init;
static u32 cycles_shift __ro_after_init;

/**
 * trace_clock_cycles_scale - how to turn cycles to ns
 * @mult: factor
 * @shift: ns are (cycles * @mult) >> @shift
 *
 * Context: any.
 * Return: false if the counter cannot be read just so, because of an erratum or because
 * KVM changes it; then cycles are not to be used.
 */
bool notrace trace_clock_cycles_scale(u32 *mult, u32 *shift)
{
	*mult = cycles_mult;
	*shift = cycles_shift;
	return cycles_mult;
}

/*
 * As sched_clock_register() does it. All CPUs that are there at boot have told of
 * their errata by now, and one with another erratum may not come later.
 */
static int __init trace_clock_cycles_init(void)
{
	u32 rate = arch_timer_get_sysreg_rate();

	/* Then KVM gives the counter the offset of a guest, from vcpu_load() to vcpu_put(). */
	if (IS_ENABLED(CONFIG_KVM) && is_hyp_mode_available() && !is_kernel_in_hyp_mode())
		return 0;
	if (rate)
		clocks_calc_mult_shift(&cycles_mult, &cycles_shift, rate, NSEC_PER_SEC, 3600);
	return 0;
}
core_initcall(trace_clock_cycles_init);
