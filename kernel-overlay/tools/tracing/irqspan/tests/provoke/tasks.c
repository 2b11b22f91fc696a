// SPDX-License-Identifier: GPL-2.0
/* Acts of and on tasks: they are moved, woken up, sent signals, traced, or just busy. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "provoke.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif

/* A task is busy there. */
void do_spin(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, spin, 10 * n);
}

/* The task that is busy there gets signals. */
void do_signal(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	signal(SIGUSR1, ignore);
	child = start(cpu, spin, -1);
	while (n--) {
		pause_ms(20);
		kill(child, SIGUSR1);
	}
	end(child);
}

/* A busy task there is told by a signal that something was written to its pipe. */
static void want_signals(int fd)
{
	char text[64];

	signal(SIGIO, ignore);
	if (fcntl(fd, F_SETOWN, getpid()) || fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK))
		err(1, "cannot have signals for a pipe");
	for (;;) {
		spin_ms(1);
		while (read(fd, text, sizeof(text)) > 0)
			;
	}
}

void do_async(unsigned int cpu, unsigned int other, unsigned int n)
{
	write_to(cpu, other, n, want_signals, 500);
}

/* A busy task there ends with the process elsewhere that started it. */
void do_bereaved(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t parent;

	run_on(0, other);
	while (n--) {
		parent = fork();
		if (parent < 0)
			err(1, "cannot fork");
		if (!parent) {
			start(cpu, spin, -1);
			pause_ms(20);
			_exit(0);
		}
		waitpid(parent, NULL, 0);
	}
}

/* A task there sends a signal to itself now and then. */
void do_killed(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	while (n--) {
		pause_ms(20);
		raise(SIGUSR1);
	}
}

/* A task that is busy is moved there, and away again. */
void do_move(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	child = start(other, spin, -1);
	while (n--) {
		pause_ms(2);
		run_on(child, cpu);
		pause_ms(2);
		run_on(child, other);
	}
	end(child);
}

/* A task that waits there is woken up. */
void do_wake(unsigned int cpu, unsigned int other, unsigned int n)
{
	write_to(cpu, other, n, read_on, 0);
}

/* A task of higher priority is woken up while another task keeps the CPU busy. */
static void read_first(int fd)
{
	struct sched_param param = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "cannot run with SCHED_FIFO");
	read_on(fd);
}

void do_preempt(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t spinning;

	run_on(0, other);
	spinning = start(cpu, spin, -1);
	write_to(cpu, other, n, read_first, 0);
	end(spinning);
}

/* The policy of the task that is busy there is changed, again and again. */
void do_policy(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sched_param low = { 0 }, high = { 1 };
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		pause_ms(20);
		if (sched_setscheduler(child, SCHED_RR, &high) ||
		    sched_setscheduler(child, SCHED_OTHER, &low))
			err(1, "sched_setscheduler");
	}
	end(child);
}

/* The task that is busy there is stopped, and continued, again and again. */
void do_limit(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		pause_ms(10);
		kill(child, SIGSTOP);
		pause_ms(10);
		kill(child, SIGCONT);
	}
	end(child);
}

/* Two tasks are busy there, and the nice value of one is changed, again and again. */
void do_renice(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child, beside;

	run_on(0, other);
	child = start(cpu, spin, -1);
	beside = start(cpu, spin, -1);
	while (n--) {
		pause_ms(20);
		if (setpriority(PRIO_PROCESS, child, 10) || setpriority(PRIO_PROCESS, child, 0))
			err(1, "setpriority");
	}
	end(beside);
	end(child);
}

/* n busy tasks on @other may suddenly also run on @cpu, which pulls some of them. */
void do_crowd(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times, i, nr = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t *child = calloc(n, sizeof(*child));
	cpu_set_t both;

	if (!child)
		err(1, "no memory");
	CPU_ZERO(&both);
	CPU_SET(cpu, &both);
	CPU_SET(other, &both);
	for (i = 0; i < n; i++)
		child[i] = start(other, spin, -1);
	setpriority(PRIO_PROCESS, 0, -20);
	run_on(0, (other + 1) % nr == cpu ? (other + 2) % nr : (other + 1) % nr);
	for (times = 0; times < 4; times++) {
		for (i = 0; i < n; i++)
			sched_setaffinity(child[i], sizeof(both), &both);
		pause_ms(200);
		for (i = 0; i < n; i++)
			run_on(child[i], other);
	}
	for (i = 0; i < n; i++)
		end(child[i]);
}

/* Another task stops the one that is busy there by ptrace(), as a profiler does. */
void do_trace(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	pause_ms(100);
	while (n--) {
		if (ptrace(PTRACE_SEIZE, child, 0, 0) || ptrace(PTRACE_INTERRUPT, child, 0, 0))
			err(1, "cannot trace");
		waitpid(child, NULL, 0);
		if (ptrace(PTRACE_DETACH, child, 0, 0))
			err(1, "cannot end tracing");
		pause_ms(5);
	}
	end(child);
}

/* A task that is traced elsewhere tells its tracer, which waits there, of each system call. */
static void be_traced(int calls)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		err(1, "cannot be traced");
	while (calls--) {
		getppid();
		pause_ms(5);
	}
	_exit(0);
}

void do_tell(unsigned int cpu, unsigned int other, unsigned int n)
{
	int status = 0;
	pid_t child;

	run_on(0, cpu);
	child = start(other, be_traced, n);
	while (waitpid(child, &status, 0) == child && !WIFEXITED(status)) {
		if (ptrace(PTRACE_SYSCALL, child, 0, 0))
			err(1, "cannot trace");
	}
}

/*
 * There are @n processes, and another one has the kernel go through the list of all of them
 * again and again, while one there begins and ends, for 2 s.
 */
static void go_through_list(int unused)
{
	for (;;)
		kill(-1, 0);
}

static void sleep_long(int unused)
{
	for (;;)
		pause();
}

void do_list(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t *children = calloc(n, sizeof(*children)), walker, child;
	unsigned int i;
	int64_t end_ms;

	if (!children)
		err(1, "calloc");
	for (i = 0; i < n; i++)
		children[i] = start(other, sleep_long, -1);
	run_on(0, cpu);
	walker = start(other, go_through_list, -1);
	for (end_ms = now_ms() + 2000; now_ms() < end_ms; ) {
		child = fork();
		if (!child)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			err(1, "fork");
	}
	end(walker);
	while (n--)
		end(children[n]);
	free(children);
}

/* A long system call that takes the same number of instructions in each kernel version */
static void fill(int unused)
{
	size_t size = 64 << 20;
	char *memory = map_private(size);

	for (;;) {
		if (getrandom(memory, size, 0) < 0)
			err(1, "cannot get random numbers");
	}
}

void do_syscalls(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, fill, 10 * n);
}

/* struct sched_attr: older C libraries have none. */
struct deadline {
	uint32_t	size;
	uint32_t	policy;
	uint64_t	flags;
	int32_t		nice;
	uint32_t	priority;
	uint64_t	runtime;
	uint64_t	deadline;
	uint64_t	period;
};

/* A deadline task uses up its runtime. It runs on any CPU, because it cannot be bound to one. */
void do_deadline(unsigned int cpu, unsigned int other, unsigned int n)
{
	const struct deadline deadline = {
		.size		= sizeof(deadline),
		.policy		= SCHED_DEADLINE,
		.runtime	= 3000000,
		.deadline	= 10000000,
		.period		= 10000000,
	};

	if (syscall(SYS_sched_setattr, 0, &deadline, 0))
		err(1, "cannot have deadlines");
	spin_ms(10 * n);
}

/* The busy task writes to the kernel log now and then. */
void do_log(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = open("/dev/kmsg", O_WRONLY);

	run_on(0, cpu);
	while (n--) {
		spin_ms(50);
		if (write(fd, "<7>provoke", 10) != 10)
			err(1, "/dev/kmsg");
	}
}

/* A task there makes n semaphores, and removes them again. */
void do_semaphores(unsigned int cpu, unsigned int other, unsigned int n)
{
	const key_t first = 0x69720000;
	int id;

	(void)other;
	run_on(0, cpu);
	for (unsigned int i = 0; i < n; i++) {
		if (semget(first + i, 1, IPC_CREAT | 0600) < 0)
			err(1, "semget");
	}
	for (unsigned int i = 0; i < n; i++) {
		id = semget(first + i, 1, 0);
		if (id < 0 || semctl(id, 0, IPC_RMID))
			err(1, "cannot remove a semaphore");
	}
}
