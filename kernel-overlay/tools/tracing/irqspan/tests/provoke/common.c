// SPDX-License-Identifier: GPL-2.0
/* What acts are made of: time, threads and processes on a CPU, memory. See provoke.h. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "provoke.h"

void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void spin_ms(long ms)
{
	int64_t begin = now_ms();

	do
		relax();
	while (now_ms() - begin < ms);
}

void run_on(pid_t pid, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		err(1, "cannot run on CPU %u", cpu);
}

static atomic_bool busy_runs, busy_ends;

static void *keep_busy(void *cpu)
{
	run_on(0, *(unsigned int *)cpu);
	busy_runs = true;
	while (!busy_ends)
		relax();
	return NULL;
}

void beside_busy_thread(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(void))
{
	pthread_t thread;

	run_on(0, other);
	errno = pthread_create(&thread, NULL, keep_busy, &cpu);
	if (errno)
		err(1, "cannot start a thread");
	while (!busy_runs)
		pause_ms(1);
	while (n--) {
		act();
		pause_ms(2);
	}
	busy_ends = true;
	pthread_join(thread, NULL);
}

void start_threads(unsigned int n, void *(*act)(void *), void *data)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	while (n--) {
		errno = pthread_create(&thread, &attributes, act, data);
		if (errno)
			err(1, "cannot start so many threads");
	}
}

pid_t start(unsigned int cpu, void (*act)(int fd), int fd)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		err(1, "cannot fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A parent that has ended by now sends no signal. */
	if (getppid() != parent)
		_exit(0);
	run_on(0, cpu);
	act(fd);
	_exit(0);
}

void turn_clock(int seconds)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += seconds;
	if (clock_settime(CLOCK_REALTIME, &time))
		err(1, "cannot set the clock");
}

void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

void run_for(unsigned int cpu, unsigned int other, void (*act)(int fd), long ms)
{
	pid_t child;

	run_on(0, other);
	child = start(cpu, act, -1);
	pause_ms(ms);
	end(child);
}

void write_to(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(int fd), long ms)
{
	pid_t child;
	int fd[2];

	if (pipe(fd))
		err(1, "cannot make a pipe");
	run_on(0, other);
	child = start(cpu, act, fd[0]);
	pause_ms(ms);
	while (n--) {
		pause_ms(5);
		if (write(fd[1], "", 1) != 1)
			err(1, "cannot write to a pipe");
	}
	end(child);
}

void spin(int unused)
{
	for (;;)
		relax();
}

void read_on(int fd)
{
	char c;

	while (read(fd, &c, 1) == 1)
		;
}

void ignore(int unused)
{
}

void *map_private(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		err(1, "cannot map memory");
	return map;
}

void *map_shared(int fd, size_t size)
{
	void *map;

	if (fd < 0 || ftruncate(fd, size))
		err(1, "no file of that size");
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "cannot map a file");
	return map;
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}
