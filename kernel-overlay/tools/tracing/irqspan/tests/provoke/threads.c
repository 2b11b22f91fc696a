// SPDX-License-Identifier: GPL-2.0
/* Acts of processes that have n threads or children, which the kernel goes through one by one */
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "provoke.h"

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return NULL;
}

static void sleep_for_ever(int unused)
{
	sleep_on(NULL);
}

/* A process that has n threads */
static void hold_threads(int n)
{
	start_threads(n, sleep_on, NULL);
	sleep_on(NULL);
}

void do_threads(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_on(0, cpu);
	hold_threads(n);
}

static void *end_at_once(void *unused)
{
	return NULL;
}

static void *begin_and_end(void *unused)
{
	for (;;) {
		start_threads(1, end_at_once, NULL);
		pause_ms(1);
	}
	return NULL;
}

/* A process of n threads, some of which end, asks the kernel about itself, for 3 s. */
static void ask(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(void))
{
	int64_t begin;

	run_on(0, other);
	start_threads(n, sleep_on, NULL);
	start_threads(1, begin_and_end, NULL);
	run_on(0, cpu);
	begin = now_ms();
	do
		act();
	while (now_ms() - begin < 3000);
}

static void ask_usage(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
}

/* The process asks how much CPU time it has used. */
void do_usage(unsigned int cpu, unsigned int other, unsigned int n)
{
	ask(cpu, other, n, ask_usage);
}

static void read_stat(void)
{
	int fd = open("/proc/self/stat", O_RDONLY);
	char text[4096];

	if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
		err(1, "/proc/self/stat");
	close(fd);
}

/* The process reads its /proc/PID/stat. */
void do_stat(unsigned int cpu, unsigned int other, unsigned int n)
{
	ask(cpu, other, n, read_stat);
}

/* A process of n threads ends on that CPU, again and again. */
static void end_there(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(void))
{
	unsigned int times;
	pid_t child;

	run_on(0, other);
	for (times = 0; times < 3; times++) {
		child = fork();
		if (child < 0)
			err(1, "cannot fork");
		if (!child) {
			start_threads(n, sleep_on, NULL);
			run_on(0, cpu);
			act();
		}
		waitpid(child, NULL, 0);
	}
}

static void exit_now(void)
{
	_exit(0);
}

void do_exits(unsigned int cpu, unsigned int other, unsigned int n)
{
	end_there(cpu, other, n, exit_now);
}

static void leave_core(void)
{
	abort();
}

/* The process dumps core as it ends. */
void do_core(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &all);
	end_there(cpu, other, n, leave_core);
}

/* Start a process of n threads elsewhere, and wait until it has all of them. */
static pid_t start_process(unsigned int other, unsigned int n)
{
	pid_t child = start(other, hold_threads, n);

	run_on(0, other);
	pause_ms(1500);
	return child;
}

/* A process of n threads elsewhere is killed from there, again and again. */
void do_kill(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times;
	pid_t child;

	for (times = 0; times < 5; times++) {
		child = start_process(other, n);
		run_on(0, cpu);
		end(child);
	}
}

/* A process of n threads elsewhere is stopped and continued from there. */
void do_stop(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child = start_process(other, n);
	unsigned int times;

	run_on(0, cpu);
	for (times = 0; times < 10; times++) {
		kill(child, times % 2 ? SIGCONT : SIGSTOP);
		pause_ms(300);
	}
	end(child);
}

static void *wait_for_event(void *fd)
{
	struct pollfd event = { .fd = *(int *)fd, .events = POLLIN };

	for (;;)
		poll(&event, 1, -1);
	return NULL;
}

/* n threads wait for the same event, and are all woken up by it. */
void do_herd(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	unsigned int times;
	uint64_t one = 1;

	if (fd < 0)
		err(1, "eventfd");
	run_on(0, other);
	start_threads(n, wait_for_event, &fd);
	pause_ms(500);
	run_on(0, cpu);
	for (times = 0; times < 10; times++) {
		if (write(fd, &one, sizeof(one)) != sizeof(one))
			err(1, "cannot write to an event");
		if (read(fd, &one, sizeof(one)) != sizeof(one))
			err(1, "cannot read an event");
		one = 1;
		pause_ms(200);
	}
}

/* A process that has n children ends there, again and again. */
void do_orphans(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times, i;
	int ends[2];
	char c;

	run_on(0, other);
	for (times = 0; times < 3; times++) {
		if (fork()) {
			wait(NULL);
			continue;
		}
		/* The children read from a pipe, and end when their parent, the writer, is gone. */
		if (pipe(ends))
			err(1, "pipe");
		for (i = 0; i < n; i++) {
			if (!fork()) {
				close(ends[1]);
				_exit(read(ends[0], &c, 1) != 0);
			}
		}
		run_on(0, cpu);
		_exit(0);
	}
}

/* All n threads of a process get a filter of system calls. */
void do_sandbox(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0x7fff0000) };
	struct sock_fprog filter = { .len = ARRAY_SIZE(all), .filter = all };
	unsigned int times;

	run_on(0, other);
	start_threads(n, sleep_on, NULL);
	run_on(0, cpu);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (times = 0; times < 10; times++) {
		/* SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC */
		if (syscall(SYS_seccomp, 1, 1, &filter))
			err(1, "seccomp");
		pause_ms(20);
	}
}

/* Block a signal in this task, and in the children that it has from now on. */
static void block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * A socket tells who owns it by a signal that it has something for them: a group of n processes,
 * or just this one.
 */
static void notify(unsigned int cpu, unsigned int other, unsigned int n, bool all)
{
	unsigned int times;
	int fd[2];
	char byte;

	if (setpgid(0, 0) || socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		err(1, "cannot be notified");
	block(SIGIO);
	run_on(0, other);
	for (times = 0; times < n; times++)
		start(other, sleep_for_ever, -1);
	if (fcntl(fd[0], F_SETOWN, all ? -getpid() : getpid()) ||
	    fcntl(fd[0], F_SETFL, O_ASYNC))
		err(1, "cannot be notified");
	run_on(0, cpu);
	for (times = 0; times < 20; times++) {
		if (write(fd[1], "", 1) != 1 || read(fd[0], &byte, 1) != 1)
			err(1, "cannot write to a socket");
		pause_ms(5);
	}
}

void do_notify_all(unsigned int cpu, unsigned int other, unsigned int n)
{
	notify(cpu, other, n, true);
}

void do_notify(unsigned int cpu, unsigned int other, unsigned int n)
{
	notify(cpu, other, n, false);
}

/* A task that leaves n signals waiting takes others. */
void do_queued(unsigned int cpu, unsigned int other, unsigned int n)
{
	const struct rlimit limit = { n + 100, n + 100 };
	const union sigval nothing = { 0 };
	unsigned int times;
	sigset_t wanted;

	if (setrlimit(RLIMIT_SIGPENDING, &limit))
		err(1, "cannot have so many signals");
	block(SIGRTMIN + 1);
	block(SIGRTMIN + 2);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGRTMIN + 2);
	run_on(0, cpu);
	for (times = 0; times < n; times++) {
		if (sigqueue(getpid(), SIGRTMIN + 1, nothing))
			err(1, "cannot queue a signal");
	}
	for (times = 0; times < 20; times++) {
		if (sigqueue(getpid(), SIGRTMIN + 2, nothing) || sigwaitinfo(&wanted, NULL) < 0)
			err(1, "cannot take a signal");
		pause_ms(5);
	}
}

static atomic_bool is_busy;

static void *stay_busy(void *cpu)
{
	run_on(0, *(unsigned int *)cpu);
	is_busy = true;
	for (;;)
		relax();
	return NULL;
}

/* Processes elsewhere end, or start another program, while each has a busy thread there. */
static void leave_thread(unsigned int cpu, unsigned int other, unsigned int n, bool program)
{
	pid_t child;

	run_on(0, other);
	while (n--) {
		child = fork();
		if (child < 0)
			err(1, "cannot fork");
		if (!child) {
			start_threads(1, stay_busy, &cpu);
			while (!is_busy)
				pause_ms(1);
			pause_ms(5);
			if (program)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

void do_quit(unsigned int cpu, unsigned int other, unsigned int n)
{
	leave_thread(cpu, other, n, false);
}

void do_exec(unsigned int cpu, unsigned int other, unsigned int n)
{
	leave_thread(cpu, other, n, true);
}

static void start_child(void)
{
	sigset_t set;
	pid_t child;

	/* So that the busy thread gets the signal */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

/* A process has a busy thread there, and children elsewhere, which end. */
void do_children(unsigned int cpu, unsigned int other, unsigned int n)
{
	signal(SIGCHLD, ignore);
	beside_busy_thread(cpu, other, n, start_child);
}

/*
 * A thread of low priority holds a mutex there, and cannot go on because of one of middle priority.
 * A thread of high priority elsewhere wants the mutex, and lends the former its own priority.
 */
static pthread_mutex_t lent;
static sem_t wanted, held, in_between;
static atomic_bool in_the_way;

static void set_priority(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	errno = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	if (errno)
		err(1, "cannot run with SCHED_FIFO");
}

static void *hold(void *cpu)
{
	run_on(0, *(unsigned int *)cpu);
	set_priority(1);
	for (;;) {
		sem_wait(&wanted);
		pthread_mutex_lock(&lent);
		sem_post(&held);
		while (!in_the_way)
			relax();
		pthread_mutex_unlock(&lent);
	}
	return NULL;
}

static void *be_in_the_way(void *cpu)
{
	run_on(0, *(unsigned int *)cpu);
	set_priority(2);
	for (;;) {
		sem_wait(&in_between);
		in_the_way = true;
		while (in_the_way)
			relax();
	}
	return NULL;
}

void do_lend(unsigned int cpu, unsigned int other, unsigned int n)
{
	pthread_mutexattr_t inherits;

	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&lent, &inherits);
	run_on(0, other);
	start_threads(1, hold, &cpu);
	start_threads(1, be_in_the_way, &cpu);
	set_priority(3);
	while (n--) {
		sem_post(&wanted);
		sem_wait(&held);
		sem_post(&in_between);
		while (!in_the_way)
			pause_ms(1);
		pthread_mutex_lock(&lent);
		in_the_way = false;
		pthread_mutex_unlock(&lent);
		pause_ms(5);
	}
}
