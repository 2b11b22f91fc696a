/* SPDX-License-Identifier: GPL-2.0 */
/* What can be done about causes that are known: causes.tsv. */
#ifndef IRQSPAN_ADVICE_H
#define IRQSPAN_ADVICE_H

/* What is known of a cause */
enum field {
	FIELD_FUNCTION,		/* that ran, was called, or did it */
	FIELD_CALLER,		/* who asked for it */
	FIELD_MODULE,		/* that has the function */
	FIELD_TASK,
	FIELD_PATH,		/* how it came about: functions, joined by '<' */
	FIELD_KIND,
	FIELD_NAME,		/* of a line or a device */
	FIELD_IRQ,
	FIELD_WORK,
	FIELD_DEPENDENCY,
	FIELD_CONTEXT,
	FIELD_BY,		/* of a span: "handler", or "code"; and what else has two kinds */
	FIELD_WAITED,		/* of a span, or what made others late: "most", if for a lock */
	FIELD_FROM,		/* CPUs it came from, or went to */
	FIELD_CPUS,		/* CPUs that it hit */
	FIELD_OTHERS,		/* all others */
	NR_FIELDS,
};

/**
 * struct advice - a line of causes.tsv
 * @kind: of cause
 * @conditions: by which it is found
 * @what: what it is
 * @what_to_do: with {FIELD} for what was found
 * @source: where that is said
 */
struct advice {
	const char	*kind;
	char		*conditions;
	const char	*what;
	const char	*what_to_do;
	const char	*source;
};

/* From a file, or if that is NULL, what the program has built in. Fails with a message. */
void advice_load(const char *path);
/* The first that fits; NULL if none does */
const struct advice *advice_find(const char *kind, char *const field[NR_FIELDS]);
/* With what was found in place of {FIELD}, to be freed */
char *advice_fill(const char *text, char *const field[NR_FIELDS]);

#endif
