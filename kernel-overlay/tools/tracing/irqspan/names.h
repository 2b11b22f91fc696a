/* SPDX-License-Identifier: GPL-2.0 */
/* Names of functions, modules and tasks as irqspan's tables and the kernel write them. */
#ifndef IRQSPAN_NAMES_H
#define IRQSPAN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Bytes. Memory for code comes in such pages at least, so the last function of a module,
 * of which nothing tells where it ends, is taken to end within its page.
 */
#define LEAST_PAGE_SIZE	4096

/**
 * struct symbol - a code address, taken apart
 * @function: its function; "-" if it is not known
 * @module: the module that has it; "" if it is the kernel's own
 * @start: where the function begins; 0 if that is not known, as from a table
 */
struct symbol {
	char		function[128];
	char		module[64];
	uint64_t	start;
};

/* From a table: "do_something+0x1c/0x40[module]", "do_something", "-". */
void symbol_parse(struct symbol *symbol, const char *text);

/* Read /proc/kallsyms now, which takes a while, and not when a name is needed first. */
void symbols_read(void);
/* From an address, by /proc/kallsyms, which is read at the first call. */
void symbol_find(struct symbol *symbol, uint64_t address);

/* "function [module]"; as many calls within one printf() as there are buffers: 8 */
const char *symbol_show(const struct symbol *symbol);

/* Undo the escapes of a word of a table, in place: "a\040b" is "a b". */
char *name_unescape(char *word);

/* Whether a table says by this word that it does not know, or that there is nothing. */
bool name_is_unknown(const char *word);

#endif
