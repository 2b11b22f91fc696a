// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of IPIs: memory for them, and the file "ipis". The hooks in ipi.c find rows
 * and count in them.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "ipi.h"
#include "irqspan.h"
#include "path.h"
#include "print.h"
#include "table.h"

static const char * const kind_names[NR_KINDS] = {
	[KIND_RESCHEDULE]	= "reschedule",
	[KIND_CALL]		= "call-function",
	[KIND_IRQ_WORK]		= "irq_work",
	[KIND_OTHER]		= "other",
};

/* The architecture's names of the kinds, as in /proc/interrupts; NULL where not known */
const char *irqspan_ipi_arch_names[NR_KINDS];

/* Replaced by empty counters at a start and when cleared, with counters_mutex held. */
struct ipi_counters __rcu *irqspan_ipi_counters __read_mostly;
static DEFINE_MUTEX(counters_mutex);

static void free_counters(struct ipi_counters *c)
{
	if (!c)
		return;
	irqspan_table_free(c->paths);
	irqspan_table_free(rcu_access_pointer(c->rows));
	irqspan_table_free(rcu_access_pointer(c->any_rows));
	vfree(c);
}

static struct ipi_counters *alloc_counters(void)
{
	unsigned int rows = irqspan_table_rows(), cpu, kind;
	struct irqspan_table *table, *any;
	struct ipi_counters *c;

	c = vzalloc(struct_size(c, overflow_rows, size_mul(nr_cpu_ids, NR_KINDS)));
	if (!c)
		return NULL;
	/* The number of paths does not grow with that of CPUs. Each takes two rows. */
	c->paths = irqspan_table_alloc(2 * rows, sizeof(struct irqspan_path),
				       sizeof_field(struct irqspan_path, address));
	table = irqspan_table_alloc(rows, sizeof(struct ipi_row), sizeof(struct ipi_key));
	any = irqspan_table_alloc(rows, sizeof(struct ipi_row), sizeof(struct ipi_key));
	RCU_INIT_POINTER(c->rows, table);
	RCU_INIT_POINTER(c->any_rows, any);
	if (!c->paths || !table || !any) {
		free_counters(c);
		return NULL;
	}
	c->generation = c->paths->generation;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			c->overflow_rows[cpu * NR_KINDS + kind].key = (struct ipi_key){
				.to	= cpu,
				.from	= ANY_CPU,
				.kind	= kind,
				.folded	= 1,
			};
		}
	}
	return c;
}

/**
 * irqspan_ipi_clear - begin with empty counters
 *
 * Context: one caller at a time; sleeps.
 * Return: 0, or -ENOMEM and nothing changed.
 */
int irqspan_ipi_clear(void)
{
	struct ipi_counters *c = alloc_counters(), *old;

	if (!c)
		return -ENOMEM;
	mutex_lock(&counters_mutex);
	old = rcu_replace_pointer(irqspan_ipi_counters, c, lockdep_is_held(&counters_mutex));
	mutex_unlock(&counters_mutex);
	irqspan_walks_forget();
	if (old)
		synchronize_rcu();
	free_counters(old);
	return 0;
}

/* A row as it is printed: the tables may have been replaced meanwhile. */
struct printed_row {
	struct ipi_row			row;
	unsigned long			path[IRQSPAN_PATH_LEN];
};

static void copy_comm(char *to, const struct ipi_row *row)
{
	unsigned int seq;

	do {
		/* Pairs with smp_store_release() in set_comm(). */
		seq = smp_load_acquire(&row->comm_seq);
		memcpy(to, row->comm, TASK_COMM_LEN);
		/* Pairs with cmpxchg() in set_comm(). */
		smp_rmb();
	} while (seq % 2 || READ_ONCE(row->comm_seq) != seq);
}

static void copy_row(void *copy, const void *row)
{
	const struct ipi_row *from = row;
	struct ipi_row *to = copy;
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&from->seq);
		memcpy(to, from, sizeof(*to));
	} while (read_seqcount_retry(&from->seq, seq));
	copy_comm(to->comm, from);
	/* A 32-bit machine may have copied halves of what the hooks have changed meanwhile. */
	atomic64_set(&to->requests, atomic64_read(&from->requests));
	atomic64_set(&to->sent, atomic64_read(&from->sent));
	irqspan_u64_copy_again(&to->run_total, &from->run_total, 1);
	irqspan_u64_copy_again(&to->run_max, &from->run_max, 1);
	irqspan_u64_copy_again(&to->delay_total, &from->delay_total, 1);
	irqspan_u64_copy_again(&to->delay_max, &from->delay_max, 1);
	irqspan_u64_copy_again(&to->late, &from->late, 1);
}

/* Two contexts may have added the same path. */
static int cmp_paths(const struct irqspan_path *a, const struct irqspan_path *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return memcmp(a->address, b->address, sizeof(a->address));
}

static int cmp_rows(const void *a, const void *b)
{
	const struct ipi_key *x = &((const struct ipi_row *)a)->key;
	const struct ipi_key *y = &((const struct ipi_row *)b)->key;

	return irqspan_cmp(x->to, y->to) ?: irqspan_cmp(x->from, y->from) ?:
	       irqspan_cmp(x->kind, y->kind) ?: irqspan_cmp(x->function, y->function) ?:
	       irqspan_cmp(x->call_site, y->call_site) ?: cmp_paths(x->path, y->path) ?:
	       irqspan_cmp((unsigned long)x->name, (unsigned long)y->name) ?:
	       irqspan_cmp(x->folded, y->folded);
}

static void merge_rows(void *to, const void *from)
{
	const struct ipi_row *y = from;
	struct ipi_row *x = to;

	atomic64_add(atomic64_read(&y->requests), &x->requests);
	atomic64_add(atomic64_read(&y->sent), &x->sent);
	x->run_total += y->run_total;
	x->run_max = max(x->run_max, y->run_max);
	x->delay_total += y->delay_total;
	x->delay_max = max(x->delay_max, y->delay_max);
	x->late += y->late;
	if (y->late_max > x->late_max) {
		x->late_max = y->late_max;
		x->culprit = y->culprit;
	}
}

static unsigned int add_printed(struct printed_row *to, const struct ipi_row *rows, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		to[i].row = rows[i];
		if (rows[i].key.path)
			memcpy(to[i].path, rows[i].key.path->address, sizeof(to[i].path));
		else
			memset(to[i].path, 0, sizeof(to[i].path));
	}
	return n;
}

static int copy_ipis(void **copy)
{
	struct ipi_row *rows = NULL, *any_rows = NULL, *overflow_rows = NULL;
	struct printed_row *printed;
	unsigned int i, nr_overflow = 0;
	struct ipi_counters *c;
	int n, nr_any;

	*copy = NULL;
	guard(mutex)(&counters_mutex);
	c = rcu_dereference_protected(irqspan_ipi_counters, lockdep_is_held(&counters_mutex));
	if (!c)
		return 0;
	n = irqspan_table_sorted(&c->rows, (void **)&rows, copy_row, cmp_rows, merge_rows);
	nr_any = irqspan_table_sorted(&c->any_rows, (void **)&any_rows, copy_row, cmp_rows,
				      merge_rows);
	overflow_rows = kvmalloc_array(nr_cpu_ids, NR_KINDS * sizeof(*overflow_rows), GFP_KERNEL);
	if (n < 0 || nr_any < 0 || !overflow_rows) {
		n = -ENOMEM;
		goto out;
	}
	for (i = 0; i < nr_cpu_ids * NR_KINDS; i++) {
		if (atomic64_read(&c->overflow_rows[i].requests))
			copy_row(&overflow_rows[nr_overflow++], &c->overflow_rows[i]);
	}

	printed = kvmalloc_array(n + nr_any + nr_overflow, sizeof(*printed), GFP_KERNEL);
	if (!printed) {
		n = -ENOMEM;
		goto out;
	}
	add_printed(printed, rows, n);
	n += add_printed(printed + n, any_rows, nr_any);
	n += add_printed(printed + n, overflow_rows, nr_overflow);
	/* Each of the three is sorted. Sort them together, by the target first. */
	sort(printed, n, sizeof(*printed), cmp_rows, NULL);
	*copy = printed;
out:
	kvfree(rows);
	kvfree(any_rows);
	kvfree(overflow_rows);
	return n;
}

static const char *arch_name(const struct ipi_key *key)
{
	unsigned int kind = key->kind;

	if (key->name)
		return key->name;
	/* An irq_work for another CPU is sent as a function call. */
	if (kind == KIND_IRQ_WORK && key->to != key->from && key->from != ANY_CPU)
		kind = KIND_CALL;
	return READ_ONCE(irqspan_ipi_arch_names[kind]) ?: "";
}

static void show_ipi(struct seq_file *m, const void *from)
{
	const struct printed_row *printed = from;
	const struct ipi_row *row = &printed->row;
	u64 sent = atomic64_read(&row->sent);
	u64 requests = atomic64_read(&row->requests);

	seq_printf(m, "%u", row->key.to);
	if (row->key.from == ANY_CPU)
		seq_puts(m, " *");
	else
		seq_printf(m, " %u", row->key.from);
	seq_printf(m, " %s", kind_names[row->key.kind]);
	irqspan_print_word(m, arch_name(&row->key));
	irqspan_print_function(m, row->key.function);
	irqspan_print_address(m, row->key.call_site);
	irqspan_print_path(m, printed->path);
	irqspan_print_word(m, row->comm);
	/* The two counters were not read at once. */
	seq_printf(m, " %llu %llu", requests, requests > sent ? requests - sent : 0);
	if (row->key.kind != KIND_CALL) {
		seq_puts(m, " - - - - - - - - -\n");
		return;
	}
	seq_printf(m, " %llu %llu %llu %llu %llu", row->run_total, row->run_max,
		   row->delay_total, row->delay_max, row->late);
	if (row->late)
		seq_printf(m, " %llu", row->culprit.duration);
	else
		seq_puts(m, " -");
	irqspan_print_address(m, row->culprit.caller);
	irqspan_print_function(m, row->culprit.handler);
	irqspan_print_word(m, row->culprit.comm);
	seq_putc(m, '\n');
}

static void show_ipi_totals(struct seq_file *m)
{
	u64 folded = 0, lost_delays = 0;
	struct ipi_counters *c;

	scoped_guard(rcu) {
		c = rcu_dereference(irqspan_ipi_counters);
		if (c) {
			folded = atomic64_read(&c->folded);
			lost_delays = atomic64_read(&c->lost_delays);
		}
	}
	seq_printf(m, "# folded %llu\n", folded);
	seq_printf(m, "# lost_delays %llu\n", lost_delays);
}

/* What the sender counts, and what the target counts */
#define REQUEST_COLUMNS	"# to_cpu from_cpu kind name function call_site path comm count no_ipi"
#define TARGET_COLUMNS	"run_total run_max delay_total delay_max late duration caller handler span_comm"

struct irqspan_file irqspan_ipis_file = {
	.name		= "ipis",
	.header		= REQUEST_COLUMNS " " TARGET_COLUMNS,
	.row_size	= sizeof(struct printed_row),
	.copy_rows	= copy_ipis,
	.show_row	= show_ipi,
	.show_totals	= show_ipi_totals,
	.clear		= irqspan_ipi_clear,
};
