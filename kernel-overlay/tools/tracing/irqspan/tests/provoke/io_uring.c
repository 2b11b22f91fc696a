// SPDX-License-Identifier: GPL-2.0
/* Acts of io_uring: a task has requests that other tasks complete. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "provoke.h"

/**
 * struct ring - a ring that makes one request at a time
 * @fd: its file
 * @entry: the request, which is made anew each time
 * @tail: how many were handed over
 * @head: of the completions, how many were taken note of
 * @done: how many there are
 */
struct ring {
	int			fd;
	struct io_uring_sqe	*entry;
	atomic_uint		*tail;
	atomic_uint		*head;
	atomic_uint		*done;
};

static void make_ring(struct ring *ring, struct io_uring_params *params)
{
	unsigned int *array;
	char *queue;

	ring->fd = syscall(SYS_io_uring_setup, 32, params);
	if (ring->fd < 0)
		err(1, "io_uring_setup");
	/* Both queues are in one mapping, since Linux 5.4. */
	queue = mmap(NULL, params->sq_off.array + params->sq_entries * sizeof(*array) +
		     params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entry = mmap(NULL, params->sq_entries * sizeof(*ring->entry),
			   PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (queue == MAP_FAILED || ring->entry == MAP_FAILED)
		err(1, "cannot map a ring");
	/* All places in the queue are for the same request. */
	array = (unsigned int *)(queue + params->sq_off.array);
	memset(array, 0, params->sq_entries * sizeof(*array));
	ring->tail = (atomic_uint *)(queue + params->sq_off.tail);
	ring->head = (atomic_uint *)(queue + params->cq_off.head);
	ring->done = (atomic_uint *)(queue + params->cq_off.tail);
}

/* Hand the request over, and wait for so many completions. */
static void request(struct ring *ring, unsigned int wait, unsigned int flags)
{
	++*ring->tail;
	if (wait)
		flags |= IORING_ENTER_GETEVENTS;
	if (syscall(SYS_io_uring_enter, ring->fd, 1, wait, flags, NULL, 0) != 1)
		err(1, "io_uring_enter");
	atomic_store(ring->head, atomic_load(ring->done));
}

/* A ring, set up with @flags, polls a pipe while its task is busy in user space. */
static void watch_pipe(int fd, unsigned int flags)
{
	struct io_uring_params params = { .flags = flags };
	struct ring ring;

	make_ring(&ring, &params);
	ring.entry->opcode = IORING_OP_POLL_ADD;
	ring.entry->fd = fd;
	ring.entry->poll32_events = POLLIN;
	ring.entry->len = IORING_POLL_ADD_MULTI;
	request(&ring, 0, 0);
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

/* The busy task is interrupted for each completion. */
void do_ring(unsigned int cpu, unsigned int other, unsigned int n)
{
	write_to(cpu, other, n, watch_at_once, 500);
}

/* The busy task is not interrupted: it handles completions when it enters the kernel. */
void do_ring_coop(unsigned int cpu, unsigned int other, unsigned int n)
{
	write_to(cpu, other, n, watch_later, 500);
}

/* A task waits for what is read from a pipe. */
static void read_and_wait(int fd)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	};
	struct ring ring;
	char byte;

	make_ring(&ring, &params);
	*ring.entry = (struct io_uring_sqe){
		.opcode	= IORING_OP_READ,
		.fd	= fd,
		.addr	= (uintptr_t)&byte,
		.len	= 1,
	};
	for (;;)
		request(&ring, 1, 0);
}

void do_ring_wait(unsigned int cpu, unsigned int other, unsigned int n)
{
	write_to(cpu, other, n, read_and_wait, 500);
}

/* The kernel has a thread there that looks for requests, and sleeps when there were none. */
void do_ring_poll(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct io_uring_params params = {
		.flags		= IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF,
		.sq_thread_cpu	= cpu,
		.sq_thread_idle	= 10,
	};
	struct ring ring;

	run_on(0, other);
	make_ring(&ring, &params);
	ring.entry->opcode = IORING_OP_NOP;
	while (n--) {
		pause_ms(50);
		request(&ring, 0, IORING_ENTER_SQ_WAKEUP);
	}
}

/* A task there has requests done by another thread, which runs there, too. */
void do_ring_worker(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct io_uring_params params = { 0 };
	struct ring ring;
	char text[64];

	run_on(0, cpu);
	make_ring(&ring, &params);
	*ring.entry = (struct io_uring_sqe){
		.opcode	= IORING_OP_READ,
		.flags	= IOSQE_ASYNC,
		.fd	= open("/proc/version", O_RDONLY),
		.addr	= (uintptr_t)text,
		.len	= sizeof(text),
	};
	while (n--) {
		request(&ring, 1, 0);
		pause_ms(5);
	}
}
