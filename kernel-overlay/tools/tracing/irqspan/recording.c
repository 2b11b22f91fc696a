// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a recording: the trace events of a trace.dat by libtracecmd, and the tables that
 * "irqspan record" puts behind them, see trace_dat.c. A trace.dat of
 * trace-cmd has no tables, and is read as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <trace-cmd.h>

#include "recording.h"
#include "trace_dat.h"
#include "utils.h"

#define HASH_SIZE	4096

const char *const record_event_names[RECORD_EVENTS] = {
	"local_span", "line_span", "ipi_late", "timer_late", "timer_migrate", "remote_wake",
};

/* Words that records share: each is kept once. */
struct word {
	struct word *next;
	char text[];
};

struct known_place {
	struct known_place *next;
	struct place place;
};

struct module {
	uint64_t begin, end;
	const char *name;
};

struct recording_private {
	struct word *words[HASH_SIZE];
	struct known_place *places[HASH_SIZE];
	struct module *modules;
	size_t module_count, module_room;
	struct stack {
		struct stack *next;
		const struct place *places[];
	} *stacks;
	size_t room;		/* how many records there is room for */
};

/* The fields of an event as this file has them; NULL if it does not have one. */
struct event_fields {
	struct tep_event *event;
	struct tep_format_field *duration, *late, *handler_ns, *waited, *caller, *parent,
		*end_caller, *end_parent, *handler, *function, *call_site, *comm, *kind, *name,
		*irq, *other_cpu, *to_cpu, *pid, *pending;
	struct tep_print_flag_sym *kinds;
};

/* One buffer of the file: the machine's own, or that of an instance. */
struct source {
	struct recording *recording;
	struct tracecmd_input *input;
	struct tep_handle *tep;
	struct event_fields events[RECORD_EVENTS];
	struct tep_event *stack_event;
	struct tep_format_field *stack_size, *stack_caller;
};

static uint64_t hash_text(const char *text, size_t length)
{
	return checksum_add(CHECKSUM_INIT, text, length);
}

/* Get the one copy of the word in @text, which need not end in a NUL. */
static const char *intern(struct recording *recording, const char *text, size_t room)
{
	size_t length = strnlen(text, room);
	struct word **slot = &recording->private->words[hash_text(text, length) % HASH_SIZE];
	struct word *word;

	for (word = *slot; word; word = word->next)
		if (!strncmp(word->text, text, length) && !word->text[length])
			return word->text;
	word = xalloc(sizeof(*word) + length + 1);
	memcpy(word->text, text, length);
	word->next = *slot;
	*slot = word;
	return word->text;
}

static const char *find_module(const struct recording_private *private, uint64_t address)
{
	size_t low = 0, high = private->module_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (private->modules[middle].begin <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address <= private->modules[low - 1].end ?
		private->modules[low - 1].name : NULL;
}

static const struct place *find_place(struct source *source, uint64_t address)
{
	struct recording *recording = source->recording;
	struct recording_private *private = recording->private;
	struct known_place **slot = &private->places[(address ^ address >> 12) % HASH_SIZE];
	struct known_place *known;
	const char *name;
	char hex[24];

	if (!address)
		return NULL;
	for (known = *slot; known; known = known->next)
		if (known->place.address == address)
			return &known->place;
	known = xalloc(sizeof(*known));
	known->place.address = address;
	known->place.module = find_module(private, address);
	name = tep_find_function(source->tep, address);
	if (name) {
		known->place.known = true;
		known->place.offset = address - tep_find_function_address(source->tep, address);
	} else {
		snprintf(hex, sizeof(hex), "0x%" PRIx64, address);
		name = hex;
	}
	known->place.function = intern(recording, name, strlen(name));
	known->next = *slot;
	*slot = known;
	return &known->place;
}

/* The list of names of a field that is printed by __print_symbolic(). */
static struct tep_print_flag_sym *symbols_of(struct tep_event *event, const char *field)
{
	struct tep_print_arg *arg;

	for (arg = event->print_fmt.args; arg; arg = arg->next)
		if (arg->type == TEP_PRINT_SYMBOL && arg->symbol.field &&
		    arg->symbol.field->type == TEP_PRINT_FIELD &&
		    !strcmp(arg->symbol.field->field.name, field))
			return arg->symbol.symbols;
	return NULL;
}

static void find_events(struct source *source)
{
	struct tep_handle *tep = source->tep;
	int event;

	for (event = 0; event < RECORD_EVENTS; event++) {
		struct event_fields *fields = &source->events[event];
		const char *kind = event == LOCAL_SPAN ? "context" : "kind";
		const char *other = event == LINE_SPAN ? "cpu_off" :
			event == REMOTE_WAKE ? "armed_cpu" : "from_cpu";
		struct tep_event *found = tep_find_event_by_name(tep, "irqspan",
								 record_event_names[event]);

		fields->event = found;
		if (!found)
			continue;
		fields->duration = tep_find_field(found, "duration");
		fields->late = tep_find_field(found, event == IPI_LATE ? "delay" : "late");
		fields->handler_ns = tep_find_field(found, "handler_ns");
		fields->waited = tep_find_field(found, "waited");
		fields->caller = tep_find_field(found, "caller");
		fields->parent = tep_find_field(found, "parent");
		fields->end_caller = tep_find_field(found, "end_caller");
		fields->end_parent = tep_find_field(found, "end_parent");
		fields->handler = tep_find_field(found, "handler");
		fields->function = tep_find_field(found, "function");
		fields->call_site = tep_find_field(found, "call_site");
		fields->comm = tep_find_field(found, "comm");
		fields->kind = tep_find_field(found, kind);
		fields->name = tep_find_field(found, "name");
		fields->irq = tep_find_field(found, "irq");
		fields->other_cpu = tep_find_field(found, other);
		fields->to_cpu = tep_find_field(found, event == REMOTE_WAKE ? "expired_cpu" :
						"to_cpu");
		fields->pid = tep_find_field(found, "pid");
		fields->pending = tep_find_field(found, "pending");
		fields->kinds = symbols_of(found, kind);
	}
	source->stack_event = tep_find_event_by_name(tep, "ftrace", "kernel_stack");
	if (source->stack_event) {
		source->stack_size = tep_find_field(source->stack_event, "size");
		source->stack_caller = tep_find_field(source->stack_event, "caller");
	}
}

static bool inside(const struct tep_format_field *field, const struct tep_record *from)
{
	return field && field->offset >= 0 && field->size > 0 && from->size > 0 &&
		field->offset <= from->size - field->size;
}

static uint64_t number(struct tep_format_field *field, struct tep_record *from)
{
	unsigned long long value = 0;

	if (!inside(field, from) || tep_read_number_field(field, from->data, &value))
		return 0;
	return value;
}

static const struct place *place(struct source *source, struct tep_format_field *field,
				 struct tep_record *from)
{
	return find_place(source, number(field, from));
}

static const char *text(struct source *source, struct tep_format_field *field,
			struct tep_record *from)
{
	if (!inside(field, from))
		return "-";
	return intern(source->recording, (char *)from->data + field->offset, field->size);
}

static const char *kind(struct source *source, struct event_fields *fields,
			struct tep_record *from)
{
	struct tep_print_flag_sym *symbol;
	char digits[24];
	uint64_t value;

	if (!inside(fields->kind, from))
		return "-";
	value = number(fields->kind, from);
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	for (symbol = fields->kinds; symbol; symbol = symbol->next)
		if (symbol->value && symbol->str && !strcmp(symbol->value, digits))
			return intern(source->recording, symbol->str, strlen(symbol->str));
	return intern(source->recording, digits, sizeof(digits));
}

static struct recorded *new_record(struct recording *recording)
{
	struct recording_private *private = recording->private;

	xgrow(recording->records, recording->count, private->room);
	return memset(&recording->records[recording->count], 0, sizeof(struct recorded));
}

static void add_record(struct source *source, enum record_event event, struct tep_record *from)
{
	struct event_fields *fields = &source->events[event];
	struct recording *recording = source->recording;
	struct recorded *record = new_record(recording);
	const char *comm;

	record->event = event;
	record->cpu = from->cpu;
	record->time = from->ts;
	record->duration = number(fields->duration, from);
	record->late = number(fields->late, from);
	record->handler_ns = number(fields->handler_ns, from);
	record->waited = number(fields->waited, from);
	record->caller = place(source, fields->caller, from);
	record->parent = place(source, fields->parent, from);
	record->end_caller = place(source, fields->end_caller, from);
	record->end_parent = place(source, fields->end_parent, from);
	record->handler = place(source, fields->handler, from);
	record->function = place(source, fields->function, from);
	record->call_site = place(source, fields->call_site, from);
	record->comm = text(source, fields->comm, from);
	record->kind = kind(source, fields, from);
	record->name = text(source, fields->name, from);
	record->irq = inside(fields->irq, from) ? (int)number(fields->irq, from) : -1;
	record->other_cpu = inside(fields->other_cpu, from) ?
		(int)number(fields->other_cpu, from) : -1;
	record->to_cpu = inside(fields->to_cpu, from) ? (int)number(fields->to_cpu, from) : -1;
	record->pid = number(fields->pid, from);
	record->pending = number(fields->pending, from);
	record->end_pid = tep_data_pid(source->tep, from);
	comm = tep_data_comm_from_pid(source->tep, record->end_pid);
	record->end_comm = intern(recording, comm ? comm : "-", SIZE_MAX);
	recording->count++;
}

/* Add a stack to the record before it on the same CPU, which it belongs to. */
static void add_stack(struct source *source, struct recorded *record, struct tep_record *from)
{
	int size = tep_get_long_size(source->tep), offset, depth;
	struct stack *stack;
	int i;

	if (!source->stack_caller || size <= 0)
		return;
	offset = source->stack_caller->offset;
	if (offset < 0 || offset > from->size)
		return;
	depth = (from->size - offset) / size;
	if (inside(source->stack_size, from) && (int)number(source->stack_size, from) < depth)
		depth = number(source->stack_size, from);
	if (depth <= 0)
		return;
	stack = xalloc(sizeof(*stack) + depth * sizeof(stack->places[0]));
	stack->next = source->recording->private->stacks;
	source->recording->private->stacks = stack;
	record->stack = stack->places;
	for (i = 0; i < depth; i++) {
		const struct place *at;

		at = find_place(source, tep_read_number(source->tep, (char *)from->data + offset +
							i * size, size));
		if (!at || at->address == UINT64_MAX)
			break;
		stack->places[record->stack_depth++] = at;
	}
}

static void read_cpu(struct source *source, int cpu)
{
	struct recording *recording = source->recording;
	struct tep_record *from;
	long last = -1;		/* index of the last record, -1 if it was not one of ours */
	int id, event;

	while ((from = tracecmd_read_data(source->input, cpu))) {
		if (from->missed_events)
			recording->lost++;
		id = tep_data_type(source->tep, from);
		for (event = 0; event < RECORD_EVENTS; event++)
			if (source->events[event].event && source->events[event].event->id == id)
				break;
		if (event < RECORD_EVENTS) {
			add_record(source, event, from);
			last = recording->count - 1;
		} else {
			if (last >= 0 && source->stack_event && source->stack_event->id == id)
				add_stack(source, &recording->records[last], from);
			last = -1;
		}
		tracecmd_free_record(from);
	}
}

static void read_source(struct recording *recording, struct tracecmd_input *input)
{
	struct source source = {
		.recording = recording,
		.input = input,
		.tep = tracecmd_get_tep(input),
	};
	int cpus = tep_get_cpus(source.tep), cpu;

	if (cpus > recording->cpus)
		recording->cpus = cpus;
	find_events(&source);
	for (cpu = 0; cpu < cpus; cpu++)
		read_cpu(&source, cpu);
}

static void read_events(struct recording *recording)
{
	struct tracecmd_input *input, *instance;
	int instances, i;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	input = tracecmd_open(recording->path, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!input)
		fail("%s is no trace file, or not all of one: record it anew", recording->path);
	read_source(recording, input);
	instances = tracecmd_buffer_instances(input);
	for (i = 0; i < instances; i++) {
		instance = tracecmd_buffer_instance_handle(input, i);
		if (!instance)
			continue;
		read_source(recording, instance);
		tracecmd_close(instance);
	}
	tracecmd_close(input);
}

static int by_time(const void *a, const void *b)
{
	const struct recorded *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->cpu - y->cpu;
}

/* May @span have made @late late? */
static bool covers(const struct recorded *span, const struct recorded *late)
{
	return span->event == LOCAL_SPAN && span->cpu == late->cpu &&
		span->caller == late->caller && span_begin(span) <= late->time &&
		span->time + late->late >= late->time;
}

/*
 * Find the record of the span that a late record blames, by its caller and duration. If the
 * span was over, both records have the same duration. If it was still open, its own record
 * comes later, with a longer duration.
 */
static struct recorded *find_blamed(struct recording *recording, size_t index)
{
	struct recorded *late = &recording->records[index], *span;
	size_t i;

	for (i = index; i-- > 0;) {
		span = &recording->records[i];
		if (span->time + late->late < late->time)
			break;
		if (covers(span, late) && span->duration == late->duration)
			return span;
	}
	for (i = index + 1; i < recording->count; i++) {
		span = &recording->records[i];
		if (span->event == LOCAL_SPAN && span->cpu == late->cpu)
			return covers(span, late) && span->duration >= late->duration ? span : NULL;
	}
	return NULL;
}

static void find_all_blamed(struct recording *recording)
{
	struct recorded *record, *span;
	size_t i;

	for (i = recording->count; i-- > 0;) {
		record = &recording->records[i];
		if (!is_late(record) || !record->caller)
			continue;
		span = find_blamed(recording, i);
		if (!span)
			continue;
		record->blamed = span;
		record->next_late = span->made_late;
		span->made_late = record;
	}
}

static void add_module(struct recording *recording, uint64_t begin, uint64_t end,
		       const char *name)
{
	struct recording_private *private = recording->private;
	struct module *module;

	xgrow(private->modules, private->module_count, private->module_room);
	module = &private->modules[private->module_count++];
	module->begin = begin;
	module->end = end;
	module->name = intern(recording, name, SIZE_MAX);
}

static int by_address(const void *a, const void *b)
{
	const struct module *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void read_modules(struct recording *recording)
{
	const char *line = recording_table(recording, "modules");
	struct recording_private *private = recording->private;
	uint64_t begin, end;
	char name[64];

	for (; line && *line; line = strchr(line, '\n'), line += !!line)
		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %63s", &begin, &end, name) == 3)
			add_module(recording, begin, end, name);
	if (private->module_count)
		qsort(private->modules, private->module_count, sizeof(struct module), by_address);
}

/**
 * recording_load - read a file
 * @recording: is filled in, and to be freed by recording_free()
 * @path: the file; has to live as long as @recording
 *
 * Fails with a message if it cannot be read.
 */
void recording_load(struct recording *recording, const char *path)
{
	size_t i;

	memset(recording, 0, sizeof(*recording));
	recording->path = path;
	recording->private = xalloc(sizeof(*recording->private));
	read_tables(recording);
	read_modules(recording);
	read_events(recording);
	if (recording->count)
		qsort(recording->records, recording->count, sizeof(struct recorded), by_time);
	recording->begin = UINT64_MAX;
	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];
		uint64_t begin = is_span(record) ? span_begin(record) : record->time;

		if (begin < recording->begin)
			recording->begin = begin;
		if (record->time > recording->end)
			recording->end = record->time;
		if (record->cpu >= recording->cpus)
			recording->cpus = record->cpu + 1;
	}
	if (!recording->count)
		recording->begin = 0;
	find_all_blamed(recording);
}

/** recording_free - free what recording_load() allocated */
void recording_free(struct recording *recording)
{
	struct recording_private *private = recording->private;
	struct known_place *known;
	struct stack *stack;
	struct word *word;
	size_t i;

	for (i = 0; i < recording->table_count; i++) {
		free(recording->tables[i].name);
		free(recording->tables[i].text);
	}
	free(recording->tables);
	free(recording->records);
	for (i = 0; i < HASH_SIZE; i++) {
		while ((word = private->words[i])) {
			private->words[i] = word->next;
			free(word);
		}
		while ((known = private->places[i])) {
			private->places[i] = known->next;
			free(known);
		}
	}
	while ((stack = private->stacks)) {
		private->stacks = stack->next;
		free(stack);
	}
	free(private->modules);
	free(private);
}

/**
 * recording_table - the text of a table
 * @recording: the recording
 * @name: its name: "begin/stats", "end/stats", "settings"
 *
 * Return: the text as the kernel's file had it, or NULL.
 */
const char *recording_table(const struct recording *recording, const char *name)
{
	size_t i;

	for (i = 0; i < recording->table_count; i++)
		if (!strcmp(recording->tables[i].name, name))
			return recording->tables[i].text;
	return NULL;
}

/**
 * recording_setting - the value of a setting when the recording was made
 * @recording: the recording
 * @name: name of the setting
 * @value: room for its value, which is cut if there is too little
 * @size: size of that room
 *
 * Return: @value, or NULL if it is not known.
 */
const char *recording_setting(const struct recording *recording, const char *name,
			      char *value, size_t size)
{
	const char *line = recording_table(recording, "settings");
	size_t length = strlen(name);

	for (; line && *line; line = strchr(line, '\n'), line += !!line)
		if (!strncmp(line, name, length) && line[length] == ' ') {
			snprintf(value, size, "%.*s", (int)strcspn(line + length + 1, "\n"),
				 line + length + 1);
			return value;
		}
	return NULL;
}
