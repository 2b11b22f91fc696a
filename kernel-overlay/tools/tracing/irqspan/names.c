// SPDX-License-Identifier: GPL-2.0
/* Names of functions, modules and tasks: see names.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "utf8.h"
#include "utils.h"

static void copy(char *to, size_t room, const char *from, size_t length)
{
	if (length >= room)
		length = room - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

void symbol_parse(struct symbol *symbol, const char *text)
{
	const char *module = strchr(text, '['), *end, *offset;
	size_t length;

	/* The kernel's mark of an address whose module has been unloaded stays with the address. */
	if (module && !strcmp(module, "[gone]"))
		module = NULL;
	length = module ? (size_t)(module - text) : strlen(text);
	offset = memchr(text, '+', length);

	/* A name may have a '+' in C++ only; "+0x" begins the offset. */
	if (offset && !strncmp(offset, "+0x", 3))
		length = offset - text;
	while (length && text[length - 1] == ' ')
		length--;
	copy(symbol->function, sizeof(symbol->function), text, length);
	symbol->module[0] = '\0';
	symbol->start = 0;
	if (module) {
		end = strchr(module, ']');
		module++;
		copy(symbol->module, sizeof(symbol->module), module,
		     end ? (size_t)(end - module) : strlen(module));
	}
}

bool name_is_unknown(const char *word)
{
	return !*word || !strcmp(word, "-") || !strcmp(word, "0x0") || !strcmp(word, "0");
}

const char *symbol_show(const struct symbol *symbol)
{
	static char texts[8][sizeof(struct symbol) + 4];
	static unsigned int last;
	char *text = texts[last++ % ARRAY_SIZE(texts)];

	if (symbol->module[0])
		snprintf(text, sizeof(texts[0]), "%s [%s]", symbol->function, symbol->module);
	else
		snprintf(text, sizeof(texts[0]), "%s", symbol->function);
	return text;
}

char *name_unescape(char *word)
{
	char *to = word, *from = word;

	while (*from) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0');
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return word;
}

char *name_show(char *word)
{
	return utf8_clean(name_unescape(word));
}

/* The kernel's own table of symbols */

struct known {
	uint64_t	address;
	const char	*name;
};

/**
 * struct symbols - the functions that there were at one time
 * @known: the functions, by their addresses
 * @nr: how many
 * @room: how many fit before it has to grow
 * @text: what their names point into
 */
struct symbols {
	struct known	*known;
	unsigned int	nr, room;
	char		*text;
};

/* As they are now, and before a module came or went last */
static struct symbols now, before;
static bool are_read;
/* Modules that there were when they were read: see sum_of_modules() */
static uint64_t modules;

/* "\t[module]"; "" for a symbol of the kernel itself */
static const char *module_of(const struct known *symbol)
{
	const char *tab = strchr(symbol->name, '\t');

	return tab ? tab : "";
}

/*
 * Is an address beyond the end of a symbol's function? A function ends where the next one
 * begins; the last one of a module, or of the kernel itself, ends within its page. Beyond
 * that there may have been a module that is gone.
 */
static bool is_beyond(const struct symbols *symbols, unsigned int i, uint64_t address)
{
	const struct known *symbol = &symbols->known[i];

	if (!strcmp(symbol->name, "_etext") || !strcmp(symbol->name, "_einittext"))
		return true;
	if (i + 1 < symbols->nr && !strcmp(module_of(symbol), module_of(symbol + 1)))
		return false;
	return address / LEAST_PAGE_SIZE > symbol->address / LEAST_PAGE_SIZE;
}

static int compare_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/*
 * A sum of the names and addresses in /proc/modules, "NAME SIZE USES BY STATE ADDRESS": it is
 * another one if a module has come or gone.
 */
static uint64_t sum_of_modules(void)
{
	char *text = try_read_file("/proc/modules", NULL);
	char name[64], address[32];
	uint64_t sum = CHECKSUM_INIT;

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += !!line) {
		if (sscanf(line, "%63s %*s %*s %*s %*s %31s", name, address) != 2)
			continue;
		sum = checksum_add(sum, name, strlen(name));
		sum = checksum_add(sum, address, strlen(address));
	}
	free(text);
	return sum;
}

/* Parse lines like "ffffffff81000000 T do_something\t[module]". */
static void read_now(void)
{
	static const char path[] = "/proc/kallsyms";
	char *line, *rest;

	now = (struct symbols){ NULL };
	modules = sum_of_modules();
	now.text = try_read_file(path, NULL);
	if (!now.text) {
		warn("%s cannot be read (%s): functions are shown as addresses", path,
		     strerror(errno));
		return;
	}
	for (line = strtok_r(now.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *end;
		uint64_t address = strtoull(line, &end, 16);

		if (!address || end[0] != ' ' || !end[1] || end[2] != ' ' || !end[3])
			continue;
		/* Keep only code: data in between does not end a function. */
		if (!strchr("tTwW", end[1]))
			continue;
		xgrow(now.known, now.nr, now.room);
		now.known[now.nr++] = (struct known){ address, end + 3 };
	}
	if (!now.nr)
		warn("%s hides all addresses: functions are shown as addresses (see sysctl kernel.kptr_restrict)",
		     path);
	qsort(now.known, now.nr, sizeof(*now.known), compare_known);
}

void symbols_read(void)
{
	if (!are_read)
		read_now();
	are_read = true;
}

void symbols_refresh(void)
{
	if (!are_read || !now.nr || sum_of_modules() == modules)
		return;
	free(before.known);
	free(before.text);
	before = now;
	read_now();
}

static bool find_in(const struct symbols *symbols, struct symbol *symbol, uint64_t address)
{
	unsigned int low = 0, high;
	char *tab;

	for (high = symbols->nr; low < high; ) {
		unsigned int middle = (low + high) / 2;

		if (symbols->known[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || is_beyond(symbols, low - 1, address))
		return false;
	/* If several symbols have the same address, this may be any of them. */
	symbol_parse(symbol, symbols->known[low - 1].name);
	tab = strchr(symbol->function, '\t');
	if (tab)
		*tab = '\0';
	symbol->start = symbols->known[low - 1].address;
	return true;
}

void symbol_find(struct symbol *symbol, uint64_t address)
{
	*symbol = (struct symbol){ .function = "-" };
	if (!address)
		return;
	symbols_read();
	/* The module that the address was in may be gone by now. */
	if (!find_in(&now, symbol, address) && !find_in(&before, symbol, address))
		snprintf(symbol->function, sizeof(symbol->function), "0x%llx",
			 (unsigned long long)address);
}
