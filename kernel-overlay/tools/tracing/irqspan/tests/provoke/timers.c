// SPDX-License-Identifier: GPL-2.0
/* Acts with timers and clocks. For some, kernel.timer_migration has to be 0. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include "provoke.h"

/* --- Timers that send a signal to this process ----------------------------------------- */

static timer_t make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		err(1, "cannot make a timer");
	return timer;
}

static void start_timer(timer_t timer, int flags, const struct itimerspec *at)
{
	if (timer_settime(timer, flags, at, NULL))
		err(1, "cannot start a timer");
}

/* Raise the limit of pending signals: each timer counts as one. */
static void allow_timers(unsigned int n)
{
	struct rlimit most = { n + 100, n + 100 };

	if (setrlimit(RLIMIT_SIGPENDING, &most))
		err(1, "cannot have %u timers", n);
}

/* n timers that were armed there expire there at once, again and again. */
void do_timers(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec at = { 0 };
	timer_t *timer = calloc(n, sizeof(*timer));
	unsigned int i, times;

	if (!timer)
		err(1, "no memory");
	run_on(0, cpu);
	signal(SIGUSR1, SIG_IGN);
	allow_timers(n);
	for (i = 0; i < n; i++)
		timer[i] = make_timer();
	for (times = 0; times < 3; times++) {
		clock_gettime(CLOCK_MONOTONIC, &at.it_value);
		at.it_value.tv_sec++;
		for (i = 0; i < n; i++)
			start_timer(timer[i], TIMER_ABSTIME, &at);
		pause_ms(1200);
	}
}

/* A task there has n timers, and reads the list of all timers. */
void do_timer_list(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec at = { .it_value.tv_sec = 1000 };
	static char text[65536];
	int fd;

	run_on(0, cpu);
	allow_timers(n);
	while (n--)
		start_timer(make_timer(), 0, &at);
	fd = open("/proc/timer_list", O_RDONLY);
	if (fd < 0)
		err(1, "/proc/timer_list");
	while (read(fd, text, sizeof(text)) > 0)
		;
}

/* The busy task has a timer that sends signals to it. */
void do_alarm(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec every = { { 0, 10000000 }, { 0, 10000000 } };

	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	start_timer(make_timer(), 0, &every);
	spin_ms(10 * n);
}

/* A task starts timers there, and goes elsewhere. */
void do_leave(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec at = { 0 };
	struct timespec now;
	unsigned int i;

	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = 0; i < n; i++) {
		uint64_t ns = now.tv_nsec + 500000000 + i * 10000000ULL;

		at.it_value.tv_sec = now.tv_sec + ns / 1000000000;
		at.it_value.tv_nsec = ns % 1000000000;
		start_timer(make_timer(), TIMER_ABSTIME, &at);
	}
	run_on(0, other);
	spin_ms(1000 + 10 * n);
}

/* --- Other timers of a task ------------------------------------------------------------ */

/* A timer of the CPU time of a process there is started from elsewhere. */
void do_cputimer(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec far = { .it_value.tv_sec = 1000 }, none = { 0 };
	timer_t timer;
	clockid_t clock;
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	errno = clock_getcpuclockid(child, &clock);
	if (errno || timer_create(clock, NULL, &timer))
		err(1, "cannot make a timer");
	while (n--) {
		pause_ms(20);
		start_timer(timer, 0, &far);
		pause_ms(20);
		timer_settime(timer, 0, &none, NULL);
	}
	end(child);
}

/* A busy task reads its timer now and then, and never waits for it. */
void do_look(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct itimerspec every = { { 0, 10000000 }, { 0, 10000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	uint64_t times;

	run_on(0, cpu);
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		err(1, "cannot start a timer");
	while (n--) {
		spin_ms(11);
		if (read(fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
			err(1, "cannot look at a timer");
	}
}

/* Each timer would expire after 100 ms. */
static void set_timer(int fd)
{
	struct itimerspec time = { .it_value.tv_nsec = 100000000 };

	for (;;) {
		if (timerfd_settime(fd, 0, &time, NULL))
			err(1, "cannot set a timer");
		spin_ms(150);
	}
}

/* A task there sets a timer again and again, which another one cancels elsewhere. */
void do_cancel(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	int64_t until = now_ms() + 150 * n;
	struct itimerspec none = { 0 };
	pid_t child;

	run_on(0, other);
	child = start(cpu, set_timer, fd);
	while (now_ms() < until) {
		pause_ms(20);
		if (timerfd_settime(fd, 0, &none, NULL))
			err(1, "cannot cancel a timer");
	}
	end(child);
}

static void nap(int unused)
{
	prctl(PR_SET_NAME, "napper");
	for (;;)
		pause_ms(10);
}

/* A task that has the CPU for itself sleeps now and then. */
void do_nap(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, nap, 10 * n);
}

/* A task sleeps now and then, while another one is busy there. */
void do_nap_beside(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t spinning;

	run_on(0, other);
	spinning = start(cpu, spin, -1);
	run_for(cpu, other, nap, 10 * n);
	end(spinning);
}

/* --- Waiting that takes a timer -------------------------------------------------------- */

/* Wait for a socket with a timeout: the kernel uses a timer of the wheel for that. */
static void wait_for_message(int fd)
{
	struct timeval time = { .tv_usec = 10000 };
	char c;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)))
		err(1, "cannot set the time to wait");
	for (;;) {
		if (recv(fd, &c, 1, 0) >= 0 || errno != EAGAIN)
			err(1, "there was a message");
	}
}

/* Wait by poll() with a timeout: the kernel uses an hrtimer for that. */
static void poll_for_message(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (poll(&wait, 1, 10))
			err(1, "there was a message");
	}
}

static void wait_there(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(int fd))
{
	pid_t child;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		err(1, "cannot make sockets");
	run_on(0, other);
	child = start(cpu, act, fd[0]);
	pause_ms(10 * n);
	end(child);
}

void do_receive(unsigned int cpu, unsigned int other, unsigned int n)
{
	wait_there(cpu, other, n, wait_for_message);
}

void do_poll(unsigned int cpu, unsigned int other, unsigned int n)
{
	wait_there(cpu, other, n, poll_for_message);
}

/* --- The clock ------------------------------------------------------------------------- */

/*
 * A task there sleeps until a time of day, again and again. Meanwhile the clock is set forward,
 * so that the time comes at once. In the end the clock is set back.
 */
static void wait_for_date(int unused)
{
	struct timespec time;

	for (;;) {
		clock_gettime(CLOCK_REALTIME, &time);
		time.tv_sec += 1;
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL);
	}
}

void do_setclock(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int i;
	pid_t child;

	run_on(0, other);
	child = start(cpu, wait_for_date, -1);
	for (i = 0; i < n; i++) {
		pause_ms(100);
		turn_clock(2);
	}
	end(child);
	turn_clock(1 - 2 * (int)n);
}
