# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs, where the kernel does not trust the clock: with tsc=watchdog.

# The kernel verifies the clock by calling each CPU, or by a timer that visits one after the other.
clock_verified()
{
	if grep -q ' watchdog_check_skew_remote$' /proc/kallsyms; then
		beside -- sleep 6 &&
			named 'IPIs from CPU .*, call-function of watchdog_check_skew_remote' \
			'ipi function=watchdog_check_skew_remote'
	else
		beside -- sleep 6 && named 'timers of .*clocksource_watchdog' \
			'timer kind=wheel function=clocksource_watchdog'
	fi
}

ok "isolated: a clock that is verified" clock_verified
