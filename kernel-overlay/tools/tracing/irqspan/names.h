/* SPDX-License-Identifier: GPL-2.0 */
/* Names of functions, modules and tasks as irqspan's tables and the kernel write them. */
#ifndef IRQSPAN_NAMES_H
#define IRQSPAN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The smallest page size, in bytes. Nothing tells where the last function of a module ends;
 * but memory for code comes in pages, so it is taken to end within its page.
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

/*
 * Parse a word of a table: "do_something+0x1c/0x40[module]", "do_something", "0x1234[gone]" or
 * "-".
 */
void symbol_parse(struct symbol *symbol, const char *text);

/* Read /proc/kallsyms now, which takes a while, instead of when the first name is needed. */
void symbols_read(void);
/* Read it anew if it was read, and modules have come or gone since then. */
void symbols_refresh(void);
/* Look up an address in /proc/kallsyms, which is read at the first call. */
void symbol_find(struct symbol *symbol, uint64_t address);

/* "function [module]"; as many calls within one printf() as there are buffers: 8 */
const char *symbol_show(const struct symbol *symbol);

/* Undo the escapes of a word of a table, in place: "a\040b" is "a b". */
char *name_unescape(char *word);

/* The same for a person to read: also without what would move a terminal's cursor */
char *name_show(char *word);

/* Does this word of a table stand for "not known" or "none"? */
bool name_is_unknown(const char *word);

#endif
