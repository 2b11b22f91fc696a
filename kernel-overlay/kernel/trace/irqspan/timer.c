// SPDX-License-Identifier: GPL-2.0
/*
 * Timers that leave the CPU that armed them, and timers that are late.
 *
 * A timer can expire on another CPU than the one that armed it:
 *
 * - An hrtimer is queued on another CPU when it is started, because of
 *   kernel.timer_migration.
 * - A timer of the wheel stays where it was armed, until another CPU expires it
 *   because its own one sleeps.
 * - add_timer_on() names the CPU. With nohz_full the delayed work of an isolated CPU
 *   goes away by that, and other timers arrive.
 *
 * Often the timer's function then has to send an IPI back, to wake up the task that armed
 * it. The file "timers" counts all this for each pair of CPUs, function and task.
 *
 * A timer is late if interrupts were off on its CPU when it was due: see timer_late.c.
 *
 * Which task armed a timer, where and when, is remembered until the timer expires or is
 * cancelled: see timer_origin.c. The lock of its base serializes the events of its start
 * and cancellation; the events of its expiry come without that lock.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/hrtimer_bases.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "../trace.h"
#include "blame.h"
#include "irqspan.h"
#include "print.h"
#include "probe.h"
#include "table.h"
#include "timer.h"

#include <trace/events/ipi.h>
#include <trace/events/irq.h>
#include <trace/events/timer.h>

/**
 * struct irqspan_timer_migrate - a timer leaves the CPU that armed it
 * @timer: its address
 * @function: its function
 * @kind: &enum irqspan_timer_kind
 * @from_cpu: CPU that arms it, or CPU that it was queued on when another one expires it
 * @to_cpu: CPU that it is queued on, or CPU that expires it
 * @comm: name of the task that armed it
 * @pid: pid of that task
 */
struct irqspan_timer_migrate {
	const void			*timer;
	unsigned long			function;
	enum irqspan_timer_kind		kind;
	unsigned int			from_cpu;
	unsigned int			to_cpu;
	const char			*comm;
	pid_t				pid;
};

/**
 * struct irqspan_remote_wake - the function of a timer sends an IPI back to the CPU that
 *	armed the timer
 * @function: the function
 * @armed_cpu: CPU that armed the timer, target of the IPI
 * @expired_cpu: CPU that runs the function
 * @pid: pid of the task that armed it
 * @comm: name of that task
 */
struct irqspan_remote_wake {
	unsigned long			function;
	unsigned int			armed_cpu;
	unsigned int			expired_cpu;
	pid_t				pid;
	char				comm[TASK_COMM_LEN];
};

static void fill_timer_late(void *entry, const void *late);
static void fill_timer_migrate(void *entry, const void *migrate);
static void fill_remote_wake(void *entry, const void *wake);

#define CREATE_TRACE_POINTS
#include "timer_trace.h"

/* State for each context level: an interrupt must not change that of what it interrupts. */
#define CONTEXT_LEVELS	4

/*
 * The rows of the file "timers"
 */

/* &timer_key.queued_cpu of a row that is for all of them */
#define ANY_CPU		UINT_MAX

/**
 * struct timer_key - what is counted in one row
 * @armed_cpu: CPU that armed the timer
 * @queued_cpu: CPU that it was queued on, or expired on; or %ANY_CPU
 * @kind: &enum irqspan_timer_kind
 * @zero: padding, always 0: keys are compared with memcmp()
 * @function: the timer's
 * @work: function of the work, if the timer is that of a delayed work; else 0
 * @comm: task that armed it, with zeros up to its end; empty if not known
 */
struct timer_key {
	u32			armed_cpu;
	u32			queued_cpu;
	u32			kind;
	u32			zero;
	unsigned long		function;
	unsigned long		work;
	char			comm[TASK_COMM_LEN];
};

/**
 * struct timer_counts - what became of the timers of a row
 * @migrations: how often they were queued on, or pulled to, another CPU
 * @expiries: how often they expired on another CPU than armed them
 * @wakes: IPIs that their functions sent back
 * @hotplug: how often they were moved because their CPU went offline; an hrtimer is
 *	counted when it expires on its new CPU
 */
struct timer_counts {
	atomic64_t		migrations;
	atomic64_t		expiries;
	atomic64_t		wakes;
	atomic64_t		hotplug;
};

struct timer_row {
	struct timer_key	key;
	struct timer_counts	counts;
};

/* Replaced by an empty one at each start and when it is cleared */
static struct irqspan_table __rcu *rows __read_mostly;

/* Events that were counted in a less specific row, and events that found no row at all */
static atomic64_t folded;
static struct timer_counts lost;

/*
 * Find or add the row of a key. On a host that starts ever new tasks, their names would
 * fill the table. So when half of it is used, a new key gets a row without the task; when
 * more is used, one without the function too; and at last one for its armed_cpu only.
 */
static struct timer_row *choose_row(struct irqspan_table *table, struct timer_key *key)
{
	unsigned int n = IRQSPAN_BUCKET_ROWS << table->bits;
	struct timer_row *row;

	BUILD_BUG_ON(sizeof(*key) % sizeof(u32));
	row = irqspan_table_find_or_add_within(table, key, n / 2);
	if (row)
		return row;

	atomic64_inc(&folded);
	memset(key->comm, 0, sizeof(key->comm));
	row = irqspan_table_find_or_add_within(table, key, n / 8 * 5);
	if (row)
		return row;

	key->function = 0;
	key->work = 0;
	row = irqspan_table_find_or_add_within(table, key, n / 4 * 3);
	if (row)
		return row;

	key->queued_cpu = ANY_CPU;
	return irqspan_table_find_or_add_within(table, key, n);
}

/* What selects a timer's row */
struct timer_info {
	enum irqspan_timer_kind	kind;
	unsigned long		function;
	unsigned long		work;
};

static unsigned long hrtimer_function(struct hrtimer *timer)
{
	return (unsigned long)ACCESS_PRIVATE(timer, function);
}

static struct timer_info describe_hrtimer(struct hrtimer *timer)
{
	return (struct timer_info) {
		.kind		= IRQSPAN_TIMER_HRTIMER,
		.function	= hrtimer_function(timer),
	};
}

static struct timer_info describe_wheel_timer(struct timer_list *timer)
{
	struct timer_info info = {
		.kind		= IRQSPAN_TIMER_WHEEL,
		.function	= (unsigned long)timer->function,
	};

	if (timer->function == delayed_work_timer_fn) {
		struct delayed_work *dwork = container_of(timer, struct delayed_work, timer);

		info.work = (unsigned long)READ_ONCE(dwork->work.func);
	}
	return info;
}

/* Is one of the two CPUs that a timer moved between measured? Then it is counted. */
static bool is_measured(unsigned int armed_cpu, unsigned int cpu)
{
	return irqspan_cpu_measured(armed_cpu) || irqspan_cpu_measured(cpu);
}

/* The row of a timer that is now on @cpu. NULL: there is no room for it. */
static struct timer_row *get_row(struct irqspan_table *table, const struct timer_info *info,
				 const struct irqspan_origin *origin, unsigned int cpu)
{
	struct timer_key key = {
		.armed_cpu	= origin->armed_cpu,
		.queued_cpu	= cpu,
		.kind		= info->kind,
		.function	= info->function,
		.work		= info->work,
	};

	/* Keys are compared with memcmp(): zero-pad. */
	strscpy_pad(key.comm, origin->comm);
	return choose_row(table, &key);
}

static struct timer_counts *get_counts(struct timer_row *row)
{
	return row ? &row->counts : &lost;
}

static void count_migration(const void *timer, const struct timer_info *info,
			    const struct irqspan_origin *origin, unsigned int from_cpu,
			    unsigned int to_cpu)
{
	struct irqspan_timer_migrate migrate = {
		.timer		= timer,
		.function	= info->function,
		.kind		= info->kind,
		.from_cpu	= from_cpu,
		.to_cpu		= to_cpu,
		.comm		= origin->comm,
		.pid		= origin->pid,
	};
	struct timer_row *row;

	if (!is_measured(origin->armed_cpu, to_cpu))
		return;
	row = get_row(rcu_dereference_sched(rows), info, origin, to_cpu);
	atomic64_inc(&get_counts(row)->migrations);
	trace_timer_migrate(&migrate);
}

static void count_hotplug(const struct timer_info *info, const struct irqspan_origin *origin,
			  unsigned int to_cpu)
{
	struct timer_row *row;

	if (!is_measured(origin->armed_cpu, to_cpu))
		return;
	row = get_row(rcu_dereference_sched(rows), info, origin, to_cpu);
	atomic64_inc(&get_counts(row)->hotplug);
}

/*
 * The function of a timer that was armed by another CPU, while it runs
 */

/**
 * struct running - a running timer function, of a timer that another CPU armed
 * @timer: the timer; NULL: no such function runs
 * @task: task that runs it, or that was interrupted by it
 * @wake: what to record if it sends an IPI back
 * @row: where to count that IPI; NULL if there was no room
 * @generation: of the table that @row is in
 */
struct running {
	const void			*timer;
	struct task_struct		*task;
	struct irqspan_remote_wake	wake;
	struct timer_row		*row;
	u32				generation;
};

static DEFINE_PER_CPU(struct running[CONTEXT_LEVELS], running_functions);

/* As interrupt_context_level(), and also right on PREEMPT_RT, where a task runs softirqs. */
static unsigned int get_context_level(void)
{
	unsigned int level = interrupt_context_level();

	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !level && in_serving_softirq())
		return 1;
	return level;
}

static void begin_function(const void *timer, const struct timer_info *info,
			   const struct irqspan_origin *origin)
{
	struct running *running = this_cpu_ptr(&running_functions[get_context_level()]);
	struct irqspan_table *table = rcu_dereference_sched(rows);
	unsigned int cpu = raw_smp_processor_id();

	if (!is_measured(origin->armed_cpu, cpu))
		return;
	running->row = get_row(table, info, origin, cpu);
	atomic64_inc(&get_counts(running->row)->expiries);
	running->generation		= table->generation;
	running->task			= current;
	running->wake.function		= info->function;
	running->wake.armed_cpu		= origin->armed_cpu;
	running->wake.expired_cpu	= cpu;
	running->wake.pid		= origin->pid;
	memcpy(running->wake.comm, origin->comm, TASK_COMM_LEN);
	/* Set @timer last: the rest is only read if it is set, at the same context level. */
	barrier();
	WRITE_ONCE(running->timer, timer);
}

static void end_function(const void *timer)
{
	struct running *running = this_cpu_ptr(&running_functions[get_context_level()]);

	if (running->timer == timer)
		WRITE_ONCE(running->timer, NULL);
}

/* The timer function that sends this IPI; NULL if the sender is no such function. */
static struct running *find_sender(void)
{
	struct running *running = this_cpu_ptr(&running_functions[get_context_level()]);

	return running->timer && running->task == current ? running : NULL;
}

static void count_wake(struct running *running)
{
	/* If the table was replaced since the function began, the row is gone. */
	if (running->generation == rcu_dereference_sched(rows)->generation)
		atomic64_inc(&get_counts(running->row)->wakes);
	trace_remote_wake(&running->wake);
}

static void hook_ipi_send_cpu(void *data, const unsigned int cpu, unsigned long callsite,
			      void *callback)
{
	struct running *running;

	guard(preempt_notrace)();
	running = find_sender();
	if (running && cpu == running->wake.armed_cpu)
		count_wake(running);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpu);

static void hook_ipi_send_cpumask(void *data, const struct cpumask *cpumask,
				  unsigned long callsite, void *callback)
{
	struct running *running;

	guard(preempt_notrace)();
	running = find_sender();
	if (running && cpumask_test_cpu(running->wake.armed_cpu, cpumask))
		count_wake(running);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpumask);

/*
 * Hrtimers
 */

/* A hard interrupt runs the function of an hrtimer that a span made late. */
static DEFINE_PER_CPU(bool, hard_hrtimer_late);

/*
 * How late an hrtimer is whose function is about to be called, ns. It was due at its hard
 * expiry, or when it was armed, if that was later. Read the clock: the @now of the event
 * is older, other timer functions may have run since then.
 */
static u64 get_hrtimer_late(const struct hrtimer *timer, const struct irqspan_origin *origin)
{
	u64 now = ktime_get_mono_fast_ns();
	s64 due = ktime_sub(hrtimer_get_expires(timer), READ_ONCE(timer->base->offset));

	due = max_t(s64, due, origin->armed_at);
	return max_t(s64, now - due, 0);
}

/*
 * The tick raises TIMER_SOFTIRQ, in which timers of the wheel expire. If the tick came late,
 * so do they: note that. How late it came is known only where it is an hrtimer.
 */
static void hook_softirq_raise(void *data, unsigned int vec_nr)
{
	if (vec_nr != TIMER_SOFTIRQ || !in_hardirq())
		return;
	if (unlikely(__this_cpu_read(hard_hrtimer_late)))
		irqspan_note_late_tick();
}

NOKPROBE_SYMBOL(hook_softirq_raise);

/* The base is chosen; its lock is held. */
static void hook_hrtimer_start(void *data, struct hrtimer *timer, enum hrtimer_mode mode,
			       bool was_armed)
{
	struct irqspan_origin origin;

	guard(preempt_notrace)();
	irqspan_make_origin(&origin, timer, IRQSPAN_TIMER_HRTIMER, timer->base->cpu_base->cpu);
	irqspan_remember_origin(&origin, was_armed);
	if (unlikely(origin.queued_cpu != origin.armed_cpu)) {
		struct timer_info info = describe_hrtimer(timer);

		count_migration(timer, &info, &origin, origin.armed_cpu, origin.queued_cpu);
	}
}

NOKPROBE_SYMBOL(hook_hrtimer_start);

static void hook_hrtimer_cancel(void *data, struct hrtimer *timer)
{
	guard(preempt_notrace)();
	irqspan_forget_origin(timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_cancel);

/* The hrtimer had expired already when it was started, and is off the queue again. */
static void hook_hrtimer_start_expired(void *data, struct hrtimer *timer)
{
	hook_hrtimer_cancel(data, timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_start_expired);

static void hook_hrtimer_expire_entry(void *data, struct hrtimer *timer, ktime_t now)
{
	struct timer_info info;
	struct irqspan_origin origin;
	unsigned int cpu;
	u64 late;

	guard(preempt_notrace)();
	/* It is not known when it was armed: perhaps just now, and then it is not late. */
	if (!irqspan_take_origin(timer, &origin))
		return;
	late = get_hrtimer_late(timer, &origin);
	if (late >= IRQSPAN_MIN_LATE_NS &&
	    irqspan_blame_for_hrtimer(hrtimer_function(timer), late) && in_hardirq())
		__this_cpu_write(hard_hrtimer_late, true);

	cpu = raw_smp_processor_id();
	if (likely(origin.queued_cpu == cpu && origin.armed_cpu == cpu))
		return;
	info = describe_hrtimer(timer);
	/* It was moved here from a CPU that went offline, where no event told of it. */
	if (origin.queued_cpu != cpu)
		count_hotplug(&info, &origin, cpu);
	else
		begin_function(timer, &info, &origin);
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_entry);

static void hook_hrtimer_expire_exit(void *data, struct hrtimer *timer)
{
	guard(preempt_notrace)();
	if (in_hardirq())
		__this_cpu_write(hard_hrtimer_late, false);
	end_function(timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_exit);

/*
 * Timers of the wheel
 */

/**
 * struct removed_timer - the last timer that was taken off the wheel
 * @timer: the timer
 * @queued_cpu: CPU whose base it was queued on
 * @offline: that CPU was offline already
 * @known: @origin is known
 * @origin: how it was armed
 *
 * A timer is taken off the wheel to be cancelled, to be started anew, to be moved off
 * a dead CPU, or to expire. The next hook in the same context tells which.
 */
struct removed_timer {
	const void		*timer;
	unsigned int		queued_cpu;
	bool			offline;
	bool			known;
	struct irqspan_origin		origin;
};

static DEFINE_PER_CPU(struct removed_timer[CONTEXT_LEVELS], removed_timers);

static void hook_timer_cancel(void *data, struct timer_list *timer)
{
	struct removed_timer *removed;

	guard(preempt_notrace)();
	removed = this_cpu_ptr(&removed_timers[get_context_level()]);
	removed->timer		= timer;
	removed->queued_cpu	= timer->flags & TIMER_CPUMASK;
	/* Not to be asked later: it may be cancelled now, and started after the CPU has gone. */
	removed->offline	= !cpu_online(removed->queued_cpu);
	removed->known		= irqspan_take_origin(timer, &removed->origin);
}

NOKPROBE_SYMBOL(hook_timer_cancel);

/* The base's lock is held. */
static void hook_timer_start(void *data, struct timer_list *timer, unsigned long bucket_expiry)
{
	unsigned int queued_cpu = timer->flags & TIMER_CPUMASK;
	struct removed_timer *removed;
	struct timer_info info;
	struct irqspan_origin origin;

	guard(preempt_notrace)();
	removed = this_cpu_ptr(&removed_timers[get_context_level()]);
	if (unlikely(removed->timer == timer && removed->offline)) {
		/* It is moved off a dead CPU, and keeps its origin. */
		removed->timer = NULL;
		if (!removed->known)
			irqspan_make_unknown_origin(&removed->origin, removed->queued_cpu);
		else
			irqspan_remember_origin(&removed->origin, false);
		info = describe_wheel_timer(timer);
		count_hotplug(&info, &removed->origin, queued_cpu);
		return;
	}
	removed->timer = NULL;

	irqspan_make_origin(&origin, timer, IRQSPAN_TIMER_WHEEL, queued_cpu);
	irqspan_remember_origin(&origin, false);
	/* By add_timer_on(), or re-armed while its function runs on that CPU */
	if (unlikely(queued_cpu != origin.armed_cpu)) {
		info = describe_wheel_timer(timer);
		count_migration(timer, &info, &origin, origin.armed_cpu, queued_cpu);
	}
}

NOKPROBE_SYMBOL(hook_timer_start);

static void hook_timer_expire_entry(void *data, struct timer_list *timer, unsigned long baseclk)
{
	unsigned int cpu, queued_cpu = timer->flags & TIMER_CPUMASK;
	struct removed_timer *removed;
	struct timer_info info;
	struct irqspan_origin origin;
	bool known;

	guard(preempt_notrace)();
	cpu = raw_smp_processor_id();
	info = describe_wheel_timer(timer);
	removed = this_cpu_ptr(&removed_timers[get_context_level()]);
	known = removed->timer == timer && removed->known;
	if (known)
		origin = removed->origin;
	else
		irqspan_make_unknown_origin(&origin, queued_cpu);
	removed->timer = NULL;

	/*
	 * A deferrable timer does not wake up a CPU, but waits until it is awake. If the origin
	 * of this one may have found no room, it may have been armed just now.
	 */
	if (!(timer->flags & TIMER_DEFERRABLE) &&
	    (known || !READ_ONCE(irqspan_origins_are_missing)))
		irqspan_blame_for_wheel_timer(info.function, baseclk, origin.armed_at);

	if (queued_cpu != cpu)
		count_migration(timer, &info, &origin, queued_cpu, cpu);
	if (origin.armed_cpu != cpu)
		begin_function(timer, &info, &origin);
}

NOKPROBE_SYMBOL(hook_timer_expire_entry);

static void hook_timer_expire_exit(void *data, struct timer_list *timer)
{
	guard(preempt_notrace)();
	end_function(timer);
}

NOKPROBE_SYMBOL(hook_timer_expire_exit);

static const struct irqspan_probe probes[] = {
	IRQSPAN_PROBE(ipi_send_cpu),
	IRQSPAN_PROBE(ipi_send_cpumask),
	IRQSPAN_PROBE(softirq_raise),
	IRQSPAN_PROBE(hrtimer_expire_exit),
	IRQSPAN_PROBE(hrtimer_expire_entry),
	IRQSPAN_PROBE(hrtimer_start_expired),
	IRQSPAN_PROBE(hrtimer_cancel),
	IRQSPAN_PROBE(hrtimer_start),
	IRQSPAN_PROBE(timer_expire_exit),
	IRQSPAN_PROBE(timer_expire_entry),
	IRQSPAN_PROBE(timer_cancel),
	IRQSPAN_PROBE(timer_start),
};

static void clear_counts(struct timer_counts *counts)
{
	atomic64_set(&counts->migrations, 0);
	atomic64_set(&counts->expiries, 0);
	atomic64_set(&counts->wakes, 0);
	atomic64_set(&counts->hotplug, 0);
}

static int clear_rows(void)
{
	int ret;

	ret = irqspan_table_replace(&rows, irqspan_table_rows(), sizeof(struct timer_row),
				    sizeof(struct timer_key));
	if (ret)
		return ret;
	atomic64_set(&folded, 0);
	clear_counts(&lost);
	atomic64_set(&irqspan_lost_origins, 0);
	return 0;
}

static int start_timers(void)
{
	unsigned int cpu;
	int ret;

	ret = irqspan_blame_get();
	if (ret)
		return ret;
	ret = clear_rows();
	if (!ret)
		ret = irqspan_forget_origins();
	if (ret)
		goto put_blame;

	for_each_possible_cpu(cpu) {
		memset(per_cpu_ptr(&running_functions, cpu), 0, sizeof(running_functions));
		memset(per_cpu_ptr(&removed_timers, cpu), 0, sizeof(removed_timers));
		irqspan_forget_late_ticks(cpu);
		per_cpu(hard_hrtimer_late, cpu) = false;
	}
	ret = irqspan_probes_register(probes, ARRAY_SIZE(probes));
	if (ret)
		goto put_blame;
	return 0;

put_blame:
	irqspan_blame_put();
	return ret;
}

/* What was counted stays, to be read. */
static void stop_timers(void)
{
	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
	irqspan_blame_put();
}

/*
 * The file "timers"
 */

static void copy_row(void *copy, const void *row)
{
	const struct timer_row *from = row;
	struct timer_row *to = copy;

	to->key = from->key;
	atomic64_set(&to->counts.migrations, atomic64_read(&from->counts.migrations));
	atomic64_set(&to->counts.expiries, atomic64_read(&from->counts.expiries));
	atomic64_set(&to->counts.wakes, atomic64_read(&from->counts.wakes));
	atomic64_set(&to->counts.hotplug, atomic64_read(&from->counts.hotplug));
}

static int cmp_rows(const void *a, const void *b)
{
	const struct timer_key *x = &((const struct timer_row *)a)->key;
	const struct timer_key *y = &((const struct timer_row *)b)->key;

	return irqspan_cmp(x->armed_cpu, y->armed_cpu) ?:
	       irqspan_cmp(x->queued_cpu, y->queued_cpu) ?: irqspan_cmp(x->kind, y->kind) ?:
	       irqspan_cmp(x->function, y->function) ?: irqspan_cmp(x->work, y->work) ?:
	       strncmp(x->comm, y->comm, TASK_COMM_LEN);
}

static void merge_rows(void *to, const void *from)
{
	const struct timer_counts *y = &((const struct timer_row *)from)->counts;
	struct timer_counts *x = &((struct timer_row *)to)->counts;

	atomic64_add(atomic64_read(&y->migrations), &x->migrations);
	atomic64_add(atomic64_read(&y->expiries), &x->expiries);
	atomic64_add(atomic64_read(&y->wakes), &x->wakes);
	atomic64_add(atomic64_read(&y->hotplug), &x->hotplug);
}

static int copy_timers(void **copy)
{
	return irqspan_table_sorted(&rows, copy, copy_row, cmp_rows, merge_rows);
}

static const char * const kind_names[] = {
	[IRQSPAN_TIMER_HRTIMER]	= "hrtimer",
	[IRQSPAN_TIMER_WHEEL]	= "wheel",
};

static void show_timer(struct seq_file *m, const void *from)
{
	const struct timer_row *row = from;

	seq_printf(m, "%u", row->key.armed_cpu);
	if (row->key.queued_cpu == ANY_CPU)
		seq_puts(m, " -");
	else
		seq_printf(m, " %u", row->key.queued_cpu);
	seq_printf(m, " %s", kind_names[row->key.kind]);
	irqspan_print_function(m, row->key.function);
	irqspan_print_function(m, row->key.work);
	irqspan_print_word(m, row->key.comm);
	seq_printf(m, " %lld %lld %lld %lld\n", atomic64_read(&row->counts.migrations),
		   atomic64_read(&row->counts.expiries), atomic64_read(&row->counts.wakes),
		   atomic64_read(&row->counts.hotplug));
}

static void show_timer_totals(struct seq_file *m)
{
	seq_printf(m, "# folded %lld\n", atomic64_read(&folded));
	seq_printf(m, "# lost_migrations %lld\n", atomic64_read(&lost.migrations));
	seq_printf(m, "# lost_expiries %lld\n", atomic64_read(&lost.expiries));
	seq_printf(m, "# lost_wakes %lld\n", atomic64_read(&lost.wakes));
	seq_printf(m, "# lost_hotplug %lld\n", atomic64_read(&lost.hotplug));
	seq_printf(m, "# lost_origins %lld\n", atomic64_read(&irqspan_lost_origins));
}

static struct irqspan_file timers_file = {
	.name		= "timers",
	.header		=
		"# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug",
	.row_size	= sizeof(struct timer_row),
	.copy_rows	= copy_timers,
	.show_row	= show_timer,
	.show_totals	= show_timer_totals,
	.clear		= clear_rows,
};

/*
 * The events
 */

static void fill_timer_late(void *entry, const void *late)
{
	struct trace_event_raw_timer_late *to = entry;
	const struct irqspan_timer_late *from = late;

	to->kind	= from->kind;
	to->function	= from->function;
	to->late	= from->late;
	irqspan_fill_culprit(to, from->culprit);
}

static void fill_timer_migrate(void *entry, const void *migrate)
{
	struct trace_event_raw_timer_migrate *to = entry;
	const struct irqspan_timer_migrate *from = migrate;

	to->timer	= from->timer;
	to->function	= from->function;
	to->kind	= from->kind;
	to->from_cpu	= from->from_cpu;
	to->to_cpu	= from->to_cpu;
	to->pid		= from->pid;
	memcpy(to->comm, from->comm, TASK_COMM_LEN);
}

static void fill_remote_wake(void *entry, const void *wake)
{
	struct trace_event_raw_remote_wake *to = entry;
	const struct irqspan_remote_wake *from = wake;

	to->function	= from->function;
	to->armed_cpu	= from->armed_cpu;
	to->expired_cpu	= from->expired_cpu;
	to->pid		= from->pid;
	memcpy(to->comm, from->comm, TASK_COMM_LEN);
}

IRQSPAN_EVENT_REGISTRATION(timer_late, &irqspan_timer_events[IRQSPAN_EVENT_TIMER_LATE])
IRQSPAN_EVENT_REGISTRATION(timer_migrate, &irqspan_timer_events[IRQSPAN_EVENT_TIMER_MIGRATE])
IRQSPAN_EVENT_REGISTRATION(remote_wake, &irqspan_timer_events[IRQSPAN_EVENT_REMOTE_WAKE])

static struct irqspan_part timer_part = {
	.option		= "irqspan-timers",
	.start		= start_timers,
	.stop		= stop_timers,
	.reset_cpu	= irqspan_drop_origins_of,
	.files		= &timers_file,
	.nr_files	= 1,
	.events		= irqspan_timer_events,
	.nr_events	= IRQSPAN_NR_TIMER_EVENTS,
};

/* timer_migrate and remote_wake are too frequent for each instance: no .to_instances */
struct irqspan_event irqspan_timer_events[IRQSPAN_NR_TIMER_EVENTS] = {
	[IRQSPAN_EVENT_TIMER_LATE] = {
		.call		= &event_timer_late,
		.part		= &timer_part,
		.size		= sizeof(struct trace_event_raw_timer_late),
		.fill		= fill_timer_late,
		.to_instances	= true,
		.needs_spans	= true,
	},
	[IRQSPAN_EVENT_TIMER_MIGRATE] = {
		.call		= &event_timer_migrate,
		.part		= &timer_part,
		.size		= sizeof(struct trace_event_raw_timer_migrate),
		.fill		= fill_timer_migrate,
	},
	[IRQSPAN_EVENT_REMOTE_WAKE] = {
		.call		= &event_remote_wake,
		.part		= &timer_part,
		.size		= sizeof(struct trace_event_raw_remote_wake),
		.fill		= fill_remote_wake,
	},
};

static int __init irqspan_timer_init(void)
{
	return irqspan_register_part(&timer_part);
}
core_initcall(irqspan_timer_init);
