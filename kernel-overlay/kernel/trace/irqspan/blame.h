/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPU-wide span that is to blame for a function call or a timer that is late.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_BLAME_H
#define _KERNEL_TRACE_IRQSPAN_BLAME_H

#include "irqspan.h"

/* What is late by less than this is not attributed to a span, ns. */
#define IRQSPAN_MIN_LATE_NS	1000

/* How many spans that are over are remembered for each CPU */
#define IRQSPAN_RECENT_SPANS	8

/* What was late */
enum irqspan_victim {
	IRQSPAN_VICTIM_CALL,
	IRQSPAN_VICTIM_HRTIMER,
	IRQSPAN_VICTIM_WHEEL,
};

/**
 * struct irqspan_recent - the last spans of a CPU that are long enough to be blamed
 * @next: index behind that of the last one: from there on a place is looked for
 * @end: when they ended, ns; 0: there was none
 * @span: the spans
 *
 * Used by its own CPU only, with interrupts off.
 */
struct irqspan_recent {
	unsigned int		next;
	u64			end[IRQSPAN_RECENT_SPANS];
	struct irqspan_culprit	span[IRQSPAN_RECENT_SPANS];
};

/* Spans from this duration up are remembered, ns; %U64_MAX while no part asks. */
extern aligned_u64 irqspan_note_from_ns;

int irqspan_blame_get(void);
void irqspan_blame_put(void);
void irqspan_blame_note(const struct irqspan_culprit *span, u64 end);
void irqspan_drop_earlier_handler(struct irqspan_culprit *culprit, u64 since_due);
bool irqspan_blame_find(u64 late, struct irqspan_culprit *culprit, u64 *since_end);
void irqspan_blame_count(enum irqspan_victim victim, unsigned long function, u64 late,
			 const struct irqspan_culprit *culprit);
bool irqspan_blame(enum irqspan_victim victim, unsigned long function, u64 late,
		   struct irqspan_culprit *culprit);

/* For irqspan_blame_find(), and its test */
void irqspan_recent_add(struct irqspan_recent *recent, const struct irqspan_culprit *span,
			u64 end);
bool irqspan_recent_find(const struct irqspan_recent *recent, u64 now, u64 late,
			 struct irqspan_culprit *culprit, u64 *since_end);

/*
 * Set by the part that measures spans while it runs: fill in the span that is open
 * on this CPU, its duration so far. Returns false if none is open, or if it is shorter
 * than the duration that is there on entry.
 */
extern bool (*irqspan_read_open_span)(struct irqspan_culprit *span);

#endif /* _KERNEL_TRACE_IRQSPAN_BLAME_H */
