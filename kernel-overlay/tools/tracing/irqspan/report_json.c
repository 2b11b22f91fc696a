// SPDX-License-Identifier: GPL-2.0
/* A recording as JSON: see report.schema.json for what is in it. */
#include <inttypes.h>
#include <string.h>

#include "groups.h"
#include "json.h"
#include "names.h"
#include "report.h"
#include "table.h"
#include "utils.h"
#include "views.h"

static void place(FILE *to, const char *key, const struct place *at)
{
	if (!at)
		return;
	json_key(to, key);
	fprintf(to, "{\"address\":\"0x%" PRIx64 "\"", at->address);
	if (at->known) {
		json_text(to, "function", at->function);
		json_number(to, "offset", at->offset);
	}
	if (at->module)
		json_text(to, "module", at->module);
	fputc('}', to);
}

static void stack(FILE *to, const struct recorded *record)
{
	unsigned int i;

	if (!record->stack_depth)
		return;
	json_key(to, "stack");
	for (i = 0; i < record->stack_depth; i++) {
		fputc(i ? ',' : '[', to);
		json_string(to, record->stack[i]->function);
	}
	fputc(']', to);
}

static void write_record(FILE *to, const struct recording *recording, const struct recorded *record)
{
	static const char *const other[RECORD_EVENTS] = {
		[LINE_SPAN] = "cpu_off", [IPI_LATE] = "from_cpu", [TIMER_MIGRATE] = "from_cpu",
		[REMOTE_WAKE] = "armed_cpu",
	};

	fprintf(to, "{\"event\":\"%s\",\"cpu\":%d", record_event_names[record->event], record->cpu);
	json_number(to, "time_ns", record->time);
	if (is_span(record) || is_late(record))
		json_number(to, "duration_ns", record->duration);
	if (is_late(record))
		json_number(to, "late_ns", record->late);
	place(to, "function", record->function);
	place(to, "call_site", record->call_site);
	place(to, "caller", record->caller);
	place(to, "parent", record->parent);
	place(to, "end_caller", record->end_caller);
	place(to, "end_parent", record->end_parent);
	place(to, "handler", record->handler);
	if (record->event == LOCAL_SPAN)
		json_number(to, "handler_ns", record->handler_ns);
	if (record->event == LOCAL_SPAN || is_late(record))
		json_number(to, "waited_ns", record->waited);
	json_text(to, "comm", record->comm);
	fprintf(to, ",\"pid\":%d", record->pid);
	if (is_span(record)) {
		json_text(to, "end_comm", record->end_comm);
		fprintf(to, ",\"end_pid\":%d", record->end_pid);
	}
	if (strcmp(record->kind, "-"))
		json_text(to, record->event == LOCAL_SPAN ? "context" : "kind", record->kind);
	if (record->event == LINE_SPAN) {
		fprintf(to, ",\"irq\":%d", record->irq);
		json_text(to, "name", record->name);
		json_bool(to, "pending", record->pending);
	}
	if (other[record->event])
		fprintf(to, ",\"%s\":%d", other[record->event], record->other_cpu);
	if (record->to_cpu >= 0)
		fprintf(to, ",\"%s\":%d", record->event == REMOTE_WAKE ? "expired_cpu" : "to_cpu",
			record->to_cpu);
	if (record->blamed)
		json_number(to, "blamed_record", record->blamed - recording->records);
	stack(to, record);
	fputc('}', to);
}

static void write_settings(FILE *to, const struct recording *recording)
{
	const char *line = recording_table(recording, "settings"), *end;
	const char *separator = "";

	fputs(",\"settings\":{", to);
	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		char *key = xprintf("%.*s", (int)strcspn(line, "\n "), line);
		size_t skip = strlen(key) + (line[strlen(key)] == ' ');
		char *value = xprintf("%.*s", (int)(end - line - skip), line + skip);

		fputs(separator, to);
		json_string(to, key);
		fputc(':', to);
		json_string(to, value);
		separator = ",";
		free(key);
		free(value);
	}
	fputc('}', to);
}

/* Words of a table have escapes for blanks. */
static void write_word(FILE *to, const char *word)
{
	char *plain = name_unescape(xstrdup(word));

	json_string(to, plain);
	free(plain);
}

/* Columns of names, which may look like a number: a task may be called 42. */
static bool has_names(const char *column)
{
	static const char *const names[] = { "name", "comm", "span_comm" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(column, names[i]))
			return true;
	}
	return false;
}

static void write_table(FILE *to, const struct table *table)
{
	unsigned int row, i;

	fputc('[', to);
	for (row = 0; row < table->nr_rows; row++) {
		fputs(row ? ",\n{" : "\n{", to);
		for (i = 0; i < table->nr_columns; i++) {
			if (i)
				fputc(',', to);
			json_string(to, table->column[i]);
			fputc(':', to);
			if (!has_names(table->column[i]) &&
			    table_is_number(table, row, table->column[i]))
				fprintf(to, "%" PRIu64,
					table_number(table, row, table->column[i]));
			else
				write_word(to, table_word(table, row, table->column[i]));
		}
		fputc('}', to);
	}
	fputc(']', to);
}

static void write_tables(FILE *to, const struct recording *recording)
{
	const char *separator = "";
	size_t i;

	fputs(",\n\"tables\":{", to);
	for (i = 0; i < NR_RECORDED_TABLES; i++) {
		struct table *table = recorded_difference(recording, recorded_tables[i]);

		if (!table)
			continue;
		fputs(separator, to);
		json_string(to, recorded_tables[i]);
		fputc(':', to);
		write_table(to, table);
		table_free(table);
		separator = ",\n";
	}
	fputc('}', to);
}

static void write_culprits(FILE *to, const struct recording *recording)
{
	enum culprit_kind kind;
	struct groups groups;
	size_t i;

	groups_make(&groups, recording, BY_CULPRIT, NULL);
	fputs(",\n\"culprits\":[", to);
	for (i = 0; i < groups.count; i++) {
		const struct group *group = &groups.group[i];
		char *code = xprintf("%.*s", (int)strcspn(group->key, "\n"), group->key);

		fputs(i ? ",\n{\"code\":" : "\n{\"code\":", to);
		json_string(to, code);
		place(to, "place", culprit_of(group->worst, &kind));
		json_text(to, "did", culprit_kind_names[kind]);
		json_number(to, "spans", group->count);
		json_number(to, "total_ns", group->total);
		json_number(to, "longest_ns", group->longest);
		json_number(to, "longest_record", group->worst - recording->records);
		json_number(to, "made_late", group->late);
		json_number(to, "late_longest_ns", group->late_longest);
		fputc('}', to);
		free(code);
	}
	fputc(']', to);
	groups_free(&groups);
}

void report_json(FILE *to, const struct recording *recording)
{
	size_t i;

	fputs("{\"format\":\"irqspan-report\",\"version\":1", to);
	fprintf(to, ",\"cpus\":%d", recording->cpus);
	json_number(to, "begin_ns", recording->begin);
	json_number(to, "end_ns", recording->end);
	json_number(to, "overflows", recording->lost);
	write_settings(to, recording);
	fputs(",\n\"records\":[", to);
	for (i = 0; i < recording->count; i++) {
		fputs(i ? ",\n" : "\n", to);
		write_record(to, recording, &recording->records[i]);
	}
	fputc(']', to);
	write_culprits(to, recording);
	write_tables(to, recording);
	fputs("}\n", to);
}
