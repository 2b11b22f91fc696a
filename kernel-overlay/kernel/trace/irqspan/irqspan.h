/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the irqspan tracer share.
 *
 * irqspan is made of parts, each in a file of its own. A part describes itself by a
 * struct irqspan_part and registers it; what starts, stops and prints the parts knows
 * nothing else of them. Parts do not call each other.
 *
 * Dependencies run one way:
 *
 *   hist.h, clock.h    arithmetic
 *   culprit.h          what all tell of a span with interrupts off
 *   stats.c            counters that the hooks write and the files read
 *   table.c            tables of counters, likewise
 *   record.c, print.c, settings.c, probe.c
 *                      what the parts use
 *   blame.c            tells parts which span made an IPI or a timer late
 *   local.c            the part for CPU-wide spans; files named after a part belong to it
 *   line.c             that for spans of interrupt lines
 *   ipi.c              that for IPIs
 *   timer.c            that for timers
 *   session.c, tracefs.c, tracer.c
 *                      run the parts for the users of the tracer
 */
#ifndef _KERNEL_TRACE_IRQSPAN_H
#define _KERNEL_TRACE_IRQSPAN_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <linux/trace_events.h>
#include <linux/types.h>

#include "culprit.h"

struct irqspan_counters;
struct irqspan_part;
struct trace_array;
struct tracer;

/**
 * struct irqspan_file - a file in the tracer's directory in tracefs
 * @name: file name
 * @show: print the value; for a setting
 * @set: change the value to that of a string without surrounding blanks. Returns 0
 *	or a negative errno, and then has changed nothing. For a setting that can be
 *	written
 * @header: first line, which names the columns; for a table
 * @row_size: size of one row in the copy that @copy_rows makes
 * @copy_rows: copy the rows, sorted, to memory that kvfree() frees. Returns their
 *	number or a negative errno
 * @show_row: print one row of the copy
 * @show_totals: print the counters that belong to no row; lines begin with "#"
 * @clear: forget what was counted; called when anything is written to a table.
 *	Returns 0 or a negative errno. The session is locked
 * @generation: how often the table was cleared, by a write or by a start
 *
 * A file is either a setting, with @show, or a table, with @copy_rows.
 */
struct irqspan_file {
	const char		*name;

	int			(*show)(struct seq_file *m);
	int			(*set)(char *value);

	const char		*header;
	size_t			row_size;
	int			(*copy_rows)(void **rows);
	void			(*show_row)(struct seq_file *m, const void *row);
	void			(*show_totals)(struct seq_file *m);
	int			(*clear)(void);
	atomic_t		generation;
};

/**
 * struct irqspan_event - a trace event of the tracer
 * @call: the event
 * @part: the part that makes it
 * @size: size of the event's entry in the ring buffer
 * @fill: fill in the entry from what the part knows
 * @to_instances: instances that have irqspan as their tracer get the event even if it
 *	is not enabled there
 * @needs_spans: the event names a CPU-wide span, so these have to be measured too
 * @list: on the list of all events
 * @index: number of the event, an index to &irqspan_instance.file
 */
struct irqspan_event {
	struct trace_event_call	*call;
	struct irqspan_part	*part;
	size_t			size;
	void			(*fill)(void *entry, const void *from);
	bool			to_instances;
	bool			needs_spans;
	struct list_head	list;
	unsigned int		index;
};

/**
 * struct irqspan_part - a part of the tracer that starts and stops on its own
 * @option: name of the tracer's option that turns it on; NULL: it has only files
 * @measures_spans: it measures CPU-wide spans, which events of other parts need
 * @start: allocate what the hooks need, then attach them. Returns 0 or a negative
 *	errno, and then has started nothing
 * @stop: detach the hooks. What was counted stays to be read
 * @clear: forget what @read_row reads
 * @reset_cpu: a CPU went offline, or is about to come online: forget what was open there
 * @settings_changed: one of the settings in settings.c has another value, or CPU-wide spans
 *	have to be noted from another duration up
 * @next_row: set @pos to the first row at or after @pos in stats, hist and open:
 *	the number of a CPU or of an interrupt line. Returns false if there is none.
 *	NULL: the part has no rows there
 * @read_row: copy the counters of a row. Returns false if there is nothing to show
 * @show_open: print a line if a span is open in that row
 * @show_totals: print what could not be counted in a row, for the end of stats
 * @print_cpu_off: for the console, if they are off on a CPU for @min_ns or more: print how long,
 *	and which code turned them off, unless that span was printed before. Returns true
 *	if it has printed
 * @print_cpu_waiting: for the console: print which CPUs wait for a CPU, to end that line
 * @files: files of its own
 * @nr_files: how many
 * @events: its trace events
 * @nr_events: how many
 * @list: on the list of all parts, in the order of registration
 * @flag: its bit among the options of the tracer
 * @event_users: users of its events: tracefs, perf, BPF; changed in any context
 *	that can sleep
 * @instance_users: instances that have irqspan as their tracer and the option set
 * @running: between @start and @stop
 * @error: what @start returned last
 *
 * @start, @stop, @clear, @reset_cpu and @settings_changed are called one at a
 * time, with the session locked, and may sleep; but @reset_cpu runs with the lock
 * of CPU hotplug held and without that of the session. All pointers may be NULL.
 * Fields from @list on belong to session.c.
 * @read_row, @show_open and what begins with print may be called in NMI while all
 * other CPUs are stopped: see last_words.c.
 */
struct irqspan_part {
	const char		*option;
	bool			measures_spans;
	int			(*start)(void);
	void			(*stop)(void);
	void			(*clear)(void);
	void			(*reset_cpu)(unsigned int cpu);
	void			(*settings_changed)(void);

	bool			(*next_row)(unsigned int *pos);
	bool			(*read_row)(unsigned int pos, struct irqspan_counters *copy);
	void			(*show_open)(struct seq_file *m, unsigned int pos);
	void			(*show_totals)(struct seq_file *m);
	bool			(*print_cpu_off)(struct seq_file *m, unsigned int cpu, u64 min_ns);
	void			(*print_cpu_waiting)(struct seq_file *m, unsigned int cpu);

	struct irqspan_file	*files;
	unsigned int		nr_files;
	struct irqspan_event	*events;
	unsigned int		nr_events;

	struct list_head	list;
	u32			flag;
	atomic_t		event_users;
	unsigned int		instance_users;
	bool			running;
	int			error;
};

/* session.c */
extern struct list_head irqspan_parts;
extern atomic_t irqspan_rows_generation;

int irqspan_register_part(struct irqspan_part *part);
int irqspan_session_attach(struct trace_array *tr, u32 options);
void irqspan_session_detach(struct trace_array *tr);
int irqspan_session_set_options(struct trace_array *tr, u32 options);
int irqspan_session_clear(struct irqspan_file *file);
int irqspan_session_copy_rows(struct irqspan_file *file, void **rows, int *generation);
void irqspan_session_clear_rows(void);
void irqspan_notify_settings_changed(void);
void irqspan_session_settings_changed(void);
void irqspan_event_users_add(const struct irqspan_event *event, int n);

/*
 * A user of an event starts the part that makes it: to be used as the event's
 * functions of registration, see TRACE_EVENT_FN(). One line for each event.
 */
#define IRQSPAN_EVENT_REGISTRATION(name, event)				\
static const struct irqspan_event *const irqspan_##name##_event = event;	\
									\
int irqspan_##name##_reg(void)						\
{									\
	irqspan_event_users_add(irqspan_##name##_event, 1);		\
	return 0;							\
}									\
									\
void irqspan_##name##_unreg(void)					\
{									\
	irqspan_event_users_add(irqspan_##name##_event, -1);		\
}

/*
 * perf lets everybody count an event in their own tasks. But the first user of one of these
 * has code patched all over the kernel, all CPUs measured, and the tables cleared. So it
 * takes what perf asks of those who want samples of it. A task that has been allowed may
 * have children. One line for each event, in its header, if the kernel has perf.
 *
 * That is perf_allow_tracepoint(), whose arguments differ between stable releases.
 */
#define IRQSPAN_EVENT_PERM(name)					\
TRACE_EVENT_PERF_PERM(name,						\
		      p_event->parent || sysctl_perf_event_paranoid < 0 || \
		      perfmon_capable() ? 0 : -EPERM)

/* settings.c */
extern aligned_u64 irqspan_local_thresh_ns;
extern struct irqspan_file irqspan_settings[];
extern const unsigned int irqspan_nr_settings;

bool irqspan_cpu_measured(unsigned int cpu);
bool irqspan_above_threshold(u64 duration, u64 thresh_ns);
int irqspan_set_ns(const char *value, u64 *ns);

/* selftest.c */
int irqspan_selftest(struct tracer *trace, struct trace_array *tr);

#endif /* _KERNEL_TRACE_IRQSPAN_H */
