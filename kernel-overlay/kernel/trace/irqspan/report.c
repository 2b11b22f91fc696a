// SPDX-License-Identifier: GPL-2.0
/*
 * The files stats, hist and open: a row for each CPU and for each interrupt line, from
 * all parts that have any.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "print.h"
#include "report.h"
#include "stats.h"

/**
 * struct cursor - where a reader is
 * @part: the part whose row is shown; NULL for the totals, behind the last part
 * @pos: the row, as the part numbers it
 * @counters: room for a copy of its counters
 * @caller: the caller that was printed last
 * @symbol: its symbol, which is kept because rows of one device mostly have the same caller
 */
struct cursor {
	struct irqspan_part	*part;
	unsigned int		pos;
	struct irqspan_counters	counters;
	unsigned long		caller;
	char			symbol[IRQSPAN_SYMBOL_LEN];
};

/*
 * A position in the file is the number of the part, from 1, in its upper half, and that
 * of the row in its lower half. 0 is the header line; behind the last part are the
 * totals.
 */
#define PART_SHIFT	32

static void *find_row(struct cursor *cursor, loff_t *pos)
{
	unsigned int nr = *pos >> PART_SHIFT, i = 0;
	struct irqspan_part *part;

	if (!*pos)
		return SEQ_START_TOKEN;

	cursor->pos = *pos;
	list_for_each_entry(part, &irqspan_parts, list) {
		if (++i < nr)
			continue;
		if (i > nr)
			cursor->pos = 0;
		if (part->next_row && part->next_row(&cursor->pos)) {
			cursor->part = part;
			*pos = (loff_t)i << PART_SHIFT | cursor->pos;
			return cursor;
		}
	}
	cursor->part = NULL;
	/* The totals are one row: if it was shown, this is the end of the file. */
	if (nr > i && (u32)*pos)
		return NULL;
	*pos = (loff_t)(i + 1) << PART_SHIFT;
	return cursor;
}

static void *start_rows(struct seq_file *m, loff_t *pos)
{
	struct cursor *cursor = m->private;

	/* Keep no symbol from one read to the next: its module may be gone by then. */
	cursor->caller = 0;
	strscpy(cursor->symbol, "-");
	return find_row(cursor, pos);
}

static void *next_row(struct seq_file *m, void *v, loff_t *pos)
{
	if (v == SEQ_START_TOKEN)
		*pos = (loff_t)1 << PART_SHIFT;
	else
		++*pos;
	return find_row(m->private, pos);
}

static void stop_rows(struct seq_file *m, void *v)
{
}

static void show_generation(struct seq_file *m)
{
	seq_printf(m, "# generation %d\n", atomic_read(&irqspan_rows_generation));
}

/* A large machine has thousands of rows: no more is done for each than has to be. */
static void print_stats(struct seq_file *m, struct cursor *cursor)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	const struct irqspan_counters *row = &cursor->counters;
	const struct irqspan_stats *st = &row->stats;
	u64 spans = irqspan_stats_spans(st);
	u64 ns[ARRAY_SIZE(permille)];
	unsigned int i;

	seq_puts(m, row->type);
	seq_put_decimal_ull(m, " ", row->id);
	irqspan_print_word(m, row->name);
	seq_put_decimal_ull(m, " ", spans);
	seq_put_decimal_ull(m, " ", st->total);
	seq_put_decimal_ull(m, " ", spans ? st->min : 0);
	irqspan_percentiles(st->bucket, spans, st->worst.duration, permille,
			    ARRAY_SIZE(permille), ns);
	for (i = 0; i < ARRAY_SIZE(permille); i++)
		seq_put_decimal_ull(m, " ", ns[i]);
	seq_put_decimal_ull(m, " ", st->worst.duration);
	if (st->worst.caller != cursor->caller) {
		cursor->caller = st->worst.caller;
		irqspan_format_address(cursor->symbol, cursor->caller);
	}
	seq_putc(m, ' ');
	seq_puts(m, cursor->symbol);
	irqspan_print_function(m, st->worst.handler);
	seq_put_decimal_ull(m, " ", st->worst.handler_ns);
	seq_put_decimal_ull(m, " ", st->worst.waited);
	irqspan_print_word(m, st->worst.comm);
	seq_putc(m, '\n');
}

static int show_stats(struct seq_file *m, void *v)
{
	struct cursor *cursor = m->private;
	struct irqspan_part *part;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# type id name spans total min p50 p90 p99 p99.9 max caller handler handler_ns waited comm\n");
		return 0;
	}
	if (cursor->part) {
		if (cursor->part->read_row(cursor->pos, &cursor->counters))
			print_stats(m, cursor);
		return 0;
	}
	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->show_totals)
			part->show_totals(m);
	}
	show_generation(m);
	return 0;
}

static void print_hist(struct seq_file *m, const struct irqspan_counters *row)
{
	unsigned int i;

	for (i = 0; i < IRQSPAN_BUCKETS; i++) {
		if (!row->stats.bucket[i])
			continue;
		seq_printf(m, "%s %u", row->type, row->id);
		irqspan_print_word(m, row->name);
		seq_printf(m, " %llu %llu %llu\n", irqspan_bucket_low(i),
			   irqspan_bucket_high(i), row->stats.bucket[i]);
	}
}

static int show_hist(struct seq_file *m, void *v)
{
	struct cursor *cursor = m->private;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, "# type id name low high count\n");
	else if (!cursor->part)
		show_generation(m);
	else if (cursor->part->read_row(cursor->pos, &cursor->counters))
		print_hist(m, &cursor->counters);
	return 0;
}

static int show_open(struct seq_file *m, void *v)
{
	struct cursor *cursor = m->private;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, "# type id name kind depth since duration pid caller comm depth_max last_caller\n");
	else if (cursor->part && cursor->part->show_open)
		cursor->part->show_open(m, cursor->pos);
	return 0;
}

static const struct seq_operations stats_ops = {
	.start = start_rows, .next = next_row, .stop = stop_rows, .show = show_stats,
};

static const struct seq_operations hist_ops = {
	.start = start_rows, .next = next_row, .stop = stop_rows, .show = show_hist,
};

static const struct seq_operations open_ops = {
	.start = start_rows, .next = next_row, .stop = stop_rows, .show = show_open,
};

/* In the order of enum irqspan_report */
static const struct seq_operations * const report_ops[] = {
	&stats_ops, &hist_ops, &open_ops,
};

/**
 * irqspan_report_open - open one of the files
 * @file: the file
 * @report: which one it is
 *
 * Return: 0 or a negative errno.
 */
int irqspan_report_open(struct file *file, enum irqspan_report report)
{
	return seq_open_private(file, report_ops[report], sizeof(struct cursor));
}

/**
 * irqspan_report_clear - forget all that stats and hist show
 *
 * Context: sleeps.
 */
void irqspan_report_clear(void)
{
	irqspan_session_clear_rows();
}
