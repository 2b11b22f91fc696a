/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KERNEL_TRACE_IRQSPAN_REPORT_H
#define _KERNEL_TRACE_IRQSPAN_REPORT_H

#include "irqspan.h"

/* The files that show rows of all parts */
enum irqspan_report {
	IRQSPAN_REPORT_STATS,
	IRQSPAN_REPORT_HIST,
	IRQSPAN_REPORT_OPEN,
};

int irqspan_report_open(struct file *file, enum irqspan_report report);
void irqspan_report_clear(void);

#endif /* _KERNEL_TRACE_IRQSPAN_REPORT_H */
