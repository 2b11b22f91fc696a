/* SPDX-License-Identifier: GPL-2.0 */
/* What irqspan why found out, and how it is told: for people, and for programs. */
#ifndef IRQSPAN_WHY_H
#define IRQSPAN_WHY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cause.h"
#include "cpus.h"
#include "snapshot.h"

/**
 * struct finding - what was found out
 * @cpus: the CPUs that were asked for
 * @limit: from how long on it is too long, ns
 * @measured: how long was measured, ns
 * @causes: what kept these CPUs from their work, the worst first
 * @difference: the tracer's tables, what was counted meanwhile
 * @disturbed: something lasted too long, or interrupted an isolated CPU
 * @spans_over: how many CPU-wide spans were too long
 * @longest_span: the longest one that was recorded, ns; 0: none was
 * @interruptions: how often isolated CPUs were interrupted
 * @late: how many timers and calls were too late because of a span
 * @late_longest: by how much at most, ns
 * @pending: how many interrupts of devices waited because their line was off
 * @pending_longest: for how long at most, ns
 * @stolen: how long the host took these CPUs away, ns
 * @lost: records that were lost because the buffer was full, at least
 * @softirqs: which softirqs ran on isolated CPUs; NULL if none
 * @own: tasks on isolated CPUs of which it is not known whether they are meant to be there; NULL
 *	if there are none
 */
struct finding {
	const struct set	*cpus;
	uint64_t		limit;
	uint64_t		measured;
	const struct causes	*causes;
	const struct snapshot	*difference;
	bool			disturbed;
	uint64_t		spans_over;
	uint64_t		longest_span;
	uint64_t		interruptions;
	uint64_t		late;
	uint64_t		late_longest;
	uint64_t		pending;
	uint64_t		pending_longest;
	uint64_t		stolen;
	uint64_t		lost;
	const char		*softirqs;
	char			*own;
};

/* Whether the CPUs were disturbed, in a sentence */
void why_print_verdict(const struct finding *finding);
/* @most causes, and how many are left */
void why_print_causes(const struct finding *finding, unsigned int most);
/* What this measurement cannot know */
void why_print_unknown(const struct finding *finding);
/* All that as JSON, with all causes that matter: see why.schema.json. */
void why_write_json(FILE *to, const struct finding *finding);

#endif
