// SPDX-License-Identifier: GPL-2.0
/* A recording on the terminal. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "units.h"
#include "utf8.h"
#include "utils.h"
#include "views.h"

const struct fact report_facts[] = {
	{ "host",		"machine" },
	{ "release",		"kernel" },
	{ "architecture",	"architecture" },
	{ "date",		"recorded at" },
	{ "command",		"command" },
	{ "cpus",		"CPUs" },
	{ "irqs",		"lines" },
	{ "local_thresh",	"CPU spans from" },
	{ "line_thresh",	"line spans from" },
	{ }
};

static char *show_cell(const struct cell *cell, enum column_type type)
{
	if (has_words(type))
		return utf8_clean(xstrdup(cell->words));
	if (!cell->known)
		return xstrdup("-");
	if (type == TIME)
		return xstrdup(show_time(cell->number));
	return xprintf("%" PRIu64, cell->number);
}

static void print_view(FILE *to, const struct view *view, size_t rows, bool colour)
{
	size_t shown = rows && rows < view->nr_rows ? rows : view->nr_rows;
	size_t columns = view->nr_columns;
	int *width = xalloc(columns * sizeof(*width));
	char **text = xalloc(columns * (shown + 1) * sizeof(*text));
	size_t row, i;

	for (row = 0; row <= shown; row++) {
		for (i = 0; i < columns; i++) {
			char **at = &text[row * columns + i];
			int length;

			*at = row ? show_cell(&view->cells[(row - 1) * columns + i],
					      view->columns[i].type) :
				xstrdup(view->columns[i].title);
			length = utf8_count(*at);
			if (length > width[i])
				width[i] = length;
		}
	}
	fprintf(to, "\n%s%s%s\n", colour ? "\033[1m" : "", view->title, colour ? "\033[0m" : "");
	for (row = 0; row <= shown; row++) {
		fputs("  ", to);
		for (i = 0; i < columns; i++) {
			bool last = i == columns - 1;
			const char *cell = text[row * columns + i];

			int pad = width[i] - utf8_count(cell);

			if (has_words(view->columns[i].type))
				fprintf(to, "%s%*s", cell, last ? 0 : pad, "");
			else
				fprintf(to, "%*s%s", pad, "", cell);
			fputs(last ? "\n" : "  ", to);
		}
	}
	if (shown < view->nr_rows)
		fprintf(to, "  ... and %zu more, which --all shows\n", view->nr_rows - shown);
	for (i = 0; i < columns * (shown + 1); i++)
		free(text[i]);
	free(text);
	free(width);
}

void report_text(FILE *to, const struct recording *recording, unsigned int rows)
{
	bool colour = isatty(fileno(to)) && !getenv("NO_COLOR");
	struct views views;
	size_t i;

	views_make(&views, recording);
	fprintf(to, "%s%s.%s\n", colour ? "\033[1m" : "", utf8_clean(views.headline),
		colour ? "\033[0m" : "");
	for (i = 0; i < views.nr_sentences; i++)
		fprintf(to, "%s\n", utf8_clean(views.sentences[i]));
	fprintf(to, "%zu records in %s.\n", recording->count,
		show_time(recording->end - recording->begin));
	for (i = 0; i < views.count; i++)
		print_view(to, &views.view[i], rows, colour);
	views_free(&views);
}
