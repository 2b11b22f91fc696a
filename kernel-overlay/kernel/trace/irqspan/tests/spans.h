/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the module irqspan_spans share.
 *
 * Each of these files makes one kind of span or disturbance, and brings a group
 * of commands for it. spans_main.c reads a command, runs it, and keeps what the
 * module itself measured: the truth that a tracer is compared to. Nothing of
 * irqspan is included here, for a tracer can't be its own witness.
 */
#ifndef _IRQSPAN_SPANS_H
#define _IRQSPAN_SPANS_H

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>
#include <linux/types.h>

struct dentry;
struct spans_job;
struct spans_line;

/* Limits, so that no command hangs the machine */
#define SPANS_MAX_LOCAL_US	50000
#define SPANS_MAX_LINE_US	1000000
#define SPANS_MAX_TOTAL_US	5000000
#define SPANS_MAX_COUNT		1000

/* What the argument N of a command means */
enum spans_n {
	SPANS_N_TIMES,		/* do it N times */
	SPANS_N_DEPTH,		/* disable the line N times before it is enabled */
	SPANS_N_CPU,		/* enable the line on CPU N */
};

/**
 * struct spans_command - one word that the file "run" takes
 * @name:	the word, and the column "kind" of the rows of truth
 * @usage:	its arguments, of which all but CPU may be left out
 * @caller:	the function that begins the span, or that disturbs the other CPU;
 *		"-" if that is not one of this module
 * @prepare:	called first, while CPUs may still go away: takes locks whose holders may wait
 *		for a CPU that comes or goes, as those of tracepoints
 * @finish:	called last, in the same way, if @prepare did not fail
 * @start:	called by the task that writes the command; spans_start_thread() if NULL
 * @run:	called in a thread that is bound to CPU
 * @partner:	called in a thread that is bound to the other CPU, for those
 *		commands that spans_start_pair() starts
 * @make:	makes one CPU-wide span, for spans_run_local()
 * @disable:	disables the line, and returns when that was done
 * @line:	the line that it is about
 * @max_us:	largest US
 * @max_n:	largest N
 * @n_is:	what N means
 * @other:	the command does something to another CPU, its fourth argument
 * @not_rt:	PREEMPT_RT leaves interrupts on here
 */
struct spans_command {
	const char		*name;
	const char		*usage;
	const char		*caller;
	int			(*prepare)(const struct spans_job *job);
	void			(*finish)(void);
	int			(*start)(struct spans_job *job);
	int			(*run)(struct spans_job *job);
	int			(*partner)(struct spans_job *job);
	u64			(*make)(u64 ns);
	u64			(*disable)(unsigned int irq);
	struct spans_line	*line;
	unsigned int		max_us;
	unsigned int		max_n;
	enum spans_n		n_is;
	bool			other;
	bool			not_rt;
};

/* The commands of one file, and what has to be there for them */
struct spans_group {
	const struct spans_command	*commands;
	unsigned int			nr_commands;
	int				(*init)(struct dentry *dir);
	void				(*exit)(void);
};

extern const struct spans_group spans_crash_group;
extern const struct spans_group spans_local_group;
extern const struct spans_group spans_line_group;
extern const struct spans_group spans_many_group;
extern const struct spans_group spans_remote_group;
extern const struct spans_group spans_timer_group;
extern const struct spans_group spans_path_group;
extern const struct spans_group spans_handler_group;

/* What the module knows of a span that it made */
struct spans_truth {
	const char	*kind;
	const char	*caller;
	unsigned int	cpu;
	int		irq;		/* -1: none */
	u64		ns;
	pid_t		pid;
	char		comm[TASK_COMM_LEN];
};

/* A command with its arguments, while it runs */
struct spans_job {
	const struct spans_command	*cmd;
	int				(*run)(struct spans_job *job);
	unsigned int			cpu;
	unsigned int			us;
	unsigned int			n;
	unsigned int			other;
	u64				disabled_at;	/* of a line that another job enables */
	struct spans_truth		truth;
	struct completion		done;
	int				ret;
};

/* The span that is about to be made is made by this task, on this CPU. */
void spans_truth_begin(struct spans_truth *truth);
/* Keep a row of truth: irq is -1 if no line is concerned. */
void spans_truth_add(const struct spans_job *job, int irq, u64 ns);

/*
 * Threads that run a job on its CPU. A thread that was created runs when it is
 * woken up, and is gone after spans_finish_thread().
 */
struct task_struct *spans_create_thread(struct spans_job *job, const char *comm);
int spans_finish_thread(struct spans_job *job, struct task_struct *task);
/* Run the job in a thread of that name, or, for commands, of the name spans_a. */
int spans_run_thread(struct spans_job *job, const char *comm);
/*
 * Run two jobs at once, in the threads spans_a and spans_b, the latter first. @a and @b
 * are set before either runs. Returns what job_a does.
 */
int spans_run_pair(struct spans_job *job_a, struct spans_job *job_b, struct task_struct **a,
		   struct task_struct **b);
int spans_start_thread(struct spans_job *job);

/* Turn until ns have passed. Returns how long that took in fact. */
static __always_inline u64 spans_spin(u64 ns)
{
	u64 start = sched_clock();
	u64 now;

	do {
		cpu_relax();
		now = sched_clock();
	} while (now - start < ns);

	return now - start;
}

/* Sleep, unless that would take longer than was asked for. */
static inline void spans_sleep(unsigned int us)
{
	if (us < 50)
		udelay(us);
	else
		usleep_range(us, us + 50);
}

static inline u64 spans_job_ns(const struct spans_job *job)
{
	return (u64)job->us * NSEC_PER_USEC;
}

#endif /* _IRQSPAN_SPANS_H */
