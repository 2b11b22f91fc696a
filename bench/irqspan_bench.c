// SPDX-License-Identifier: GPL-2.0
/*
 * What one pair of interrupts off and on costs, one timer, one IPI.
 *
 * To read debugfs irqspan_bench measures, and gives a row for each kind: its
 * name, and the least and the median time of one in thousandths of a ns. The
 * same loop without it is taken off. In a guest of QEMU with
 * -icount shift=0 one ns is one instruction.
 *
 * Nothing here is part of the patch series: it is built out of tree, for
 * kernels with irqspan and without.
 */

#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#define BENCH_ROUNDS	201
#define BENCH_TURNS	100
#define BENCH_HOLD	3000

#ifdef BENCH_NO_HRTIMER_SETUP
static void hrtimer_setup(struct hrtimer *timer,
			  enum hrtimer_restart (*function)(struct hrtimer *),
			  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

struct bench_kind {
	const char	*name;
	void		(*loop)(unsigned int n);
	/* The same without what is measured */
	void		(*base)(unsigned int n);
	/* So few that a round mostly fits between two ticks. */
	unsigned int	n;
};

static noinline void bench_empty(unsigned int n)
{
	while (n--)
		barrier();
}

static noinline void bench_disable(unsigned int n)
{
	while (n--) {
		local_irq_disable();
		local_irq_enable();
	}
}

static noinline void bench_save(unsigned int n)
{
	unsigned long flags;

	while (n--) {
		local_irq_save(flags);
		local_irq_restore(flags);
	}
}

static DEFINE_SPINLOCK(bench_lock);

static noinline void bench_spinlock(unsigned int n)
{
	unsigned long flags;

	while (n--) {
		spin_lock_irqsave(&bench_lock, flags);
		spin_unlock_irqrestore(&bench_lock, flags);
	}
}

static struct hrtimer bench_timer;
static bool bench_fired;

static enum hrtimer_restart bench_timer_fn(struct hrtimer *timer)
{
	WRITE_ONCE(bench_fired, true);
	return HRTIMER_NORESTART;
}

static noinline void bench_timer_cancel(unsigned int n)
{
	while (n--) {
		hrtimer_start(&bench_timer, ms_to_ktime(100), HRTIMER_MODE_REL_PINNED_HARD);
		hrtimer_cancel(&bench_timer);
	}
}

/* Due at once: to arm it, the interrupt, and to take it from the queue. */
static noinline void bench_timer_expire(unsigned int n)
{
	while (n--) {
		WRITE_ONCE(bench_fired, false);
		hrtimer_start(&bench_timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
		while (!READ_ONCE(bench_fired))
			barrier();
	}
}

/* Interrupts are off for so long that what waits for them is late. */
static noinline void bench_hold(unsigned int n)
{
	unsigned int i;

	while (n--) {
		local_irq_disable();
		for (i = 0; i < BENCH_HOLD; i++)
			barrier();
		local_irq_enable();
	}
}

/* As bench_timer_expire(), but kept up by that. */
static noinline void bench_timer_late(unsigned int n)
{
	while (n--) {
		unsigned int i;

		WRITE_ONCE(bench_fired, false);
		local_irq_disable();
		hrtimer_start(&bench_timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
		for (i = 0; i < BENCH_HOLD; i++)
			barrier();
		local_irq_enable();
		while (!READ_ONCE(bench_fired))
			barrier();
	}
}

static void bench_ipi_fn(void *unused)
{
}

/*
 * Let the other CPU run until it idles again. Where CPUs take turns, its
 * instructions are in the time too; a fixed number of turns is the same with and
 * without an IPI.
 */
static noinline void bench_settle(unsigned int n)
{
	unsigned int i;

	while (n--) {
		for (i = 0; i < BENCH_TURNS; i++)
			cpu_relax();
	}
}

static noinline void bench_ipi(unsigned int n)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	while (n--) {
		smp_call_function_single(cpu, bench_ipi_fn, NULL, 1);
		bench_settle(1);
	}
}

/* As bench_ipi(), of all CPUs at once: only for a guest of three or more */
static noinline void bench_broadcast(unsigned int n)
{
	while (n--) {
		smp_call_function(bench_ipi_fn, NULL, 1);
		bench_settle(1);
	}
}

/* An IPI to this CPU, by itself */
static void bench_work_fn(struct irq_work *unused)
{
	WRITE_ONCE(bench_fired, true);
}

static struct irq_work bench_work = IRQ_WORK_INIT_HARD(bench_work_fn);

static noinline void bench_irq_work(unsigned int n)
{
	while (n--) {
		WRITE_ONCE(bench_fired, false);
		irq_work_queue(&bench_work);
		while (!READ_ONCE(bench_fired))
			barrier();
	}
}

static const struct bench_kind bench_kinds[] = {
	{ "disable",	bench_disable,		bench_empty,	100 },
	{ "save",	bench_save,		bench_empty,	100 },
	{ "spinlock",	bench_spinlock,		bench_empty,	100 },
	{ "hrtimer",	bench_timer_cancel,	bench_empty,	50 },
	{ "expiry",	bench_timer_expire,	bench_empty,	20 },
	{ "late",	bench_timer_late,	bench_hold,	10 },
	{ "irq_work",	bench_irq_work,		bench_empty,	20 },
	{ "ipi",	bench_ipi,		bench_settle,	20 },
	{ "broadcast",	bench_broadcast,	bench_settle,	20 },
};

static u64 bench_times[BENCH_ROUNDS];

static int bench_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* The times of one round, in ascending order */
static void bench_measure(void (*loop)(unsigned int n), unsigned int n)
{
	unsigned int i;

	for (i = 0; i < BENCH_ROUNDS; i++) {
		u64 start = ktime_get_raw_ns();

		loop(n);
		bench_times[i] = ktime_get_raw_ns() - start;
		cond_resched();
	}
	sort(bench_times, BENCH_ROUNDS, sizeof(*bench_times), bench_compare, NULL);
}

static s64 bench_each(u64 time, u64 empty, unsigned int n)
{
	return div_s64((s64)(time - empty) * 1000, n);
}

static int bench_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "# kind min median\n");
	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(bench_kinds); i++) {
		const struct bench_kind *kind = &bench_kinds[i];
		u64 empty;

		if (kind->loop == bench_ipi && num_online_cpus() == 1)
			continue;
		if (kind->loop == bench_broadcast && num_online_cpus() < 3)
			continue;
		bench_measure(kind->base, kind->n);
		empty = bench_times[0];
		/* The first round warms up what is allocated on first use. */
		kind->loop(kind->n);
		bench_measure(kind->loop, kind->n);
		seq_printf(m, "%s %lld %lld\n", kind->name,
			   bench_each(bench_times[0], empty, kind->n),
			   bench_each(bench_times[BENCH_ROUNDS / 2], empty, kind->n));
	}
	migrate_enable();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bench);

static struct dentry *bench_file;

static int __init bench_init(void)
{
	hrtimer_setup(&bench_timer, bench_timer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	bench_file = debugfs_create_file("irqspan_bench", 0400, NULL, NULL, &bench_fops);
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove(bench_file);
	hrtimer_cancel(&bench_timer);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("What a pair of interrupts off and on costs");
MODULE_LICENSE("GPL");
