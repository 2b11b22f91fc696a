/* SPDX-License-Identifier: GPL-2.0 */
/* Known causes, and what can be done about them, from the list causes.tsv. */
#ifndef IRQSPAN_ADVICE_H
#define IRQSPAN_ADVICE_H

#include <stddef.h>

/* What may be known of a cause */
enum field {
	FIELD_FUNCTION,		/* function that ran, was called, or did it */
	FIELD_CALLER,		/* code that asked for it */
	FIELD_MODULE,		/* module that has the function */
	FIELD_TASK,
	FIELD_PATH,		/* how it came about: functions, joined by '<' */
	FIELD_KIND,
	FIELD_NAME,		/* of a line or a device */
	FIELD_IRQ,
	FIELD_WORK,
	FIELD_DEPENDENCY,
	FIELD_CONTEXT,
	FIELD_BY,		/* of a span: "handler" or "code"; else a variant of the kind */
	FIELD_WAITED,		/* of a span, also of a blamed one: "most", if mostly for a lock */
	FIELD_FROM,		/* CPUs it came from, or went to */
	FIELD_CPUS,		/* CPUs that it hit */
	FIELD_OTHERS,		/* all other CPUs */
	NR_FIELDS,
};

/**
 * struct pattern - what a value has to look like, as fnmatch() takes it
 * @text: the pattern
 * @plain: how many characters it begins with that stand for themselves
 */
struct pattern {
	const char	*text;
	size_t		plain;
};

/**
 * struct condition - what a field of a cause has to match
 * @field: the field
 * @patterns: the patterns, of which one is enough
 * @nr_patterns: how many
 */
struct condition {
	enum field	field;
	struct pattern	*patterns;
	unsigned int	nr_patterns;
};

/**
 * struct advice - a line of causes.tsv
 * @kind: kind of cause
 * @conditions: what the fields of a cause have to match
 * @nr_conditions: how many
 * @what: what the cause is
 * @what_to_do: what to do about it; {FIELD} is replaced by what was measured
 * @source: where that is documented
 */
struct advice {
	const char	*kind;
	struct condition *conditions;
	unsigned int	nr_conditions;
	const char	*what;
	const char	*what_to_do;
	const char	*source;
};

/* The name of a field in causes.tsv */
const char *advice_field_name(enum field field);
/* Load the list from a file, or if @path is NULL, the built-in one. Fails with a message. */
void advice_load(const char *path);
/* Find the first line that fits a cause; NULL if none does. */
const struct advice *advice_find(const char *kind, char *const field[NR_FIELDS]);
/* Replace each {FIELD} in @text by its value; the result is to be freed. */
char *advice_fill(const char *text, char *const field[NR_FIELDS]);

#endif
