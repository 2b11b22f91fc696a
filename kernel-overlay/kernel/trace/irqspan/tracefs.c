// SPDX-License-Identifier: GPL-2.0
/*
 * The directory /sys/kernel/tracing/irqspan/ and the files of the parts in it.
 *
 * The files can be read from boot on, whether the tracer is in use or not.
 */
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracefs.h>
#include <linux/uaccess.h>

#include "../trace.h"
#include "report.h"

/* More than a list of all CPUs or interrupt lines of a large machine */
#define SETTING_MAX	SZ_1M

/* One change of a setting at a time */
static DEFINE_MUTEX(setting_mutex);

/* May a file be opened now? Returns 0, or an error in lockdown and if tracing is broken. */
static int check_open(void)
{
	return tracing_check_open_get_tr(NULL);
}

static int show_setting(struct seq_file *m, void *v)
{
	struct irqspan_file *f = m->private;

	return f->show(m);
}

static int open_setting(struct inode *inode, struct file *file)
{
	return check_open() ?: single_open(file, show_setting, inode->i_private);
}

/*
 * Copy what a user wrote, which has to be one line; to be freed with kvfree(). The kernel's
 * parsers would take a NUL byte, and in a list a newline, for the end and ignore the rest.
 */
static char *read_setting(const char __user *ubuf, size_t count)
{
	char *buf;

	if (count >= SETTING_MAX)
		return ERR_PTR(-EINVAL);
	buf = kvmalloc(count + 1, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(buf, ubuf, count)) {
		kvfree(buf);
		return ERR_PTR(-EFAULT);
	}
	buf[count] = '\0';
	if (strlen(buf) != count || strchr(strim(buf), '\n')) {
		kvfree(buf);
		return ERR_PTR(-EINVAL);
	}
	return buf;
}

static ssize_t write_setting(struct file *file, const char __user *ubuf, size_t count,
			     loff_t *ppos)
{
	struct irqspan_file *f = file_inode(file)->i_private;
	char *buf = read_setting(ubuf, count);
	int ret;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	scoped_guard(mutex, &setting_mutex)
		ret = f->set(strim(buf));
	kvfree(buf);
	/* If a number is too large, some parsers return -EOVERFLOW and some -ERANGE. */
	if (ret == -EOVERFLOW)
		ret = -ERANGE;
	return ret ?: count;
}

static const struct file_operations setting_fops = {
	.open		= open_setting,
	.read		= seq_read,
	.write		= write_setting,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/**
 * struct table_reader - a reader of a table
 * @file: the table
 * @rows: a copy of its rows, made when the file was opened
 * @nr_rows: how many
 * @generation: how often the table had been cleared when the rows were copied
 */
struct table_reader {
	struct irqspan_file	*file;
	void			*rows;
	unsigned int		nr_rows;
	int			generation;
};

/* A table has a header line, its rows, and one item more for the totals. */
static void *start_table(struct seq_file *m, loff_t *pos)
{
	struct table_reader *reader = m->private;

	return *pos < reader->nr_rows + 2 ? (void *)(unsigned long)(*pos + 1) : NULL;
}

static void *next_in_table(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return start_table(m, pos);
}

static void stop_table(struct seq_file *m, void *v)
{
}

static int show_table(struct seq_file *m, void *v)
{
	struct table_reader *reader = m->private;
	struct irqspan_file *f = reader->file;
	unsigned long line = (unsigned long)v - 1;

	if (!line) {
		seq_printf(m, "%s\n", f->header);
	} else if (line <= reader->nr_rows) {
		f->show_row(m, reader->rows + (line - 1) * f->row_size);
	} else {
		if (f->show_totals)
			f->show_totals(m);
		seq_printf(m, "# generation %d\n", reader->generation);
	}
	return 0;
}

static const struct seq_operations table_ops = {
	.start = start_table, .next = next_in_table, .stop = stop_table, .show = show_table,
};

static int open_table(struct inode *inode, struct file *file)
{
	struct irqspan_file *f = inode->i_private;
	struct table_reader *reader;
	int n, ret, generation;
	void *rows;

	ret = check_open();
	if (ret)
		return ret;
	n = irqspan_session_copy_rows(f, &rows, &generation);
	if (n < 0)
		return n;
	reader = __seq_open_private(file, &table_ops, sizeof(*reader));
	if (!reader) {
		kvfree(rows);
		return -ENOMEM;
	}
	reader->file = f;
	reader->rows = rows;
	reader->nr_rows = n;
	reader->generation = generation;
	return 0;
}

static int release_table(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct table_reader *reader = m->private;

	kvfree(reader->rows);
	return seq_release_private(inode, file);
}

static ssize_t clear_table(struct file *file, const char __user *ubuf, size_t count,
			   loff_t *ppos)
{
	return irqspan_session_clear(file_inode(file)->i_private) ?: count;
}

static const struct file_operations table_fops = {
	.open		= open_table,
	.read		= seq_read,
	.write		= clear_table,
	.llseek		= seq_lseek,
	.release	= release_table,
};

static int open_report(struct inode *inode, struct file *file)
{
	return check_open() ?: irqspan_report_open(file, (unsigned long)inode->i_private);
}

static ssize_t clear_report(struct file *file, const char __user *ubuf, size_t count,
			    loff_t *ppos)
{
	irqspan_report_clear();
	return count;
}

static const struct file_operations report_fops = {
	.open		= open_report,
	.read		= seq_read,
	.write		= clear_report,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

static const struct file_operations open_spans_fops = {
	.open		= open_report,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

static void __init create_file(struct dentry *dir, struct irqspan_file *f)
{
	bool writable = f->set || f->clear;

	trace_create_file(f->name, writable ? TRACE_MODE_WRITE : TRACE_MODE_READ, dir, f,
			  f->show ? &setting_fops : &table_fops);
}

static int __init create_files(void)
{
	struct irqspan_part *part;
	struct dentry *dir;
	unsigned int i;
	int ret;

	ret = tracing_init_dentry();
	if (ret)
		return ret;
	dir = tracefs_create_dir("irqspan", NULL);
	if (!dir)
		return -ENOMEM;

	for (i = 0; i < irqspan_nr_settings; i++)
		create_file(dir, &irqspan_settings[i]);
	trace_create_file("stats", TRACE_MODE_WRITE, dir, (void *)IRQSPAN_REPORT_STATS,
			  &report_fops);
	trace_create_file("hist", TRACE_MODE_WRITE, dir, (void *)IRQSPAN_REPORT_HIST,
			  &report_fops);
	trace_create_file("open", TRACE_MODE_READ, dir, (void *)IRQSPAN_REPORT_OPEN,
			  &open_spans_fops);
	list_for_each_entry(part, &irqspan_parts, list) {
		for (i = 0; i < part->nr_files; i++)
			create_file(dir, &part->files[i]);
	}
	return 0;
}
late_initcall(create_files);
