/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IRQSPAN_RECORDING_H
#define IRQSPAN_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct place - an address of the kernel's code
 * @address: the address
 * @function: the function that it lies in, or the address in hex
 * @module: the module that the function belongs to, or NULL
 * @offset: how far into the function
 * @known: @function is a name, not an address
 *
 * There is only one place for an address: two places are the same if their pointers are.
 */
struct place {
	uint64_t address;
	const char *function;
	const char *module;
	uint64_t offset;
	bool known;
};

enum record_event {
	LOCAL_SPAN,	/* a CPU had its interrupts off */
	LINE_SPAN,	/* an interrupt line was off */
	IPI_LATE,	/* a function was called late on a CPU */
	TIMER_LATE,	/* a timer's function was entered late */
	TIMER_MIGRATE,	/* a timer left the CPU that armed it */
	REMOTE_WAKE,	/* a timer sent an IPI back to the CPU that armed it */
	RECORD_EVENTS
};

/**
 * struct recorded - one trace event of irqspan that was recorded
 * @event: which event it is
 * @cpu: CPU that wrote it; for a span, the one where it ended
 * @time: ns by the trace's clock; for a span, its end
 * @duration: how long the span was, or the span to blame, ns
 * @late: how late a call or a timer was, ns
 * @handler_ns: how long @handler ran, ns
 * @waited: how much of the span went by waiting for locks, ns
 * @caller: code that began the span (or the span to blame), or NULL
 * @parent: who called the function that @caller is in, or NULL
 * @end_caller: code that ended the span, or NULL
 * @end_parent: who called the function that @end_caller is in, or NULL
 * @handler: what ran longest inside the span, or NULL
 * @function: the function that was called late, or the timer's function, or NULL
 * @call_site: code that asked for a late call, or NULL
 * @comm: task at the beginning of the span; for a timer, who armed it
 * @end_comm: task at the end
 * @kind: context of a CPU-wide span, kind of a line span, or of a timer
 * @name: the line's name
 * @irq: the line
 * @other_cpu: CPU that disabled the line, that called, or that armed the timer; else -1
 * @to_cpu: CPU that the timer went to, or expired on; else -1
 * @pid: pid of @comm
 * @end_pid: pid of @end_comm
 * @pending: an interrupt arrived while the line was off
 * @stack: call stack at the end of the span, innermost first, or NULL
 * @stack_depth: how many places @stack has
 * @blamed: the span that made it late, if that has a record, or NULL
 * @made_late: the first record that this span made late, or NULL
 * @next_late: the next record that the same span made late, or NULL
 */
struct recorded {
	enum record_event event;
	int cpu;
	uint64_t time;
	uint64_t duration;
	uint64_t late;
	uint64_t handler_ns;
	uint64_t waited;
	const struct place *caller, *parent, *end_caller, *end_parent;
	const struct place *handler, *function, *call_site;
	const char *comm, *end_comm, *kind, *name;
	int irq;
	int other_cpu, to_cpu;
	int pid, end_pid;
	bool pending;
	const struct place **stack;
	unsigned int stack_depth;
	struct recorded *blamed, *made_late, *next_late;
};

/**
 * struct recording - what a file holds
 * @path: the file
 * @records: all records, by time
 * @count: how many records
 * @cpus: how many CPUs the machine had, from 0 on
 * @lost: places where the trace buffer had overflown, and records are missing
 * @begin: time of the first record (the beginning of a span, if that is earlier)
 * @end: time of the last record
 * @tables: irqspan's tables as text, see recording_table()
 * @table_count: how many tables
 * @private: for recording.c
 */
struct recording {
	const char *path;
	struct recorded *records;
	size_t count;
	int cpus;
	unsigned long lost;
	uint64_t begin, end;
	struct recorded_table {
		char *name;
		char *text;
	} *tables;
	size_t table_count;
	struct recording_private *private;
};

void recording_load(struct recording *recording, const char *path);
void recording_free(struct recording *recording);
const char *recording_table(const struct recording *recording, const char *name);
const char *recording_setting(const struct recording *recording, const char *name,
			      char *value, size_t size);

extern const char *const record_event_names[RECORD_EVENTS];

static inline bool is_span(const struct recorded *record)
{
	return record->event == LOCAL_SPAN || record->event == LINE_SPAN;
}

static inline bool is_late(const struct recorded *record)
{
	return record->event == IPI_LATE || record->event == TIMER_LATE;
}

static inline uint64_t span_begin(const struct recorded *record)
{
	return record->time > record->duration ? record->time - record->duration : 0;
}

#endif
