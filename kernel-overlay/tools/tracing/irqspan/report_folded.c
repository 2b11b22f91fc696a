// SPDX-License-Identifier: GPL-2.0
/*
 * Spans as folded stacks, which flame graphs are made of: a line for each stack, with its
 * functions, outermost first, and how long interrupts, or a line, were off there, ns.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "utf8.h"
#include "utils.h"

struct stack_line {
	char		*frames;
	uint64_t	weight;
};

/* Add a frame, without the characters that separate frames. */
static void add_frame(char **frames, const char *name)
{
	char *old = *frames, *frame = utf8_clean(xstrdup(name)), *at;

	for (at = frame; *at; at++) {
		if (*at == ';')
			*at = '_';
	}
	*frames = old ? xprintf("%s;%s", old, frame) : xstrdup(frame);
	free(frame);
	free(old);
}

static void add_place(char **frames, const struct place *place)
{
	if (place)
		add_frame(frames, place->function);
}

/* Index in the stack of the code that ended the span: frames before it are the tracer's. */
static unsigned int innermost(const struct recorded *record)
{
	unsigned int i;

	for (i = 0; record->end_caller && i < record->stack_depth; i++) {
		if (!strcmp(record->stack[i]->function, record->end_caller->function))
			return i;
	}
	return 0;
}

static char *frames_of(const struct recorded *record)
{
	char *frames = NULL, *name;
	unsigned int i, inner;

	if (record->event == LINE_SPAN) {
		name = xprintf("irq %d %s off", record->irq, record->name);
		add_frame(&frames, name);
		free(name);
	} else {
		add_frame(&frames, "interrupts off");
	}
	add_frame(&frames, record->comm);
	if (record->stack_depth) {
		inner = innermost(record);
		for (i = record->stack_depth; i-- > inner;)
			add_place(&frames, record->stack[i]);
		return frames;
	}
	if (record->parent && record->caller &&
	    strcmp(record->parent->function, record->caller->function))
		add_place(&frames, record->parent);
	add_place(&frames, record->caller);
	return frames;
}

static int by_frames(const void *a, const void *b)
{
	return strcmp(((const struct stack_line *)a)->frames,
		      ((const struct stack_line *)b)->frames);
}

void report_folded(FILE *to, const struct recording *recording)
{
	struct stack_line *lines = xalloc((recording->count + 1) * sizeof(*lines));
	size_t count = 0, i;

	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];

		if (!is_span(record))
			continue;
		lines[count].frames = frames_of(record);
		lines[count++].weight = record->duration;
	}
	qsort(lines, count, sizeof(*lines), by_frames);
	for (i = 0; i < count; i++) {
		if (i + 1 < count && !strcmp(lines[i].frames, lines[i + 1].frames))
			lines[i + 1].weight += lines[i].weight;
		else
			fprintf(to, "%s %" PRIu64 "\n", lines[i].frames, lines[i].weight);
		free(lines[i].frames);
	}
	free(lines);
}
