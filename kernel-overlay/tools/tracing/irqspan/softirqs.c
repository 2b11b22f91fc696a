// SPDX-License-Identifier: GPL-2.0
/* Softirqs: see softirqs.h. */
#include <string.h>

#include "softirqs.h"
#include "utils.h"

struct softirq {
	const char		*name;		/* points into the text: no NUL behind it */
	int			length;
	unsigned long long	times;
};

/* Add up the numbers of a line in the columns of these CPUs; the header is "CPU0 CPU2". */
static unsigned long long sum_of_cpus(const struct set *cpus, const char *header,
				      const char *numbers)
{
	unsigned long long sum = 0, n;
	char *end;

	for (header = strstr(header, "CPU"); header; header = strstr(header, "CPU")) {
		unsigned long cpu = strtoul(header + 3, &end, 10);

		header = end;
		n = strtoull(numbers, &end, 10);
		if (end == numbers)
			break;
		numbers = end;
		if (set_has(cpus, cpu))
			sum += n;
	}
	return sum;
}

/* Get the next line "NAME: NUMBER..." of /proc/softirqs; false if there is none. */
static bool next_line(const char **text, struct softirq *softirq, const char **numbers)
{
	const char *line = strchr(*text, '\n'), *colon;

	if (!line || !*++line)
		return false;
	*text = line;
	line += strspn(line, " ");
	colon = line + strcspn(line, ":\n");
	if (*colon != ':')
		return false;
	*softirq = (struct softirq){ .name = line, .length = colon - line };
	*numbers = colon + 1;
	return true;
}

static int compare_times(const void *a, const void *b)
{
	const struct softirq *x = a, *y = b;

	return (x->times < y->times) - (x->times > y->times);
}

char *softirqs_between(const struct set *cpus, const char *before, const char *after)
{
	const char *header_before = before, *header_after = after, *then, *now;
	struct softirq *list = NULL, was, is;
	unsigned int nr = 0, room = 0;
	char *text = NULL;
	size_t size;
	FILE *to;

	/* Both have the same lines. */
	while (next_line(&before, &was, &then) && next_line(&after, &is, &now)) {
		if (was.length != is.length || strncmp(was.name, is.name, is.length))
			break;
		is.times = sum_of_cpus(cpus, header_after, now) -
			   sum_of_cpus(cpus, header_before, then);
		if (!is.times || is.times > INT64_MAX)
			continue;
		xgrow(list, nr, room);
		list[nr++] = is;
	}
	if (!nr)
		return NULL;
	qsort(list, nr, sizeof(*list), compare_times);
	to = open_memstream(&text, &size);
	if (!to)
		fail("out of memory");
	for (unsigned int i = 0; i < nr; i++)
		fprintf(to, "%s%.*s %llu time%s", i ? ", " : "", list[i].length, list[i].name,
			list[i].times, list[i].times == 1 ? "" : "s");
	fclose(to);
	free(list);
	return text;
}
