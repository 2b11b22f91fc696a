/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: events that go to the instances which have irqspan as their tracer, and to
 * whoever enabled the event.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_RECORD_H
#define _KERNEL_TRACE_IRQSPAN_RECORD_H

#include <linux/list.h>
#include <linux/types.h>

#include "irqspan.h"

struct trace_array;
struct trace_event_call;
struct trace_event_file;

/* All events of all parts */
#define IRQSPAN_EVENTS_MAX	8

/**
 * struct irqspan_instance - a trace array that has irqspan as its tracer
 * @list: on the list of all of them
 * @tr: the trace array
 * @options: flags of the parts whose records it gets
 * @file: its event files, which tell if an event is enabled there
 */
struct irqspan_instance {
	struct list_head	list;
	struct trace_array	*tr;
	u32			options;
	struct trace_event_file	*file[IRQSPAN_EVENTS_MAX];
};

void irqspan_record(const struct irqspan_event *event, const void *from);
struct irqspan_event *irqspan_event_find(const struct trace_event_call *call);
int irqspan_event_add(struct irqspan_event *event);
void irqspan_instance_add(struct irqspan_instance *inst);
void irqspan_instance_remove(struct irqspan_instance *inst);
struct irqspan_instance *irqspan_instance_find(const struct trace_array *tr);

#endif /* _KERNEL_TRACE_IRQSPAN_RECORD_H */
