// SPDX-License-Identifier: GPL-2.0
/* Records that have the same cause, taken together: see groups.h. */
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "records.h"
#include "utils.h"

const char *const culprit_kind_names[NR_CULPRIT_KINDS] = {
	[RAN]		= "ran",
	[WAITED]	= "waited for a lock",
	[TURNED_OFF]	= "turned interrupts off",
};

/*
 * A late record has the handler of the span to blame, but not how long that ran; the span's
 * own record has that, if there is one.
 */
const struct place *culprit_of(const struct recorded *record, enum culprit_kind *kind)
{
	const struct recorded *span = record->blamed ? record->blamed : record;
	bool by_handler = span->handler &&
		(is_late(span) || record_is_most(span->handler_ns, span->duration));

	*kind = by_handler ? RAN : TURNED_OFF;
	if (record_is_most(span->waited, span->duration))
		*kind = WAITED;
	return by_handler ? span->handler : span->caller;
}

char *show_place(const struct place *place)
{
	if (!place)
		return xstrdup("-");
	return place->module ? xprintf("%s [%s]", place->function, place->module) :
		xstrdup(place->function);
}

/* "function", "function < caller" or "-" */
static char *show_code(const struct place *place, const struct place *parent)
{
	char *text = show_place(place), *whole;

	if (!place || !parent || !strcmp(place->function, parent->function))
		return text;
	whole = xprintf("%s < %s", text, parent->function);
	free(text);
	return whole;
}

/* The words for a culprit. If it is the code that turned interrupts off, add its caller. */
static char *show_culprit(const struct recorded *record)
{
	enum culprit_kind kind;
	const struct place *place = culprit_of(record, &kind);

	return place == record->caller ? show_code(place, record->parent) : show_place(place);
}

/* All words of a record, one a line, in the order in which report.html splits them. */
static char *make_words(const struct recorded *record)
{
	char *code, *end, *handler, *function, *culprit, *words;

	if (!is_span(record) && !is_late(record))
		return NULL;
	code = show_code(record->caller, record->parent);
	end = show_code(record->end_caller, record->end_parent);
	handler = show_place(record->handler);
	function = show_place(record->function);
	culprit = show_culprit(record);
	if (is_late(record))
		words = xprintf("%s\n%s", function, culprit);
	else
		words = xprintf("%s\n%s\n%s\n%s\n%s\n%s", code, end, record->comm, record->kind,
				handler, record->pending ? "an interrupt arrived" : "");
	free(code);
	free(end);
	free(handler);
	free(function);
	free(culprit);
	return words;
}

static char *make_key(const struct recorded *record, enum grouping grouping)
{
	enum culprit_kind kind;
	const struct place *place;
	char *code, *victim, *key = NULL;

	place = culprit_of(record, &kind);
	switch (grouping) {
	case BY_CULPRIT:
		if (record->event != LOCAL_SPAN)
			return NULL;
		code = show_culprit(record);
		key = xprintf("%s\n%s", code, culprit_kind_names[kind]);
		free(code);
		break;
	case BY_DRIVER:
		if (record->event == LOCAL_SPAN)
			key = xstrdup(place && place->module ? place->module :
				      "(built into the kernel)");
		break;
	case BY_TASK:
		if (record->event == LOCAL_SPAN)
			key = xstrdup(record->comm);
		break;
	case BY_LINE:
		if (record->event != LINE_SPAN)
			return NULL;
		code = show_place(record->caller);
		key = xprintf("%d\n%s\n%s\n%s", record->irq, record->name, record->kind, code);
		free(code);
		break;
	case BY_VICTIM:
		if (!is_late(record))
			return NULL;
		code = show_culprit(record);
		victim = show_place(record->function);
		key = xprintf("%s\n%s\n%s", record->event == IPI_LATE ? "call" : record->kind,
			      victim, code);
		free(code);
		free(victim);
		break;
	case BY_WORDS:
		key = make_words(record);
		break;
	}
	return key;
}

static void add_to_group(struct group *group, const struct recorded *record)
{
	uint64_t time = is_span(record) ? record->duration : record->late;
	const struct recorded *late;

	group->count++;
	group->total += time;
	if (!group->worst || time > group->longest) {
		group->longest = time;
		group->worst = record;
	}
	group->waited += record->waited;
	group->pending += record->pending;
	for (late = record->made_late; late; late = late->next_late) {
		group->late++;
		if (late->late > group->late_longest)
			group->late_longest = late->late;
	}
}

static int by_total(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* An open hash table of indices of groups, each plus one. */
struct index {
	size_t		*slot;
	size_t		size;
};

static size_t *find_slot(const struct index *index, const struct groups *groups, const char *key)
{
	size_t at = checksum_add(CHECKSUM_INIT, key, strlen(key)) % index->size;

	while (index->slot[at] && strcmp(groups->group[index->slot[at] - 1].key, key))
		at = (at + 1) % index->size;
	return &index->slot[at];
}

static void grow_index(struct index *index, const struct groups *groups)
{
	size_t i;

	if (2 * (groups->count + 1) < index->size)
		return;
	index->size = 4 * index->size + 64;
	free(index->slot);
	index->slot = xalloc(index->size * sizeof(*index->slot));
	for (i = 0; i < groups->count; i++)
		*find_slot(index, groups, groups->group[i].key) = i + 1;
}

void groups_make(struct groups *groups, const struct recording *recording,
		 enum grouping grouping, size_t *numbers)
{
	struct index index = {};
	size_t room = 0, i, *slot;
	char *key;

	memset(groups, 0, sizeof(*groups));
	for (i = 0; i < recording->count; i++) {
		key = make_key(&recording->records[i], grouping);
		if (!key)
			continue;
		grow_index(&index, groups);
		slot = find_slot(&index, groups, key);
		if (*slot) {
			free(key);
		} else {
			xgrow(groups->group, groups->count, room);
			memset(&groups->group[groups->count], 0, sizeof(struct group));
			groups->group[groups->count].number = groups->count;
			groups->group[groups->count++].key = key;
			*slot = groups->count;
		}
		if (numbers)
			numbers[i] = *slot - 1;
		add_to_group(&groups->group[*slot - 1], &recording->records[i]);
	}
	free(index.slot);
	if (groups->count)
		qsort(groups->group, groups->count, sizeof(*groups->group), by_total);
}

void groups_free(struct groups *groups)
{
	while (groups->count)
		free(groups->group[--groups->count].key);
	free(groups->group);
	groups->group = NULL;
}
