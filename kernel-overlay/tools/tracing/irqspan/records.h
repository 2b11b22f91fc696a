/* SPDX-License-Identifier: GPL-2.0 */
/* The tracer's events, as they are recorded. */
#ifndef IRQSPAN_RECORDS_H
#define IRQSPAN_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <traceevent/event-parse.h>
#include <tracefs/tracefs.h>

#include "cpus.h"

enum record_type {
	RECORD_LOCAL_SPAN,
	RECORD_LINE_SPAN,
	RECORD_IPI_LATE,
	RECORD_TIMER_LATE,
	RECORD_TIMER_MIGRATE,
	RECORD_REMOTE_WAKE,
	RECORD_TICK_STOP,		/* timer:tick_stop */
	RECORD_HRTIMER_ENTRY,		/* timer:hrtimer_expire_entry */
	RECORD_HRTIMER_EXIT,
	RECORD_TIMER_ENTRY,		/* timer:timer_expire_entry */
	RECORD_TIMER_EXIT,
	RECORD_WAKING,			/* sched:sched_waking */
	RECORD_SIGNAL,			/* signal:signal_generate */
	RECORD_QUEUE_WORK,		/* workqueue:workqueue_queue_work */
	RECORD_TIMER_INTERRUPT,		/* irq_vectors:local_timer_entry, irq:irq_handler_entry */
	RECORD_UNKNOWN,
};

/**
 * struct record - a record; the fields that its event does not have are 0
 * @type: which event it is
 * @time: time stamp, ns; of a span, that of its end
 * @cpu: CPU that made it
 * @task: pid of the task that ran then
 * @flags: context that it was made in, like TRACE_FLAG_HARDIRQ
 * @pid: the event's field of that name, which is not always @task
 * @comm: likewise; "" if the event has none
 * @name: name of the line
 * @duration: how long the span was, or the span to blame
 * @caller: code that turned interrupts off, or disabled the line
 * @parent: code that called the function with @caller
 * @end_caller: code that turned interrupts on, or enabled the line
 * @end_parent: code that called the function with @end_caller
 * @handler: function that ran longest inside the span
 * @handler_ns: how long @handler ran
 * @waited: time in the span that was spent waiting for locks
 * @function: function of the timer or the work, or function that was called by IPI
 * @call_site: code that asked for that call
 * @delay: time from the request to the call
 * @late: time from when the timer was due until it ran
 * @last_caller: code that disabled the line last
 * @timer: address of the timer
 * @context: of the disable: see record_context()
 * @irq: number of the line
 * @cpu_off: CPU of the disable
 * @depth: most disables of the line that were in force at once
 * @kind: of the line span: see record_line_kind(); or of the timer
 * @pending: an interrupt arrived while the line was off
 * @from_cpu: CPU that asked for the call, or that the timer left
 * @to_cpu: CPU that the timer went to
 * @armed_cpu: CPU that armed the timer
 * @expired_cpu: CPU where it expired
 * @target_cpu: CPU that the task is woken up on
 * @success: the tick was stopped
 * @dependency: what keeps the tick
 *
 * Fields are those of the events that have these names. Times are in ns. Addresses are the
 * kernel's: see symbol_find().
 */
struct record {
	enum record_type	type;
	uint64_t		time;
	unsigned int		cpu;
	int			task;
	int			flags;
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
	unsigned int		target_cpu;
	unsigned int		success;
	unsigned int		dependency;
};

/* What the numbers in @context, and in @kind of line spans, stand for */
const char *record_context(unsigned int context);
const char *record_line_kind(unsigned int kind);

/*
 * Did that take most of a span, half of it or more? Both are measured by themselves: a part may be
 * a bit longer than the whole.
 */
static inline bool record_is_most(uint64_t part, uint64_t duration)
{
	return part && (part >= duration || part >= duration - part);
}

struct records;

/*
 * Filter of local_span: spans of these CPUs that take @from ns or more, without those that
 * reading the records makes; to be freed
 */
char *records_span_filter(uint64_t from, const struct set *cpus);
/* Prepare to read the records of an instance. */
struct records *records_open(struct tracefs_instance *instance);
void records_close(struct records *records);
/* Call @each for all records that are there now, and remove them. */
void records_read(struct records *records, void (*each)(const struct record *record, void *data),
		  void *data);
/* Remove all that are there now, as before measuring begins: it is not known what they are. */
void records_drop(struct records *records);
/* How many records were lost because the buffer was full */
uint64_t records_lost(const struct records *records);
/*
 * Keep the last @n records that were read, and print them as the kernel would. @records: what
 * records_open() returned; it is the data of actions_run().
 */
void records_keep(struct records *records, unsigned int n);
void records_print(FILE *to, void *records);

#endif
