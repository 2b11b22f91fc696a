/* SPDX-License-Identifier: GPL-2.0 */
/* The forms that a recording can be put into. */
#ifndef IRQSPAN_REPORT_H
#define IRQSPAN_REPORT_H

#include <stdio.h>

#include "recording.h"

void report_text(FILE *to, const struct recording *recording, unsigned int rows);
void report_html(FILE *to, const struct recording *recording);
void report_perfetto(FILE *to, const struct recording *recording);
void report_folded(FILE *to, const struct recording *recording);
void report_json(FILE *to, const struct recording *recording);

/* The description of the machine and the run: release, CPUs, thresholds */
struct fact {
	const char *name;	/* in "settings" */
	const char *label;
};

/* Ended by one without a name */
extern const struct fact report_facts[];

/* report.html as it is, with a NUL behind it */
extern const char report_template[];

#endif
