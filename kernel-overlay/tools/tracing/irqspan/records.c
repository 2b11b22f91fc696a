// SPDX-License-Identifier: GPL-2.0
/* The tracer's events, as they are recorded: see records.h. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "records.h"
#include "utf8.h"
#include "utils.h"

/**
 * struct kept - a record that was read
 * @event: which event it is
 * @record: a copy of the record
 * @data: the record's data; NULL: none was kept yet
 */
struct kept {
	struct tep_event	*event;
	struct tep_record	record;
	void			*data;
};

struct records {
	struct tracefs_instance	*instance;
	struct tep_handle	*tep;
	uint64_t		lost;
	void			(*each)(const struct record *record, void *data);
	void			*data;
	struct kept		*kept;
	unsigned int		kept_size;
	unsigned int		kept_next;
};

static const struct {
	const char		*system;
	const char		*name;
	enum record_type	type;
} events[] = {
	{ "irqspan",	"local_span",		RECORD_LOCAL_SPAN },
	{ "irqspan",	"line_span",		RECORD_LINE_SPAN },
	{ "irqspan",	"ipi_late",		RECORD_IPI_LATE },
	{ "irqspan",	"timer_late",		RECORD_TIMER_LATE },
	{ "irqspan",	"timer_migrate",	RECORD_TIMER_MIGRATE },
	{ "irqspan",	"remote_wake",		RECORD_REMOTE_WAKE },
	{ "timer",	"tick_stop",		RECORD_TICK_STOP },
	{ "timer",	"hrtimer_expire_entry",	RECORD_HRTIMER_ENTRY },
	{ "timer",	"hrtimer_expire_exit",	RECORD_HRTIMER_EXIT },
	{ "timer",	"timer_expire_entry",	RECORD_TIMER_ENTRY },
	{ "timer",	"timer_expire_exit",	RECORD_TIMER_EXIT },
	{ "sched",	"sched_waking",		RECORD_WAKING },
	{ "signal",	"signal_generate",	RECORD_SIGNAL },
	{ "workqueue",	"workqueue_queue_work",	RECORD_QUEUE_WORK },
	{ "irq_vectors", "local_timer_entry",	RECORD_TIMER_INTERRUPT },
	{ "irq",	"irq_handler_entry",	RECORD_TIMER_INTERRUPT },
};

#define FIELD(name)	{ #name, offsetof(struct record, name), sizeof(((struct record *)0)->name) }

static const struct {
	const char	*name;
	size_t		offset;
	size_t		size;
} numbers[] = {
	FIELD(pid), FIELD(duration), FIELD(caller), FIELD(parent), FIELD(end_caller),
	FIELD(end_parent), FIELD(handler), FIELD(handler_ns), FIELD(waited), FIELD(function),
	FIELD(call_site), FIELD(delay), FIELD(late), FIELD(last_caller), FIELD(timer),
	FIELD(context), FIELD(irq), FIELD(cpu_off), FIELD(depth), FIELD(kind), FIELD(pending),
	FIELD(from_cpu), FIELD(to_cpu), FIELD(armed_cpu), FIELD(expired_cpu), FIELD(success),
	FIELD(dependency), FIELD(target_cpu),
	{ "hrtimer", offsetof(struct record, timer), sizeof(((struct record *)0)->timer) },
};

static void copy_text(char *to, size_t room, struct tep_event *event, struct tep_record *from,
		      const char *name)
{
	struct tep_format_field *field = tep_find_field(event, name);

	if (!field || !(field->flags & TEP_FIELD_IS_STRING) ||
	    field->flags & TEP_FIELD_IS_DYNAMIC || field->size <= 0 ||
	    field->offset + field->size > from->size)
		return;
	snprintf(to, room, "%.*s", field->size, (char *)from->data + field->offset);
	/* A task may give itself any name, one that a terminal obeys, too. */
	utf8_clean(to);
}

static void fill(struct record *record, struct tep_event *event, struct tep_record *from, int cpu)
{
	*record = (struct record){
		.type	= RECORD_UNKNOWN,
		.time	= from->ts,
		.cpu	= cpu,
		.task	= tep_data_pid(event->tep, from),
		.flags	= tep_data_flags(event->tep, from),
	};
	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++) {
		if (!strcmp(event->system, events[i].system) &&
		    !strcmp(event->name, events[i].name))
			record->type = events[i].type;
	}
	if (record->type == RECORD_UNKNOWN)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct tep_format_field *field = tep_find_field(event, numbers[i].name);
		unsigned long long value;
		void *to = (char *)record + numbers[i].offset;

		if (!field || field->offset + field->size > from->size ||
		    tep_read_number_field(field, from->data, &value))
			continue;
		switch (numbers[i].size) {
		case 1:
			*(bool *)to = value;
			break;
		case 4:
			*(unsigned int *)to = value;
			break;
		default:
			*(uint64_t *)to = value;
		}
	}
	copy_text(record->comm, sizeof(record->comm), event, from, "comm");
	copy_text(record->name, sizeof(record->name), event, from, "name");
}

static const char *name_of(const char *const *names, unsigned int nr, unsigned int value)
{
	return value < nr ? names[value] : "-";
}

const char *record_context(unsigned int context)
{
	static const char *const names[] = { "task", "softirq", "hardirq", "nmi", "idle" };

	return name_of(names, ARRAY_SIZE(names), context);
}

const char *record_line_kind(unsigned int kind)
{
	static const char *const names[] = {
		"disable", "hardirq", "oneshot", "spurious", "suspend", "shutdown",
	};

	return name_of(names, ARRAY_SIZE(names), kind);
}

char *records_span_filter(uint64_t from, const struct set *cpus)
{
	char *on_cpus = cpus_filter(cpus), *filter;

	/*
	 * Another user may have the tracer measure more CPUs. And where this program runs on a
	 * CPU that is measured, reading a record makes a short span of its own. If that were
	 * recorded, reading would not end. Context 0 is that of tasks.
	 */
	filter = xprintf("duration >= %" PRIu64 " && (common_pid != %d || context != 0) && (%s)",
			 from, getpid(), on_cpus);
	free(on_cpus);
	return filter;
}

struct records *records_open(struct tracefs_instance *instance)
{
	static const char *const systems[] = {
		"irqspan", "timer", "sched", "signal", "workqueue", "irq_vectors", "irq", NULL
	};
	struct records *records = xalloc(sizeof(*records));

	records->instance = instance;
	records->tep = tracefs_local_events_system(NULL, systems);
	if (!records->tep)
		fail("cannot read the formats of the tracer's events: %s", strerror(errno));
	return records;
}

/*
 * Called by libtraceevent, which knows no names of functions, for the function that the code
 * at *@address is in: sets *@address to the begin of the function. If it is not known,
 * returns NULL, and the number is printed.
 */
static char *find_function(void *unused, unsigned long long *address, char **module)
{
	static struct symbol symbol;

	symbol_find(&symbol, *address);
	if (!symbol.start)
		return NULL;
	*address = symbol.start;
	*module = symbol.module[0] ? symbol.module : NULL;
	return symbol.function;
}

void records_keep(struct records *records, unsigned int n)
{
	records->kept = xalloc(n * sizeof(*records->kept));
	records->kept_size = n;
	tep_set_function_resolver(records->tep, find_function, NULL);
}

static void keep(struct records *records, struct tep_event *event, const struct tep_record *from,
		 int cpu)
{
	struct kept *kept = &records->kept[records->kept_next++ % records->kept_size];

	free(kept->data);
	kept->event = event;
	kept->record = (struct tep_record){ .ts = from->ts, .size = from->size, .cpu = cpu };
	kept->data = xalloc(from->size + 1);
	memcpy(kept->data, from->data, from->size);
	kept->record.data = kept->data;
}

static int compare_times(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;

	return (x->record.ts > y->record.ts) - (x->record.ts < y->record.ts);
}

void records_print(FILE *to, void *data)
{
	const struct records *records = data;
	struct kept **sorted = xalloc((records->kept_size + 1) * sizeof(*sorted));
	struct trace_seq seq;
	unsigned int n = 0;

	for (unsigned int i = 0; i < records->kept_size; i++) {
		if (records->kept[i].data)
			sorted[n++] = &records->kept[i];
	}
	qsort(sorted, n, sizeof(*sorted), compare_times);
	trace_seq_init(&seq);
	for (unsigned int i = 0; i < n; i++) {
		trace_seq_reset(&seq);
		tep_print_event(records->tep, &seq, &sorted[i]->record,
				"%16s-%-7d [%03d] %s %6.1000d: %s: %s\n", TEP_PRINT_COMM,
				TEP_PRINT_PID, TEP_PRINT_CPU, TEP_PRINT_LATENCY, TEP_PRINT_TIME,
				TEP_PRINT_NAME, TEP_PRINT_INFO);
		trace_seq_terminate(&seq);
		fputs(seq.buffer, to);
	}
	trace_seq_destroy(&seq);
	free(sorted);
}

void records_close(struct records *records)
{
	for (unsigned int i = 0; i < records->kept_size; i++)
		free(records->kept[i].data);
	free(records->kept);
	tep_free(records->tep);
	free(records);
}

static int hand_out(struct tep_event *event, struct tep_record *from, int cpu, void *data)
{
	struct records *records = data;
	struct record record;

	if (!records->each)
		return 0;
	if (from->missed_events > 0)
		records->lost += from->missed_events;
	else if (from->missed_events < 0)
		records->lost++;
	fill(&record, event, from, cpu);
	if (record.type == RECORD_UNKNOWN)
		return 0;
	if (records->kept_size)
		keep(records, event, from, cpu);
	records->each(&record, records->data);
	return 0;
}

void records_read(struct records *records, void (*each)(const struct record *record, void *data),
		  void *data)
{
	records->each = each;
	records->data = data;
	symbols_refresh();
	if (tracefs_iterate_raw_events(records->tep, records->instance, NULL, 0, hand_out,
				       records) < 0 && errno != EINTR)
		fail("cannot read the records: %s", strerror(errno));
}

void records_drop(struct records *records)
{
	records_read(records, NULL, NULL);
}

uint64_t records_lost(const struct records *records)
{
	return records->lost;
}
