/* SPDX-License-Identifier: GPL-2.0 */
/* The tracer's events, as they are recorded. */
#ifndef IRQSPAN_RECORDS_H
#define IRQSPAN_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <traceevent/event-parse.h>
#include <tracefs/tracefs.h>

enum record_type {
	RECORD_LOCAL_SPAN,
	RECORD_LINE_SPAN,
	RECORD_IPI_LATE,
	RECORD_TIMER_LATE,
	RECORD_TIMER_MIGRATE,
	RECORD_REMOTE_WAKE,
	RECORD_TICK_STOP,		/* timer:tick_stop */
	RECORD_UNKNOWN,
};

/**
 * struct record - a record, with the fields that its event has; others are 0
 * @type: which event it is
 * @time: time stamp, ns; of a span, that of its end
 * @cpu: CPU that made it
 * @task: task that ran then
 * @pid: its own field of that name, as @comm
 * @comm: "" if the event has none
 * @duration: and all further ones are the fields of these names
 *
 * Durations are in ns. Addresses are the kernel's: see symbol_find().
 */
struct record {
	enum record_type	type;
	uint64_t		time;
	unsigned int		cpu;
	int			task;
	int			pid;
	char			comm[32];
	char			name[64];
	uint64_t		duration;
	uint64_t		caller;
	uint64_t		parent;
	uint64_t		end_caller;
	uint64_t		end_parent;
	uint64_t		handler;
	uint64_t		handler_ns;
	uint64_t		waited;
	uint64_t		function;
	uint64_t		call_site;
	uint64_t		delay;
	uint64_t		late;
	uint64_t		last_caller;
	uint64_t		timer;
	unsigned int		context;
	unsigned int		irq;
	unsigned int		cpu_off;
	unsigned int		depth;
	unsigned int		kind;
	bool			pending;
	unsigned int		from_cpu;
	unsigned int		to_cpu;
	unsigned int		armed_cpu;
	unsigned int		expired_cpu;
	unsigned int		success;
	unsigned int		dependency;
};

/* Fill it in, from an event of tracefs or of a trace.dat. */
void record_fill(struct record *record, struct tep_event *event, struct tep_record *from,
		 int cpu);

/* What the numbers in @context, and in @kind of line spans and of timers, stand for */
const char *record_context(unsigned int context);
const char *record_line_kind(unsigned int kind);
const char *record_timer_kind(unsigned int kind);

struct records;

/* For an instance that records them */
struct records *records_open(struct tracefs_instance *instance);
void records_close(struct records *records);
/* Hand out, and remove, all records that are there now. */
void records_read(struct records *records, void (*each)(const struct record *record, void *data),
		  void *data);
/* How many were lost since the buffer was full */
uint64_t records_lost(const struct records *records);
struct tep_handle *records_events(const struct records *records);
/* Keep the last @n that were read, and print them as the kernel would. */
void records_keep(struct records *records, unsigned int n);
void records_print(const struct records *records, FILE *to);

#endif
