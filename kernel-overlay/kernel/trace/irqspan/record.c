// SPDX-License-Identifier: GPL-2.0
/*
 * Where finished spans go: to the users of the trace events, and straight into
 * the buffers of the instances that have irqspan as their tracer.
 */
#include <linux/irq.h>
#include <linux/rculist.h>
#include <linux/string.h>

#include "../trace.h"
#include "irqspan.h"

/*
 * Fill in the entry of an event from a span. The events do so as well as what
 * writes to the instances below.
 */
static void irqspan_local_fill(void *entry, const void *span);
static void irqspan_line_fill(void *entry, const void *span);
static void irqspan_late_fill(void *entry, const void *late);
static void irqspan_migrate_fill(void *entry, const void *migrate);
static void irqspan_wake_fill(void *entry, const void *wake);

#define CREATE_TRACE_POINTS
#include <trace/events/irqspan.h>

/* Written under trace_types_lock, read by the hooks under RCU */
static LIST_HEAD(irqspan_instances);
static u32 irqspan_options;

static void irqspan_local_fill(void *entry, const void *span)
{
	struct trace_event_raw_local_span *to = entry;
	const struct irqspan_local *from = span;

	to->duration	= from->duration;
	to->caller	= from->caller;
	to->parent	= from->parent;
	to->end_caller	= from->end_caller;
	to->end_parent	= from->end_parent;
	to->pid		= from->task->pid;
	to->context	= from->context;
	memcpy(to->comm, from->task->comm, TASK_COMM_LEN);
}

static void irqspan_line_fill(void *entry, const void *span)
{
	struct trace_event_raw_line_span *to = entry;
	const struct irqspan_line *from = span;

	to->irq		= from->irq;
	to->duration	= from->duration;
	to->caller	= from->caller;
	to->end_caller	= from->end_caller;
	to->pid		= from->pid;
	to->cpu_off	= from->cpu_off;
	to->depth	= from->depth;
	to->kind	= from->kind;
	to->pending	= from->pending;
	memcpy(to->comm, from->comm, TASK_COMM_LEN);
	memcpy(to->name, from->name, IRQSPAN_NAME_LEN);
}

static void irqspan_late_fill(void *entry, const void *late)
{
	struct trace_event_raw_ipi_late *to = entry;
	const struct irqspan_late *from = late;

	to->from_cpu	= from->key->from;
	to->function	= from->key->function;
	to->call_site	= from->key->caller;
	to->delay	= from->delay;
	to->duration	= from->past->duration;
	to->caller	= from->past->caller;
	to->pid		= from->past->pid;
	memcpy(to->comm, from->past->comm, TASK_COMM_LEN);
}

static void irqspan_migrate_fill(void *entry, const void *migrate)
{
	struct trace_event_raw_timer_migrate *to = entry;
	const struct irqspan_migrate *from = migrate;

	to->timer	= from->timer;
	to->function	= from->function;
	to->class	= from->class;
	to->from_cpu	= from->from;
	to->to_cpu	= from->to;
	to->pid		= from->pid;
	memcpy(to->comm, from->comm, TASK_COMM_LEN);
}

static void irqspan_wake_fill(void *entry, const void *wake)
{
	struct trace_event_raw_remote_wake *to = entry;
	const struct irqspan_wake *from = wake;

	to->function	= from->function;
	to->armed_cpu	= from->armed;
	to->expired_cpu	= from->expired;
	to->pid		= from->pid;
	memcpy(to->comm, from->comm, TASK_COMM_LEN);
}

/* The events, the part that makes them, and what else has to run for that */
static const struct {
	struct trace_event_call	*call;
	size_t			size;
	void			(*fill)(void *entry, const void *from);
	enum irqspan_part	part;
	unsigned int		needs;
} events[IRQSPAN_EVENTS] = {
	[IRQSPAN_EVENT_LOCAL_SPAN] = {
		.call	= &event_local_span,
		.size	= sizeof(struct trace_event_raw_local_span),
		.fill	= irqspan_local_fill,
		.part	= IRQSPAN_PART_LOCAL,
		.needs	= BIT(IRQSPAN_PART_LOCAL),
	},
	[IRQSPAN_EVENT_LINE_SPAN] = {
		.call	= &event_line_span,
		.size	= sizeof(struct trace_event_raw_line_span),
		.fill	= irqspan_line_fill,
		.part	= IRQSPAN_PART_LINES,
		.needs	= BIT(IRQSPAN_PART_LINES),
	},
	[IRQSPAN_EVENT_IPI_LATE] = {
		.call	= &event_ipi_late,
		.size	= sizeof(struct trace_event_raw_ipi_late),
		.fill	= irqspan_late_fill,
		.part	= IRQSPAN_PART_IPIS,
		.needs	= BIT(IRQSPAN_PART_IPIS) | BIT(IRQSPAN_PART_LOCAL),
	},
	[IRQSPAN_EVENT_TIMER_MIGRATE] = {
		.call	= &event_timer_migrate,
		.size	= sizeof(struct trace_event_raw_timer_migrate),
		.fill	= irqspan_migrate_fill,
		.part	= IRQSPAN_PART_TIMERS,
		.needs	= BIT(IRQSPAN_PART_TIMERS),
	},
	[IRQSPAN_EVENT_REMOTE_WAKE] = {
		.call	= &event_remote_wake,
		.size	= sizeof(struct trace_event_raw_remote_wake),
		.fill	= irqspan_wake_fill,
		.part	= IRQSPAN_PART_TIMERS,
		.needs	= BIT(IRQSPAN_PART_TIMERS),
	},
};

/**
 * irqspan_record_set_reg - route the (un)registration of the events
 * @reg: to be called in place of trace_event_reg()
 */
void irqspan_record_set_reg(int (*reg)(struct trace_event_call *call,
				       enum trace_reg type, void *data))
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_EVENTS; i++)
		events[i].call->class->reg = reg;
}

/**
 * irqspan_record_needs - the parts of the tracer that an event takes
 * @call: one of our events
 *
 * Return: a bit for each part.
 */
unsigned int irqspan_record_needs(const struct trace_event_call *call)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_EVENTS - 1; i++) {
		if (events[i].call == call)
			break;
	}
	return events[i].needs;
}

/**
 * irqspan_record_add - have an instance receive the records
 * @inst: the instance, its @tr filled in
 *
 * Context: trace_types_lock is held, so that the list of event files is stable.
 */
void irqspan_record_add(struct irqspan_instance *inst)
{
	struct trace_event_file *file;
	unsigned int i;

	list_for_each_entry(file, &inst->tr->events, list) {
		for (i = 0; i < IRQSPAN_EVENTS; i++) {
			if (file->event_call == events[i].call)
				inst->file[i] = file;
		}
	}
	list_add_tail_rcu(&inst->list, &irqspan_instances);
}

/**
 * irqspan_record_del - end what irqspan_record_add() began
 * @inst: the instance; no hook uses it any more on return
 *
 * Context: trace_types_lock is held, sleeps.
 */
void irqspan_record_del(struct irqspan_instance *inst)
{
	list_del_rcu(&inst->list);
	synchronize_rcu();
}

/**
 * irqspan_record_find - the instance of a trace array
 * @tr: the trace array
 *
 * Context: trace_types_lock is held.
 * Return: the instance or NULL.
 */
struct irqspan_instance *irqspan_record_find(const struct trace_array *tr)
{
	struct irqspan_instance *inst;

	list_for_each_entry(inst, &irqspan_instances, list) {
		if (inst->tr == tr)
			return inst;
	}
	return NULL;
}

/**
 * irqspan_record_set_options - which records the tracer writes, and how
 * @options: IRQSPAN_OPT_* bits
 */
void irqspan_record_set_options(u32 options)
{
	WRITE_ONCE(irqspan_options, options);
}

/* The event writes to this instance by itself: do not write it twice. */
static bool event_is_on(const struct trace_event_file *file)
{
	unsigned long flags = READ_ONCE(file->flags);

	return (flags & EVENT_FILE_FL_ENABLED) && !(flags & EVENT_FILE_FL_SOFT_DISABLED);
}

/* The stack trace begins where the hook was called. */
#define STACK_SKIP	4

/* A buffer that has no room counts that itself: per_cpu/cpuN/stats. */
static void write_record(struct trace_array *tr, enum irqspan_event type, const void *from,
			 bool stack)
{
	struct trace_buffer *buffer = tr->array_buffer.buffer;
	unsigned int trace_ctx = tracing_gen_ctx();
	struct ring_buffer_event *event;

	event = trace_buffer_lock_reserve(buffer, events[type].call->event.type,
					  events[type].size, trace_ctx);
	if (!event)
		return;
	events[type].fill(ring_buffer_event_data(event), from);
	trace_buffer_unlock_commit_nostack(buffer, event);
	if (stack)
		__trace_stack(tr, trace_ctx, STACK_SKIP);
}

static void write_to_instances(enum irqspan_event type, const void *from)
{
	u32 options = READ_ONCE(irqspan_options);
	struct irqspan_instance *inst;

	if (!(options & IRQSPAN_OPT_PART(events[type].part)))
		return;
	list_for_each_entry_rcu(inst, &irqspan_instances, list, irqs_disabled()) {
		if (inst->file[type] && event_is_on(inst->file[type]))
			continue;
		write_record(inst->tr, type, from, options & IRQSPAN_OPT_STACK);
	}
}

/**
 * irqspan_record_local - record a CPU-wide span
 * @span: the span
 *
 * Context: interrupts off, any context, NMI too. Takes no lock.
 */
void irqspan_record_local(const struct irqspan_local *span)
{
	trace_local_span(span);
	write_to_instances(IRQSPAN_EVENT_LOCAL_SPAN, span);
}

/**
 * irqspan_record_line - record a span of an interrupt line
 * @span: the span
 *
 * Context: the line's desc->lock is held. Takes no lock.
 */
void irqspan_record_line(const struct irqspan_line *span)
{
	trace_line_span(span);
	write_to_instances(IRQSPAN_EVENT_LINE_SPAN, span);
}

/**
 * irqspan_record_late - record a function call that was late
 * @late: the call
 *
 * Context: interrupts off, on the CPU that runs it. Takes no lock.
 */
void irqspan_record_late(const struct irqspan_late *late)
{
	trace_ipi_late(late);
	write_to_instances(IRQSPAN_EVENT_IPI_LATE, late);
}

/**
 * irqspan_record_migrate - record that a timer leaves its CPU
 * @migrate: the timer
 *
 * Context: preemption off; the lock of the timer's base may be held. Takes no
 * lock.
 */
void irqspan_record_migrate(const struct irqspan_migrate *migrate)
{
	trace_timer_migrate(migrate);
	write_to_instances(IRQSPAN_EVENT_TIMER_MIGRATE, migrate);
}

/**
 * irqspan_record_wake - record an IPI that a timer sends back to its CPU
 * @wake: the timer
 *
 * Context: preemption off, locks of the scheduler may be held. Takes no lock.
 */
void irqspan_record_wake(const struct irqspan_wake *wake)
{
	trace_remote_wake(wake);
	write_to_instances(IRQSPAN_EVENT_REMOTE_WAKE, wake);
}
