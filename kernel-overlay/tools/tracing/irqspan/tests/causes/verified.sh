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
# That takes as long as the second clock takes to read.
clock_read()
{
	"$IRQSPAN" why -n 1000 -c 0-3 --limit 1us -- sleep 6 >"$TMP/out" 2>"$TMP/err"
	named '(cs_watchdog_read|watchdog_check_|clocksource_watchdog)[^ ]*( had |, | ran )' \
		'span function=cs_watchdog_read' 3 || return
	# Newer kernels call the CPUs instead.
	grep -q ' watchdog_check_skew_remote$' /proc/kallsyms ||
		named 'the timer clocksource_watchdog expired there' \
			'expiry function=clocksource_watchdog'
}

ok "isolated: a clock that is verified" clock_verified
ok "isolated: a clock that is read for that" clock_read
