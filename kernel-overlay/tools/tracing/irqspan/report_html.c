// SPDX-License-Identifier: GPL-2.0
/*
 * A recording as one page of HTML, from the template report.html: its tables can be read
 * as they are, its script draws the rest from the data behind them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "json.h"
#include "report.h"
#include "units.h"
#include "utf8.h"
#include "utils.h"
#include "views.h"

/* More records would make the page too large to be mailed: then only the longest are kept. */
#define RECORDS_MAX	200000

__asm__(".section .rodata\n"
	"report_template:\n"
	".incbin \"report.html\"\n"
	".byte 0\n"
	".previous\n");

static void html(FILE *to, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	for (; *at; at += length) {
		length = utf8_length(at);
		if (!length) {
			fputs("&#xfffd;", to);
			length = 1;
		} else if (*at == '<' || *at == '>' || *at == '&' || *at == '"') {
			fprintf(to, "&#%u;", *at);
		} else if (*at < 0x20 && *at != '\n' && *at != '\t') {
			fputs("&#xfffd;", to);
		} else {
			fwrite(at, 1, length, to);
		}
	}
}

/* Write a time for HTML, with "µs" where terminals get "us". */
static void html_time(FILE *to, uint64_t ns)
{
	const char *text = show_time(ns), *micro = strstr(text, " us");

	if (micro)
		fprintf(to, "%.*s &#181;s", (int)(micro - text), text);
	else
		fputs(text, to);
}

static void write_cell(FILE *to, const struct cell *cell, const struct column *column,
		       uint64_t most)
{
	if (has_words(column->type)) {
		fprintf(to, "<td%s>", column->type == CODE ? " class=\"c\"" : "");
		html(to, cell->words);
	} else if (!cell->known) {
		fputs("<td class=\"n\">", to);
	} else {
		fprintf(to, "<td class=\"n%s\" data-v=\"%" PRIu64 "\"", most ? " bar" : "",
			cell->number);
		if (most)
			fprintf(to, " style=\"--share:%u%%\"",
				(unsigned int)(100.0 * cell->number / most + 0.5));
		fputc('>', to);
		if (column->type == TIME)
			html_time(to, cell->number);
		else
			fprintf(to, "%" PRIu64, cell->number);
	}
	fputs("</td>", to);
}

static uint64_t most_in(const struct view *view, size_t column)
{
	uint64_t most = 0;
	size_t row;

	for (row = 0; row < view->nr_rows; row++) {
		const struct cell *cell = &view->cells[row * view->nr_columns + column];

		if (cell->known && cell->number > most)
			most = cell->number;
	}
	return most;
}

static void write_view(FILE *to, const struct view *view)
{
	uint64_t *most = xalloc(view->nr_columns * sizeof(*most));
	bool first = true;
	size_t row, i;

	fprintf(to, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">",
		view->id, view->id, view->id);
	html(to, view->title);
	fputs("</h2>\n<p class=\"note\">", to);
	html(to, view->note);
	fputs("</p>\n<div class=\"rows\"><table>\n<thead><tr>", to);
	for (i = 0; i < view->nr_columns; i++) {
		const struct column *column = &view->columns[i];

		bool is_first = column->type == TIME && first;

		/* The first column of times has a bar: its share of the greatest time. */
		if (is_first) {
			most[i] = most_in(view, i);
			first = false;
		}
		fprintf(to, "<th scope=\"col\"%s%s title=\"",
			has_words(column->type) ? "" : " class=\"n\"",
			is_first && view->sorted ? " aria-sort=\"descending\"" : "");
		html(to, column->help);
		fputs("\"><button type=\"button\">", to);
		html(to, *column->title ? column->title : "where");
		fputs("</button></th>", to);
	}
	fputs("</tr></thead>\n<tbody>\n", to);
	for (row = 0; row < view->nr_rows; row++) {
		fputs("<tr>", to);
		for (i = 0; i < view->nr_columns; i++)
			write_cell(to, &view->cells[row * view->nr_columns + i],
				   &view->columns[i], most[i]);
		fputs("</tr>\n", to);
	}
	fputs("</tbody></table></div>\n</section>\n", to);
	free(most);
}

static void write_header(FILE *to, const struct recording *recording, const struct views *views)
{
	const struct fact *fact;
	char value[256];
	size_t i;

	fputs("<h1>", to);
	html(to, views->headline);
	fputs("</h1>\n", to);
	for (i = 0; i < views->nr_sentences; i++) {
		fputs("<p class=\"lead\">", to);
		html(to, views->sentences[i]);
		fputs("</p>\n", to);
	}
	fprintf(to, "<dl class=\"facts\"><div><dt>records</dt><dd>%zu in ", recording->count);
	html_time(to, recording->end - recording->begin);
	fputs("</dd></div>", to);
	for (fact = report_facts; fact->name; fact++) {
		if (!recording_setting(recording, fact->name, value, sizeof(value)))
			continue;
		fputs("<div><dt>", to);
		html(to, fact->label);
		fputs("</dt><dd>", to);
		html(to, value);
		fputs("</dd></div>", to);
	}
	fputs("</dl>\n", to);
}

/* A row of the timeline: a CPU or a line. */
struct lane {
	bool		line;
	int		id;
	const char	*name;
};

static int by_lane(const void *a, const void *b)
{
	const struct lane *x = a, *y = b;

	if (x->line != y->line)
		return x->line - y->line;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct lane lane_of(const struct recorded *record)
{
	if (record->event == LINE_SPAN)
		return (struct lane){ true, record->irq, record->name };
	return (struct lane){ false, record->cpu, "" };
}

static size_t find_lane(const struct lane *lanes, size_t count, const struct recorded *record)
{
	struct lane lane = lane_of(record);

	return (const struct lane *)bsearch(&lane, lanes, count, sizeof(lane), by_lane) - lanes;
}

static size_t find_lanes(const struct recording *recording, struct lane **lanes)
{
	size_t count = 0, room = 0, i, k;

	*lanes = NULL;
	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];
		struct lane lane = lane_of(record);

		if (!is_span(record) && !is_late(record))
			continue;
		for (k = 0; k < count && by_lane(&(*lanes)[k], &lane); k++)
			;
		if (k < count)
			continue;
		xgrow(*lanes, count, room);
		(*lanes)[count++] = lane;
	}
	if (count)
		qsort(*lanes, count, sizeof(**lanes), by_lane);
	return count;
}

static int longer_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x > y ? -1 : x < y;
}

static uint64_t time_of(const struct recorded *record)
{
	return is_span(record) ? record->duration : record->late;
}

/* The least duration from which on there are at most RECORDS_MAX spans, or late records */
static uint64_t cut_off(const struct recording *recording, bool (*of)(const struct recorded *))
{
	uint64_t *times = xalloc((recording->count + 1) * sizeof(*times)), least = 0;
	size_t count = 0, i;

	for (i = 0; i < recording->count; i++) {
		if (of(&recording->records[i]))
			times[count++] = time_of(&recording->records[i]);
	}
	if (count > RECORDS_MAX) {
		qsort(times, count, sizeof(*times), longer_first);
		least = times[RECORDS_MAX] + 1;
	}
	free(times);
	return least;
}

/* What the page's data is made from. */
struct data {
	FILE				*to;
	const struct recording		*recording;
	const struct lane		*lanes;
	size_t				nr_lanes;
	const size_t			*group;
	const size_t			*number;	/* of each record, on the page */
	uint64_t			least[2];	/* to be kept: spans, late ones */
};

static bool is_shown(const struct data *data, const struct recorded *record)
{
	return (is_span(record) || is_late(record)) &&
		time_of(record) >= data->least[is_late(record)];
}

enum value { ENDS, LENGTH, LANE, GROUP, HANDLER, WAITED_FOR, BLAMED };

static void write_values(const struct data *data, const char *name, bool late, enum value value)
{
	const struct recording *recording = data->recording;
	uint64_t before = recording->begin;
	const char *separator = "";
	size_t i;

	fprintf(data->to, "\"%s\":[", name);
	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];
		int64_t number = 0;

		if (!is_shown(data, record) || is_late(record) != late)
			continue;
		switch (value) {
		case ENDS:
			number = record->time - before;
			before = record->time;
			break;
		case LENGTH:
			number = time_of(record);
			break;
		case LANE:
			number = find_lane(data->lanes, data->nr_lanes, record);
			break;
		case GROUP:
			number = data->group[i];
			break;
		case HANDLER:
			number = record->handler_ns;
			break;
		case WAITED_FOR:
			number = record->waited;
			break;
		case BLAMED:
			number = record->blamed && is_shown(data, record->blamed) ?
				(int64_t)data->number[record->blamed - recording->records] : -1;
			break;
		}
		fprintf(data->to, "%s%" PRId64, separator, number);
		separator = ",";
	}
	fputs("]", data->to);
}

static void write_words(FILE *to, const struct groups *groups)
{
	const char **words = xalloc((groups->count + 1) * sizeof(*words));
	size_t i;

	for (i = 0; i < groups->count; i++)
		words[groups->group[i].number] = groups->group[i].key;
	fputs(",\"groups\":[", to);
	for (i = 0; i < groups->count; i++) {
		if (i)
			fputs(",\n", to);
		json_string(to, words[i]);
	}
	fputs("]", to);
	free(words);
}

static void write_data(FILE *to, const struct recording *recording)
{
	size_t *group = xalloc((recording->count + 1) * sizeof(*group));
	size_t *number = xalloc((recording->count + 1) * sizeof(*number));
	struct data data = { .to = to, .recording = recording, .group = group, .number = number };
	struct groups groups;
	struct lane *lanes;
	size_t shown = 0, i;

	groups_make(&groups, recording, BY_WORDS, group);
	data.nr_lanes = find_lanes(recording, &lanes);
	data.lanes = lanes;
	data.least[0] = cut_off(recording, is_span);
	data.least[1] = cut_off(recording, is_late);
	for (i = 0; i < recording->count; i++) {
		if (is_span(&recording->records[i]) && is_shown(&data, &recording->records[i]))
			number[i] = shown++;
	}

	fprintf(to, "{\"whole\":%" PRIu64 ",\"lanes\":[", recording->end - recording->begin);
	for (i = 0; i < data.nr_lanes; i++) {
		char *name = lanes[i].line ? xprintf("irq %d %s", lanes[i].id, lanes[i].name) :
			xprintf("CPU %d", lanes[i].id);

		fputs(i ? ",[" : "[", to);
		json_string(to, name);
		fprintf(to, ",%d]", lanes[i].line);
		free(name);
	}
	fputs("]", to);
	write_words(to, &groups);
	fputs(",\n", to);
	write_values(&data, "time", false, ENDS);
	fputs(",\n", to);
	write_values(&data, "length", false, LENGTH);
	fputs(",\n", to);
	write_values(&data, "lane", false, LANE);
	fputs(",\n", to);
	write_values(&data, "group", false, GROUP);
	fputs(",\n", to);
	write_values(&data, "handler", false, HANDLER);
	fputs(",\n", to);
	write_values(&data, "waited", false, WAITED_FOR);
	fputs(",\n\"late\":{", to);
	write_values(&data, "time", true, ENDS);
	fputs(",\n", to);
	write_values(&data, "by", true, LENGTH);
	fputs(",\n", to);
	write_values(&data, "lane", true, LANE);
	fputs(",\n", to);
	write_values(&data, "group", true, GROUP);
	fputs(",\n", to);
	write_values(&data, "span", true, BLAMED);
	fputs("}}\n", to);
	groups_free(&groups);
	free(lanes);
	free(group);
	free(number);
}

void report_html(FILE *to, const struct recording *recording)
{
	const char *line, *end;
	struct views views;
	size_t i;

	views_make(&views, recording);
	for (line = report_template; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!strncmp(line, "@TITLE@", 7)) {
			html(to, views.headline);
			fputc('\n', to);
		} else if (!strncmp(line, "@HEADER@", 8)) {
			write_header(to, recording, &views);
		} else if (!strncmp(line, "@VIEWS@", 7)) {
			for (i = 0; i < views.count; i++)
				write_view(to, &views.view[i]);
		} else if (!strncmp(line, "@DATA@", 6)) {
			write_data(to, recording);
		} else {
			fwrite(line, 1, end + 1 - line, to);
		}
	}
	views_free(&views);
}
