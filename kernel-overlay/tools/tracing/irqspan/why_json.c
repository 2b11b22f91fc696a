// SPDX-License-Identifier: GPL-2.0
/* What irqspan why found out, as JSON: see why.schema.json for what is in it. */
#include <string.h>

#include "advice.h"
#include "json.h"
#include "utils.h"
#include "why.h"

static void write_set(FILE *to, const char *key, const struct set *set)
{
	char *list = set_format(set);

	json_text(to, key, list);
	free(list);
}

static void write_known(FILE *to, const struct cause *cause)
{
	const char *separator = "";

	json_key(to, "known");
	fputc('{', to);
	for (unsigned int i = 0; i < NR_FIELDS; i++) {
		const char *value = cause->field[i];

		if (!value || !*value || !strcmp(value, "-"))
			continue;
		fputs(separator, to);
		json_string(to, advice_field_name(i));
		fputc(':', to);
		json_string(to, value);
		separator = ",";
	}
	fputc('}', to);
}

static void write_advice(FILE *to, const struct advice *advice, const struct cause *cause)
{
	char *what = advice_fill(advice->what, cause->field);
	char *what_to_do = advice_fill(advice->what_to_do, cause->field);

	fputs("{\"why\":", to);
	json_string(to, what);
	json_text(to, "do", what_to_do);
	json_text(to, "see", advice->source);
	fputc('}', to);
	free(what);
	free(what_to_do);
}

static void write_all_advice(FILE *to, const struct cause *cause)
{
	json_key(to, "advice");
	fputc('[', to);
	if (cause->advice)
		write_advice(to, cause->advice, cause);
	if (cause->besides) {
		fputc(',', to);
		write_advice(to, cause->besides, cause);
	}
	fputc(']', to);
}

static void write_victims(FILE *to, const struct cause *cause)
{
	json_key(to, "late");
	fputc('[', to);
	for (unsigned int i = 0; i < cause->nr_victims; i++) {
		const struct victim *victim = &cause->victim[i];

		fputs(i ? ",{\"function\":" : "{\"function\":", to);
		json_string(to, victim->name);
		json_text(to, "kind", victim->kind);
		json_number(to, "count", victim->count);
		if (victim->late_max)
			json_number(to, "longest_ns", victim->late_max);
		fputc('}', to);
	}
	fputc(']', to);
}

static void write_cause(FILE *to, const struct cause *cause)
{
	char *text = cause_show(cause);

	fprintf(to, "{\"kind\":\"%s\"", cause_kind_name(cause->kind));
	json_text(to, "text", text);
	json_number(to, "count", cause->count);
	json_number(to, "total_ns", cause->total);
	if (cause->longest)
		json_number(to, "longest_ns", cause->longest);
	if (cause->still)
		json_number(to, "still_ns", cause->still);
	json_number(to, "harm_ns", cause->harm);
	json_bool(to, "too_long", cause->over);
	json_number(to, "interruptions", cause->interruptions);
	if (cause->kind == CAUSE_TIMER)
		json_number(to, "ipis_back", cause->wakes);
	if (cause->kind == CAUSE_LINE)
		json_number(to, "pending", cause->pending);
	if (cause->kind == CAUSE_LATE)
		write_victims(to, cause);
	if (cause->inside) {
		json_text(to, "inside", cause->inside);
		json_number(to, "inside_ns", cause->inside_time);
	}
	if (cause->ended_by)
		json_text(to, "ended_by", cause->ended_by);
	write_known(to, cause);
	write_all_advice(to, cause);
	fputc('}', to);
	free(text);
}

/* The same as why_print_causes() lists, and those that it leaves out for their number */
static void write_causes(FILE *to, const struct causes *causes)
{
	const char *separator = "\n";

	json_key(to, "causes");
	fputc('[', to);
	for (unsigned int i = 0; i < causes->nr; i++) {
		if (!cause_matters(causes->list[i]))
			continue;
		fputs(separator, to);
		write_cause(to, causes->list[i]);
		separator = ",\n";
	}
	fputc(']', to);
}

static void write_table(FILE *to, const char *name, const struct table *table)
{
	json_key(to, name);
	if (!table) {
		fputs("null", to);
		return;
	}
	fprintf(to, "{\"cleared\":%s", table->cleared ? "true" : "false");
	json_number(to, "folded", table_note(table, "folded"));
	json_number(to, "lost", table_lost(table));
	fputc('}', to);
}

static void write_unknown(FILE *to, const struct finding *finding)
{
	const struct snapshot *difference = finding->difference;

	json_key(to, "not_known");
	fprintf(to, "{\"lost_records\":%llu", (unsigned long long)finding->lost);
	if (finding->own)
		json_text(to, "own_tasks", finding->own);
	if (finding->softirqs)
		json_text(to, "softirqs", finding->softirqs);
	write_table(to, "stats", difference->stats);
	write_table(to, "ipis", difference->ipis);
	write_table(to, "timers", difference->timers);
	write_table(to, "blame", difference->blame);
	fputc('}', to);
}

void why_write_json(FILE *to, const struct finding *finding)
{
	fputs("{\"format\":\"irqspan-why\",\"version\":1", to);
	write_set(to, "cpus", finding->cpus);
	write_set(to, "isolated", &finding->causes->isolated);
	json_number(to, "measured_ns", finding->measured);
	json_number(to, "limit_ns", finding->limit);
	json_bool(to, "disturbed", finding->disturbed);
	json_number(to, "spans_too_long", finding->spans_over);
	if (finding->longest_span)
		json_number(to, "longest_span_ns", finding->longest_span);
	json_number(to, "interruptions", finding->interruptions);
	json_number(to, "late", finding->late);
	json_number(to, "late_longest_ns", finding->late_longest);
	json_number(to, "pending", finding->pending);
	json_number(to, "pending_longest_ns", finding->pending_longest);
	json_number(to, "stolen_ns", finding->stolen);
	write_causes(to, finding->causes);
	write_unknown(to, finding);
	fputs("}\n", to);
}
