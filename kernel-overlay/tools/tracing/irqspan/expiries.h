/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers that expire on CPUs that are to be left alone, and for whom they do.
 *
 * The kernel's own events tell when the function of a timer begins and ends on a CPU, which
 * task it wakes up or sends a signal, and which work it queues. If a task of that CPU waits
 * for the timer, the timer is the task's own. It is only counted, unless it interrupts a task
 * of another process. All other timers disturb the CPU.
 *
 * A CPU is also interrupted for a timer that is not there any more: if another CPU cancels it, or
 * starts it anew, the clock of the CPU that had it stays set.
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
	EXPIRY_NONE,		/* the interrupt came, and no timer expired */
};

/**
 * struct expiry - a timer expired, or the interrupt came for nothing
 * @cpu: CPU that it expired on
 * @wheel: it is a timer of the wheel, else an hrtimer
 * @function: its function; 0 if none expired
 * @work: function of the work that it queued, or 0
 * @ran: how long its function ran, ns; 0 if that is not known
 * @whom: for whom it expired
 * @comm: name of the task or thread that it expired for; "" if there is none
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
 * struct task - what /proc tells of a task
 * @pid: its number; 0: the idle task of a CPU
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

/* Read about a task from /proc. If it is gone, only its number is known. */
void task_read(struct task *task, int pid);

struct expiries;

/*
 * Watch these @cpus. @each is called for each timer that is not a task's own. @read is
 * task_read(), or takes its place in a test.
 */
struct expiries *expiries_new(const struct set *cpus,
			      void (*each)(const struct expiry *expiry, void *data), void *data,
			      void (*read)(struct task *task, int pid));
void expiries_free(struct expiries *expiries);

/* The events to record for it, ended by one without a name. @expiries owns them. */
const struct session_event *expiries_events(const struct expiries *expiries);

/*
 * Add a record; those of one CPU have to come in order. @lost: how many records were lost
 * before it. Ignores other events, and other CPUs.
 */
void expiries_add_record(struct expiries *expiries, const struct record *record, uint64_t lost);
/* No more records come: report the timers whose functions are still running, too. */
void expiries_end(struct expiries *expiries);

/*
 * Tasks whose own timers expired, as "cyclictest 500 times, app 1 time"; NULL if there were
 * none. To be freed.
 */
char *expiries_own(const struct expiries *expiries);

#endif
