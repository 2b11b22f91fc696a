// SPDX-License-Identifier: GPL-2.0
/*
 * Makes interrupt-off spans whose place, length and culprit are known.
 *
 * A tracer is judged by what it says about spans that were measured without it.
 * debugfs irqspan_spans/ has
 *
 *   run       takes one command, "WHAT CPU [US [N [OTHER]]]": N times WHAT on
 *             CPU, US microseconds long; some do it to the CPU OTHER.
 *   commands  what "run" takes, one command a line, with its arguments.
 *   truth     a row for each span made. ns is read inside the span, first thing
 *             after it began and last thing before it ends: what a tracer
 *             reports can't be shorter. Any write clears.
 *   lines     the simulated interrupts by number and name.
 *   storm     takes a number: so many times off and on, as fast as it goes, on
 *             each CPU that is online, all at once.
 *   disables  how often the irq_disable tracepoint was met on each CPU since 1
 *             was written, until 0 is: a count that a tracer has no part in.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include "spans.h"

#define SPANS_MAX_ROWS		4096
#define SPANS_MAX_COMMAND	128
#define SPANS_MAX_STORM		100000000
#define SPANS_STORM_BATCH	1000u

static const struct spans_group *const spans_groups[] = {
	&spans_local_group,
	&spans_line_group,
	&spans_many_group,
	&spans_crash_group,
	&spans_remote_group,
	&spans_timer_group,
	&spans_path_group,
	&spans_handler_group,
};

/* One command at a time: protects what commands share. */
static DEFINE_MUTEX(spans_run_mutex);

/* The truth */

static DEFINE_MUTEX(spans_truth_mutex);
static struct spans_truth *spans_truth_rows;
static unsigned int spans_nr_rows;
static unsigned long spans_dropped;

void spans_truth_begin(struct spans_truth *truth)
{
	truth->cpu = raw_smp_processor_id();
	truth->pid = current->pid;
	strscpy(truth->comm, current->comm, sizeof(truth->comm));
}

void spans_truth_add(const struct spans_job *job, int irq, u64 ns)
{
	struct spans_truth *row;

	mutex_lock(&spans_truth_mutex);
	if (spans_nr_rows < SPANS_MAX_ROWS) {
		row = &spans_truth_rows[spans_nr_rows++];
		*row = job->truth;
		row->irq = irq;
		row->ns = ns;
	} else {
		spans_dropped++;
	}
	mutex_unlock(&spans_truth_mutex);
}

static int spans_truth_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	mutex_lock(&spans_truth_mutex);
	seq_puts(m, "# kind cpu irq ns caller comm pid\n");
	for (i = 0; i < spans_nr_rows; i++) {
		const struct spans_truth *row = &spans_truth_rows[i];

		seq_printf(m, "%s %u ", row->kind, row->cpu);
		if (row->irq < 0)
			seq_puts(m, "- ");
		else
			seq_printf(m, "%d ", row->irq);
		seq_printf(m, "%llu %s ", row->ns, row->caller);
		seq_escape(m, row->comm, " \t\n\\");
		seq_printf(m, " %d\n", row->pid);
	}
	if (spans_dropped)
		seq_printf(m, "# dropped %lu\n", spans_dropped);
	mutex_unlock(&spans_truth_mutex);

	return 0;
}

static int spans_truth_open(struct inode *inode, struct file *file)
{
	return single_open(file, spans_truth_show, NULL);
}

static ssize_t spans_truth_write(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	mutex_lock(&spans_truth_mutex);
	spans_nr_rows = 0;
	spans_dropped = 0;
	mutex_unlock(&spans_truth_mutex);

	return count;
}

static const struct file_operations spans_truth_fops = {
	.owner		= THIS_MODULE,
	.open		= spans_truth_open,
	.read		= seq_read,
	.write		= spans_truth_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* Threads */

static int spans_thread(void *data)
{
	struct spans_job *job = data;

	job->ret = job->run(job);
	complete(&job->done);

	/* Wait for kthread_stop(), so that no thread outlives the module. */
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);

	return 0;
}

struct task_struct *spans_create_thread(struct spans_job *job, const char *comm)
{
	struct task_struct *task;

	init_completion(&job->done);
	job->truth.kind = job->cmd->name;
	job->truth.caller = job->cmd->caller;

	task = kthread_create(spans_thread, job, "%s", comm);
	if (!IS_ERR(task))
		kthread_bind(task, job->cpu);

	return task;
}

int spans_finish_thread(struct spans_job *job, struct task_struct *task)
{
	wait_for_completion(&job->done);
	kthread_stop(task);

	return job->ret;
}

int spans_run_thread(struct spans_job *job, const char *comm)
{
	struct task_struct *task = spans_create_thread(job, comm);

	if (IS_ERR(task))
		return PTR_ERR(task);

	wake_up_process(task);

	return spans_finish_thread(job, task);
}

int spans_run_pair(struct spans_job *job_a, struct spans_job *job_b, struct task_struct **a,
		   struct task_struct **b)
{
	int ret;

	/* A task that is being killed cannot create a thread: begin when both are there. */
	*a = spans_create_thread(job_a, "spans_a");
	if (IS_ERR(*a))
		return PTR_ERR(*a);

	*b = spans_create_thread(job_b, "spans_b");
	if (IS_ERR(*b)) {
		kthread_stop(*a);
		return PTR_ERR(*b);
	}

	wake_up_process(*b);
	wake_up_process(*a);
	ret = spans_finish_thread(job_a, *a);
	spans_finish_thread(job_b, *b);

	return ret;
}

int spans_start_thread(struct spans_job *job)
{
	return spans_run_thread(job, "spans_a");
}

/* Commands */

static int spans_check(const struct spans_job *job)
{
	const struct spans_command *cmd = job->cmd;

	if (job->cpu >= nr_cpu_ids || job->us > cmd->max_us || job->n > cmd->max_n)
		return -ERANGE;
	if (cmd->other && (job->other >= nr_cpu_ids || job->other == job->cpu))
		return -ERANGE;
	if (cmd->n_is != SPANS_N_CPU && (!job->us || !job->n))
		return -ERANGE;
	if (cmd->n_is == SPANS_N_TIMES && (u64)job->us * job->n > SPANS_MAX_TOTAL_US)
		return -ERANGE;
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && cmd->not_rt)
		return -EOPNOTSUPP;

	return 0;
}

static int spans_run(struct spans_job *job)
{
	const struct spans_command *cmd = job->cmd;
	int ret;

	ret = spans_check(job);
	if (ret)
		return ret;

	ret = mutex_lock_interruptible(&spans_run_mutex);
	if (ret)
		return ret;
	if (cmd->prepare) {
		ret = cmd->prepare(job);
		if (ret)
			goto unlock;
	}
	cpus_read_lock();

	if (!cpu_online(job->cpu) || (cmd->other && !cpu_online(job->other)))
		ret = -ENXIO;
	else
		ret = cmd->start ? cmd->start(job) : spans_start_thread(job);

	cpus_read_unlock();
	if (cmd->finish)
		cmd->finish();
unlock:
	mutex_unlock(&spans_run_mutex);

	return ret;
}

static const struct spans_command *spans_find(const char *name)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(spans_groups); i++) {
		for (j = 0; j < spans_groups[i]->nr_commands; j++) {
			const struct spans_command *cmd = &spans_groups[i]->commands[j];

			if (!strcmp(name, cmd->name))
				return cmd;
		}
	}

	return NULL;
}

static int spans_parse(char **argv, int argc, struct spans_job *job)
{
	unsigned int *const values[] = { &job->cpu, &job->us, &job->n, &job->other };
	int arg, ret;

	if (argc < 2)
		return -EINVAL;

	job->cmd = spans_find(argv[0]);
	if (!job->cmd)
		return -EINVAL;

	job->run = job->cmd->run;
	job->us = 1;
	job->n = 1;
	job->other = UINT_MAX;
	if (argc - 1 > (job->cmd->other ? 4 : 3))
		return -EINVAL;

	for (arg = 1; arg < argc; arg++) {
		ret = kstrtouint(argv[arg], 10, values[arg - 1]);
		if (ret)
			return ret;
	}

	return 0;
}

static ssize_t spans_run_write(struct file *file, const char __user *ubuf,
			       size_t count, loff_t *ppos)
{
	struct spans_job job = { };
	char *buf, **argv;
	int argc, ret;

	if (count > SPANS_MAX_COMMAND)
		return -EINVAL;

	buf = memdup_user_nul(ubuf, count);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	ret = -EINVAL;
	if (strlen(buf) != count)
		goto free_buf;

	ret = -ENOMEM;
	argv = argv_split(GFP_KERNEL, buf, &argc);
	if (!argv)
		goto free_buf;

	ret = spans_parse(argv, argc, &job);
	if (!ret)
		ret = spans_run(&job);

	argv_free(argv);
free_buf:
	kfree(buf);

	return ret ?: count;
}

static const struct file_operations spans_run_fops = {
	.owner	= THIS_MODULE,
	.open	= nonseekable_open,
	.write	= spans_run_write,
};

static int spans_commands_show(struct seq_file *m, void *unused)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(spans_groups); i++) {
		for (j = 0; j < spans_groups[i]->nr_commands; j++) {
			const struct spans_command *cmd = &spans_groups[i]->commands[j];

			seq_printf(m, "%s %s\n", cmd->name, cmd->usage);
		}
	}

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spans_commands);

/* A storm of spans */

static noinline void irqspan_spans_storm(unsigned int n)
{
	while (n--) {
		local_irq_disable();
		local_irq_enable();
	}
}

static int spans_run_storm(struct spans_job *job)
{
	while (job->n) {
		unsigned int n = min(job->n, SPANS_STORM_BATCH);

		irqspan_spans_storm(n);
		job->n -= n;
		cond_resched();
	}

	return 0;
}

/* Not among the commands, for it runs on all CPUs. */
static const struct spans_command spans_storm_command = {
	.name	= "storm",
	.caller	= "irqspan_spans_storm",
};

struct spans_storm {
	struct spans_job	job;
	struct task_struct	*task;
};

static int spans_storm(unsigned int n)
{
	struct spans_storm *storms;
	unsigned int cpu;
	int ret = 0;

	storms = kcalloc(nr_cpu_ids, sizeof(*storms), GFP_KERNEL);
	if (!storms)
		return -ENOMEM;

	for_each_online_cpu(cpu) {
		struct spans_storm *storm = &storms[cpu];

		storm->job.cmd = &spans_storm_command;
		storm->job.run = spans_run_storm;
		storm->job.cpu = cpu;
		storm->job.n = n;
		storm->task = spans_create_thread(&storm->job, "spans_storm");
		if (IS_ERR(storm->task)) {
			ret = PTR_ERR(storm->task);
			storm->task = NULL;
			break;
		}
	}
	for_each_online_cpu(cpu) {
		if (!ret)
			wake_up_process(storms[cpu].task);
		else if (storms[cpu].task)
			kthread_stop(storms[cpu].task);
	}
	for_each_online_cpu(cpu) {
		if (!ret)
			spans_finish_thread(&storms[cpu].job, storms[cpu].task);
	}
	kfree(storms);

	return ret;
}

static ssize_t spans_storm_write(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	unsigned int n;
	int ret;

	ret = kstrtouint_from_user(ubuf, count, 10, &n);
	if (ret)
		return ret;
	if (n > SPANS_MAX_STORM)
		return -ERANGE;

	ret = mutex_lock_interruptible(&spans_run_mutex);
	if (ret)
		return ret;
	cpus_read_lock();
	ret = spans_storm(n);
	cpus_read_unlock();
	mutex_unlock(&spans_run_mutex);

	return ret ?: count;
}

static const struct file_operations spans_storm_fops = {
	.owner	= THIS_MODULE,
	.open	= nonseekable_open,
	.write	= spans_storm_write,
};

/* A count of the irq_disable tracepoint */

static DEFINE_PER_CPU(unsigned long, spans_disables);
static struct tracepoint *spans_tracepoint;	/* NULL: not counting */

static notrace void spans_probe_disable(void *unused, unsigned long ip, unsigned long parent_ip)
{
	this_cpu_inc(spans_disables);
}

static void spans_find_disable(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "irq_disable"))
		*(struct tracepoint **)found = tp;
}

static int spans_disables_start(void)
{
	struct tracepoint *tp = NULL;
	unsigned int cpu;
	int ret;

	if (spans_tracepoint)
		return -EBUSY;

	/* It is not exported. */
	for_each_kernel_tracepoint(spans_find_disable, &tp);
	if (!tp)
		return -EOPNOTSUPP;

	for_each_possible_cpu(cpu)
		per_cpu(spans_disables, cpu) = 0;

	ret = tracepoint_probe_register(tp, spans_probe_disable, NULL);
	if (!ret)
		spans_tracepoint = tp;

	return ret;
}

static int spans_disables_stop(void)
{
	if (!spans_tracepoint)
		return -ENODATA;

	tracepoint_probe_unregister(spans_tracepoint, spans_probe_disable, NULL);
	tracepoint_synchronize_unregister();
	spans_tracepoint = NULL;

	return 0;
}

static int spans_disables_show(struct seq_file *m, void *unused)
{
	unsigned int cpu;

	seq_puts(m, "# cpu disables\n");
	for_each_possible_cpu(cpu)
		seq_printf(m, "%u %lu\n", cpu, READ_ONCE(per_cpu(spans_disables, cpu)));

	return 0;
}

static int spans_disables_open(struct inode *inode, struct file *file)
{
	return single_open(file, spans_disables_show, NULL);
}

static ssize_t spans_disables_write(struct file *file, const char __user *ubuf,
				    size_t count, loff_t *ppos)
{
	bool on;
	int ret;

	ret = kstrtobool_from_user(ubuf, count, &on);
	if (ret)
		return ret;

	mutex_lock(&spans_run_mutex);
	ret = on ? spans_disables_start() : spans_disables_stop();
	mutex_unlock(&spans_run_mutex);

	return ret ?: count;
}

static const struct file_operations spans_disables_fops = {
	.owner		= THIS_MODULE,
	.open		= spans_disables_open,
	.read		= seq_read,
	.write		= spans_disables_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* The module */

static struct dentry *spans_dir;

/* The files go first, so that no command runs any more. */
static void spans_remove(unsigned int nr_groups)
{
	debugfs_remove(spans_dir);
	spans_disables_stop();
	while (nr_groups--) {
		if (spans_groups[nr_groups]->exit)
			spans_groups[nr_groups]->exit();
	}
	kvfree(spans_truth_rows);
}

static int __init irqspan_spans_init(void)
{
	unsigned int i;
	int ret;

	spans_truth_rows = kvcalloc(SPANS_MAX_ROWS, sizeof(*spans_truth_rows), GFP_KERNEL);
	if (!spans_truth_rows)
		return -ENOMEM;

	spans_dir = debugfs_create_dir("irqspan_spans", NULL);
	for (i = 0; i < ARRAY_SIZE(spans_groups); i++) {
		ret = spans_groups[i]->init ? spans_groups[i]->init(spans_dir) : 0;
		if (ret) {
			spans_remove(i);
			return ret;
		}
	}

	/* Last, for a command may be written as soon as "run" is there. */
	debugfs_create_file("truth", 0600, spans_dir, NULL, &spans_truth_fops);
	debugfs_create_file("commands", 0400, spans_dir, NULL, &spans_commands_fops);
	debugfs_create_file("storm", 0200, spans_dir, NULL, &spans_storm_fops);
	debugfs_create_file("disables", 0600, spans_dir, NULL, &spans_disables_fops);
	debugfs_create_file("run", 0200, spans_dir, NULL, &spans_run_fops);

	return 0;
}
module_init(irqspan_spans_init);

static void __exit irqspan_spans_exit(void)
{
	spans_remove(ARRAY_SIZE(spans_groups));
}
module_exit(irqspan_spans_exit);

MODULE_DESCRIPTION("Makes interrupt-off spans of known length");
MODULE_LICENSE("GPL");
