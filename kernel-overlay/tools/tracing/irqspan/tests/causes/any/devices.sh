# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On any CPU: consoles, a network card and PCI devices.

console()
{
	cat >"$TMP/print" <<-END
	for i in 1 2 3 4 5 6 7 8; do
		echo "<1>what is long enough to take a console some time" >/dev/kmsg
	done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/print" &&
		named '[0-9]\. [a-z_]*(console|con_|printk|prb_)[a-z_]* had interrupts off' \
			'span function=*console*'
}
# The kernel is asked to print what it knows of all tasks.
tasks_printed() { beside --limit 10us -- taskset -c $cpu sh -c 'echo t >/proc/sysrq-trigger'; }
# Where the kernel was told to print all it has (ignore_loglevel), as in these guests, the first
# half of the remedy has no effect by itself.
console_remedy()
{
	# Such a thread prints for whoever has something to print, on any CPU.
	! pgrep '^pr/' || { echo "consoles have threads here"; return 4; }
	local ignore=/sys/module/printk/parameters/ignore_loglevel
	with_setting $ignore 1 with_setting /proc/sys/kernel/sysrq 1 \
		with_setting /proc/sys/kernel/printk 1 tasks_printed &&
		named 'console_[a-z_0-9.]* had interrupts off' 'span function=*console*' 50 &&
		with_setting $ignore 0 with_setting /proc/sys/kernel/sysrq 1 \
			with_setting /proc/sys/kernel/printk 1 tasks_printed &&
		most 'console_(flush_all|emit)[a-z_0-9.]* had interrupts off' 5
}
serial()
{
	cat >"$TMP/uarts" <<-END
	for i in 1 2 3 4 5; do for tty in /dev/ttyS[1-4]; do echo irqspan >\$tty; done; done
	END
	beside --limit 10us -- taskset -c $cpu sh "$TMP/uarts" &&
		named '. (serial8250|wait_for_lsr|uart_)[a-z0-9_]* ' \
			'span function=serial8250*|wait_for_lsr*|uart_*'
}
# The console of a virtual machine: who writes to it waits, with interrupts off, until the host
# has taken the text.
host_console()
{
	[ -e /dev/hvc0 ] || { echo "no /dev/hvc0"; return 4; }
	beside --limit 20us -- taskset -c $cpu sh -c 'seq 100 >/dev/hvc0' &&
		named '(hvc_|__send_to_port|put_chars)[^ ]* had interrupts off, in task seq' \
			'span function=hvc_*' 20
}
device()
{
	card
	with_setting "$(card_affinity)" $cpu pings --limit 10us &&
		named 'ei_interrupt ran in an interrupt' 'span by=handler' 5 &&
		named 'interrupt line .* was held off by ei_start_xmit' 'line kind=disable' 5
}
# The interrupt of the card is moved to and fro, as irqbalance may do.
moved()
{
	card
	beside --limit 1us -- taskset -c $cpu sh -c "for i in 1 2 3 4 5 6 7 8 9; do
		echo $cpu >$(card_affinity)
		echo 0 >$(card_affinity)
	done" && named 'irq_[a-z_.]*affinity[a-z_.]* had interrupts off, in task sh' \
		'span function=__irq_get_desc_lock'
}
# Somebody has the kernel look for new PCI devices.
rescan()
{
	on x86_64 || return
	beside --limit 1us -- taskset -c $cpu sh -c \
		"for i in $(seq -s ' ' 30); do echo 1 >/sys/bus/pci/rescan; done" &&
		named 'pci_[a-z0-9_]* had interrupts off, in task sh' \
			'span function=pci_bus_read_config_*' 3
}
configuration()
{
	on x86_64 || return
	beside --limit 5us -- taskset -c $cpu sh -c \
		'for i in 1 2 3 4 5; do cat /sys/bus/pci/devices/*/config; done' &&
		named 'pci_user_read_config_[a-z]* had interrupts off, in task cat' \
			'span function=pci_user_read_config_*' 20
}
# What the kernel remembers of a PCI device can be read without an access to the device.
configuration_remedy()
{
	beside --limit 5us -- taskset -c $cpu sh -c \
		'cd /sys/bus/pci/devices
		for i in 1 2 3 4 5; do cat */vendor */class */device; done' &&
		hides 'pci_user_'
}

ok "cause: messages to a console" console
ok "cause: messages to a console, and the remedy" console_remedy
ok "cause: a serial port" serial
ok "cause: a console of a virtual machine" host_console
ok "cause: a network card, its handler and its driver" device
ok "cause: an interrupt that is moved" moved
ok "cause: the kernel looks for PCI devices" rescan
ok "cause: the configuration of PCI devices" configuration
ok "cause: what is known of PCI devices is none" configuration_remedy
