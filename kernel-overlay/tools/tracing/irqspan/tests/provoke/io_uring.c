// SPDX-License-Identifier: GPL-2.0
/* Acts of io_uring: a task has requests that other tasks complete. */
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "provoke.h"

/*
 * A ring, set up with @flags, polls a pipe while its task is busy in user space.
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
