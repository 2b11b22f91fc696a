/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers that expire on CPUs that are to be left alone, and for whom they do.
 *
 * The kernel's own events tell when the function of a timer begins and ends on a CPU, and
 * whom it wakes up meanwhile, or sends a signal, or what work it queues. A timer for which a
 * task of that CPU waits is that task's own, and is only counted, unless it interrupts a
 * task of another process. All others disturb.
 */
#ifndef IRQSPAN_EXPIRIES_H
#define IRQSPAN_EXPIRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "cpus.h"
#include "records.h"
#include "session.h"

/* For whom a timer expired */
enum expiry_for {
	EXPIRY_OWN,		/* a task of this CPU, and nobody else ran there */
	EXPIRY_NOBODY,		/* the kernel or a driver; or a task that did not wait for it */
	EXPIRY_THREAD,		/* a thread of the kernel, or work that one is to do */
	EXPIRY_TASK,		/* a task of this CPU, while one of another process ran */
	EXPIRY_ELSEWHERE,	/* a task that is on another CPU */
};

/**
 * struct expiry - a timer expired
 * @cpu: on this CPU
 * @wheel: it is one of the wheel, else an hrtimer
 * @function: its function
 * @work: function of the work that it queued, or 0
 * @ran: how long its function ran, ns; 0 if that is not known
 * @whom: for whom
 * @comm: the task or thread; "" if there is none
 */
struct expiry {
	unsigned int	cpu;
	bool		wheel;
	uint64_t	function;
	uint64_t	work;
	uint64_t	ran;
	enum expiry_for	whom;
	char		comm[32];
};

/**
 * struct task - what is to be known of a task
 * @pid: its number; 0: that of a CPU that is idle
 * @process: the number of its process
 * @thread: it is a thread of the kernel
 * @cpus: where it may run; empty if that is not known
 */
struct task {
	int		pid;
	int		process;
	bool		thread;
	struct set	cpus;
};

/* From /proc. Of a task that is gone, its number alone is known. */
void task_read(struct task *task, int pid);

struct expiries;

/*
 * @cpus: on these CPUs; @each is called for each timer that is not a task's own; @read:
 * task_read()
 */
struct expiries *expiries_new(const struct set *cpus,
			      void (*each)(const struct expiry *expiry, void *data), void *data,
			      void (*read)(struct task *task, int pid));
void expiries_free(struct expiries *expiries);

/* The events that it takes, ended by one without a name. They belong to it. */
const struct session_event *expiries_events(const struct expiries *expiries);

/*
 * A record of one of them, in the order of each CPU; @lost: how many were lost up to it. Of
 * others, and of other CPUs, it takes no notice.
 */
void expiries_add_record(struct expiries *expiries, const struct record *record, uint64_t lost);
/* There are no more: those that run still have expired, too. */
void expiries_end(struct expiries *expiries);

/*
 * Tasks whose own timers expired, as "cyclictest 500 times, app 1 time"; NULL if there were
 * none. To be freed.
 */
char *expiries_own(const struct expiries *expiries);

#endif
