// SPDX-License-Identifier: GPL-2.0
/*
 * The last CPU-wide spans of each CPU, for who came too late because of them.
 */
#include <linux/limits.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "irqspan.h"

DEFINE_PER_CPU(struct irqspan_blame, irqspan_blame);

/* From this duration up, spans are remembered: %U64_MAX while nobody asks. */
u64 irqspan_blame_ns = U64_MAX;

/**
 * irqspan_blame_note - remember a span
 * @blame: the memory of this CPU
 * @span: the span
 * @end: sched_clock() at its end, ns
 *
 * Context: interrupts off, by the CPU itself; NMIs are kept out by the caller.
 */
void irqspan_blame_note(struct irqspan_blame *blame, const struct irqspan_local *span, u64 end)
{
	struct irqspan_past *past = &blame->past[blame->next];

	blame->next = (blame->next + 1) % IRQSPAN_PASTS;
	past->end = end;
	past->duration = span->duration;
	past->caller = span->caller;
	past->pid = span->task->pid;
	memcpy(past->comm, span->task->comm, TASK_COMM_LEN);
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_blame_note);

/**
 * irqspan_blame_find - the span that made somebody wait
 * @blame: the memory of this CPU
 * @now: sched_clock(), ns
 * @wait: how long he waited until now, ns
 *
 * Interrupts must have been off during at least half of the time.
 *
 * Context: interrupts off, by the CPU itself, not in NMI.
 * Return: the span which takes most of that time, or NULL.
 */
const struct irqspan_past *irqspan_blame_find(const struct irqspan_blame *blame, u64 now, u64 wait)
{
	const struct irqspan_past *worst = NULL;
	u64 since = now > wait ? now - wait : 0;
	u64 most = (wait + 1) / 2;
	unsigned int i;

	for (i = 0; i < IRQSPAN_PASTS; i++) {
		const struct irqspan_past *past = &blame->past[i];
		u64 start = max(past->end - past->duration, since);

		if (past->end <= since || past->end > now || past->end - start < most)
			continue;
		most = past->end - start;
		worst = past;
	}
	return worst;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_blame_find);
