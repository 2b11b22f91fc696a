// SPDX-License-Identifier: GPL-2.0
/* Acts of tasks that a task there waits for, or watches: each time they wake it up. */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/loop.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "provoke.h"

/* A task there listens to what the kernel tells of devices. */
static void hear(int fd)
{
	char message[8192];

	while (recv(fd, message, sizeof(message), 0) > 0)
		;
}

void do_hear(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	pid_t child;

	run_on(0, other);
	if (fd < 0 || bind(fd, (struct sockaddr *)&all, sizeof(all)))
		err(1, "cannot listen to netlink");
	child = start(cpu, hear, fd);
	while (n--) {
		pause_ms(20);
		write_text("/sys/class/net/lo/uevent", "change");
	}
	end(child);
}

/* A task there watches what is mounted. */
static void watch_mounts(int unused)
{
	struct pollfd mounts = { .fd = open("/proc/self/mounts", O_RDONLY), .events = POLLPRI };
	char text[4096];

	while (poll(&mounts, 1, -1) == 1) {
		lseek(mounts.fd, 0, SEEK_SET);
		while (read(mounts.fd, text, sizeof(text)) > 0)
			;
	}
}

void do_mounts(unsigned int cpu, unsigned int other, unsigned int n)
{
	char dir[] = "/tmp/provoke-XXXXXX";
	pid_t child;

	run_on(0, other);
	if (!mkdtemp(dir))
		err(1, "mkdtemp");
	child = start(cpu, watch_mounts, -1);
	while (n--) {
		pause_ms(20);
		if (mount("none", dir, "tmpfs", 0, NULL))
			err(1, "mount");
		pause_ms(20);
		umount(dir);
	}
	end(child);
	rmdir(dir);
}

/* A task there wants to be told when the clock is set. */
static void watch_clock(int unused)
{
	const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
	int fd = timerfd_create(CLOCK_REALTIME, 0);
	struct itimerspec far = { .it_value.tv_sec = time(NULL) + 1000000 };
	uint64_t count;

	do
		timerfd_settime(fd, flags, &far, NULL);
	while (read(fd, &count, sizeof(count)) > 0 || errno == ECANCELED);
}

void do_watchclock(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times;
	pid_t child;

	run_on(0, other);
	child = start(cpu, watch_clock, -1);
	for (times = 0; times < n; times++) {
		pause_ms(20);
		turn_clock(1);
	}
	end(child);
	turn_clock(1 - (int)n);
}

/* A task there wants the lock of a file that another one has. */
static void want_lock(int fd)
{
	/* A lock of its own takes a file that was opened by itself. */
	char *path;

	if (asprintf(&path, "/proc/self/fd/%d", fd) < 0)
		return;
	fd = open(path, O_RDWR);
	for (;;) {
		flock(fd, LOCK_EX);
		flock(fd, LOCK_UN);
		spin_ms(5);
	}
}

void do_filelock(unsigned int cpu, unsigned int other, unsigned int n)
{
	FILE *file = tmpfile();
	pid_t child;

	run_on(0, other);
	if (!file)
		err(1, "tmpfile");
	flock(fileno(file), LOCK_EX);
	child = start(cpu, want_lock, fileno(file));
	while (n--) {
		pause_ms(20);
		flock(fileno(file), LOCK_UN);
		pause_ms(2);
		flock(fileno(file), LOCK_EX);
	}
	end(child);
}

/* A task there waits for another one by a futex, as threads do that share a mutex. */
static atomic_uint *word;

static void want_word(int unused)
{
	for (;;)
		syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

void do_futex(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (word == MAP_FAILED)
		err(1, "mmap");
	child = start(cpu, want_word, -1);
	while (n--) {
		pause_ms(20);
		syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	end(child);
}

/* A task there watches processes, and waits until they have ended. */
static void watch_processes(int fd)
{
	struct pollfd process = { .events = POLLIN };
	pid_t pid;

	while (read(fd, &pid, sizeof(pid)) == sizeof(pid)) {
		process.fd = syscall(SYS_pidfd_open, pid, 0);
		poll(&process, 1, -1);
		close(process.fd);
	}
}

void do_pidfd(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child, pid;
	int fd[2];

	run_on(0, other);
	if (pipe(fd))
		err(1, "pipe");
	child = start(cpu, watch_processes, fd[0]);
	while (n--) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			pause_ms(20);
			_exit(0);
		}
		if (write(fd[1], &pid, sizeof(pid)) != sizeof(pid))
			err(1, "write");
		waitpid(pid, NULL, 0);
	}
	end(child);
}

/* A task there reads from a terminal what is written elsewhere. */
static void read_terminal(int fd)
{
	char text[64];

	while (read(fd, text, sizeof(text)) > 0)
		;
}

void do_terminal(unsigned int cpu, unsigned int other, unsigned int n)
{
	int window = posix_openpt(O_RDWR | O_NOCTTY), inside;
	pid_t child;

	run_on(0, other);
	if (window < 0 || grantpt(window) || unlockpt(window))
		err(1, "no terminal");
	inside = open(ptsname(window), O_RDWR | O_NOCTTY);
	if (inside < 0)
		err(1, "cannot open a terminal");
	child = start(cpu, read_terminal, window);
	while (n--) {
		pause_ms(20);
		if (write(inside, "x", 1) != 1)
			err(1, "cannot write to a terminal");
	}
	end(child);
}

/* A task there has a device made, and waits until a thread of the kernel has its file in /dev. */
void do_devices(unsigned int cpu, unsigned int other, unsigned int n)
{
	int control = open("/dev/loop-control", O_RDWR);

	(void)other;
	run_on(0, cpu);
	if (control < 0)
		err(1, "/dev/loop-control");
	while (n--) {
		if (ioctl(control, LOOP_CTL_ADD, 100) != 100)
			err(1, "cannot add a loop device");
		if (ioctl(control, LOOP_CTL_REMOVE, 100))
			err(1, "cannot remove it");
	}
}
