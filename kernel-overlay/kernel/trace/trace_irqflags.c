// SPDX-License-Identifier: GPL-2.0
/*
 * Tracing of the irq flags where that is patched in: what linux/irqflags_toggle.h
 * calls while somebody listens.
 *
 * The users are one hook, for a tracer that cannot afford the way through a
 * tracepoint, and the events irq_disable and irq_enable.
 */
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

struct static_key_false trace_irqflags_key = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(trace_irqflags_key);

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

static void hook_none(unsigned long ip, unsigned long parent_ip)
{
}

NOKPROBE_SYMBOL(hook_none);

DEFINE_STATIC_CALL(irqflags_hook_off, hook_none);
DEFINE_STATIC_CALL(irqflags_hook_on, hook_none);

/*
 * The way with events. They call the hook too, so that the way without has but
 * a jump to make, and no registers to save. What a probe does with interrupts
 * meanwhile finds both the hook and the event told already, or not told yet.
 */
static noinline void event_off(unsigned long ip, unsigned long parent_ip)
{
	static_call(irqflags_hook_off)(ip, parent_ip);
	if (this_cpu_read(events_state) == IRQFLAGS_ON) {
		this_cpu_write(events_state, IRQFLAGS_OFF);
		trace_irq_disable(ip, parent_ip);
	}
}

NOKPROBE_SYMBOL(event_off);

static noinline void event_on(unsigned long ip, unsigned long parent_ip)
{
	if (this_cpu_read(events_state) == IRQFLAGS_OFF)
		trace_irq_enable(ip, parent_ip);
	static_call(irqflags_hook_on)(ip, parent_ip);
	this_cpu_write(events_state, IRQFLAGS_ON);
}

NOKPROBE_SYMBOL(event_on);

static __always_inline void went_off(unsigned long ip, unsigned long parent_ip)
{
	if (static_branch_unlikely(&events_off_key))
		event_off(ip, parent_ip);
	else
		static_call(irqflags_hook_off)(ip, parent_ip);
}

static __always_inline void go_on(unsigned long ip, unsigned long parent_ip)
{
	if (static_branch_unlikely(&events_on_key))
		event_on(ip, parent_ip);
	else
		static_call(irqflags_hook_on)(ip, parent_ip);
}

#ifdef arch_trace_irqflags_site
struct static_key_false trace_irqflags_on_site = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(trace_irqflags_on_site);

struct static_key_false trace_irqflags_off_site = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL(trace_irqflags_off_site);

/**
 * __trace_irqflags_off - interrupts are about to be turned off: do so
 * @ip: code address
 * @parent_ip: return address of the function it is in, or 0
 *
 * Context: any in which RCU is watching. Interrupts are off on return.
 */
void __trace_irqflags_off(unsigned long ip, unsigned long parent_ip)
{
	/* As all through an NMI, which may have hit a hook */
	if (raw_irqs_disabled())
		return;
	raw_local_irq_disable();
	went_off(ip, parent_ip);
}

NOKPROBE_SYMBOL(__trace_irqflags_off);

/**
 * __trace_irqflags_on - interrupts are about to be turned on
 * @ip: code address
 * @parent_ip: return address of the function it is in, or 0
 *
 * Context: interrupts off, or on already. RCU is watching.
 */
void __trace_irqflags_on(unsigned long ip, unsigned long parent_ip)
{
	go_on(ip, parent_ip);
}

NOKPROBE_SYMBOL(__trace_irqflags_on);
#endif

/*
 * All the places are patched one after the other, while nobody is behind them yet,
 * or any more. Who listens learns of on first, and of off last: nothing begins whose
 * end would not be seen.
 */
static void listen(void)
{
#ifdef arch_trace_irqflags_site
	static_branch_inc(&trace_irqflags_on_site);
	static_branch_inc(&trace_irqflags_off_site);
#endif
	static_branch_inc(&trace_irqflags_key);
}

static void listen_no_more(void)
{
	static_branch_dec(&trace_irqflags_key);
#ifdef arch_trace_irqflags_site
	static_branch_dec(&trace_irqflags_off_site);
	static_branch_dec(&trace_irqflags_on_site);
#endif
}

/**
 * trace_irqflags_off - interrupts were turned off, or were off already
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, RCU is watching.
 */
void trace_irqflags_off(unsigned long parent_ip)
{
	/* They are off all through an NMI, which may have hit a hook. */
	if (likely(!in_nmi()))
		went_off(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_off);
NOKPROBE_SYMBOL(trace_irqflags_off);

/**
 * trace_irqflags_on - interrupts are about to be turned on
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, or on already. RCU is watching.
 */
void trace_irqflags_on(unsigned long parent_ip)
{
	go_on(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_on);
NOKPROBE_SYMBOL(trace_irqflags_on);

/**
 * trace_irqflags_off_entry - the entry code found interrupts turned off
 * @parent_ip: return address of the function that it is called in
 *
 * Context: interrupts off, RCU is watching. At the entry of an NMI only if that
 * one changed the state.
 */
void trace_irqflags_off_entry(unsigned long parent_ip)
{
	went_off(_RET_IP_, parent_ip);
}
EXPORT_SYMBOL(trace_irqflags_off_entry);
NOKPROBE_SYMBOL(trace_irqflags_off_entry);

/* Under tracepoints_mutex */
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
	/* Interrupts may be off by now: known once they were turned on. */
	for_each_possible_cpu(cpu)
		per_cpu(events_state, cpu) = IRQFLAGS_UNKNOWN;
	listen();
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
	static_branch_disable(&events_off_key);
	static_branch_disable(&events_on_key);
	listen_no_more();
	/* Nobody writes the state any more when it is set anew. */
	synchronize_rcu();
}

static DEFINE_MUTEX(hook_mutex);
static bool hook_attached;

/**
 * trace_irqflags_attach - have a hook called from now on
 * @hook: the functions
 *
 * Context: sleeps.
 * Return: 0, or -EBUSY if there is one.
 */
int trace_irqflags_attach(const struct trace_irqflags_hook *hook)
{
	guard(mutex)(&hook_mutex);
	if (hook_attached)
		return -EBUSY;
	hook_attached = true;
	listen();
	static_call_update(irqflags_hook_on, hook->on);
	static_call_update(irqflags_hook_off, hook->off);
	return 0;
}

/**
 * trace_irqflags_detach - end what trace_irqflags_attach() began
 *
 * Context: sleeps. No hook runs any more on return.
 */
void trace_irqflags_detach(void)
{
	guard(mutex)(&hook_mutex);
	static_call_update(irqflags_hook_off, hook_none);
	static_call_update(irqflags_hook_on, hook_none);
	listen_no_more();
	hook_attached = false;
	synchronize_rcu();
}
