// SPDX-License-Identifier: GPL-2.0
/* Causes of tasks that are named alike become one: see causes_merge(). */
#include <ctype.h>
#include <string.h>

#include "cause_internal.h"
#include "utils.h"

/* The name of a task with a # for each number in it: worker-# */
static char *without_numbers(const char *name)
{
	char *text = xstrdup(name), *to = text;

	for (const char *from = name; *from; from++) {
		if (!isdigit((unsigned char)*from))
			*to++ = *from;
		else if (to == text || to[-1] != '#')
			*to++ = '#';
	}
	*to = '\0';
	return text;
}

/* Fewer tasks than that are told apart. */
#define LEAST_ALIKE	4

struct alike {
	char		*key;
	struct cause	*cause;
};

/* A cause, and all that tells it from others but the numbers in the name of its task */
static struct alike alike_of(struct cause *cause)
{
	static const enum field same[] = {
		FIELD_FUNCTION, FIELD_MODULE, FIELD_KIND, FIELD_WORK, FIELD_CONTEXT, FIELD_BY,
		FIELD_WAITED, FIELD_PATH,
	};
	char *tasks = without_numbers(cause->field[FIELD_TASK]), *key;

	key = xprintf("%d|%s", cause->kind, tasks);
	free(tasks);
	for (unsigned int i = 0; i < ARRAY_SIZE(same); i++) {
		const char *value = cause->field[same[i]];
		char *longer = xprintf("%s|%s", key, value ? value : "");

		free(key);
		key = longer;
	}
	return (struct alike){ .key = key, .cause = cause };
}

/* Of causes that are alike, the worst first */
static int compare_alike(const void *a, const void *b)
{
	const struct alike *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	if (x->cause->total != y->cause->total)
		return x->cause->total < y->cause->total ? 1 : -1;
	if (x->cause->count != y->cause->count)
		return x->cause->count < y->cause->count ? 1 : -1;
	return strcmp(x->cause->key, y->cause->key);
}

static void swap(char **a, char **b)
{
	char *was = *a;

	*a = *b;
	*b = was;
}

static void merge(struct cause *into, struct cause *from)
{
	into->count += from->count;
	into->total += from->total;
	into->interruptions += from->interruptions;
	into->wakes += from->wakes;
	into->longest_is_old |= from->longest_is_old;
	if (from->longest > into->longest) {
		into->longest = from->longest;
		into->inside_time = from->inside_time;
		swap(&into->inside, &from->inside);
		swap(&into->ended_by, &from->ended_by);
	}
	if (from->still > into->still)
		into->still = from->still;
	set_union(&into->cpus, &from->cpus);
	set_union(&into->from, &from->from);
	for (unsigned int i = 0; i < from->nr_victims; i++)
		cause_add_victim(into, from->victim[i].name, from->victim[i].kind,
				 from->victim[i].late_max, from->victim[i].count);
}

void causes_merge(struct causes *causes)
{
	struct alike *alike = xalloc((causes->nr + 1) * sizeof(*alike));
	unsigned int nr = 0, kept = 0, n;

	for (unsigned int i = 0; i < causes->nr; i++) {
		struct cause *cause = causes->list[i];
		const char *task = cause->field[FIELD_TASK];

		if (cause->kind != CAUSE_IPI && cause->kind != CAUSE_LINE && task &&
		    strpbrk(task, "0123456789"))
			alike[nr++] = alike_of(cause);
		else
			causes->list[kept++] = cause;
	}
	qsort(alike, nr, sizeof(*alike), compare_alike);
	for (unsigned int i = 0; i < nr; i += n) {
		struct cause *worst = alike[i].cause;

		for (n = 1; i + n < nr && !strcmp(alike[i].key, alike[i + n].key); n++)
			;
		for (unsigned int k = 0; k < n; k++) {
			if (!k || n < LEAST_ALIKE) {
				causes->list[kept++] = alike[i + k].cause;
			} else {
				merge(worst, alike[i + k].cause);
				cause_free(alike[i + k].cause);
			}
		}
		if (n >= LEAST_ALIKE) {
			char *name = worst->field[FIELD_TASK];

			worst->tasks = without_numbers(name);
			worst->field[FIELD_TASK] = xprintf("%s and %u like it", name, n - 1);
			free(name);
		}
	}
	for (unsigned int i = 0; i < nr; i++)
		free(alike[i].key);
	free(alike);
	causes->nr = kept;
	/* Those that are gone are in there, too. */
	memset(causes->hash, 0, sizeof(causes->hash));
}

bool cause_is_of_same_task(const struct cause *x, const struct cause *y)
{
	char *tasks_x, *tasks_y;
	bool same;

	if (!x->tasks && !y->tasks)
		return !strcmp(x->field[FIELD_TASK], y->field[FIELD_TASK]);
	tasks_x = x->tasks ? xstrdup(x->tasks) : without_numbers(x->field[FIELD_TASK]);
	tasks_y = y->tasks ? xstrdup(y->tasks) : without_numbers(y->field[FIELD_TASK]);
	same = !strcmp(tasks_x, tasks_y);
	free(tasks_x);
	free(tasks_y);
	return same;
}
