/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the acts of provoke share, and which acts there are. Each file has the acts of one kind;
 * their names, as they are called, are in the table of provoke.c.
 */
#ifndef PROVOKE_H
#define PROVOKE_H

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

/*
 * An act: disturb @cpu, from CPU @other, @n times. An act that goes on by itself lasts 10 ms for
 * each time. Where @n is something else, the comment of the act says so. In these comments
 * "there" means on @cpu, and "elsewhere" on @other.
 */
typedef void act_fn(unsigned int cpu, unsigned int other, unsigned int n);

/* memory.c */
act_fn do_unmap, do_membarrier, do_membarrier_apart, do_protect, do_merge, do_huge, do_mapped,
	do_release, do_advise, do_advise_locked, do_collapse, do_segment, do_hole, do_needless,
	do_poke, do_watch, do_cut, do_large, do_part, do_hoard, do_fill, do_fork, do_vfork,
	do_seal, do_seal_future;
/* tasks.c */
act_fn do_spin, do_signal, do_async, do_bereaved, do_killed, do_move, do_wake, do_preempt,
	do_policy, do_renice, do_limit, do_crowd, do_trace, do_syscalls, do_deadline, do_log,
	do_tell, do_list, do_semaphores;
/* threads.c */
act_fn do_threads, do_usage, do_stat, do_exits, do_core, do_herd, do_kill, do_stop, do_orphans,
	do_sandbox, do_notify_all, do_notify, do_queued, do_quit, do_exec,
	do_children, do_lend;
/* timers.c */
act_fn do_timers, do_timer_list, do_cputimer, do_receive, do_poll, do_setclock, do_nap,
	do_nap_beside, do_alarm, do_look, do_leave, do_cancel;
/* perf.c */
act_fn do_count, do_sampled, do_probe;
/* bpf.c */
act_fn do_told, do_map, do_map_taken, do_maps, do_forget, do_share, do_sleepable,
	do_large_maps;
/* network.c */
act_fn do_filter, do_connect, do_stamp, do_stream, do_packets, do_capture, do_sniff,
	do_sniff_one;
/* io_uring.c */
act_fn do_ring, do_ring_coop, do_ring_wait, do_ring_poll, do_ring_worker;
/* waits.c */
act_fn do_hear, do_mounts, do_watchclock, do_filelock, do_futex, do_pidfd,
	do_terminal, do_devices;

/* --- common.c: what acts are made of -------------------------------------------------- */

/* Time */
void pause_ms(long ms);
int64_t now_ms(void);
/* Be busy, instead of sleeping. */
void spin_ms(long ms);

/* Call it in a loop that waits: an emulator then lets the other CPUs have their turn. */
static inline void relax(void)
{
#if __has_builtin(__builtin_ia32_pause)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Bind a process or thread to a CPU; @pid is 0 for this thread. */
void run_on(pid_t pid, unsigned int cpu);

/* Threads of one process: while one keeps @cpu busy in user space, another one acts. */
void beside_busy_thread(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(void));

/* Start many threads, with only a little stack for each. */
void start_threads(unsigned int n, void *(*act)(void *), void *data);

/* Start a child process that acts on @cpu, with @fd, until end() kills it. */
pid_t start(unsigned int cpu, void (*act)(int fd), int fd);
void end(pid_t child);

/*
 * Set the clock by so many seconds. To before the boot it cannot be set, and where there is no RTC
 * it begins there: whoever sets it forward must not set it back by all of that.
 */
void turn_clock(int seconds);
/* Have a child process act on @cpu for so long. */
void run_for(unsigned int cpu, unsigned int other, void (*act)(int fd), long ms);
/* As run_for(); the child gets a pipe, to which @n times something is written, after @ms. */
void write_to(unsigned int cpu, unsigned int other, unsigned int n, void (*act)(int fd), long ms);

/* What a child may do: be busy, or read all that comes. */
void spin(int unused);
void read_on(int fd);

/* A signal handler that does nothing: the signal is only to be received. */
void ignore(int unused);

/* Map private memory; or shared memory of the file @fd, which is made that large. */
void *map_private(size_t size);
void *map_shared(int fd, size_t size);

/* Write a text to a file, as of procfs or tracefs. */
void write_text(const char *path, const char *text);

#endif
