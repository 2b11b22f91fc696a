// SPDX-License-Identifier: GPL-2.0
/*
 * Function calls on their way to another CPU. See ipi.h for what the hooks do with them.
 */
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/string_choices.h>

#include "ipi.h"
#include "table.h"

/*
 * How many calls to have room for: 64 for each CPU, within these bounds. Few are in flight
 * at a time: a task waits for its calls, and each other call takes a csd of its own.
 */
#define CALLS_MIN	1024U
#define CALLS_MAX	16384U

/* Allocated at a start */
struct irqspan_table __rcu *irqspan_calls_in_flight;

/**
 * irqspan_add_call - add a call, even if its first slot is not free
 * @table: the table of calls
 * @csd: data of the call
 * @cpu: target
 *
 * Context: any.
 * Return: the call, not yet published; NULL if there is no room.
 */
struct call_in_flight *irqspan_add_call(struct irqspan_table *table,
					const call_single_data_t *csd, unsigned int cpu)
{
	struct call_key key = { .csd = csd, .cpu = cpu };

	return irqspan_table_add(table, hash_call(csd, cpu), &key);
}

/**
 * irqspan_hold_call - find a call, even if it is not in its first slot
 * @table: the table of calls
 * @csd: data of the call
 * @cpu: target
 *
 * Context: any.
 * Return: the call, which other contexts are kept from; NULL if there is none.
 */
struct call_in_flight *irqspan_hold_call(struct irqspan_table *table,
					 const call_single_data_t *csd, unsigned int cpu)
{
	struct call_key key = { .csd = csd, .cpu = cpu };

	return irqspan_table_hold(table, hash_call(csd, cpu), &key);
}

/**
 * irqspan_forget_calls - begin with an empty table of calls
 *
 * Context: one caller at a time; sleeps.
 * Return: 0, or -ENOMEM and nothing changed.
 */
int irqspan_forget_calls(void)
{
	return irqspan_table_replace(&irqspan_calls_in_flight,
				     clamp(64 * nr_cpu_ids, CALLS_MIN, CALLS_MAX),
				     sizeof(struct call_in_flight), sizeof(struct call_key));
}

/**
 * irqspan_drop_calls_to - forget the calls that are on their way to a CPU
 * @cpu: the CPU, which went offline or is about to come back
 *
 * When it went offline, no event told of the last calls that it ran.
 *
 * Context: any.
 */
void irqspan_drop_calls_to(unsigned int cpu)
{
	struct irqspan_table *table;
	struct call_in_flight *call;
	unsigned int i, n;

	guard(rcu)();
	table = rcu_dereference(irqspan_calls_in_flight);
	n = table ? IRQSPAN_BUCKET_ROWS << table->bits : 0;
	for (i = 0, call = table ? table->rows : NULL; i < n; i++, call++) {
		const call_single_data_t *csd = READ_ONCE(call->key.csd);
		struct call_in_flight *held;

		if (READ_ONCE(call->key.cpu) != cpu)
			continue;
		while ((held = irqspan_hold_call(table, csd, cpu)))
			irqspan_table_remove(table, held);
	}
}

/**
 * irqspan_print_calls_to - print which CPUs have called a CPU that has not answered
 * @m: where to
 * @cpu: the CPU
 *
 * Prints nothing if all calls have arrived. The row of a call that arrives meanwhile may be
 * used for another one: only what is valid of any call is read.
 *
 * Context: any, NMI and panic too; one caller at a time.
 */
void irqspan_print_calls_to(struct seq_file *m, unsigned int cpu)
{
	static struct cpumask senders;
	struct irqspan_table *table;
	unsigned int calls = 0;
	void *row = NULL;

	guard(rcu)();
	table = rcu_dereference(irqspan_calls_in_flight);
	if (!table)
		return;
	cpumask_clear(&senders);
	while ((row = irqspan_table_next(table, row))) {
		const struct call_in_flight *call = row;

		if (READ_ONCE(call->key.cpu) != cpu)
			continue;
		calls++;
		cpumask_set_cpu(READ_ONCE(call->batch)->cpu, &senders);
	}
	if (!calls)
		return;
	seq_printf(m, ", %u call%s waiting from CPU %*pbl", calls, str_plural(calls),
		   cpumask_pr_args(&senders));
}
