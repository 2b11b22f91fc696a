/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attach hooks to tracepoints, all of them or none.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_PROBE_H
#define _KERNEL_TRACE_IRQSPAN_PROBE_H

#include <linux/tracepoint.h>

/**
 * struct irqspan_probe - a hook and the tracepoint it belongs to
 * @tp: the tracepoint
 * @hook: the function, see IRQSPAN_PROBE()
 * @prio: of the hooks of a tracepoint, that with the highest @prio is called first
 */
struct irqspan_probe {
	struct tracepoint	*tp;
	void			*hook;
	int			prio;
};

/*
 * The hook of an event is called hook_EVENT. The branch that is never chosen makes the
 * compiler compare the function's type with that of the tracepoint.
 */
#define IRQSPAN_PROBE_PRIO(event, _prio) {					\
	.tp	= &__tracepoint_##event,					\
	.hook	= __builtin_choose_expr(1, hook_##event,			\
			check_trace_callback_type_##event(hook_##event)),	\
	.prio	= _prio,							\
}

#define IRQSPAN_PROBE(event)		IRQSPAN_PROBE_PRIO(event, TRACEPOINT_DEFAULT_PRIO)
/* As IRQSPAN_PROBE(), to be called before or after all other probes */
#define IRQSPAN_PROBE_FIRST(event)	IRQSPAN_PROBE_PRIO(event, TRACEPOINT_DEFAULT_PRIO + 1)
#define IRQSPAN_PROBE_LAST(event)	IRQSPAN_PROBE_PRIO(event, TRACEPOINT_DEFAULT_PRIO - 1)

int irqspan_probes_register(const struct irqspan_probe *probes, unsigned int n);
void irqspan_probes_unregister(const struct irqspan_probe *probes, unsigned int n);

#endif /* _KERNEL_TRACE_IRQSPAN_PROBE_H */
