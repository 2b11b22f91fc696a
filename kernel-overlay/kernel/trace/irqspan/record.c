// SPDX-License-Identifier: GPL-2.0
/*
 * Records of spans in the buffers of those instances that have irqspan as their
 * tracer.
 *
 * A tracer cannot enable events: its init() runs under trace_types_lock, which nests
 * inside event_mutex. So what these instances get is written here, as the event would
 * write it if it were enabled there.
 */
#include <linux/rculist.h>

#include "../trace.h"
#include "irqspan.h"
#include "record.h"

/* Added to at boot only */
static LIST_HEAD(irqspan_events);

/* Changed under trace_types_lock, read by the hooks under RCU */
static LIST_HEAD(irqspan_instances);

/**
 * irqspan_event_add - make an event known
 * @event: the event
 *
 * Context: at boot.
 * Return: 0, or -ENOSPC if there are too many.
 */
int __init irqspan_event_add(struct irqspan_event *event)
{
	static unsigned int nr_events;

	if (WARN_ON(nr_events == IRQSPAN_EVENTS_MAX))
		return -ENOSPC;
	event->index = nr_events++;
	list_add_tail(&event->list, &irqspan_events);
	return 0;
}

/**
 * irqspan_event_find - find one of the tracer's events
 * @call: the event as trace events know it
 *
 * Return: the event; @call is one of them.
 */
struct irqspan_event *irqspan_event_find(const struct trace_event_call *call)
{
	struct irqspan_event *event;

	list_for_each_entry(event, &irqspan_events, list) {
		if (event->call == call)
			return event;
	}
	return NULL;
}

/**
 * irqspan_instance_add - have an instance receive the records
 * @inst: the instance, @tr and @options filled in
 *
 * Context: trace_types_lock is held, so that the list of event files is stable.
 */
void irqspan_instance_add(struct irqspan_instance *inst)
{
	struct irqspan_event *event;
	struct trace_event_file *file;

	lockdep_assert_held(&trace_types_lock);
	list_for_each_entry(file, &inst->tr->events, list) {
		event = irqspan_event_find(file->event_call);
		if (event)
			inst->file[event->index] = file;
	}
	list_add_tail_rcu(&inst->list, &irqspan_instances);
}

/**
 * irqspan_instance_remove - end what irqspan_instance_add() began
 * @inst: the instance; no hook uses it any more on return
 *
 * Context: trace_types_lock is held, sleeps.
 */
void irqspan_instance_remove(struct irqspan_instance *inst)
{
	lockdep_assert_held(&trace_types_lock);
	list_del_rcu(&inst->list);
	synchronize_rcu();
}

/**
 * irqspan_instance_find - the instance of a trace array
 * @tr: the trace array
 *
 * Context: trace_types_lock is held.
 * Return: the instance, NULL if @tr has another tracer.
 */
struct irqspan_instance *irqspan_instance_find(const struct trace_array *tr)
{
	struct irqspan_instance *inst;

	lockdep_assert_held(&trace_types_lock);
	list_for_each_entry(inst, &irqspan_instances, list) {
		if (inst->tr == tr)
			return inst;
	}
	return NULL;
}

/* A buffer that has no room counts that itself: per_cpu/cpuN/stats. */
static void write_record(struct irqspan_instance *inst, const struct irqspan_event *event,
			 const void *from)
{
	struct trace_event_file *file = inst->file[event->index];
	struct trace_buffer *buffer = inst->tr->array_buffer.buffer;
	unsigned long flags = file ? READ_ONCE(file->flags) : 0;
	struct ring_buffer_event *rb_event;
	unsigned int trace_ctx;
	void *entry;

	/* The event is enabled here, and writes the record itself. */
	if ((flags & EVENT_FILE_FL_ENABLED) && !(flags & EVENT_FILE_FL_SOFT_DISABLED))
		return;

	/* As trace_buffer_lock_reserve(), but look up the entry only once. */
	trace_ctx = tracing_gen_ctx();
	rb_event = ring_buffer_lock_reserve(buffer, event->size);
	if (!rb_event)
		return;
	entry = ring_buffer_event_data(rb_event);
	tracing_generic_entry_update(entry, event->call->event.type, trace_ctx);
	event->fill(entry, from);

	/*
	 * Both functions obey the option stacktrace, the first one also the event's filter
	 * and triggers. It would discard the record if the event is soft-disabled, which
	 * is to say, enabled for its triggers only.
	 */
	if (file && !(flags & EVENT_FILE_FL_SOFT_DISABLED))
		event_trigger_unlock_commit(file, buffer, rb_event, entry, trace_ctx);
	else
		trace_buffer_unlock_commit(inst->tr, buffer, rb_event, trace_ctx);
}

/**
 * irqspan_record - write a record to the instances that have irqspan as their tracer
 * @event: the event that the record looks like
 * @from: what @event->fill makes it from
 *
 * Where the event itself is enabled nothing is written: its users get it by the
 * tracepoint.
 *
 * Context: any; preemption is off. Takes no lock.
 */
void irqspan_record(const struct irqspan_event *event, const void *from)
{
	struct irqspan_instance *inst;

	if (!event->to_instances)
		return;
	list_for_each_entry_rcu(inst, &irqspan_instances, list, !preemptible()) {
		if (READ_ONCE(inst->options) & event->part->flag)
			write_record(inst, event, from);
	}
}
