// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU-wide span that is to blame for a function call or a timer that is late.
 *
 * local.c notes here each span that is over, unless it is too short to matter. A part
 * that meets something late asks which span held it up, and has that counted in the table
 * "blame".
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "blame.h"
#include "irqspan.h"
#include "print.h"
#include "table.h"
#include "u64.h"

/**
 * struct blame_key - what is counted in one row of the table
 * @cpu: CPU that had its interrupts off
 * @victim: &enum irqspan_victim
 * @function: function that was late
 * @caller: code that turned interrupts off; 0 if there was a handler
 * @handler: function that ran longest meanwhile; 0 if there was none
 * @comm: task that turned interrupts off, with zeros up to its end; empty if there was a
 *	handler, or if a softirq or an interrupt turned them off
 *
 * Handlers run in hard interrupts. These begin in the same code whatever they are for,
 * and the task that was interrupted has nothing to do with it; nor with a softirq.
 *
 * In a row for what found no room @comm is empty; and if that found no room either,
 * the addresses are 0.
 */
struct blame_key {
	u32			cpu;
	u32			victim;
	unsigned long		function;
	unsigned long		caller;
	unsigned long		handler;
	char			comm[TASK_COMM_LEN];
};

/**
 * struct blame_row - a row of the table
 * @key: see there
 * @count: how often the victim was late because of that
 * @late_total: by how much, taken together, ns
 * @late_max: by how much at most, ns
 * @caller: code that turned interrupts off that time
 *
 * Written by the CPU that @key names, with interrupts off.
 */
struct blame_row {
	struct blame_key	key;
	aligned_u64		count;
	aligned_u64		late_total;
	aligned_u64		late_max;
	unsigned long		caller;
};

aligned_u64 irqspan_note_from_ns = U64_MAX;

bool (*irqspan_read_open_span)(struct irqspan_culprit *span);

static DEFINE_PER_CPU(struct irqspan_recent, recent_spans);

/* Parts between irqspan_blame_get() and irqspan_blame_put(). Protected by session_mutex. */
static unsigned int users;

/* Replaced when the first part asks, and when the table is cleared */
static struct irqspan_table __rcu *rows __read_mostly;

/* Victims that are counted in a row which does not name all, and in no row */
static atomic64_t folded, lost;

/**
 * irqspan_recent_add - remember a span that is over
 * @recent: the spans of this CPU
 * @span: the span
 * @end: its end, ns
 *
 * It takes the place of one that cannot be to blame any more: since that ended, more time has
 * gone by than it took, so that it is less than half of any delay that ends now or later. If
 * there is none, it overwrites the next one in turn.
 *
 * Context: interrupts off; in an NMI only at its end, if interrupts were on before.
 */
void irqspan_recent_add(struct irqspan_recent *recent, const struct irqspan_culprit *span,
			u64 end)
{
	unsigned int i = recent->next, n;

	for (n = 0; n < IRQSPAN_RECENT_SPANS; n++) {
		if (recent->end[i] + recent->span[i].duration <= end)
			break;
		i = (i + 1) % IRQSPAN_RECENT_SPANS;
	}
	recent->next = (i + 1) % IRQSPAN_RECENT_SPANS;
	recent->end[i] = end;
	recent->span[i] = *span;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_recent_add);

/**
 * irqspan_drop_earlier_handler - name no function that ran before the victim was due
 * @culprit: the span that is to blame
 * @since_due: time from when the victim was due to the end of the span, or to now, ns
 *
 * A function of which most ran before the victim was due did not make it late. Then no
 * function is named: which of the others ran longest since then is not known.
 */
void irqspan_drop_earlier_handler(struct irqspan_culprit *culprit, u64 since_due)
{
	u64 ran = since_due - min(since_due, culprit->handler_ago);

	if (ran < culprit->handler_ns && ran < since_due / 2)
		irqspan_name_no_handler(culprit);
}

/**
 * irqspan_recent_find - find the span that made something late
 * @recent: the spans of this CPU that are over
 * @now: time at which the delayed function was called, ns
 * @late: how late that was, ns
 * @culprit: on entry a span that is still open at @now, its duration 0 if there is
 *	none; filled in if the answer is true
 * @since_end: set to how long before @now the span ended, 0 if it has not
 *
 * The victim was due at @now - @late. A span is to blame if it had interrupts off for at
 * least half of the time since then. Its handler is named only if it ran since then.
 *
 * Context: interrupts off, not in NMI.
 * Return: true if there is such a span. Of several the one that took most is found.
 */
bool irqspan_recent_find(const struct irqspan_recent *recent, u64 now, u64 late,
			 struct irqspan_culprit *culprit, u64 *since_end)
{
	u64 due = now > late ? now - late : 0;
	u64 least = late - late / 2;
	u64 most = min(culprit->duration, now - due);
	unsigned int i, worst = IRQSPAN_RECENT_SPANS;

	*since_end = 0;
	for (i = 0; i < IRQSPAN_RECENT_SPANS; i++) {
		u64 end = recent->end[i], start;

		/* It may be later than now if the clock was set back. */
		if (end <= due || end > now)
			continue;
		start = max(end - min(end, recent->span[i].duration), due);
		if (end - start > most) {
			most = end - start;
			worst = i;
		}
	}
	if (most < least || !most)
		return false;
	if (worst < IRQSPAN_RECENT_SPANS) {
		*culprit = recent->span[worst];
		*since_end = now - recent->end[worst];
	}
	irqspan_drop_earlier_handler(culprit, now - *since_end - due);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(irqspan_recent_find);

/**
 * irqspan_blame_note - a span is over that may have made something late
 * @span: the span; its duration is %irqspan_note_from_ns at least
 * @end: sched_clock_noinstr() at its end, ns
 *
 * Context: interrupts off, on the CPU of the span; in an NMI only at its end, if
 * interrupts were on before.
 */
void irqspan_blame_note(const struct irqspan_culprit *span, u64 end)
{
	irqspan_recent_add(this_cpu_ptr(&recent_spans), span, end);
}

/**
 * irqspan_blame_find - find the span that made something late on this CPU
 * @late: how late it is, ns
 * @culprit: filled in if the answer is true
 * @since_end: set to how long ago that span ended, ns; 0 if it is still open
 *
 * Context: interrupts off, not in NMI.
 * Return: true if one span took at least half of @late. Never if that is less than
 * %IRQSPAN_MIN_LATE_NS.
 */
bool irqspan_blame_find(u64 late, struct irqspan_culprit *culprit, u64 *since_end)
{
	bool (*read_open_span)(struct irqspan_culprit *span);

	if (late < IRQSPAN_MIN_LATE_NS)
		return false;
	read_open_span = READ_ONCE(irqspan_read_open_span);
	/* Spans are not measured. */
	if (!read_open_span)
		return false;
	/* A span that is open for a shorter time is not to blame. */
	culprit->duration = late - late / 2;
	if (!read_open_span(culprit))
		culprit->duration = 0;
	return irqspan_recent_find(this_cpu_ptr(&recent_spans), sched_clock_noinstr(), late,
				   culprit, since_end);
}

/*
 * The row of a key. The table is never full of names of tasks: those may get half of
 * its rows. From then on a new key has a row without the name of the task; and when
 * these take too many, what is new to a CPU is counted in one row for each kind of victim.
 */
static struct blame_row *choose_row(struct irqspan_table *table, struct blame_key *key)
{
	unsigned int n = IRQSPAN_BUCKET_ROWS << table->bits;
	struct blame_row *row;

	BUILD_BUG_ON(sizeof(*key) % sizeof(u32));
	row = irqspan_table_find_or_add_within(table, key, n / 2);
	if (row)
		return row;

	atomic64_inc(&folded);
	memset(key->comm, 0, sizeof(key->comm));
	row = irqspan_table_find_or_add_within(table, key, n / 4 * 3);
	if (row)
		return row;

	key->function = 0;
	key->caller = 0;
	key->handler = 0;
	return irqspan_table_find_or_add_within(table, key, n);
}

/**
 * struct last_row - a row that was counted in
 * @generation: of the table that @row is in
 * @row: the row
 */
struct last_row {
	u32			generation;
	struct blame_row	*row;
};

/*
 * The same function is often late for the same reason again: the last rows of a CPU are
 * found by a hash, without a look into the table. Used with interrupts off.
 */
#define LAST_BITS	2
static DEFINE_PER_CPU(struct last_row[1 << LAST_BITS], last_rows);

/* Name of the task to blame, for a key; all zeros if that task was only interrupted */
static __always_inline const char *comm_of(const struct irqspan_culprit *culprit)
{
	static const char none[TASK_COMM_LEN];

	return culprit->interrupted ? none : culprit->comm;
}

static __always_inline bool is_row_of(const struct blame_row *row, enum irqspan_victim victim,
				      unsigned long function, const struct irqspan_culprit *culprit)
{
	if (row->key.function != function || row->key.victim != victim ||
	    row->key.handler != culprit->handler)
		return false;
	return culprit->handler || (row->key.caller == culprit->caller &&
				    !memcmp(row->key.comm, comm_of(culprit), TASK_COMM_LEN));
}

static noinline struct blame_row *find_row(struct irqspan_table *table, unsigned int cpu,
					   enum irqspan_victim victim, unsigned long function,
					   const struct irqspan_culprit *culprit)
{
	struct blame_key key = {
		.cpu		= cpu,
		.victim		= victim,
		.function	= function,
		.handler	= culprit->handler,
	};

	if (!key.handler) {
		key.caller = culprit->caller;
		/* Keys are compared with memcmp(): zero-pad. */
		strscpy_pad(key.comm, comm_of(culprit), sizeof(key.comm));
	}
	return choose_row(table, &key);
}

/**
 * irqspan_blame_count - count something that was late in the table
 * @victim: what was late
 * @function: the function that should have been called earlier
 * @late: by how much, ns
 * @culprit: the span that is to blame, on this CPU
 *
 * Context: interrupts off, not in NMI; between irqspan_blame_get() and
 * irqspan_blame_put().
 */
void irqspan_blame_count(enum irqspan_victim victim, unsigned long function, u64 late,
			 const struct irqspan_culprit *culprit)
{
	struct irqspan_table *table = rcu_dereference_sched(rows);
	unsigned int cpu = raw_smp_processor_id();
	struct last_row *last;
	struct blame_row *row;

	if (!irqspan_cpu_measured(cpu))
		return;
	last = this_cpu_ptr(&last_rows[hash_long(function ^ culprit->handler, LAST_BITS)]);
	row = last->row;
	/* A row of another table may be gone. */
	if (!row || last->generation != table->generation ||
	    !is_row_of(row, victim, function, culprit)) {
		row = find_row(table, cpu, victim, function, culprit);
		if (unlikely(!row)) {
			atomic64_inc(&lost);
			return;
		}
		last->generation = table->generation;
		last->row = row;
	}
	irqspan_u64_write(&row->count, row->count + 1);
	irqspan_u64_write(&row->late_total, row->late_total + late);
	if (late > row->late_max) {
		irqspan_u64_write(&row->late_max, late);
		/* In a row for many callers none is named. */
		if (row->key.caller || row->key.handler)
			WRITE_ONCE(row->caller, culprit->caller);
	}
}

/**
 * irqspan_blame - something is late on this CPU: find out why, and count it
 * @victim: what is late
 * @function: the function that should have been called earlier
 * @late: by how much, ns
 * @culprit: filled in if the answer is true
 *
 * Context: interrupts off, not in NMI; between irqspan_blame_get() and
 * irqspan_blame_put().
 * Return: true if one span took at least half of @late.
 */
bool irqspan_blame(enum irqspan_victim victim, unsigned long function, u64 late,
		   struct irqspan_culprit *culprit)
{
	u64 since_end;

	if (!irqspan_blame_find(late, culprit, &since_end))
		return false;
	irqspan_blame_count(victim, function, late, culprit);
	return true;
}

static struct irqspan_file blame_file;

static int clear_rows(void)
{
	int ret;

	ret = irqspan_table_replace(&rows, irqspan_table_rows(), sizeof(struct blame_row),
				    sizeof(struct blame_key));
	if (ret)
		return ret;
	atomic64_set(&folded, 0);
	atomic64_set(&lost, 0);
	return 0;
}

/**
 * irqspan_blame_get - a part begins to ask which span is to blame
 *
 * To be called by its start(). The first one begins with an empty table.
 *
 * Context: the session is locked, sleeps.
 * Return: 0, or -ENOMEM and nothing was begun.
 */
int irqspan_blame_get(void)
{
	unsigned int cpu;
	int ret;

	if (users++)
		return 0;
	ret = clear_rows();
	if (ret) {
		users--;
		return ret;
	}
	atomic_inc(&blame_file.generation);
	/* No CPU writes to these: spans are not noted as yet. */
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&recent_spans, cpu), 0, sizeof(struct irqspan_recent));
	irqspan_u64_write(&irqspan_note_from_ns, IRQSPAN_MIN_LATE_NS);
	irqspan_notify_settings_changed();
	return 0;
}

/**
 * irqspan_blame_put - a part does not ask any more
 *
 * To be called by its stop(), when its hooks are detached. The table stays to be read.
 *
 * Context: the session is locked, sleeps.
 */
void irqspan_blame_put(void)
{
	if (--users)
		return;
	irqspan_u64_write(&irqspan_note_from_ns, U64_MAX);
	irqspan_notify_settings_changed();
}

static void copy_row(void *copy, const void *row)
{
	const struct blame_row *from = row;
	struct blame_row *to = copy;

	memcpy(to, from, sizeof(*to));
	irqspan_u64_copy_again(&to->count, &from->count, 1);
	irqspan_u64_copy_again(&to->late_total, &from->late_total, 1);
	irqspan_u64_copy_again(&to->late_max, &from->late_max, 1);
}

static int cmp_rows(const void *a, const void *b)
{
	const struct blame_key *x = &((const struct blame_row *)a)->key;
	const struct blame_key *y = &((const struct blame_row *)b)->key;

	return irqspan_cmp(x->cpu, y->cpu) ?: irqspan_cmp(x->victim, y->victim) ?:
	       irqspan_cmp(x->function, y->function) ?: irqspan_cmp(x->caller, y->caller) ?:
	       irqspan_cmp(x->handler, y->handler) ?: strncmp(x->comm, y->comm, TASK_COMM_LEN);
}

static void merge_rows(void *to, const void *from)
{
	const struct blame_row *y = from;
	struct blame_row *x = to;

	x->count += y->count;
	x->late_total += y->late_total;
	if (x->late_max < y->late_max) {
		x->late_max = y->late_max;
		x->caller = y->caller;
	}
}

static int copy_blame(void **copy)
{
	return irqspan_table_sorted(&rows, copy, copy_row, cmp_rows, merge_rows);
}

static const char * const victim_names[] = {
	[IRQSPAN_VICTIM_CALL]		= "call-function",
	[IRQSPAN_VICTIM_HRTIMER]	= "hrtimer",
	[IRQSPAN_VICTIM_WHEEL]		= "wheel",
};

static void show_blame(struct seq_file *m, const void *from)
{
	const struct blame_row *row = from;

	seq_printf(m, "%u %s", row->key.cpu, victim_names[row->key.victim]);
	irqspan_print_function(m, row->key.function);
	irqspan_print_address(m, row->caller);
	irqspan_print_function(m, row->key.handler);
	irqspan_print_word(m, row->key.comm);
	seq_printf(m, " %llu %llu %llu\n", row->count, row->late_total, row->late_max);
}

static void show_blame_totals(struct seq_file *m)
{
	seq_printf(m, "# folded %lld\n", atomic64_read(&folded));
	seq_printf(m, "# lost_victims %lld\n", atomic64_read(&lost));
}

static struct irqspan_file blame_file = {
	.name		= "blame",
	.header		= "# cpu victim function caller handler comm count late_total late_max",
	.row_size	= sizeof(struct blame_row),
	.copy_rows	= copy_blame,
	.show_row	= show_blame,
	.show_totals	= show_blame_totals,
	.clear		= clear_rows,
};

/* Has only a file. irqspan_blame_get() starts it, for the parts that ask. */
static struct irqspan_part blame_part = {
	.files		= &blame_file,
	.nr_files	= 1,
};

static int __init irqspan_blame_init(void)
{
	return irqspan_register_part(&blame_part);
}
core_initcall(irqspan_blame_init);
