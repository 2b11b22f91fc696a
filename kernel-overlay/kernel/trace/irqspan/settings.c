// SPDX-License-Identifier: GPL-2.0
/*
 * Settings that more than one part obeys: which CPUs are measured, and from which
 * duration up CPU-wide spans are recorded.
 */
#include <linux/cpumask.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>

#include "../trace.h"
#include "irqspan.h"
#include "u64.h"

/* Threshold: CPU-wide spans that are shorter are counted, but not recorded. */
aligned_u64 irqspan_local_thresh_ns = 10 * NSEC_PER_USEC;

/* CPUs that are not measured; none at boot */
static struct cpumask unmeasured_cpus;

/**
 * irqspan_cpu_measured - is this CPU to be measured?
 * @cpu: the CPU
 *
 * Context: any.
 * Return: true if it is in the file cpus.
 */
bool irqspan_cpu_measured(unsigned int cpu)
{
	return !cpumask_test_cpu(cpu, &unmeasured_cpus);
}

/**
 * irqspan_above_threshold - is a span long enough to be recorded?
 * @duration: its duration, ns
 * @thresh_ns: the threshold of this kind of span, ns
 *
 * Context: any.
 * Return: true if it has reached the threshold and tracing_thresh.
 */
bool irqspan_above_threshold(u64 duration, u64 thresh_ns)
{
	return duration >= thresh_ns && duration >= READ_ONCE(tracing_thresh);
}

static int show_cpus(struct seq_file *m)
{
	cpumask_var_t mask;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	cpumask_andnot(mask, cpu_possible_mask, &unmeasured_cpus);
	seq_printf(m, "%*pbl\n", cpumask_pr_args(mask));
	free_cpumask_var(mask);
	return 0;
}

static int set_cpus(char *list)
{
	cpumask_var_t mask;
	int ret;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = cpulist_parse(list, mask);
	if (!ret && (cpumask_empty(mask) || !cpumask_subset(mask, cpu_possible_mask)))
		ret = -EINVAL;
	if (!ret) {
		cpumask_andnot(&unmeasured_cpus, cpu_possible_mask, mask);
		irqspan_session_settings_changed();
	}
	free_cpumask_var(mask);
	return ret;
}

/**
 * irqspan_set_ns - set a threshold to what a user wrote
 * @value: a decimal number
 * @ns: the threshold
 *
 * Return: 0, or -EINVAL or -ERANGE and nothing changed.
 */
int irqspan_set_ns(const char *value, u64 *ns)
{
	u64 new;
	int ret;

	ret = kstrtou64(value, 10, &new);
	if (!ret)
		irqspan_u64_write(ns, new);
	return ret;
}

static int show_local_thresh_ns(struct seq_file *m)
{
	seq_printf(m, "%llu\n", irqspan_u64_read(&irqspan_local_thresh_ns));
	return 0;
}

static int set_local_thresh_ns(char *value)
{
	int ret = irqspan_set_ns(value, &irqspan_local_thresh_ns);

	if (!ret)
		irqspan_session_settings_changed();
	return ret;
}

struct irqspan_file irqspan_settings[] = {
	{ .name = "cpus", .show = show_cpus, .set = set_cpus },
	{ .name = "local_thresh_ns", .show = show_local_thresh_ns, .set = set_local_thresh_ns },
};

const unsigned int irqspan_nr_settings = ARRAY_SIZE(irqspan_settings);
