// SPDX-License-Identifier: GPL-2.0
/* Timers that expire on CPUs that are to be left alone: see expiries.h. */
#include <string.h>

#include "expiries.h"
#include "utils.h"

/* Levels at which timer functions run: a hard interrupt may hit the softirq of timers. */
enum { IN_SOFTIRQ, IN_HARDIRQ, NR_LEVELS };

/**
 * struct running - a timer function that runs
 * @expiry: what is known so far; its function is 0 if none runs
 * @timer: address of the timer
 * @begin: when it began, ns
 * @interrupted: the task that was interrupted
 * @woken: the task that the function woke up or sent a signal; 0 if there is none
 * @target: CPU that this task was woken up on; -1 if it was sent a signal
 */
struct running {
	struct expiry	expiry;
	uint64_t	timer;
	uint64_t	begin;
	int		interrupted;
	int		woken;
	int		target;
};

/**
 * struct known_timer - a timer that was a task's own when it expired last
 * @timer: its address
 * @function: its function
 * @cpu: CPU that it expired on
 * @pid: the task's pid
 * @comm: the task's name
 */
struct known_timer {
	uint64_t	timer;
	uint64_t	function;
	unsigned int	cpu;
	int		pid;
	char		comm[32];
};

/* How many known timers are remembered: those that expired last */
#define KNOWN_TIMERS	256

/* How often a task's own timers expired */
struct owner {
	char		comm[32];
	uint64_t	count;
};

#define MOST_EVENTS	11

struct expiries {
	struct set		cpus;
	void			(*each)(const struct expiry *expiry, void *data);
	void			*data;
	void			(*read)(struct task *task, int pid);
	char			*on_cpus;
	char			*in_interrupts;
	char			*timer_interrupts;
	struct session_event	events[MOST_EVENTS];
	struct running		(*running)[NR_LEVELS];
	bool			*awaited;
	unsigned int		nr_cpus;
	uint64_t		lost;
	struct task		*task;
	unsigned int		nr_tasks;
	unsigned int		tasks_room;
	struct known_timer	known[KNOWN_TIMERS];
	unsigned int		next_known;
	struct owner		*owner;
	unsigned int		nr_owners;
	unsigned int		owners_room;
};

/* The value of a line "NAME:\tVALUE" in a file of /proc; NULL if there is none */
static const char *find_value(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? line + strlen(name) : NULL;
}

/* As the kernel's PF_KTHREAD, in the ninth column of /proc/PID/stat */
#define KERNEL_THREAD	0x00200000

static bool is_kernel_thread(const char *stat)
{
	const char *end = strrchr(stat, ')');
	unsigned int flags;

	return end && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & KERNEL_THREAD;
}

void task_read(struct task *task, int pid)
{
	char *path, *text;
	const char *value;

	*task = (struct task){ .pid = pid, .process = pid };
	if (!pid)
		return;
	path = xprintf("/proc/%d/stat", pid);
	text = try_read_file(path, NULL);
	task->thread = text && is_kernel_thread(text);
	free(text);
	free(path);
	path = xprintf("/proc/%d/status", pid);
	text = try_read_file(path, NULL);
	free(path);
	if (!text)
		return;
	value = find_value(text, "\nTgid:\t");
	if (value)
		task->process = atoi(value);
	value = find_value(text, "\nCpus_allowed_list:\t");
	if (value) {
		char *list = xstrdup(value);

		list[strcspn(list, "\n")] = '\0';
		set_parse(&task->cpus, list);
		free(list);
	}
	free(text);
}

/* Look up a task in /proc, or in a cache. The result is valid until the next call. */
static const struct task *find_task(struct expiries *expiries, int pid)
{
	struct task *task;

	for (unsigned int i = 0; i < expiries->nr_tasks; i++) {
		if (expiries->task[i].pid == pid)
			return &expiries->task[i];
	}
	xgrow(expiries->task, expiries->nr_tasks, expiries->tasks_room);
	task = &expiries->task[expiries->nr_tasks++];
	expiries->read(task, pid);
	return task;
}

struct expiries *expiries_new(const struct set *cpus,
			      void (*each)(const struct expiry *expiry, void *data), void *data,
			      void (*read)(struct task *task, int pid))
{
	struct expiries *expiries = xalloc(sizeof(*expiries));
	struct session_event *event = expiries->events;

	set_union(&expiries->cpus, cpus);
	expiries->each = each;
	expiries->data = data;
	expiries->read = read;
	expiries->nr_cpus = cpus->size;
	expiries->running = xalloc((cpus->size + 1) * sizeof(*expiries->running));
	/* An interrupt came, and no hrtimer has expired since. */
	expiries->awaited = xalloc((cpus->size + 1) * sizeof(*expiries->awaited));
	if (set_is_empty(cpus))
		return expiries;
	expiries->on_cpus = cpus_filter(cpus);
	/* Timer functions run in interrupts: ignore events of tasks. */
	expiries->in_interrupts = xprintf("(%s) && common_flags & %d", expiries->on_cpus,
					  TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ);
	*event++ = (struct session_event){ "timer", "hrtimer_expire_entry", expiries->on_cpus };
	*event++ = (struct session_event){ "timer", "hrtimer_expire_exit", expiries->on_cpus };
	*event++ = (struct session_event){ "timer", "timer_expire_entry", expiries->on_cpus };
	*event++ = (struct session_event){ "timer", "timer_expire_exit", expiries->on_cpus };
	*event++ = (struct session_event){ "sched", "sched_waking", expiries->in_interrupts };
	*event++ = (struct session_event){ "signal", "signal_generate", expiries->in_interrupts };
	*event++ = (struct session_event){ "workqueue", "workqueue_queue_work",
					   expiries->in_interrupts };
	/*
	 * The interrupt that a CPU has its timers from: x86 has an event for it, ARM and RISC-V
	 * have a name that always stands for it.
	 */
	expiries->timer_interrupts =
		xprintf("(name == \"arch_timer\" || name == \"riscv-timer\") && (%s)",
			expiries->on_cpus);
	*event++ = (struct session_event){ "irq_vectors", "local_timer_entry",
					   expiries->on_cpus };
	*event++ = (struct session_event){ "irq", "irq_handler_entry",
					   expiries->timer_interrupts };
	/* For causes_add_record(), of the same CPUs: what keeps the tick of each going */
	*event++ = (struct session_event){ "timer", "tick_stop", expiries->on_cpus };
	return expiries;
}

void expiries_free(struct expiries *expiries)
{
	for (unsigned int i = 0; i < expiries->nr_tasks; i++)
		set_free(&expiries->task[i].cpus);
	free(expiries->task);
	free(expiries->owner);
	free(expiries->running);
	free(expiries->awaited);
	free(expiries->timer_interrupts);
	free(expiries->on_cpus);
	free(expiries->in_interrupts);
	set_free(&expiries->cpus);
	free(expiries);
}

const struct session_event *expiries_events(const struct expiries *expiries)
{
	return expiries->events;
}

static enum expiry_for find_whom(struct expiries *expiries, const struct running *running)
{
	unsigned int cpu = running->expiry.cpu;
	const struct task *task;
	int process;
	bool here;

	if (running->expiry.work)
		return EXPIRY_THREAD;
	if (!running->woken)
		return EXPIRY_NOBODY;
	task = find_task(expiries, running->woken);
	/* A task that gets a signal need not be woken up: then go by where it may run. */
	here = running->target >= 0 ? (unsigned int)running->target == cpu :
				      set_is_empty(&task->cpus) || set_has(&task->cpus, cpu);
	if (!here)
		return EXPIRY_ELSEWHERE;
	if (task->thread)
		return EXPIRY_THREAD;
	process = task->process;
	if (!running->interrupted)
		return EXPIRY_OWN;
	task = find_task(expiries, running->interrupted);
	return task->thread || task->process == process ? EXPIRY_OWN : EXPIRY_TASK;
}

static void count_own(struct expiries *expiries, const char *comm)
{
	struct owner *owner = NULL;

	for (unsigned int i = 0; i < expiries->nr_owners && !owner; i++) {
		if (!strcmp(expiries->owner[i].comm, comm))
			owner = &expiries->owner[i];
	}
	if (!owner) {
		xgrow(expiries->owner, expiries->nr_owners, expiries->owners_room);
		owner = &expiries->owner[expiries->nr_owners++];
		*owner = (struct owner){ .count = 0 };
		snprintf(owner->comm, sizeof(owner->comm), "%s", comm);
	}
	owner->count++;
}

static struct known_timer *find_known(struct expiries *expiries, const struct running *running)
{
	for (unsigned int i = 0; i < KNOWN_TIMERS; i++) {
		struct known_timer *known = &expiries->known[i];

		if (known->timer == running->timer && known->cpu == running->expiry.cpu &&
		    known->function == running->expiry.function)
			return known;
	}
	return NULL;
}

static void remember(struct expiries *expiries, const struct running *running)
{
	struct known_timer *known = find_known(expiries, running);

	if (!known)
		known = &expiries->known[expiries->next_known++ % KNOWN_TIMERS];
	*known = (struct known_timer){
		.timer		= running->timer,
		.function	= running->expiry.function,
		.cpu		= running->expiry.cpu,
		.pid		= running->woken,
	};
	memcpy(known->comm, running->expiry.comm, sizeof(known->comm));
}

/* A task that was awake already, as by a signal, is not woken up by its timer this time. */
static void find_awake(struct expiries *expiries, struct running *running)
{
	const struct known_timer *known = find_known(expiries, running);

	if (!known)
		return;
	running->woken = known->pid;
	running->target = known->cpu;
	memcpy(running->expiry.comm, known->comm, sizeof(known->comm));
}

static void finish(struct expiries *expiries, struct running *running)
{
	if (!running->expiry.function)
		return;
	if (!running->woken && !running->expiry.work)
		find_awake(expiries, running);
	running->expiry.whom = find_whom(expiries, running);
	if (running->expiry.whom == EXPIRY_OWN) {
		remember(expiries, running);
		count_own(expiries, running->expiry.comm);
	} else {
		expiries->each(&running->expiry, expiries->data);
	}
	*running = (struct running){ .target = -1 };
}

static void begin(struct expiries *expiries, struct running *running,
		  const struct record *record)
{
	/* Another function is still running here: the record of its end was lost. */
	finish(expiries, running);
	*running = (struct running){
		.expiry = {
			.cpu		= record->cpu,
			.wheel		= record->type == RECORD_TIMER_ENTRY,
			.function	= record->function,
		},
		.timer		= record->timer,
		.begin		= record->time,
		.interrupted	= record->task,
		.target		= -1,
	};
}

static void end(struct expiries *expiries, struct running *running, const struct record *record)
{
	if (running->timer == record->timer && record->time > running->begin)
		running->expiry.ran = record->time - running->begin;
	finish(expiries, running);
}

/*
 * The first task that the function wakes up is the one that waited for the timer. A signal
 * does not tell a CPU, so that the wake-up which may follow it replaces it.
 */
static void note_task(struct running *running, const struct record *record, int target)
{
	if (!running->expiry.function || running->interrupted != record->task ||
	    running->target >= 0 || running->expiry.work)
		return;
	running->woken = record->pid;
	running->target = target;
	snprintf(running->expiry.comm, sizeof(running->expiry.comm), "%s", record->comm);
}

/* The function queued work: the task that it woke up is only the worker. */
static void note_work(struct running *running, const struct record *record)
{
	if (running->expiry.function && running->interrupted == record->task)
		running->expiry.work = record->function;
}

/*
 * The interrupt of @cpu came before, and no hrtimer expired, nor did one in the softirq that may
 * follow it.
 */
static void note_none(struct expiries *expiries, unsigned int cpu)
{
	struct expiry expiry = { .cpu = cpu, .whom = EXPIRY_NONE };

	if (expiries->awaited[cpu])
		expiries->each(&expiry, expiries->data);
	expiries->awaited[cpu] = false;
}

static void finish_all(struct expiries *expiries)
{
	for (unsigned int cpu = 0; cpu < expiries->nr_cpus; cpu++) {
		for (unsigned int level = 0; level < NR_LEVELS; level++)
			finish(expiries, &expiries->running[cpu][level]);
	}
}

void expiries_add_record(struct expiries *expiries, const struct record *record, uint64_t lost)
{
	struct running *running;

	if (!set_has(&expiries->cpus, record->cpu))
		return;
	if (lost != expiries->lost) {
		/* The next records may belong to functions whose begin was lost. */
		finish_all(expiries);
		memset(expiries->awaited, 0, expiries->nr_cpus * sizeof(*expiries->awaited));
		expiries->lost = lost;
	}
	running = &expiries->running[record->cpu][record->flags & TRACE_FLAG_HARDIRQ ?
						  IN_HARDIRQ : IN_SOFTIRQ];
	switch (record->type) {
	case RECORD_TIMER_INTERRUPT:
		note_none(expiries, record->cpu);
		expiries->awaited[record->cpu] = true;
		break;
	case RECORD_HRTIMER_ENTRY:
		expiries->awaited[record->cpu] = false;
		begin(expiries, running, record);
		break;
	case RECORD_TIMER_ENTRY:
		begin(expiries, running, record);
		break;
	case RECORD_HRTIMER_EXIT:
	case RECORD_TIMER_EXIT:
		end(expiries, running, record);
		break;
	case RECORD_WAKING:
		note_task(running, record, record->target_cpu);
		break;
	case RECORD_SIGNAL:
		note_task(running, record, -1);
		break;
	case RECORD_QUEUE_WORK:
		note_work(running, record);
		break;
	default:
		break;
	}
}

void expiries_end(struct expiries *expiries)
{
	finish_all(expiries);
	for (unsigned int cpu = 0; cpu < expiries->nr_cpus; cpu++)
		note_none(expiries, cpu);
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->comm, y->comm);
}

char *expiries_own(const struct expiries *expiries)
{
	char *text = NULL;
	size_t size;
	FILE *to;

	if (!expiries->nr_owners)
		return NULL;
	qsort(expiries->owner, expiries->nr_owners, sizeof(*expiries->owner), compare_owners);
	to = open_memstream(&text, &size);
	if (!to)
		fail("out of memory");
	for (unsigned int i = 0; i < expiries->nr_owners; i++)
		fprintf(to, "%s%s %llu time%s", i ? ", " : "", expiries->owner[i].comm,
			(unsigned long long)expiries->owner[i].count,
			expiries->owner[i].count == 1 ? "" : "s");
	fclose(to);
	return text;
}
