// SPDX-License-Identifier: GPL-2.0
/*
 * Which parts of the tracer run, and for which users.
 *
 * The users of a part are the instances that have irqspan as their tracer, with the
 * option of that part set, and the users of the part's trace events: tracefs, perf, BPF.
 * The first user starts the part, the last one stops it.
 *
 * Lock order: event_mutex or trace_types_lock, then session_mutex, then what
 * registering a tracepoint takes.
 */
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/cpuhotplug.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "../trace.h"
#include "irqspan.h"
#include "record.h"

/* Added to at boot only, so that it can be walked without a lock. */
LIST_HEAD(irqspan_parts);

/* How often the rows of stats and hist were cleared, by a write or by a start */
atomic_t irqspan_rows_generation;

static DEFINE_MUTEX(session_mutex);

/* Users of events that name a CPU-wide span */
static atomic_t span_users;

static bool is_wanted(const struct irqspan_part *part)
{
	return part->instance_users || atomic_read(&part->event_users) ||
	       (part->measures_spans && atomic_read(&span_users));
}

/* A part has started, which cleared its counters: begin a new generation of its tables. */
static void count_cleared(struct irqspan_part *part)
{
	unsigned int i;

	if (part->next_row)
		atomic_inc(&irqspan_rows_generation);
	for (i = 0; i < part->nr_files; i++)
		atomic_inc(&part->files[i].generation);
}

static void update_part(struct irqspan_part *part)
{
	bool wanted = is_wanted(part);

	if (wanted == part->running)
		return;
	if (wanted) {
		part->error = part->start ? part->start() : 0;
		part->running = !part->error;
		if (part->running)
			count_cleared(part);
	} else {
		if (part->stop)
			part->stop();
		part->running = false;
	}
}

/*
 * Start the parts that have users and do not run, stop those that run and have none.
 * Returns the error of a part that could not start although an instance wants it. For
 * parts that only users of events want, update_for_event() returns it.
 */
static int update_session(void)
{
	struct irqspan_part *part;
	int err = 0;

	lockdep_assert_held(&session_mutex);

	list_for_each_entry(part, &irqspan_parts, list) {
		update_part(part);
		if (part->instance_users && !part->running)
			err = part->error;
	}
	return err;
}

static void count_instance_users(u32 options, int n)
{
	struct irqspan_part *part;

	list_for_each_entry(part, &irqspan_parts, list) {
		if (options & part->flag)
			part->instance_users += n;
	}
}

/**
 * irqspan_session_attach - an instance made irqspan its tracer
 * @tr: the instance
 * @options: flags of the parts it wants
 *
 * Context: trace_types_lock is held, sleeps.
 * Return: 0 or a negative errno; then nothing was changed.
 */
int irqspan_session_attach(struct trace_array *tr, u32 options)
{
	struct irqspan_instance *inst;
	int ret;

	inst = kzalloc_obj(*inst);
	if (!inst)
		return -ENOMEM;
	inst->tr = tr;
	inst->options = options;

	guard(mutex)(&session_mutex);
	count_instance_users(options, 1);
	ret = update_session();
	if (ret) {
		count_instance_users(options, -1);
		update_session();
		kfree(inst);
		return ret;
	}
	irqspan_instance_add(inst);
	/* The output shows the names of the tasks. */
	tracing_start_cmdline_record();
	return 0;
}

/**
 * irqspan_session_detach - end what irqspan_session_attach() began
 * @tr: the instance; nothing is written to it any more on return
 *
 * Context: trace_types_lock is held, sleeps.
 */
void irqspan_session_detach(struct trace_array *tr)
{
	struct irqspan_instance *inst = irqspan_instance_find(tr);

	if (WARN_ON_ONCE(!inst))
		return;
	tracing_stop_cmdline_record();

	guard(mutex)(&session_mutex);
	irqspan_instance_remove(inst);
	count_instance_users(inst->options, -1);
	update_session();
	kfree(inst);
}

/**
 * irqspan_session_set_options - choose which parts an instance wants
 * @tr: the instance; if it has another tracer now, there is nothing to do
 * @options: flags of the parts
 *
 * Context: trace_types_lock is held, sleeps.
 * Return: 0 or a negative errno; then nothing was changed.
 */
int irqspan_session_set_options(struct trace_array *tr, u32 options)
{
	struct irqspan_instance *inst = irqspan_instance_find(tr);
	u32 old;
	int ret;

	if (!inst)
		return 0;

	guard(mutex)(&session_mutex);
	old = inst->options;
	count_instance_users(options, 1);
	count_instance_users(old, -1);
	ret = update_session();
	if (ret) {
		count_instance_users(old, 1);
		count_instance_users(options, -1);
		update_session();
		return ret;
	}
	WRITE_ONCE(inst->options, options);
	return 0;
}

/**
 * irqspan_session_clear - forget what one table has counted
 * @file: the table
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int irqspan_session_clear(struct irqspan_file *file)
{
	int ret;

	guard(mutex)(&session_mutex);
	ret = file->clear();
	if (!ret)
		atomic_inc(&file->generation);
	return ret;
}

/**
 * irqspan_session_copy_rows - copy the rows of one table
 * @file: the table
 * @rows: the copy, to be freed with kvfree()
 * @generation: how often the table had been cleared when these were its rows
 *
 * Context: sleeps.
 * Return: how many rows, or a negative errno.
 */
int irqspan_session_copy_rows(struct irqspan_file *file, void **rows, int *generation)
{
	guard(mutex)(&session_mutex);
	*generation = atomic_read(&file->generation);
	return file->copy_rows(rows);
}

/**
 * irqspan_session_clear_rows - forget what is shown in stats and hist
 *
 * Context: sleeps.
 */
void irqspan_session_clear_rows(void)
{
	struct irqspan_part *part;

	guard(mutex)(&session_mutex);
	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->clear)
			part->clear();
	}
	atomic_inc(&irqspan_rows_generation);
}

/**
 * irqspan_notify_settings_changed - tell all parts that a setting has a new value
 *
 * Context: the session is locked, sleeps.
 */
void irqspan_notify_settings_changed(void)
{
	struct irqspan_part *part;

	lockdep_assert_held(&session_mutex);

	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->settings_changed)
			part->settings_changed();
	}
}

/**
 * irqspan_session_settings_changed - lock the session, and tell all parts
 *
 * Context: sleeps.
 */
void irqspan_session_settings_changed(void)
{
	guard(mutex)(&session_mutex);
	irqspan_notify_settings_changed();
}

static void update_session_fn(struct work_struct *work)
{
	guard(mutex)(&session_mutex);
	update_session();
}

static DECLARE_WORK(update_session_work, update_session_fn);

/**
 * irqspan_event_users_add - an event gets, or loses, users
 * @event: the event
 * @n: by how many
 *
 * Called with tracepoints_mutex held, under which no hook can be attached to another
 * tracepoint. So leave starting and stopping the parts to a work; update_for_event() does
 * the same at once.
 */
void irqspan_event_users_add(const struct irqspan_event *event, int n)
{
	atomic_add(n, &event->part->event_users);
	if (event->needs_spans)
		atomic_add(n, &span_users);
	queue_work(system_dfl_wq, &update_session_work);
}

/*
 * Start the parts that the users of an event need, or stop those that have no user any
 * more. Returns the error of a part that could not start.
 */
static int update_for_event(const struct irqspan_event *event)
{
	struct irqspan_part *part;

	guard(mutex)(&session_mutex);
	update_session();
	list_for_each_entry(part, &irqspan_parts, list) {
		if (part == event->part || (part->measures_spans && event->needs_spans)) {
			if (is_wanted(part) && !part->running)
				return part->error;
		}
	}
	return 0;
}

/*
 * tracefs and perf call this function to enable and disable an event. When it returns,
 * measuring has begun or ended, or they get the error. BPF's raw tracepoints do not call
 * it: for them, measuring begins a little later, by update_session_work.
 */
static int register_event(struct trace_event_call *call, enum trace_reg type, void *data)
{
	const struct irqspan_event *event = irqspan_event_find(call);
	int ret;

	ret = trace_event_reg(call, type, data);
	if (ret)
		return ret;

	/* During boot it may be too early to sleep: leave it to update_session_work. */
	if (system_state == SYSTEM_BOOTING)
		return 0;

	switch (type) {
	case TRACE_REG_REGISTER:
		ret = update_for_event(event);
		if (ret)
			trace_event_reg(call, TRACE_REG_UNREGISTER, data);
		return ret;
#ifdef CONFIG_PERF_EVENTS
	case TRACE_REG_PERF_REGISTER:
		ret = update_for_event(event);
		if (ret) {
			trace_event_reg(call, TRACE_REG_PERF_UNREGISTER, data);
			/* On an error perf at once frees memory that a hook may still be using. */
			tracepoint_synchronize_unregister();
		}
		return ret;
	case TRACE_REG_PERF_UNREGISTER:
#endif
	case TRACE_REG_UNREGISTER:
		update_for_event(event);
		return 0;
	default:
		return 0;
	}
}

/* A CPU is about to come online, or has gone. */
static int reset_cpu(unsigned int cpu)
{
	struct irqspan_part *part;

	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->reset_cpu)
			part->reset_cpu(cpu);
	}
	return 0;
}

static int __init register_reset_cpu(void)
{
	int ret;

	ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "trace/irqspan:prepare",
					reset_cpu, reset_cpu);
	return min(ret, 0);
}
core_initcall(register_reset_cpu);

/**
 * irqspan_register_part - make a part known
 * @part: the part
 *
 * Context: at boot, before the tracer is registered.
 * Return: 0 or a negative errno.
 */
int __init irqspan_register_part(struct irqspan_part *part)
{
	static unsigned int nr_options;
	unsigned int i;
	int ret;

	for (i = 0; i < part->nr_events; i++) {
		ret = irqspan_event_add(&part->events[i]);
		if (ret)
			return ret;
		part->events[i].call->class->reg = register_event;
	}
	if (part->option)
		part->flag = BIT(nr_options++);

	guard(mutex)(&session_mutex);
	list_add_tail(&part->list, &irqspan_parts);
	/* The kernel command line may have enabled one of its events already. */
	update_session();
	return 0;
}
