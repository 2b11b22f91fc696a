/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the irqspan tracer can say when the machine is in trouble: for the reports of
 * lockups, stalls and crashes.
 */
#ifndef _LINUX_IRQSPAN_H
#define _LINUX_IRQSPAN_H

#ifdef CONFIG_IRQSPAN_TRACER
void irqspan_print_cpu(unsigned int cpu);
void irqspan_print_this_cpu(void);
void irqspan_print_all(void);
#else
static inline void irqspan_print_cpu(unsigned int cpu) { }
static inline void irqspan_print_this_cpu(void) { }
static inline void irqspan_print_all(void) { }
#endif

#endif /* _LINUX_IRQSPAN_H */
