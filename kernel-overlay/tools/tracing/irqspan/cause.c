// SPDX-License-Identifier: GPL-2.0
/* What kept CPUs from their work, by cause: see cause.h. */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <time.h>

#include "cause.h"
#include "units.h"
#include "utf8.h"
#include "utils.h"

static const char *const kind_names[NR_CAUSE_KINDS] = {
	[CAUSE_SPAN]	= "span",
	[CAUSE_LINE]	= "line",
	[CAUSE_IPI]	= "ipi",
	[CAUSE_TIMER]	= "timer",
	[CAUSE_EXPIRY]	= "expiry",
	[CAUSE_TICK]	= "tick",
	[CAUSE_IRQ]	= "irq",
	[CAUSE_LATE]	= "late",
};

/* As in the kernel's enum tick_dep_bits */
static const char *const tick_dependencies[] = {
	"POSIX_TIMER", "PERF_EVENTS", "SCHED", "CLOCK_UNSTABLE", "RCU", "RCU_EXP",
};

const char *cause_kind_name(enum cause_kind kind)
{
	return kind_names[kind];
}

void causes_init(struct causes *causes, const struct set *cpus, uint64_t limit)
{
	struct timespec resolution;
	struct set online;

	*causes = (struct causes){ .limit = limit };
	cpus_online(&online);
	set_union(&causes->cpus, cpus);
	causes->all_cpus = set_is_subset(cpus, &online);
	cpus_isolated(&causes->spared);
	set_union(&causes->isolated, &causes->spared);
	set_intersect(&causes->isolated, cpus);
	cpus_nohz_full(&causes->tickless);
	/* Without high resolution timers the tick is no hrtimer: no event tells of it. */
	causes->ticks_recorded = !clock_getres(CLOCK_MONOTONIC, &resolution) &&
				 !resolution.tv_sec && resolution.tv_nsec == 1;
	set_free(&online);
}

static void free_cause(struct cause *cause)
{
	free(cause->key);
	free(cause->inside);
	free(cause->ended_by);
	for (unsigned int i = 0; i < cause->nr_victims; i++) {
		free(cause->victim[i].name);
		free(cause->victim[i].kind);
	}
	free(cause->victim);
	for (unsigned int i = 0; i < NR_FIELDS; i++)
		free(cause->field[i]);
	set_free(&cause->cpus);
	set_free(&cause->from);
	free(cause->tasks);
	free(cause);
}

void causes_free(struct causes *causes)
{
	for (unsigned int i = 0; i < causes->nr; i++)
		free_cause(causes->list[i]);
	free(causes->list);
	set_free(&causes->cpus);
	set_free(&causes->isolated);
	set_free(&causes->spared);
	set_free(&causes->tickless);
	free(causes->kept);
}

static void set_field(struct cause *cause, enum field field, const char *value)
{
	free(cause->field[field]);
	cause->field[field] = xstrdup(value);
}

static void set_function(struct cause *cause, const struct symbol *symbol)
{
	set_field(cause, FIELD_FUNCTION, symbol->function);
	set_field(cause, FIELD_MODULE, symbol->module);
}

static unsigned int hash_cause(enum cause_kind kind, const char *key)
{
	return (checksum_add(CHECKSUM_INIT, key, strlen(key)) + kind) % CAUSES_HASH;
}

static struct cause *find_cause(const struct causes *causes, enum cause_kind kind, const char *key)
{
	struct cause *cause;

	for (cause = causes->hash[hash_cause(kind, key)]; cause; cause = cause->next) {
		if (cause->kind == kind && !strcmp(cause->key, key))
			return cause;
	}
	return NULL;
}

/* The cause of that kind and key, a new one if there is none; the key is freed. */
static struct cause *get_cause(struct causes *causes, enum cause_kind kind, char *key)
{
	struct cause *cause = find_cause(causes, kind, key), **slot;

	if (cause) {
		free(key);
		return cause;
	}
	slot = &causes->hash[hash_cause(kind, key)];
	cause = xalloc(sizeof(*cause));
	cause->kind = kind;
	cause->key = key;
	cause->next = *slot;
	*slot = cause;
	xgrow(causes->list, causes->nr, causes->room);
	causes->list[causes->nr++] = cause;
	return cause;
}

static void add_time(struct cause *cause, uint64_t ns)
{
	cause->total += ns;
	if (ns > cause->longest)
		cause->longest = ns;
}

/* Records */

/*
 * Code that only turns interrupts off to take a lock, for whoever called it: the lock functions
 * themselves, of which the kernel does not always know who called them, that of run queues, and
 * those that take a lock if a count has come to its end.
 */
static bool takes_lock(const char *function)
{
	return (!strncmp(function, "_raw_", 5) && strstr(function, "lock")) ||
	       strstr(function, "_dec_and_lock_irqsave") ||
	       strstr(function, "_dec_and_raw_lock_irqsave");
}

void culprit_behind_lock(struct symbol *code, const struct symbol *end)
{
	if (takes_lock(code->function) && !name_is_unknown(end->function) &&
	    !takes_lock(end->function))
		*code = *end;
}

void culprit_of_span(struct culprit *culprit, const struct record *record)
{
	const char *context = record_context(record->context);
	struct symbol end;

	*culprit = (struct culprit){
		.waited	= record->waited >= record->duration - record->waited,
	};
	strcpy(culprit->task, "-");
	if (record->handler && record->handler_ns >= record->duration - record->handler_ns) {
		culprit->is_handler = true;
		symbol_find(&culprit->code, record->handler);
		return;
	}
	/* The caller is the code by which the CPU enters any interrupt. */
	if (!strcmp(context, "hardirq") && record->parent) {
		symbol_find(&culprit->code, record->parent);
		return;
	}
	symbol_find(&culprit->code, record->caller);
	symbol_find(&end, record->end_caller);
	culprit_behind_lock(&culprit->code, &end);
	if (!strcmp(context, "task") && record->comm[0])
		snprintf(culprit->task, sizeof(culprit->task), "%s", record->comm);
}

/*
 * Tasks may have ever new names, and irqspan top may run for weeks. When there are so many causes,
 * new ones are no longer told apart by their task.
 */
#define MOST_OF_TASKS	10000

static char *span_key(const struct culprit *culprit, const char *context, const char *task,
		      const char *path)
{
	/* Breakpoints, machine checks and NMIs all begin in the same function. */
	return xprintf("%s|%s|%s|%s|%d|%s", culprit->code.function, culprit->code.module, context,
		       task, culprit->waited, strcmp(context, "nmi") ? "" : path);
}

/* @caller: who turned interrupts off; @path: who called that, or the interrupt; "-": not known */
static struct cause *get_span(struct causes *causes, const struct culprit *culprit,
			      const char *context, const char *caller, const char *path)
{
	const char *task = culprit->task;
	char *key = span_key(culprit, context, task, path);
	struct cause *cause;

	if (causes->nr >= MOST_OF_TASKS && !find_cause(causes, CAUSE_SPAN, key)) {
		task = "-";
		free(key);
		key = span_key(culprit, context, task, path);
	}
	cause = get_cause(causes, CAUSE_SPAN, key);
	if (!cause->count++) {
		set_function(cause, &culprit->code);
		set_field(cause, FIELD_CALLER, caller);
		set_field(cause, FIELD_PATH, path);
		set_field(cause, FIELD_TASK, task);
		set_field(cause, FIELD_CONTEXT, context);
		set_field(cause, FIELD_BY, culprit->is_handler ? "handler" : "code");
		set_field(cause, FIELD_WAITED, culprit->waited ? "most" : "");
	}
	return cause;
}

/* To be called before the time of this span is added. */
static void note_end(struct cause *cause, const struct culprit *culprit,
		     const struct record *record)
{
	struct symbol end;

	if (record->duration <= cause->longest)
		return;
	symbol_find(&end, record->end_caller);
	free(cause->ended_by);
	cause->ended_by = NULL;
	if (!name_is_unknown(end.function) && strcmp(end.function, culprit->code.function))
		cause->ended_by = xstrdup(symbol_show(&end));
}

static void add_span(struct causes *causes, const struct record *record)
{
	const char *context = record_context(record->context);
	struct symbol caller, parent;
	struct culprit culprit;
	struct cause *cause;

	if (!set_has(&causes->cpus, record->cpu))
		return;
	if (!strcmp(context, "hardirq") && set_has(&causes->isolated, record->cpu)) {
		causes->interrupts++;
		causes->interrupts_total += record->duration;
	}
	culprit_of_span(&culprit, record);
	symbol_find(&caller, record->caller);
	symbol_find(&parent, record->parent);
	cause = get_span(causes, &culprit, context,
			 strcmp(caller.function, culprit.code.function) ? symbol_show(&caller) : "-",
			 symbol_show(&parent));
	if (!culprit.is_handler && record->handler && record->duration > cause->longest) {
		struct symbol handler;

		symbol_find(&handler, record->handler);
		free(cause->inside);
		cause->inside = xstrdup(symbol_show(&handler));
		cause->inside_time = record->handler_ns;
	}
	if (!culprit.is_handler && strcmp(context, "hardirq") && strcmp(context, "nmi"))
		note_end(cause, &culprit, record);
	add_time(cause, record->duration);
	set_add(&cause->cpus, record->cpu);
}

/* The CPUs that the interrupts of a line may come to */
static void line_cpus(struct set *cpus, unsigned int irq)
{
	char *path = xprintf("/proc/irq/%u/effective_affinity_list", irq);

	set_read(cpus, path);
	free(path);
}

static bool line_reaches_cpus(const struct causes *causes, unsigned int irq)
{
	struct set cpus;
	bool reaches;

	if (causes->all_cpus)
		return true;
	line_cpus(&cpus, irq);
	set_intersect(&cpus, &causes->cpus);
	reaches = !set_is_empty(&cpus);
	set_free(&cpus);
	return reaches;
}

static struct cause *get_line(struct causes *causes, unsigned int irq, const char *name,
			      const char *kind, const struct symbol *code, const char *comm)
{
	char *number = xprintf("%u", irq);
	struct cause *cause;

	cause = get_cause(causes, CAUSE_LINE,
			  xprintf("%u|%s|%s|%s", irq, code->function, code->module, kind));
	if (!cause->count++) {
		set_function(cause, code);
		set_field(cause, FIELD_IRQ, number);
		set_field(cause, FIELD_NAME, *name ? name : "-");
		set_field(cause, FIELD_KIND, kind);
		set_field(cause, FIELD_TASK, *comm ? comm : "-");
	}
	free(number);
	return cause;
}

/*
 * An interrupt of such a line came, and nobody was there for it. With any other line that is
 * off, one may wait, and if so, that is known.
 */
static bool is_spurious(const char *kind)
{
	return !strcmp(kind, "spurious");
}

static void add_line(struct causes *causes, const struct record *record)
{
	const char *kind = record_line_kind(record->kind);
	struct symbol code;
	struct cause *cause;

	if (!set_has(&causes->cpus, record->cpu) && !set_has(&causes->cpus, record->cpu_off) &&
	    !line_reaches_cpus(causes, record->irq))
		return;
	symbol_find(&code, record->caller);
	cause = get_line(causes, record->irq, record->name, kind, &code, record->comm);
	set_add(&cause->cpus, record->cpu_off);
	cause->pending += record->pending;
	if (record->pending || is_spurious(kind))
		add_time(cause, record->duration);
}

/* The tick of a CPU; before Linux 6.11 it had another name. */
static bool is_tick(const struct symbol *function)
{
	return !strcmp(function->function, "tick_nohz_handler") ||
	       !strcmp(function->function, "tick_sched_timer");
}

static void count_tick(struct causes *causes, unsigned int cpu, const char *dependency)
{
	struct cause *cause = get_cause(causes, CAUSE_TICK, xstrdup(dependency));

	cause->count++;
	cause->interruptions++;
	set_field(cause, FIELD_DEPENDENCY, dependency);
	set_add(&cause->cpus, cpu);
}

static void note_tick(struct causes *causes, const struct record *record)
{
	struct symbol function;

	if (record->cpu >= causes->nr_kept || !causes->kept[record->cpu])
		return;
	symbol_find(&function, record->function);
	if (is_tick(&function))
		count_tick(causes, record->cpu, causes->kept[record->cpu]);
}

/*
 * At the end of each interrupt, that of a tick or another one, such as an IPI, the kernel looks
 * whether it can do without the tick. If not, the next tick is because of what it told.
 */
static void add_tick(struct causes *causes, const struct record *record)
{
	const char *dependency = "-";

	if (!set_has(&causes->isolated, record->cpu))
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(tick_dependencies); i++) {
		if (record->dependency & 1U << i)
			dependency = tick_dependencies[i];
	}
	if (!causes->ticks_recorded) {
		if (!record->success)
			count_tick(causes, record->cpu, dependency);
		return;
	}
	if (record->cpu >= causes->nr_kept) {
		unsigned int nr = record->cpu + 1;

		causes->kept = xrealloc(causes->kept, nr, sizeof(*causes->kept));
		while (causes->nr_kept < nr)
			causes->kept[causes->nr_kept++] = NULL;
	}
	causes->kept[record->cpu] = record->success ? NULL : dependency;
}

void causes_add_record(struct causes *causes, const struct record *record)
{
	switch (record->type) {
	case RECORD_LOCAL_SPAN:
		add_span(causes, record);
		break;
	case RECORD_LINE_SPAN:
		add_line(causes, record);
		break;
	case RECORD_TICK_STOP:
		add_tick(causes, record);
		break;
	case RECORD_HRTIMER_ENTRY:
		note_tick(causes, record);
		break;
	default:
		break;
	}
}

/* Timers that expire */

static const char *show_whom(enum expiry_for whom)
{
	switch (whom) {
	case EXPIRY_THREAD:
		return "thread";
	case EXPIRY_TASK:
		return "task";
	case EXPIRY_ELSEWHERE:
		return "elsewhere";
	default:
		return "";
	}
}

void causes_add_expiry(struct causes *causes, const struct expiry *expiry)
{
	const char *whom = show_whom(expiry->whom), *work;
	/* A worker does what others queue. */
	const char *task = expiry->comm[0] && !expiry->work ? expiry->comm : "-";
	struct symbol function, worked;
	struct cause *cause;

	if (!set_has(&causes->isolated, expiry->cpu))
		return;
	symbol_find(&function, expiry->function);
	/* What keeps the tick is another cause. */
	if (is_tick(&function) && set_has(&causes->tickless, expiry->cpu))
		return;
	symbol_find(&worked, expiry->work);
	work = symbol_show(&worked);
	cause = get_cause(causes, CAUSE_EXPIRY,
			  xprintf("%s|%s|%s|%s|%s|%d", function.function, function.module, work,
				  task, whom, expiry->wheel));
	if (!cause->count++) {
		set_function(cause, &function);
		set_field(cause, FIELD_KIND, expiry->wheel ? "wheel" : "hrtimer");
		set_field(cause, FIELD_WORK, work);
		set_field(cause, FIELD_TASK, task);
		set_field(cause, FIELD_BY, whom);
	}
	cause->interruptions++;
	add_time(cause, expiry->ran);
	set_add(&cause->cpus, expiry->cpu);
}

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

/* Tables */

/* A column that has a CPU; false if it has none, as in a row for what did not fit */
static bool get_cpu(const struct table *table, unsigned int row, const char *column,
		    unsigned int *cpu)
{
	if (!table_is_number(table, row, column))
		return false;
	*cpu = table_number(table, row, column);
	return true;
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

/*
 * The row of timers that an IPI came back for: it was sent to the CPU that armed the
 * timer, by the one that ran its function, which is in the path. -1: there is none.
 */
static int find_timer(const struct table *timers, const struct table *ipis, unsigned int row)
{
	const char *to = table_word(ipis, row, "to_cpu"), *from = table_word(ipis, row, "from_cpu");
	uint64_t most = 0;
	int found = -1;

	for (unsigned int i = 0; timers && i < timers->nr_rows; i++) {
		struct symbol function;

		if (strcmp(table_word(timers, i, "armed_cpu"), to) ||
		    strcmp(table_word(timers, i, "queued_cpu"), from) ||
		    table_number(timers, i, "wakes") <= most)
			continue;
		symbol_parse(&function, table_word(timers, i, "function"));
		if (name_is_unknown(function.function) ||
		    !path_has(table_word(ipis, row, "path"), function.function))
			continue;
		most = table_number(timers, i, "wakes");
		found = i;
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

	if (!get_cpu(timers, row, "armed_cpu", &armed)) {
		free(comm);
		return NULL;
	}
	left = set_has(&causes->cpus, armed);
	if (!get_cpu(timers, row, "queued_cpu", &queued))
		queued = armed;
	hit = left ? armed : queued;
	other = left ? queued : armed;
	symbol_parse(&function, table_word(timers, row, "function"));
	symbol_parse(&work, table_word(timers, row, "work"));
	cause = get_cause(causes, CAUSE_TIMER,
			  xprintf("%d|%s|%s|%s|%s", left, kind, function.function, work.function,
				  comm));
	set_function(cause, &function);
	set_field(cause, FIELD_KIND, kind);
	set_field(cause, FIELD_WORK, symbol_show(&work));
	set_field(cause, FIELD_TASK, comm);
	set_field(cause, FIELD_BY, left ? "left" : "came");
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

		if (!get_cpu(timers, i, "armed_cpu", &armed) ||
		    !get_cpu(timers, i, "queued_cpu", &queued) || !(migrations | expiries | wakes))
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

/* A CPU that has interrupts off all the time has no record, and no count. */
static void add_open_span(struct causes *causes, const struct table *open, unsigned int row,
			  uint64_t measured)
{
	uint64_t duration = table_number(open, row, "duration");
	const char *context = table_word(open, row, "kind");
	struct culprit culprit = { .task = "-" };
	struct cause *cause;
	unsigned int cpu;
	char *comm;

	if (duration < causes->limit || !get_cpu(open, row, "id", &cpu) ||
	    !set_has(&causes->cpus, cpu))
		return;
	causes->open_spans++;
	if (duration > causes->open_longest)
		causes->open_longest = duration;
	symbol_parse(&culprit.code, table_word(open, row, "caller"));
	if (!strcmp(context, "task")) {
		comm = name_show(xstrdup(table_word(open, row, "comm")));
		snprintf(culprit.task, sizeof(culprit.task), "%s", comm);
		free(comm);
	}
	cause = get_span(causes, &culprit, context, "-", "-");
	add_time(cause, duration < measured ? duration : measured);
	cause->still = duration;
	set_add(&cause->cpus, cpu);
}

/*
 * A line that is off may be meant to be, as that of a device which nobody uses; so it is
 * only told of, and only if it was turned off while measuring.
 */
static void add_open_line(struct causes *causes, const struct table *open, unsigned int row,
			  uint64_t measured)
{
	uint64_t duration = table_number(open, row, "duration");
	const char *kind = table_word(open, row, "kind");
	unsigned int irq = table_number(open, row, "id");
	char *name, *comm;
	struct symbol code;
	struct cause *cause;
	struct set cpus;

	if (duration < causes->limit || (duration > measured && !is_spurious(kind)) ||
	    !line_reaches_cpus(causes, irq))
		return;
	name = name_show(xstrdup(table_word(open, row, "name")));
	comm = name_show(xstrdup(table_word(open, row, "comm")));
	symbol_parse(&code, table_word(open, row, "caller"));
	cause = get_line(causes, irq, name, kind, &code, comm);
	free(name);
	free(comm);
	cause->still = duration;
	line_cpus(&cpus, irq);
	set_union(&cause->cpus, &cpus);
	set_free(&cpus);
	if (is_spurious(kind))
		add_time(cause, duration < measured ? duration : measured);
}

void causes_add_open(struct causes *causes, const struct table *open, uint64_t measured)
{
	for (unsigned int i = 0; open && i < open->nr_rows; i++) {
		const char *type = table_word(open, i, "type");

		if (!strcmp(type, "cpu"))
			add_open_span(causes, open, i, measured);
		else if (!strcmp(type, "irq"))
			add_open_line(causes, open, i, measured);
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
	unsigned int from;

	symbol_parse(&function, table_word(ipis, row, "function"));
	symbol_parse(&site, table_word(ipis, row, "call_site"));
	set_function(&this, &function);
	set_field(&this, FIELD_KIND, kind);
	set_field(&this, FIELD_CALLER, symbol_show(&site));
	set_field(&this, FIELD_NAME, table_word(ipis, row, "name"));
	set_field(&this, FIELD_PATH, path);
	set_field(&this, FIELD_TASK, comm);
	set_field(&this, FIELD_WORK, work);
	/* The same call may be asked for by the same code, and yet not for the same reason. */
	cause = get_cause(causes, CAUSE_IPI,
			  xprintf("%s|%s|%s|%s|%s|%p", kind, function.function, function.module,
				  site.function, work,
				  (const void *)advice_find(kind_names[CAUSE_IPI], this.field)));
	if (!cause->count) {
		memcpy(cause->field, this.field, sizeof(this.field));
	} else {
		for (unsigned int i = 0; i < NR_FIELDS; i++)
			free(this.field[i]);
	}
	/* Of several ways by which it was asked for, the one that was taken most often */
	if (count - no_ipi > cause->by_path) {
		cause->by_path = count - no_ipi;
		set_field(cause, FIELD_PATH, path);
		set_field(cause, FIELD_TASK, comm);
	}
	cause->count += count - no_ipi;
	cause->total += table_number(ipis, row, "run_total");
	note_longest(cause, ipis, row, "run_max");
	set_add(&cause->cpus, to);
	if (get_cpu(ipis, row, "from_cpu", &from))
		set_add(&cause->from, from);
	if (set_has(&causes->isolated, to))
		cause->interruptions += count - no_ipi;
	free(comm);
	free(work);
}

static void add_ipis(struct causes *causes, const struct table *ipis, const struct table *timers)
{
	for (unsigned int i = 0; i < ipis->nr_rows; i++) {
		struct cause *cause;
		unsigned int to;
		int timer;

		if (!get_cpu(ipis, i, "to_cpu", &to) || !set_has(&causes->cpus, to) ||
		    table_number(ipis, i, "count") <= table_number(ipis, i, "no_ipi"))
			continue;
		timer = find_timer(timers, ipis, i);
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
}

static void add_victim(struct cause *cause, const char *name, const char *kind, uint64_t late_max,
		       uint64_t count)
{
	struct victim *victim = NULL;

	for (unsigned int i = 0; i < cause->nr_victims && !victim; i++) {
		if (!strcmp(cause->victim[i].name, name) && !strcmp(cause->victim[i].kind, kind))
			victim = &cause->victim[i];
	}
	if (!victim) {
		xgrow(cause->victim, cause->nr_victims, cause->victims_room);
		victim = &cause->victim[cause->nr_victims++];
		*victim = (struct victim){ .name = xstrdup(name), .kind = xstrdup(kind) };
	}
	victim->count += count;
	if (late_max > victim->late_max)
		victim->late_max = late_max;
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

		if (!get_cpu(blame, i, "cpu", &cpu) || !set_has(&causes->cpus, cpu))
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
		cause = get_cause(causes, CAUSE_LATE, xprintf("%s|%s|%s", culprit.function,
							      culprit.module, comm));
		note_longest(cause, blame, i, "late_max");
		add_victim(cause, symbol_show(&victim), table_word(blame, i, "victim"),
			   table_number(blame, i, "late_max"), table_number(blame, i, "count"));
		set_function(cause, &culprit);
		set_field(cause, FIELD_TASK, comm);
		set_field(cause, FIELD_BY, is_handler ? "interrupt" : "code");
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

/* Interrupts of devices */

/**
 * struct columns - the columns of /proc/interrupts: of the CPUs that were online then
 * @cpu: the CPU of each column
 * @nr: how many
 */
struct columns {
	unsigned int	*cpu;
	unsigned int	nr;
};

static struct columns read_columns(const char *text)
{
	const char *end = strchrnul(text, '\n');
	struct columns columns = { NULL };
	unsigned int room = 0, cpu;

	for (text = strstr(text, "CPU"); text && text < end; text = strstr(text + 3, "CPU")) {
		if (sscanf(text, "CPU%u", &cpu) != 1)
			continue;
		xgrow(columns.cpu, columns.nr, room);
		columns.cpu[columns.nr++] = cpu;
	}
	return columns;
}

/* Where the column of a CPU is; -1: it was not online then */
static int find_column(const struct columns *columns, unsigned int cpu)
{
	for (unsigned int i = 0; i < columns->nr; i++) {
		if (columns->cpu[i] == cpu)
			return i;
	}
	return -1;
}

/* Read the counts of a line, whose columns begin at @line; UINT64_MAX for those that it lacks */
static void read_counts(const struct columns *columns, const char *line, uint64_t *count)
{
	char *end;

	for (unsigned int i = 0; i < columns->nr; i++, line = end) {
		count[i] = strtoull(line, &end, 10);
		if (end == line)
			count[i] = UINT64_MAX;
	}
}

/* What follows the colon in the line of interrupt @irq; NULL if there is none */
static const char *find_irq(const char *text, const char *irq)
{
	size_t length = strlen(irq);

	for (text = strchr(text, '\n'); text; text = strchr(text, '\n')) {
		text++;
		text += strspn(text, " ");
		if (!strncmp(text, irq, length) && text[length] == ':')
			return text + length + 1;
	}
	return NULL;
}

/*
 * Interrupts that no device has, and yet something sends: other lines without a number are
 * those of IPIs, of timers, which are told as such, and of errors.
 */
static bool is_without_number(const char *irq)
{
	static const char *const sent[] = {
		"NMI", "TRM", "THR", "DFR", "HYP", "PIN", "NPI", "PIW",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++) {
		if (!strcmp(irq, sent[i]))
			return true;
	}
	return false;
}

/*
 * The timer that a CPU has its tick from is no device, though on most boards it has a number;
 * nor are the timers and IPIs of Xen, which have one, too. @line: of /proc/interrupts, @length
 * characters long
 */
static bool is_of_cpu(const char *line, size_t length, const char *name)
{
	static const char *const timers[] = {
		"arch_timer", "riscv-timer", "clint-timer", "twd", "gt", "MCT", "mct_tick*",
		"tegra_timer", "gp_timer", "sun4i_timer*", "rk_timer*", "*Timer Tick", "timer",
		"Hyper-V stimer*",
	};
	const char *xen = strstr(line, " xen-percpu ");

	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++) {
		if (!fnmatch(timers[i], name, 0))
			return true;
	}
	return xen && xen < line + length;
}

/* What stands in place of a name if nobody has the line: its number at its chip, and its type */
static bool is_no_name(const char *name)
{
	return !fnmatch("[0-9]*[- ][Ee]dge*", name, 0) ||
	       !fnmatch("[0-9]*[- ][Ll]evel*", name, 0) ||
	       !fnmatch("[0-9]*-fasteoi*", name, 0);
}

/*
 * Interrupts of a device are what a CPU is there for, unless it is isolated. If so many come
 * as one in that time, they count even if each is short.
 */
#define OFTEN_NS	NSEC_PER_MSEC

static void add_interrupts(struct causes *causes, const char *irq, const char *name,
			   unsigned int cpu, uint64_t count, uint64_t measured)
{
	bool isolated = set_has(&causes->isolated, cpu);
	struct cause *cause;

	if (!isolated && (!set_has(&causes->cpus, cpu) || count < measured / OFTEN_NS))
		return;
	cause = get_cause(causes, CAUSE_IRQ, xprintf("%s|%d", irq, isolated));
	if (!cause->count) {
		set_field(cause, FIELD_IRQ, irq);
		set_field(cause, FIELD_NAME, *name && !is_no_name(name) ? name : "-");
		set_field(cause, FIELD_BY, isolated ? "" : "often");
	}
	cause->often = !isolated;
	set_add(&cause->cpus, cpu);
	cause->count += count;
	if (isolated)
		cause->interruptions += count;
}

/*
 * Whether a line has come into use meanwhile: it was not there (@was is %NULL), as it is once it
 * has a driver or has counted anything; or it counts anew, as it does if its number was given to
 * another device. @then and @now: what each CPU had, @column: where it is in @then.
 */
static bool is_new_line(const char *was, const uint64_t *then, const int *column,
			const uint64_t *now, unsigned int nr)
{
	for (unsigned int n = 0; was && n < nr; n++) {
		if (column[n] >= 0 && then[column[n]] != UINT64_MAX && now[n] < then[column[n]])
			return true;
	}
	return !was;
}

void causes_add_interrupts(struct causes *causes, const char *before, const char *after,
			   uint64_t measured)
{
	struct columns columns = read_columns(after), columns_before = read_columns(before);
	uint64_t *now = xalloc((columns.nr + 1) * sizeof(*now));
	uint64_t *then = xalloc((columns_before.nr + 1) * sizeof(*then));
	int *column_before = xalloc((columns.nr + 1) * sizeof(*column_before));
	const char *line, *was, *name;

	for (unsigned int n = 0; n < columns.nr; n++)
		column_before[n] = find_column(&columns_before, columns.cpu[n]);
	for (line = strchr(after, '\n'); line; line = strchr(line, '\n')) {
		char irq[16] = "", *label;
		bool numbered, anew;
		size_t length;

		line++;
		if (sscanf(line, " %15[0-9A-Z]:", irq) != 1)
			continue;
		was = find_irq(before, irq);
		numbered = !irq[strspn(irq, "0123456789")];
		if (!numbered && (!was || !is_without_number(irq)))
			continue;
		length = strcspn(line, "\n");
		/* The name is behind the last two blanks. */
		for (name = line + length; name > line && strncmp(name - 2, "  ", 2); name--)
			;
		label = xalloc(length + 1);
		memcpy(label, name, line + length - name);
		utf8_clean(label);
		if (is_of_cpu(line, length, label)) {
			free(label);
			continue;
		}
		read_counts(&columns, line + strcspn(line, ":") + 1, now);
		if (was)
			read_counts(&columns_before, was, then);
		anew = numbered && is_new_line(was, then, column_before, now, columns.nr);
		for (unsigned int n = 0; n < columns.nr; n++) {
			int i = column_before[n];
			uint64_t had = anew ? 0 : i >= 0 ? then[i] : UINT64_MAX;

			/* Of a CPU that came meanwhile, it is not known what it had before. */
			if (now[n] != UINT64_MAX && now[n] > had)
				add_interrupts(causes, irq, label, columns.cpu[n], now[n] - had,
					       measured);
		}
		free(label);
	}
	free(columns.cpu);
	free(columns_before.cpu);
	free(now);
	free(then);
	free(column_before);
}

/* Tasks that are named alike */

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

static void merge(struct cause *into, struct cause *from)
{
	into->count += from->count;
	into->total += from->total;
	into->interruptions += from->interruptions;
	into->wakes += from->wakes;
	into->longest_is_old |= from->longest_is_old;
	if (from->longest > into->longest) {
		char *ended_by = into->ended_by;

		into->longest = from->longest;
		into->ended_by = from->ended_by;
		from->ended_by = ended_by;
	}
	if (from->still > into->still)
		into->still = from->still;
	set_union(&into->cpus, &from->cpus);
	set_union(&into->from, &from->from);
	for (unsigned int i = 0; i < from->nr_victims; i++)
		add_victim(into, from->victim[i].name, from->victim[i].kind,
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
				free_cause(alike[i + k].cause);
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

/* Did the same task cause both, or are that tasks that are named alike? */
static bool is_of_same_task(const struct cause *x, const struct cause *y)
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

/* All together */

static int compare_causes(const void *a, const void *b)
{
	const struct cause *x = *(struct cause *const *)a, *y = *(struct cause *const *)b;

	if (x->harm != y->harm)
		return x->harm < y->harm ? 1 : -1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->key, y->key);
}

static int compare_victims(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;

	if (x->late_max != y->late_max)
		return x->late_max < y->late_max ? 1 : -1;
	return (x->count < y->count) - (x->count > y->count);
}

/* What an interrupt takes there, as far as it was recorded; the limit at least */
static uint64_t price_of_interruption(const struct causes *causes)
{
	uint64_t mean = causes->interrupts ? causes->interrupts_total / causes->interrupts : 0;

	return mean > causes->limit ? mean : causes->limit;
}

/*
 * Whether the code that made others late is that of a span. If it only took a lock, that is in
 * the span, where it is known for whom.
 */
static bool is_code_of(const struct cause *late, const struct cause *span)
{
	const char *caller = span->field[FIELD_CALLER];

	if (!is_of_same_task(span, late) || strcmp(span->field[FIELD_BY], late->field[FIELD_BY]))
		return false;
	if (takes_lock(late->field[FIELD_FUNCTION]) && caller &&
	    !strcmp(caller, late->field[FIELD_FUNCTION]))
		return true;
	return !strcmp(span->field[FIELD_FUNCTION], late->field[FIELD_FUNCTION]) &&
	       !strcmp(span->field[FIELD_MODULE], late->field[FIELD_MODULE]);
}

/*
 * What the table does not tell of the code that made others late, but the spans of the same
 * code and task do: whether it mostly waited for a lock itself, in which context it ran, how it
 * came about, and for whom it took a lock. Of several, what took longest.
 */
static void learn_from_spans(const struct causes *causes, struct cause *late)
{
	const struct cause *most = NULL;
	uint64_t waited = 0, ran = 0;

	for (unsigned int i = 0; i < causes->nr; i++) {
		const struct cause *span = causes->list[i];

		if (span->kind != CAUSE_SPAN || !is_code_of(late, span))
			continue;
		*(*span->field[FIELD_WAITED] ? &waited : &ran) += span->total;
		if (!most || span->total > most->total)
			most = span;
	}
	set_field(late, FIELD_WAITED, waited > ran ? "most" : "");
	if (most) {
		set_field(late, FIELD_FUNCTION, most->field[FIELD_FUNCTION]);
		set_field(late, FIELD_MODULE, most->field[FIELD_MODULE]);
		set_field(late, FIELD_CONTEXT, most->field[FIELD_CONTEXT]);
		set_field(late, FIELD_PATH, most->field[FIELD_PATH]);
	}
}

/* Does a line of the list name the code that it is for? */
static bool names_code(const struct advice *advice)
{
	const char *module = strstr(advice->conditions, "module=");

	return strstr(advice->conditions, "function=") ||
	       (module && module[strlen("module=")] && module[strlen("module=")] != '?');
}

/*
 * For what waited for a lock, the list says to look for who held it. Where many CPUs want a lock at
 * a time, nobody held it for long, and it is the code that they ran that matters: what the list
 * says of that code if it does not wait. NULL if that names no code, or what was said already does.
 */
static const struct advice *advice_besides(const struct cause *cause)
{
	char *field[NR_FIELDS];
	const struct advice *besides;

	if (!cause->advice || !cause->field[FIELD_WAITED] || !*cause->field[FIELD_WAITED] ||
	    names_code(cause->advice))
		return NULL;
	memcpy(field, cause->field, sizeof(field));
	field[FIELD_WAITED] = NULL;
	besides = advice_find(kind_names[CAUSE_SPAN], field);
	return besides && names_code(besides) ? besides : NULL;
}

static void finish(const struct causes *causes, struct cause *cause)
{
	struct set others, hit = { 0 };
	uint64_t interruptions;
	char *list;

	list = set_format(&cause->cpus);
	set_field(cause, FIELD_CPUS, *list ? list : "-");
	free(list);
	list = set_format(&cause->from);
	set_field(cause, FIELD_FROM, *list ? list : "-");
	free(list);
	/* Where that may go which these CPUs, and all that are isolated, are to be spared */
	cpus_online(&others);
	set_subtract(&others, &cause->cpus);
	set_subtract(&others, &causes->spared);
	list = set_format(&others);
	set_field(cause, FIELD_OTHERS, *list ? list : "-");
	free(list);
	set_free(&others);

	/* IPIs that came back may be among those of other causes, whose path tells more. */
	interruptions = cause->interruptions;
	set_union(&hit, &cause->cpus);
	set_intersect(&hit, &causes->isolated);
	if (cause->wakes > interruptions && !set_is_empty(&hit))
		interruptions = cause->wakes;
	set_free(&hit);
	if (cause->nr_victims)
		qsort(cause->victim, cause->nr_victims, sizeof(*cause->victim), compare_victims);
	cause->harm = cause->total + interruptions * price_of_interruption(causes);
	cause->over = cause->longest >= causes->limit;
	/* What holds others up is a span. */
	if (cause->kind == CAUSE_LATE) {
		learn_from_spans(causes, cause);
		cause->advice = advice_find(kind_names[CAUSE_SPAN], cause->field);
	}
	if (!cause->advice)
		cause->advice = advice_find(kind_names[cause->kind], cause->field);
	cause->besides = advice_besides(cause);
}

void causes_rank(struct causes *causes)
{
	for (unsigned int i = 0; i < causes->nr; i++)
		finish(causes, causes->list[i]);
	if (causes->nr)
		qsort(causes->list, causes->nr, sizeof(*causes->list), compare_causes);
}

static const char *or_unknown(const char *value, const char *unknown)
{
	return value && !name_is_unknown(value) ? value : unknown;
}

/* "function [module]" */
static char *show_function(const struct cause *cause)
{
	const char *function = or_unknown(cause->field[FIELD_FUNCTION], "code that is not known");
	const char *module = cause->field[FIELD_MODULE];

	return module && *module ? xprintf("%s [%s]", function, module) : xstrdup(function);
}

static bool is_breakpoint(const struct cause *cause)
{
	const char *path = cause->field[FIELD_PATH];

	return path && (!strcmp(path, "exc_int3") || !strcmp(path, "exc_debug"));
}

static char *show_span(const struct cause *cause, const char *function)
{
	const char *context = cause->field[FIELD_CONTEXT];
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	if (*cause->field[FIELD_WAITED])
		return xprintf("%s waited for a lock with interrupts off%s%s", function,
			       task ? ", in task " : "", task ? task : "");
	if (!strcmp(cause->field[FIELD_BY], "handler"))
		return xprintf("%s ran in an interrupt", function);
	/* The kernel deals with a breakpoint of its own as with an NMI. */
	if (!strcmp(context, "nmi") && is_breakpoint(cause))
		return xstrdup("a breakpoint in the kernel took long");
	if (!strcmp(context, "nmi"))
		return xstrdup("a non-maskable interrupt (NMI) took long");
	if (!strcmp(context, "hardirq"))
		return xprintf("the interrupt %s took long", function);
	if (task)
		return xprintf("%s had interrupts off, in task %s", function, task);
	return xprintf("%s had interrupts off (%s)", function, context);
}

static char *show_ipi(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);
	const char *caller = or_unknown(cause->field[FIELD_CALLER], "code that is not known");
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	bool called = !name_is_unknown(cause->field[FIELD_FUNCTION]);
	/* Work that a CPU has itself do, once its interrupts are on again */
	bool to_itself = set_count(&cause->cpus) == 1 && set_count(&cause->from) == 1 &&
			 set_is_subset(&cause->from, &cause->cpus);

	return xprintf("IPIs from CPU %s%s, %s%s%s, asked for by %s%s%s%s%s",
		       cause->field[FIELD_FROM], to_itself ? " to itself" : "",
		       cause->field[FIELD_KIND], called ? " of " : "", called ? function : "",
		       caller, task ? ", last in task " : "", task ? task : "",
		       work ? ", for the work " : "", work ? work : "");
}

static char *show_timer(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], "tasks that are not known");
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	const char *what = work ? work : function;

	if (!strcmp(cause->field[FIELD_BY], "came"))
		return xprintf("timers of CPU %s, of %s (%s), came to it", cause->field[FIELD_FROM],
			       task, what);
	return xprintf("timers of %s (%s) left it for CPU %s", task, what,
		       cause->field[FIELD_FROM]);
}

static char *show_expiry(const struct cause *cause, const char *function)
{
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	if (work)
		return xprintf("the timer of the work %s (%s) expired there", work, function);
	if (!task)
		return xprintf("the timer %s expired there", function);
	if (!strcmp(cause->field[FIELD_BY], "task"))
		return xprintf("timers of %s (%s) expired there while another task ran", task,
			       function);
	if (!strcmp(cause->field[FIELD_BY], "elsewhere"))
		return xprintf("the timer %s expired there for %s, which is elsewhere", function,
			       task);
	return xprintf("the timer %s expired there and woke up the thread %s", function, task);
}

/* So many of those that were late are named. */
#define NAMED_VICTIMS	3

static char *show_late(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		fail("out of memory");
	/* It need not have taken most of the time: the table does not tell. */
	if (!strcmp(cause->field[FIELD_BY], "interrupt"))
		fprintf(to, "an interrupt in which %s ran longest", function);
	else
		fprintf(to, "%s%s%s", function, task ? ", in task " : "", task ? task : "");
	if (*cause->field[FIELD_WAITED])
		fprintf(to, " waited for a lock, and");
	fprintf(to, " made others late: ");
	for (unsigned int i = 0; i < cause->nr_victims && i < NAMED_VICTIMS; i++)
		fprintf(to, "%s%s (%s)", i ? ", " : "", cause->victim[i].name,
			cause->victim[i].kind);
	if (cause->nr_victims > NAMED_VICTIMS)
		fprintf(to, " and %u more", cause->nr_victims - NAMED_VICTIMS);
	fclose(to);
	return text;
}

char *cause_show(const struct cause *cause)
{
	char *function = show_function(cause), *text;
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	switch (cause->kind) {
	case CAUSE_SPAN:
		text = show_span(cause, function);
		break;
	case CAUSE_LINE:
		text = xprintf("interrupt line %s (%s) was held off by %s%s%s",
			       cause->field[FIELD_IRQ], cause->field[FIELD_NAME], function,
			       task ? ", in task " : "", task ? task : "");
		break;
	case CAUSE_IPI:
		text = show_ipi(cause, function);
		break;
	case CAUSE_TIMER:
		text = show_timer(cause, function);
		break;
	case CAUSE_EXPIRY:
		text = show_expiry(cause, function);
		break;
	case CAUSE_TICK:
		text = xprintf("the tick went on: %s",
			       or_unknown(cause->field[FIELD_DEPENDENCY],
					  "the kernel does not tell why"));
		break;
	case CAUSE_IRQ:
		text = isdigit((unsigned char)*cause->field[FIELD_IRQ]) ?
			       xprintf("interrupts of %s (irq %s)",
				       or_unknown(cause->field[FIELD_NAME],
						  "a device that is gone"),
				       cause->field[FIELD_IRQ]) :
			       xprintf("%s (%s)", cause->field[FIELD_NAME],
				       cause->field[FIELD_IRQ]);
		break;
	default:
		text = show_late(cause, function);
	}
	free(function);
	return text;
}
