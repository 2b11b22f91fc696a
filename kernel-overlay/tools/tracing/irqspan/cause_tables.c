// SPDX-License-Identifier: GPL-2.0
/* Causes that the tracer's tables tell of: see cause.h. */
#include <string.h>

#include "cause_internal.h"
#include "utils.h"

/*
 * Timers of another CPU came to an isolated one, and expired there @n times. Who started
 * them is known, so that cause tells more.
 */
static void take_expiries(struct causes *causes, const struct cause *came, uint64_t n)
{
	for (unsigned int i = 0; i < causes->nr && n; i++) {
		struct cause *cause = causes->list[i];
		uint64_t taken = cause->count < n ? cause->count : n;

		if (cause->kind != CAUSE_EXPIRY || !cause->count ||
		    strcmp(cause->field[FIELD_FUNCTION], came->field[FIELD_FUNCTION]) ||
		    strcmp(cause->field[FIELD_MODULE], came->field[FIELD_MODULE]) ||
		    strcmp(cause->field[FIELD_WORK], came->field[FIELD_WORK]))
			continue;
		n -= taken;
		cause->total -= cause->total / cause->count * taken;
		cause->count -= taken;
		cause->interruptions -= taken;
		if (!cause->count) {
			cause->total = 0;
			cause->longest = 0;
		}
	}
}

static void note_longest(struct cause *cause, const struct table *table, unsigned int row,
			 const char *column)
{
	uint64_t ns = table_number(table, row, column);

	/* The tables have the longest ever; what is not of this time is "-" by now. */
	if (!table_is_number(table, row, column))
		cause->longest_is_old = true;
	else if (ns > cause->longest)
		cause->longest = ns;
}

/* Whether a function is among those of a path, "a<b[module]<c" */
static bool path_has(const char *path, const char *function)
{
	size_t length = strlen(function);

	while (length && path) {
		if (!strncmp(path, function, length) && strchr("<[", path[length]))
			return true;
		path = strchr(path, '<');
		if (path)
			path++;
	}
	return false;
}

/* A row of timers for which IPIs came back to the CPU that armed them */
struct woken_timer {
	unsigned int	row;
	unsigned int	armed;
	unsigned int	queued;
	uint64_t	wakes;
	struct symbol	function;
};

struct woken_timers {
	struct woken_timer	*list;
	unsigned int		nr;
	unsigned int		room;
};

/* Both tables may have many thousand rows, but IPIs come back for few timers: find those once. */
static void find_woken_timers(struct woken_timers *woken, const struct table *timers)
{
	for (unsigned int i = 0; i < timers->nr_rows; i++) {
		struct woken_timer timer = {
			.row	= i,
			.wakes	= table_number(timers, i, "wakes"),
		};

		if (!timer.wakes || !table_cpu(timers, i, "armed_cpu", &timer.armed) ||
		    !table_cpu(timers, i, "queued_cpu", &timer.queued))
			continue;
		symbol_parse(&timer.function, table_word(timers, i, "function"));
		if (name_is_unknown(timer.function.function))
			continue;
		xgrow(woken->list, woken->nr, woken->room);
		woken->list[woken->nr++] = timer;
	}
}

/*
 * The row of timers that an IPI came back for: it was sent to the CPU that armed the
 * timer, by the one that ran its function, which is in the path. -1: there is none.
 */
static int find_timer(const struct woken_timers *woken, const struct table *ipis, unsigned int row,
		      unsigned int to)
{
	const char *path = table_word(ipis, row, "path");
	uint64_t most = 0;
	unsigned int from;
	int found = -1;

	if (!table_cpu(ipis, row, "from_cpu", &from))
		return -1;
	for (unsigned int i = 0; i < woken->nr; i++) {
		const struct woken_timer *timer = &woken->list[i];

		if (timer->armed != to || timer->queued != from || timer->wakes <= most ||
		    !path_has(path, timer->function.function))
			continue;
		most = timer->wakes;
		found = timer->row;
	}
	return found;
}

static struct cause *add_timer(struct causes *causes, const struct table *timers, unsigned int row)
{
	char *comm = name_show(xstrdup(table_word(timers, row, "comm")));
	const char *kind = table_word(timers, row, "kind");
	unsigned int armed, queued, hit, other;
	struct symbol function, work;
	struct cause *cause;
	bool left;

	if (!table_cpu(timers, row, "armed_cpu", &armed)) {
		free(comm);
		return NULL;
	}
	left = set_has(&causes->cpus, armed);
	if (!table_cpu(timers, row, "queued_cpu", &queued))
		queued = armed;
	hit = left ? armed : queued;
	other = left ? queued : armed;
	symbol_parse(&function, table_word(timers, row, "function"));
	symbol_parse(&work, table_word(timers, row, "work"));
	cause = cause_get(causes, CAUSE_TIMER,
			  xprintf("%d|%s|%s|%s|%s", left, kind, function.function, work.function,
				  comm));
	cause_set_function(cause, &function);
	cause_set_field(cause, FIELD_KIND, kind);
	cause_set_field(cause, FIELD_WORK, symbol_show(&work));
	cause_set_field(cause, FIELD_TASK, comm);
	cause_set_field(cause, FIELD_BY, left ? "left" : "came");
	set_add(&cause->cpus, hit);
	if (other != hit)
		set_add(&cause->from, other);
	free(comm);
	return cause;
}

static void add_timers(struct causes *causes, const struct table *timers)
{
	for (unsigned int i = 0; i < timers->nr_rows; i++) {
		uint64_t migrations = table_number(timers, i, "migrations");
		uint64_t expiries = table_number(timers, i, "expiries");
		uint64_t wakes = table_number(timers, i, "wakes");
		unsigned int armed, queued;
		struct cause *cause;

		if (!table_cpu(timers, i, "armed_cpu", &armed) ||
		    !table_cpu(timers, i, "queued_cpu", &queued) ||
		    !(migrations | expiries | wakes))
			continue;
		/* Anywhere else it is as it should be, unless the CPU is woken up for it. */
		if (set_has(&causes->cpus, armed)) {
			if (!wakes && !set_has(&causes->isolated, armed))
				continue;
		} else if (!set_has(&causes->isolated, queued)) {
			continue;
		}
		cause = add_timer(causes, timers, i);
		cause->count += migrations > expiries ? migrations : expiries;
		cause->wakes += wakes;
		if (set_has(&causes->cpus, armed))
			continue;
		cause->interruptions += expiries;
		take_expiries(causes, cause, expiries);
	}
}

/* The work that a kworker did, of a path "a<b<work<process_one_work<c"; "-" if it did none */
static char *path_work(const char *path)
{
	const char *end = strstr(path, "<process_one_work<"), *begin = end;

	if (!end)
		return xstrdup("-");
	while (begin > path && begin[-1] != '<')
		begin--;
	/*
	 * complete() is no work. Work that ends in a call of it has left the stack by then,
	 * so that its own name is not known.
	 */
	if (!strncmp(begin, "complete<", strlen("complete<")))
		return xstrdup("-");
	return xprintf("%.*s", (int)(end - begin), begin);
}

static void add_ipi(struct causes *causes, const struct table *ipis, unsigned int row,
		    unsigned int to)
{
	uint64_t no_ipi = table_number(ipis, row, "no_ipi");
	uint64_t count = table_number(ipis, row, "count");
	char *comm = name_show(xstrdup(table_word(ipis, row, "comm")));
	const char *kind = table_word(ipis, row, "kind"), *path = table_word(ipis, row, "path");
	char *work = path_work(path);
	struct symbol function, site;
	struct cause *cause, this = { .kind = CAUSE_IPI };
	const struct advice *advice;
	unsigned int from;

	symbol_parse(&function, table_word(ipis, row, "function"));
	symbol_parse(&site, table_word(ipis, row, "call_site"));
	cause_set_function(&this, &function);
	cause_set_field(&this, FIELD_KIND, kind);
	cause_set_field(&this, FIELD_CALLER, symbol_show(&site));
	cause_set_field(&this, FIELD_NAME, table_word(ipis, row, "name"));
	cause_set_field(&this, FIELD_PATH, path);
	cause_set_field(&this, FIELD_TASK, comm);
	cause_set_field(&this, FIELD_WORK, work);
	/* The same call may be asked for by the same code, and yet not for the same reason. */
	advice = advice_find(cause_kind_name(CAUSE_IPI), this.field);
	cause = cause_get(causes, CAUSE_IPI,
			  xprintf("%s|%s|%s|%s|%s|%p", kind, function.function, function.module,
				  site.function, work, (const void *)advice));
	if (!cause->count) {
		memcpy(cause->field, this.field, sizeof(this.field));
	} else {
		for (unsigned int i = 0; i < NR_FIELDS; i++)
			free(this.field[i]);
	}
	/* Of several ways by which it was asked for, the one that was taken most often */
	if (count - no_ipi > cause->by_path) {
		cause->by_path = count - no_ipi;
		cause_set_field(cause, FIELD_PATH, path);
		cause_set_field(cause, FIELD_TASK, comm);
	}
	cause->count += count - no_ipi;
	cause->total += table_number(ipis, row, "run_total");
	note_longest(cause, ipis, row, "run_max");
	set_add(&cause->cpus, to);
	if (table_cpu(ipis, row, "from_cpu", &from))
		set_add(&cause->from, from);
	if (set_has(&causes->isolated, to))
		cause->interruptions += count - no_ipi;
	free(comm);
	free(work);
}

static void add_ipis(struct causes *causes, const struct table *ipis, const struct table *timers)
{
	struct woken_timers woken = { NULL };

	if (timers)
		find_woken_timers(&woken, timers);
	for (unsigned int i = 0; i < ipis->nr_rows; i++) {
		struct cause *cause;
		unsigned int to;
		int timer;

		if (!table_cpu(ipis, i, "to_cpu", &to) || !set_has(&causes->cpus, to) ||
		    table_number(ipis, i, "count") <= table_number(ipis, i, "no_ipi"))
			continue;
		timer = find_timer(&woken, ipis, i, to);
		if (timer < 0) {
			add_ipi(causes, ipis, i, to);
			continue;
		}
		/* That the task was woken up as late as that is the timer's doing. */
		cause = add_timer(causes, timers, timer);
		if (!cause)
			continue;
		cause->total += table_number(ipis, i, "delay_total");
		note_longest(cause, ipis, i, "delay_max");
		if (set_has(&causes->isolated, to))
			cause->interruptions += table_number(ipis, i, "count") -
						table_number(ipis, i, "no_ipi");
	}
	free(woken.list);
}

/* The idle task did not do it itself: it has no name that tells. */
static bool is_idle_task(const char *comm)
{
	return !strncmp(comm, "swapper/", 8);
}

static void add_late(struct causes *causes, const struct table *blame)
{
	for (unsigned int i = 0; i < blame->nr_rows; i++) {
		struct symbol victim, culprit;
		struct cause *cause;
		bool is_handler;
		unsigned int cpu;
		char *comm;

		if (!table_cpu(blame, i, "cpu", &cpu) || !set_has(&causes->cpus, cpu))
			continue;
		symbol_parse(&culprit, table_word(blame, i, "handler"));
		is_handler = !name_is_unknown(culprit.function);
		if (!is_handler)
			symbol_parse(&culprit, table_word(blame, i, "caller"));
		symbol_parse(&victim, table_word(blame, i, "function"));
		/* Several that had no row of their own: "# folded" tells how many. */
		if (name_is_unknown(culprit.function) && name_is_unknown(victim.function))
			continue;
		/* Who was interrupted has nothing to do with it. */
		comm = name_show(xstrdup(table_word(blame, i, "comm")));
		if (is_handler || is_idle_task(comm))
			strcpy(comm, "-");
		cause = cause_get(causes, CAUSE_LATE, xprintf("%s|%s|%s", culprit.function,
							      culprit.module, comm));
		note_longest(cause, blame, i, "late_max");
		cause_add_victim(cause, symbol_show(&victim), table_word(blame, i, "victim"),
				 table_number(blame, i, "late_max"),
				 table_number(blame, i, "count"));
		cause_set_function(cause, &culprit);
		cause_set_field(cause, FIELD_TASK, comm);
		cause_set_field(cause, FIELD_BY, is_handler ? "interrupt" : "code");
		cause->count += table_number(blame, i, "count");
		cause->total += table_number(blame, i, "late_total");
		set_add(&cause->cpus, cpu);
		free(comm);
	}
}

void causes_add_tables(struct causes *causes, const struct snapshot *difference)
{
	if (difference->timers)
		add_timers(causes, difference->timers);
	if (difference->ipis)
		add_ipis(causes, difference->ipis, difference->timers);
	if (difference->blame)
		add_late(causes, difference->blame);
}
