/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ran inside a CPU-wide span: the function that took longest, and how long the CPU
 * waited for locks.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_HANDLER_H
#define _KERNEL_TRACE_IRQSPAN_HANDLER_H

#include "irqspan.h"

struct irqspan_cpu;

int irqspan_handlers_start(void);
void irqspan_handlers_stop(void);
void irqspan_handler_read(u64 start, u64 now, bool running, struct irqspan_culprit *culprit);
unsigned int irqspan_handler_irq_work_within(const struct irqspan_cpu *ic);
void irqspan_handler_read_cpu(unsigned int cpu, u64 start, u64 now,
			      struct irqspan_culprit *culprit);

#endif /* _KERNEL_TRACE_IRQSPAN_HANDLER_H */
