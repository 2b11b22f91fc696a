// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: replay WHAT CPU COUNT
 *
 * What a program does that disturbs CPUs, again and again: see scripts/guest/reports,
 * which runs it. The part of the program that is disturbed runs on that CPU, the one
 * that disturbs it on CPU 0, which has that name as the task's. WHAT is
 *   membarrier	a barrier for all threads of the process
 *   munmap	memory is unmapped that all threads may use
 *   timerfd	a thread on that CPU arms timers of 10 ms and waits for them
 *   tasklist	COUNT processes are there. On that CPU others come and go, while on the
 *		rest of the CPUs all are looked at, which takes tasklist_lock
 *   files	COUNT files are made, and most of them removed: of each slab that they
 *		took one object is left
 *   copies	100 packets are sent on that CPU to this machine itself, and each of COUNT
 *		sockets gets a copy of them
 * Prints how often it was done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/membarrier.h>

static volatile bool running, done;

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "CPU %d", cpu);
}

/* Runs in user space for as long as the other thread needs. */
static void *spin(void *cpu)
{
	run_on(*(int *)cpu);
	prctl(PR_SET_NAME, "victim");
	running = true;
	while (!done)
		;
	return NULL;
}

static void disturb_membarrier(void)
{
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		err(1, "membarrier");
}

static void disturb_munmap(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		err(1, "mmap");
	*page = 1;
	munmap(page, 4096);
}

static void disturb_thread(int cpu, int count, void (*disturb)(void))
{
	pthread_t thread;
	int i;

	run_on(0);
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		err(1, "membarrier");
	if (pthread_create(&thread, NULL, spin, &cpu))
		err(1, "thread");
	while (!running)
		usleep(1000);
	for (i = 0; i < count; i++) {
		disturb();
		usleep(2000);
	}
	done = true;
	pthread_join(thread, NULL);
	printf("%d\n", count);
}

static void timerfd(int cpu, int count)
{
	struct itimerspec in10 = { .it_value.tv_nsec = 10000000 };
	int i, fd = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t expired;

	if (fd < 0)
		err(1, "timerfd");
	run_on(cpu);
	for (i = 0; i < count; i++) {
		if (timerfd_settime(fd, 0, &in10, NULL) || read(fd, &expired, 8) != 8)
			err(1, "timerfd");
	}
	printf("%d\n", count);
}

static void tasklist(int cpu, int count)
{
	int i, cpus = sysconf(_SC_NPROCESSORS_ONLN), forks = 0, status;
	pid_t child;

	/* All of them go away with the first. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < count + cpus - 1; i++) {
		child = fork();
		if (child < 0)
			err(1, "fork");
		if (child)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (i < count)
			for (;;)
				pause();
		prctl(PR_SET_NAME, "reader");
		run_on((cpu + 1 + i - count) % cpus);
		/* Signal 0 only asks whether they are there. */
		for (;;)
			kill(-1, 0);
	}
	run_on(cpu);
	for (i = 0; i < 60; i++) {
		child = fork();
		if (!child)
			_exit(0);
		if (child > 0 && waitpid(child, &status, 0) == child)
			forks++;
	}
	printf("%d\n", forks);
	fflush(stdout);
}

static void files(int count)
{
	char name[64];
	int i, fd;

	mkdir("/tmp/slabs", 0700);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "/tmp/slabs/%d", i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			err(1, "%s", name);
		close(fd);
	}
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "/tmp/slabs/%d", i);
		if (i % 20)
			unlink(name);
	}
	printf("%d\n", count);
}

static void copies(int cpu, int count)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	struct rlimit limit = { count + 100, count + 100 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), i;

	if (fd < 0 || setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "socket");
	for (i = 0; i < count; i++) {
		if (socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IPV6)) < 0)
			err(1, "so many sockets");
	}
	run_on(cpu);
	for (i = 0; i < 100; i++) {
		sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to));
		usleep(10000);
	}
	printf("%d\n", i);
}

int main(int argc, char **argv)
{
	int cpu, count;

	if (argc != 4)
		errx(1, "usage: replay WHAT CPU COUNT");
	cpu = atoi(argv[2]);
	count = atoi(argv[3]);
	prctl(PR_SET_NAME, argv[1]);
	if (!strcmp(argv[1], "membarrier"))
		disturb_thread(cpu, count, disturb_membarrier);
	else if (!strcmp(argv[1], "munmap"))
		disturb_thread(cpu, count, disturb_munmap);
	else if (!strcmp(argv[1], "timerfd"))
		timerfd(cpu, count);
	else if (!strcmp(argv[1], "tasklist"))
		tasklist(cpu, count);
	else if (!strcmp(argv[1], "files"))
		files(count);
	else if (!strcmp(argv[1], "copies"))
		copies(cpu, count);
	else
		errx(1, "no '%s'", argv[1]);
	return 0;
}
