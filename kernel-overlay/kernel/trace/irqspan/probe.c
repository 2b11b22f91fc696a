// SPDX-License-Identifier: GPL-2.0
/*
 * Attach hooks to tracepoints, all of them or none.
 */
#include <linux/tracepoint.h>

#include "probe.h"

/**
 * irqspan_probes_register - attach hooks, in their order
 * @probes: the hooks
 * @n: how many there are
 *
 * Context: sleeps.
 * Return: 0 or a negative errno; then none is attached.
 */
int irqspan_probes_register(const struct irqspan_probe *probes, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = tracepoint_probe_register_prio(probes[i].tp, probes[i].hook, NULL,
						     probes[i].prio);
		if (ret) {
			irqspan_probes_unregister(probes, i);
			return ret;
		}
	}
	return 0;
}

/**
 * irqspan_probes_unregister - detach hooks, in reverse order
 * @probes: the hooks
 * @n: how many there are; none of them runs any more on return
 *
 * Context: sleeps.
 */
void irqspan_probes_unregister(const struct irqspan_probe *probes, unsigned int n)
{
	while (n--)
		tracepoint_probe_unregister(probes[n].tp, probes[n].hook, NULL);
	tracepoint_synchronize_unregister();
}
