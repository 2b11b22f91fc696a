// SPDX-License-Identifier: GPL-2.0
/*
 * Who wants which part of the tracer, and hence which parts run.
 *
 * Users are the instances whose tracer is irqspan, as far as the options say
 * so, and whoever registers for one of the trace events: tracefs, perf, BPF.
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

#include <trace/events/irqspan.h>

/* Spans shorter than these are counted, and not recorded. */
u64 irqspan_local_thresh_ns = 10 * NSEC_PER_USEC;
u64 irqspan_line_thresh_ns;

static int clear_local(bool running)
{
	irqspan_local_clear(running);
	return 0;
}

static int clear_lines(bool running)
{
	irqspan_line_clear(running);
	return 0;
}

static int clear_ipis(bool running)
{
	return irqspan_ipi_clear();
}

static int clear_timers(bool running)
{
	return irqspan_timer_clear();
}

static const struct {
	int	(*start)(void);
	void	(*stop)(void);
	int	(*clear)(bool running);
} parts[IRQSPAN_PARTS] = {
	[IRQSPAN_PART_LOCAL]	= { irqspan_local_start, irqspan_local_stop, clear_local },
	[IRQSPAN_PART_LINES]	= { irqspan_line_start, irqspan_line_stop, clear_lines },
	[IRQSPAN_PART_IPIS]	= { irqspan_ipi_start, irqspan_ipi_stop, clear_ipis },
	[IRQSPAN_PART_TIMERS]	= { irqspan_timer_start, irqspan_timer_stop, clear_timers },
};

static int prepare_cpu(unsigned int cpu)
{
	irqspan_local_prepare_cpu(cpu);
	irqspan_line_prepare_cpu();
	irqspan_ipi_prepare_cpu(cpu);
	return 0;
}

static DEFINE_MUTEX(session_mutex);
/* All under session_mutex */
static bool running[IRQSPAN_PARTS];
static int start_error[IRQSPAN_PARTS];
static unsigned int instances;
static u32 session_options;

/* Changed under tracepoints_mutex, which forbids to act on it there and then */
static atomic_t event_users[IRQSPAN_PARTS];

static bool instances_want(enum irqspan_part part)
{
	return instances && (session_options & IRQSPAN_OPT_PART(part));
}

static bool wanted(enum irqspan_part part)
{
	return atomic_read(&event_users[part]) || instances_want(part);
}

/*
 * Start what is wanted and does not run yet, and stop the rest. The result is
 * that of what the instances want.
 */
static int session_update(void)
{
	enum irqspan_part part;
	int err = 0;

	lockdep_assert_held(&session_mutex);

	for (part = 0; part < IRQSPAN_PARTS; part++) {
		if (wanted(part) == running[part])
			continue;
		if (running[part]) {
			parts[part].stop();
			running[part] = false;
			continue;
		}
		start_error[part] = parts[part].start();
		running[part] = !start_error[part];
		/* What only users of events want is theirs to be told of. */
		if (start_error[part] && instances_want(part))
			err = start_error[part];
	}
	/* That of IPIs has use for spans which else are only counted. */
	irqspan_local_recheck();
	return err;
}

/**
 * irqspan_session_attach - an instance made irqspan its tracer
 * @tr: the instance
 *
 * Context: trace_types_lock is held, sleeps.
 * Return: 0 or a negative errno; then nothing was changed.
 */
int irqspan_session_attach(struct trace_array *tr)
{
	struct irqspan_instance *inst;
	int ret;

	inst = kzalloc_obj(*inst);
	if (!inst)
		return -ENOMEM;
	inst->tr = tr;

	guard(mutex)(&session_mutex);
	instances++;
	ret = session_update();
	if (ret) {
		instances--;
		session_update();
		kfree(inst);
		return ret;
	}
	irqspan_record_add(inst);
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
	struct irqspan_instance *inst = irqspan_record_find(tr);

	if (WARN_ON_ONCE(!inst))
		return;
	tracing_stop_cmdline_record();
	irqspan_record_del(inst);
	kfree(inst);

	guard(mutex)(&session_mutex);
	instances--;
	session_update();
}

/**
 * irqspan_session_set_options - choose what the instances get
 * @options: IRQSPAN_OPT_* bits
 *
 * Context: sleeps.
 * Return: 0 or a negative errno; then nothing was changed.
 */
int irqspan_session_set_options(u32 options)
{
	u32 old;
	int ret;

	guard(mutex)(&session_mutex);
	old = session_options;
	session_options = options;
	ret = session_update();
	if (ret) {
		session_options = old;
		session_update();
		return ret;
	}
	irqspan_record_set_options(options);
	return 0;
}

/**
 * irqspan_session_set_irqs - choose the lines that are measured
 * @mask: the lines, NULL for all
 * @bits: how many bits @mask has
 *
 * Context: may not race with itself; sleeps.
 * Return: 0 or -ENOMEM; then nothing changed.
 */
int irqspan_session_set_irqs(const unsigned long *mask, unsigned int bits)
{
	int ret;

	guard(mutex)(&session_mutex);
	ret = irqspan_line_set_irqs(mask, bits);
	if (!ret && running[IRQSPAN_PART_LINES])
		irqspan_line_find_off();
	return ret;
}

/**
 * irqspan_session_clear - forget what was counted
 * @which: by which parts, a bit for each
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int irqspan_session_clear(unsigned int which)
{
	enum irqspan_part part;
	int ret = 0;

	guard(mutex)(&session_mutex);
	for (part = 0; part < IRQSPAN_PARTS && !ret; part++) {
		if (which & BIT(part))
			ret = parts[part].clear(running[part]);
	}
	return ret;
}

static void session_work_fn(struct work_struct *work)
{
	guard(mutex)(&session_mutex);
	session_update();
}

static DECLARE_WORK(session_work, session_work_fn);

static void event_users_add(enum irqspan_part part, int n)
{
	atomic_add(n, &event_users[part]);
	schedule_work(&session_work);
}

int irqspan_local_span_reg(void)
{
	event_users_add(IRQSPAN_PART_LOCAL, 1);
	return 0;
}

void irqspan_local_span_unreg(void)
{
	event_users_add(IRQSPAN_PART_LOCAL, -1);
}

int irqspan_line_span_reg(void)
{
	event_users_add(IRQSPAN_PART_LINES, 1);
	return 0;
}

void irqspan_line_span_unreg(void)
{
	event_users_add(IRQSPAN_PART_LINES, -1);
}

/* There is nobody to blame unless CPU-wide spans are measured, too. */
int irqspan_ipi_late_reg(void)
{
	event_users_add(IRQSPAN_PART_LOCAL, 1);
	event_users_add(IRQSPAN_PART_IPIS, 1);
	return 0;
}

void irqspan_ipi_late_unreg(void)
{
	event_users_add(IRQSPAN_PART_IPIS, -1);
	event_users_add(IRQSPAN_PART_LOCAL, -1);
}

int irqspan_timers_reg(void)
{
	event_users_add(IRQSPAN_PART_TIMERS, 1);
	return 0;
}

void irqspan_timers_unreg(void)
{
	event_users_add(IRQSPAN_PART_TIMERS, -1);
}

/* Not left to the work, which may be long in coming. */
static int update_for_event(unsigned int needs)
{
	enum irqspan_part part;

	guard(mutex)(&session_mutex);
	session_update();
	for (part = 0; part < IRQSPAN_PARTS; part++) {
		if ((needs & BIT(part)) && !running[part])
			return start_error[part];
	}
	return 0;
}

/*
 * tracefs and perf come through here, so they find measuring on, or off, when
 * they return, and learn of a failure. A raw tracepoint user does not wait.
 */
static int event_reg(struct trace_event_call *call, enum trace_reg type, void *data)
{
	unsigned int needs = irqspan_record_needs(call);
	int ret;

	ret = trace_event_reg(call, type, data);
	if (ret)
		return ret;

	/* Nothing can be waited for yet if the command line enables the event. */
	if (system_state == SYSTEM_BOOTING)
		return 0;

	switch (type) {
	case TRACE_REG_REGISTER:
		ret = update_for_event(needs);
		if (ret)
			trace_event_reg(call, TRACE_REG_UNREGISTER, data);
		return ret;
#ifdef CONFIG_PERF_EVENTS
	case TRACE_REG_PERF_REGISTER:
		ret = update_for_event(needs);
		if (ret) {
			trace_event_reg(call, TRACE_REG_PERF_UNREGISTER, data);
			/* perf frees at once what the probe may be using. */
			tracepoint_synchronize_unregister();
		}
		return ret;
	case TRACE_REG_PERF_UNREGISTER:
#endif
	case TRACE_REG_UNREGISTER:
		update_for_event(0);
		return 0;
	default:
		return 0;
	}
}

/**
 * irqspan_session_init - make ready for the first user
 * @options: IRQSPAN_OPT_* bits to begin with
 *
 * Return: 0 or a negative errno.
 */
int __init irqspan_session_init(u32 options)
{
	int ret;

	ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "trace/irqspan:prepare",
					prepare_cpu, NULL);
	if (ret < 0)
		return ret;
	irqspan_local_set_cpus(cpu_possible_mask);
	irqspan_record_set_reg(event_reg);
	return irqspan_session_set_options(options);
}
