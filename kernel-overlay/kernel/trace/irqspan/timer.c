// SPDX-License-Identifier: GPL-2.0
/*
 * Timers that expire on another CPU than the one that armed them, and the IPIs
 * that come back because of it.
 *
 * An hrtimer is pushed: another CPU's base is chosen when it is started. A timer
 * of the wheel is pulled: it stays where it was armed, until another CPU expires
 * it because its own sleeps.
 *
 * Who armed a timer is remembered from its start until it expires or is
 * cancelled. Starts and cancellations of one timer are serialized by the lock of
 * its base; its expiry is announced without it.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/hrtimer_bases.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "../trace.h"
#include "irqspan.h"

#include <trace/events/ipi.h>
#include <trace/events/timer.h>

/*
 * Room for 1024 timers a CPU, within these bounds: for all that are pending, of
 * which each task that sleeps has one, and an open connection two or three.
 */
#define ORIGINS_MIN	4096U
#define ORIGINS_MAX	65536U

/* One cache line of addresses is all that is looked at for one timer. */
#define BUCKET_SIZE	8
/* An origin that is being filled in or read; no timer has this address. */
#define ORIGIN_BUSY	1UL

/**
 * struct origin - who armed a timer
 * @armed: CPU that did
 * @queued: CPU whose base it is queued on
 * @pid: task that ran there
 * @comm: likewise
 */
struct origin {
	unsigned int		armed;
	unsigned int		queued;
	pid_t			pid;
	char			comm[TASK_COMM_LEN];
};

/**
 * struct origin_bucket - timers with one hash of their addresses
 * @timer: the addresses; 0: free
 * @origin: the origins, in the same order
 */
struct origin_bucket {
	unsigned long		timer[BUCKET_SIZE] ____cacheline_aligned;
	struct origin		origin[BUCKET_SIZE];
};

/**
 * struct origin_table - timers that are pending, and may expire elsewhere
 * @bits: log2 of the number of buckets
 * @bucket: the buckets
 */
struct origin_table {
	unsigned int		bits;
	struct origin_bucket	bucket[];
};

/**
 * struct expiry - a timer whose function runs far from where it was armed
 * @timer: the timer; NULL: there is none
 * @task: task that runs it, or that was interrupted by it
 * @wake: what to record if it sends an IPI back
 * @row: its counters, if it has any
 * @generation: of the table that @row is in
 */
struct expiry {
	const void		*timer;
	struct task_struct	*task;
	struct irqspan_wake	wake;
	struct irqspan_timer_row *row;
	u32			generation;
};

/**
 * struct detached - the last timer that was taken off the wheel
 * @timer: the timer
 * @queued: CPU whose base it was queued on
 * @known: @origin is known
 * @origin: who armed it
 */
struct detached {
	const void		*timer;
	unsigned int		queued;
	bool			known;
	struct origin		origin;
};

/* By context level: what interrupts has its own */
static DEFINE_PER_CPU(struct expiry[IRQSPAN_LEVELS], expiries);
static DEFINE_PER_CPU(struct detached[IRQSPAN_LEVELS], detached);

/* Replaced, and the old one freed, at a start and when they are cleared */
static struct irqspan_table __rcu *rows __read_mostly;
/* Replaced while nothing is measured */
static struct origin_table __rcu *origins __read_mostly;

/* What found no row, and timers that found no room for who armed them */
static struct irqspan_timer_counts lost;
static atomic64_t lost_origins;

/* As interrupt_context_level(), but on RT it is the task that knows of softirqs. */
static unsigned int context_level(void)
{
	unsigned int level = interrupt_context_level();

	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !level && in_serving_softirq())
		return 1;
	return level;
}

static struct origin_bucket *find_bucket(const void *timer)
{
	struct origin_table *table = rcu_dereference_sched(origins);

	return &table->bucket[hash_ptr(timer, table->bits)];
}

/* Where the timer is already, else a free place. Others may be faster: try again. */
static unsigned int claim_place(struct origin_bucket *bucket, unsigned long key)
{
	unsigned long old, found;
	unsigned int i, place;

	do {
		place = BUCKET_SIZE;
		old = 0;
		for (i = 0; i < BUCKET_SIZE && old != key; i++) {
			found = READ_ONCE(bucket->timer[i]);
			if (!found || found == key) {
				place = i;
				old = found;
			}
		}
	} while (place < BUCKET_SIZE &&
		 cmpxchg(&bucket->timer[place], old, ORIGIN_BUSY) != old);
	return place;
}

/* Nobody else starts or cancels this timer now; but it may be about to expire. */
static void origin_put(const void *timer, const struct origin *origin)
{
	struct origin_bucket *bucket = find_bucket(timer);
	unsigned long key = (unsigned long)timer;
	unsigned int place;

	place = claim_place(bucket, key);
	if (unlikely(place == BUCKET_SIZE)) {
		atomic64_inc(&lost_origins);
		return;
	}
	bucket->origin[place] = *origin;
	/* Pairs with cmpxchg() in origin_take(). */
	smp_store_release(&bucket->timer[place], key);
}

static bool origin_take(const void *timer, struct origin *origin)
{
	struct origin_bucket *bucket = find_bucket(timer);
	unsigned long key = (unsigned long)timer;
	unsigned int i;

	for (i = 0; i < BUCKET_SIZE; i++) {
		/* Pairs with smp_store_release() in origin_put(). */
		if (READ_ONCE(bucket->timer[i]) == key &&
		    cmpxchg(&bucket->timer[i], key, ORIGIN_BUSY) == key) {
			*origin = bucket->origin[i];
			/* Pairs with cmpxchg() in origin_put(). */
			smp_store_release(&bucket->timer[i], 0);
			return true;
		}
	}
	return false;
}

static void origin_forget(const void *timer)
{
	struct origin_bucket *bucket = find_bucket(timer);
	unsigned long key = (unsigned long)timer;
	unsigned int i;

	for (i = 0; i < BUCKET_SIZE; i++) {
		if (READ_ONCE(bucket->timer[i]) == key) {
			cmpxchg(&bucket->timer[i], key, 0);
			return;
		}
	}
}

static void origin_here(struct origin *origin, unsigned int queued)
{
	origin->armed	= raw_smp_processor_id();
	origin->queued	= queued;
	if (!in_task()) {
		/* Whom it interrupted has nothing to do with it. */
		origin->pid = 0;
		memset(origin->comm, 0, TASK_COMM_LEN);
		return;
	}
	origin->pid	= current->pid;
	memcpy(origin->comm, current->comm, TASK_COMM_LEN);
}

/* Of a timer that was armed before measuring began, or found no room */
static void origin_unknown(struct origin *origin, unsigned int armed)
{
	memset(origin, 0, sizeof(*origin));
	origin->armed = armed;
}

static struct irqspan_timer_row *find_row(struct irqspan_table *table,
					  const struct origin *origin, unsigned int cpu,
					  u8 class, unsigned long function)
{
	struct irqspan_timer_key key = {
		.armed		= origin->armed,
		.queued		= cpu,
		.class		= class,
		.function	= function,
	};

	/* What is behind its end must not tell two of them apart. */
	strscpy_pad(key.comm, origin->comm);
	return irqspan_table_row(table, &key);
}

static struct irqspan_timer_counts *counts(struct irqspan_timer_row *row)
{
	return row ? &row->counts : &lost;
}

static void migrated(const void *timer, const struct origin *origin, u8 class,
		     unsigned long function, unsigned int from, unsigned int to)
{
	struct irqspan_migrate migrate = {
		.timer		= timer,
		.function	= function,
		.class		= class,
		.from		= from,
		.to		= to,
		.comm		= origin->comm,
		.pid		= origin->pid,
	};
	struct irqspan_timer_row *row;

	row = find_row(rcu_dereference_sched(rows), origin, to, class, function);
	atomic64_inc(&counts(row)->migrations);
	irqspan_record_migrate(&migrate);
}

static void moved_by_hotplug(const struct origin *origin, u8 class, unsigned long function,
			     unsigned int to)
{
	struct irqspan_timer_row *row;

	row = find_row(rcu_dereference_sched(rows), origin, to, class, function);
	atomic64_inc(&counts(row)->hotplug);
}

static void expiry_begin(const void *timer, const struct origin *origin, u8 class,
			 unsigned long function)
{
	struct irqspan_table *table = rcu_dereference_sched(rows);
	struct expiry *expiry = this_cpu_ptr(&expiries[context_level()]);
	unsigned int cpu = raw_smp_processor_id();

	expiry->row = find_row(table, origin, cpu, class, function);
	atomic64_inc(&counts(expiry->row)->expiries);
	expiry->generation	= table->generation;
	expiry->task		= current;
	expiry->wake.function	= function;
	expiry->wake.armed	= origin->armed;
	expiry->wake.expired	= cpu;
	expiry->wake.pid	= origin->pid;
	memcpy(expiry->wake.comm, origin->comm, TASK_COMM_LEN);
	/* An interrupt of this CPU sees it complete, or not at all. */
	barrier();
	WRITE_ONCE(expiry->timer, timer);
}

static void expiry_end(const void *timer)
{
	struct expiry *expiry;

	guard(preempt_notrace)();
	expiry = this_cpu_ptr(&expiries[context_level()]);
	if (expiry->timer == timer)
		WRITE_ONCE(expiry->timer, NULL);
}

static unsigned long hrtimer_function(struct hrtimer *timer)
{
	return (unsigned long)ACCESS_PRIVATE(timer, function);
}

/* The base is chosen; its lock is held. */
static void hook_hrtimer_start(void *data, struct hrtimer *timer, enum hrtimer_mode mode,
			       bool was_armed)
{
	struct origin origin;

	guard(preempt_notrace)();
	origin_here(&origin, timer->base->cpu_base->cpu);
	origin_put(timer, &origin);
	if (unlikely(origin.queued != origin.armed))
		migrated(timer, &origin, IRQSPAN_TIMER_HRTIMER, hrtimer_function(timer),
			 origin.armed, origin.queued);
}

NOKPROBE_SYMBOL(hook_hrtimer_start);

static void hook_hrtimer_cancel(void *data, struct hrtimer *timer)
{
	guard(preempt_notrace)();
	origin_forget(timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_cancel);

/* It was started too late, and is taken back. */
static void hook_hrtimer_start_expired(void *data, struct hrtimer *timer)
{
	hook_hrtimer_cancel(data, timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_start_expired);

static void hook_hrtimer_expire_entry(void *data, struct hrtimer *timer, ktime_t now)
{
	struct origin origin;
	unsigned int cpu;

	guard(preempt_notrace)();
	cpu = raw_smp_processor_id();
	if (!origin_take(timer, &origin))
		return;
	/* A CPU that goes offline moves its timers when tracing is off there. */
	if (unlikely(origin.queued != cpu))
		moved_by_hotplug(&origin, IRQSPAN_TIMER_HRTIMER, hrtimer_function(timer), cpu);
	else if (unlikely(origin.armed != cpu))
		expiry_begin(timer, &origin, IRQSPAN_TIMER_HRTIMER, hrtimer_function(timer));
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_entry);

static void hook_hrtimer_expire_exit(void *data, struct hrtimer *timer)
{
	expiry_end(timer);
}

NOKPROBE_SYMBOL(hook_hrtimer_expire_exit);

/*
 * A timer is taken off the wheel to be cancelled, to be started anew, to be moved
 * off a dead CPU, or to expire. The next hook in this context tells.
 */
static void hook_timer_cancel(void *data, struct timer_list *timer)
{
	struct detached *last;

	guard(preempt_notrace)();
	last = this_cpu_ptr(&detached[context_level()]);
	last->timer	= timer;
	last->queued	= timer->flags & TIMER_CPUMASK;
	last->known	= origin_take(timer, &last->origin);
}

NOKPROBE_SYMBOL(hook_timer_cancel);

/* The base's lock is held. */
static void hook_timer_start(void *data, struct timer_list *timer, unsigned long bucket_expiry)
{
	unsigned int cpu, queued = timer->flags & TIMER_CPUMASK;
	struct detached *last;
	struct origin origin;

	guard(preempt_notrace)();
	cpu = raw_smp_processor_id();
	last = this_cpu_ptr(&detached[context_level()]);
	if (unlikely(last->timer == timer && !cpu_online(last->queued))) {
		last->timer = NULL;
		if (!last->known)
			origin_unknown(&last->origin, last->queued);
		else if (last->origin.armed != queued)
			origin_put(timer, &last->origin);
		moved_by_hotplug(&last->origin, IRQSPAN_TIMER_WHEEL,
				 (unsigned long)timer->function, queued);
		return;
	}
	last->timer = NULL;
	/* Neither leaves the CPU that was asked for. */
	if (timer->flags & (TIMER_PINNED | TIMER_DEFERRABLE))
		return;
	origin_here(&origin, queued);
	origin_put(timer, &origin);
	/* It cannot leave a CPU on which its function runs just now. */
	if (unlikely(queued != cpu))
		migrated(timer, &origin, IRQSPAN_TIMER_WHEEL, (unsigned long)timer->function,
			 cpu, queued);
}

NOKPROBE_SYMBOL(hook_timer_start);

static void hook_timer_expire_entry(void *data, struct timer_list *timer, unsigned long baseclk)
{
	unsigned long function = (unsigned long)timer->function;
	unsigned int cpu, queued = timer->flags & TIMER_CPUMASK;
	struct detached *last;
	struct origin origin;
	bool known;

	guard(preempt_notrace)();
	cpu = raw_smp_processor_id();
	last = this_cpu_ptr(&detached[context_level()]);
	known = last->timer == timer && last->known;
	if (known)
		origin = last->origin;
	else
		origin_unknown(&origin, queued);
	last->timer = NULL;

	if (queued != cpu)
		migrated(timer, &origin, IRQSPAN_TIMER_WHEEL, function, queued, cpu);
	if (origin.armed != cpu)
		expiry_begin(timer, &origin, IRQSPAN_TIMER_WHEEL, function);
}

NOKPROBE_SYMBOL(hook_timer_expire_entry);

static void hook_timer_expire_exit(void *data, struct timer_list *timer)
{
	expiry_end(timer);
}

NOKPROBE_SYMBOL(hook_timer_expire_exit);

/* Is a timer's function running in this very context, that this IPI comes from? */
static struct expiry *expiry_here(void)
{
	struct expiry *expiry = this_cpu_ptr(&expiries[context_level()]);

	return expiry->timer && expiry->task == current ? expiry : NULL;
}

static void sent_back(struct expiry *expiry)
{
	/* If the table was replaced since then, the row is no more. */
	if (expiry->generation == rcu_dereference_sched(rows)->generation)
		atomic64_inc(&counts(expiry->row)->wakes);
	irqspan_record_wake(&expiry->wake);
}

static void hook_ipi_send_cpu(void *data, const unsigned int cpu, unsigned long callsite,
			      void *callback)
{
	struct expiry *expiry;

	guard(preempt_notrace)();
	expiry = expiry_here();
	if (expiry && cpu == expiry->wake.armed)
		sent_back(expiry);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpu);

static void hook_ipi_send_cpumask(void *data, const struct cpumask *cpumask,
				  unsigned long callsite, void *callback)
{
	struct expiry *expiry;

	guard(preempt_notrace)();
	expiry = expiry_here();
	if (expiry && cpumask_test_cpu(expiry->wake.armed, cpumask))
		sent_back(expiry);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpumask);

static const struct irqspan_probe probes[] = {
	IRQSPAN_PROBE(ipi_send_cpu),
	IRQSPAN_PROBE(ipi_send_cpumask),
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

/**
 * irqspan_timer_clear - forget what was counted
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or -ENOMEM; then nothing changed.
 */
int irqspan_timer_clear(void)
{
	struct irqspan_table *table, *old;

	table = irqspan_table_alloc(irqspan_table_rows(), sizeof(struct irqspan_timer_row),
				    sizeof(struct irqspan_timer_key));
	if (!table)
		return -ENOMEM;
	old = rcu_replace_pointer(rows, table, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	memset(&lost, 0, sizeof(lost));
	atomic64_set(&lost_origins, 0);
	return 0;
}

static int alloc_origins(void)
{
	unsigned int n = clamp(1024 * nr_cpu_ids, ORIGINS_MIN, ORIGINS_MAX);
	struct origin_table *table, *old;

	n = roundup_pow_of_two(n) / BUCKET_SIZE;
	table = vzalloc(struct_size(table, bucket, n));
	if (!table)
		return -ENOMEM;
	table->bits = ilog2(n);
	old = rcu_replace_pointer(origins, table, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	return 0;
}

/**
 * irqspan_timer_start - begin to measure
 *
 * The counters are kept when measuring ends, to be read, until the next start.
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int irqspan_timer_start(void)
{
	unsigned int cpu;
	int ret;

	ret = irqspan_timer_clear();
	if (!ret)
		ret = alloc_origins();
	if (ret)
		return ret;
	for_each_possible_cpu(cpu) {
		memset(per_cpu_ptr(&expiries, cpu), 0, sizeof(expiries));
		memset(per_cpu_ptr(&detached, cpu), 0, sizeof(detached));
	}
	return irqspan_probes_register(probes, ARRAY_SIZE(probes));
}

/**
 * irqspan_timer_stop - end what irqspan_timer_start() began
 *
 * Context: start and stop are excluded; sleeps.
 */
void irqspan_timer_stop(void)
{
	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
}

/**
 * irqspan_timer_lost - what could not be counted in a row
 * @timers: set to the number of timers of which is not remembered who started them
 *
 * Return: the counts of all that found no row.
 */
const struct irqspan_timer_counts *irqspan_timer_lost(u64 *timers)
{
	*timers = atomic64_read(&lost_origins);
	return &lost;
}

static int cmp_rows(const void *a, const void *b)
{
	const struct irqspan_timer_key *x = &((const struct irqspan_timer_row *)a)->key;
	const struct irqspan_timer_key *y = &((const struct irqspan_timer_row *)b)->key;

	return irqspan_cmp(x->armed, y->armed) ?: irqspan_cmp(x->queued, y->queued) ?:
	       irqspan_cmp(x->class, y->class) ?: irqspan_cmp(x->function, y->function) ?:
	       strncmp(x->comm, y->comm, TASK_COMM_LEN);
}

static void copy_row(void *to, const void *from)
{
	memcpy(to, from, sizeof(struct irqspan_timer_row));
}

static void merge_rows(void *to, const void *from)
{
	const struct irqspan_timer_counts *y = &((const struct irqspan_timer_row *)from)->counts;
	struct irqspan_timer_counts *x = &((struct irqspan_timer_row *)to)->counts;

	atomic64_add(atomic64_read(&y->migrations), &x->migrations);
	atomic64_add(atomic64_read(&y->hotplug), &x->hotplug);
	atomic64_add(atomic64_read(&y->expiries), &x->expiries);
	atomic64_add(atomic64_read(&y->wakes), &x->wakes);
}

/**
 * irqspan_timer_rows - a sorted copy of the counters
 * @copy: set to the rows, to be freed with kvfree()
 *
 * Context: sleeps.
 * Return: their number, or -ENOMEM.
 */
int irqspan_timer_rows(struct irqspan_timer_row **copy)
{
	return irqspan_table_sorted(&rows, (void **)copy, copy_row, cmp_rows, merge_rows);
}
