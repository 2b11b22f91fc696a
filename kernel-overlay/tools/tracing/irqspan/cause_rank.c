// SPDX-License-Identifier: GPL-2.0
/* Which causes are the worst, and what can be done about each: see causes_rank(). */
#include <string.h>

#include "cause_internal.h"
#include "utils.h"

/**
 * struct known - what is looked up once for all causes
 * @online: all CPUs that are online
 * @spans: those of the causes that are spans
 * @nr_spans: how many
 */
struct known {
	struct set	online;
	struct cause	**spans;
	unsigned int	nr_spans;
};

static int compare_causes(const void *a, const void *b)
{
	const struct cause *x = *(struct cause *const *)a, *y = *(struct cause *const *)b;

	if (x->harm != y->harm)
		return x->harm < y->harm ? 1 : -1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->key, y->key);
}

static int compare_victims(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;

	if (x->late_max != y->late_max)
		return x->late_max < y->late_max ? 1 : -1;
	return (x->count < y->count) - (x->count > y->count);
}

/* What an interrupt takes there, as far as it was recorded; the limit at least */
static uint64_t price_of_interruption(const struct causes *causes)
{
	uint64_t mean = causes->interrupts ? causes->interrupts_total / causes->interrupts : 0;

	return mean > causes->limit ? mean : causes->limit;
}

/*
 * Whether the code that made others late is that of a span. If it only took a lock, that is in
 * the span, where it is known for whom.
 */
static bool is_code_of(const struct cause *late, const struct cause *span)
{
	const char *caller = span->field[FIELD_CALLER];

	if (!cause_is_of_same_task(span, late) ||
	    strcmp(span->field[FIELD_BY], late->field[FIELD_BY]))
		return false;
	if (cause_takes_lock(late->field[FIELD_FUNCTION]) && caller &&
	    !strcmp(caller, late->field[FIELD_FUNCTION]))
		return true;
	return !strcmp(span->field[FIELD_FUNCTION], late->field[FIELD_FUNCTION]) &&
	       !strcmp(span->field[FIELD_MODULE], late->field[FIELD_MODULE]);
}

/*
 * What the table does not tell of the code that made others late, but the spans of the same
 * code and task do: whether it mostly waited for a lock itself, in which context it ran, how it
 * came about, and for whom it took a lock. Of several, what took longest.
 */
static void learn_from_spans(const struct known *known, struct cause *late)
{
	const struct cause *most = NULL;
	uint64_t waited = 0, ran = 0;

	for (unsigned int i = 0; i < known->nr_spans; i++) {
		const struct cause *span = known->spans[i];

		if (!is_code_of(late, span))
			continue;
		*(*span->field[FIELD_WAITED] ? &waited : &ran) += span->total;
		if (!most || span->total > most->total)
			most = span;
	}
	cause_set_field(late, FIELD_WAITED, waited > ran ? "most" : "");
	if (most) {
		cause_set_field(late, FIELD_FUNCTION, most->field[FIELD_FUNCTION]);
		cause_set_field(late, FIELD_MODULE, most->field[FIELD_MODULE]);
		cause_set_field(late, FIELD_CONTEXT, most->field[FIELD_CONTEXT]);
		cause_set_field(late, FIELD_PATH, most->field[FIELD_PATH]);
	}
}

/* Does a line of the list name the code that it is for? Any module, "?*", is no name. */
static bool names_code(const struct advice *advice)
{
	for (unsigned int i = 0; i < advice->nr_conditions; i++) {
		const struct condition *condition = &advice->conditions[i];
		const char *first = condition->patterns[0].text;

		if (condition->field == FIELD_FUNCTION ||
		    (condition->field == FIELD_MODULE && *first && *first != '?'))
			return true;
	}
	return false;
}

/*
 * For what waited for a lock, the list says to look for who held it. Where many CPUs want a lock at
 * a time, nobody held it for long, and it is the code that they ran that matters: what the list
 * says of that code if it does not wait. NULL if that names no code, or what was said already does.
 */
static const struct advice *advice_besides(const struct cause *cause)
{
	char *field[NR_FIELDS];
	const struct advice *besides;

	if (!cause->advice || !cause->field[FIELD_WAITED] || !*cause->field[FIELD_WAITED] ||
	    names_code(cause->advice))
		return NULL;
	memcpy(field, cause->field, sizeof(field));
	field[FIELD_WAITED] = NULL;
	besides = advice_find(cause_kind_name(CAUSE_SPAN), field);
	return besides && names_code(besides) ? besides : NULL;
}

static void finish(const struct causes *causes, struct cause *cause, const struct known *known)
{
	struct set others = { 0 }, hit = { 0 };
	uint64_t interruptions;
	char *list;

	list = set_format(&cause->cpus);
	cause_set_field(cause, FIELD_CPUS, *list ? list : "-");
	free(list);
	list = set_format(&cause->from);
	cause_set_field(cause, FIELD_FROM, *list ? list : "-");
	free(list);
	/* Where that may go which these CPUs, and all that are isolated, are to be spared */
	set_union(&others, &known->online);
	set_subtract(&others, &cause->cpus);
	set_subtract(&others, &causes->spared);
	list = set_format(&others);
	cause_set_field(cause, FIELD_OTHERS, *list ? list : "-");
	free(list);
	set_free(&others);

	/* IPIs that came back may be among those of other causes, whose path tells more. */
	interruptions = cause->interruptions;
	set_union(&hit, &cause->cpus);
	set_intersect(&hit, &causes->isolated);
	if (cause->wakes > interruptions && !set_is_empty(&hit))
		interruptions = cause->wakes;
	set_free(&hit);
	if (cause->nr_victims)
		qsort(cause->victim, cause->nr_victims, sizeof(*cause->victim), compare_victims);
	cause->harm = cause->total + interruptions * price_of_interruption(causes);
	cause->over = cause->longest >= causes->limit;
	/* What holds others up is a span. */
	if (cause->kind == CAUSE_LATE) {
		learn_from_spans(known, cause);
		cause->advice = advice_find(cause_kind_name(CAUSE_SPAN), cause->field);
	}
	if (!cause->advice)
		cause->advice = advice_find(cause_kind_name(cause->kind), cause->field);
	cause->besides = advice_besides(cause);
}

bool cause_matters(const struct cause *cause)
{
	return cause->harm || cause->over || cause->still || cause->often;
}

void causes_rank(struct causes *causes)
{
	struct known known = { .spans = xalloc((causes->nr + 1) * sizeof(*known.spans)) };

	cpus_online(&known.online);
	for (unsigned int i = 0; i < causes->nr; i++) {
		if (causes->list[i]->kind == CAUSE_SPAN)
			known.spans[known.nr_spans++] = causes->list[i];
	}
	for (unsigned int i = 0; i < causes->nr; i++)
		finish(causes, causes->list[i], &known);
	set_free(&known.online);
	free(known.spans);
	if (causes->nr)
		qsort(causes->list, causes->nr, sizeof(*causes->list), compare_causes);
}
