// SPDX-License-Identifier: GPL-2.0
/*
 * How names and addresses are printed in the tables.
 *
 * Each column is one word, with a blank before it, so that any tool can split a line into
 * columns. What is not known is "-".
 */
#include <linux/ctype.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "print.h"

/**
 * irqspan_print_word - print a name as one column
 * @m: where to
 * @word: the name; what separates words and lines in it is escaped, and so is ESC, which
 *	terminals obey
 */
void irqspan_print_word(struct seq_file *m, const char *word)
{
	seq_putc(m, ' ');
	if (*word)
		seq_escape(m, word, " \t\n\v\f\r\e\\");
	else
		seq_putc(m, '-');
}

/*
 * Make one word of what kallsyms says of an address: "function [module]" is two. For an
 * address without a name it gives the number, which not every reader of the files may
 * know: write the address hashed, by %p, which still tells such addresses apart. "[gone]"
 * follows if its module has been unloaded, and its symbols with it.
 */
static void make_word(char *symbol, unsigned long address)
{
	char *blank = strchr(symbol, ' ');

	if (blank)
		memmove(blank, blank + 1, strlen(blank));
	if (isdigit(symbol[0]))
		snprintf(symbol, KSYM_SYMBOL_LEN, "0x%p", (void *)address);
	if (!__kernel_text_address(address))
		strcat(symbol, "[gone]");
}

/**
 * irqspan_format_address - write a code address as function+offset/size, one word
 * @symbol: room for %IRQSPAN_SYMBOL_LEN characters
 * @address: the address; 0 if it is not known
 */
void irqspan_format_address(char *symbol, unsigned long address)
{
	if (!address) {
		strscpy(symbol, "-", IRQSPAN_SYMBOL_LEN);
		return;
	}
	sprint_symbol(symbol, address);
	make_word(symbol, address);
}

/**
 * irqspan_print_address - print a code address as function+offset/size
 * @m: where to
 * @address: the address; 0 if it is not known
 */
void irqspan_print_address(struct seq_file *m, unsigned long address)
{
	char symbol[IRQSPAN_SYMBOL_LEN];

	irqspan_format_address(symbol, address);
	seq_putc(m, ' ');
	seq_puts(m, symbol);
}

/**
 * irqspan_format_function - write the address of a function as its name, one word
 * @symbol: room for %IRQSPAN_SYMBOL_LEN characters
 * @address: the address
 */
void irqspan_format_function(char *symbol, unsigned long address)
{
	sprint_symbol_no_offset(symbol, address);
	make_word(symbol, address);
}

/**
 * irqspan_print_function - print the address of a function as its name
 * @m: where to
 * @address: the address; 0 if it is not known
 */
void irqspan_print_function(struct seq_file *m, unsigned long address)
{
	char symbol[IRQSPAN_SYMBOL_LEN];

	seq_putc(m, ' ');
	if (!address) {
		seq_putc(m, '-');
		return;
	}
	irqspan_format_function(symbol, address);
	seq_puts(m, symbol);
}
