// SPDX-License-Identifier: GPL-2.0
/*
 * The files of /sys/kernel/tracing/irqspan/.
 */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/irq.h>
#include <linux/irqnr.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracefs.h>
#include <linux/uaccess.h>

#include "../trace.h"
#include "irqspan.h"

/* Changes of the masks and thresholds */
static DEFINE_MUTEX(setting_mutex);

/*
 * All that a user wrote, as one line. The parsers of the kernel would take a NUL
 * byte, or for a list also a newline, for the end and leave the rest unread.
 */
static char *setting_from_user(const char __user *ubuf, size_t count)
{
	char *buf;

	if (count >= PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	buf = memdup_user_nul(ubuf, count);
	if (IS_ERR(buf))
		return buf;
	if (strlen(buf) != count || strchr(strim(buf), '\n')) {
		kfree(buf);
		return ERR_PTR(-EINVAL);
	}
	return buf;
}

static int cpus_show(struct seq_file *m, void *v)
{
	cpumask_var_t mask;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	irqspan_local_get_cpus(mask);
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
	if (!ret)
		irqspan_local_set_cpus(mask);
	free_cpumask_var(mask);
	return ret;
}

static int irqs_show(struct seq_file *m, void *v)
{
	irqspan_line_show_irqs(m);
	return 0;
}

/* A descriptor is freed a grace period after its number. */
static bool lines_exist(const unsigned long *mask, unsigned int bits)
{
	unsigned int irq;

	guard(rcu)();
	for_each_set_bit(irq, mask, bits) {
		if (!irq_to_desc(irq))
			return false;
	}
	return true;
}

static unsigned int highest_line(void)
{
	unsigned int highest = 0;
	struct irq_desc *desc;
	int irq;

	guard(rcu)();
	for_each_irq_desc(irq, desc)
		highest = irq;
	return highest;
}

static int set_irqs(char *list)
{
	unsigned int bits = highest_line() + 1;
	unsigned long *mask;
	int ret;

	if (!strcmp(list, "all"))
		return irqspan_session_set_irqs(NULL, 0);

	mask = bitmap_zalloc(bits, GFP_KERNEL);
	if (!mask)
		return -ENOMEM;
	ret = bitmap_parselist(list, mask, bits);
	if (!ret && (bitmap_empty(mask, bits) || !lines_exist(mask, bits)))
		ret = -EINVAL;
	if (!ret)
		ret = irqspan_session_set_irqs(mask, bits);
	bitmap_free(mask);
	return ret;
}

static int set_thresh(const char *number, u64 *thresh)
{
	u64 ns;
	int ret;

	ret = kstrtou64(number, 10, &ns);
	if (!ret)
		WRITE_ONCE(*thresh, ns);
	return ret;
}

static int local_thresh_ns_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%llu\n", READ_ONCE(irqspan_local_thresh_ns));
	return 0;
}

static int set_local_thresh_ns(char *number)
{
	int ret = set_thresh(number, &irqspan_local_thresh_ns);

	if (!ret)
		irqspan_local_recheck();
	return ret;
}

static int line_thresh_ns_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%llu\n", READ_ONCE(irqspan_line_thresh_ns));
	return 0;
}

static int set_line_thresh_ns(char *number)
{
	return set_thresh(number, &irqspan_line_thresh_ns);
}

static int stats_show(struct seq_file *m, void *v)
{
	return irqspan_report_stats(m);
}

static int hist_show(struct seq_file *m, void *v)
{
	return irqspan_report_hist(m);
}

static int open_show(struct seq_file *m, void *v)
{
	return irqspan_report_open(m);
}

static int ipis_show(struct seq_file *m, void *v)
{
	return irqspan_report_ipis(m);
}

static int timers_show(struct seq_file *m, void *v)
{
	return irqspan_report_timers(m);
}

static ssize_t setting_write(const char __user *ubuf, size_t count, int (*set)(char *))
{
	char *buf = setting_from_user(ubuf, count);
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	scoped_guard(mutex, &setting_mutex)
		ret = set(strim(buf));
	kfree(buf);
	/* The one name for a number that is too large */
	if (ret == -EOVERFLOW)
		ret = -ERANGE;
	return ret ?: count;
}

static ssize_t clear_spans(struct file *file, const char __user *ubuf, size_t count,
			   loff_t *ppos)
{
	return irqspan_session_clear(BIT(IRQSPAN_PART_LOCAL) |
				     BIT(IRQSPAN_PART_LINES)) ?: count;
}

static ssize_t clear_ipis(struct file *file, const char __user *ubuf, size_t count,
			  loff_t *ppos)
{
	return irqspan_session_clear(BIT(IRQSPAN_PART_IPIS)) ?: count;
}

static ssize_t clear_timers(struct file *file, const char __user *ubuf, size_t count,
			    loff_t *ppos)
{
	return irqspan_session_clear(BIT(IRQSPAN_PART_TIMERS)) ?: count;
}

#define DEFINE_FILE_FOPS(name, write_fn)				\
static int name##_open(struct inode *inode, struct file *file)		\
{									\
	int ret = tracing_open_generic(inode, file);			\
									\
	return ret ?: single_open(file, name##_show, NULL);		\
}									\
									\
static const struct file_operations name##_fops = {			\
	.open		= name##_open,					\
	.read		= seq_read,					\
	.write		= write_fn,					\
	.llseek		= seq_lseek,					\
	.release	= single_release,				\
}

#define DEFINE_SETTING_FOPS(name)					\
static ssize_t name##_write(struct file *file, const char __user *ubuf,	\
			    size_t count, loff_t *ppos)			\
{									\
	return setting_write(ubuf, count, set_##name);			\
}									\
									\
DEFINE_FILE_FOPS(name, name##_write)

DEFINE_SETTING_FOPS(cpus);
DEFINE_SETTING_FOPS(irqs);
DEFINE_SETTING_FOPS(local_thresh_ns);
DEFINE_SETTING_FOPS(line_thresh_ns);
DEFINE_FILE_FOPS(stats, clear_spans);
DEFINE_FILE_FOPS(hist, clear_spans);
DEFINE_FILE_FOPS(open, NULL);
DEFINE_FILE_FOPS(ipis, clear_ipis);
DEFINE_FILE_FOPS(timers, clear_timers);

struct irqspan_file {
	const char			*name;
	umode_t				mode;
	const struct file_operations	*fops;
};

static const struct irqspan_file irqspan_files[] __initconst = {
	{ "cpus",		TRACE_MODE_WRITE,	&cpus_fops },
	{ "irqs",		TRACE_MODE_WRITE,	&irqs_fops },
	{ "local_thresh_ns",	TRACE_MODE_WRITE,	&local_thresh_ns_fops },
	{ "line_thresh_ns",	TRACE_MODE_WRITE,	&line_thresh_ns_fops },
	{ "stats",		TRACE_MODE_WRITE,	&stats_fops },
	{ "hist",		TRACE_MODE_WRITE,	&hist_fops },
	{ "open",		TRACE_MODE_READ,	&open_fops },
	{ "ipis",		TRACE_MODE_WRITE,	&ipis_fops },
	{ "timers",		TRACE_MODE_WRITE,	&timers_fops },
};

/* All that the files show is valid from the start, with or without a tracer. */
static int __init irqspan_tracefs_init(void)
{
	struct dentry *dir;
	unsigned int i;
	int ret;

	ret = tracing_init_dentry();
	if (ret)
		return ret;
	dir = tracefs_create_dir("irqspan", NULL);
	if (!dir)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(irqspan_files); i++)
		trace_create_file(irqspan_files[i].name, irqspan_files[i].mode, dir,
				  NULL, irqspan_files[i].fops);
	return 0;
}
late_initcall(irqspan_tracefs_init);
