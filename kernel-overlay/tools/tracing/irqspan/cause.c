// SPDX-License-Identifier: GPL-2.0
/* What kept CPUs from their work, by cause: see cause.h. */
#include <string.h>
#include <time.h>

#include "cause_internal.h"
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

void causes_isolate(struct causes *causes, const struct set *cpus)
{
	set_union(&causes->spared, cpus);
	set_union(&causes->isolated, cpus);
	set_intersect(&causes->isolated, &causes->cpus);
}

void cause_free(struct cause *cause)
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
		cause_free(causes->list[i]);
	free(causes->list);
	set_free(&causes->cpus);
	set_free(&causes->isolated);
	set_free(&causes->spared);
	set_free(&causes->tickless);
	free(causes->kept);
}

void cause_set_field(struct cause *cause, enum field field, const char *value)
{
	free(cause->field[field]);
	cause->field[field] = xstrdup(value);
}

void cause_set_function(struct cause *cause, const struct symbol *symbol)
{
	cause_set_field(cause, FIELD_FUNCTION, symbol->function);
	cause_set_field(cause, FIELD_MODULE, symbol->module);
}

static unsigned int hash_cause(enum cause_kind kind, const char *key)
{
	return checksum_add(CHECKSUM_INIT, key, strlen(key)) + kind;
}

/* @hash: by hash_cause() */
static struct cause *find_cause(const struct causes *causes, unsigned int hash,
				enum cause_kind kind, const char *key)
{
	struct cause *cause;

	for (cause = causes->hash[hash % CAUSES_HASH]; cause; cause = cause->next) {
		if (cause->hash == hash && cause->kind == kind && !strcmp(cause->key, key))
			return cause;
	}
	return NULL;
}

struct cause *cause_get(struct causes *causes, enum cause_kind kind, char *key)
{
	unsigned int hash = hash_cause(kind, key);
	struct cause *cause = find_cause(causes, hash, kind, key), **slot;

	if (cause) {
		free(key);
		return cause;
	}
	cause = xalloc(sizeof(*cause));
	cause->hash = hash;
	slot = &causes->hash[hash % CAUSES_HASH];
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

void cause_add_victim(struct cause *cause, const char *name, const char *kind, uint64_t late_max,
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

/* Records */

bool cause_takes_lock(const char *function)
{
	return (!strncmp(function, "_raw_", 5) && strstr(function, "lock")) ||
	       strstr(function, "_dec_and_lock_irqsave") ||
	       strstr(function, "_dec_and_raw_lock_irqsave");
}

void culprit_behind_lock(struct symbol *code, const struct symbol *end)
{
	if (cause_takes_lock(code->function) && !name_is_unknown(end->function) &&
	    !cause_takes_lock(end->function))
		*code = *end;
}

void culprit_of_span(struct culprit *culprit, const struct record *record)
{
	const char *context = record_context(record->context);
	struct symbol end;

	*culprit = (struct culprit){
		.waited	= record_is_most(record->waited, record->duration),
	};
	strcpy(culprit->task, "-");
	if (record->handler && record_is_most(record->handler_ns, record->duration)) {
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

	if (causes->nr >= MOST_OF_TASKS &&
	    !find_cause(causes, hash_cause(CAUSE_SPAN, key), CAUSE_SPAN, key)) {
		task = "-";
		free(key);
		key = span_key(culprit, context, task, path);
	}
	cause = cause_get(causes, CAUSE_SPAN, key);
	if (!cause->count++) {
		cause_set_function(cause, &culprit->code);
		cause_set_field(cause, FIELD_CALLER, caller);
		cause_set_field(cause, FIELD_PATH, path);
		cause_set_field(cause, FIELD_TASK, task);
		cause_set_field(cause, FIELD_CONTEXT, context);
		cause_set_field(cause, FIELD_BY, culprit->is_handler ? "handler" : "code");
		cause_set_field(cause, FIELD_WAITED, culprit->waited ? "most" : "");
	}
	return cause;
}

/* What ran longest in the longest span, if that is this one; before its time is added */
static void note_inside(struct cause *cause, const struct record *record)
{
	struct symbol handler;

	if (record->duration <= cause->longest)
		return;
	free(cause->inside);
	cause->inside = NULL;
	cause->inside_time = record->handler_ns;
	if (!record->handler)
		return;
	symbol_find(&handler, record->handler);
	cause->inside = xstrdup(symbol_show(&handler));
}

/* Who turned interrupts on at its end, likewise */
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
	bool is_other;

	if (!set_has(&causes->cpus, record->cpu))
		return;
	if (!strcmp(context, "hardirq") && set_has(&causes->isolated, record->cpu)) {
		causes->interrupts++;
		causes->interrupts_total += record->duration;
	}
	culprit_of_span(&culprit, record);
	symbol_find(&caller, record->caller);
	symbol_find(&parent, record->parent);
	is_other = strcmp(caller.function, culprit.code.function);
	cause = get_span(causes, &culprit, context, is_other ? symbol_show(&caller) : "-",
			 symbol_show(&parent));
	if (!culprit.is_handler)
		note_inside(cause, record);
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

	cause = cause_get(causes, CAUSE_LINE,
			  xprintf("%u|%s|%s|%s", irq, code->function, code->module, kind));
	if (!cause->count++) {
		cause_set_function(cause, code);
		cause_set_field(cause, FIELD_IRQ, number);
		cause_set_field(cause, FIELD_NAME, *name ? name : "-");
		cause_set_field(cause, FIELD_KIND, kind);
		cause_set_field(cause, FIELD_TASK, *comm ? comm : "-");
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
	struct cause *cause = cause_get(causes, CAUSE_TICK, xstrdup(dependency));

	cause->count++;
	cause->interruptions++;
	cause_set_field(cause, FIELD_DEPENDENCY, dependency);
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
	case EXPIRY_NONE:
		return "none";
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
	/* Without high resolution timers the interrupt is for a tick, which is no hrtimer then. */
	if (expiry->whom == EXPIRY_NONE && !causes->ticks_recorded)
		return;
	symbol_find(&function, expiry->function);
	/* What keeps the tick is another cause. */
	if (is_tick(&function) && set_has(&causes->tickless, expiry->cpu))
		return;
	symbol_find(&worked, expiry->work);
	work = symbol_show(&worked);
	cause = cause_get(causes, CAUSE_EXPIRY,
			  xprintf("%s|%s|%s|%s|%s|%d", function.function, function.module, work,
				  task, whom, expiry->wheel));
	if (!cause->count++) {
		cause_set_function(cause, &function);
		cause_set_field(cause, FIELD_KIND, expiry->wheel ? "wheel" : "hrtimer");
		cause_set_field(cause, FIELD_WORK, work);
		cause_set_field(cause, FIELD_TASK, task);
		cause_set_field(cause, FIELD_BY, whom);
	}
	cause->interruptions++;
	add_time(cause, expiry->ran);
	set_add(&cause->cpus, expiry->cpu);
}

/* What is off when measuring ends */

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

	if (duration < causes->limit || !table_cpu(open, row, "id", &cpu) ||
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
	if (duration > cause->still)
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
