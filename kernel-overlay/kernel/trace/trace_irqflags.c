// SPDX-License-Identifier: GPL-2.0
/*
 * Tracing of the irq flags that costs one no-op while there are no users: what the macros
 * of linux/irqflags_dynamic.h call while there are some.
 *
 * The users are one hook, for a tracer that cannot afford the way through a
 * tracepoint, and the events irq_disable and irq_enable.
 */
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/instruction_pointer.h>
#include <linux/irqflags.h>
#include <linux/jump_label.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>

#include <trace/events/preemptirq.h>

#include "trace_irqflags.h"

static DEFINE_STATIC_KEY_FALSE(events_on_key);
static DEFINE_STATIC_KEY_FALSE(events_off_key);

/*
 * What the events said last on a CPU. A local_irq_disable() or an exception may
 * find interrupts off already, and must not become an event.
 */
enum irqflags_state {
	IRQFLAGS_UNKNOWN,
	IRQFLAGS_ON,
	IRQFLAGS_OFF,
};

static DEFINE_PER_CPU(enum irqflags_state, events_state);

static void ignore_irqflags(unsigned long ip, unsigned long frame)
{
}

NOKPROBE_SYMBOL(ignore_irqflags);

static irqflags_hook_fn *hook_off = ignore_irqflags;
static irqflags_hook_fn *hook_on = ignore_irqflags;

/* Hooks that are called directly do without the thunk, and never get here. */
static unsigned long thunk_parent(unsigned long ip, unsigned long frame)
{
	return irqflags_live_parent(ip, frame, irqflags_frame_pointer(frame, false));
}

/*
 * A probe of the events may turn interrupts off and on itself. It runs after the hook
 * was told that they are off, and before it is told that they are on: so for the hook
 * it runs inside of the span, and changes nothing.
 */
static noinline void trace_event_off(unsigned long ip, unsigned long frame)
{
	if (this_cpu_read(events_state) == IRQFLAGS_ON) {
		this_cpu_write(events_state, IRQFLAGS_OFF);
		trace_irq_disable(ip, thunk_parent(ip, frame));
	}
}

NOKPROBE_SYMBOL(trace_event_off);

static noinline void trace_event_on(unsigned long ip, unsigned long frame)
{
	if (this_cpu_read(events_state) == IRQFLAGS_OFF)
		trace_irq_enable(ip, thunk_parent(ip, frame));
	READ_ONCE(hook_on)(ip, frame);
	this_cpu_write(events_state, IRQFLAGS_ON);
}

NOKPROBE_SYMBOL(trace_event_on);

static __always_inline void report_off(unsigned long ip, unsigned long frame)
{
	READ_ONCE(hook_off)(ip, frame);
	if (static_branch_unlikely(&events_off_key))
		trace_event_off(ip, frame);
}

static __always_inline void report_on(unsigned long ip, unsigned long frame)
{
	if (static_branch_unlikely(&events_on_key))
		trace_event_on(ip, frame);
	else
		READ_ONCE(hook_on)(ip, frame);
}

/* The registered users, protected by users_mutex */
static DEFINE_MUTEX(users_mutex);
static const struct trace_irqflags_hook *attached_hook;
static bool events_on;

#ifdef CONFIG_IRQFLAGS_DYNAMIC_CALL

DEFINE_STATIC_CALL_NULL(trace_irqflags_off, irqflags_call_fn);
EXPORT_STATIC_CALL_TRAMP(trace_irqflags_off);

DEFINE_STATIC_CALL_NULL(trace_irqflags_entry, irqflags_call_fn);
EXPORT_STATIC_CALL_TRAMP(trace_irqflags_entry);

DEFINE_STATIC_CALL_NULL(trace_irqflags_on, irqflags_call_fn);
EXPORT_STATIC_CALL_TRAMP(trace_irqflags_on);

/**
 * trace_irqflags_report_off - interrupts are about to be turned off: do so
 * @ip: code address
 * @frame: opaque: irqflags_live_parent() finds the caller of the function by it
 *
 * Context: any in which RCU is watching. Interrupts are off on return.
 */
void trace_irqflags_report_off(unsigned long ip, unsigned long frame)
{
	/* As all through an NMI: there is nothing to tell. */
	if (raw_irqs_disabled())
		return;
	raw_local_irq_disable();
	report_off(ip, frame);
}

NOKPROBE_SYMBOL(trace_irqflags_report_off);

/**
 * trace_irqflags_report_entry - the entry code found interrupts turned off
 * @ip: code address
 * @frame: opaque: irqflags_live_parent() finds the caller of the function by it
 *
 * Context: interrupts off, RCU is watching. At the entry of an NMI only if that
 * one changed the state.
 */
void trace_irqflags_report_entry(unsigned long ip, unsigned long frame)
{
	report_off(ip, frame);
}

NOKPROBE_SYMBOL(trace_irqflags_report_entry);

/**
 * trace_irqflags_report_on - interrupts are about to be turned on
 * @ip: code address
 * @frame: opaque: irqflags_live_parent() finds the caller of the function by it
 *
 * Context: interrupts off, or on already. RCU is watching.
 */
void trace_irqflags_report_on(unsigned long ip, unsigned long frame)
{
	report_on(ip, frame);
}

NOKPROBE_SYMBOL(trace_irqflags_report_on);

/*
 * Patch all call sites to match the current users. A new user is told of enables
 * before it is told of disables, so that it sees the end of whatever it saw begin.
 */
static void update_places(void)
{
	irqflags_call_fn *off = NULL, *entry = NULL, *on = NULL;

	if (attached_hook) {
		off = attached_hook->call_off;
		entry = attached_hook->call_entry;
		on = attached_hook->call_on;
	}
	if (events_on || (attached_hook && !on)) {
		off = trace_irqflags_off_thunk;
		entry = trace_irqflags_entry_thunk;
		on = trace_irqflags_on_thunk;
	}

	if (on)
		static_call_update(trace_irqflags_on, on);
	static_call_update(trace_irqflags_off, off);
	static_call_update(trace_irqflags_entry, entry);
	if (!on)
		static_call_update(trace_irqflags_on, on);
}

#elif defined(CONFIG_IRQFLAGS_DYNAMIC_STUB)

struct static_key_false trace_irqflags_key = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(trace_irqflags_key);

/* What the stubs call while they are called, with interrupts off */
irqflags_hook_fn *trace_irqflags_hook_off = ignore_irqflags;
irqflags_hook_fn *trace_irqflags_hook_on = ignore_irqflags;

static void report_off_long(unsigned long ip, unsigned long frame)
{
	irqflags_call_long(report_off, ip, frame);
}

NOKPROBE_SYMBOL(report_off_long);

static void report_on_long(unsigned long ip, unsigned long frame)
{
	irqflags_call_long(report_on, ip, frame);
}

NOKPROBE_SYMBOL(report_on_long);

/*
 * The places are patched one after the other. A user is told of disables only while all
 * places tell of enables, so that it sees the end of whatever it saw begin.
 */
static void update_places(void)
{
	if (attached_hook || events_on) {
		WRITE_ONCE(trace_irqflags_hook_on, events_on ? report_on_long : hook_on);
		static_branch_enable(&trace_irqflags_key);
		WRITE_ONCE(trace_irqflags_hook_off,
			   events_on ? report_off_long : attached_hook->off);
	} else {
		WRITE_ONCE(trace_irqflags_hook_off, ignore_irqflags);
		/* Wait for the end of what began: it has interrupts off, as RCU's readers. */
		synchronize_rcu();
		static_branch_disable(&trace_irqflags_key);
		WRITE_ONCE(trace_irqflags_hook_on, ignore_irqflags);
	}
}

#else /* !CONFIG_IRQFLAGS_DYNAMIC_CALL && !CONFIG_IRQFLAGS_DYNAMIC_STUB */

struct static_key_false trace_irqflags_key = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(trace_irqflags_key);

/**
 * trace_irqflags_off - interrupts were turned off, or were off already
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, RCU is watching.
 */
void trace_irqflags_off(unsigned long parent_ip)
{
	/* They are off all through an NMI: there is nothing to tell. */
	if (likely(!in_nmi()))
		report_off(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_off);
NOKPROBE_SYMBOL(trace_irqflags_off);

/**
 * trace_irqflags_entry - the entry code found interrupts turned off
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, RCU is watching. At the entry of an NMI only if that
 * one changed the state.
 */
void trace_irqflags_entry(unsigned long parent_ip)
{
	report_off(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_entry);
NOKPROBE_SYMBOL(trace_irqflags_entry);

/**
 * trace_irqflags_on - interrupts are about to be turned on
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, or on already. RCU is watching.
 */
void trace_irqflags_on(unsigned long parent_ip)
{
	report_on(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_on);
NOKPROBE_SYMBOL(trace_irqflags_on);

/*
 * The places are patched one after the other, all of them while nobody is told of
 * disables: see trace_irqflags_attach() and trace_irqflags_detach().
 */
static void update_places(void)
{
	if (attached_hook || events_on) {
		static_branch_enable(&trace_irqflags_key);
	} else {
		/* Wait for the end of what began: it has interrupts off, as RCU's readers. */
		synchronize_rcu();
		static_branch_disable(&trace_irqflags_key);
	}
}

#endif /* !CONFIG_IRQFLAGS_DYNAMIC_CALL && !CONFIG_IRQFLAGS_DYNAMIC_STUB */

/* How many of the two events are in use. Under tracepoints_mutex */
static unsigned int events_users;

/**
 * trace_irqflags_events_reg - one of the two events gets its first user
 *
 * Return: 0.
 */
int trace_irqflags_events_reg(void)
{
	unsigned int cpu;

	if (events_users++)
		return 0;
	guard(mutex)(&users_mutex);
	/* Interrupts may be off by now: known once they were turned on. */
	for_each_possible_cpu(cpu)
		per_cpu(events_state, cpu) = IRQFLAGS_UNKNOWN;
	events_on = true;
	update_places();
	static_branch_enable(&events_on_key);
	static_branch_enable(&events_off_key);
	return 0;
}

/**
 * trace_irqflags_events_unreg - one of the two events lost its last user
 */
void trace_irqflags_events_unreg(void)
{
	if (--events_users)
		return;
	guard(mutex)(&users_mutex);
	static_branch_disable(&events_off_key);
	static_branch_disable(&events_on_key);
	events_on = false;
	update_places();
	/* Wait for the last writers of the state before it can be set anew. */
	synchronize_rcu();
}

/**
 * trace_irqflags_attach - have a hook called from now on
 * @hook: the functions
 *
 * Context: sleeps.
 * Return: 0, or -EBUSY if there is one.
 */
int trace_irqflags_attach(const struct trace_irqflags_hook *hook)
{
	guard(mutex)(&users_mutex);
	if (attached_hook)
		return -EBUSY;
	attached_hook = hook;
	WRITE_ONCE(hook_on, hook->on);
	update_places();
	/* If the events were in use, nothing was patched: have all CPUs see hook_on. */
	if (events_on)
		synchronize_rcu();
	/* By now all places tell of enables: what it sees begin has an end. */
	WRITE_ONCE(hook_off, hook->off);
	return 0;
}

/**
 * trace_irqflags_detach - end what trace_irqflags_attach() began
 *
 * Context: sleeps. After return @off does not run, and @on only if it was called with
 * interrupts on, when there is nothing for it to do. But a task may have been preempted in
 * @call_off before that turned interrupts off, and go on there at any time.
 */
void trace_irqflags_detach(void)
{
	guard(mutex)(&users_mutex);
	attached_hook = NULL;
	WRITE_ONCE(hook_off, ignore_irqflags);
	update_places();
	/* If the events are in use, nothing was patched: wait for the end of what began. */
	if (events_on)
		synchronize_rcu();
	WRITE_ONCE(hook_on, ignore_irqflags);
	synchronize_rcu();
}

/* A CPU leaves with interrupts off. Its next life does not end that. */
static int prepare_cpu(unsigned int cpu)
{
	per_cpu(events_state, cpu) = IRQFLAGS_UNKNOWN;
	return 0;
}

static int __init trace_irqflags_init(void)
{
	int ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "trace/irqflags:prepare",
					    prepare_cpu, NULL);

	return ret < 0 ? ret : 0;
}
core_initcall(trace_irqflags_init);
