# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# On isolated CPUs: packets, and interrupts of a network card.

# A task on $cpu sends data, which CPU 0 receives. The memory for it is given back to $cpu, which
# is told so by an IPI.
stream()
{
	ip link set lo up
	provoke stream 9000 && named 'IPIs from CPU 0, call-function of trigger_rx_softirq' \
		'ipi function=trigger_rx_softirq'
}
stream_remedy()
{
	with_setting /proc/sys/net/core/skb_defer_max 0 provoke stream 9000 &&
		hides 'of trigger_rx_softirq'
}
# A task on $cpu waits for packets. CPU 0 sends them, and wakes it up.
packets()
{
	ip link set lo up
	provoke packets 30 && named 'IPIs from CPU 0, .*sched_ttwu_pending' \
		'ipi path=*net_rx_action*' 20
}
# The interrupts of a network card go to $cpu. The command that irqspan why advises moves them.
device_isolated()
{
	card
	with_setting "$(card_affinity)" $cpu sent_away
}
# shellcheck disable=SC2119
sent_away()
{
	pings && named "interrupts of .*eth0.* \\(irq $(card_irq)\\)" 'irq name=*' 20 &&
		do_as_told 'interrupts of .*eth0' && [ "$(cat "$(card_affinity)")" = 0 ] || return
	# The next interrupt may still come to $cpu: only by that one the kernel moves the line.
	ping -q -6 -c 5 -i 0.2 fe80::2%eth0
	pings && hides 'interrupts of .*eth0'
}
# The interrupt of the card is moved from one CPU to the other again and again, as irqbalance may
# do.
irq_moved()
{
	on x86_64 || return
	grep -qw vector_cleanup_callback /proc/kallsyms || { echo "not by a timer"; return 4; }
	card
	cat >"$TMP/balance" <<-END
	for i in 1 2 3 4 5; do for n in $cpu 0; do
		echo \$n >$(card_affinity)
		ping -q -6 -c 3 -i 0.05 fe80::2%eth0
	done; done
	true
	END
	beside -- sh "$TMP/balance" && named 'timers of .*\(vector_cleanup_callback\), came to it' \
		'timer kind=wheel function=vector_cleanup_callback' 3 || return
	# The timer is started by the CPU that has the interrupt from then on.
	! block '__vector_schedule_cleanup' | grep 'wait there without a time'
}

# A task that asks for all packets is woken up by those that are sent, too; one that asks for those
# of a protocol is not.
sniffed()
{
	provoke sniff 20 && named 'IPIs from CPU 0.* in task provoke' \
		'ipi path=*dev_queue_xmit_nit* function=sched_ttwu_pending' 10 &&
		provoke sniff_one 20 && hides 'dev_queue_xmit_nit'
}

ok "isolated: packets for a task that waits" packets
ok "isolated: packets that are sent, for a task that wants all" sniffed
ok "isolated: what was sent is received elsewhere" stream
ok "isolated: memory of packets that is not given back" stream_remedy
ok "isolated: a network card, and the remedy" device_isolated
ok "isolated: an interrupt is moved away" irq_moved
