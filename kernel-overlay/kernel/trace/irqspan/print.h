/* SPDX-License-Identifier: GPL-2.0 */
/* How the files of the tracer write words, addresses and functions. */
#ifndef _KERNEL_TRACE_IRQSPAN_PRINT_H
#define _KERNEL_TRACE_IRQSPAN_PRINT_H

#include <linux/kallsyms.h>

struct seq_file;

#define IRQSPAN_SYMBOL_LEN	(KSYM_SYMBOL_LEN + sizeof("[gone]"))

void irqspan_print_word(struct seq_file *m, const char *word);
void irqspan_format_address(char *symbol, unsigned long address);
void irqspan_format_function(char *symbol, unsigned long address);
void irqspan_print_address(struct seq_file *m, unsigned long address);
void irqspan_print_function(struct seq_file *m, unsigned long address);

#endif /* _KERNEL_TRACE_IRQSPAN_PRINT_H */
