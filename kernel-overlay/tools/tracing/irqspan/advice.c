// SPDX-License-Identifier: GPL-2.0
/* Look up known causes, and what can be done about them: see advice.h. */
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#include "advice.h"
#include "utils.h"

static const char built_in[] =
#include "causes_data.h"
;

static const char *const field_names[NR_FIELDS] = {
	[FIELD_FUNCTION]	= "function",
	[FIELD_CALLER]		= "caller",
	[FIELD_MODULE]		= "module",
	[FIELD_TASK]		= "task",
	[FIELD_PATH]		= "path",
	[FIELD_KIND]		= "kind",
	[FIELD_NAME]		= "name",
	[FIELD_IRQ]		= "irq",
	[FIELD_WORK]		= "work",
	[FIELD_DEPENDENCY]	= "dependency",
	[FIELD_CONTEXT]		= "context",
	[FIELD_BY]		= "by",
	[FIELD_WAITED]		= "waited",
	[FIELD_FROM]		= "from",
	[FIELD_CPUS]		= "cpus",
	[FIELD_OTHERS]		= "others",
};

/* What replaces {FIELD} if the field is not known; NULL: the field's name */
static const char *const unknown_names[NR_FIELDS] = {
	[FIELD_FUNCTION]	= "that code",
	[FIELD_CALLER]		= "that code",
	[FIELD_TASK]		= "the task behind it",
	[FIELD_WORK]		= "that work",
	[FIELD_NAME]		= "that device",
};

static const char *const kinds[] = {
	"span", "line", "ipi", "timer", "expiry", "tick", "irq", "late",
};

static struct advice *list;
static unsigned int nr, room;

const char *advice_field_name(enum field field)
{
	return field_names[field];
}

static int find_field(const char *name, size_t length)
{
	for (int i = 0; i < NR_FIELDS; i++) {
		if (strlen(field_names[i]) == length && !strncmp(field_names[i], name, length))
			return i;
	}
	return -1;
}

/* Is each {FIELD} in the text one that exists? */
static bool names_fields(const char *text)
{
	const char *end;

	while ((text = strchr(text, '{'))) {
		end = strchr(text, '}');
		if (!end || find_field(text + 1, end - text - 1) < 0)
			return false;
		text = end;
	}
	return true;
}

/* Cut FIELD=PATTERN|PATTERN in pieces, which stay in @text. False if it is not written so. */
static bool parse_condition(struct condition *condition, char *text)
{
	unsigned int room_for_patterns = 0;
	char *is = strchr(text, '='), *pattern;
	int field = is ? find_field(text, is - text) : -1;

	if (field < 0)
		return false;
	*condition = (struct condition){ .field = field };
	for (text = is + 1; (pattern = strsep(&text, "|")); ) {
		xgrow(condition->patterns, condition->nr_patterns, room_for_patterns);
		condition->patterns[condition->nr_patterns++] = (struct pattern){
			.text	= pattern,
			.plain	= strcspn(pattern, "*?[\\"),
		};
	}
	return true;
}

/* Cut a line's second column in conditions. False if one is not written as FIELD=PATTERN. */
static bool parse_conditions(struct advice *advice, const char *column)
{
	char *text = xstrdup(column), *word;
	unsigned int room_for_conditions = 0;

	while ((word = strsep(&text, " "))) {
		if (!*word)
			continue;
		xgrow(advice->conditions, advice->nr_conditions, room_for_conditions);
		if (!parse_condition(&advice->conditions[advice->nr_conditions], word))
			return false;
		advice->nr_conditions++;
	}
	return advice->nr_conditions;
}

static void add_line(const char *name, unsigned int number, char *line)
{
	struct advice advice = { NULL };
	char *column[5];

	for (unsigned int i = 0; i < ARRAY_SIZE(column); i++) {
		column[i] = strsep(&line, "\t");
		if (!column[i] || !*column[i])
			fail("%s: line %u has not all of its five columns", name, number);
	}
	if (line)
		fail("%s: line %u has more than five columns", name, number);
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i], column[0]))
			advice.kind = kinds[i];
	}
	if (!advice.kind)
		fail("%s: line %u: there is no kind of cause '%s'", name, number, column[0]);
	if (!parse_conditions(&advice, column[1]))
		fail("%s: line %u: write conditions as FIELD=PATTERN, not '%s'", name, number,
		     column[1]);
	if (!names_fields(column[3]) || !names_fields(column[2]))
		fail("%s: line %u: there is a field in {} that does not exist", name, number);
	if (strncmp(column[4], "https://", 8))
		fail("%s: line %u: the source has to be an address, https://", name, number);
	advice.what = column[2];
	advice.what_to_do = column[3];
	advice.source = column[4];
	xgrow(list, nr, room);
	list[nr++] = advice;
}

void advice_load(const char *path)
{
	const char *name = path ? path : "causes.tsv";
	char *text, *line, *rest;
	unsigned int number = 0;
	size_t size;

	text = path ? read_file(path, &size) : xstrdup(built_in);
	if (path && strlen(text) != size)
		fail("%s is no text", path);
	nr = 0;
	for (rest = text; (line = strsep(&rest, "\n")); ) {
		number++;
		if (*line && *line != '#')
			add_line(name, number, line);
	}
}

/* fnmatch() takes long, and few values begin as a pattern does. */
static bool matches_pattern(const struct pattern *pattern, const char *value)
{
	if (strncmp(pattern->text, value, pattern->plain))
		return false;
	return !fnmatch(pattern->text + pattern->plain, value + pattern->plain, 0);
}

static bool matches(const struct condition *condition, const char *value)
{
	for (unsigned int i = 0; i < condition->nr_patterns; i++) {
		if (matches_pattern(&condition->patterns[i], value))
			return true;
	}
	return false;
}

/*
 * The compiler makes copies of functions that have something behind a dot, as "f.isra.0": which
 * ones is not the same in each kernel. Names without that, also in a path, "f.isra.0[module]<g"
 */
static char *without_copies(const char *value)
{
	char *names = xstrdup(value), *to = names;

	for (const char *from = names; *from; ) {
		if (*from == '.')
			from += strcspn(from, "[<");
		else
			*to++ = *from++;
	}
	*to = '\0';
	return names;
}

static bool has_functions(int i)
{
	return i == FIELD_FUNCTION || i == FIELD_CALLER || i == FIELD_PATH || i == FIELD_WORK;
}

static bool fits(const struct advice *advice, char *const field[NR_FIELDS])
{
	for (unsigned int i = 0; i < advice->nr_conditions; i++) {
		const struct condition *condition = &advice->conditions[i];
		const char *value = field[condition->field];

		if (!matches(condition, value ? value : ""))
			return false;
	}
	return true;
}

const struct advice *advice_find(const char *kind, char *const field[NR_FIELDS])
{
	const struct advice *found = NULL;
	char *plain[NR_FIELDS];

	for (int i = 0; i < NR_FIELDS; i++)
		plain[i] = field[i] && has_functions(i) ? without_copies(field[i]) : field[i];
	/* Work may be that of a module, "f [module]", or not: the list has the function alone. */
	if (plain[FIELD_WORK])
		plain[FIELD_WORK][strcspn(plain[FIELD_WORK], " ")] = '\0';
	for (unsigned int i = 0; i < nr && !found; i++) {
		if (!strcmp(list[i].kind, kind) && fits(&list[i], plain))
			found = &list[i];
	}
	for (int i = 0; i < NR_FIELDS; i++) {
		if (plain[i] != field[i])
			free(plain[i]);
	}
	return found;
}

/* Threads of the kernel that each CPU has: what they do is for others. */
static bool is_thread_of_cpu(const char *task)
{
	static const char *const threads[] = { "swapper/", "ksoftirqd/", "migration/", "cpuhp/" };

	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++) {
		if (!strncmp(task, threads[i], strlen(threads[i])))
			return true;
	}
	return false;
}

static void fill_field(FILE *to, int i, char *const field[NR_FIELDS])
{
	const char *value = field[i];

	if (!value || !*value || !strcmp(value, "-"))
		value = NULL;
	if (i == FIELD_TASK && value && is_thread_of_cpu(value))
		value = NULL;
	/* A kworker runs work that others queue: it is not the one to name. */
	if (i == FIELD_TASK && value && !strncmp(value, "kworker/", 8)) {
		const char *work = field[FIELD_WORK];

		fprintf(to, "what queues the work %s",
			work && *work && strcmp(work, "-") ? work : "of that kworker");
	} else if (value) {
		fputs(value, to);
	/* If a field is not known, show its name, so that the user knows what to put there. */
	} else if (unknown_names[i]) {
		fputs(unknown_names[i], to);
	} else {
		fprintf(to, "(%s)", field_names[i]);
	}
}

char *advice_fill(const char *text, char *const field[NR_FIELDS])
{
	size_t size;
	char *filled;
	FILE *to = open_memstream(&filled, &size);

	if (!to)
		fail("out of memory");
	while (*text) {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		int i = end ? find_field(text + 1, end - text - 1) : -1;

		if (i < 0) {
			fputc(*text++, to);
			continue;
		}
		fill_field(to, i, field);
		text = end + 1;
	}
	fclose(to);
	return filled;
}
