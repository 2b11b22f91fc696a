// SPDX-License-Identifier: GPL-2.0
/*
 * Does what disturbs CPUs, as ordinary programs do it, for causes.sh:
 *
 *	provoke WHAT CPU OTHER N
 *
 * CPU is the one that is disturbed, from CPU OTHER, N times, a few milliseconds apart.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <asm/ldt.h>
#endif

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif
#ifndef MADV_COLD
#define MADV_COLD	20
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* To be done in a loop that waits: in an emulator, the other CPUs then have their turn. */
static void relax(void)
{
#if __has_builtin(__builtin_ia32_pause)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* @pid: a process or thread; 0 for this thread */
static void run_on(pid_t pid, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		err(1, "cannot run on CPU %u", cpu);
}

/* Threads: one keeps the CPU busy in user space, the other one does something. */

static atomic_bool busy_runs, busy_ends;

static void *keep_busy(void *cpu)
{
	run_on(0, *(unsigned int *)cpu);
	busy_runs = true;
	while (!busy_ends)
		relax();
	return NULL;
}

static void beside_busy_thread(unsigned int cpu, unsigned int other, unsigned int n,
			       void (*act)(void))
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

static void unmap(void)
{
	size_t size = 16 * sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "cannot map memory");
	memset(memory, 1, size);
	munmap(memory, size);
}

static void do_unmap(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, unmap);
}

static void pass_barrier(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		err(1, "membarrier");
}

static void do_membarrier(unsigned int cpu, unsigned int other, unsigned int n)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		err(1, "cannot register for membarrier");
	beside_busy_thread(cpu, other, n, pass_barrier);
}

static size_t map_size;
static char *map;

static void map_memory(size_t size, int advice)
{
	map_size = size;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		err(1, "cannot map memory");
	if (madvise(map, size, advice))
		err(1, "madvise");
}

static void protect(void)
{
	if (mprotect(map, map_size, PROT_READ) || mprotect(map, map_size, PROT_READ | PROT_WRITE))
		err(1, "mprotect");
	memset(map, 1, map_size);
}

static void do_protect(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(16 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	memset(map, 1, map_size);
	beside_busy_thread(cpu, other, n, protect);
}

/* All pages are the same, for KSM to merge, until they are written to again. */
static void write_same(void)
{
	memset(map, 7, map_size);
	pause_ms(100);
}

static void do_merge(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(64 * sysconf(_SC_PAGESIZE), MADV_MERGEABLE);
	beside_busy_thread(cpu, other, n, write_same);
}

/* Small pages that may become huge ones */
static void ask_for_huge(void)
{
	if (madvise(map, map_size, MADV_DONTNEED) || madvise(map, map_size, MADV_NOHUGEPAGE))
		err(1, "madvise");
	memset(map, 7, map_size);
	if (madvise(map, map_size, MADV_HUGEPAGE))
		err(1, "madvise");
	pause_ms(100);
}

static void do_huge(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(8 << 20, MADV_NORMAL);
	beside_busy_thread(cpu, other, n, ask_for_huge);
}

/* A file "mapped" of the current folder, which others write back, or take the memory of */
static void write_mapped(void)
{
	memset(map, 7, map_size);
	pause_ms(100);
}

static void do_mapped(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = open("mapped", O_RDWR | O_CREAT, 0600);

	map_size = 64 * sysconf(_SC_PAGESIZE);
	if (fd < 0 || ftruncate(fd, map_size))
		err(1, "mapped");
	map = mmap(NULL, map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "cannot map a file");
	beside_busy_thread(cpu, other, n, write_mapped);
}

/* A socket gets a filter, which the kernel compiles. */
static void do_filter(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct sock_fprog filter = { .len = ARRAY_SIZE(all), .filter = all };
	int fd;

	run_on(0, other);
	while (n--) {
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
			err(1, "cannot filter a socket");
		pause_ms(5);
		close(fd);
		pause_ms(5);
	}
}

/* Timers of this process: N at once, again and again; armed and expiring on the CPU */
static void do_timers(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct rlimit limit = { 2 * n, 2 * n };
	struct itimerspec at = { 0 };
	timer_t *timer = calloc(n, sizeof(*timer));
	unsigned int i, times;

	run_on(0, cpu);
	signal(SIGUSR1, SIG_IGN);
	if (!timer || setrlimit(RLIMIT_SIGPENDING, &limit))
		err(1, "cannot have %u timers", n);
	for (i = 0; i < n; i++) {
		if (timer_create(CLOCK_MONOTONIC, &event, &timer[i]))
			err(1, "cannot make %u timers", n);
	}
	for (times = 0; times < 3; times++) {
		clock_gettime(CLOCK_MONOTONIC, &at.it_value);
		at.it_value.tv_sec++;
		for (i = 0; i < n; i++)
			timer_settime(timer[i], TIMER_ABSTIME, &at, NULL);
		pause_ms(1200);
	}
}

/* Processes: a child does something on the CPU until it is killed. */

static pid_t start(unsigned int cpu, void (*act)(int fd), int fd)
{
	pid_t child = fork();

	if (child < 0)
		err(1, "cannot fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run_on(0, cpu);
	act(fd);
	_exit(0);
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void ignore(int unused)
{
}

static void spin(int unused)
{
	for (;;)
		relax();
}

/* A process does that there, for so long. */
static void run_for(unsigned int cpu, unsigned int other, void (*act)(int), long ms)
{
	pid_t child;

	run_on(0, other);
	child = start(cpu, act, -1);
	pause_ms(ms);
	end(child);
}

static void do_spin(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, spin, 10 * n);
}

/* The task that is busy there gets signals. */
static void do_signal(unsigned int cpu, unsigned int other, unsigned int n)
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

/* One sends signals to itself there, at times. */
static void do_killed(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	while (n--) {
		pause_ms(20);
		raise(SIGUSR1);
	}
}

/* A task that is busy is moved there, and away again. */
static void do_move(unsigned int cpu, unsigned int other, unsigned int n)
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

static void read_on(int fd)
{
	char c;

	while (read(fd, &c, 1) == 1)
		;
}

/* A task that waits there is woken up. */
static void do_wake(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd[2];
	pid_t child;

	if (pipe(fd))
		err(1, "cannot make a pipe");
	run_on(0, other);
	child = start(cpu, read_on, fd[0]);
	while (n--) {
		pause_ms(5);
		if (write(fd[1], "", 1) != 1)
			err(1, "cannot write to a pipe");
	}
	end(child);
}

/* One of higher priority is woken up while another task keeps the CPU busy. */
static void read_first(int fd)
{
	struct sched_param param = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "cannot run with SCHED_FIFO");
	read_on(fd);
}

static void do_preempt(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child, spinning;
	int fd[2];

	if (pipe(fd))
		err(1, "cannot make a pipe");
	run_on(0, other);
	spinning = start(cpu, spin, -1);
	child = start(cpu, read_first, fd[0]);
	while (n--) {
		pause_ms(5);
		if (write(fd[1], "", 1) != 1)
			err(1, "cannot write to a pipe");
	}
	end(child);
	end(spinning);
}

/* A timer on the CPU time of a process that runs there is started from elsewhere. */
static void do_cputimer(unsigned int cpu, unsigned int other, unsigned int n)
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
		if (timer_settime(timer, 0, &far, NULL))
			err(1, "cannot start a timer");
		pause_ms(20);
		timer_settime(timer, 0, &none, NULL);
	}
	end(child);
}

/* A timer of the wheel: waiting for a socket of this kind takes one. */
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

/* So does waiting by poll(), but of the other kind. */
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

static void do_receive(unsigned int cpu, unsigned int other, unsigned int n)
{
	wait_there(cpu, other, n, wait_for_message);
}

static void do_poll(unsigned int cpu, unsigned int other, unsigned int n)
{
	wait_there(cpu, other, n, poll_for_message);
}

/*
 * Somebody there waits for a time of day, which comes at once, again and again, since the
 * clock is put forward. In the end it is put back.
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

static void turn_clock(int seconds)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += seconds;
	if (clock_settime(CLOCK_REALTIME, &time))
		err(1, "cannot set the clock");
}

static void do_setclock(unsigned int cpu, unsigned int other, unsigned int n)
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
	turn_clock(-2 * (int)n);
}

/* Events of that CPU are counted, and read from another one. */
static void do_count(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
	};
	uint64_t count;
	int fd;

	run_on(0, other);
	while (n--) {
		fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
		if (fd < 0)
			err(1, "perf_event_open");
		pause_ms(5);
		if (read(fd, &count, sizeof(count)) != sizeof(count))
			err(1, "cannot read a perf event");
		close(fd);
	}
}

/* Timers that expire on the CPU where they were started. kernel.timer_migration has to be 0. */

/* To be busy for so long */
static void spin_ms(long ms)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		relax();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 <
		 ms);
}

static void pause_often(int unused)
{
	for (;;)
		pause_ms(10);
}

static void nap(int unused)
{
	prctl(PR_SET_NAME, "napper");
	pause_often(0);
}

/* A task that has the CPU for itself sleeps at times. */
static void do_nap(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, nap, 10 * n);
}

/* One sleeps at times, while another one is busy there. */
static void do_nap_beside(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t napping, spinning;

	run_on(0, other);
	spinning = start(cpu, spin, -1);
	napping = start(cpu, nap, -1);
	pause_ms(10 * n);
	end(napping);
	end(spinning);
}

/* A task that is busy has a timer that sends signals to it. */
static void do_alarm(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, 10000000 }, { 0, 10000000 } };
	timer_t timer;

	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		err(1, "cannot start a timer");
	spin_ms(10 * n);
}

/* The same, but it looks at the timer itself, at times, and does not wait for it. */
static void do_look(unsigned int cpu, unsigned int other, unsigned int n)
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

/* A task starts timers there, and goes elsewhere. */
static void do_leave(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec at = { 0 };
	struct timespec now;
	unsigned int i;
	timer_t timer;

	run_on(0, cpu);
	signal(SIGUSR1, ignore);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = 0; i < n; i++) {
		uint64_t ns = now.tv_nsec + 500000000 + i * 10000000ULL;

		at.it_value.tv_sec = now.tv_sec + ns / 1000000000;
		at.it_value.tv_nsec = ns % 1000000000;
		if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
		    timer_settime(timer, TIMER_ABSTIME, &at, NULL))
			err(1, "cannot start timers");
	}
	run_on(0, other);
	spin_ms(1000 + 10 * n);
}

/* A connection of the busy task is kept alive by the kernel, each second. */
static void keep_alive(int fd)
{
	int on = 1, seconds = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds)))
		err(1, "cannot keep a connection alive");
}

static void do_connect(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct linger reset = { .l_onoff = 1 };
	socklen_t size = sizeof(to);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	run_on(0, cpu);
	if (server < 0 || client < 0 || bind(server, (struct sockaddr *)&to, size) ||
	    listen(server, 1) || getsockname(server, (struct sockaddr *)&to, &size) ||
	    connect(client, (struct sockaddr *)&to, size))
		err(1, "cannot connect");
	keep_alive(client);
	spin_ms(1000 * n);
	/* No timer stays behind. */
	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* The busy task has the kernel log messages at times. */
static void do_log(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = open("/dev/kmsg", O_WRONLY);

	run_on(0, cpu);
	while (n--) {
		spin_ms(50);
		if (write(fd, "<7>provoke", 10) != 10)
			err(1, "/dev/kmsg");
	}
}

/* Long system calls: the CPU stays in the kernel, for as many instructions in each version. */
static void fill(int unused)
{
	size_t size = 64 << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "cannot map memory");
	for (;;) {
		if (getrandom(memory, size, 0) < 0)
			err(1, "cannot get random numbers");
	}
}

static void do_syscalls(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_for(cpu, other, fill, 10 * n);
}

/* As linux/sched/types.h has it, which older ones of these libraries do not */
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

/* Wherever it may run: such a task is not bound to one CPU. It uses up all that it has. */
static void do_deadline(unsigned int cpu, unsigned int other, unsigned int n)
{
	const struct deadline deadline = {
		.size		= sizeof(deadline),
		.policy		= SCHED_DEADLINE,
		.runtime	= 3000000,
		.deadline	= 10000000,
		.period		= 10000000,
	};
	struct timespec begin, now;
	long ms;

	if (syscall(SYS_sched_setattr, 0, &deadline, 0))
		err(1, "cannot have deadlines");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		ms = (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
	} while (ms < 10L * n);
}

/*
 * A ring is told of what comes into a pipe, while its task is busy in user space. @flags
 * are those of the ring.
 */
static void watch_pipe(int fd, unsigned int flags)
{
	struct io_uring_params params = { .flags = flags };
	int ring = syscall(SYS_io_uring_setup, 4, &params);
	struct io_uring_sqe *entry;
	unsigned int *tail, *array;
	char *queue;

	if (ring < 0)
		err(1, "io_uring_setup");
	queue = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(*array),
		     PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	entry = mmap(NULL, params.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED,
		     ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || entry == MAP_FAILED)
		err(1, "cannot map a ring");
	tail = (unsigned int *)(queue + params.sq_off.tail);
	array = (unsigned int *)(queue + params.sq_off.array);
	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = fd;
	entry->poll32_events = POLLIN;
	entry->len = IORING_POLL_ADD_MULTI;
	array[0] = 0;
	atomic_store((_Atomic unsigned int *)tail, 1);
	if (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) != 1)
		err(1, "io_uring_enter");
	spin(0);
}

static void watch_at_once(int fd)
{
	watch_pipe(fd, 0);
}

static void watch_later(int fd)
{
	watch_pipe(fd, IORING_SETUP_COOP_TASKRUN);
}

static void complete(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(int fd))
{
	pid_t child;
	int fd[2];

	if (pipe(fd))
		err(1, "cannot make a pipe");
	run_on(0, other);
	child = start(cpu, act, fd[0]);
	pause_ms(500);
	while (n--) {
		pause_ms(5);
		if (write(fd[1], "", 1) != 1)
			err(1, "cannot write to a pipe");
	}
	end(child);
}

static void do_ring(unsigned int cpu, unsigned int other, unsigned int n)
{
	complete(cpu, other, n, watch_at_once);
}

static void do_ring_coop(unsigned int cpu, unsigned int other, unsigned int n)
{
	complete(cpu, other, n, watch_later);
}

/* Much memory is freed at once, n MB of it, again and again. */
static void do_release(unsigned int cpu, unsigned int other, unsigned int n)
{
	size_t size = (size_t)n << 20;
	unsigned int times;
	char *memory;

	run_on(0, cpu);
	for (times = 0; times < 5; times++) {
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
		if (memory == MAP_FAILED)
			err(1, "cannot map memory");
		/* Huge pages are few, and do not go to these lists. */
		madvise(memory, size, MADV_NOHUGEPAGE);
		memset(memory, 1, size);
		munmap(memory, size);
	}
}

/* Many threads, which need no more than a little stack */
static void start_threads(unsigned int n, void *(*act)(void *), void *data)
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

static void *ignore_thread(void *unused)
{
	return NULL;
}

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return NULL;
}

/* A process that has n threads */
static void do_threads(unsigned int cpu, unsigned int other, unsigned int n)
{
	run_on(0, cpu);
	start_threads(n, sleep_on, NULL);
	sleep_on(NULL);
}

static void *begin_and_end(void *unused)
{
	for (;;) {
		start_threads(1, ignore_thread, NULL);
		pause_ms(1);
	}
	return NULL;
}

/* A process of n threads, some of which end, asks for the time that it has used. */
static void do_usage(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct timespec begin, now;
	struct rusage usage;

	run_on(0, other);
	start_threads(n, sleep_on, NULL);
	start_threads(1, begin_and_end, NULL);
	run_on(0, cpu);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		getrusage(RUSAGE_SELF, &usage);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < begin.tv_sec + 3);
}

/* A process of n threads ends, again and again. */
static void do_exits(unsigned int cpu, unsigned int other, unsigned int n)
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
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

static void *wait_for_event(void *fd)
{
	struct pollfd event = { .fd = *(int *)fd, .events = POLLIN };

	for (;;)
		poll(&event, 1, -1);
	return NULL;
}

/* n threads wait for the same event, and are all woken up by it. */
static void do_herd(unsigned int cpu, unsigned int other, unsigned int n)
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

/* n tasks are ready on a CPU when the others may have them. */
static void do_crowd(unsigned int cpu, unsigned int other, unsigned int n)
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

/* A program asks for time stamps of packets, and goes away: n times */
static void do_stamp(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd, on = 1;

	run_on(0, other);
	while (n--) {
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)))
			err(1, "cannot ask for time stamps");
		pause_ms(20);
		close(fd);
		pause_ms(20);
	}
}

/* Another task looks at the one that is busy there, as a profiler does. */
static void do_trace(unsigned int cpu, unsigned int other, unsigned int n)
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

/* Another process says of memory of the one that is busy there that it is not in use. */

static void touch_map(int unused)
{
	size_t page = sysconf(_SC_PAGESIZE), at;

	for (;;) {
		for (at = 0; at < map_size; at += page)
			map[at] = 1;
		relax();
	}
}

static void lock_map(int unused)
{
	if (mlock(map, map_size))
		err(1, "mlock");
	touch_map(0);
}

static void advise(unsigned int cpu, unsigned int other, unsigned int n, bool locked)
{
	struct iovec all;
	pid_t child;
	int fd;

	run_on(0, other);
	/* The last few that were touched are on no list yet, and are left alone. */
	map_memory(256 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	child = start(cpu, locked ? lock_map : touch_map, -1);
	pause_ms(100);
	all = (struct iovec){ map, map_size };
	fd = syscall(SYS_pidfd_open, child, 0);
	if (fd < 0)
		err(1, "no file for a process");
	while (n--) {
		if (syscall(SYS_process_madvise, fd, &all, 1, MADV_COLD, 0) < 0 && !locked)
			err(1, "process_madvise");
		pause_ms(20);
	}
	end(child);
}

static void do_advise(unsigned int cpu, unsigned int other, unsigned int n)
{
	advise(cpu, other, n, false);
}

static void do_advise_locked(unsigned int cpu, unsigned int other, unsigned int n)
{
	advise(cpu, other, n, true);
}

/* A process elsewhere has small pages made a huge one: who runs on the CPU has no part in it. */
static void do_collapse(unsigned int cpu, unsigned int other, unsigned int n)
{
	const size_t size = 2 << 20;
	char *memory, *huge;
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			err(1, "cannot map memory");
		huge = (char *)(((uintptr_t)memory + size - 1) & -size);
		memset(huge, 1, size);
		if (madvise(huge, size, MADV_COLLAPSE))
			err(1, "MADV_COLLAPSE");
		munmap(memory, 2 * size);
		pause_ms(20);
	}
	end(child);
}

/* The policy of the task that is busy there is changed, again and again. */
static void do_policy(unsigned int cpu, unsigned int other, unsigned int n)
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

/* A program puts a probe into what a process runs there (uprobe), and takes it out again. */
static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

static void do_probe(unsigned int cpu, unsigned int other, unsigned int n)
{
	static const char probes[] = "/sys/kernel/tracing/uprobe_events";
	static const char on[] = "/sys/kernel/tracing/events/irqspan_provoke/enable";
	unsigned long at = (unsigned long)relax, from, to, offset = 0;
	char line[4096], path[4096], text[8192];
	FILE *maps = fopen("/proc/self/maps", "r");
	pid_t child;

	path[0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &from, &to, &offset,
			   path) == 4 && from <= at && at < to)
			break;
	}
	if (!path[0] || !maps)
		errx(1, "no file of this program is known");
	fclose(maps);
	snprintf(text, sizeof(text), "p:irqspan_provoke/relax %s:0x%lx", path, at - from + offset);
	run_on(0, other);
	child = start(cpu, spin, -1);
	pause_ms(100);
	while (n--) {
		write_text(probes, text);
		write_text(on, "1");
		pause_ms(20);
		write_text(on, "0");
		write_text(probes, "-:irqspan_provoke/relax");
	}
	end(child);
}

/* What somebody reads of what is traced there: it is told of each event. */
static void do_sampled(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct perf_event_attr attr = {
		.size		= sizeof(attr),
		.type		= PERF_TYPE_SOFTWARE,
		.config		= PERF_COUNT_SW_CONTEXT_SWITCHES,
		.sample_period	= 1,
		.sample_type	= PERF_SAMPLE_TID,
		.wakeup_events	= 1,
	};
	pid_t child;
	void *ring;
	int fd;

	run_on(0, other);
	child = start(cpu, pause_often, -1);
	pause_ms(100);
	fd = syscall(SYS_perf_event_open, &attr, child, -1, -1, 0);
	if (fd < 0)
		err(1, "perf_event_open");
	ring = mmap(NULL, 2 * sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		err(1, "no ring for samples");
	pause_ms(20 * n);
	end(child);
}

/* A BPF program sees each message that is sent there, and tells its reader. */
static void do_told(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 65536 };
	struct bpf_insn program[] = {
		{ BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, -8, 1 },
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, 0 },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_RB_FORCE_WAKEUP },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = {
		.prog_type	= BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt	= ARRAY_SIZE(program),
		.insns		= (uintptr_t)program,
		.license	= (uintptr_t)"GPL",
	};
	int map_fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map_attr, sizeof(map_attr)), fd, ends[2];
	char c = 0;

	if (map_fd < 0)
		err(1, "no ring buffer for BPF");
	program[1].imm = map_fd;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "no BPF program");
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) ||
	    setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
		err(1, "no socket");
	run_on(0, cpu);
	while (n--) {
		if (send(ends[0], &c, 1, 0) != 1 || recv(ends[1], &c, 1, 0) != 1)
			err(1, "cannot send");
		pause_ms(20);
	}
}

/* A process of n threads is killed from there, again and again. */
static void hold_threads(int n)
{
	start_threads(n, sleep_on, NULL);
	sleep_on(NULL);
}

static void do_kill(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times;
	pid_t child;

	for (times = 0; times < 5; times++) {
		child = start(other, hold_threads, n);
		run_on(0, other);
		pause_ms(1500);
		run_on(0, cpu);
		end(child);
	}
}

/* A process ends there that has n children: again and again */
static void do_orphans(unsigned int cpu, unsigned int other, unsigned int n)
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
		/* The children end when the last one is gone that could write. */
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

/* One has n timers, and all timers are listed. */
static void do_timer_list(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct rlimit most = { n + 100, n + 100 };
	struct itimerspec at = { .it_value.tv_sec = 1000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	static char text[65536];
	timer_t timer;
	int fd;

	run_on(0, cpu);
	if (setrlimit(RLIMIT_SIGPENDING, &most))
		err(1, "cannot have %u timers", n);
	while (n--) {
		if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
		    timer_settime(timer, 0, &at, NULL))
			err(1, "cannot make timers");
	}
	fd = open("/proc/timer_list", O_RDONLY);
	if (fd < 0)
		err(1, "/proc/timer_list");
	while (read(fd, text, sizeof(text)) > 0)
		;
}

/* A thread of this process has another segment of memory, as programs of old Windows have. */
static void set_segment(void)
{
#ifdef __x86_64__
	struct user_desc segment = { .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1 };

	if (syscall(SYS_modify_ldt, 1, &segment, sizeof(segment)))
		err(1, "modify_ldt");
#endif
}

static void do_segment(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, set_segment);
}

/* A file that a process there has mapped gets a hole, by another process. */
static void do_hole(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = memfd_create("hole", 0);
	pid_t child;

	run_on(0, other);
	map_size = 64 * sysconf(_SC_PAGESIZE);
	if (fd < 0 || ftruncate(fd, map_size))
		err(1, "no file");
	map = mmap(NULL, map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "cannot map a file");
	child = start(cpu, touch_map, -1);
	pause_ms(100);
	while (n--) {
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, map_size))
			err(1, "fallocate");
		pause_ms(20);
	}
	end(child);
}

/*
 * A file "needed" of the current folder is read there, page by page, while another process says
 * again and again that it is needed no more.
 */
static void read_pages(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE), at;
	char c;

	for (at = 0; ; at = (at + page) % map_size) {
		if (pread(fd, &c, 1, at) != 1)
			err(1, "needed");
		pause_ms(5);
	}
}

static void do_needless(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = open("needed", O_RDWR | O_CREAT, 0600);
	static char text[65536];
	pid_t child;

	map_size = sizeof(text);
	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text) || fsync(fd) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM))
		err(1, "needed");
	run_on(0, other);
	child = start(cpu, read_pages, fd);
	while (n--) {
		pause_ms(20);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	end(child);
}

/* Another process writes to memory of one that runs there, as debuggers do. */
static void read_map(int unused)
{
	for (;;)
		relax();
}

static void do_poke(unsigned int cpu, unsigned int other, unsigned int n)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char path[64];
	pid_t child;
	int fd;

	run_on(0, other);
	/* Each page is written to for the first time. */
	map_memory(n * page, MADV_NORMAL);
	memset(map, 1, map_size);
	child = start(cpu, read_map, -1);
	pause_ms(100);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	while (n--) {
		if (pwrite(fd, "", 1, (uintptr_t)map + n * page) != 1)
			err(1, "cannot write to %s", path);
		pause_ms(20);
	}
	end(child);
}

/* Which memory of one that runs there is written to is watched, as for a snapshot. */
static void do_watch(unsigned int cpu, unsigned int other, unsigned int n)
{
	char path[64];
	pid_t child;

	run_on(0, other);
	map_memory(64 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	child = start(cpu, touch_map, -1);
	pause_ms(100);
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", child);
	while (n--) {
		write_text(path, "4");
		pause_ms(20);
	}
	end(child);
}

/* Messages that are sent there are received elsewhere. */
static void send_on(int fd)
{
	static char text[16384];

	for (;;) {
		if (send(fd, text, sizeof(text), 0) < 0)
			err(1, "send");
	}
}

static void do_stream(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t size = sizeof(to);
	int listening, fd, near;
	static char text[65536];
	pid_t child;

	run_on(0, other);
	listening = socket(AF_INET, SOCK_STREAM, 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (listening < 0 || fd < 0 || bind(listening, (void *)&to, size) ||
	    getsockname(listening, (void *)&to, &size) || listen(listening, 1) ||
	    connect(fd, (void *)&to, size))
		err(1, "no connection");
	near = accept(listening, NULL, NULL);
	child = start(cpu, send_on, fd);
	while (n--) {
		if (recv(near, text, sizeof(text), 0) <= 0)
			err(1, "recv");
	}
	end(child);
}

/* A process of n threads is stopped and goes on, from there. */
static void do_stop(unsigned int cpu, unsigned int other, unsigned int n)
{
	unsigned int times;
	pid_t child;

	child = start(other, hold_threads, n);
	run_on(0, other);
	pause_ms(1500);
	run_on(0, cpu);
	for (times = 0; times < 10; times++) {
		kill(child, times % 2 ? SIGCONT : SIGSTOP);
		pause_ms(300);
	}
	end(child);
}

/* A process of n threads leaves a core, on that CPU: again and again */
static void do_core(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int times;
	pid_t child;

	setrlimit(RLIMIT_CORE, &all);
	run_on(0, other);
	for (times = 0; times < 3; times++) {
		child = fork();
		if (!child) {
			start_threads(n, sleep_on, NULL);
			run_on(0, cpu);
			abort();
		}
		waitpid(child, NULL, 0);
	}
}

/* All n threads of a process get a filter of system calls. */
static void do_sandbox(unsigned int cpu, unsigned int other, unsigned int n)
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

/* A process has n threads, some of which end, and its /proc/PID/stat is read. */
static void do_stat(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct timespec begin, now;
	char text[4096];
	int fd;

	run_on(0, other);
	start_threads(n, sleep_on, NULL);
	start_threads(1, begin_and_end, NULL);
	run_on(0, cpu);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		fd = open("/proc/self/stat", O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			err(1, "/proc/self/stat");
		close(fd);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < begin.tv_sec + 3);
}

/* Somebody there puts n things into a map of BPF. */
static void put_into_map(unsigned int cpu, unsigned int n, unsigned int flags)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_HASH, .max_entries = n,
				    .key_size = 4, .value_size = 8, .map_flags = flags };
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map_attr, sizeof(map_attr));
	uint64_t value = 1;
	uint32_t key;

	if (fd < 0)
		err(1, "no map of BPF");
	run_on(0, cpu);
	for (key = 0; key < n; key++) {
		union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key,
					.value = (uintptr_t)&value };

		if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			err(1, "cannot put into a map");
	}
}

/* ... which takes memory for each of them */
static void do_map(unsigned int cpu, unsigned int other, unsigned int n)
{
	put_into_map(cpu, n, BPF_F_NO_PREALLOC);
}

/* ... which has memory for all of them */
static void do_map_taken(unsigned int cpu, unsigned int other, unsigned int n)
{
	put_into_map(cpu, n, 0);
}

/* Maps of BPF with memory for each CPU come and go. */
static void do_maps(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY, .max_entries = 1000,
				    .key_size = 4, .value_size = 1024 };
	pid_t child;
	int fd;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map_attr, sizeof(map_attr));
		if (fd < 0)
			err(1, "no map of BPF");
		close(fd);
		pause_ms(100);
	}
	pause_ms(500);
	end(child);
}

static const struct {
	const char *name;
	void (*act)(unsigned int cpu, unsigned int other, unsigned int n);
} acts[] = {
	{ "spin", do_spin },
	{ "signal", do_signal },
	{ "killed", do_killed },
	{ "unmap", do_unmap },
	{ "membarrier", do_membarrier },
	{ "move", do_move },
	{ "wake", do_wake },
	{ "preempt", do_preempt },
	{ "cputimer", do_cputimer },
	{ "receive", do_receive },
	{ "poll", do_poll },
	{ "setclock", do_setclock },
	{ "count", do_count },
	{ "nap", do_nap },
	{ "nap_beside", do_nap_beside },
	{ "alarm", do_alarm },
	{ "look", do_look },
	{ "leave", do_leave },
	{ "connect", do_connect },
	{ "log", do_log },
	{ "syscalls", do_syscalls },
	{ "deadline", do_deadline },
	{ "protect", do_protect },
	{ "merge", do_merge },
	{ "huge", do_huge },
	{ "mapped", do_mapped },
	{ "filter", do_filter },
	{ "timers", do_timers },
	{ "ring", do_ring },
	{ "ring_coop", do_ring_coop },
	{ "release", do_release },
	{ "threads", do_threads },
	{ "usage", do_usage },
	{ "exits", do_exits },
	{ "herd", do_herd },
	{ "crowd", do_crowd },
	{ "stamp", do_stamp },
	{ "trace", do_trace },
	{ "advise", do_advise },
	{ "advise_locked", do_advise_locked },
	{ "collapse", do_collapse },
	{ "policy", do_policy },
	{ "probe", do_probe },
	{ "sampled", do_sampled },
	{ "told", do_told },
	{ "kill", do_kill },
	{ "orphans", do_orphans },
	{ "timer_list", do_timer_list },
	{ "segment", do_segment },
	{ "hole", do_hole },
	{ "needless", do_needless },
	{ "poke", do_poke },
	{ "watch", do_watch },
	{ "stream", do_stream },
	{ "stop", do_stop },
	{ "core", do_core },
	{ "sandbox", do_sandbox },
	{ "stat", do_stat },
	{ "map", do_map },
	{ "map_taken", do_map_taken },
	{ "maps", do_maps },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc == 5 && i < ARRAY_SIZE(acts); i++) {
		if (!strcmp(argv[1], acts[i].name)) {
			acts[i].act(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
			return 0;
		}
	}
	fprintf(stderr, "usage: provoke WHAT CPU OTHER N; WHAT is one of");
	for (i = 0; i < ARRAY_SIZE(acts); i++)
		fprintf(stderr, " %s", acts[i].name);
	fprintf(stderr, "\n");
	return 1;
}
