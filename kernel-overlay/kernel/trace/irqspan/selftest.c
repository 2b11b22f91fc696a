// SPDX-License-Identifier: GPL-2.0
/*
 * Boot self-test: make a span of known length, and find its record.
 */
#include <linux/irqflags.h>
#include <linux/ring_buffer.h>
#include <linux/sched/clock.h>

#include "../trace.h"
#include "irqspan.h"
#include "record.h"

#define SELFTEST_SPAN_NS	(100 * NSEC_PER_USEC)

static bool found_span(struct trace_array *tr, int type, unsigned int offset)
{
	struct trace_buffer *buffer = tr->array_buffer.buffer;
	struct ring_buffer_event *event;
	bool found = false;
	int cpu;

	for_each_possible_cpu(cpu) {
		while ((event = ring_buffer_consume(buffer, cpu, NULL, NULL))) {
			struct trace_entry *entry = ring_buffer_event_data(event);

			if (entry->type == type &&
			    *(u64 *)((void *)entry + offset) >= SELFTEST_SPAN_NS)
				found = true;
		}
	}
	return found;
}

/* The instance's file of the event, NULL if the part that makes it is not built in */
static struct trace_event_file *local_span_file(const struct irqspan_instance *inst)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_EVENTS_MAX; i++) {
		struct trace_event_file *file = inst->file[i];

		if (file && !strcmp(trace_event_name(file->event_call), "local_span"))
			return file;
	}
	return NULL;
}

/**
 * irqspan_selftest - run when the tracer is registered
 * @trace: our tracer
 * @tr: the top-level trace array
 *
 * Context: trace_types_lock is held.
 * Return: 0, or -1 with a message if no span was recorded.
 */
int irqspan_selftest(struct tracer *trace, struct trace_array *tr)
{
	struct ftrace_event_field *field;
	struct trace_event_file *file;
	unsigned long thresh = tracing_thresh;
	unsigned long flags;
	u64 start;
	int ret;

	/* The kernel command line may have set a threshold. */
	tracing_thresh = 0;
	ret = tracer_init(trace, tr);
	if (ret) {
		tracing_thresh = thresh;
		pr_warn("irqspan: the self-test cannot start it: %d\n", ret);
		return ret;
	}

	file = local_span_file(irqspan_instance_find(tr));
	if (!file) {
		trace->reset(tr);
		tracing_thresh = thresh;
		return 0;
	}
	field = trace_find_event_field(file->event_call, "duration");

	/* Let the tracer see an enable on this CPU: before the first one it opens no span. */
	local_irq_disable();
	local_irq_enable();

	local_irq_save(flags);
	/* Not udelay(), which may be calibrated for another clock. */
	start = sched_clock();
	while (sched_clock() - start < SELFTEST_SPAN_NS)
		cpu_relax();
	local_irq_restore(flags);

	trace->reset(tr);
	tracing_thresh = thresh;

	if (!field || !found_span(tr, file->event_call->event.type, field->offset)) {
		pr_warn("irqspan: the self-test found no span of %lu ns\n", SELFTEST_SPAN_NS);
		return -1;
	}
	return 0;
}
