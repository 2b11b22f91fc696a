// SPDX-License-Identifier: GPL-2.0
/*
 * What is printed on the console when the machine is in trouble: which code has
 * interrupts off, on a CPU that does not answer or on all of them.
 *
 * Called by reports of lockups, stalls and crashes, in NMI too, while other CPUs are
 * stopped wherever they were. So nothing here waits: no lock is taken, no memory is
 * allocated, and data that a stopped CPU was just changing is printed as it is.
 */
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/irqspan.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/sysrq.h>
#include <linux/time64.h>

#include "print.h"
#include "stats.h"

/* Bit 0 is set while a report is being printed. A second report meanwhile is dropped. */
static unsigned long printing;

/*
 * A line of text, as a seq_file, so that the functions that print the files can write to
 * it: all that they use of a seq_file is its buffer.
 */
static char line_buf[512];
static struct seq_file line = { .buf = line_buf, .size = sizeof(line_buf) };

static struct irqspan_counters counters;

/* Print the line, without the newline that it may end in, and begin the next one. */
static void print_line(void)
{
	size_t len = line.count;

	/* What did not fit was left out: the text ends where the zeros begin. */
	if (seq_has_overflowed(&line))
		len = strnlen(line_buf, sizeof(line_buf) - 1);
	if (len && line_buf[len - 1] == '\n')
		len--;
	line_buf[len] = '\0';
	if (len)
		pr_err("irqspan: %s\n", line_buf);
	memset(line_buf, 0, sizeof(line_buf));
	line.count = 0;
}

/* What is off for a shorter time is not why a CPU did not answer for seconds, ns. */
#define UNANSWERED_NS	(10 * NSEC_PER_MSEC)

static void print_cpu(unsigned int cpu, u64 min_ns)
{
	struct irqspan_part *part;
	bool off = false;

	if (test_and_set_bit_lock(0, &printing))
		return;
	list_for_each_entry(part, &irqspan_parts, list) {
		if (part->running && part->print_cpu_off)
			off |= part->print_cpu_off(&line, cpu, min_ns);
	}
	list_for_each_entry(part, &irqspan_parts, list) {
		if (off && part->running && part->print_cpu_waiting)
			part->print_cpu_waiting(&line, cpu);
	}
	print_line();
	clear_bit_unlock(0, &printing);
}

/**
 * irqspan_print_cpu - print which code has interrupts off on a CPU that does not answer
 * @cpu: the CPU
 *
 * Prints one line on the console, which says for how long they are off; nothing if interrupts
 * are on, or were turned off only just now, or if spans are not measured. A span is printed only
 * once.
 *
 * Context: any, NMI and panic too.
 */
void irqspan_print_cpu(unsigned int cpu)
{
	/* The number may come from data that is corrupt: then there may be no such CPU. */
	if (cpu < nr_cpu_ids && cpu_possible(cpu))
		print_cpu(cpu, UNANSWERED_NS);
}

/**
 * irqspan_print_this_cpu - print which code has interrupts off on this CPU
 *
 * As irqspan_print_cpu(), however short the time is. Called in a hard interrupt, it prints the
 * span of that interrupt.
 *
 * Context: any, NMI and panic too.
 */
void irqspan_print_this_cpu(void)
{
	print_cpu(raw_smp_processor_id(), 0);
}

/* Print a part's rows of the file "open", then the longest span of each of its rows. */
static void print_rows(struct irqspan_part *part)
{
	unsigned int pos;

	if (!part->next_row)
		return;
	for (pos = 0; part->running && part->show_open && part->next_row(&pos); pos++) {
		part->show_open(&line, pos);
		print_line();
	}
	for (pos = 0; part->next_row(&pos); pos++) {
		const struct irqspan_culprit *worst = &counters.stats.worst;

		if (!part->read_row(pos, &counters) || !worst->duration)
			continue;
		seq_printf(&line, "%s %u", counters.type, counters.id);
		irqspan_print_word(&line, counters.name);
		seq_printf(&line, " longest %llu ns", worst->duration);
		irqspan_print_address(&line, worst->caller);
		irqspan_print_function(&line, worst->handler);
		irqspan_print_word(&line, worst->comm);
		print_line();
	}
}

/*
 * Take the line to print in. When the machine dies, its other CPUs are stopped, and one of them
 * may have been printing, and will never be done with it: take the line over, once.
 */
static bool take_line(void)
{
	static bool taken_over;

	if (!test_and_set_bit_lock(0, &printing))
		return true;
	if (!panic_on_this_cpu() || taken_over)
		return false;
	taken_over = true;
	/* See print_line(). */
	memset(line_buf, 0, sizeof(line_buf));
	line.count = 0;
	return true;
}

/**
 * irqspan_print_all - print all that is known of interrupts that are off
 *
 * Prints on the console the CPUs and the lines that are off, as in the file "open", and the
 * longest span so far of each CPU and line. Prints nothing if nothing was ever measured.
 *
 * Context: any, NMI and panic too.
 */
void irqspan_print_all(void)
{
	struct irqspan_part *part;

	if (!take_line())
		return;
	list_for_each_entry(part, &irqspan_parts, list)
		print_rows(part);
	clear_bit_unlock(0, &printing);
}

#ifdef CONFIG_MAGIC_SYSRQ
static void sysrq_print_all(u8 key)
{
	irqspan_print_all();
}

static const struct sysrq_key_op sysrq_irqspan_op = {
	.handler	= sysrq_print_all,
	.help_msg	= "show-Interrupts-off(I)",
	.action_msg	= "Show who has interrupts off",
	.enable_mask	= SYSRQ_ENABLE_DUMP,
};

static int __init register_sysrq(void)
{
	return register_sysrq_key('I', &sysrq_irqspan_op);
}
late_initcall(register_sysrq);
#endif
